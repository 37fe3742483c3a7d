#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The long forms of the fuzzers of the kernel: 10 M netlink messages, 10 M frames, steering of 1 M frames against the
# model, in pieces, each in a virtual machine and with a seed of its own. A line for each piece, then a table. What
# failed is repeated with the line's SEED, see README.md.
#
# usage: fuzz/long.sh [--kernel sanitizer|floor|newest] [netlink] [frames] [steering]
#	MESSAGES (10000000), FRAMES (10000000), STEERED (1000000), SEED, HOURS (no limit) for all of them together
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
kernel=sanitizer
if [ "${1-}" = --kernel ]; then
	kernel=$2
	shift 2
fi
[ $# -gt 0 ] || set -- netlink frames steering
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
deadline=$((SECONDS + ${HOURS:-100000} * 3600))
passed=0 failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# sent FILE: how much, by what the fuzzers said when they were done.
sent()
{
	sed -nE 's/^ok netlink: ([0-9]+) messages.*/\1/p; s/^# (module|generic|native) [a-z0-9]*: ([0-9]+) frames$/\2/p
		s/^ok steering, [a-z]*: ([0-9]+) frames$/\1/p' "$1" | awk '{ n += $1 } END { print n + 0 }'
}

# piece NAME SEED VARIABLE...: one run of a test; adds what it sent to "done".
piece()
{
	local name=$1 seed=$2 start=$SECONDS n
	shift 2
	if "$top/scripts/vm.sh" --kernel "$kernel" --timeout 7200 -- \
		env SAA_FUZZ=yes "$@" "SEED=$seed" LIMIT=6000 TEST_TIMEOUT=7000 V=1 \
		selftests/run.sh "fuzz_$name" >"$tmp/out" 2>&1 && n=$(sent "$tmp/out") && [ "$n" -gt 0 ]; then
		passed=$((passed + 1)) done=$((done + n))
		echo "ok $name: $n more, SEED=$seed, $((SECONDS - start)) s"
	else
		failed=$((failed + 1))
		echo "not ok $name: SEED=$seed $*"
		grep -v '^# netlink: .* messages in' "$tmp/out" | cut -c 1-2000
	fi
}

# pieces NAME ALL SIZE VARIABLE: ALL in pieces of SIZE, which the variable says. Only what passed counts; the third that
# fails ends it.
pieces()
{
	local name=$1 all=$2 variable=$4 done=0 n bad=$failed
	n=$((all < $3 ? all : $3))
	while [ $done -lt "$all" ] && [ $SECONDS -lt $deadline ] && [ $((failed - bad)) -lt 3 ]; do
		piece "$name" "$SEED" "$variable=$n"
		echo "# $name: $done of $all"
		SEED=$((SEED + 1000))
	done
	echo "$name $done of $all on $kernel" >>"$tmp/table"
}

cd "$top" && make --no-print-directory -s tools && make --no-print-directory -s -C selftests/fuzz &&
	scripts/build-kmod.sh "$kernel" || exit 1
for name; do
	case $name in
	netlink) pieces netlink "${MESSAGES:-10000000}" 500000 MESSAGES ;;
	frames) pieces frames "${FRAMES:-10000000}" 500000 FRAMES ;;
	steering) pieces steering "${STEERED:-1000000}" 30000 FRAMES ;;
	*) echo "long.sh: unknown fuzzer $name" >&2; exit 2 ;;
	esac
done
cat "$tmp/table"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
