#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Documentation/four-machines.rst, which draws the network, on virtual machines: its steps are run as they are written
# there. The fifth machine, "routers", has a namespace for each router with the hosts behind it, and the two behind narrow
# links of test_packets.sh. edge2 gets its "eth1" as a VLAN of a trunk to the router north; with Geneve "routers" is also
# the router between the tunnels' ends. The ends of connections decide.
#
# Edges are killed, one after another, and come back, while long TCP connections, UDP and ping older than conntrack's
# timeout for them, and transfers by FTP go on, all with SNAT. Their clocks are hours and years apart.
#
# usage: run.sh		prints the results, and their number at the end
#	SAA_EDGES	the numbers of the edges that are killed, in this order; default "4 3"
#	SAA_LONG	long TCP connections, a multiple of 8; default 96
#	SAA_ONLY=dies	no more than that, with the control, by XDP over segments
# Each member of each pair, with 2,000: SAA_EDGES="1 2 3 4" SAA_LONG=2000 SAA_ONLY=dies
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=scripts/vms.sh
. "$top/scripts/vms.sh"
# shellcheck source=selftests/lib/test.sh
. "$top/selftests/lib/test.sh"
# shellcheck source=selftests/lib/packets.sh
. "$top/selftests/lib/packets.sh"
alone "$0" "$@"
cd "$top" || exit 1

guide=Documentation/four-machines.rst
endpoint=/saa/selftests/lib/endpoint.py many=/saa/selftests/lib/many.py ftp=/saa/selftests/lib/ftp.py
edges="edge1 edge2 edge3 edge4" N=4
INSIDE="10.1.0.0/17 fd00:10::/64"	# without the cellar
RANDOM_PORT="10.1.96.0/20 fd00:10::6000/116"	# of them, hosts whose mappings are another each time they are made
declare -A CLOCK=([edge1]=2026-03-01T12:00:00 [edge2]=2026-03-01T07:00:00
	[edge3]=2003-07-20T23:59:00 [edge4]=2037-12-31T23:00:00)
LONG=${SAA_LONG:-96} SHORT=32	# TCP; UDP and ping: of each owner and family as many
TIMEOUT=30			# of UDP and ping, in conntrack
MEM=$((512 + LONG / 8))
ports=shadow-ports	# the step that makes them
VLAN=30			# of edge2's uplink
# Of packets.py: without what only another network has, and without plain flows, which there are anyway.
KINDS="from-outside options long-chain large fragments-shuffled fragments-first-last fragments-overlap fragment-atomic \
mtu-tcp mtu-inside mtu-udp-echo error-router error-remote error-no-snat error-inside error-inside-snat error-options \
error-long-chain error-about-error quote-8-bytes quote-options quote-fragment"
CELLS=43	# each of a kind and a family

# The routers are namespaces of one machine.
ssh()
{
	local name=$1
	shift
	case $name in
	north | south) on routers ip netns exec "$name" "$@" ;;
	*) on "$name" "$@" ;;
	esac
}

# For lib/packets.sh.
ns()
{
	local name=$1
	shift
	on "edge${name#sr}" "$@"
}

# at_routers COMMAND...: lib/packets.sh on the routers' machine.
at_routers()
{
	on routers <<-END
		cd /saa/selftests && . lib/test.sh && . lib/topology.sh && . lib/packets.sh || exit
		trap - EXIT
		P= N=$N tmp=/run
		$* 2>/run/errors || { cat /run/errors; exit 1; }
	END
}
export -f on ssh	# for the steps, which are scripts

# step NAME: the block that follows the comment ".. step NAME" in the guide.
step()
{
	awk -v comment=".. step $1" '
		$0 == comment { wanted = 1; next }
		wanted == 1 && /^    / { wanted = 2 }
		wanted == 2 && /^[^ ]/ { exit }
		wanted == 2 { print substr($0, 5) }' "$guide" | grep . || die "no step $1 in $guide"
}

