#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shadow ports (topology: lib/topology.sh): what they ask of a NIC's filters, announcements, from which switches learn
# where an SR is, and what cannot be sent by them: dropped and counted by reason, in the same way with XDP. The
# control is the same packet when nothing is wrong.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

mac() { ctl sr1 -j punt show | jq -r --arg side "$1" '.[] | select(.side == $side) | .mac'; }

# Ports of the switches at which they know SR 1.
learned() { ns switch bridge fdb show | awk -v n="$north" -v s="$south" '$1 == n || $1 == s { print $3 }' | sort -u | xargs; }
forgotten() { ns switch ip link set n1 type bridge_slave fdb_flush && ns switch ip link set s1 type bridge_slave fdb_flush; }
filters() { ns sr1 bridge fdb show dev "$1" | grep -c "^$2 .*self"; }

# Routers send everything to SR 1, and this remote is of SR 2.
topology 2 || exit 1
offloads_for_xdp
ok "apply" apply_all
all_by 1
remote=$(remote_of_each | tail -n 1)
north=$(mac north) south=$(mac south)

is "a NIC lets frames to the derived address pass" "1 1" "$(filters punt-n "$north") $(filters punt-s "$south")"
announced=$(counter sr2 announced)
ok "the switches forget SR 1" forgotten
is "control: they do not know it" "" "$(learned)"
ok "SR 1 has a new configuration" ctl sr1 snat add 900 group internet source 10.9.0.0/24 no-snat
ok "announcements come to SR 2, for each group" wait_for 60 eval '[ "$(counter sr2 announced)" -ge $((announced + 3)) ]'
is "the switches know SR 1" "n1 s1" "$(learned)"

# Less than a minute after the one before, so that it is not its turn.
ports_of_sr1() { ns switch ip link set n1 "$1" && ns switch ip link set s1 "$1"; }
ok "the switches cut SR 1 off" ports_of_sr1 down
is "and forget it" "" "$(learned)"
ok "the links come back" ports_of_sr1 up
ok "the switches know it at once" wait_for 30 eval '[ "$(learned)" = "n1 s1" ]'

# to_sr2 OPTION...: pings from inside that SR 1 has to pass on.
to_sr2() { flows south 10.1.0.0/24 "$remote/32" --proto icmp --count 3 --rounds 1 "$@" >"$tmp/pings"; }

# dropped NAME COUNTER OPTION...: they are lost, for that reason.
dropped()
{
	local name=$1 reason=$2 before
	shift 2
	before=$(counter sr1 "$reason")
	to_sr2 --timeout 2 --seed $((++SEED)) "$@"
	is "$with: $name: nothing comes back" "0 of 3" "$(carried "$tmp/pings")"
	becomes "$with: $name: $reason" $((before + 3)) counter sr1 "$reason"
}

carried_now()
{
	to_sr2 --seed $((++SEED)) "$@"
	all_carried "$with: control: $*" "$tmp/pings"
}

drop_test()
{
	local with=$1
	carried_now --size 1400 --datagram 1400
	ns sr1 ip link set punt-s down
	dropped "the port is down" port-absent
	ns sr1 ip link set punt-s up mtu 1000
	wait_for 60 links_ready sr1
	wait_for 60 links_ready switch
	dropped "the port has a small MTU" punt-too-big --size 1400 --datagram 1400
	carried_now --size 900
	ns sr1 ip link set punt-s mtu 1500
	ok "$with: SR 1 and 2 are down" eval 'ctl sr1 sr set sr1 state down && ctl sr1 sr set sr2 state down'
	dropped "nobody is up" no-owner
	ok "$with: SR 1 and 2 are up" eval 'ctl sr1 sr set sr1 state up && ctl sr1 sr set sr2 state up'
	carried_now
}
drop_test "module"
is "by the module" 0 "$(counter sr1 punted-xdp)"
ok "XDP" ctl sr1 xdp attach
punted=$(counter sr1 punted)
drop_test "XDP"
is "by XDP" "$punted" "$(counter sr1 punted)"

ok "without a gateway" ctl sr1 gateway del t0
is "the NIC's filters are as before" "0 0" "$(filters punt-n "$north") $(filters punt-s "$south")"
done_testing
