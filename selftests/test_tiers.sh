#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stateful active/active tier-1 gateways (R17, R18; topology: lib/topology.sh, lib/tiers.sh): what connects them with
# the tier-0 is made by saactl apply, and goes again; traffic; an edge that fails.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/tiers.sh
need_saa

GATEWAYS="sr blue red"

# What an administrator sees of the wires in the namespace of a tier-0 SR.
wires()
{
	ip -n "${P}sr$1" -br link show | grep -o '^t1[-ns]*[0-9]*' | sort
	ip -n "${P}sr$1" route show proto 83 | grep -v blackhole
	# an index is another one whenever the filter is written
	{ tc -n "${P}sr$1" filter show dev punt-n ingress; tc -n "${P}sr$1" filter show dev punt-s ingress; } |
		sed 's/index [0-9]*//'
}

apply_makes_wires()
{
	tiers_config "$tmp/all.yaml" all
	tiers_config "$tmp/alone.yaml"
	ctl sr1 apply "$tmp/all.yaml" --edge sr1 --dry-run >"$tmp/out"
	ok "dry run: tier-1s are named" grep -q "^+ tier-1 blue id 1 netns ${P}blue1" "$tmp/out"
	is "dry run: nothing is made" "" "$(wires 1)"

	ns blue1 ip link set bp0 name elsewhere
	ctl sr1 apply "$tmp/all.yaml" --edge sr1 >"$tmp/out" 2>"$tmp/err"
	is "R29 a member of a tier-1 is absent: refused" 1 $?
	ok "R29 it is named" grep -q bp0 "$tmp/err"
	is "R29 nothing is left" "" "$(wires 1)"
	ok "R29 the tier-0 has no configuration either" grep -q 'no gateway' <(ctl sr1 show 2>&1)
	ns blue1 ip link set elsewhere name bp0
	ns blue1 ip -batch - <<-END
		link set bp0 up
		route replace 10.1.0.0/16 via 172.16.1.1
		route replace fd00:10::/64 via fd00:16:1::1
	END

	ok "R18 apply, on every edge" tiers_apply "$tmp/all.yaml"
	is "R18 again: nothing to change" "nothing to change" "$(ctl sr1 apply "$tmp/all.yaml" --edge sr1)"
	is "R18 the link has one group on both ends" "4093 4093" "$(for name in sr1 blue1; do
		ctl "$name" -j group show | jq '.[] | select(.id == 4093) | .id'
	done | paste -sd ' ')"
	is "R18 explain goes through both tiers" "blue inside uplink, t0 blue internet, one owner" \
		"$(ctl sr1 -j explain 10.1.0.1 203.0.113.7 | jq -r '[.[] | "\(.gateway) \(.in) \(.out)"] +
			[if .[0].owner == .[1].owner then "one owner" else "two" end] | join(", ")')"
	is "R18 and back" "t0 internet blue, blue uplink inside" "$(ctl sr1 -j explain 203.0.113.7 10.1.0.1 |
		jq -r '[.[] | "\(.gateway) \(.in) \(.out)"] | join(", ")')"
	is "R18 the tier-0 has routes to what is advertised" 5 "$(ip -n "${P}sr1" route show proto 83 dev t1-1 | wc -l |
		awk -v six="$(ip -n "${P}sr1" -6 route show proto 83 dev t1-1 | wc -l)" '{ print $1 + six - 1 }')"
}

# What once hung, or took away what is in use.
apply_goes_wrong()
{
	local before pref
	sed "s/${P}red1/${P}blue1/" "$tmp/all.yaml" >"$tmp/same.yaml"
	timeout 60 "$SAACTL" -n "${P}sr1" apply "$tmp/same.yaml" --edge sr1 2>"$tmp/err"
	is "R29 two tier-1s in one namespace: refused" 1 $?
	ok "R29 they are named" grep -q "\"${P}blue1\" of gateway \"red\" is that of gateway \"blue\"" "$tmp/err"
	before=$(wires 1)
	ctl sr1 save >"$tmp/saved.yaml"
	is "a saved file has the tier-1s: nothing to change" "nothing to change" \
		"$(ctl sr1 apply "$tmp/saved.yaml" --edge sr1)"
	is "and leaves them" "$before" "$(wires 1)"
	pref=$(tc -n "${P}sr1" filter show dev t1n-1 ingress | sed -n 's/.* pref \([0-9]*\) flower.*/\1/p' | head -n 1)
	tc -n "${P}sr1" filter replace dev t1n-1 ingress protocol all pref "$pref" handle 1 flower \
		action mirred egress redirect dev lo || fail
	ok "a filter that leads elsewhere is put right: apply" ctl sr1 apply "$tmp/all.yaml" --edge sr1
	ok "it is" grep -q 'Redirect to device punt-n' <(tc -n "${P}sr1" filter show dev t1n-1 ingress)
}