# said FILE: the end of what a step that failed has said.
said() { tail -n 3 "$machines/$1" | sed 's/^/# /'; return 1; }

# at_desk STEP: here. at EDGE STEP...: there, one after another, until one fails.
at_desk() { bash -ec "$(step "$1")" >>"$machines/steps" 2>&1 </dev/null || said steps; }

at()
{
	local edge=$1 name
	shift
	{
		echo "set -e; edge=$edge number=${edge#edge}"
		for name; do
			echo "echo '# $name'"
			step "$name"
		done
	} | on "$edge" >>"$machines/steps.$edge" 2>&1 || said "steps.$edge"
}

# at_all STEP...: on all edges at once.
at_all()
{
	local edge rc=0 jobs=()
	for edge in $edges; do
		at "$edge" "$@" &
		jobs+=($!)
	done
	for edge in "${jobs[@]}"; do
		wait "$edge" || rc=1
	done
	return $rc
}

# Each with a clock of its own, which one that boots again has from the start.
boot_edge()
{
	local number=${1#edge} kernel=floor north=north:eth1
	[ "$1" != edge4 ] || kernel=newest
	[ "$1" != edge2 ] || north=trunk:trunk
	boot "$1" "$number" "--kernel $kernel --mem $MEM --smp 1 --timeout 7200 --rtc ${CLOCK[$1]}" \
		mgmt:mgmt $north south:bp0 punt-n:punt-n punt-s:punt-s
}

# up EDGE...: when they are.
up()
{
	reachable "$@" || return
	[[ " $* " != *" edge2 "* ]] || on edge2 <<-END
		ip link set trunk up
		ip link add link trunk name eth1 type vlan id $VLAN
	END
}

boot_all()
{
	local edge
	boot routers 9 "--mem $MEM --smp 1 --timeout 7200" mgmt:mgmt north:wire trunk:trunk south:eth1 || return
	for edge in $edges; do
		boot_edge "$edge" || return
	done
	# Names of machines.
	up $edges && reachable routers
}

# No two edges have the same hour.
clocks_differ()
{
	local edge
	for edge in $edges; do
		on "$edge" date +%s
	done | sort -n | awk 'NR > 1 && $1 - last < 3600 { exit same = 1 } { last = $1 } END { exit same || NR != 4 }'
}

# What the administrator has beside saa: a virtual server inside, and conntrack's helper for FTP.
firewall_more()
{
	local edge
	for edge; do
		on "$edge" 'modprobe nf_nat_ftp && nft -f -' <<-END || return
			table inet filter {
				ct helper ftp { type "ftp" protocol tcp; }
				chain assign {
					type filter hook prerouting priority filter;
					tcp dport 21 ct helper set "ftp"
				}
			}
			add rule inet filter forward iifname eth1 ct status dnat accept
			table inet virtual {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					iifname eth1 ip daddr 198.51.100.80 dnat ip to 10.1.0.80
					iifname eth1 ip6 daddr 2001:db8:51::80 dnat ip6 to fd00:10::80
				}
			}
		END
	done
}

