#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Introducing stateful active/active into a running pair of routers (R20, Documentation/tiers.rst; topology:
# lib/topology.sh), and the way back: each command is one that "saactl plan" prints, run on the edge that it names,
# while datagrams go on, each of which must arrive.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

# mode_file FILE MODE [SNAT]: the cluster with the tier-0 in this mode.
mode_file()
{
	[ -e "$tmp/key" ] || (umask 077 && "$SAACTL" genkey >"$tmp/key")
	cat <<-END >"$tmp/$1.yaml"
		cluster:
		  name: convert
		  hash: {key-file: $tmp/key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  edges:
		    - {name: sr1, id: 1, failure-domain: a}
		    - {name: sr2, id: 2, failure-domain: b}
		gateways:
		  - name: t0
		    id: 7
		    mode: $2
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		${3+    snat: [{group: internet, source: 10.1.0.0/16, to: $3\}]}
	END
}

# follow OLD NEW: what the plan says. An edge is a namespace here; saactl is the one that is tested.
follow()
{
	local edge run
	"$SAACTL" -j plan "$tmp/$1.yaml" "$tmp/$2.yaml" >"$tmp/plan" || return
	jq -r '.step[] | [.edge // "sr1", .run] | @tsv' "$tmp/plan" >"$tmp/steps"
	[ -s "$tmp/steps" ] || return
	while IFS=$'\t' read -r edge run; do
		echo "# $edge: $run"
		ns "$edge" env PATH="$tmp/bin:$PATH" bash -o pipefail -c "$run" >"$tmp/out" </dev/null || return
	done <"$tmp/steps"
}

owned() { ctl "$1" -j sr show | jq -c '[.[].owned]'; }

hosts() { seq -f 203.0.113.%g 40; }

owners() { for host in $(hosts); do owner sr1 10.1.0.1 "$host" backplane; done; }

# What plan counts against what explain says of each flow, before and after.
moving_flows()
{
	local host lose
	ns sr1 conntrack -F 2>"$tmp/out"
	for host in $(hosts); do
		ns sr1 conntrack -I -p udp -s 10.1.0.1 -d "$host" --sport 1000 --dport 53 -t 6000 || fail
	done >"$tmp/out" 2>&1
	ctl sr1 -j plan "$tmp/weight.yaml" | jq -r '"\(.flows.here) \(.flows["lose-their-owner"])"' >"$tmp/counted"
	owners >"$tmp/before"
	ctl sr1 apply "$tmp/weight.yaml" --edge sr1 >"$tmp/out"
	owners >"$tmp/after"
	ctl sr1 apply "$tmp/snat.yaml" --edge sr1 >"$tmp/out"
	lose=$(paste "$tmp/before" "$tmp/after" | awk '$1 != $2' | wc -l)
	ok "R20 the owners of some change" [ "$lose" -gt 0 ]
	is "R20 flows here, and those that would lose their owner" "40 $lose" "$(cat "$tmp/counted")"
}

mkdir "$tmp/bin" && ln -s "$(realpath "$SAACTL")" "$tmp/bin/saactl"
topology 2 || exit 1
for ((i = 1; i <= N; i++)); do
	ns "sr$i" nft flush ruleset
done
mode_file plain stateless-active-active
mode_file full stateful-active-active
mode_file snat stateful-active-active 198.51.100.1

# The order of the plan is needed: an edge that steers alone loses what it punts.
ctl sr1 apply "$tmp/full.yaml" --edge sr1 >"$tmp/out"
flows south "10.1.0.0/16" "203.0.113.0/24" --proto udp --count 20 --timeout 2 >"$tmp/control"
ok "control: flows are lost where only one edge steers ($(carried "$tmp/control"))" grep -q '^fail' "$tmp/control"
ctl sr1 gateway del t0

flows_go_on "$tmp/flows" south "10.1.0.0/16 fd00:10::/64" "$REMOTE" --proto udp --count 20 --interval 0.05 --timeout 60
ok "R20 from plain routers to stateful active/active" follow plain full
is "R20 each SR owns its half" "[128,128] [128,128]" "$(owned sr1) $(owned sr2)"
ok "R20 datagrams went on" flows_round
ok "R20 and are steered" [ "$(counter all punted)" -gt 0 ]
ok "R20 the way back" follow full plain
ok "R20 datagrams went on" flows_round
ok "R20 nothing is steered any more" grep -q 'no gateway is configured' <(ctl sr1 show 2>&1; ctl sr2 show 2>&1)
ok "R20 and forth again" follow plain full
ok "R20 datagrams went on" flows_round
flows_end
all_carried "R20 not one was lost" "$tmp/flows"

ok "R20 then SNAT" follow full snat
flows south "10.1.0.0/16" "203.0.113.0/24" --proto tcp,udp --count 20 >"$tmp/snat"
all_carried "R20 flows with SNAT" "$tmp/snat"
is "R20 it is in use" 198.51.100.1 "$(awk '$1 == "ok" { print $7 }' "$tmp/snat" | sort -u)"
is "R20 nothing is left to do" nothing-to-do "$(ctl sr1 -j plan "$tmp/snat.yaml" | jq -r .plan.verdict)"
sed 's/id: 2, f/id: 2, weight: 9, f/' "$tmp/snat.yaml" >"$tmp/weight.yaml"
moving_flows
ok "R20 the way back" follow snat plain
mode_file one $'active-standby\n    active: sr1\n    standby: sr2'
flows_go_on "$tmp/one" south "10.1.0.0/16 fd00:10::/64" "$REMOTE" --proto udp --count 20 --interval 0.05 --timeout 60
ok "R20 from plain routers to active-standby" follow plain one
is "R20 one SR owns everything" "[256,0] [256,0]" "$(owned sr1) $(owned sr2)"
ok "R20 datagrams went on" flows_round
flows_end
all_carried "R20 not one was lost" "$tmp/one"
done_testing
