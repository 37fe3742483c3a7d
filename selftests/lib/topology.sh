# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests: the network that they run on, N service routers between real ECMP routers.
#
#    remote hosts: all of 203.0.113.0/24, 2001:db8:203::/64    192.0.2.0/24, 2001:db8:192::/64
#   +--------------------------------------------------------+ +-------------------------+
#   | north            ECMP to SR 1..N                       | | dmz   ECMP to SR 1..N   |
#   +-- sr1 ------------- sr2 -------- ... ------- srN ------+ +-- sr1 ---- ... -- srN --+
#        |172.17.1.1       |172.17.2.1              |                |172.18.1.1
#        |                 |                        |                |
#        |eth1 .2          |eth1 .2                 |                |eth2, ens2, eth3, ens4 ... .2
#   +----+----+       +----+----+              +----+----+
#   |   sr1   |       |   sr2   |      ...     |   srN   |   one netns each, stateful firewall, strict rp_filter
#   +-+--+--+-+       +-+--+--+-+              +-+--+--+-+
#     |  |  |punt-n     |  |  |punt-n            |  |  |punt-n      switch: bridges north and south,
#     |  |punt-s        |  |punt-s               |  |punt-s           ports n1..nN and s1..sN
#     |bp0 .2           |bp0 .2                  |bp0 .2
#     |172.16.1.1       |172.16.2.1              |
#   +-- sr1 ----------- sr2 ---------- ... ------- srN ------+
#   | south            ECMP to SR 1..N                       |
#   +--------------------------------------------------------+
#    inside hosts: all of 10.1.0.0/16, fd00:10::/64
#
# Every link is a subnet of its own, 172.{16,17,18}.I.0/30 and fd00:{16,17,18}:I::/64. The routers pick the SR for
# each flow by a hash of addresses and ports, each with its own seed, so the directions of a flow split by
# themselves. north and dmz route 198.51.100.0/24 and 2001:db8:51::/64 (SNAT pools, .80 is a virtual server) and the
# inside back.
#
# Names of namespaces have a random prefix. What is made here is removed when the shell exits.

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

INSIDE="10.1.0.0/16 fd00:10::/64"
REMOTE="203.0.113.0/24 2001:db8:203::/64"
DMZ="192.0.2.0/24 2001:db8:192::/64"
EDGE="198.51.100.0/24 2001:db8:51::/64"
ANY="0.0.0.0/0 ::/0"
VIRTUAL="198.51.100.80 2001:db8:51::80"
POOL4=198.51.100.1-198.51.100.4
POOL6=2001:db8:51::1-2001:db8:51::4

SEED=${SEED:-$RANDOM}
P=saa$RANDOM-		# of the namespaces' names
N=0
tmp=$(mktemp -d)

# Runs a command in a namespace: ns sr1 ip link
ns()
{
	local name=$1
	shift
	nsenter --net="/run/netns/$P$name" -- "$@"
}

