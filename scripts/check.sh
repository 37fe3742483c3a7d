#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All tests. Each suite ends with a line "N passed, N failed, N skipped"; this ends with a table and their sum.
# VM=no runs the suite of selftests/ on the running kernel, in place of virtual machines with both kernels.
#
# usage: check.sh [sanitize | long]
#	sanitize	all of selftests/ on the kernel that finds bugs, which takes hours: six times as long as on another,
#			and half as much again with kmemleak. Some of them run there with all tests: sanitizer() below.
#	long		for hours: all of selftests/ on the newest kernel; the fuzzers, MINUTES, HOURS, MESSAGES, FRAMES,
#			STEERED as their own scripts say; ROUNDS (1000) of SRs that fail, SYNC_FRAMES (100000) to one
set -uo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$top" || exit 1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
touch "$tmp/failures" "$tmp/results"

# result NAME SECONDS PASSED FAILED SKIPPED
result() { echo "$3 $4 $5 $2 $1" >>"$tmp/results"; }

# suite NAME COMMAND...: runs it, and takes what it counted.
suite()
{
	local name=$1 rc counts start=$SECONDS out
	shift
	out=$(mktemp -p "$tmp")
	echo "== $name"
	"$@" 2>&1 </dev/null | tee "$out" | sed -u -E "s/^[0-9]+ passed, .*/   &/"
	rc=${PIPESTATUS[0]}
	counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$out" | tail -n 1)
	if [ -z "$counts" ]; then
		echo "not ok $name: exit status $rc without a result" | tee -a "$out"
		counts="0 passed, 1 failed, 0 skipped"
	elif [ "$rc" -ne 0 ] && [[ $counts == *" 0 failed"* ]]; then
		echo "not ok $name: exit status $rc" | tee -a "$out"
		counts=${counts/ 0 failed/ 1 failed}
	fi
	grep -aE '^(FAIL|     \| not ok|not ok) ' "$out" | sed "s/^/$name: /" >>"$tmp/failures"
	sed -n '/^vm\.sh: /,$p' "$out" | head -n 60 | sed "s/^/$name: /" >>"$tmp/failures"
	read -r -a counts <<<"$counts"
	result "$name" $((SECONDS - start)) "${counts[0]}" "${counts[2]}" "${counts[4]}"
	echo "   $name: $((SECONDS - start)) s"
}

# step NAME COMMAND...: one check.
step()
{
	local name=$1 start=$SECONDS
	shift
	if "$@"; then
		echo "ok $name ($((SECONDS - start)) s)"
		result "$name" $((SECONDS - start)) 1 0 0
	else
		echo "not ok $name" | tee -a "$tmp/failures"
		result "$name" $((SECONDS - start)) 0 1 0
		return 1
	fi
}

# side_by_side FUNCTION...: in this order, one more at a time than there are CPUs, since tests wait, too; with many more
# all are slow, and none is done sooner. Lines begin with who prints them.
side_by_side()
{
	local lane
	for lane; do
		[ "$(jobs -pr | wc -l)" -le "$(nproc)" ] || wait -n
		"$lane" 2>&1 | sed -u "s/^/$(printf '%-9s' "$lane") | /" &
	done
	wait
}

# on KERNEL NAME ...: the selftests; vm.sh's options, "--", and run.sh's arguments.
on()
{
	local kernel=$1 name=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	suite "$name" scripts/vm.sh --kernel "$kernel" "${options[@]}" -- \
		env TEST_TIMEOUT="${TEST_TIMEOUT:-2400}" ${LIMIT:+LIMIT="$LIMIT"} selftests/run.sh "$@"
}

build_sanitizer()
{
	step "sanitizer kernel" scripts/sanitizer-kernel.sh && step "build for sanitizer" scripts/build-kmod.sh sanitizer &&
		step "build fuzzers of the kernel" make --no-print-directory -s -C selftests/fuzz
}

sanitize()
{
	build_sanitizer || return
	suite "planted bugs" selftests/sanitizer/check.sh
	TEST_TIMEOUT=3600 on sanitizer "selftests on sanitizer" --timeout 14400 --
}

