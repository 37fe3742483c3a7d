#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job, on 2, 4 and 6 SRs (SAA_SIZES), topology of lib/topology.sh: TCP with data both ways, UDP and ping over
# IPv4 and IPv6, from inside with SNAT and from outside with DNAT on the owner by nftables, through a stateful firewall
# on each SR. Each flow has state on one SR, the one that explain names. The control is the same without saa.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

run()
{
	local n=$1
	SEED=$RANDOM
	topology "$n" || { echo "not ok $n SRs: topology"; exit 1; }

	ok "R28 $n SRs: apply" apply_all
	flows south "$INSIDE" "$REMOTE" --count 60 >"$tmp/out"
	all_carried "R1 R9 R13 $n SRs: from inside, seed $SEED" "$tmp/out"
	ok "R2 R27 $n SRs: each flow from inside is known to its owner only" one_holder "$tmp/out" backplane
	flows north "$REMOTE" "$VIRTUAL" --count 30 >"$tmp/in"
	all_carried "R1 R25 $n SRs: from outside, DNAT" "$tmp/in"

	ok "R24 $n SRs: the servers see pool addresses" only_pool "$tmp/out"
	ok "R2 R27 $n SRs: each flow from outside is known to its owner only" one_holder "$tmp/in" internet
	ok "R2 R8 $n SRs: $(share) of packets were not redirected" [ "$(counter all punted)" -gt 0 ]
	is "R25 $n SRs: the firewalls found nothing invalid" 0 "$(nft_counter all invalid)"
	is "R25 $n SRs: the firewalls found nothing unsolicited" 0 "$(nft_counter all unsolicited)"
	is "$n SRs: nothing was dropped" "" "$(drops all)"

	flows north "$REMOTE" "10.1.0.9/32 fd00:10::9/128" --count 6 --proto udp --timeout 1 >"$tmp/unsolicited"
	is "R25 $n SRs: unsolicited packets do not pass" "0 of 6" "$(carried "$tmp/unsolicited")"
	becomes "R25 $n SRs: the firewalls dropped them" 6 nft_counter all unsolicited

	ok "$n SRs: saactl gateway del" remove_all
	nft_snat_on
	flows south "$INSIDE" "$REMOTE" --count 48 --timeout 2 --rounds 1 >"$tmp/plain"
	ok "control: $n SRs on plain Linux lose flows: $(carried "$tmp/plain") carried" grep -q ^fail "$tmp/plain"
}

# Of the flows that were carried, the server saw no other source than pool addresses.
only_pool()
{
	awk '$1 == "ok" && $2 != "icmp" && $7 !~ /^(198\.51\.100\.[1-4]|2001:db8:51::[1-4])$/ { print "#", $0; bad = 1 }
		END { exit bad }' "$1"
}

# The part of what the routers sent here that was processed where it came in.
share()
{
	local owned received punted
	owned=$(counter all owned) received=$(counter all received) punted=$(counter all punted)
	echo "$(((owned - received) * 100 / (owned - received + punted))) %"
}

for n in ${SAA_SIZES:-2 4 6}; do
	run "$n"
	topology_down
done
done_testing
