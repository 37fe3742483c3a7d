#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "saactl xdp attach" refuses what cannot work, says what to do, and attaches nothing; with that done, it attaches.
# "detach" finds the program wherever it is (topology: lib/topology.sh).
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_saa

# refused NAME REMEDY [ARGUMENT...]
refused()
{
	local name=$1 remedy=$2
	shift 2
	ctl sr1 xdp attach "$@" >"$tmp/said" 2>&1
	is "$name: refused" 1 $?
	ok "$name: $remedy" grep -q -- "$remedy" "$tmp/said"
	is "$name: nothing is attached" "" "$(attached)"
}

# Who carries a program.
attached() { ns sr1 ip -j link | jq -r '.[] | select(.xdp) | .ifname' | paste -s -d ' '; }

topology 2 || exit 1
for ((i = 1; i <= N; i++)); do
	for name in south north dmz; do ns "$name" ethtool -K "sr$i" tx off; done
	ns switch ethtool -K "n$i" gro off
	ns switch ethtool -K "s$i" gro off
done >"$tmp/ethtool"
ok "apply" apply_all
refused "a shadow port whose peer drops frames" "gro on"
refused "generic: a shadow port whose peer drops frames" "gro on" mode generic
offloads_for_xdp
ok "with the remedy it attaches" ctl sr1 xdp attach
ctl sr1 xdp show >"$tmp/show"
is "show: members and senders" "group group group sender sender" "$(awk '{ print $2 }' "$tmp/show" | sort | paste -s -d ' ')"
ok "show: a sender" grep -qx ' *xdp sender punt-n mode none' "$tmp/show"
ok "detach" ctl sr1 xdp detach

ok "remove" remove_all
ok "an underlay" underlay
offloads_for_xdp
TRANSPORT=geneve
ok "Geneve: apply" apply_all
ns underlay ethtool -K sr1 gro off >"$tmp/ethtool"
refused "Geneve: an interface under the tunnels whose peer drops frames" "underlay interface under0 .*gro on"
ok "Geneve: show: the sender is the interface under the tunnels" grep -q 'xdp sender under0 mode' <(ctl sr1 xdp show)
ok "Geneve: remove" remove_all
TRANSPORT=l2
ok "apply" apply_all

ns sr1 ip link add other0 type veth peer name other1
ns sr1 ip link add link eth1 name eth1.5 type vlan id 5
ns sr1 ip link set eth1.5 up
refused "a member with a VLAN behind VLAN offload" "VLAN eth1.5.*rxvlan off" eth1
ok "a VLAN interface as member" ctl sr1 group set internet dev eth1.5
refused "a VLAN member behind VLAN offload" "rxvlan off" eth1.5
ns sr1 ethtool -K eth1 rxvlan off >"$tmp/ethtool"
ns north ethtool -K sr1 txvlan off >"$tmp/ethtool"
ok "with the remedy it attaches" ctl sr1 xdp attach eth1.5
is "to the lower device" eth1 "$(attached)"
ok "a member that was attached to is one no more" ctl sr1 group set internet dev other0
ok "detach" ctl sr1 xdp detach
is "it has lost the program, too" "" "$(attached)"
refused "an interface that is no member" "lo" lo
done_testing
