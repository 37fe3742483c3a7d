#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SNAT (R24; topology: lib/topology.sh): all SRs share addresses and ports, run out of them toward one remote only,
# drop strays and segments from midstream, leave alone what no-snat names, translate echo ids, stand beside nftables
# NAT; and conntrack tells the truth.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

# seen FILE: "ADDRESS PORT" that servers saw, of flows that were carried.
seen() { awk '$1 == "ok" && $2 != "icmp" { print $7, $8 }' "$1"; }

# conntrack_agrees FILE: some SR has an entry whose replies go to what the server saw.
conntrack_agrees()
{
	local address port bad=0
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" conntrack -L -f ipv4 2>/dev/null
		ns "sr$i" conntrack -L -f ipv6 2>/dev/null
	done >"$tmp/conntrack"
	while read -r address port; do
		grep -q "sport=7 dport=$port .*" <(grep -F " dst=$address " "$tmp/conntrack") ||
			{ echo "# $address $port is not in conntrack"; bad=1; }
	done < <(seen "$1")
	return $bad
}

topology 4 || exit 1

SNAT="
      - {group: internet, source: 10.1.9.0/24, no-snat: true}
      - {group: internet, destination: 203.0.113.240/28, to: 198.51.100.3, ports: 1000-1003}
      - {group: internet, source: 10.1.0.0/16, to: 198.51.100.1}
      - {group: internet, source: 'fd00:10::/64', to: '2001:db8:51::1'}"
ok "apply" apply_all
is "pool addresses have a route to nowhere" 2 \
	"$(ns sr1 ip route show type blackhole proto 83 | grep -cE '198.51.100.[13] ')"

event_reader() { ns "$1" awk '$2 == 12 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; }

# In turn, here and below: of two packets that ask for one tuple at once, conntrack drops one.
#
# Every inside host uses one port, so do all SRs, each toward remotes of its own; there is one for each SR at least.
for ((i = 1; i <= N; i++)); do
	ns "sr$i" conntrack -E -e NEW >"$tmp/events.sr$i" 2>/dev/null &
	wait_for 60 event_reader "sr$i"
done
flows south "10.1.128.0/17 fd00:10::/64" "$(remote_of_each) 203.0.113.0/25 2001:db8:203::/64" --proto tcp,udp \
	--count 40 --sport 5000 --in-turn >"$tmp/shared"
all_carried "one pool address on all SRs at once" "$tmp/shared"
ok "the servers see that address only" \
	not grep -vqE '^(198.51.100.1|2001:db8:51::1) ' <(seen "$tmp/shared")
is "each SR gave out the same address and port" "$N" "$(for ((i = 1; i <= N; i++)); do
	ns "sr$i" conntrack -L -f ipv4 2>/dev/null | grep -q 'dst=198.51.100.1 sport=7 dport=5000 ' && echo "sr$i"
done | wc -l)"
ok "conntrack -L shows what the servers see" conntrack_agrees "$tmp/shared"
becomes "conntrack -E showed each flow once" 40 eval 'cat "$tmp"/events.* | wc -l'

flows south "10.1.0.0/24" "203.0.113.9/32" --proto icmp --count 12 --sport 77 --in-turn >"$tmp/icmp"
all_carried "12 hosts ping one remote with one echo id" "$tmp/icmp"

# Ports 1000-1003 toward one remote, and at the same time the same ports toward another.
flows south "10.1.0.0/24" "203.0.113.241/32" --proto udp --count 4 --in-turn >"$tmp/four"
flows south "10.1.0.0/24" "203.0.113.241/32" --proto udp --count 6 --timeout 2 --seed $((SEED + 7)) >"$tmp/exhausted"
flows south "10.1.0.0/24" "203.0.113.245/32" --proto udp --count 4 --in-turn --seed $((SEED + 1)) >"$tmp/other"
all_carried "4 ports toward one remote are 4 flows" "$tmp/four"
is "6 more are not carried" "0 of 6" "$(carried "$tmp/exhausted")"
becomes "they are counted" 6 counter all snat-exhausted
is "they leave no state" 4 "$(flows_known | grep -c ' 203.0.113.241 ')"
all_carried "another remote is not affected" "$tmp/other"
is "all see the 4 ports" "1000 1001 1002 1003" "$(seen "$tmp/four" | cut -d ' ' -f 2 | sort | paste -s -d ' ')"

