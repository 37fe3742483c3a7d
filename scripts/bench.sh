#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures saa beside plain Linux: instructions per packet in a virtual machine that counts them, what state sync costs
# beside conntrackd, how good the table is, what the control plane costs, and for calibration plain Linux in nanoseconds
# on this machine. Prints tables, and leaves build/bench.json. See Documentation/performance.rst.
#
# usage: bench.sh [--kernel floor|newest] [--part PART]... [--no-native] [--compare REVISION]
#	PART: skb, live, prog, sync, control, table, native; default all
#	--no-native: only what is counted
#	--compare: what changed since REVISION, by the benchmarks of this checkout; what is not committed counts, too
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

bench=selftests/bench
kernel=floor compare='' parts=()
all=(prog skb live sync control table native)
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernel=$2; shift ;;
	--part) parts+=("$2"); shift ;;
	--part=*) parts+=("${1#*=}") ;;
	--no-native) all=(prog skb live sync control table) ;;
	--compare) compare=$2; shift ;;
	*) sed -n '/^# usage/,/^[^#]/s/^# \?//p' "$0" >&2; exit 2 ;;
	esac
	shift
done
# State sync has threads, which the scheduler mixes anew in each build: it is left out where results are compared.
[ -z "$compare" ] || all=(prog skb live control table)
[ ${#parts[@]} -gt 0 ] || parts=("${all[@]}")

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# compare REVISION: builds it apart from the checkout, and measures both with what is in the checkout.
compare()
{
	local revision old=$tmp/old options=(--kernel "$kernel" "${parts[@]/#/--part=}")
	revision=$(git -C "$top" rev-parse --verify --quiet "$1^{commit}") || die "no revision '$1'"
	mkdir "$old"
	git -C "$top" archive "$revision" | tar -C "$old" -x
	rm -rf "${old:?}/scripts" "${old:?}/$bench"
	cp -r "$top/scripts" "$old/"
	cp -r "$top/$bench" "$old/selftests/"
	say "$(git -C "$top" log -1 --format='%h (%s)' "$revision")"
	"$old/scripts/bench.sh" "${options[@]}" >"$tmp/old.out" ||
		die "cannot be measured: $(tail -n 3 "$tmp/old.out")"
	say "this checkout"
	"$top/scripts/bench.sh" "${options[@]}" >"$tmp/new.out" ||
		die "cannot be measured: $(tail -n 3 "$tmp/new.out")"
	"$top/$bench/compare.py" "$old/build/bench.json" "$build/bench.json"
}

# String instructions would count once for each byte, and SELinux, which Debian does not turn on, has netfilter hooks of
# its own.
guest()
{
	"$top/scripts/vm.sh" --kernel "$kernel" --icount --mem 2048 --timeout 3600 \
		--append "clearcpuid=erms,fsrm lsm=yama" -- "$@"
}

# Plain Linux on this machine; and the XDP program, too, if the module is loaded.
native()
{
	local rows=(generator forward conntrack nft_masquerade xdp_redirect_only)
	(
		as_root "$top/$bench/live.sh" 9 50000 "${rows[@]}" xdp_route "${rows[@]/%/_ipv6}"
		as_root "$top/$bench/prog.sh" 9 20001
	) | sed 's/^/native_/'
}

if [ -n "$compare" ]; then
	compare "$compare"
	exit
fi

"$top/scripts/setup.sh"
make --no-print-directory -s -C "$top" tools
make --no-print-directory -s -C "$top/$bench"
"$top/scripts/build-kmod.sh" "$kernel"
load_kernel "$kernel"
note='saa is not loaded on this machine'
[ -e /proc/modules ] || note='the kernel of this machine loads no modules'

for part in "${parts[@]}"; do
	case $part in
	prog | skb | live | sync | control) guest "$bench/$part.sh" ;;
	table) "$build/tests/bench/table" ;;
	native) native ;;
	*) die "no part '$part'" ;;
	esac
done | tee "$tmp/lines"
echo
"$top/$bench/report.py" "$build/bench.json" "kernel=$release" "host_kernel=$(uname -r)" "native_note=$note" \
	"cpu=$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "cpus=$(nproc)" \
	"qemu=$(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9.]*\).*/\1/p')" \
	"revision=$(git -C "$top" describe --always --dirty 2>/dev/null || true)" <"$tmp/lines"
say "build/bench.json has it, too"
