#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every kind of packet, not just the easy ones (R10, R11, R13; lib/packets.py has the kinds): in both families, steered
# by each of MODES, the module and XDP, native and generic, over each of TRANSPORTS. Behind north is one more network,
# by a narrow link; the rest is in lib/topology.sh and lib/geneve.sh:
#
#   north -- far (MTU 1300 toward far; far itself believes in 1500) -- 198.18.0.0/24, 2001:db8:18::/64
#
# The control is plain Linux in the same network: of no kind everything gets through. A table at the end has it all.
# FLOWS (8) is how many of each kind.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
. lib/packets.sh
need_saa

TRANSPORTS=${TRANSPORTS:-l2 geneve}
MODES=${MODES:-module native generic}
FLOWS=${FLOWS:-8}

# attach MODE: to all members, in place of another; "module" is no XDP.
attach()
{
	local i command=detach
	[ "$1" = module ] || command="attach mode $1"
	for ((i = 1; i <= N; i++)); do
		# Words of a command.
		# shellcheck disable=SC2086
		ctl "sr$i" xdp $command >/dev/null 2>"$tmp/attach" || { sed 's/^/# /' "$tmp/attach"; return 1; }
	done
}

# count: what the SRs have counted so far; grown COUNTER: since count.
count() { counters >"$tmp/counted"; }
counters()
{
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" stats
	done | awk '$1 == "counter" { n[$2] += $4 } END { for (name in n) print name, n[name] }'
}

grown()
{
	awk -v name="$1" '$1 == name { n[FILENAME] = $2 } END { print n[ARGV[2]] - n[ARGV[1]] }' "$tmp/counted" "$tmp/now"
}

# steered MODE: the SRs have punted by that and by nothing else, but for what XDP leaves to the module: long chains of
# IPv6 headers.
steered()
{
	local xdp module
	xdp=$(grown punted-xdp) module=$(grown punted)
	echo "# $1: $xdp by XDP, $module by the module"
	case $1 in
	module) [ "$xdp" -eq 0 ] && [ "$module" -gt 100 ] ;;
	*) [ "$xdp" -gt 100 ] && [ "$module" -gt 0 ] && [ "$module" -le $((3 * FLOWS)) ] ;;
	esac
}

topology 4 && underlay && underlay_mtu 1562 || exit 1
offloads_for_xdp
ok "one more network behind north" far
ok "hosts that do not answer" silence
columns=()
for transport in $TRANSPORTS; do
	TRANSPORT=$transport
	ok "$transport: apply" apply_all
	for mode in $MODES; do
		columns+=("$tmp/$transport-$mode")
		ok "$transport, $mode: attach" attach $mode
		ok "$transport, $mode: fragments are watched" watch_fragments
		count
		packets >"$tmp/$transport-$mode"
		counters >"$tmp/now"
		ok "$transport, $mode: that has steered" steered $mode
		ok "R11 $transport, $mode: each datagram came to one SR in fragments, and to the stack as a whole" one_defragments
		is "$transport, $mode: errors about errors were dropped, nothing else" "snat-stray $((2 * FLOWS))" \
			"$(for name in $(drops all | cut -d ' ' -f 1); do echo "$name $(grown "$name")"; done)"
	done
	ok "$transport: detach" attach module
	ok "$transport: end" remove_all
done
nft_snat_on
FLOWS=12 packets --seconds 20 --at-once 50 >"$tmp/control"
table "${columns[@]}" "$tmp/control"
done_testing
