# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the benchmarks: the network that they count in, and the configuration of its two service routers.
#
#    inside 10.1.0.1              sr1                    outside: all of 203.0.0.0/16
#   +-----+           +-------------------------+           +------+
#   | in1 |172.16.1.1 | bp0 .2          .2 eth1 |172.17.1.1 | out1 |
#   |     +-----------+                         +-----------+      |
#   |     |           |      punt-n  punt-s     |           |      |
#   |     |           +--------+-------+--------+           |      |
#   |     |           +--------+-------+--------+           |      |
#   |     |           |      punt-n  punt-s     |           |      |
#   | in2 +-----------+                         +-----------+ out2 |
#   |     |172.16.2.1 | bp0 .2          .2 eth1 |172.17.2.1 |      |
#   +-----+           +-------------------------+           +------+
#                                sr2
#
# What inside sends goes to sr1; what outside sends goes to the SR that it was told to. Addresses and neighbours are fixed, so
# each run does the same.

P=bench$$-		# of the namespaces' names; in a guest, the same in every run
tmp=$(mktemp -d)
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../build/tests/bench" && pwd)

net_down()
{
	local name
	for name in inside sr1 sr2 outside; do
		[ ! -e "/run/netns/$P$name" ] || ip netns del "$P$name"
	done
}

cleanup()
{
	net_down
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() { echo "${0##*/}: $*" >&2; exit 1; }

ns()
{
	local name=$1
	shift
	nsenter --net="/run/netns/$P$name" -- "$@"
}

net_up()
{
	local name i
	for name in inside sr1 sr2 outside; do
		ip netns add "$P$name" || return
		ns "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		ns "$name" ip link set lo up
	done
	for i in 1 2; do
		ip -batch - <<-END || return
			link add bp0 netns ${P}sr$i address 02:00:00:00:01:0$i type veth peer name in$i address 02:00:00:00:02:0$i netns ${P}inside
			link add eth1 netns ${P}sr$i address 02:00:00:00:03:0$i type veth peer name out$i address 02:00:00:00:04:0$i netns ${P}outside
		END
	done
	ip -batch - <<-END || return
		link add punt-n netns ${P}sr1 type veth peer name punt-n netns ${P}sr2
		link add punt-s netns ${P}sr1 type veth peer name punt-s netns ${P}sr2
	END
	for i in 1 2; do
		ns inside ip -batch - <<-END || return
			link set in$i up
			address add 172.16.$i.1/30 dev in$i
			neighbour add 172.16.$i.2 lladdr 02:00:00:00:01:0$i dev in$i nud permanent
		END
		ns outside ip -batch - <<-END || return
			link set out$i up
			address add 172.17.$i.1/30 dev out$i
			neighbour add 172.17.$i.2 lladdr 02:00:00:00:03:0$i dev out$i nud permanent
		END
		ns "sr$i" sysctl -qw net.ipv4.ip_forward=1
		ns "sr$i" ip -batch - <<-END || return
			link set punt-n up
			link set punt-s up
			link set bp0 up
			link set eth1 up
			address add 172.16.$i.2/30 dev bp0
			address add 172.17.$i.2/30 dev eth1
			neighbour add 172.16.$i.1 lladdr 02:00:00:00:02:0$i dev bp0 nud permanent
			neighbour add 172.17.$i.1 lladdr 02:00:00:00:04:0$i dev eth1 nud permanent
			route add 10.1.0.0/16 via 172.16.$i.1
			route add default via 172.17.$i.1
		END
	done
	ns inside ip -batch - <<-END || return
		address add 10.1.0.1/32 dev lo
		route add default via 172.16.1.2 src 10.1.0.1
	END
	ns outside ip route add local 203.0.0.0/16 dev lo
}

# replies_to 1|2: the SR that outside sends to.
replies_to() { ns outside ip route replace default via "172.17.$1.2"; }

# saa_config [SNAT-RULE]: configures both SRs.
saa_config()
{
	local i
	cat >"$tmp/saa.yaml" <<-END
		cluster:
		  name: bench
		  hash: {key: "AAECAwQFBgcICQoLDA0ODw==", buckets: 4096}
		  edges:
		    - {name: sr1, id: 1, failure-domain: a}
		    - {name: sr2, id: 2, failure-domain: b}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		gateways:
		  - name: t0
		    id: 7
		    tier: 0
		    mode: stateful-active-active
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		    snat: [${1-}]
	END
	for i in 1 2; do
		saactl -n "${P}sr$i" apply "$tmp/saa.yaml" --edge "sr$i" >"$tmp/apply" || return
	done
}

# remote_of SR: the first remote address that it owns.
remote_of()
{
	local i
	for i in {1..99}; do
		[ "$(saactl -n "${P}sr1" -j explain 10.1.0.1 "203.0.0.$i" in backplane | jq -r '.. | .owner? // empty')" != "$1" ] || break
	done
	echo "203.0.0.$i"
}

# saa_counter SR NAME: packets counted.
saa_counter() { saactl -n "$P$1" stats | awk -v name="$2" '$2 == name { print $4 }'; }

# sink NAMESPACE DEVICE: what it receives is dropped, before anything else of the stack sees it.
sink()
{
	ns "$1" nft "table netdev sink { chain ingress { type filter hook ingress device $2 priority 0; policy drop; }; }"
}
