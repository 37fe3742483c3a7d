#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Gateways of all modes in one file (R19; topology: lib/topology.sh, lib/tiers.sh), the same on six edges:
#
#	sr1, sr2	t0, stateful active/active, and below it blue, the same, linked; green, distributed, whose router
#			is dmz; gold, active/standby, which has a cluster of its own,
#	sr3, sr4	and is behind green's router
#	sr5, sr6	plain, a stateless active/active tier-0: routers, and what they do for state breaks flows; and below it
#			silver, in namespaces of its own, which is stateless, too, and then becomes active/standby
#
# In south, hosts with addresses of blue, of gold (10.3.0.0/16, fd00:13::/64) and of silver (10.5.0.0/16, fd00:15::/64).
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/tiers.sh
need_saa

GOLD="10.3.0.0/16 fd00:13::/64"
SILVER="10.5.0.0/16 fd00:15::/64"

# hosts_behind TABLE PREFIXES SR...: hosts in south whose default route is by these.
hosts_behind()
{
	local table=$1 prefixes=$2 prefix family
	shift 2
	ecmp 16 "$ANY" "$@" | sed "s/^route replace/& table $table/" | ns south ip -batch - || return
	for prefix in $prefixes; do
		family=-4
		[[ $prefix != *:* ]] || family=-6
		ns south ip route add local "$prefix" dev lo && ns south ip $family rule add from "$prefix" lookup "$table" || return
	done
}

# silver_behind I: a router between sr I and south, with the shadow ports, which a stateless tier-0 does not need.
silver_behind()
{
	local i=$1
	ip netns add "${P}silver$i" && tier1_enters silver 16 "$i" "$SILVER" || return
	ns "sr$i" ip -batch - <<-END || return
		link set punt-n netns ${P}silver$i
		link set punt-s netns ${P}silver$i
		link add t1-silver up type veth peer name uplink netns ${P}silver$i
		address add 172.20.$i.1/30 dev t1-silver
		address add fd00:21:$i::1/64 dev t1-silver nodad
		$(for net in 10.5.0.0/16 198.51.100.64; do
			echo "route add $net via 172.20.$i.2"
		done
		for net in fd00:15::/64 2001:db8:51::64; do
			echo "route add $net via fd00:21:$i::2"
		done)
	END
	ns "silver$i" bash -c "$(sysctls ipv6/conf/punt-n/disable_ipv6=1 ipv6/conf/punt-s/disable_ipv6=1)"
	ns "silver$i" ip -batch - <<-END
		link set punt-n up
		link set punt-s up
		link set uplink up
		address add 172.20.$i.2/30 dev uplink
		address add fd00:21:$i::2/64 dev uplink nodad
		route add default via 172.20.$i.1
		route add ::/0 via fd00:21:$i::1
	END
}

setup()
{
	local i
	topology 6 || return
	for i in 1 2; do
		ip netns add "${P}blue$i" && tier1_enters blue 16 "$i" "$BLUE" || return
		ns "sr$i" nft -f - <<-END || return
			$(tier0_firewall)
			insert rule inet firewall forward iifname "$(dmz_interface "$i")" accept
		END
		ns "sr$i" ip -batch - <<-END || return
			route add 198.51.100.48 via 172.18.$i.1
			route add 2001:db8:51::48 via fd00:18:$i::1
		END
	done
	for i in 3 4; do
		ns "sr$i" ip -batch - <<-END || return
			route replace default via 172.18.$i.1
			route replace ::/0 via fd00:18:$i::1
			route add 10.3.0.0/16 via 172.16.$i.1
			route add fd00:13::/64 via fd00:16:$i::1
		END
	done
	for i in 5 6; do
		silver_behind "$i" || return
	done
	ecmp 16 "$ANY" 1 2 | ns south ip -batch - || return
	hosts_behind 3 "$GOLD" 3 4 && hosts_behind 5 "$SILVER" 5 6 || return
	{
		ecmp 17 "$EDGE $INSIDE" 1 2
		ecmp 17 "$SILVER 198.51.100.64 2001:db8:51::64" 5 6
	} | ns north ip -batch - || return
	{
		ecmp 18 "$ANY $EDGE $INSIDE" 1 2
		ecmp 18 "198.51.100.48 2001:db8:51::48" 3 4
	} | ns dmz ip -batch - || return
	ns dmz bash -c "$(sysctls ipv4/ip_forward=1 ipv6/conf/all/forwarding=1)"
}

