#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a packet costs on its way through a service router, from the sender's system call to a drop beyond the last device: one
# established UDP flow, 64 bytes of payload, in the network of skb_net.sh. For a guest that counts instructions as nanoseconds.
#
# Prints "skb ROW BURST..." for each row, per packet. Each row has a fresh network, and fails unless its packets went the way
# that it is about.
#
# usage: skb.sh [BURSTS [PACKETS [ROW...]]]
cd "$(dirname "$0")" || exit 1
. ./skb_net.sh

bursts=${1:-7} packets=${2:-2000}
shift $(($# < 2 ? $# : 2))
rows=("$@")
plain=203.0.0.1

# run ROW REMOTE SR NAMESPACE DEVICE: opens the flow, which outside answers to SR; drops it at DEVICE, and counts.
run()
{
	local row=$1 remote=$2 sr=$3 to=$4 device=$5
	replies_to "$sr"
	ns inside "$tools/skb_burst" open "/run/netns/${P}outside" "$remote" || fail "$row: no flow"
	sink "$to" "$device" || fail "$row: no sink"
	ns inside "$tools/skb_burst" send "/run/netns/$P$to" "$remote" "$device" "$bursts" "$packets" >"$tmp/out" || fail "$row"
	echo "skb $row $(paste -sd ' ' "$tmp/out")"
}

# tracked SR PATTERN: conntrack has the flow, established, and with this in its reply direction.
tracked()
{
	ns "$1" conntrack -L 2>/dev/null | grep "src=10.1.0.1 .*$2.*ASSURED" >"$tmp/entry" ||
		fail "$row: no established flow with $2 on $1: $(ns "$1" conntrack -L 2>/dev/null)"
}

# untracked SR
untracked()
{
	[ -z "$(ns "$1" conntrack -L 2>/dev/null)" ] || fail "$row: conntrack is active on $1"
}

# counted SR COUNTER: the module counted each packet of the bursts.
counted()
{
	local n
	n=$(saa_counter "$1" "$2")
	[ "${n:-0}" -ge $((bursts * packets)) ] || fail "$row: only ${n:-no} packets $2 on $1"
}

nat() { ns sr1 nft "table ip bench { chain postrouting { type nat hook postrouting priority srcnat; oifname eth1 $1; }; }"; }

row_generator()
{
	run generator $plain 1 sr1 bp0
}

row_forward()
{
	run forward $plain 1 outside out1
	[ ! -e /proc/net/nf_conntrack ] || untracked sr1
}

# Conntrack is on, as nothing but the existence of a rule that uses it says; no rule is evaluated.
row_conntrack()
{
	ns sr1 nft 'table ip bench { chain unused { ct state new; }; }'
	run conntrack $plain 1 outside out1
	tracked sr1 dst=10.1.0.1
}

row_nft_masquerade()
{
	nat masquerade
	run nft_masquerade $plain 1 outside out1
	tracked sr1 dst=172.17.1.2
}

row_nft_snat()
{
	nat 'snat to 198.51.100.1-198.51.100.4'
	run nft_snat $plain 1 outside out1
	tracked sr1 dst=198.51.100
}

row_nft_flowtable()
{
	nat masquerade
	ns sr1 nft 'table ip bench {
		flowtable fast { hook ingress priority 0; devices = { bp0, eth1 }; }
		chain forward { type filter hook forward priority 0; meta l4proto udp flow add @fast; }
	}'
	run nft_flowtable $plain 1 outside out1
	ns sr1 conntrack -L 2>/dev/null | grep -q OFFLOAD || fail "nft_flowtable: not offloaded"
}

# Steering alone: without a SNAT rule saa does not turn conntrack on.
row_saa_owner()
{
	saa_config || fail "saactl"
	run saa_owner "$(remote_of sr1)" 1 outside out1
	untracked sr1
	counted sr1 owned
}

snat='{group: internet, source: 10.1.0.0/16, to: 198.51.100.1-198.51.100.4}'

row_saa_snat()
{
	saa_config "$snat" || fail "saactl"
	run saa_snat "$(remote_of sr1)" 1 outside out1
	tracked sr1 dst=198.51.100
	counted sr1 owned
}

row_saa_redirect_module()
{
	saa_config "$snat" || fail "saactl"
	run saa_redirect_module "$(remote_of sr2)" 2 sr2 punt-s
	counted sr1 punted
	untracked sr1
}

# The row before, and what its packets cost at their owner.
row_saa_redirect_and_receive()
{
	saa_config "$snat" || fail "saactl"
	run saa_redirect_and_receive "$(remote_of sr2)" 2 outside out2
	tracked sr2 dst=198.51.100
	counted sr1 punted
	counted sr2 received
	counted sr2 owned
	untracked sr1
}

[ ${#rows[@]} -gt 0 ] || rows=(generator forward conntrack nft_masquerade nft_snat nft_flowtable
	saa_owner saa_snat saa_redirect_module saa_redirect_and_receive)
for row in "${rows[@]}"; do
	[[ $row != saa_* ]] || [ -d /sys/module/saa ] || modprobe saa || fail "saa.ko cannot be loaded"
	net_up || fail "no network"
	"row_$row"
	net_down
done
