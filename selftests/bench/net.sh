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
# With family=6 the same with IPv6: inside 2001:db8:1::1, links 2001:db8:16:1::/64 and 2001:db8:17:1::/64, outside
# 2001:db8:203::/48. What inside sends goes to sr1; what outside sends goes to the SR that it was told to. Addresses and
# neighbours are fixed, so each run does the same. geneve_link has the punt switches on a link sr1 to sr2 of its own,
# under0.

P=bench$$-		# of the namespaces' names; in a guest, the same in every run
tmp=$(mktemp -d)
family=4
punt=
address=	# of the edges, less their number
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

# use_family 4|6: what the network has, and what is said in its addresses.
use_family()
{
	family=$1
	if [ "$family" = 4 ]; then
		client=10.1.0.1 remotes=203.0.0. pool=198.51.100.1-198.51.100.4
		snat='{group: internet, source: 10.1.0.0/16, to: 198.51.100.1-198.51.100.4}'
	else
		client=2001:db8:1::1 remotes=2001:db8:203:: pool=2001:db8:51::1-2001:db8:51::4
		snat='{group: internet, source: "2001:db8:1::/64", to: "2001:db8:51::1-2001:db8:51::4"}'
	fi
	plain=${remotes}1
}
use_family 4

# link in|out SR HOST: an address on the link between an SR and inside or outside; 1 is their end, 2 the SR's.
link()
{
	local net=16
	[ "$1" = in ] || net=17
	if [ "$family" = 4 ]; then echo "172.$net.$2.$3"; else echo "2001:db8:$net:$2::$3"; fi
}

net_up()
{
	local name i bits=30 nodad=
	punt='transport: l2, north: punt-n, south: punt-s' address=
	[ "$family" = 4 ] || bits=64 nodad=nodad
	for name in inside sr1 sr2 outside; do
		ip netns add "$P$name" || return
		if [ "$family" = 4 ]; then
			ns "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		else
			ns "$name" sysctl -qw net.ipv6.conf.default.{accept_ra,accept_dad,router_solicitations}=0 \
				net.ipv6.conf.default.addr_gen_mode=1
		fi
		ns "$name" ip link set lo up
	done
	for i in 1 2; do
		ip -batch - <<-END || return
			link add bp0 netns ${P}sr$i address 02:00:00:00:01:0$i type veth \
				peer name in$i address 02:00:00:00:02:0$i netns ${P}inside
			link add eth1 netns ${P}sr$i address 02:00:00:00:03:0$i type veth \
				peer name out$i address 02:00:00:00:04:0$i netns ${P}outside
		END
	done
	ip -batch - <<-END || return
		link add punt-n netns ${P}sr1 type veth peer name punt-n netns ${P}sr2
		link add punt-s netns ${P}sr1 type veth peer name punt-s netns ${P}sr2
	END
	for i in 1 2; do
		ns inside ip -batch - <<-END || return
			link set in$i up
			address add $(link in $i 1)/$bits dev in$i $nodad
			neighbour add $(link in $i 2) lladdr 02:00:00:00:01:0$i dev in$i nud permanent
		END
		ns outside ip -batch - <<-END || return
			link set out$i up
			address add $(link out $i 1)/$bits dev out$i $nodad
			neighbour add $(link out $i 2) lladdr 02:00:00:00:03:0$i dev out$i nud permanent
		END
		ns "sr$i" sysctl -qw net.ipv4.ip_forward=1 "net.ipv6.conf.all.forwarding=$((family == 6))"
		ns "sr$i" ip -batch - <<-END || return
			link set punt-n up
			link set punt-s up
			link set bp0 up
			link set eth1 up
			address add $(link in $i 2)/$bits dev bp0 $nodad
			address add $(link out $i 2)/$bits dev eth1 $nodad
			neighbour add $(link in $i 1) lladdr 02:00:00:00:02:0$i dev bp0 nud permanent
			neighbour add $(link out $i 1) lladdr 02:00:00:00:04:0$i dev eth1 nud permanent
			route add $client via $(link in $i 1)
			route add default via $(link out $i 1)
		END
	done
	ns inside ip -batch - <<-END || return
		address add $client dev lo $nodad
		route add default via $(link in 1 2) src $client
	END
	if [ "$family" = 4 ]; then
		ns outside ip route add local 203.0.0.0/16 dev lo
	else
		ns outside ip route add local 2001:db8:203::/48 dev lo
		ns outside sysctl -qw net.ipv6.ip_nonlocal_bind=1
	fi
}

