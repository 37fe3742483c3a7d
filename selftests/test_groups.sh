#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two uplink groups (topology: lib/topology.sh): SNAT toward "internet" and none toward "dmz", whose members have
# another name and subnet on each SR. Packets of full size, which DF keeps from being fragmented. The control is the
# SNAT rule itself: on group dmz, it does there what it did on internet.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

# seen_as FILE REGEX: all servers saw such sources.
seen_as()
{
	awk -v re="$2" '$1 == "ok" && $2 != "icmp" && $7 !~ re { print "#", $0; bad = 1 } END { exit bad }' "$1"
}

pool='^(198[.]51[.]100[.][1-4]|2001:db8:51::[1-4])$'
inside='^(10[.]1[.]|fd00:10::)'
dmz='^(198[.]51[.]100[.]99|2001:db8:51::99)$'

topology 4 || exit 1
ok "R14 apply with an interface name per edge" apply_all

flows south "$INSIDE" "$REMOTE" --count 24 --datagram 1400 >"$tmp/internet"
flows south "$INSIDE" "$DMZ" --count 24 --datagram 1400 --seed $((SEED + 1)) >"$tmp/dmz"
all_carried "R14 to internet" "$tmp/internet"
all_carried "R14 to dmz" "$tmp/dmz"
ok "R16 internet sees pool addresses" seen_as "$tmp/internet" "$pool"
ok "R16 dmz sees inside addresses" seen_as "$tmp/dmz" "$inside"
ok "each flow to dmz is known to its owner only" one_holder "$tmp/dmz" backplane

flows dmz "$DMZ" "10.1.0.80/32 fd00:10::80/128" --count 12 --proto tcp --timeout 2 --rounds 1 >"$tmp/unsolicited"
is "from dmz nothing unsolicited passes" "0 of 12" "$(carried "$tmp/unsolicited")"
for ((i = 1; i <= N; i++)); do
	ns "sr$i" nft insert rule inet firewall forward iifname "$(dmz_interface "$i")" accept
done
flows dmz "$DMZ" "10.1.0.80/32 fd00:10::80/128" --count 24 --datagram 1400 --seed $((SEED + 2)) >"$tmp/from-dmz"
all_carried "R5 R7 from dmz, where the firewall takes it by the member's name" "$tmp/from-dmz"
ok "each flow from dmz is known to its owner only" one_holder "$tmp/from-dmz" dmz

# Frames of exactly the MTU, in both directions: 1500 = 20 + 8 + 1472 and 40 + 8 + 1452. The UDP server adds a line,
# so ping.
flows south "10.1.0.0/16" "203.0.113.0/24" --proto icmp --count 12 --size 1472 --datagram 1472 >"$tmp/full4"
flows south "fd00:10::/64" "2001:db8:203::/64" --proto icmp --count 12 --size 1452 --datagram 1452 >"$tmp/full6"
all_carried "IPv4 packets as large as the MTU" "$tmp/full4"
all_carried "IPv6 packets as large as the MTU" "$tmp/full6"
is "nothing was dropped" "" "$(drops all)"

SNAT="
      - {group: dmz, source: 10.1.0.0/16, to: 198.51.100.99}
      - {group: dmz, source: 'fd00:10::/64', to: '2001:db8:51::99'}"
ok "control: the rule on group dmz" apply_all
flows south "$INSIDE" "$DMZ" --count 12 --seed $((SEED + 3)) >"$tmp/dmz2"
flows south "$INSIDE" "$REMOTE" --count 12 --seed $((SEED + 3)) >"$tmp/internet2"
all_carried "control: to dmz" "$tmp/dmz2"
all_carried "control: to internet" "$tmp/internet2"
ok "control: dmz sees the pool" seen_as "$tmp/dmz2" "$dmz"
ok "control: internet sees inside addresses" seen_as "$tmp/internet2" "$inside"
is "control: nothing was dropped" "" "$(drops all)"
done_testing