flows south "10.1.9.0/24" "203.0.113.0/25" --proto tcp,udp --count 8 >"$tmp/no-snat"
all_carried "no-snat" "$tmp/no-snat"
ok "no-snat: servers see inside addresses" not grep -vqE '^10[.]1[.]9[.]' <(seen "$tmp/no-snat")

# To a pool address without a flow: dropped where it is owned.
before=$(counter all snat-stray)
flows north "203.0.113.0/24 2001:db8:203::/64" "198.51.100.1/32 2001:db8:51::1/128" --proto udp --count 12 \
	--timeout 1 >"$tmp/stray"
is "strays are not answered" "0 of 12" "$(carried "$tmp/stray")"
becomes "strays are counted" $((before + 12)) counter all snat-stray
is "strays go no further" 0 "$(nft_counter all unsolicited)"

# A connection whose state is lost: what comes is midstream.
flows_go_on "$tmp/midstream" south "10.1.128.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --proto tcp \
	--count 6 --seed $((SEED + 2)) --size 500 --timeout 8
is "none in midstream so far" 0 "$(counter all snat-midstream)"
for ((i = 1; i <= N; i++)); do
	ns "sr$i" conntrack -F 2>/dev/null
done
wait "$flows_pid"	# until all have failed
is "segments in midstream do not pass" "0 of 6" "$(carried "$tmp/midstream")"
ok "they are counted" [ "$(counter all snat-midstream)" -ge 6 ]
is "they leave no state" "" "$(flows_known | grep ' tcp ')"

# nftables rules of the SR come first.
for ((i = 1; i <= N; i++)); do
	ns "sr$i" nft -f - <<-END
		table ip other {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname eth1 ip saddr 10.1.7.0/24 snat to 198.51.100.200
			}
		}
	END
done
flows south "10.1.7.0/24" "203.0.113.0/25" --proto tcp,udp --count 8 --seed $((SEED + 3)) >"$tmp/nft"
all_carried "nftables SNAT beside saa" "$tmp/nft"
ok "nftables SNAT: servers see its address" not grep -vqE '^198[.]51[.]100[.]200 ' <(seen "$tmp/nft")
flows south "10.1.0.0/24" "203.0.113.0/25" --proto tcp,udp --count 8 --seed $((SEED + 4)) >"$tmp/beside"
all_carried "saa beside nftables SNAT" "$tmp/beside"
ok "saa beside nftables SNAT: servers see the pool" not grep -vqE '^198[.]51[.]100[.]1 ' <(seen "$tmp/beside")

# What came in by an interface in no group, nobody has steered: a flow that another SR owns gets no mapping here.
ip link add other netns "${P}sr1" type veth peer name other netns "${P}south"
mapfile -t remotes < <(remote_of_each)
ns south ip -batch - <<-END
	link set other up
	address add 172.20.0.1/30 dev other
	route add ${remotes[0]} via 172.20.0.2
	route add ${remotes[1]} via 172.20.0.2
END
ns sr1 bash -c 'ip -batch - && echo 2 >/proc/sys/net/ipv4/conf/other/rp_filter' <<-END
	link set other up
	address add 172.20.0.2/30 dev other
END
ns sr1 nft insert rule inet firewall forward iifname other accept
wait_for 60 links_ready south
wait_for 60 links_ready sr1
flows south "10.1.0.0/24" "${remotes[1]}/32" --proto udp --count 4 --timeout 2 --seed $((SEED + 5)) >"$tmp/elsewhere"
is "no mapping for flows of another SR" "0 of 4" "$(carried "$tmp/elsewhere")"
becomes "they are counted" 4 counter sr1 snat-not-owner
flows south "10.1.0.0/24" "${remotes[0]}/32" --proto udp --count 4 --seed $((SEED + 6)) >"$tmp/here"
all_carried "control: for flows of this one" "$tmp/here"
done_testing