long()
{
	suite "fuzzers of userspace" make --no-print-directory -s -C userspace fuzz-long
	suite "parser and hash" make --no-print-directory -s -C selftests/parse long
	step "build for newest" scripts/build-kmod.sh newest && on newest "all selftests on newest" --timeout 7200 --
	step "build for floor" scripts/build-kmod.sh floor && {
		suite "2,000 long connections" scripts/vm.sh --mem 2048 --timeout 3600 -- env SAA_LONG=2000 \
			TEST_TIMEOUT=3500 selftests/run.sh test_sync.sh
		suite "failures of an SR" scripts/vm.sh --timeout 40000 -- env SAA_ROUNDS="${ROUNDS:-1000}" \
			SAA_FRAMES="${SYNC_FRAMES:-100000}" TEST_TIMEOUT=36000 selftests/run.sh sync_churn sync_wire
	}
	build_sanitizer && suite "fuzzers of the kernel" selftests/fuzz/long.sh
}

userspace()
{
	suite "unit tests" make --no-print-directory -s -C userspace check
	suite "fuzzers of userspace" make --no-print-directory -s -C userspace fuzz
	suite "parser and hash" make --no-print-directory -s -C selftests/parse check
	step "report of the benchmark" selftests/bench/check.py
	suite "lint" scripts/lint.sh
}

# One CPU takes a quarter less of this machine's time; newest and sanitizer have two, for what CPUs do to each other.
FLOOR_2=(sync tiers packets saactl)

# All fuzzers run on floor, which sends in a minute what sanitizer does in ten.
floor() { SAA_FUZZ=yes on floor "selftests on floor" --smp 1 --timeout 7200 -- "${FLOOR_2[@]/#/--not=}"; }
floor2() { on floor "more on floor" --smp 1 --timeout 7200 -- "${FLOOR_2[@]}"; }

# Less what would do the same as on floor: programs, files, and ways through the module that other tests go, too; and
# with fewer flows.
newest()
{
	local without=(saactl convert introduction tiers geneve_refuse dissector fault fuzz groups second.sh
		sync_{cli,verify,wg,netns,slow,gap,churn,expect,wire})
	export SAA_SIZES=4 SAA_SRS=1 SAA_FLOWS=24
	on newest "selftests on newest" --timeout 7200 -- "${without[@]/#/--not=}"
}

# Each path through the module once, and what comes from the wire and by netlink.
sanitizer()
{
	export TEST_TIMEOUT=3600 LIMIT=60 SAA_SIZES=4 SAA_SRS=1 SAA_FLOWS=20
	on sanitizer "selftests on sanitizer" --timeout 7200 --append kmemleak=off -- \
		basic test_frames geneve_refuse fuzz_netlink sync_kinds sync_trouble
}

leaks() { TEST_TIMEOUT=3600 on sanitizer "leaks" --smp 1 --timeout 7200 -- fault_traffic; }
planted() { suite "planted bugs" selftests/sanitizer/check.sh; }

normal()
{
	local kernel
	if [ "${VM:-yes}" = no ]; then
		userspace
		step "build for this kernel" scripts/build-kmod.sh host &&
			step "build a control for this kernel" selftests/mutants/control.sh host &&
			suite "selftests" as_root selftests/run.sh
		step "dissector of Geneve" selftests/test_dissector.sh
		return
	fi
	for kernel in floor newest; do
		step "build for $kernel" scripts/build-kmod.sh "$kernel" || return
	done
	step "build a control for floor" selftests/mutants/control.sh floor || return
	build_sanitizer || return
	side_by_side sanitizer newest floor2 floor planted leaks userspace
	# Guests have no tshark, and leave the packets.
	step "dissector of Geneve" selftests/test_dissector.sh
}

scripts/setup.sh || exit 1
step "build tools" make --no-print-directory -s tools
"${1:-normal}"
while read -r passed failed skipped seconds name; do
	printf '%7d passed %4d failed %4d skipped %6d s   %s\n' "$passed" "$failed" "$skipped" "$seconds" "$name"
done <"$tmp/results"
cat "$tmp/failures"
awk '{ passed += $1; failed += $2; skipped += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit(failed > 0) }' "$tmp/results"