# mixed_config FILE MODE: silver is stateless, or active-standby.
mixed_config()
{
	[ -e "$tmp/key" ] || (umask 077 && "$SAACTL" genkey >"$tmp/key")
	cat <<-END >"$1"
		cluster:
		  name: mixed
		  hash: {key-file: $tmp/key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  edges:
		    - {name: sr1, id: 1, failure-domain: a}
		    - {name: sr2, id: 2, failure-domain: b}
		    - {name: sr3, id: 3, failure-domain: a}
		    - {name: sr4, id: 4, failure-domain: b}
		    - {name: sr5, id: 5, failure-domain: a}
		    - {name: sr6, id: 6, failure-domain: b}
		gateways:
		  - name: t0
		    edges: [sr1, sr2]
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: transit, id: 100, side: south, interfaces: {sr1: eth2, sr2: ens2}}
		    snat:
		      - {group: internet, source: 192.0.2.0/24, to: 198.51.100.4}
		      - {group: internet, source: '2001:db8:192::/64', to: '2001:db8:51::4'}
		  - name: blue
		    tier: 1
		    uplink: t0
		    namespaces: {sr1: ${P}blue1, sr2: ${P}blue2}
		    advertise: [10.1.0.0/16, 'fd00:10::/64', 198.51.100.16/32, '2001:db8:51::16/128']
		    groups: [{name: inside, id: 101, side: south, interface: bp0}]
		    snat:
		      - {group: uplink, source: 10.1.0.0/16, to: 198.51.100.16}
		      - {group: uplink, source: 'fd00:10::/64', to: '2001:db8:51::16'}
		  - name: green
		    tier: 1
		    uplink: t0
		    mode: distributed
		    advertise: [192.0.2.0/24, '2001:db8:192::/64']
		  - name: gold
		    tier: 1
		    uplink: t0
		    mode: active-standby
		    active: sr4
		    standby: sr3
		    advertise: [198.51.100.48/32, '2001:db8:51::48/128']
		    groups:
		      - {name: transit, id: 100, side: north, interfaces: {sr3: eth3, sr4: ens4}}
		      - {name: inside, id: 101, side: south, interface: bp0}
		    snat:
		      - {group: transit, source: 10.3.0.0/16, to: 198.51.100.48}
		      - {group: transit, source: 'fd00:13::/64', to: '2001:db8:51::48'}
		  - name: plain
		    mode: stateless-active-active
		    edges: [sr5, sr6]
		  - name: silver
		    tier: 1
		    uplink: plain
		    advertise: [10.5.0.0/16, 'fd00:15::/64', 198.51.100.64/32, '2001:db8:51::64/128']
	END
	if [ "$2" = stateless ]; then
		echo "    mode: stateless-active-active" >>"$1"
		return
	fi
	cat <<-END >>"$1"
		    mode: active-standby
		    active: sr6
		    standby: sr5
		    groups:
		      - {name: plain, id: 100, side: north, interface: uplink}
		      - {name: inside, id: 101, side: south, interface: bp0}
		    snat:
		      - {group: plain, source: 10.5.0.0/16, to: 198.51.100.64}
		      - {group: plain, source: 'fd00:15::/64', to: '2001:db8:51::64'}
	END
}

# mixed_apply FILE: on every edge, and where there are two gateways, each in its namespace.
mixed_apply()
{
	local i name
	for i in 1 2 3 4; do
		ctl "sr$i" apply "$1" --edge "sr$i" >"$tmp/apply.sr$i" || return
	done
	for i in 5 6; do
		for name in plain silver; do
			ctl "${name/plain/sr}$i" apply "$1" --edge "sr$i" --gateway $name >"$tmp/apply.$name$i" || return
		done
	done
}

# breaks NAME: flows, where answers come to a firewall that has not seen what they answer.
breaks()
{
	flows south "$SILVER" "$REMOTE" --count 40 --timeout 3 >"$tmp/control"
	ok "$1 ($(carried "$tmp/control"))" grep -q ^fail "$tmp/control"
}

setup || { echo "not ok topology"; exit 1; }
mixed_config "$tmp/all.yaml" stateless
"$SAACTL" check "$tmp/all.yaml" >"$tmp/out"
is "R19 one file has all modes" 0 $?
ok "apply, on every edge" mixed_apply "$tmp/all.yaml"
[ $failed = 0 ] || done_testing