# What is running, against files: seen from both tiers.
planned()
{
	local verdict='[.plan.verdict, (.gateway[] | select(.change != "none") | .name),
		(.step[-1].run // "" | gsub(".*--gateway "; ""))] | join(" ")'
	is "R20 plan: tier-0 and tier-1s are as in the file" "nothing-to-do " \
		"$(ctl sr1 -j plan "$tmp/all.yaml" | jq -r "$verdict")"
	sed 's|10.2.0.0/16, .fd00:20|10.2.0.0/17, '"'fd00:20|" "$tmp/all.yaml" >"$tmp/advertise.yaml"
	is "R20 plan: another prefix to advertise" "allowed red t0" \
		"$(ctl sr1 -j plan "$tmp/advertise.yaml" | jq -r "$verdict")"
	sed 's/to: 198.51.100.16}/to: 198.51.100.17}/' "$tmp/all.yaml" >"$tmp/pool.yaml"
	is "R20 plan: another pool of the tier-1, seen from there" "allowed blue t0" \
		"$(ctl blue1 -j plan "$tmp/pool.yaml" | jq -r "$verdict")"
}

# The file, with what runs: states, and who owns what now.
shown()
{
	local all='[.gateway[] | "\(.name) \(.["seen-by"]) \(.differs) \([.sr[] | .state, .owned] | map(tostring) |
		join(" "))"] | join(", ")'
	is "show: gateways of both tiers, as they run" \
		"t0 sr1 null up 128 up 128, blue sr1 null up 128 up 128, red sr1 null up 128 up 128" \
		"$(ctl sr1 -j show "$tmp/all.yaml" | jq -r "$all")"
	is "show: the tier-1s" "tier-1 blue id 1 netns ${P}blue1 dev t1-1 tier-1 red id 2 netns ${P}red1 dev t1-2" \
		"$(ctl sr1 show | grep ^tier-1 | paste -sd ' ')"
	ctl blue1 sr set sr2 state down
	is "show: one that is down, and another file" \
		"t0 sr1 null up 128 up 128, blue sr1 true up 256 down 0, red sr1 null up 128 up 128" \
		"$(ctl sr1 -j show "$tmp/pool.yaml" | jq -r "$all")"
	ctl sr1 show "$tmp/all.yaml" >"$tmp/out"
	ok "show: drawn" grep -Eq '^    sr2 +b +sr1 +128 +50.0% +down +0 +bp0 +uplink$' "$tmp/out"
	ctl blue1 sr set sr2 state up
}

# The second tier sees what the first one leaves, where that one's owner is.
explained()
{
	local far
	far=$(for ((i = 1; i < 255; i++)); do
		[ "$(owner sr1 10.1.0.1 "203.0.113.$i" blue)" != sr2 ] || { echo "203.0.113.$i"; break; }
	done)
	is "R18 explain: the tier-0 gets what the tier-1 translated, on the owner's edge" \
		"blue punt null 10.1.0.1 20, t0 owned sr2 198.51.100.16 null" \
		"$(ctl sr1 -j explain 10.1.0.1 "$far" | jq -r '[.[] |
			"\(.gateway) \(.verdict) \(.on) \(.source) \(.snat.priority)"] | join(", ")' | sed 's/ 30,/ 20,/')"
	is "R18 explain: the path" "sr1:bp0 south-punt-switch sr2:inside uplink, sr2:blue internet" \
		"$(ctl sr1 -j explain 10.1.0.1 "$far" | jq -r '[.[] | .path | join(" ")] | join(", ")')"
	is "R18 explain: and what comes back" "t0 punt null, blue owned sr2" \
		"$(ctl sr1 -j explain "$far" 10.1.0.1 | jq -r '[.[] | "\(.gateway) \(.verdict) \(.on)"] | join(", ")')"

	# What the tier-0 would get is not known then.
	ns blue1 ip route add blackhole 10.1.99.0/24
	is "R18 explain: a tier-1 cannot say: the tier-0 is not asked" "" \
		"$(not ctl sr1 explain 10.1.99.1 "$far" 2>"$tmp/err" || echo works)"
	ok "R18 explain: and what to do" grep -q '"blue": the route to 10.1.99.1 does not .*: in GROUP' "$tmp/err"
	ok "R18 explain: which works" ctl sr1 -j explain 10.1.99.1 "$far" in blue
	is "R18 explain: a route that cannot be the packet's" "" \
		"$(not ctl sr1 explain 203.0.113.200 "$far" 2>"$tmp/err" || echo works)"
	ok "R18 explain: and what to do" grep -q 'both leave by group "internet"; .*: in GROUP' "$tmp/err"
	ns blue1 ip route del blackhole 10.1.99.0/24
}