# Ends what was started and removes the namespaces, and their links with them.
topology_down()
{
	local name job
	# Children of this shell, and of those that are a function in the background.
	for job in $(jobs -p); do
		pkill -P "$job"
		kill "$job" 2>/dev/null
	done
	wait
	for name in /run/netns/"$P"*; do
		[ -e "$name" ] && echo "netns del ${name##*/}"
	done | ip -batch -
	rm -f "$tmp"/*.ready
}

cleanup()
{
	topology_down
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

dmz_interface() { if [ $(($1 % 2)) -eq 1 ]; then echo "eth$(($1 / 2 + 2))"; else echo "ens$1"; fi; }

# topology N: builds it, starts the servers in south, north and dmz, waits until they listen.
topology()
{
	local i name
	N=$1
	{
		for name in switch south north dmz; do
			echo "netns add $P$name"
		done
		for ((i = 1; i <= N; i++)); do
			echo "netns add ${P}sr$i"
			echo "link add bp0 netns ${P}sr$i type veth peer name sr$i netns ${P}south"
			echo "link add eth1 netns ${P}sr$i type veth peer name sr$i netns ${P}north"
			echo "link add $(dmz_interface "$i") netns ${P}sr$i type veth peer name sr$i netns ${P}dmz"
			echo "link add punt-n netns ${P}sr$i type veth peer name n$i netns ${P}switch"
			echo "link add punt-s netns ${P}sr$i type veth peer name s$i netns ${P}switch"
		done
	} | ip -batch - || return
	ns switch bash -c "$(switch_setup)" || return
	router_setup south 16 "$INSIDE" "$ANY" || return
	router_setup north 17 "$REMOTE" "$EDGE $INSIDE" || return
	router_setup dmz 18 "$DMZ" "$EDGE $INSIDE" || return
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" bash -c "$(sr_setup "$i")" || return
	done
	for name in switch south north dmz $(seq -f 'sr%g' "$N"); do
		wait_for 60 links_ready "$name" || return
	done
	wait_for 60 test -e "$tmp/south.ready" -a -e "$tmp/north.ready" -a -e "$tmp/dmz.ready"
}

# The links of a namespace that are up carry packets: the kernel drops what is sent until it has noticed the carrier.
links_ready() { not grep -qE ' qdisc noop | state (LOWERLAYER)?DOWN ' <(ns "$1" ip -o link show up); }

# The rest prints commands to run inside of a namespace: one process per namespace is fast, also in an emulated guest.

sysctls()
{
	local setting
	for setting; do
		echo "echo ${setting#*=} >/proc/sys/net/${setting%%=*}"
	done
}

switch_setup()
{
	local i
	sysctls ipv6/conf/all/disable_ipv6=1 ipv6/conf/default/disable_ipv6=1
	echo "ip -batch - <<-END"
	echo "link add north up type bridge mcast_snooping 0"
	echo "link add south up type bridge mcast_snooping 0"
	for ((i = 1; i <= N; i++)); do
		echo "link set n$i up master north"
		echo "link set s$i up master south"
	done
	echo END
}

# ecmp NET PREFIXES SR...: routes over these SRs.
ecmp()
{
	local net=$1 prefixes=$2 i prefix via4='' via6=''
	shift 2
	for i; do
		via4+=" nexthop via 172.$net.$i.2"
		via6+=" nexthop via fd00:$net:$i::2"
	done
	for prefix in $prefixes; do
		case $prefix in
		*:*) echo "route replace $prefix $via6" ;;
		*) echo "route replace $prefix $via4" ;;
		esac
	done
}

# all_by SR...: routers send everything to these SRs only.
all_by()
{
	ecmp 16 "$ANY" "$@" | ns south ip -batch -
	ecmp 17 "$EDGE $INSIDE" "$@" | ns north ip -batch -
	ecmp 18 "$EDGE $INSIDE" "$@" | ns dmz ip -batch -
}

# router_setup NAME NET HOSTS ROUTED: a router that also is all the hosts behind it, and its server.
router_setup()
{
	local name=$1 net=$2 hosts=$3 routed=$4 i prefix
	ns "$name" bash -c "
		$(sysctls ipv6/conf/all/accept_dad=0 ipv6/conf/default/accept_dad=0 ipv4/ping_group_range='0 0' \
			ipv4/conf/all/rp_filter=0 ipv4/conf/default/rp_filter=0 ipv6/ip_nonlocal_bind=1 \
			ipv4/fib_multipath_hash_policy=1 ipv6/fib_multipath_hash_policy=1 \
			ipv4/fib_multipath_hash_seed=$(((SEED * 100 + net) & 0xffffffff)) \
			ipv4/icmp_ratelimit=0 ipv6/icmp/ratelimit=0)
		ip -batch - <<-END
			link set lo up
			$(for ((i = 1; i <= N; i++)); do
				echo "address add 172.$net.$i.1/30 dev sr$i"
				echo "address add fd00:$net:$i::1/64 dev sr$i nodad"
				echo "link set sr$i up"
			done
			for prefix in $hosts; do
				echo "route add local $prefix dev lo"
			done
			ecmp "$net" "$routed" $(seq "$N"))
		END" || return
	# Not by ns: the process to end is this one.
	nsenter --net="/run/netns/$P$name" -- python3 "$lib/endpoint.py" serve "$tmp/$name.ready" </dev/null >/dev/null &
}

sr_setup()
{
	local i=$1 dmz
	dmz=$(dmz_interface "$i")
	sysctls ipv6/conf/all/accept_dad=0 ipv6/conf/default/accept_dad=0 ipv4/ip_forward=1 ipv6/conf/all/forwarding=1 \
		ipv4/conf/all/rp_filter=1 ipv6/conf/punt-n/disable_ipv6=1 ipv6/conf/punt-s/disable_ipv6=1 \
		ipv4/icmp_ratelimit=0 ipv6/icmp/ratelimit=0 ipv4/ping_group_range='0 0'
	# State stays until a test has looked at it, however long that takes.
	cat <<-END
		for name in udp_timeout icmp_timeout icmpv6_timeout tcp_timeout_close tcp_timeout_time_wait; do
			echo 600 >/proc/sys/net/netfilter/nf_conntrack_\$name
		done
		ip -batch - <<-IP
			link set lo up
			link set punt-n up
			link set punt-s up
			address add 172.16.$i.2/30 dev bp0
			address add fd00:16:$i::2/64 dev bp0 nodad
			link set bp0 up
			address add 172.17.$i.2/30 dev eth1
			address add fd00:17:$i::2/64 dev eth1 nodad
			link set eth1 up
			address add 172.18.$i.2/30 dev $dmz
			address add fd00:18:$i::2/64 dev $dmz nodad
			link set $dmz up
			route add 10.1.0.0/16 via 172.16.$i.1
			route add fd00:10::/64 via fd00:16:$i::1
			route add default via 172.17.$i.1
			route add ::/0 via fd00:17:$i::1
			route add 192.0.2.0/24 via 172.18.$i.1
			route add 2001:db8:192::/64 via fd00:18:$i::1
		IP
		nft -f - <<-NFT
			table inet firewall {
				counter invalid { }
				counter unsolicited { }
				chain forward {
					type filter hook forward priority filter; policy drop;
					ct state invalid counter name invalid drop
					ct state established,related accept
					iifname bp0 accept
					iifname eth1 ct status dnat accept
					counter name unsolicited drop
				}
			}
			table ip virtual {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					iifname eth1 ip daddr 198.51.100.80 dnat to 10.1.0.80
				}
			}
			table ip6 virtual {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					iifname eth1 ip6 daddr 2001:db8:51::80 dnat to fd00:10::80
				}
			}
		NFT
	END
}

# Plain Linux: each SR on its own translates to the same pool.
nft_snat_on()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -f - <<-END
			table ip plain {
				chain postrouting {
					type nat hook postrouting priority srcnat;
					oifname eth1 ip saddr 10.1.0.0/16 snat to $POOL4
				}
			}
			table ip6 plain {
				chain postrouting {
					type nat hook postrouting priority srcnat;
					oifname eth1 ip6 saddr fd00:10::/64 snat to $POOL6
				}
			}
		END
	done
}

# flows FROM PREFIXES TO-PREFIXES [OPTION...]: opens flows in the namespace FROM, see endpoint.py.
flows()
{
	local from=$1 source=$2 target=$3
	shift 3
	# Prefixes are lists.
	ns "$from" python3 "$lib/endpoint.py" flows --source $source --target $target --seed "$SEED" "$@"
}

# flows_go_on FILE, and arguments of flows: in the background, returns when all have begun. flows_end: waits for
# their result.
flows_go_on()
{
	local file=$1
	shift
	rm -f "$tmp/stop" "$tmp/begun"
	flows "$@" --until "$tmp/stop" --ready "$tmp/begun" >"$file" &
	flows_pid=$!
	wait_for 600 test -e "$tmp/begun"
}

# flows_round: each flow does a whole round from now on, or fails.
flows_round()
{
	touch "$tmp/stop.round"
	wait_for 600 test ! -e "$tmp/stop.round"
}

flows_end()
{
	touch "$tmp/stop"
	wait "$flows_pid"
	rm -f "$tmp/stop"
}

# snmp NAMESPACE PROTOCOL NAME: what the kernel has counted.
snmp()
{
	ns "$1" awk -v proto="$2" -v name="$3" '
		$1 == proto name { print $2 }
		$1 == proto ":" && column { print $column; column = 0; next }
		$1 == proto ":" { for (i = 2; i <= NF; i++) if ($i == name) column = i }' /proc/net/snmp /proc/net/snmp6
}

# XDP on veths: redirection needs NAPI at the peer, which GRO brings; and what is sent must have its checksum.
offloads_for_xdp()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns switch ethtool -K "n$i" gro on
		ns switch ethtool -K "s$i" gro on
		ns south ethtool -K "sr$i" tx off
		ns north ethtool -K "sr$i" tx off
		ns dmz ethtool -K "sr$i" tx off
		[ ! -e "/run/netns/${P}underlay" ] || ns underlay ethtool -K "sr$i" gro on
	done >"$tmp/ethtool"
}

# The routers south and north note the path of each flow from now on.
watch_paths()
{
	ns south nft -f "$lib/paths.nft" && ns north nft -f "$lib/paths.nft"
}

# paths ROUTER to|from: prints "PROTOCOL SRC SPORT DST DPORT SR" for each flow that left ROUTER to, or came from SR.
paths()
{
	ns "$1" nft -n list table inet paths | tr -s ',{}' '[\n*]' | awk -v direction="$2" '
		$1 == "set" { split($2, name, "_"); proto = substr(name[2], 1, 3) }
		$2 == "." && name[1] == direction { gsub(/"/, ""); print proto, $1, $3, $5, $7, $9 }'
}