# Stateless: nothing is configured, nothing may need state.
is "stateless: nothing to change" "nothing to change nothing to change" "$(cat "$tmp/apply.plain5" "$tmp/apply.silver5" | paste -sd ' ')"
ok "stateless: nothing is steered" grep -q 'no gateway is configured' <(ctl sr5 show 2>&1)
sed "/name: silver/,\$d" "$tmp/all.yaml" >"$tmp/snat.yaml"
echo "    snat: [{group: internet, source: 10.5.0.0/16, to: 198.51.100.9}]" >>"$tmp/snat.yaml"
for command in check apply; do
	options=()
	[ $command = check ] || options=(--edge sr5)
	ctl sr5 $command "$tmp/snat.yaml" "${options[@]}" >"$tmp/out" 2>&1
	is "stateless: $command refuses SNAT" 1 $?
	ok "stateless: $command says of what and why" \
		grep -q ': snat: gateway "plain" is stateless-active-active and keeps no state' "$tmp/out"
done
for i in 5 6; do
	ns "sr$i" nft flush ruleset
	ns "silver$i" nft list ruleset >"$tmp/silver$i.nft"
done
breaks "control: a stateful firewall in the tier-1 breaks flows"
for i in 5 6; do
	ns "silver$i" nft flush ruleset
done
flows south "$SILVER" "$REMOTE" --count 40 >"$tmp/out"
all_carried "stateless tier-1 and tier-0: ECMP, no steering" "$tmp/out"

# The tier-1 becomes active/standby; it may have state now, and so do NAT.
mixed_config "$tmp/all.yaml" standby
ok "apply, the tier-1 as active-standby" mixed_apply "$tmp/all.yaml"
for i in 5 6; do
	ns "silver$i" nft -f "$tmp/silver$i.nft"
done
flows south "$SILVER" "$REMOTE" --count 40 --timeout 20 --seed $((SEED + 1)) >"$tmp/out"	# state of the others may be left
all_carried "active/standby tier-1 under a stateless tier-0, with a firewall" "$tmp/out"
is "remotes see its addresses" "198.51.100.64 2001:db8:51::64" "$(seen "$tmp/out")"
ok "its standby edge punts" [ "$(punted silver5)" -gt 0 ]
is "the active one does not, nor is the tier-0 steered" "0 no" \
	"$(punted silver6) $(ctl sr6 show 2>&1 | grep -o '^saactl: no' | sed 's/.* //')"

flows south "$BLUE" "$REMOTE" --count 30 >"$tmp/out"
all_carried "stateful active/active tier-1, linked" "$tmp/out"
is "remotes see its addresses" "198.51.100.16 2001:db8:51::16" "$(seen "$tmp/out")"
flows dmz "$DMZ" "$REMOTE" --count 30 >"$tmp/out"
all_carried "distributed tier-1" "$tmp/out"
is "remotes see the tier-0's" "198.51.100.4 2001:db8:51::4" "$(seen "$tmp/out")"
flows south "$GOLD" "$REMOTE" --count 30 --timeout 20 >"$tmp/out"
all_carried "active/standby tier-1 on edges of its own" "$tmp/out"
is "remotes see its addresses" "198.51.100.48 2001:db8:51::48" "$(seen "$tmp/out")"
ok "SRs punt, of each gateway that steers" [ "$(punted sr1 sr2)" -gt 0 -a "$(punted blue1 blue2)" -gt 0 -a \
	"$(punted sr3)" -gt 0 ]
is "the active one does not" 0 "$(punted sr4)"
is "nothing is dropped" "" "$(for name in sr1 sr2 sr3 sr4 blue1 blue2 silver5 silver6; do
	ctl "$name" stats
done | awk '$NF == "drop" && $2 != "not-for-us" && $4 { print $2, $4 }')"

is "R20 active/standby gets no second owner by hand" "" \
	"$(not ctl sr3 table set 255 primary sr3 backup sr4 2>"$tmp/err" || echo works)"
ok "R20 it says why" grep -q 'two SRs would own buckets' "$tmp/err"

# Without the owner of all, the standby edge on its own.
ctl sr3 table set 0-255 primary sr3 backup none
flows south "$GOLD" "$REMOTE" --count 40 --timeout 3 >"$tmp/control"
ok "control: two that each own all lose flows ($(carried "$tmp/control"))" grep -q ^fail "$tmp/control"
done_testing
