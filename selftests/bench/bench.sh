#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a packet costs on each path, in a guest that counts instructions as nanoseconds:
#
#	scripts/vm.sh --icount -- selftests/bench/bench.sh [BURSTS [FRAMES]]
#
#    inside                    sr (edge 1 of 2)               outside
#   +-------+             +---------------------+             +-------+
#   |  in0  +-------------+ bp0            eth1 +-------------+ out0  |
#   +-------+             |   punt-s   punt-n   |             +-------+
#                         +------+--------+-----+
#                             +--+--------+--+
#                             |  s2      n2  |  switch
#                             +--------------+
#
# xdp_live makes frames of 64 flows at in0 (at s2 for the last receive path): XDP frames, which become packets of the stack at
# bp0. Each burst is counted at the far end; nothing may get lost. Printed: the last burst, gross and net of the generator (to a
# program at bp0 that drops). What the far end does is in it: the stack drops frames for another MAC address, except where XDP
# redirects, there XDP drops them.
set -u
cd "$(dirname "$0")" || exit 1
bursts=${1:-3} frames=${2:-20000}
live=$PWD/../../build/tests/bench/xdp_live
object=$PWD/../../build/saa_xdp.bpf.o

P=bench$RANDOM-
tmp=$(mktemp -d)
cleanup()
{
	local name
	for name in inside sr outside switch; do
		ip netns del "$P$name" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap cleanup EXIT

ns()
{
	local name=$1
	shift
	ip netns exec "$P$name" "$@"
}

network()
{
	local name
	for name in inside sr outside switch; do
		ip netns add "$P$name"
		ns "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	ip -batch - <<-END
		link add bp0 netns ${P}sr address 02:00:00:00:00:01 type veth peer name in0 netns ${P}inside
		link add eth1 netns ${P}sr type veth peer name out0 netns ${P}outside
		link add punt-s netns ${P}sr type veth peer name s2 netns ${P}switch
		link add punt-n netns ${P}sr type veth peer name n2 netns ${P}switch
	END
	for name in inside:in0 outside:out0 switch:s2 switch:n2 sr:lo sr:bp0 sr:eth1 sr:punt-s sr:punt-n; do
		ns "${name%:*}" ip link set "${name#*:}" up
	done
	# veth takes XDP frames where NAPI runs
	for name in sr:bp0 sr:punt-s; do
		ns "${name%:*}" ethtool -K "${name#*:}" gro on
	done >/dev/null
	ns sr ip -batch - <<-END
		address add 172.16.0.1/24 dev bp0
		address add 172.17.0.1/24 dev eth1
		route add 10.1.0.0/16 via 172.16.0.2
		route add default via 172.17.0.2
		neighbour add 172.16.0.2 lladdr 02:00:00:00:00:09 dev bp0
		neighbour add 172.17.0.2 lladdr 02:00:00:00:00:02 dev eth1
	END
	ns sr sysctl -qw net.ipv4.ip_forward=1
}

# configure SNAT-RULE: edge 1 of two
configure()
{
	cat >"$tmp/saa.yaml" <<-END
		cluster:
		  name: bench
		  hash: {key: AAECAwQFBgcICQoLDA0ODw==}
		  edges:
		    - {name: edge1, id: 1, failure-domain: a}
		    - {name: edge2, id: 2, failure-domain: b}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		gateways:
		  - name: t0
		    id: 1
		    tier: 0
		    mode: stateful-active-active
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		    snat: [$1]
	END
	ns sr saactl apply "$tmp/saa.yaml" --edge edge1 >/dev/null || exit 1
}

# owner edge1|edge2: of all buckets
owner()
{
	ns sr saactl sr set "$1" state up || exit 1
	ns sr saactl sr set "$([ "$1" = edge1 ] && echo edge2 || echo edge1)" state down || exit 1
}

masquerade()
{
	ns sr nft 'table ip bench {
		chain postrouting { type nat hook postrouting priority srcnat; oifname eth1 masquerade; }
	}'
}

received() { ns "$1" ip -s -j link show "$2" | jq '.[0].stats64.rx.packets'; }

generator=0
declare -A gross

# measure KEY TEXT NAMESPACE DEVICE [FROM DEVICE [OPTION...]]: sends bursts, which must all arrive at DEVICE.
measure()
{
	local key=$1 text=$2 to=$3 device=$4 from=${5:-inside} source=${6:-in0} before lost
	shift $(($# < 6 ? $# : 6))
	before=$(received "$to" "$device")
	ns "$from" "$live" send "$source" -b "$bursts" -n "$frames" "$@" >"$tmp/bursts" || exit 1
	lost=$((before + bursts * frames - $(received "$to" "$device")))
	if [ $lost -ne 0 ]; then
		echo "$text: $lost of $((bursts * frames)) frames lost"
		exit 1
	fi
	gross[$key]=$(tail -n 1 "$tmp/bursts")
	[ "$key" != generator ] || generator=${gross[generator]}
	printf '%-58s %7d %7d   %s\n' "$text" "${gross[$key]}" $((gross[$key] - generator)) "$(paste -sd ' ' "$tmp/bursts")"
}

# ratio TEXT A B [gross]: A/B, net unless said otherwise
ratio()
{
	awk -v text="$1" -v a="${gross[$2]}" -v b="${gross[$3]}" -v g="$([ "${4-}" = gross ] && echo 0 || echo "$generator")" \
		'BEGIN { printf "%-58s %7.3f\n", text, (a - g) / (b - g) }'
}

network
printf '%s, %d bursts of %d frames\n%-58s %7s %7s   %s\n' "$(uname -r)" "$bursts" "$frames" "per frame" gross net bursts
ns sr "$live" attach bp0 drop
measure generator "generator" sr bp0
ns sr ip link set bp0 xdpdrv off

measure forward "forward" outside out0
masquerade
measure masquerade "forward, nft masquerade" outside out0

configure ""
owner edge1
measure owned "forward, nft masquerade, saa: owned" outside out0
ns sr nft delete table ip bench
ns sr conntrack -F 2>/dev/null
configure "{group: internet, source: 10.1.0.0/16, to: 198.51.100.1-198.51.100.4}"
measure snat "forward, saa: owned, SNAT" outside out0
measure receive "received from edge 2, forward, SNAT" outside out0 switch s2 -d 02:a1:00:01:00:01 -s 02:a1:00:01:00:02 -v 100
ns sr ip link set bp0 xdpdrv obj "$object" sec xdp
measure xdp_owned "XDP: owned, forward, SNAT" outside out0
ns sr ip link set bp0 xdpdrv off

owner edge2
measure punt "punted by the module" switch s2
ns switch "$live" attach s2 drop
ns sr "$live" attach bp0 redirect punt-s
measure redirect "XDP: parse, rewrite, redirect, no look-up" switch s2
ns sr ip link set bp0 xdpdrv off
ns sr ip link set bp0 xdpdrv obj "$object" sec xdp
measure xdp_punt "XDP: punted" switch s2

ratio "owned / forward + masquerade" owned masquerade
ratio "XDP punted / redirect without look-up, net" xdp_punt redirect
ratio "XDP punted / redirect without look-up, gross" xdp_punt redirect gross
ratio "redirect tax: XDP punted / forward + masquerade" xdp_punt masquerade