# replies_to 1|2: the SR that outside sends to.
replies_to() { ns outside ip "-$family" route replace default via "$(link out "$1" 2)"; }

# nat STATEMENT: sr1 maps what leaves by eth1.
nat()
{
	ns sr1 nft "table inet bench {
		chain postrouting { type nat hook postrouting priority srcnat; oifname eth1 $1; }
	}"
}

# Conntrack is on, as nothing but the existence of a rule that uses it says; no rule is evaluated.
conntrack_on() { ns sr1 nft 'table inet bench { chain unused { ct state new; }; }'; }

# tracked SR PATTERN: conntrack has the flow, established, and with this in its reply direction.
tracked()
{
	ns "$1" conntrack -f "ipv$family" -L 2>/dev/null | grep "src=$client .*$2.*ASSURED" >"$tmp/entry" ||
		fail "$row: no established flow with $2 on $1: $(ns "$1" conntrack -f "ipv$family" -L 2>/dev/null)"
}

# untracked SR
untracked()
{
	[ ! -e /proc/net/nf_conntrack ] || [ -z "$(ns "$1" conntrack -f "ipv$family" -L 2>/dev/null)" ] ||
		fail "$row: conntrack is active on $1"
}

# A network between the SRs for tunnels, in which these are not tracked; they carry the punt switches.
geneve_link()
{
	local i bits=24 nodad=
	address=192.0.2.
	[ "$family" = 4 ] || address=2001:db8:19:: bits=64 nodad=nodad
	punt='transport: geneve, north: saa0, south: saa0, north-vni: 1001, south-vni: 1002'
	modprobe geneve
	ip link add under0 netns "${P}sr1" address 02:00:00:00:05:01 mtu 1600 type veth \
		peer name under0 address 02:00:00:00:05:02 mtu 1600 netns "${P}sr2" || return
	for i in 1 2; do
		ns "sr$i" ip -batch - <<-END || return
			address add $address$i/$bits dev under0 $nodad
			link set under0 up
			neighbour add $address$((3 - i)) lladdr 02:00:00:00:05:0$((3 - i)) dev under0 nud permanent
			link add saa0 type geneve external udp6zerocsumrx
			link set saa0 up
		END
		ns "sr$i" nft 'table inet tunnels {
			chain in { type filter hook prerouting priority raw; udp dport 6081 notrack; }
			chain out { type filter hook output priority raw; udp dport 6081 notrack; }
		}' || return
	done
}

# A link of their own for the SRs' state sync.
sync_link()
{
	local i
	address=192.0.2.
	ip link add sync0 netns "${P}sr1" type veth peer name sync0 netns "${P}sr2" || return
	for i in 1 2; do
		ns "sr$i" ip -batch - <<-END || return
			address add 192.0.2.$i/24 dev sync0
			link set sync0 up
		END
	done
	modprobe -a nf_conntrack_netlink
}

