#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All tests. Each suite ends with a line "N passed, N failed, N skipped"; this ends with a table and their sum.
# VM=no runs the suite of selftests/ on the running kernel, in place of virtual machines with both kernels.
#
# usage: check.sh [sanitize | long]
#	sanitize	the suite of selftests/ on the kernel that finds bugs, which takes two hours: ten times as long
#			as on another
#	long		the fuzzers, for hours: MINUTES, HOURS, MESSAGES, FRAMES, STEERED as their own scripts say
set -uo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$top" || exit 1

passed=0 failed=0 skipped=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
touch "$tmp/failures" "$tmp/table"

# suite NAME COMMAND...: runs it, and adds up what it counted.
suite()
{
	local name=$1 rc counts start=$SECONDS
	shift
	echo "== $name"
	"$@" 2>&1 </dev/null | tee "$tmp/out" | sed -u -E "s/^[0-9]+ passed, .*/   &/"
	rc=${PIPESTATUS[0]}
	counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$tmp/out" | tail -n 1)
	if [ -z "$counts" ]; then
		echo "not ok $name: exit status $rc without a result" | tee -a "$tmp/out"
		counts="0 passed, 1 failed, 0 skipped"
	elif [ "$rc" -ne 0 ] && [[ $counts == *" 0 failed"* ]]; then
		echo "not ok $name: exit status $rc" | tee -a "$tmp/out"
		failed=$((failed + 1))
	fi
	grep -aE '^(FAIL|not ok) ' "$tmp/out" | sed "s/^/$name: /" >>"$tmp/failures"
	read -r -a counts <<<"$counts"
	passed=$((passed + counts[0])) failed=$((failed + counts[2])) skipped=$((skipped + counts[4]))
	printf '%7d passed %4d failed %4d skipped %6d s   %s\n' "${counts[0]}" "${counts[2]}" "${counts[4]}" \
		$((SECONDS - start)) "$name" >>"$tmp/table"
	echo "   $name: $((SECONDS - start)) s"
}

# step NAME COMMAND...: one check.
step()
{
	local name=$1 start=$SECONDS
	shift
	if "$@"; then
		echo "ok $name ($((SECONDS - start)) s)"
		passed=$((passed + 1))
	else
		echo "not ok $name" | tee -a "$tmp/failures"
		failed=$((failed + 1))
		return 1
	fi
}

sanitize()
{
	step "sanitizer kernel" scripts/sanitizer-kernel.sh && step "build for sanitizer" scripts/build-kmod.sh sanitizer ||
		return
	step "build fuzzers of the kernel" make --no-print-directory -s -C selftests/fuzz
	suite "planted bugs" selftests/sanitizer/check.sh
	suite "selftests on sanitizer" scripts/vm.sh --kernel sanitizer --timeout 14400 -- \
		env TEST_TIMEOUT=3600 selftests/run.sh
}

long()
{
	suite "fuzzers of userspace" make --no-print-directory -s -C userspace fuzz-long
	suite "parser and hash" make --no-print-directory -s -C selftests/parse long
	step "build fuzzers of the kernel" make --no-print-directory -s -C selftests/fuzz
	step "sanitizer kernel" scripts/sanitizer-kernel.sh && suite "fuzzers of the kernel" selftests/fuzz/long.sh
}

normal()
{
	local kernel
	suite "unit tests" make --no-print-directory -s -C userspace check
	suite "fuzzers of userspace" make --no-print-directory -s -C userspace fuzz
	suite "parser and hash" make --no-print-directory -s -C selftests/parse check
	suite "lint" scripts/lint.sh
	if [ "${VM:-yes}" = no ]; then
		step "build for this kernel" scripts/build-kmod.sh host && suite "selftests" as_root selftests/run.sh
		return
	fi
	for kernel in floor newest; do
		step "build for $kernel" scripts/build-kmod.sh "$kernel" &&
			suite "selftests on $kernel" scripts/vm.sh --kernel "$kernel" --timeout 1800 -- selftests/run.sh
	done
}

scripts/setup.sh || exit 1
step "build tools" make --no-print-directory -s tools
"${1:-normal}"
cat "$tmp/table" "$tmp/failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
