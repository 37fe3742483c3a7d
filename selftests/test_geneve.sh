#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Punting over Geneve, IPv4 and IPv6, with a router between the tunnels' ends (topology: lib/topology.sh,
# lib/geneve.sh): flows with SNAT are carried and known to their owners; TTL, DSCP and ECN are as if there were no
# tunnel, but congestion in it is told, in all combinations of RFC 6040; what does not fit the underlay goes in
# fragments. The control is a tunnel that is down.
#
# usage: test_geneve.sh [MODE]	with the XDP program in this mode; test_geneve_xdp.sh
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_saa

mode=${1-}
by=punted${mode:+-xdp}	# the counter

# The router between the tunnels' ends counts.
watch_underlay()
{
	ns underlay nft -f - <<-END
		table inet tunnels
		delete table inet tunnels
		table inet tunnels {
			counter passed { }
			set ports { type inet_service; flags dynamic; size 65535; }
			chain pass {
				type filter hook forward priority 0;
				udp dport 6081 counter name passed add @ports { udp sport }
			}
		}
	END
}
tunnelled() { ns underlay nft list counter inet tunnels "$1" | awk '$1 == "packets" { print $2 }'; }
source_ports() { ns underlay nft list set inet tunnels ports | tr -s '={},' '\n' | grep -cE '^[[:space:]]*[0-9]+$'; }

# keep: the first packets from here on into a file in build/logs, where test_dissector.sh looks. kept: they are there.
keep()
{
	local logs
	logs=../build/logs/$(uname -r)
	mkdir -p "$logs"
	capture=$logs/geneve-${mode:-module}-$1.pcap
	rm -f "$capture"
	ns underlay tcpdump -i sr1 -c 8 -Z root -w "$capture" udp dst port 6081 2>"$tmp/tcpdump" &
	wait_for 60 grep -q listening "$tmp/tcpdump"
}
kept() { wait_for 60 grep -q '8 packets captured' "$tmp/tcpdump"; }

# What RFC 6040, section 4.1, has for the tunnel's packets: XDP copies the field (normal mode), the geneve driver tells
# of no congestion that was there before, as RFC 3168 has it.
encapsulated()
{
	local v ecn
	for v in 4 6; do
		for ecn in not-ect ect1 ect0 ce; do
			echo "$v $ecn tunnel 10 $([ $ecn = ce ] && [ -z "$mode" ] && echo ect0 || echo $ecn) out 63 10 $ecn"
		done
	done
}

