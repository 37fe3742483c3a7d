#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A redirected packet is switched (R10; topology: lib/topology.sh): TTL, DSCP and ECN show that it was routed once,
# and traceroute shows one hop, the owner. The control is another DSCP, which the same counters take for wrong.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

tos=42	# DSCP 10, ECT(0)

# Routers count what comes from the SRs with the right header, and with any other.
count_headers()
{
	ns "$1" nft -f - <<-END
		table inet headers {
			counter right { }
			counter wrong { }
			chain from {
				type filter hook prerouting priority -300;
				iif lo return
				ip ttl 63 ip dscp 10 ip ecn ect0 counter name right return
				ip6 hoplimit 63 ip6 dscp 10 ip6 ecn ect0 counter name right return
				icmp type { echo-request, echo-reply } counter name wrong
				icmpv6 type { echo-request, echo-reply } counter name wrong
				udp dport 7 counter name wrong
			}
		}
	END
}
headers() { ns "$1" nft list counters | awk '$1 ~ /^(counter|packets)$/ { printf "%s ", $2 }'; }

topology 4 || exit 1
ok "apply" apply_all
count_headers south
count_headers north

flows south "$INSIDE" "$REMOTE" --proto udp,icmp --count 48 --rounds 1 --tos $tos >"$tmp/out"
all_carried "pings and UDP with DSCP 10, ECT(0)" "$tmp/out"
is "R10 northbound: TTL one less, DSCP and ECN the same" "right 48 wrong 0 " "$(headers north)"
is "R10 southbound replies to the pings too" "right 24 wrong 0 " "$(headers south)"
ok "they were redirected" [ "$(counter all punted)" -gt 20 ]

flows south "$INSIDE" "$REMOTE" --proto icmp --count 6 --rounds 1 --tos 0 >"$tmp/control"
is "control: another DSCP is wrong" "right 48 wrong 6 " "$(headers north)"

# hops FROM SOURCE DESTINATION OPTION...: the addresses of the hops.
hops()
{
	local from=$1 source=$2 destination=$3
	shift 3
	# No hurry: it would give up on a hop that takes ten times longer than the next.
	ns "$from" traceroute -n -q 1 -m 5 -w 60,0,0 -s "$source" "$@" "$destination" 2>&1 |
		awk '$1 ~ /^[0-9]+$/ { print $2 }' | paste -sd ' '
}

# Addresses of its own, so that north answers from them when it refuses a port.
for n in 1 2 3 4 5 6; do
	echo "address add 2001:db8:203::$n/128 dev lo nodad"
done | ns north ip -batch -
bad=0
for n in 1 2 3 4 5 6; do
	for method in -I -U; do
		owner=$(owner sr1 10.1.0.$n 203.0.113.$n backplane)
		hops=$(hops south 10.1.0.$n 203.0.113.$n $method)
		[ "$hops" = "172.16.${owner#sr}.2 203.0.113.$n" ] ||
			{ echo "# $method 203.0.113.$n, owned by $owner: $hops"; bad=1; }
		hops=$(hops south fd00:10::$n 2001:db8:203::$n $method)
		owner=$(owner sr1 fd00:10::$n 2001:db8:203::$n backplane)
		[ "$hops" = "fd00:16:${owner#sr}::2 2001:db8:203::$n" ] ||
			{ echo "# $method 2001:db8:203::$n, owned by $owner: $hops"; bad=1; }
	done
done
is "R10 traceroute shows one hop, the owner" 0 $bad
done_testing