drift()
{
	local name
	for name in sr blue; do
		ctl "${name}2" -j digest >"$tmp/$name.json" || fail
		ok "R15 the same on both edges: $name" ctl "${name}1" check "$tmp/all.yaml" with "$tmp/$name.json"
	done >"$tmp/out"
	grep -v '^sub-cluster\|: good:' "$tmp/out"
	ok "R15 digests by a pipe" eval 'ctl sr2 -j digest | ctl sr1 check "$tmp/all.yaml" with - >"$tmp/out" 2>"$tmp/err"'
	is "R15 and of all edges" "" "$(cat "$tmp/err")"
	sed 's/^    - {name: sr2, .*/&\n    - {name: sr3, id: 3}\n    - {name: sr4, id: 4}/' "$tmp/all.yaml" >"$tmp/four.yaml"
	ctl sr1 check "$tmp/four.yaml" with "$tmp/sr.json" >"$tmp/out" 2>"$tmp/err"
	is "R15 an edge without a digest: status" 1 $?
	is "R15 each such edge is named, with the remedy" "sr3 sr4" \
		"$(sed -n 's/.*on edge "\(.*\)": no digest of it is given; add it, .* --partial$/\1/p' "$tmp/err" | paste -sd ' ')"
	ok "R15 unless it may be missing" eval 'ctl sr1 check "$tmp/four.yaml" --partial with "$tmp/sr.json" >"$tmp/out" 2>&1'
	ctl sr1 -j digest >"$tmp/own.json"
	ctl sr1 check "$tmp/all.yaml" with "$tmp/own.json" 2>"$tmp/err"
	is "R15 its own digest: refused" 1 $?
	ok "R15 and told" grep -q 'of edge "sr1", which is this one' "$tmp/err"
	ns sr1 nft add set inet firewall blocked '{ type ipv4_addr; elements = { 192.0.2.7 }; }'
	ns sr2 nft add set inet firewall blocked '{ type ipv4_addr; elements = { 192.0.2.8 }; }'
	ns sr2 nft insert rule inet firewall forward tcp dport 9 drop
	ns sr2 sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	ctl sr2 snat del 20
	ctl sr2 sync set mode strict
	ctl sr2 -j digest >"$tmp/sr.json"
	ctl sr1 check "$tmp/all.yaml" with "$tmp/sr.json" >"$tmp/out"
	is "R15 drift: status" 1 $?
	is "R15 drift: it is not good" "" "$(grep ': good:' "$tmp/out")"
	ok "R15 drift: a rule of nftables" grep -q \
		'^drift edge sr2 only there line nft table inet firewall chain forward: tcp dport 9 drop' "$tmp/out"
	ok "R15 drift: an element of a set" grep -q \
		'only here line nft table inet firewall set blocked: element 192.0.2.7' "$tmp/out"
	ok "R15 drift: a sysctl" grep -q 'only here line sysctl net/netfilter/nf_conntrack_tcp_loose 1' "$tmp/out"
	ok "R15 drift: state sync" grep -q 'only there line sync mode strict ' "$tmp/out"
	ok "R15 drift: a rule of SNAT" grep -q 'only here line snat 20 ' "$tmp/out"
	ctl sr1 check "$tmp/all.yaml" with "$tmp/blue.json" 2>"$tmp/err"
	is "R15 the digest of another gateway: refused" 1 $?
	ns sr1 nft delete set inet firewall blocked
	ns sr2 nft delete set inet firewall blocked
	ns sr2 nft delete rule inet firewall forward handle "$(ns sr2 nft -a list chain inet firewall forward |
		sed -n 's/.*dport 9 drop.*handle //p')"
	ns sr2 sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1
	ok "R15 apply brings back what is in the file" tiers_apply "$tmp/all.yaml"
}

