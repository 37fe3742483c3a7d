#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Steering against an independent model (fuzz/steering.py): by the module, by the XDP program in generic mode, and in
# native mode. Everything around the SR only sends and looks.
#
#    inside                      sr                            outside
#   +------------+         +------------------------+         +-------------+
#   | in0  ------+---------+ bp0             eth1   +---------+ out0        |
#   |            |         | bp0.7           eth1.9 |         |             |
#   +------------+         |     punt-s  punt-n     |         +-------------+
#                          +--------+--------+------+
#                               +---+--------+---+
#                               |   s2       n2  |  switch: where the other SRs would be
#                               +----------------+
#
# FRAMES (1800) in all, 100 for each configuration; LIMIT (180) seconds in all; and SEED may be set.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. fuzz/fuzz.sh
need_fuzzer netlink

configs=$(((${FRAMES:-1800} + 299) / 300))	# of 100 frames, in each of 3 modes
seconds=$((${LIMIT:-180} / 3 + 1))
P=saa$RANDOM-
saactl=$(command -v saactl || echo ../build/saactl)

cleanup()
{
	local name
	for name in inside sr outside switch; do
		ip netns del "$P$name" 2>/dev/null
	done
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ns()
{
	local name=$1
	shift
	ip netns exec "$P$name" "$@"
}

network()
{
	local name pair
	for name in inside outside switch sr; do
		ip netns add "$P$name" || return
		[ $name = sr ] || ns $name sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	done
	ns sr sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip -batch - <<-END || return
		link add bp0 netns ${P}sr address 02:00:00:00:00:01 type veth peer name in0 netns ${P}inside
		link add eth1 netns ${P}sr address 02:00:00:00:00:02 type veth peer name out0 netns ${P}outside
		link add punt-s netns ${P}sr type veth peer name s2 netns ${P}switch
		link add punt-n netns ${P}sr type veth peer name n2 netns ${P}switch
	END
	ns sr sysctl -qw net.ipv6.conf.punt-s.disable_ipv6=1 net.ipv6.conf.punt-n.disable_ipv6=1
	ns sr ip -batch - <<-END || return
		link set lo up
		link add link bp0 name bp0.7 type vlan id 7
		link add link eth1 name eth1.9 type vlan id 9
		link set bp0 up
		link set eth1 up
		link set bp0.7 up
		link set eth1.9 up
		link set punt-s up
		link set punt-n up
		address add 172.16.0.1/24 dev bp0
		address add 172.16.7.1/24 dev bp0.7
		address add 172.17.0.1/24 dev eth1
		address add 172.17.9.1/24 dev eth1.9
		address add fd00:16::1/64 dev bp0 nodad
		address add fd00:17::1/64 dev eth1 nodad
	END
	for pair in inside:in0 outside:out0 switch:s2 switch:n2; do
		ns "${pair%:*}" ip link set "${pair#*:}" up arp off
		# XDP has to see the tag, and a veth takes redirected frames only when the far end has GRO on.
		ns "${pair%:*}" ethtool -K "${pair#*:}" txvlan off tx off gro on >/dev/null || return
	done
	ns sr ethtool -K bp0 rxvlan off
	ns sr ethtool -K eth1 rxvlan off
}

# model MODE [OPTION...]
model()
{
	local mode=$1
	shift
	python3 fuzz/steering.py --sr "${P}sr" --inside "${P}inside" --outside "${P}outside" --switch "${P}switch" \
		--spec "$fuzzers/spec.json" --mode "$mode" --seed "$SEED" --configs $configs \
		--frames 100 --seconds $seconds "$@"
}

# model_case MODE FILE: arguments of steering.py.
model_case()
{
	# shellcheck disable=SC2046 # words of a command
	model "$1" $(grep -v '^#' "$2")
}

# attach MODE: generic or native, to the devices of the members.
attach()
{
	local dev mode=xdpgeneric
	[ "$1" = generic ] || mode=xdpdrv
	for dev in bp0 eth1; do
		ns sr ip link set dev "$dev" $mode obj ../build/saa_xdp.bpf.o sec xdp || return
	done
}

detach()
{
	local dev mode=xdpgeneric
	[ "$1" = generic ] || mode=xdpdrv
	for dev in bp0 eth1; do
		ns sr ip link set dev "$dev" $mode off || return
	done
}

ok "network" network || exit 1
echo "# seed $SEED"
for mode in module generic native; do
	if [ $mode != module ]; then
		[ -e /sys/kernel/btf/saa ] || { echo "skip $mode XDP: saa.ko has no BTF"; continue; }
		ok "attach in $mode mode" attach $mode || continue
	fi
	cases steering-$mode model_case $mode
	ok "$mode" model $mode
	[ $mode = module ] || ok "detach" detach $mode
done
done_testing
