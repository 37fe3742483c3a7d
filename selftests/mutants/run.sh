#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proves that the selftests notice errors: plants each of ./list in a copy of the checkout, builds that, and runs the one
# test that must fail then, in a virtual machine. A mutant is caught when a check of that test fails or the kernel
# complains; one that is not means that a check is missing. That the tests pass without mutants, make check shows.
#
# usage: run.sh [NAME...]	mutants of ./list, all by default
#	KERNEL=floor|newest (floor)
set -uo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
export SAA_STOP=1
kernel=${KERNEL:-floor} passed=0 failed=0 skipped=0
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# The checkout and what is built in it, so that only what a mutant changes is built again.
copy_checkout()
{
	make -C "$top" -s tools && "$top/scripts/build-kmod.sh" "$kernel" || return
	(cd "$top" && git ls-files -z | grep -zv '^\.' | cpio -0pdm --quiet "$copy") &&
		cp -a "$build" "$copy/" && rm -rf "$copy"/build/{control,kmod,logs,vm}
}

build_copy()
{
	make -C "$copy" -s tools && "$copy/scripts/build-kmod.sh" "$kernel"
}

# mutant TEST FILE EXPRESSION: 0 if it is caught; prints by what, or what went wrong.
mutant()
{
	local test=$1 file=$2 rc
	sed "$3" "$top/$file" >"$copy/$file"
	if cmp -s "$top/$file" "$copy/$file"; then
		echo "changes nothing"
		return 1
	fi
	if ! build_copy >"$copy/log" 2>&1; then
		echo "does not build"
		grep -m 3 error: "$copy/log"
		return 1
	fi
	"$copy/scripts/vm.sh" --kernel "$kernel" --timeout 500 -- selftests/run.sh "$test" >"$copy/log" 2>&1
	rc=$?
	if [ $rc -eq 99 ]; then
		grep -m 1 '^vm.sh: ' "$copy/log"
	elif ! grep -q '^FAIL ' "$copy/log"; then
		echo "not noticed by test_$test"
		tail -n 3 "$copy/log"
		return 1
	else
		grep -m 1 'not ok' "$copy/log" | sed 's/^ *| not ok //'
	fi
}

quiet copy_checkout && quiet build_copy || die "the copy does not build"
while read -r name test file expression; do
	case $name in '' | '#'*) continue ;; esac
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	if by=$(mutant "$test" "$file" "$expression"); then
		echo "ok $name: test_$test: $by"
		passed=$((passed + 1))
	else
		echo "not ok $name: $by"
		failed=$((failed + 1))
	fi
	cp -p "$top/$file" "$copy/$file"
	touch "$copy/$file"
done <"$top/selftests/mutants/list"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