traffic()
{
	local i mine=''
	flows south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp,udp --count 40 >"$tmp/north"
	all_carried "R17 northbound, SNAT of tier-1" "$tmp/north"
	is "R17 remotes see its addresses" "198.51.100.16 2001:db8:51::16" "$(seen "$tmp/north")"
	flows south "10.1.128.0/17" "203.0.113.0/24" --proto tcp,udp --count 20 >"$tmp/north0"
	all_carried "R17 northbound, SNAT of tier-0" "$tmp/north0"
	is "R17 remotes see its addresses" "198.51.100.1" "$(seen "$tmp/north0")"
	flows red "$RED" "$REMOTE" --proto tcp,udp --count 20 >"$tmp/red"
	all_carried "R17 northbound from another tier-1" "$tmp/red"
	flows north "$REMOTE" "$VIRTUAL" --proto tcp --count 20 >"$tmp/dnat"
	all_carried "R17 inbound, DNAT of tier-1" "$tmp/dnat"
	flows south "$BLUE" "$RED" --proto tcp,udp --count 40 >"$tmp/between"
	all_carried "R17 from tier-1 to tier-1" "$tmp/between"
	ok "R17 tier-1 SRs punt" [ "$(punted blue1 blue2)" -gt 0 -a "$(punted red1 red2)" -gt 0 ]

	# Where both agree there is one redirection: south gives all to SR 1, north gives back to the owner, SR 2.
	for ((i = 1; i < 255; i++)); do
		[ "$(owner sr1 10.1.0.1 "203.0.113.$i" blue | tail -n 1)" != sr2 ] || mine+=" 203.0.113.$i/32"
		[ "$(wc -w <<<"$mine")" -lt 4 ] || break
	done
	ecmp 16 "$ANY" 1 | ns south ip -batch -
	ecmp 17 "$EDGE $INSIDE" 2 | ns north ip -batch -
	local tier0 tier1
	tier0=$(punted sr1 sr2) tier1=$(punted blue1)
	flows south "10.1.0.0/17" "$mine" --proto tcp --count 10 --seed $((SEED + 1)) >"$tmp/agreed"
	all_carried "R17 both tiers agree on the owner" "$tmp/agreed"
	ok "R17 the tier-1 redirects" [ "$(punted blue1)" -gt "$tier1" ]
	is "R17 the tier-0 does not" "$tier0" "$(punted sr1 sr2)"
	is "nothing is dropped" "" "$(for name in sr1 sr2 blue1 blue2 red1 red2; do
		ctl "$name" stats
	done | awk '$NF == "drop" && $2 != "not-for-us" && $4 { print $2, $4 }')"
}

# An edge fails, and with it the SRs of all tiers on it.
edge_fails()
{
	all_by 1 2
	ok "R17 the SRs of each gateway are in sync" sync_ready sr1 sr2 blue1 blue2 red1 red2
	flows_go_on "$tmp/long" south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp --count 20 --interval 0.1 \
		--timeout 300 --again 300
	sync_ready sr1 sr2 blue1 blue2
	ok "R17 an edge fails" sr_fails 1
	ok "R22 connections through both tiers go on" flows_round
	flows_end
	all_carried "R22 none was lost" "$tmp/long"
}

all_goes()
{
	ns sr1 ip link add mine type veth peer name t1-999
	ok "R18 apply without tier-1s" tiers_apply "$tmp/alone.yaml"
	ok "R18 what goes is named" grep -q "^- tier-1 red id 2 netns ${P}red1" "$tmp/apply.sr1"
	is "R18 all that was made has gone" "t1-999" "$(wires 1)"
	ok "R18 the tier-1's configuration, too" grep -q 'no gateway' <(ctl blue1 show 2>&1)
	is "R18 its own interfaces stay" "lo bp0" "$(ns blue1 ip -br link show | sed 's/[@ ].*//' | paste -sd ' ')"
	is "R18 and its routes" "10.1.0.0/16 172.16.1.0/30" "$(ns blue1 ip route show | awk '{ print $1 }' | paste -sd ' ')"
}

# The way of edges that leave.
gateway_del()
{
	ok "R20 as a plan begins it" eval 'ctl sr1 save | ctl sr1 apply - --edge sr1 --gateway t0 --alone >"$tmp/out"'
	is "R20 the SRs of all tiers own every bucket" "256 256 256" "$(for name in sr1 blue1 red1; do
		ctl "$name" -j sr show | jq '.[0].owned'
	done | paste -sd ' ')"
	ok "R18 the tier-0 goes" ctl sr1 gateway del t0
	is "R18 and all that was made with it" "t1-999" "$(wires 1)"
	ok "R18 the tier-1's configuration, too" grep -q 'no gateway' <(ctl blue1 show 2>&1)
	is "R18 the tier-1's own interfaces stay" "lo bp0" \
		"$(ns blue1 ip -br link show | sed 's/[@ ].*//' | paste -sd ' ')"
}

tiers_topology || { echo "not ok topology"; exit 1; }
apply_makes_wires
[ $failed = 0 ] || done_testing
apply_goes_wrong
planned
shown
explained
drift
for name in uplink punt-n punt-s; do
	ns red2 ip link del "$name"
done
ok "R18 what has gone is made again" tiers_apply "$tmp/all.yaml"
traffic
all_goes
ok "R18 and again" tiers_apply "$tmp/all.yaml"
gateway_del
ok "R18 and once more" tiers_apply "$tmp/all.yaml"
edge_fails
done_testing
