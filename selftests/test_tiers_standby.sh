#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An active/standby tier-1 under an active/standby tier-0 (topology: lib/topology.sh, lib/tiers.sh): each has one owner
# for everything, and they are on different edges. Traffic that ECMP spreads over both edges; each edge fails in turn,
# and comes back, with state sync: no connection is lost. The control is the same without state sync.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/tiers.sh
need_saa

GATEWAYS="sr blue"
PORTS="n s y bn bs"
TWICE="10.1.192.0/18 fd00:10::8000/113"

# The tier-1 has interfaces of its own: to the tier-0's SR on its edge, and on the punt switches.
connect()
{
	local i=$1
	ip -batch - <<-END || return
		netns add ${P}blue$i
		link add t1-blue netns ${P}sr$i type veth peer name uplink netns ${P}blue$i
		link add punt-n netns ${P}blue$i type veth peer name bn$i netns ${P}switch
		link add punt-s netns ${P}blue$i type veth peer name bs$i netns ${P}switch
	END
	tier1_enters blue 16 "$i" "$BLUE" || return
	ns switch ip -batch - <<-END
		link set bn$i up master north
		link set bs$i up master south
	END
	ns "blue$i" bash -c "$(sysctls ipv6/conf/punt-n/disable_ipv6=1 ipv6/conf/punt-s/disable_ipv6=1)"
	ns "blue$i" ip -batch - <<-END || return
		link set punt-n up
		link set punt-s up
		link set uplink up
		address add 172.20.$i.2/30 dev uplink
		address add fd00:21:$i::2/64 dev uplink nodad
		route add default via 172.20.$i.1
		route add ::/0 via fd00:21:$i::1
	END
	ns "sr$i" ip -batch - <<-END || return
		link set t1-blue up
		address add 172.20.$i.1/30 dev t1-blue
		address add fd00:21:$i::1/64 dev t1-blue nodad
		$(for net in 10.1.0.0/16 10.250.0.1 198.51.100.16 198.51.100.80; do
			echo "route add $net via 172.20.$i.2"
		done
		for net in fd00:10::/64 fd64::1 2001:db8:51::16 2001:db8:51::80; do
			echo "route add $net via fd00:21:$i::2"
		done)
	END
	# A connection that an SR does not know is none.
	for name in sr blue; do
		ns "$name$i" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 || return
	done
}

# standby_config I: the file of all edges; only the namespace with the edge's address has another name on each here.
standby_config()
{
	[ -e "$tmp/key" ] || (umask 077 && "$SAACTL" genkey >"$tmp/key")
	cat <<-END >"$tmp/standby$1.yaml"
		cluster:
		  name: standby
		  hash: {key-file: $tmp/key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  sync: {key-file: $tmp/sync.key, netns: ${P}sr$1}
		  edges:
		    - {name: sr1, id: 1, failure-domain: a, address: $(sync_address 1)}
		    - {name: sr2, id: 2, failure-domain: b, address: $(sync_address 2)}
		gateways:
		  - name: t0
		    id: 7
		    mode: active-standby
		    active: sr1
		    standby: sr2
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: blue, id: 100, side: south, interface: t1-blue}
		    snat:
		      - {group: internet, source: 10.250.0.1, to: 198.51.100.3}
		      - {group: internet, source: 'fd64::1', to: '2001:db8:51::3'}
		  - name: blue
		    id: 1
		    tier: 1
		    uplink: t0
		    mode: active-standby
		    active: sr2
		    standby: sr1
		    groups:
		      - {name: t0, id: 100, side: north, interface: uplink}
		      - {name: inside, id: 101, side: south, interface: bp0}
		    snat:
		      - {group: t0, source: 10.1.192.0/18, to: 10.250.0.1}
		      - {group: t0, source: 'fd00:10::8000/113', to: 'fd64::1'}
		      - {group: t0, source: 10.1.0.0/16, to: 198.51.100.16}
		      - {group: t0, source: 'fd00:10::/64', to: '2001:db8:51::16'}
	END
}

# standby_apply [SED-SCRIPT]: each gateway on each edge, in its namespace.
standby_apply()
{
	local i
	for ((i = 1; i <= N; i++)); do
		standby_config "$i"
		[ -z "${1-}" ] || sed -i "$1" "$tmp/standby$i.yaml"
		ctl "sr$i" apply "$tmp/standby$i.yaml" --edge "sr$i" --gateway t0 >"$tmp/apply.sr$i" &&
			ctl "blue$i" apply "$tmp/standby$i.yaml" --edge "sr$i" --gateway blue >"$tmp/apply.blue$i" || return
	done
}

owned() { ctl "$1" -j sr show | jq -c '[.[].owned]'; }

# begin FILE [OPTION...]: connections by the SNAT of one tier, and of both.
begin()
{
	flows_go_on "$1" south "10.1.0.0/17 fd00:10::/113 $TWICE" "$REMOTE" --proto tcp --count 16 --interval 1 "${@:2}"
}

topology 2 && sync_links || { echo "not ok topology"; exit 1; }
for ((i = 1; i <= N; i++)); do
	connect "$i" && ns "sr$i" nft -f - <<<"$(tier0_firewall)" || { echo "not ok topology"; exit 1; }
done
for name in switch south blue1 blue2 sr1 sr2; do
	wait_for 60 links_ready "$name"
done
ok "apply, each gateway on each edge" standby_apply
[ $failed = 0 ] || done_testing
is "one owner in each gateway, where the file says" "[256,0] [0,256]" "$(owned sr2) $(owned blue1)"

flows south "10.1.0.0/17 fd00:10::/113" "$REMOTE" --count 30 >"$tmp/out"
all_carried "northbound, SNAT of tier-1" "$tmp/out"
is "remotes see its addresses" "198.51.100.16 2001:db8:51::16" "$(seen "$tmp/out")"
flows south "$TWICE" "$REMOTE" --proto tcp,udp --count 20 >"$tmp/out"
all_carried "northbound, SNAT of both tiers" "$tmp/out"
is "remotes see the tier-0's" "198.51.100.3 2001:db8:51::3" "$(seen "$tmp/out")"
flows north "$REMOTE" "$VIRTUAL" --proto tcp,udp --count 20 >"$tmp/out"
all_carried "inbound, DNAT of tier-1" "$tmp/out"
ok "what the standby edges receive, they punt" [ "$(punted sr2)" -gt 0 -a "$(punted blue1)" -gt 0 ]
is "the active ones do not" 0 "$(punted sr1 blue2)"

ok "each gateway is in sync" sync_ready sr1 sr2 blue1 blue2
begin "$tmp/long" --timeout 300
for i in 1 2; do
	ok "R22 edge $i fails" sr_fails "$i"
	ok "R22 connections go on" flows_round
	ok "R23 edge $i comes back and gets its flows" sr_returns "$i"
	ok "R23 connections go on" flows_round
done
flows_end
all_carried "R22 none was lost" "$tmp/long"
is "R23 each is active where the file says" "[256,0] [0,256]" "$(owned sr2) $(owned blue1)"

ok "apply without state sync" standby_apply '/^  sync:/d'
begin "$tmp/control" --timeout 10 --seed $((SEED + 1))	# state of the others may be left
ok "an edge fails" sr_fails 1
flows_round
flows_end
is "control: without state sync all are lost" "0 of 16" "$(carried "$tmp/control")"
done_testing
