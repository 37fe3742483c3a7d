#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Instructions per packet, of plain Linux and of saa, side by side in one virtual machine that counts them. Prints a table, and
# leaves build/bench.json. See Documentation/performance.rst.
#
# usage: bench.sh [--kernel floor|newest]
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

kernel=floor
case ${1-} in
--kernel) kernel=$2 ;;
?*) sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2 ;;
esac

"$top/scripts/setup.sh"
make --no-print-directory -s -C "$top" tools
make --no-print-directory -s -C "$top/selftests/bench"
"$top/scripts/build-kmod.sh" "$kernel"
load_kernel "$kernel"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# String instructions would count once for each byte, and SELinux, which Debian does not turn on, has netfilter hooks of its own.
"$top/scripts/vm.sh" --kernel "$kernel" --icount --timeout 1800 --append "clearcpuid=erms,fsrm lsm=yama" -- \
	bash -c 'selftests/bench/skb.sh && selftests/bench/skb_live.sh' | tee "$tmp/rows"
"$top/selftests/bench/skb_report.py" "$release" "$build/bench.json" <"$tmp/rows"
say "build/bench.json has it, too"
