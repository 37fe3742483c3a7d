#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a frame costs from a driver's hands to the far device: xdp_live makes XDP frames, as a network card would deliver them,
# of one established UDP flow, in the network of skb_net.sh. They arrive by bp0 of sr1, where XDP drops or redirects them, or
# where they become packets of the stack. Far devices drop at once: in XDP where an XDP frame arrives, else as in skb.sh.
#
# Prints "live ROW BURST..." for each row, per frame. Each row has a fresh network, and fails unless its frames went the way
# that it is about.
#
# usage: skb_live.sh [BURSTS [FRAMES [ROW...]]]
cd "$(dirname "$0")" || exit 1
. ./skb_net.sh

bursts=${1:-7} frames=${2:-5000}
shift $(($# < 2 ? $# : 2))
rows=("$@")
remote=203.0.0.0	# whose last 16 bits are 0 in xdp_live
object=$tools/../../saa_xdp.bpf.o

received() { ns "$1" ip -s -j link show "$2" | jq '.[0].stats64.rx.packets'; }

# established SR: opens the flow that the frames are of; outside answers to SR.
established()
{
	replies_to "$1"
	ns inside "$tools/skb_burst" open "/run/netns/${P}outside" $remote || fail "$row: no flow"
}

# run NAMESPACE DEVICE: all frames arrive there.
run()
{
	local before after
	before=$(received "$1" "$2")
	ns inside "$tools/xdp_live" send in1 -b "$bursts" -n "$frames" -d 02:00:00:00:01:01 -S 10.1.0.1 -D $remote -h 1 \
		>"$tmp/out" || fail "$row"
	after=$(received "$1" "$2")
	[ $((after - before)) -eq $((bursts * frames)) ] ||
		fail "$row: $((after - before)) of $((bursts * frames)) frames arrived at $2"
	echo "live $row $(paste -sd ' ' "$tmp/out")"
}

# An XDP frame that is sent into a veth arrives where NAPI runs.
napi() { ns "$1" ethtool -K "$2" gro on >"$tmp/ethtool"; }

xdp() { ns "$1" "$tools/xdp_live" attach "${@:2}" || fail "$row: no XDP program"; }

nat()
{
	ns sr1 nft 'table ip bench { chain postrouting { type nat hook postrouting priority srcnat; oifname eth1 masquerade; }; }'
}

row_generator()
{
	xdp sr1 bp0 drop
	run sr1 bp0
}

row_forward()
{
	napi sr1 bp0
	established 1
	sink outside out1
	run outside out1
}

row_nft_masquerade()
{
	nat
	napi sr1 bp0
	established 1
	sink outside out1
	run outside out1
	ns sr1 conntrack -L 2>/dev/null | grep -q "dst=172.17.1.2 .*ASSURED" || fail "$row: no masqueraded flow"
}

# Another SR owns everything, and the flow is established there.
row_saa_redirect_xdp()
{
	local punted
	saa_config '{group: internet, source: 10.1.0.0/16, to: 198.51.100.1-198.51.100.4}' || fail "saactl"
	saactl -n "${P}sr1" sr set sr1 state down || fail "saactl"
	saactl -n "${P}sr2" sr set sr1 state down || fail "saactl"
	established 2
	xdp sr2 punt-s drop
	ns sr1 ip link set bp0 xdpdrv obj "$object" sec xdp || fail "$row: no XDP program"
	run sr2 punt-s
	punted=$(saa_counter sr1 punted-xdp)
	[ "${punted:-0}" -eq $((bursts * frames)) ] || fail "$row: only ${punted:-no} frames punted"
}

# The same without a look-up.
row_xdp_redirect_only()
{
	xdp sr2 punt-s drop
	xdp sr1 bp0 redirect punt-s
	run sr2 punt-s
}

[ ${#rows[@]} -gt 0 ] || rows=(generator forward nft_masquerade saa_redirect_xdp xdp_redirect_only)
for row in "${rows[@]}"; do
	[[ $row != saa_* ]] || [ -d /sys/module/saa ] || modprobe saa || fail "saa.ko cannot be loaded"
	net_up || fail "no network"
	"row_$row"
	net_down
done
