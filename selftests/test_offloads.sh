#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What interfaces leave to others, and how much they take (R10; topology: lib/topology.sh, N = 2, all that is sent comes
# to SR 1, and SR 2 owns it): checksums that the sender has not made and the receiver verifies, large pieces that XDP
# sees, jumbo frames, a shadow port that loses the ability to take what XDP redirects, MTUs that differ between edges,
# over L2 and Geneve (lib/geneve.sh).
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_saa

# flow_test NAME OPTION...: flows from inside that SR 1 has to punt both ways.
flow_test()
{
	local name=$1
	shift
	flows south "$INSIDE" "$remotes" --count 8 --seed $((++SEED)) --timeout 60 "$@" >"$tmp/flows"
	all_carried "$name" "$tmp/flows"
}

offload()
{
	local name
	for name in south north; do
		ns $name ethtool -K sr1 "$@" && ns $name ethtool -K sr2 "$@"
	done >"$tmp/ethtool"
}

# grew COUNTER: of SR 1, since the last call for it.
declare -A last
grew()
{
	local now
	now=$(counter sr1 "$1")
	set -- "$1" $((now - ${last[$1]-0}))
	last[$1]=$now
	echo "# $1: $2 more"
	[ "$2" -gt 0 ]
}

# Segments and datagrams that receivers found wrong.
bad_checksums()
{
	for name in south north; do
		snmp $name Tcp InCsumErrors
		snmp $name Udp InCsumErrors
		snmp $name Udp6 InCsumErrors
	done | paste -sd +
}

mtu() { ns "$1" ip -batch - < <(printf "link set %s mtu $2\n" "${@:3}"); }

all_mtu()
{
	local i
	for i in 1 2; do
		mtu switch "$1" n$i s$i
		mtu sr$i "$1" bp0 eth1 punt-n punt-s
		mtu south "$1" sr$i
		mtu north "$1" sr$i
	done
}

# narrower NAME: SR 2, which owns the flows, has a narrower uplink than SR 1, to which they come. Senders have forgotten
# what they knew of it; what is too long for it they send again, when told, in pieces.
narrower()
{
	local proto told4 told6
	mtu sr2 1400 eth1
	mtu north 1400 sr2
	for proto in tcp udp,icmp; do
		ns south sh -c 'echo 1 >/proc/sys/net/ipv4/route/flush; ip -6 route flush cache'
		told4=$(snmp sr2 Icmp OutDestUnreachs) told6=$(snmp sr2 Icmp6 OutPktTooBigs)
		flow_test "$1: SR 2 has a narrower uplink than SR 1: path MTU discovery by $proto" --proto $proto --size 40000 \
			--datagram 1440 --again 60
		ok "$1: SR 2 has told of it" [ "$(snmp sr2 Icmp OutDestUnreachs)" -gt "$told4" -a \
			"$(snmp sr2 Icmp6 OutPktTooBigs)" -gt "$told6" ]
	done
	mtu sr2 1500 eth1
	mtu north 1500 sr2
}

# XDP takes what has a next hop that is known.
over_geneve()
{
	underlay && underlay_mtu 1562 && ns underlay ethtool -K sr1 gro on >"$tmp/ethtool" &&
		ns sr1 ping -q -c 1 -w 60 172.19.1.1 >"$tmp/ping" && TRANSPORT=geneve && apply_all
}

topology 2 || exit 1
ok "apply" apply_all
all_by 1
remotes="$(remote_of_each | tail -n 1) $(remote_of_each 6 | tail -n 1)"

# SR 2 makes the checksums, so that receivers verify them.
for dev in eth1 bp0; do
	ns sr2 ethtool -K $dev tx off
done >"$tmp/ethtool"
offload tx on
for i in 1 2; do
	ns switch ethtool -K n$i gro on
	ns switch ethtool -K s$i gro on
done >"$tmp/ethtool"
flow_test "checksums that the sender leaves open arrive made" --proto tcp,udp --size 100000
is "all were verified, none was wrong" 0 $(($(bad_checksums)))
grew punted

all_mtu 9000
ctl sr1 xdp attach >"$tmp/said" 2>&1
is "jumbo frames: native XDP is refused" 1 $?
ok "jumbo frames: $(grep -m 1 "MTU" "$tmp/said")" grep -q "MTU is too large" "$tmp/said"
flow_test "jumbo frames" --size 100000 --datagram 8900
is "jumbo frames: no fragments" "0" "$(snmp sr2 Ip ReasmReqds)"
all_mtu 1500
narrower "module"

ok "XDP, native" ctl sr1 xdp attach 2>"$tmp/said"
ok "the tool warns: $(grep -m 1 "tx off" "$tmp/said")" grep -q "tx off" "$tmp/said"
flows south "$INSIDE" "$remotes" --proto tcp --count 4 --timeout 3 --seed $((++SEED)) >"$tmp/flows"
is "control: those that XDP redirects without are found wrong" "0 of 4" "$(carried "$tmp/flows")"
ok "control: by the firewall of SR 2" [ "$(nft_counter sr2 invalid)" -gt 0 ]
offload tx off
flow_test "with the remedy they arrive" --proto tcp,udp --size 100000
ok "punted by XDP" grew punted-xdp

ns switch ethtool -K s1 gro off >"$tmp/ethtool"
grew punted
flow_test "the shadow port's peer has NAPI no more" --size 20000
ok "then the module punts" grew punted
ns switch ethtool -K s1 gro on >"$tmp/ethtool"

grew punted-xdp
narrower "XDP"
ok "punted by XDP" grew punted-xdp
ok "over Geneve" over_geneve
grew punted-xdp
narrower "XDP, Geneve"
ok "punted by XDP" grew punted-xdp
ok "detach" ctl sr1 xdp detach
narrower "Geneve"
TRANSPORT=l2
ok "over L2" apply_all

offload tx on tso on gso on
ok "XDP, generic" ctl sr1 xdp attach mode generic
grew punted
grew punted-xdp
flow_test "large pieces, seen by generic XDP" --proto tcp --size 400000 --rounds 1
ok "it leaves to the module what is too large to redirect" grew punted
ok "and punts the rest" grew punted-xdp
ok "detach" ctl sr1 xdp detach

is "nothing was dropped" "" "$(drops all)"
done_testing
