#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the unit tests named on the command line; then, in the instrumented
# build in $COVERAGE, for the lines that they cover. The last line sums up.
# Exit status 1 if one failed.

passed=0 failed=0 skipped=0
for test in "$@"; do
	out=$(CMOCKA_MESSAGE_OUTPUT=TAP "$test" 2>&1)
	rc=$?
	name=${test##*/}
	printf '%s\n' "$out" | sed -n \
		-e "s/^ok [0-9]* - \(.*\)/ok $name \1/p" \
		-e "s/^not ok [0-9]* - \(.*\)/not ok $name \1/p" \
		-e "s/^ok [0-9]* # SKIP \(.*\)/skip $name \1/p"
	count() { printf '%s\n' "$out" | grep -c "$1"; }
	p=$(count '^ok [0-9]* - ') f=$(count '^not ok ') s=$(count '^ok [0-9]* # SKIP')
	if [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then	# a sanitizer, a crash
		echo "not ok $name ended with $rc"
		f=1
	fi
	[ $rc -eq 0 ] || printf '%s\n' "$out" >&2
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
if "${0%/*}/coverage.sh" "$COVERAGE"; then
	echo "ok line coverage"
	passed=$((passed + 1))
else
	echo "not ok line coverage"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
