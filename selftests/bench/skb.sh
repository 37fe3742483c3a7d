#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a packet costs on its way through a service router, from the sender's system call to a drop beyond the last
# device: one established UDP flow over IPv4, 64 bytes of payload, in the network of net.sh. For a guest that counts
# instructions as nanoseconds.
#
# Prints "skb ROW BURST..." for each row, per packet. Each row has a fresh network, and fails unless its packets went
# the way that it is about.
#
# usage: skb.sh [BURSTS [PACKETS [ROW...]]]
cd "$(dirname "$0")" || exit 1
. ./net.sh

bursts=${1:-7} packets=${2:-2000}
shift $(($# < 2 ? $# : 2))
rows=("$@")
object=$tools/../../saa_xdp.bpf.o

# run REMOTE SR NAMESPACE DEVICE: opens the flow, which outside answers to SR; drops it at DEVICE, and counts.
run()
{
	local remote=$1 sr=$2 to=$3 device=$4
	replies_to "$sr"
	ns inside "$tools/skb_burst" open "/run/netns/${P}outside" "$remote" || fail "$row: no flow"
	sink "$to" "$device" || fail "$row: no sink"
	ns inside "$tools/skb_burst" send "/run/netns/$P$to" "$remote" "$device" "$bursts" "$packets" \
		>"$tmp/out" || fail "$row"
	echo "skb $row $(paste -sd ' ' "$tmp/out")"
}

# counted SR COUNTER: the module counted each packet of the bursts.
counted()
{
	local n
	n=$(saa_counter "$1" "$2")
	[ "$n" -ge $((bursts * packets)) ] || fail "$row: only $n packets $2 on $1"
}

row_generator()
{
	run $plain 1 sr1 bp0
}

row_forward()
{
	run $plain 1 outside out1
	untracked sr1
}

row_conntrack()
{
	conntrack_on
	run $plain 1 outside out1
	tracked sr1 dst=$client
}

row_nft_masquerade()
{
	nat masquerade
	run $plain 1 outside out1
	tracked sr1 dst=172.17.1.2
}

row_nft_snat()
{
	nat "snat ip to $pool"
	run $plain 1 outside out1
	tracked sr1 dst=198.51.100
}

row_nft_flowtable()
{
	nat masquerade
	ns sr1 nft 'table inet bench {
		flowtable fast { hook ingress priority 0; devices = { bp0, eth1 }; }
		chain forward { type filter hook forward priority 0; meta l4proto udp flow add @fast; }
	}'
	run $plain 1 outside out1
	ns sr1 conntrack -L 2>/dev/null | grep -q OFFLOAD || fail "$row: not offloaded"
}

# The hook for a packet that no member of a group received: the inside is on another device.
row_saa_other_device()
{
	saa_config || fail "saactl"
	ns sr1 ip link add other0 type veth peer other1
	saactl -n "${P}sr1" group set backplane dev other0 || fail "saactl"
	run $plain 1 outside out1
	[ "$(saa_counter sr1 owned)" -eq 0 ] || fail "$row: steered"
}

# Steering alone: without a SNAT rule saa does not turn conntrack on.
row_saa_owner()
{
	saa_config || fail "saactl"
	run "$(remote_of sr1)" 1 outside out1
	untracked sr1
	counted sr1 owned
}

row_saa_snat()
{
	saa_config "$snat" || fail "saactl"
	run "$(remote_of sr1)" 1 outside out1
	tracked sr1 dst=198.51.100
	counted sr1 owned
}

# The partner holds the flow, and is told of changes.
row_saa_snat_sync()
{
	saa_sync_up || fail "saactl"
	run "$(remote_of sr1)" 1 outside out1
	tracked sr1 dst=198.51.100
	counted sr1 owned
	tracked sr2 dst=198.51.100
}

row_nft_snat_conntrackd()
{
	nat "snat ip to $pool"
	sync_link && conntrackd_up "DisableExternalCache yes" || fail "conntrackd"
	run $plain 1 outside out1
	tracked sr1 dst=198.51.100
	ns sr2 conntrack -L 2>/dev/null | grep -q "src=$client .*dst=198.51.100" || fail "$row: sr2 does not hold it"
	conntrackd_down
}

row_saa_redirect_module()
{
	saa_config "$snat" || fail "saactl"
	run "$(remote_of sr2)" 2 sr2 punt-s
	counted sr1 punted
	untracked sr1
}

# By the XDP program, which on veth gets an skb for each packet that a socket sent, as no network card does.
redirect_xdp()
{
	saa_config "$snat" || fail "saactl"
	ns inside ethtool -K in1 tx off >"$tmp/ethtool"
	napi sr2 punt-s
	ns sr1 ip link set bp0 "$1" obj "$object" sec xdp || fail "$row: no XDP program"
	run "$(remote_of sr2)" 2 sr2 punt-s
	counted sr1 punted-xdp
}

row_saa_redirect_generic() { redirect_xdp xdpgeneric; }

row_saa_redirect_native() { redirect_xdp xdpdrv; }

# The row saa_redirect_module, and what its packets cost at their owner.
row_saa_redirect_and_receive()
{
	saa_config "$snat" || fail "saactl"
	run "$(remote_of sr2)" 2 outside out2
	tracked sr2 dst=198.51.100
	counted sr1 punted
	counted sr2 received
	counted sr2 owned
	untracked sr1
}

# The same over Geneve.
row_saa_redirect_module_geneve()
{
	geneve_link || fail "no tunnels"
	saa_config "$snat" || fail "saactl"
	run "$(remote_of sr2)" 2 sr2 under0
	counted sr1 punted
	untracked sr1
}

row_saa_redirect_and_receive_geneve()
{
	geneve_link || fail "no tunnels"
	row_saa_redirect_and_receive
}

[ ${#rows[@]} -gt 0 ] || rows=(generator forward conntrack nft_masquerade nft_snat nft_flowtable saa_other_device
	saa_owner saa_snat saa_snat_sync nft_snat_conntrackd saa_redirect_module saa_redirect_generic
	saa_redirect_native saa_redirect_and_receive saa_redirect_module_geneve saa_redirect_and_receive_geneve)
each_row