# conntrackd_up [CLAUSE]: state sync by conntrackd, on both SRs; a clause for FTFW mode.
conntrackd_up()
{
	local i
	for i in 1 2; do
		cat >"$tmp/conntrackd$i" <<-END
			Sync {
				Mode FTFW {
					${1-}
				}
				UDP {
					IPv4_address 192.0.2.$i
					IPv4_Destination_Address 192.0.2.$((3 - i))
					Port 3780
					Interface sync0
					SndSocketBuffer 1249280
					RcvSocketBuffer 1249280
					Checksum on
				}
			}
			General {
				Systemd no
				HashSize 262144
				HashLimit 1048576
				LogFile $tmp/conntrackd$i.log
				LockFile $tmp/conntrackd$i.lock
				UNIX { Path $tmp/conntrackd$i.socket }
				NetlinkBufferSize 2097152
				NetlinkBufferSizeMaxGrowth 8388608
				Filter From Kernelspace {
					Protocol Accept { TCP UDP }
					Address Ignore { IPv4_address 127.0.0.1 IPv4_address 192.0.2.1 IPv4_address 192.0.2.2 }
				}
			}
		END
		ns "sr$i" conntrackd -C "$tmp/conntrackd$i" -d >"$tmp/conntrackd$i.out" 2>&1 ||
			fail "conntrackd: $(cat "$tmp/conntrackd$i.out" "$tmp/conntrackd$i.log")"
	done
	sleep 3		# until both have begun and greeted
}

# conntrackd_ask SR OPTION...
conntrackd_ask() { ns "sr$1" conntrackd -C "$tmp/conntrackd$1" "${@:2}"; }

conntrackd_down()
{
	local i
	for i in 1 2; do
		[ ! -e "$tmp/conntrackd$i.lock" ] || conntrackd_ask "$i" -k
	done
}

# saa_file BUCKETS [SNAT-RULE [SYNC]] <EDGES: the configuration.
saa_file()
{
	cat <<-END
		cluster:
		  name: bench
		  hash: {key: "AAECAwQFBgcICQoLDA0ODw==", buckets: $1}
		  punt: {$punt}
		  ${3:+sync: $3}
		  edges:
		$(cat)
		gateways:
		  - name: t0
		    id: 7
		    tier: 0
		    mode: stateful-active-active
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		    snat: [${2-}]
	END
}

# saa_config [SNAT-RULE [SYNC]]: configures both SRs.
saa_config()
{
	local i
	saa_file 4096 "$@" >"$tmp/saa.yaml" <<-END
		    - {name: sr1, id: 1, failure-domain: a${address:+, address: "${address}1"}}
		    - {name: sr2, id: 2, failure-domain: b${address:+, address: "${address}2"}}
	END
	for i in 1 2; do
		saactl -n "${P}sr$i" apply "$tmp/saa.yaml" --edge "sr$i" >"$tmp/apply" || return
	done
}

# The same, with SNAT and state sync.
saa_sync_up()
{
	local i
	sync_link && (umask 077 && saactl genkey sync >"$tmp/sync.key") &&
		saa_config "$snat" "{mode: async, key-file: $tmp/sync.key}" || return
	for i in 1 2; do
		saactl -n "${P}sr$i" sync wait both timeout 30 || return
	done
}

# remote_of SR: the first remote address that it owns.
remote_of()
{
	local i
	for i in {1..99}; do
		[ "$(saactl -n "${P}sr1" -j explain "$client" "$remotes$i" in backplane |
			jq -r '.. | .owner? // empty')" != "$1" ] || break
	done
	echo "$remotes$i"
}

# saa_counter SR NAME: packets counted.
saa_counter() { saactl -n "$P$1" stats | awk -v name="$2" '$2 == name { n = $4 } END { print n + 0 }'; }

# sink NAMESPACE DEVICE: what it receives is dropped, before anything else of the stack sees it.
sink()
{
	ns "$1" nft "table netdev sink { chain ingress { type filter hook ingress device $2 priority 0; policy drop; }; }"
}

# napi NAMESPACE DEVICE: XDP frames that are sent to it arrive where NAPI runs.
napi() { ns "$1" ethtool -K "$2" gro on >"$tmp/ethtool"; }

# each_row: runs row_NAME for each of $rows, each in a network of its own.
each_row()
{
	for row in "${rows[@]}"; do
		[[ $row != saa_* ]] || [ -d /sys/module/saa ] || modprobe saa || fail "saa.ko cannot be loaded"
		use_family 4
		[[ $row != *_ipv6 ]] || use_family 6
		net_up || fail "no network"
		"row_${row%_ipv6}"
		net_down
	done
}