# And section 4.2 of what comes out: rows are as it was, columns as the tunnel's packet is. What is not capable of ECN
# cannot be told of congestion: it is lost.
decapsulated()
{
	local v ecn outer result
	for v in 4 6; do
		while read -r ecn result; do
			for outer in not-ect ect1 ect0 ce; do
				echo "$v $ecn tunnel $outer out ${result%% *}"
				result=${result#* }
			done
		done <<-END
			not-ect not-ect not-ect not-ect -
			ect1 ect1 ect1 ect1 ce
			ect0 ect0 ect1 ect0 ce
			ce ce ce ce ce
		END
	done | sed 's/out \([a-z]\)/out 63 10 \1/'
	echo "errors 2"
}

# same NAME EXPECTED COMMAND...: and shows where it is not.
same()
{
	local name=$1 expected=$2
	shift 2
	"$@" >"$tmp/same" && diff <($expected) "$tmp/same" >"$tmp/diff" && echo "ok $name" && return
	echo "not ok $name"
	sed 's/^/# /' "$tmp/diff"
	fail
}

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

# Remote hosts of SR 1 and of SR 2, one of each family.
find_remotes()
{
	local four six
	mapfile -t four < <(remote_of_each)
	mapfile -t six < <(remote_of_each 6)
	of_sr1="${four[0]} ${six[0]}" of_sr2="${four[1]} ${six[1]}"
}

# run NAME ADDRESS-FUNCTION MTU: MTU is what the underlay needs.
run()
{
	local name=$1 punted fragments module
	ADDRESS=$2
	underlay_mtu 1500
	ok "$name: apply" apply_all
	[ -n "${of_sr1-}" ] || find_remotes
	ok "$name: saactl check names the MTU" grep -q "needs $3," <(ctl sr1 check "$tmp/saa.yaml" --edge sr1 2>&1)
	underlay_mtu "$3"
	SEED=$((SEED + 1))
	[ -z "$mode" ] || ok "$name: XDP is attached" attach
	punted=$(counter all $by) module=$(counter all punted)
	watch_underlay
	ok "$name: packets are watched" keep "$name"
	flows south "$INSIDE" "$REMOTE $DMZ" --count 24 >"$tmp/out"
	all_carried "$name: from inside" "$tmp/out"
	ok "$name: each flow is known to its owner only" one_holder "$tmp/out" backplane
	flows north "$REMOTE" "$VIRTUAL" --count 12 >"$tmp/in"
	all_carried "$name: from outside" "$tmp/in"
	ok "$name: packets were kept for the dissector" kept
	punted=$(($(counter all $by) - punted))
	[ -z "$mode" ] || is "$name: not by the module" "$module" "$(counter all punted)"
	ok "$name: through the tunnels: $punted packets" [ "$punted" -gt 100 -a "$(tunnelled passed)" -ge "$punted" ]
	ok "$name: from different source ports" [ "$(source_ports)" -gt 20 ]

	# Lists.
	same "$name: R10 TTL, DSCP and ECN through the tunnel, RFC 6040" encapsulated \
		python3 "$lib/ecn.py" encapsulate "$P" $of_sr2
	same "$name: R10 TTL, DSCP, ECN and congestion in the tunnel, RFC 6040" decapsulated \
		python3 "$lib/ecn.py" decapsulate "$P" $of_sr1 "$($ADDRESS 2)" "$($ADDRESS 1)" ffa081020100000700020001

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

# Fragments that came to the SRs, of the tunnels or in them.
reassembled()
{
	local i
	for ((i = 1; i <= N; i++)); do
		snmp "sr$i" Ip ReasmReqds
		snmp "sr$i" Ip6 ReasmReqds
	done | awk '{ sum += $1 } END { print sum }'
}

members_mtu()
{
	local i
	for ((i = 1; i <= N; i++)); do
		printf 'link set %s mtu %s\n' bp0 "$1" eth1 "$1" | ns "sr$i" ip -batch -
		ns south ip link set "sr$i" mtu "$1"
		ns north ip link set "sr$i" mtu "$1"
	done
}

# jumbo NAME: packets of 9,000 bytes through tunnels that take them.
jumbo()
{
	local punted fragments pieces
	punted=$(counter all $by) fragments=$(counter all punt-fragmented) pieces=$(reassembled)
	flows south "$INSIDE" "$REMOTE" --count 12 --seed $((++SEED)) --size 300000 --datagram 8900 >"$tmp/jumbo"
	all_carried "$1" "$tmp/jumbo"
	punted=$(($(counter all $by) - punted))
	ok "$1: through the tunnels: $punted packets" [ "$punted" -gt 0 ]
	is "$1: none in fragments" "$fragments" "$(counter all punt-fragmented)"
	is "$1: none is put together again" "$pieces" "$(reassembled)"
}

# jumbo_by NAME ADDRESS-FUNCTION MTU: MTU is what the underlay needs for them.
jumbo_by()
{
	ADDRESS=$2
	underlay_mtu 1500
	ok "$1: jumbo frames: apply" apply_all
	ok "$1: jumbo frames: saactl check names the MTU" grep -q "needs $3," \
		<(ctl sr1 check "$tmp/saa.yaml" --edge sr1 2>&1)
	underlay_mtu "$3"
	jumbo "$1: jumbo frames"
}

topology 4 || exit 1
underlay || exit 1
[ -z "$mode" ] || offloads_for_xdp
TRANSPORT=geneve
run IPv4 tep4 1562
run IPv6 tep6 1582
# Native XDP refuses them: test_offloads.sh.
if [ -z "$mode" ]; then
	members_mtu 9000
	jumbo_by IPv4 tep4 9062
	jumbo_by IPv6 tep6 9082
	offloads_for_xdp
	mode=generic by=punted-xdp
	ok "generic XDP: attach" attach
	jumbo "generic XDP: jumbo frames"
fi
is "nothing was dropped" "" "$(drops all)"
is "the firewalls found nothing invalid" 0 "$(nft_counter all invalid)"

for i in 1 2 3 4; do ns sr$i ip link set saa0 down; done
flows south "$INSIDE" "$REMOTE" --proto udp --count 12 --timeout 2 >"$tmp/control"
ok "control: without tunnels flows fail" grep -q ^fail "$tmp/control"
ok "control: their packets are counted" [ "$(counter all port-absent)" -gt 0 ]
done_testing
