#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs what the Makefile built, and proves that the parser test notices errors
# by planting each of ./mutants in a copy of the parser. The last line is the
# sum. SEED repeats a run.
#
# usage: check.sh [long]	long: FRAMES with progress, MINUTES of fuzzing

set -u
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
passed=0 failed=0 skipped=0

# run NAME COMMAND...: shows what it printed if it fails
run()
{
	name=$1
	shift
	"$@" >"$T/log" 2>&1
	case $? in
	0)
		echo "ok $name"
		passed=$((passed + 1))
		;;
	4)
		echo "skip $name: $(tail -n 1 "$T/log")"
		skipped=$((skipped + 1))
		;;
	*)
		echo "not ok $name"
		cat "$T/log"
		failed=$((failed + 1))
		;;
	esac
}

# The frames of seeds/ as the fuzzer wants them.
binary_seeds()
{
	rm -rf "$1"
	mkdir -p "$1"
	for seed in seeds/*; do
		grep -v '^#\|^expect' "$seed" | tr -cd '0-9a-f' |
			python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$1/${seed#seeds/}"
	done
}

# fuzz PROGRAM ARGUMENT...: keeps what it finds apart from the seeds
fuzz()
{
	program=$1
	shift
	mkdir -p "$T/corpus"
	"$program" -max_len=1400 -timeout=300 -artifact_prefix="$T/crash-" \
		"$@" "$T/corpus" "$T/seeds"
}

# The same inputs every time.
fuzz_runs()
{
	rm -rf "$T/corpus"
	fuzz "$1" -seed=1 -runs="$2"
}

# fuzz_long MINUTES: the last line that it printed, once a minute
fuzz_long()
{
	fuzz "$T/fuzz_parse" -max_total_time=$(($1 * 60)) >"$T/fuzz.log" 2>&1 &
	pid=$!
	(while sleep 60 >/dev/null 2>&1; do tail -n 1 "$T/fuzz.log"; done) &
	ticker=$!
	wait $pid
	rc=$?
	kill $ticker
	[ $rc -eq 0 ] || grep -v 'NEW\|REDUCE' "$T/fuzz.log"
	return $rc
}

# The fuzzer notices an error that only the right length of the right kind of
# frame shows, and no seed. The reference tells, or the sanitizer, when the
# frame ends before the address that is read.
fuzz_mutant()
{
	rm -rf "$T/mutant"
	mkdir -p "$T/mutant/linux"
	sed 's/q + SAA_ICMP_HLEN + SAA_IPV6_HLEN > end/q + SAA_ICMP_HLEN + 39 > end/' \
		"$UAPI/linux/saa_parse.h" >"$T/mutant/linux/saa_parse.h"
	$CLANG $FUZZ -I"$T/mutant" -I"$UAPI" fuzz_parse.c parse_user.c \
		reference.c result.c -o "$T/mutant/fuzz_parse" || return 1
	if fuzz_runs "$T/mutant/fuzz_parse" 1000000 >"$T/mutant/log" 2>&1; then
		echo "not noticed in 1000000 frames"
		return 1
	fi
	rm -f "$T"/crash-*
	grep '^reference: \|AddressSanitizer: heap-buffer-overflow' "$T/mutant/log"
}

# A mutant compiles, differs from the parser, and is found out by the frames or by the options.
mutant()
{
	rm -rf "$T/mutant"
	mkdir -p "$T/mutant/linux"
	sed "$1" "$UAPI/linux/saa_parse.h" >"$T/mutant/linux/saa_parse.h"
	if cmp -s "$UAPI/linux/saa_parse.h" "$T/mutant/linux/saa_parse.h"; then
		echo "changes nothing"
		return 1
	fi
	$CC $CFLAGS -I"$T/mutant" -I"$UAPI" -c parse_user.c \
		-o "$T/mutant/parse_user.o" &&
		$CC $CFLAGS "$T/parse_test.o" "$T/result.o" \
			"$T/parse_bpf.o" "$T/reference.o" "$T/generate.o" \
			"$T/mutant/parse_user.o" -lbpf \
			-o "$T/mutant/parse_test" &&
		$CC $CFLAGS -I"$T/mutant" -I"$UAPI" options_test.c \
			"$T/generate.o" -o "$T/mutant/options_test" || return 1
	# always the same frames: whether it is noticed is no matter of luck
	if "$T/mutant/parse_test" -n 200000 -s 1 >/dev/null 2>&1 &&
		"$T/mutant/options_test" 200000 1 >/dev/null 2>&1; then
		echo "not noticed in 200000 frames"
		return 1
	fi
}

# long_run NAME COMMAND...: shows what it prints as it comes
long_run()
{
	name=$1
	shift
	echo "== $name"
	"$@" 2>&1
	case $? in
	0)
		echo "ok $name"
		passed=$((passed + 1))
		;;
	4)
		echo "skip $name"
		skipped=$((skipped + 1))
		;;
	*)
		echo "not ok $name"
		failed=$((failed + 1))
		;;
	esac
}

binary_seeds "$T/seeds"
if [ "${1-}" = long ]; then
	long_run "parser: $FRAMES random frames, userspace, seed $SEED" \
		"$T/parse_test" -p -n "$FRAMES" -s "$SEED"
	long_run "parser: $FRAMES random frames, BPF, seed $SEED" \
		"$T/parse_test" -bp -n "$FRAMES" -s "$SEED"
	long_run "options: $FRAMES random ones, seed $SEED" \
		"$T/options_test" "$FRAMES" "$SEED"
	long_run "parser: $MINUTES minutes of fuzzing" \
		fuzz_long "$MINUTES"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
fi

run "hash: golden vectors" "$T/hash_test"
run "hash: even, seed $SEED" "$T/hash_test" "$SEED"
run "parser: known frames, userspace" "$T/parse_test" seeds/*
run "parser: known frames, BPF" "$T/parse_test" -b seeds/*
run "parser: $FRAMES random frames, userspace, seed $SEED" \
	"$T/parse_test" -n "$FRAMES" -s "$SEED"
run "parser: $FRAMES random frames, BPF, seed $SEED" \
	"$T/parse_test" -b -n "$FRAMES" -s "$SEED"
run "options: $FRAMES random ones, seed $SEED" \
	"$T/options_test" "$FRAMES" "$SEED"
run "parser: 1000000 frames by coverage" fuzz_runs "$T/fuzz_parse" 1000000
run "parser: error noticed by coverage" fuzz_mutant
while read -r expression; do
	case $expression in
	"#"*)
		;;
	*)
		run "parser: error noticed: $expression" mutant "$expression"
		;;
	esac
done <mutants

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
