#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Punting over Geneve, IPv4 and IPv6, with a router between the tunnels' ends (topology: lib/topology.sh,
# lib/geneve.sh): flows with SNAT are carried and known to their owners; TTL, DSCP and ECN are as if there were no
# tunnel, but congestion in it is told; what does not fit the underlay goes in fragments. The control is a tunnel
# that is down.
#
# usage: test_geneve.sh [MODE]	with the XDP program in this mode; test_geneve_xdp.sh
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_saa

tos=42	# DSCP 10, ECT(0)
mode=${1-}
by=punted${mode:+-xdp}	# the counter

# count_headers ECN: north counts what comes from the SRs with TTL 63, DSCP 10 and this, and with anything else.
count_headers()
{
	ns north nft -f - <<-END
		table inet headers
		delete table inet headers
		table inet headers {
			counter right { }
			counter wrong { }
			chain from {
				type filter hook prerouting priority -300;
				iif lo return
				ip ttl 63 ip dscp 10 ip ecn $1 counter name right return
				ip6 hoplimit 63 ip6 dscp 10 ip6 ecn $1 counter name right return
				icmp type { echo-request, echo-reply } counter name wrong
				icmpv6 type { echo-request, echo-reply } counter name wrong
				udp dport 7 counter name wrong
			}
		}
	END
}
headers() { ns north nft list counters table inet headers | awk '$1 ~ /^(counter|packets)$/ { printf "%s ", $2 }'; }

# The router between the tunnels' ends counts; with "congested" it marks what has the DSCP. Over IPv6 by the version,
# DSCP 10 and CE as one: nftables of 7.3 does not write the byte with the ECN field alone.
watch_underlay()
{
	ns underlay nft -f - <<-END
		table inet tunnels
		delete table inet tunnels
		table inet tunnels {
			counter passed { }
			counter with_dscp { }
			counter with_ce { }
			set ports { type inet_service; flags dynamic; size 65535; }
			chain pass {
				type filter hook forward priority 0;
				udp dport 6081 counter name passed add @ports { udp sport }
				udp dport 6081 ip ecn ce counter name with_ce
				udp dport 6081 ip6 ecn ce counter name with_ce
				udp dport 6081 ip dscp 10 counter name with_dscp ${1:+ip ecn set ce}
				udp dport 6081 ip6 dscp 10 counter name with_dscp ${1:+@nh,0,16 set 0x62b0}
			}
		}
	END
}
tunnelled() { ns underlay nft list counter inet tunnels "$1" | awk '$1 == "packets" { print $2 }'; }
source_ports() { ns underlay nft -j list set inet tunnels ports | jq '.nftables[] | .set // empty | .elem | length'; }

# Datagrams and, with GSO, TCP, both longer than the underlay takes.
long() { flows south "$INSIDE" "$REMOTE" --count 8 --rounds 1 --size 300000 --datagram 1440; }

# What XDP does not know is the module's: the next hop is known already.
attach()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" ping -q -c 1 -w 60 "172.19.$i.1" >/dev/null && ns "sr$i" ping -q -c 1 -w 60 "fd00:19:$i::1" >/dev/null &&
			ctl "sr$i" xdp attach mode "$mode" >/dev/null || return
	done
}

# run NAME ADDRESS-FUNCTION MTU: MTU is what the underlay needs.
run()
{
	local name=$1 punted fragments module
	ADDRESS=$2
	underlay_mtu 1500
	ok "$name: apply" apply_all
	ok "$name: saactl check names the MTU" grep -q "needs $3," <(ctl sr1 check "$tmp/saa.yaml" --edge sr1 2>&1)
	underlay_mtu "$3"
	SEED=$((SEED + 1))
	[ -z "$mode" ] || ok "$name: XDP is attached" attach
	punted=$(counter all $by) module=$(counter all punted)
	watch_underlay
	flows south "$INSIDE" "$REMOTE $DMZ" --count 48 >"$tmp/out"
	all_carried "$name: from inside" "$tmp/out"
	ok "$name: each flow is known to its owner only" one_holder "$tmp/out" backplane
	flows north "$REMOTE" "$VIRTUAL" --count 24 >"$tmp/in"
	all_carried "$name: from outside" "$tmp/in"
	punted=$(($(counter all $by) - punted))
	[ -z "$mode" ] || is "$name: not by the module" "$module" "$(counter all punted)"
	ok "$name: through the tunnels: $punted packets" [ "$punted" -gt 100 -a "$(tunnelled passed)" -ge "$punted" ]
	ok "$name: from different source ports" [ "$(source_ports)" -gt 20 ]

	watch_underlay
	count_headers ect0
	flows south "$INSIDE" "$REMOTE" --proto udp,icmp --count 24 --rounds 1 --tos $tos >"$tmp/hop"
	all_carried "$name: with DSCP 10, ECT(0)" "$tmp/hop"
	is "$name: R10 TTL one less, DSCP and ECN the same" "right 24 wrong 0 " "$(headers)"
	ok "$name: the tunnel's packets have the DSCP" [ "$(tunnelled with_dscp)" -gt 5 ]
	is "$name: and no congestion" 0 "$(tunnelled with_ce)"
	watch_underlay
	count_headers ce
	flows south "$INSIDE" "$REMOTE" --proto udp,icmp --count 24 --rounds 1 --tos $((tos | 3)) >"$tmp/hop"
	all_carried "$name: with congestion from before" "$tmp/hop"
	is "$name: R10 DSCP and CE the same" "right 24 wrong 0 " "$(headers)"
	if [ -z "$mode" ]; then
		is "$name: the driver does not show it in the tunnel" 0 "$(tunnelled with_ce)"
	else
		ok "$name: XDP shows it in the tunnel" [ "$(tunnelled with_ce)" -gt 5 ]
	fi
	watch_underlay congested
	count_headers ce
	flows south "$INSIDE" "$REMOTE" --proto udp,icmp --count 24 --rounds 1 --tos $tos >"$tmp/hop"
	all_carried "$name: with congestion" "$tmp/hop"
	ok "$name: congestion in a tunnel is told" [ "$(headers | cut -d ' ' -f 2)" -gt 5 ]

	underlay_mtu 1500
	fragments=$(counter all punt-fragmented)
	long >"$tmp/long"
	all_carried "$name: longer than the underlay takes" "$tmp/long"
	ok "$name: in fragments, which are counted" [ "$(counter all punt-fragmented)" -gt "$fragments" ]
	underlay_mtu "$3"
	not_warned() { not grep -q "needs" <(ctl sr1 check "$tmp/saa.yaml" --edge sr1 2>&1); }
	ok "$name: saactl check is content with that MTU" not_warned
	fragments=$(counter all punt-fragmented)
	long >"$tmp/long"
	all_carried "$name: with the MTU that it takes" "$tmp/long"
	is "$name: then none in fragments" "$fragments" "$(counter all punt-fragmented)"
}

topology 4 || exit 1
underlay || exit 1
[ -z "$mode" ] || offloads_for_xdp
TRANSPORT=geneve
run IPv4 tep4 1562
run IPv6 tep6 1582
is "nothing was dropped" "" "$(drops all)"
is "the firewalls found nothing invalid" 0 "$(nft_counter all invalid)"

for i in 1 2 3 4; do ns sr$i ip link set saa0 down; done
flows south "$INSIDE" "$REMOTE" --proto udp --count 12 --timeout 2 >"$tmp/control"
ok "control: without tunnels flows fail" grep -q ^fail "$tmp/control"
ok "control: their packets are counted" [ "$(counter all port-absent)" -gt 0 ]
done_testing
