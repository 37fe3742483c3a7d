#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ICMP errors and fragments reach the SR that owns the flow (R10, R11). Behind north is one more network, by a
# narrow link:
#
#   north -- far (MTU 1300 toward far; far itself believes in 1500) -- 198.18.0.0/24, 2001:db8:18::/64
#
# so path MTU discovery depends on errors that north sends to pool addresses, by any SR. The rest is in
# lib/topology.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

FAR="198.18.0.0/24 2001:db8:18::/64"

far()
{
	ip -batch - <<-END
		netns add ${P}far
		link add far netns ${P}north type veth peer name north netns ${P}far
	END
	ns north bash -c 'ip -batch - && echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' <<-END
		link set far mtu 1300 up
		address add 172.19.0.1/30 dev far
		address add fd00:19::1/64 dev far nodad
		route add 198.18.0.0/24 via 172.19.0.2
		route add 2001:db8:18::/64 via fd00:19::2
	END
	ns far bash -c 'echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind; ip -batch -' <<-END
		link set lo up
		link set north up
		address add 172.19.0.2/30 dev north
		address add fd00:19::2/64 dev north nodad
		route add default via 172.19.0.1 mtu 1300 advmss 1460
		route add ::/0 via fd00:19::1 mtu 1300 advmss 1440
		route add local 198.18.0.0/24 dev lo
		route add local 2001:db8:18::/64 dev lo
	END
	nsenter --net="/run/netns/${P}far" -- python3 "$lib/endpoint.py" serve "$tmp/far.ready" </dev/null >/dev/null &
	wait_for 60 test -e "$tmp/far.ready"
}

# Errors about flows, sent by north to pool addresses.
too_big() { ns north nft list counters | awk '$1 == "packets" { n += $2 } END { print n }'; }

topology 4 || exit 1
ok "apply" apply_all
ok "one more network behind north" far
ns north nft -f - <<-END
	table inet errors {
		counter too_big { }
		chain output {
			type filter hook output priority 0;
			icmp type destination-unreachable icmp code frag-needed counter name too_big
			icmpv6 type packet-too-big counter name too_big
		}
	}
END

flows south "$INSIDE" "$FAR" --proto tcp --count 16 >"$tmp/pmtu"
all_carried "R10 path MTU discovery behind SNAT" "$tmp/pmtu"
ok "R10 with errors from beyond: $(too_big)" [ "$(too_big)" -ge "$(awk '$1 == "ok" { print $5 }' "$tmp/pmtu" |
	sort -u | wc -l)" ]
ok "R10 each flow is known to its owner only" one_holder "$tmp/pmtu" backplane

# Addresses that north refuses to deliver to: the hosts inside must learn it. Slowly, it tells each pool address
# once a second.
ns north ip -batch - <<-END
	route add prohibit 203.0.113.128/25 table local
	route add prohibit 2001:db8:203:0:0:0:0:8000/113 table local
END
flows south "10.1.0.0/16" "203.0.113.128/25" --proto tcp,udp --count 8 --pace 1.1 >"$tmp/prohibit4"
is "R11 IPv4: hosts inside learn of errors" 8 "$(grep -c 'No route to host' "$tmp/prohibit4")"
flows south "fd00:10::/64" "2001:db8:203::8000/113" --proto tcp,udp --count 12 >"$tmp/prohibit6"
is "R11 IPv6: hosts inside learn of errors" 12 "$(grep -c 'Permission denied' "$tmp/prohibit6")"

# Datagrams in fragments, which routers spread: only the first has ports.
flows south "$INSIDE" "203.0.113.0/25 2001:db8:203::/114" --proto udp,icmp --count 32 \
	--size 4000 --datagram 4000 >"$tmp/fragments"
all_carried "R11 datagrams in fragments, both ways" "$tmp/fragments"
ok "R11 each flow is known to its owner only" one_holder "$tmp/fragments" backplane
is "nothing was dropped" "" "$(drops all)"

# The control: without saa neither the flows nor the errors find their way.
ok "saactl gateway del" remove_all
nft_snat_on
flows south "fd00:10::/64" "2001:db8:203::8000/113" --proto udp --count 24 --timeout 2 \
	--seed $((SEED + 1)) >"$tmp/plain"
ok "control: on plain Linux errors get lost" [ "$(grep -c 'Permission denied' "$tmp/plain")" -lt 24 ]
done_testing
