#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a frame costs from a driver's hands to the far device: xdp_bench makes XDP frames, as a network card would
# deliver them, of one established UDP flow, in the network of net.sh. They arrive by bp0 of sr1, where XDP drops or
# redirects them, or where they become packets of the stack. Far devices drop at once: in XDP where an XDP frame
# arrives, else as in skb.sh.
#
# Prints "live ROW BURST..." for each row, per frame; rows with IPv6 end in _ipv6. Each row has a fresh network, and
# fails unless its frames went the way that it is about.
#
# usage: live.sh [BURSTS [FRAMES [ROW...]]]
cd "$(dirname "$0")" || exit 1
. ./net.sh

bursts=${1:-7} frames=${2:-5000}
shift $(($# < 2 ? $# : 2))
rows=("$@")
object=$tools/../../saa_xdp.bpf.o

received() { ns "$1" ip -s -j link show "$2" | jq '.[0].stats64.rx.packets'; }

# established SR REMOTE: opens the flow that the frames are of; outside answers to SR.
established()
{
	replies_to "$1"
	ns inside "$tools/skb_burst" open "/run/netns/${P}outside" "$2" || fail "$row: no flow"
}

# run NAMESPACE DEVICE [REMOTE]: all frames arrive there.
run()
{
	local before all=$((bursts * frames)) i n
	before=$(received "$1" "$2")
	ns inside "$tools/xdp_bench" send in1 "$bursts" "$frames" \
		"$(./frame.py udp 02:00:00:00:01:01 "$client" "${3-$plain}")" >"$tmp/out" || fail "$row"
	for i in {1..50}; do
		n=$(($(received "$1" "$2") - before))
		[ $n -lt $all ] || break
		sleep 0.1
	done
	[ $n -ge $all ] || fail "$row: $n of $all frames arrived at $2"
	echo "live $row $(paste -sd ' ' "$tmp/out")"
}

# up REMOTE: frames become packets, which one of the rows below forwards.
up()
{
	napi sr1 bp0
	established 1 "$1"
	sink outside out1
	run outside out1 "$1"
}

xdp() { ns "$1" "$tools/xdp_bench" attach "${@:2}" || fail "$row: no XDP program"; }

counted()
{
	local n
	n=$(saa_counter "$1" "$2")
	[ "$n" -ge $((bursts * frames)) ] || fail "$row: only $n packets $2 on $1"
}

row_generator()
{
	xdp sr1 bp0 drop
	run sr1 bp0
}

row_forward()
{
	up "$plain"
	untracked sr1
}

row_conntrack()
{
	conntrack_on
	up "$plain"
	tracked sr1 "dst=$client"
}

row_nft_masquerade()
{
	nat masquerade
	up "$plain"
	tracked sr1 "dst=$(link out 1 2)"
}

# The owner's path, where the module alone steers.
row_saa_snat()
{
	saa_config "$snat" || fail "saactl"
	up "$(remote_of sr1)"
	tracked sr1 "dst=${pool%1-*}"
	counted sr1 owned
}

# The same where the XDP program looks at all packets first, and passes those that are owned here.
row_saa_snat_xdp()
{
	saa_config "$snat" || fail "saactl"
	xdp sr1 bp0 "$object:saa_xdp"
	up "$(remote_of sr1)"
	tracked sr1 "dst=${pool%1-*}"
	counted sr1 owned
}

# Another SR owns everything, and the flow is established there.
owned_by_sr2()
{
	saa_config "$snat" || fail "saactl"
	saactl -n "${P}sr1" sr set sr1 state down || fail "saactl"
	saactl -n "${P}sr2" sr set sr1 state down || fail "saactl"
	established 2 "$plain"
}

row_saa_redirect_module()
{
	owned_by_sr2
	napi sr1 bp0
	sink sr2 punt-s
	run sr2 punt-s
	counted sr1 punted
}

row_saa_redirect_xdp()
{
	owned_by_sr2
	xdp sr2 punt-s drop
	xdp sr1 bp0 "$object:saa_xdp"
	run sr2 punt-s
	counted sr1 punted-xdp
}

# The same without a look-up.
row_xdp_redirect_only()
{
	xdp sr2 punt-s drop
	xdp sr1 bp0 redirect punt-s
	run sr2 punt-s
}

# The row saa_redirect_xdp, and what its packets cost at their owner, to which they come by DEVICE.
row_saa_redirect_and_receive() { and_receive punt-s; }

and_receive()
{
	owned_by_sr2
	napi sr2 "$1"
	sink outside out2
	xdp sr1 bp0 "$object:saa_xdp"
	run outside out2
	tracked sr2 "dst=${pool%1-*}"
	counted sr1 punted-xdp
	counted sr2 received
	counted sr2 owned
}

# The same over Geneve.
geneve() { geneve_link || fail "no tunnels"; }

row_saa_redirect_module_geneve()
{
	geneve
	owned_by_sr2
	napi sr1 bp0
	sink sr2 under0
	run sr2 under0
	counted sr1 punted
}

row_saa_redirect_xdp_geneve()
{
	geneve
	owned_by_sr2
	xdp sr2 under0 drop
	xdp sr1 bp0 "$object:saa_xdp"
	run sr2 under0
	counted sr1 punted-xdp
}

row_saa_redirect_and_receive_geneve()
{
	geneve
	and_receive under0
}

# A router in XDP that keeps no state and translates nothing.
row_xdp_route()
{
	ns sr1 ip link set eth1 up
	xdp outside out1 drop
	xdp sr1 bp0 route
	run outside out1
}

all=(generator forward conntrack nft_masquerade saa_snat saa_snat_xdp saa_redirect_module saa_redirect_xdp
	xdp_redirect_only saa_redirect_and_receive saa_redirect_module_geneve saa_redirect_xdp_geneve
	saa_redirect_and_receive_geneve)
[ ${#rows[@]} -gt 0 ] || rows=("${all[@]}" xdp_route "${all[@]/%/_ipv6}")
each_row
