#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs what the Makefile built, and proves that the parser test notices errors
# by planting each of ./mutants in a copy of the parser. The last line is the
# sum. SEED repeats a run.

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

# A mutant compiles, differs from the parser, and is found out.
mutant()
{
	rm -rf "$T/mutant"
	mkdir -p "$T/mutant/linux"
	sed "$1" "$UAPI/linux/saa_parse.h" >"$T/mutant/linux/saa_parse.h"
	if cmp -s "$UAPI/linux/saa_parse.h" "$T/mutant/linux/saa_parse.h"; then
		echo "changes nothing"
		return 1
	fi
	# shellcheck disable=SC2086
	$CC $CFLAGS -I"$T/mutant" -I"$UAPI" -c parse_user.c \
		-o "$T/mutant/parse_user.o" &&
		$CC $CFLAGS "$T/parse_test.o" "$T/parse_bpf.o" \
			"$T/reference.o" "$T/generate.o" \
			"$T/mutant/parse_user.o" -lbpf \
			-o "$T/mutant/parse_test" || return 1
	if "$T/mutant/parse_test" -n 200000 -s "$SEED" >/dev/null 2>&1; then
		echo "not noticed in 200000 frames of seed $SEED"
		return 1
	fi
}

run "hash: golden vectors" "$T/hash_test"
run "hash: even, seed $SEED" "$T/hash_test" "$SEED"
run "parser: known frames, userspace" "$T/parse_test" seeds/*
run "parser: known frames, BPF" "$T/parse_test" -b seeds/*
run "parser: $FRAMES random frames, userspace, seed $SEED" \
	"$T/parse_test" -n "$FRAMES" -s "$SEED"
run "parser: $FRAMES random frames, BPF, seed $SEED" \
	"$T/parse_test" -b -n "$FRAMES" -s "$SEED"
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