# Between the ends of tunnels is a router, the machine of the other routers.
routed_hop()
{
	local edge other
	on routers <<-END || return
		sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.mgmt.send_redirects=0
		sysctl -qw net.ipv6.conf.all.forwarding=1
		ip link set mgmt mtu 1600
	END
	for edge; do
		for other in $edges; do
			[ "$other" = "$edge" ] || echo "ip route replace $mgmt.${other#edge} via $mgmt.9
				ip route replace $mgmt6:${other#edge} via $mgmt6:9"
		done | on "$edge" || return
	done
}

# Packets that it has passed on.
routed()
{
	on routers cat /proc/net/snmp /proc/net/snmp6 |
		awk '$1 == "Ip:" && $7 ~ /^[0-9]/ { sum += $7 } $1 == "Ip6OutForwDatagrams" { sum += $2 } END { print sum }'
}

# geneve_file [SED-SCRIPT]
geneve_file() { file "s/^  punt: .*/$(step punt-geneve | grep punt)/;${1-}"; }

# router NAME NET HOSTS...: a router, at eth1 of its namespace, that also is all the hosts behind it, and their server.
router()
{
	local name=$1 net=$2
	shift 2
	cat <<-END
		ip netns exec $name bash -e <<-NETNS
			sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.ip_nonlocal_bind=1
			sysctl -qw net.ipv4.ping_group_range='0 0' net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
			sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000
			ip link set lo up
			ip link set eth1 up
			ip address add 172.$net.0.254/24 dev eth1
			ip address add fd00:$net::254/64 dev eth1 nodad
			$(printf 'ip route add local %s dev lo\n' "$@")
			python3 $endpoint serve /run/$name.ready </dev/null >/dev/null 2>&1 &
		NETNS
	END
}

# The router north has a port for those who have no VLAN, and one for edge2.
network()
{
	{
		cat <<-END
			set -e
			ip netns add south
			ip link set eth1 netns south
			ip netns add north
			ip link set wire netns north
			ip link set trunk netns north
			ip netns exec north ip -batch - <<-NETNS
				link add eth1 type bridge mcast_snooping 0
				link set wire up master eth1
				link set trunk up
				link add link trunk name tagged type vlan id $VLAN
				link set tagged up master eth1
			NETNS
		END
		router north 17 203.0.113.0/24 2001:db8:203::/64
		router south 16 10.1.0.0/16 fd00:10::/64
		cat <<-END
			ulimit -n 65536
			ip netns exec north python3 $many serve /run/many.ready </dev/null >/dev/null 2>&1 &
			ip netns exec north python3 $ftp serve /run/ftp.ready 0.0.0.0 :: </dev/null >/dev/null 2>&1 &
			for name in north south many ftp; do
				until [ -e /run/\$name.ready ]; do sleep 0.1; done
			done
		END
	} | on routers && at_routers far_and_cellar && at_routers silence north south
}

# file [SED-SCRIPT]: the file of the guide, on edge1; some hosts inside have no SNAT, and some random ports.
file()
{
	step file | sed -e "${1-}" -e "/^    snat:/a\\
      - {group: internet, source: 10.1.144.0/20, no-snat: true}\\
      - {group: internet, source: 'fd00:10:0:0:9e40::/80', no-snat: true}\\
      - {group: internet, source: ${RANDOM_PORT% *}, to: 198.51.100.1-198.51.100.4, fully-random: true}\\
      - {group: internet, source: '${RANDOM_PORT#* }', to: '2001:db8:51::1-2001:db8:51::4', fully-random: true}" |
		on edge1 'mkdir -p /etc/saa; cat >/etc/saa/saa.yaml'
}

known_outside() { ssh north ip route add 10.1.144.0/20 nhid 4 && ssh north ip route add fd00:10:0:0:9e40::/80 nhid 6; }

# reach EDGE...: the routers can send to these edges, both families.
reach()
{
	local edge
	for edge; do
		wait_for 60 ssh north ping -qnc 1 -W 2 "172.17.0.${edge#edge}" || return
		wait_for 60 ssh north ping -qnc 1 -W 2 "fd00:17::${edge#edge}" || return
		wait_for 60 ssh south ping -qnc 1 -W 2 "172.16.0.${edge#edge}" || return
		wait_for 60 ssh south ping -qnc 1 -W 2 "fd00:16::${edge#edge}" || return
	done >/dev/null
}

# remotes PREFIX4 PREFIX6: for each edge, in order, a random address of each prefix that it owns, after its name; of the
# lower half, whose hosts answer.
remotes()
{
	on edge1 <<-END
		for prefix in $1 $2; do
			inside=10.1.0.1
			[[ \$prefix != *:* ]] || inside=fd00:10::1
			declare -A of=()
			for host in \$(seq 126 | shuf); do
				owner=\$(saactl explain \$inside \$prefix\$host in backplane |
					sed -n 's/.* owner \([^ ]*\).*/\1/p')
				of[\$owner]=\$prefix\$host
				[ \${#of[@]} -lt 4 ] || break
			done
			for owner in \${!of[@]}; do echo \$owner \${of[\$owner]}; done
			unset of
		done
	END
}

# of EDGE...: of the remotes, those that these own; far_of: of those behind the narrow link.
of() { grep -E "^($(tr ' ' '|' <<<"$*")) " <<<"$all_remotes" | cut -d ' ' -f 2; }
far_of() { all_remotes=$all_far of "$@"; }

# flows OPTION...: from inside; see endpoint.py.
flows() { ssh south python3 "$endpoint" flows --source "$INSIDE" "$@"; }

# go_on NAME SECONDS EDGE...: TCP connections, UDP, ping and transfers by FTP, in the background, until go_end; what
# came of them is in NAME.long, NAME.short and NAME.ftp then. What is silent for so long is lost. Transfers are from
# servers that these edges own. Returns when all have begun; UDP and ping had at $begun.
go_on()
{
	local name=$1 timeout=$2 targets
	# shellcheck disable=SC2046 # addresses
	set -- $(of "${@:3}")
	# shellcheck disable=SC2086 # names
	targets=$(of $edges | paste -sd ' ')
	flows_forgotten "$TIMEOUT"
	on routers 'rm -f /run/stop.* /run/begun.* /run/ftp.*.*'
	# shellcheck disable=SC2087 # names of here
	ssh south bash >"$name.long" <<-END &
		ulimit -n 65536
		python3 $many flows --source $INSIDE --target $targets --count $LONG --timeout $timeout \
			--until /run/stop.long --ready /run/begun.long
	END
	going=($!)
	flows --source $RANDOM_PORT --target $targets --count $SHORT --proto udp,icmp --interval 1 --again "$timeout" \
		--until /run/stop.short --ready /run/begun.short >"$name.short" &
	going+=($!)
	transfer "$timeout" "$@" >"$name.ftp" &
	going+=($!) transfers=$((2 * $#))
	wait_for 600 on routers test -e /run/begun.short || return
	begun=$SECONDS
	wait_for 600 on routers test -e /run/begun.long && wait_for 600 transfers_go_on
}

# transfer SECONDS SERVER...: by FTP, active and passive from each.
transfer()
{
	# shellcheck disable=SC2087 # names of here
	ssh south bash <<-END
		cd /run
		for server in ${*:2}; do
			client=10.1.0.9
			[[ \$server != *:* ]] || client=fd00:10::9
			for mode in active passive; do
				name=ftp.\$mode.\$server
				touch \$name.go
				{
					FTP_TIMEOUT=$1 python3 $ftp fetch \$server \$client \$mode \$name long |
						sed "s/^/\$server \$mode /"
					touch \$name.begun
				} &
			done
		done
		wait
	END
}

# Something has come in each, or it has ended.
transfers_go_on() { on routers "[ \$(ls /run | grep -c 'ftp.*begun') -eq $transfers ]"; }

# Each does a whole round from now on, something comes in each transfer; or it fails.
go_round()
{
	on routers 'touch /run/stop.long.round /run/stop.short.round; rm -f /run/ftp.*.begun'
	wait_for 600 on routers '[ ! -e /run/stop.long.round -a ! -e /run/stop.short.round ]' &&
		wait_for 600 transfers_go_on
}

go_end()
{
	on routers 'touch /run/stop.long /run/stop.short
		for name in /run/ftp.*.go; do touch ${name%go}end; done'
	wait "${going[@]}"
}

carried() { awk '/^# carried/ { print $3, $4, $5 }' "$1"; }

# all_carried NAME FILE
all_carried()
{
	if grep -q '^# carried' "$2" && ! grep -q ^fail "$2"; then
		echo "ok $1: $(carried "$2")"
	else
		echo "not ok $1: $(carried "$2")"
		grep -E '^(fail|#)' "$2" | sed 's/^/# /'
		fail
	fi
}

# flows_known [EXPRESSION]: for each edge the number of flows from inside that it knows; as conntrack prints them.
flows_known()
{
	local edge
	for edge in $edges; do
		on "$edge" 'conntrack -L -f ipv4; conntrack -L -f ipv6' 2>/dev/null |
			grep -E 'src=(10\.1\.|fd00:10:)' | grep -cE "^${1-}"
	done | paste -sd ' '
}

# timeouts SECONDS EDGE...: of UDP, ping, and TCP that has ended.
timeouts()
{
	local edge
	for edge in "${@:2}"; do
		on "$edge" <<-END
			for name in udp_timeout{,_stream} icmp{,v6}_timeout tcp_timeout_{close,time_wait}; do
				echo $1 >/proc/sys/net/netfilter/nf_conntrack_\$name || exit
			done
		END
	done
}

# flows_forgotten SECONDS: from now on only; the timeouts are these then.
flows_forgotten()
{
	local edge
	# shellcheck disable=SC2086 # names
	timeouts "$1" $edges
	for edge in $edges; do
		on "$edge" conntrack -F 2>/dev/null
	done
}

# not_of_pool FILE...: flows whose server saw another address.
not_of_pool()
{
	awk '$1 == "ok" && $2 != "icmp" && $7 !~ /^(198\.51\.100\.[1-4]|2001:db8:51::[1-4])$/' "$@"
}

# counter NAME: packets, of all edges.
counter()
{
	local edge
	for edge in $edges; do
		on "$edge" saactl stats
	done | awk -v name="$1" '$2 == name { sum += $4 } END { print sum + 0 }'
}

# drops: "NAME PACKETS" of everything that was dropped, by all edges.
drops()
{
	local edge
	for edge in $edges; do
		on "$edge" saactl stats
	done | awk '$NF == "drop" && $2 != "not-for-us" { sum[$2] += $4 } END { for (name in sum) print name, sum[name] }'
}

hop() { ssh south traceroute -n -q 1 -N 1 -w 5 -m 4 -s "$1" "$2" 2>&1 | awk 'NR > 1 { print $2 }' | paste -sd ' '; }

# traffic HOW KNOWN: what a user of the gateway does, by each owner. HOW packets are punted is in the names; KNOWN is the
# number of flows that each edge knows: 12 that it owns, and with state sync those of its partner.
traffic()
{
	local how=$1 known=$2 edge number remote4 remote6
	flows_forgotten 600	# state stays until it has been looked at
	# shellcheck disable=SC2046 # addresses
	flows --target $(of $edges) --count 48 --timeout 60 --again 10 >"$tmp/flows"
	all_carried "$how: ping, TCP and UDP by all owners" "$tmp/flows"
	becomes "$how: state of a flow is where it belongs" "$known $known $known $known" flows_known
	is "$how: servers see addresses of the pool" "" "$(not_of_pool "$tmp/flows")"
	bulk "$how"
	for edge in $edges; do
		read -r remote4 remote6 < <(far_of "$edge" | paste -sd ' ')
		number=${edge#edge}
		becomes "$how: errors of $edge, one hop, of the next router and of the remote host" \
			"172.16.0.$number 172.17.0.254 $remote4" hop 10.1.0.7 "$remote4"
		becomes "$how: and by IPv6" "fd00:16::$number fd00:17::254 fd00:20::2" hop fd00:10::7 "$remote6"
	done
	every_kind "$how"
}

# kinds FLOWS OPTION...: of all kinds and families so many flows.
kinds()
{
	local flows=$1
	shift
	at_routers "FLOWS=$flows packets --segments $* $KINDS" >"$tmp/kinds"
	awk '/^[a-z]/ { n++; good += $3 == $4 } END { print good + 0, n + 0 }' "$tmp/kinds"
}

# every_kind HOW: ICMP errors, fragments, path MTUs, ...: what comes to any edge.
every_kind()
{
	local how=$1 got
	ok "$how: fragments are watched" watch_fragments
	got=$(kinds 4 --at-once 4)
	is "R10 R11 $how: packets of each kind, by both families" "$CELLS $CELLS" "$got"
	[ "$got" = "$CELLS $CELLS" ] || sed 's/^/# /' "$tmp/kinds"
	ok "R11 $how: each datagram came to one edge in fragments, and to the stack as a whole" one_defragments
}

# The control: each edge on its own, with rules of nftables that give the same addresses.
plain()
{
	local edge
	for edge in $edges; do
		on "$edge" <<-END || return
			saactl gateway del t0 && nft -f - <<-NFT
			table inet plain {
				chain postrouting {
					type nat hook postrouting priority srcnat;
					oifname eth1 ip saddr 10.1.0.0/16 snat ip to 198.51.100.1-198.51.100.4
					oifname eth1 ip6 saddr fd00:10::/64 snat ip6 to 2001:db8:51::1-2001:db8:51::4
				}
			}
			NFT
		END
	done
}

# boot_again EDGE APPLY: what it had on its disk is there again, what it had in memory is not. APPLY is a step.
boot_again()
{
	local disk=edge1
	[ "$1" != edge1 ] || disk=edge2
	boot_edge "$1" && up "$1" && ssh $disk tar -C /etc -c saa | ssh "$1" tar -C /etc -x &&
		at "$1" load firewall "$ports" "$2" && firewall_more "$1" && timeouts "$TIMEOUT" "$1" &&
		{ [ $ports = shadow-ports ] || routed_hop "$1"; } && at "$1" interfaces && reach "$1"
}

# as EDGE STEP: a step at the desk that is about this edge.
as() { dead=$1 number=${1#edge} at_desk "$2"; }

# dies EDGE: while flows go on, which each do a round without it, and one with it.
dies()
{
	local edge=$1
	ok "$edge is killed" crash "$edge"
	ok "$edge: step: dead" as "$edge" dead
	ok "$edge: flows go on" go_round
	ok "$edge boots and applies" boot_again "$edge" apply-syncing
	ok "$edge: step: back" as "$edge" back
	ok "$edge: step: routers-back" as "$edge" routers-back
	ok "$edge: flows go on with it" go_round
}

# one_after_another HOW EDGE...: edges die, and nothing is lost.
one_after_another()
{
	local how=$1 all=$(((LONG + SHORT) / 2)) short=$((SHORT / 2)) edge
	shift
	ok "$how: connections, UDP, ping and transfers by FTP" go_on "$tmp/on" 300 "$@"
	becomes "$how: all but transfers are known to both of a pair" "$all $all $all $all" \
		flows_known '(tcp.* dport=9 |udp|icmp)'
	wait_for 60 eval '[ $((SECONDS - begun)) -gt $((TIMEOUT + 2)) ]'
	becomes "$how: UDP and ping still are when older than their timeout" "$short $short $short $short" \
		flows_known '(udp|icmp)'
	for edge; do
		dies "$edge"
	done
	go_end
	all_carried "R22 R23 $how: 0 connections were lost" "$tmp/on.long"
	all_carried "R22 R23 $how: 0 flows of UDP and ping were lost" "$tmp/on.short"
	is "R22 R23 $how: 0 transfers were lost: $transfers" "$transfers of $transfers" "$(transferred "$tmp/on.ftp")"
	is "$how: their servers saw addresses of the pool" "" "$(not_of_pool "$tmp"/on.{long,short})"
}

# transferred FILE
transferred() { awk '{ n++; good += $3 == "data" } END { print good + 0, "of", n + 0 }' "$1"; }

# What edge1 receives and is longer than a frame was put together by the device: virtio with rx-gro-hw does so, as LRO.
# The stack's own GRO is off there from here on.
watch_large()
{
	on edge1 <<-END
		for name in eth1 bp0 punt-n punt-s; do ethtool -K \$name gro off || exit; done
		nft -f - <<-NFT
			table netdev large {
				counter large { }
				$(for name in eth1 bp0 punt-n punt-s; do
					echo "chain $name { type filter hook ingress device $name priority 0; meta length > 1600 counter name large; }"
				done)
			}
		NFT
	END
}

# large: how many since the last call.
large() { on edge1 nft reset counters table netdev large | awk '$1 == "packets" { print $2 }'; }

# bulk HOW: a megabyte each way, by all owners.
bulk()
{
	# shellcheck disable=SC2046 # addresses
	flows --target $(of $edges) --proto tcp --count 8 --size 1000000 --rounds 1 --timeout 120 >"$tmp/flows"
	all_carried "$1: a megabyte each way" "$tmp/flows"
}

# Virtio takes redirected frames only with a native program.
generic_refused()
{
	not on edge1 saactl xdp attach mode generic >"$tmp/generic" 2>&1 &&
		grep -q 'punt-n cannot take redirected frames: its driver does so only with a native program' "$tmp/generic" &&
		[ "$(native)" -eq 0 ]
}

xdp_detach() { local edge; for edge in $edges; do on "$edge" saactl xdp detach || return; done; }

native() { local edge; for edge in $edges; do on "$edge" saactl xdp show; done | grep -c ' group .* mode native '; }

end()
{
	# shellcheck disable=SC2046 # numbers
	kill $(jobs -p) 2>/dev/null
	rm -rf "$tmp" "$ssh_dir"
}

set_up()
{
	tmp=$(mktemp -d)
	ok "segments" segments mgmt north trunk south punt-n punt-s
	trap end EXIT
	ok "five machines" boot_all || return
	ok "no two edges have the same time" clocks_differ
	ok "routers and hosts" network
	ok "file without state sync" file '/^  sync:/d'
	ok "step: keys" at edge1 keys
	ok "step: copy" at_desk copy
	ok "steps: load firewall shadow-ports apply interfaces" at_all load firewall "$ports" apply interfaces
	ok "a virtual server, and a helper" firewall_more $edges
	ok "step: routers" at_desk routers
	ok "hosts inside without SNAT are known outside" known_outside
	ok "the routers reach all edges" reach $edges
	[ $failed -eq 0 ] || return
	all_remotes=$(remotes 203.0.113. 2001:db8:203::)
	all_far=$(remotes 198.18.0. 2001:db8:18::)
	is "remote hosts of all owners" 16 "$(wc -l <<<"$all_remotes"$'\n'"$all_far")"
}

without_sync()
{
	ok "module: watching what devices put together" watch_large
	traffic "module" 12
	by_device=$(large)
	ok "module: and $by_device pieces that devices have put together" [ "$by_device" -gt 0 ]
	is "module: errors about errors were dropped, nothing else" "snat-stray 8" "$(drops)"
}

# TCP and FTP wait in vain while edge4 boots; ping has nothing to lose.
control()
{
	ok "control: connections, UDP, ping and transfers by FTP" go_on "$tmp/control" 30 edge4 edge3
	ok "edge4 is killed" crash edge4
	ok "edge4: step: dead" as edge4 dead
	ok "file with state sync" file
	ok "edge4 boots and applies" boot_again edge4 apply-syncing
	ok "control: flows go on or are lost" go_round
	go_end
	is "control: without state sync its connections are lost" "$((LONG / 4 * 3)) of $LONG" \
		"$(carried "$tmp/control.long")"
	is "control: and its flows of UDP" $((SHORT / 8)) "$(grep -c '^fail udp' "$tmp/control.short")"
	is "control: and its transfers" "4 of 8" "$(transferred "$tmp/control.ftp")"
}

with_sync()
{
	ok "step: copy" at_desk copy
	ok "step: apply" at_all apply
	ok "edge4: step: back" as edge4 back
	ok "edge4: step: routers-back" as edge4 routers-back
	ok "step: look" at_all look
}

xdp()
{
	ok "XDP, generic: refused on virtio, with the remedy" generic_refused
	ok "step: xdp" at_all xdp
	is "XDP: all members, in the driver" 8 "$(native)"
	large >/dev/null
	traffic "XDP" 24
	is "XDP: the driver lets its device put nothing together" 0 "$(large)"
	ok "XDP: it punted" [ "$(counter punted-xdp)" -gt 0 ]
}

over_geneve()
{
	ports=shadow-ports-geneve
	ok "Geneve: without XDP" xdp_detach
	ok "Geneve: step: $ports" at_all $ports
	ok "Geneve: file" geneve_file
	ok "Geneve: step: copy" at_desk copy
	ok "Geneve: step: apply" at_all apply
	ok "Geneve: a router between the tunnels' ends" routed_hop $edges
	by_module=$(counter punted) by_router=$(routed)
	traffic "Geneve" 24
	by_module=$(($(counter punted) - by_module)) by_router=$(($(routed) - by_router))
	ok "Geneve: $by_module packets were punted, $by_router routed" \
		[ "$by_module" -gt 100 -a "$by_router" -ge "$by_module" ]
	ok "Geneve: step: xdp" at_all xdp
	is "Geneve, XDP: all members, in the driver" 8 "$(native)"
	by_module=$(counter punted) by_xdp=$(counter punted-xdp) by_router=$(routed)
	traffic "Geneve, XDP" 24
	by_module=$(($(counter punted) - by_module)) by_xdp=$(($(counter punted-xdp) - by_xdp))
	by_router=$(($(routed) - by_router))
	ok "Geneve, XDP: it punted $by_xdp packets, the module $by_module, $by_router were routed" \
		[ "$by_xdp" -gt $((10 * by_module)) -a "$by_router" -ge "$by_xdp" ]
	is "Geneve: nothing went in fragments" 0 "$(counter punt-fragmented)"
	one_after_another Geneve edge4

	# edge4 has no XDP now.
	ok "Geneve, IPv6: file" geneve_file "s/address: ${mgmt}.\([0-9]\)/address: '$mgmt6:\1'/"
	ok "Geneve, IPv6: step: copy" at_desk copy
	ok "Geneve, IPv6: step: apply" at_all apply
	punted=$(($(counter punted) + $(counter punted-xdp))) by_router=$(routed)
	traffic "Geneve, IPv6" 24
	punted=$(($(counter punted) + $(counter punted-xdp) - punted)) by_router=$(($(routed) - by_router))
	ok "Geneve, IPv6: $punted packets were punted, $by_router routed" \
		[ "$punted" -gt 100 -a "$by_router" -ge "$punted" ]
	is "Geneve, IPv6: nothing went in fragments" 0 "$(counter punt-fragmented)"
}

plain_linux()
{
	ok "control: plain Linux" plain
	# shellcheck disable=SC2046 # addresses
	flows --target $(of $edges) --count 48 --rounds 1 --timeout 5 >"$tmp/plain"
	ok "control: plain Linux loses flows: $(carried "$tmp/plain") carried" grep -q ^fail "$tmp/plain"
	is "control: plain Linux carries no kind of packet reliably" "0 $CELLS" "$(kinds 12 --seconds 10 --at-once 50)"
}

all() { [ -z "${SAA_ONLY-}" ]; }

main()
{
	set_up || return
	! all || without_sync
	control
	with_sync
	if all; then xdp; else ok "step: xdp" at_all xdp; fi
	# shellcheck disable=SC2046 # names
	one_after_another XDP $(sed -E 's/[0-9]+/edge&/g' <<<"${SAA_EDGES:-4 3}")
	! all || { over_geneve; plain_linux; }
	ok "no machine complained" power_off
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
last=0
main 2>&1 | while IFS= read -r line; do
	case $line in
	"ok "* | "not ok "*) line+=" ($((SECONDS - last)) s)" last=$SECONDS ;;
	esac
	echo "$line" | tee -a "$out"
done
count() { grep -c "^$1" "$out"; }
echo "$(count 'ok ') passed, $(count 'not ok ') failed, $(count 'skip ') skipped"
[ "$(count 'ok ')" -gt 0 ] && [ "$(count 'not ok ')" -eq 0 ]
