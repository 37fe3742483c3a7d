# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests test_fuzz*.sh: a seed, the fuzzers as built by selftests/fuzz/Makefile, the module. They run on a
# kernel that notices what they find; on another with SAA_FUZZ=yes.

SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
fuzzers=../build/tests/fuzz

need_fuzzer()
{
	[ -n "${SAA_FUZZ-}" ] || sanitized || skip_all "only on the sanitizer kernel; SAA_FUZZ=yes has it run here"
	[ -x "$fuzzers/$1" ] || sanitizer_only "no fuzzers: make -C selftests/fuzz"
	[ -d /sys/module/saa ] || modprobe -q saa || insmod "../build/kmod/$(uname -r)/saa.ko" ||
		sanitizer_only "saa.ko cannot be loaded"
}

# cases KIND COMMAND...: what was found once, first.
cases()
{
	local file kind=$1
	shift
	for file in fuzz/cases/"$kind"/*; do
		[ ! -e "$file" ] || ok "case ${file##*/}" "$@" "$file"
	done
}
