#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where flows through two tiers go (R17, R18; topology: lib/topology.sh, lib/tiers.sh): each gateway redirects a packet
# once at most in each direction, and where both tiers have one owner there is none between them. Each flow here is one
# packet each way, so what the SRs count says it for each flow. Each remote host is chosen by its owner, and the routers
# send all to an SR that is not it.
#
# A third tier-1, green, is distributed: dmz is its router, and has no SR.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/tiers.sh
need_saa

FLOWS=8
TIER0_GROUPS=", {name: backplane, id: 100, side: south, interfaces: {sr1: eth2, sr2: ens2}}"
TIER0_SNAT="
      - {group: internet, source: 10.250.0.1, to: 198.51.100.3}
      - {group: internet, source: 'fd64::1', to: '2001:db8:51::3'}
      - {group: internet, source: 192.0.2.0/24, to: 198.51.100.4}
      - {group: internet, source: '2001:db8:192::/64', to: '2001:db8:51::4'}"
BLUE_SNAT="
      - {group: uplink, source: 10.1.192.0/18, destination: 203.0.113.0/24, to: 10.250.0.1}
      - {group: uplink, source: 'fd00:10::8000/113', destination: '2001:db8:203::/64', to: 'fd64::1'}"
BLUE_ADVERTISE=", 10.250.0.1/32, 'fd64::1/128'"
TWICE="10.1.192.0/18 fd00:10::8000/113"

# Without state sync: flows are known to their owners only.
config_paths()
{
	tiers_config "$1" all
	sed -i '/^  sync:/d' "$1"
	cat <<-'END' >>"$1"
		  - name: green
		    id: 3
		    tier: 1
		    uplink: t0
		    mode: distributed
		    advertise: [192.0.2.0/24, '2001:db8:192::/64']
	END
}

# owned_by SR PREFIX: a host of these that it owns; that there is none of 90 happens once in 10^27 runs.
owned_by()
{
	local i from=10.1.0.1
	[[ $2 != *: ]] || from=fd00:10::1
	for i in $(seq 10 99 | shuf); do
		[ "$(owner sr1 "$from" "$2$i" blue | head -n 1)" != "$1" ] || break
	done
	echo "$2$i"
}

# redirected: by each SR of each gateway, "sr1 sr2, blue1 blue2, red1 red2".
redirected()
{
	local name
	for name in sr1 sr2 blue1 blue2 red1 red2; do
		punted "$name"
	done | xargs printf '%d %d, %d %d, %d %d'
}

# path NAME EXPECTED FROM SOURCE TARGET [OPTION...]: flows are carried, and redirected by these SRs.
path()
{
	local name=$1 expected=$2 before
	shift 2
	before=$(redirected)
	flows "$@" --proto udp,icmp --count $FLOWS --rounds 1 --timeout 20 >"$tmp/flows"
	all_carried "$name" "$tmp/flows"
	is "$name: redirections" "$expected" "$(paste -d ' ' <(tr -d , <<<"$before" | tr ' ' '\n') \
		<(redirected | tr -d , | tr ' ' '\n') | awk '{ print $2 - $1 }' | xargs printf '%d %d, %d %d, %d %d')"
}

# known SOURCE TARGET: flows that each SR knows, as redirected.
known()
{
	local name
	for name in sr1 sr2 blue1 blue2 red1 red2; do
		{
			ns "$name" conntrack -L -f ipv4
			ns "$name" conntrack -L -f ipv6
		} 2>/dev/null | grep -cE "src=(${1// /|}) dst=(${2// /|}) .*src="
	done | xargs printf '%d %d, %d %d, %d %d'
}

tiers_topology || { echo "not ok topology"; exit 1; }
for ((i = 1; i <= N; i++)); do
	ns "sr$i" nft insert rule inet firewall forward iifname "$(dmz_interface "$i")" accept || exit 1
done
config_paths "$tmp/all.yaml"
ok "apply, on every edge" tiers_apply "$tmp/all.yaml"
remote="$(owned_by sr2 203.0.113.) $(owned_by sr2 2001:db8:203::)"
inside="$(owned_by sr1 10.1.0.) $(owned_by sr1 fd00:10::)"
other="$(owned_by sr2 10.2.0.) $(owned_by sr2 fd00:20::)"
ecmp 16 "$ANY" 1 | ns south ip -batch -
ecmp 17 "$EDGE $INSIDE" 1 | ns north ip -batch -
ecmp 18 "$ANY" 1 | ns dmz ip -batch -
ecmp 19 "$ANY" 2 | ns red ip -batch -

# Northbound the tier-1 redirects, southbound the tier-0, and neither does what the other has done.
path "R17 SNAT of tier-1, firewall of tier-0" "$FLOWS 0, $FLOWS 0, 0 0" south "10.1.0.0/17 fd00:10::/113" "$remote"
is "R17 remotes see the tier-1's addresses" "198.51.100.16 2001:db8:51::16" "$(seen "$tmp/flows")"
path "R17 SNAT of both tiers" "$FLOWS 0, $FLOWS 0, 0 0" south "$TWICE" "$remote"
is "R17 remotes see the tier-0's addresses" "198.51.100.3 2001:db8:51::3" "$(seen "$tmp/flows")"
path "R17 inbound, DNAT of tier-1" "$FLOWS 0, $FLOWS 0, 0 0" north "$remote" "$VIRTUAL"
path "R17 distributed tier-1, SNAT of tier-0" "$((2 * FLOWS)) 0, 0 0, 0 0" dmz "$DMZ" "$remote"
is "R17 remotes see those for the distributed one" "198.51.100.4 2001:db8:51::4" "$(seen "$tmp/flows")"

# The inside of blue has its owner, that of red another: each tier-1 redirects once each way, the tier-0 never.
path "R17 from tier-1 to tier-1" "0 0, $((2 * FLOWS)) 0, 0 $((2 * FLOWS))" south "$inside" "$other"
is "R17 out: known to the owner in each gateway" "0 $FLOWS, 0 $FLOWS, $FLOWS 0" "$(known "$inside" "$other")"
# An answer to a ping alone begins no flow.
is "R17 and back: the tier-0 has another one" "$((FLOWS / 2)) 0, 0 0, 0 0" "$(known "$other" "$inside")"
is "nothing is dropped" "" "$(for name in sr1 sr2 blue1 blue2 red1 red2; do
	ctl "$name" stats
done | awk '$NF == "drop" && $2 != "not-for-us" && $4 { print $2, $4 }')"

# The controls: a tier-1 with a table of its own.
for i in 1 2; do
	ctl "blue$i" table set 0-255 primary sr1 backup none
done
path "control: tiers that do not agree redirect between them" "$((2 * FLOWS)) 0, 0 $FLOWS, 0 0" south \
	"10.1.0.0/17 fd00:10::/113" "$remote"
ctl blue2 table set 0-255 primary sr2 backup none
flows south "10.1.0.0/17 fd00:10::/113" "$remote" --proto udp --count 4 --timeout 2 >"$tmp/control"
is "control: where each SR of a tier-1 owns all, flows are lost" "0 of 4" "$(carried "$tmp/control")"
done_testing
