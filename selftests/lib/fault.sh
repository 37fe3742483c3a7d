# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests: allocations that fail, as the sanitizer kernel can make them. Only those count that saa.ko makes
# or that are made on its behalf, with one of its functions on the stack.

fault_debugfs=/sys/kernel/debug
fault_kinds="failslab fail_page_alloc fail_usercopy"
fault_budget=1000000000

# fault_set NAME VALUE: for allocations of objects and of pages, and copying from userspace.
fault_set()
{
	local kind
	for kind in $fault_kinds; do
		echo "$2" >"$fault_debugfs/$kind/$1" || return
	done
}

# Skips the test where allocations cannot be made to fail; the sanitizer kernel must.
need_faults()
{
	local first last kind
	for kind in $fault_kinds; do
		[ -e "$fault_debugfs/$kind/require-start" ] && [ -e /proc/self/fail-nth ] ||
			sanitizer_only "the kernel has no $kind; that of make check-sanitize has"
	done
	read -r first last < <(awk '$4 == "[saa]" && tolower($2) == "t" { print $1 }' /proc/kallsyms | sort |
		sed -n '1p;$p' | paste -s -d ' ')
	fault_within "0x$first" $((0x$last + 4096))
	fault_set stacktrace-depth 32
	fault_set verbose 0
	fault_set times $fault_budget
	echo N >$fault_debugfs/failslab/ignore-gfp-wait
	echo N >$fault_debugfs/fail_page_alloc/ignore-gfp-wait
	echo N >$fault_debugfs/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$fault_debugfs/fail_page_alloc/min-order
}

# fault_within FIRST LAST: addresses, one of which is on the stack.
fault_within() { fault_set require-start "$(printf '0x%x' "$1")" && fault_set require-end "$(printf '0x%x' "$2")"; }

# fault_stack FUNCTION: with this function of the kernel on the stack, in place of one of saa.ko.
fault_stack()
{
	local first next
	read -r first next < <(sort /proc/kallsyms | grep -v '\[' | grep -A 1 -E " [tT] $1\$" | cut -d ' ' -f 1 | paste -s -d ' ')
	fault_within "0x$first" "0x$next"
}

# How many have failed.
faults()
{
	local kind n=0
	for kind in $fault_kinds; do
		n=$((n + fault_budget - $(<"$fault_debugfs/$kind/times")))
	done
	echo $n
}

# nth N COMMAND...: the command, with its Nth allocation failing.
nth()
{
	# The shell becomes the command, and keeps the number.
	bash -c 'echo "$0" >/proc/self/fail-nth && exec "$@"' "$@"
}
