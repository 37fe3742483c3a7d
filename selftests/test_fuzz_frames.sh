#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random frames (fuzz/frames.c) into members and shadow ports of SR 1 (topology: lib/topology.sh), which has SNAT and a
# stateful firewall: steering by the module, by XDP in generic and in native mode; by L2 and by Geneve (lib/geneve.sh)
# with edges of both families; with all SRs up, and as if one had failed; with checksum offload and GSO. Each frame must
# be counted, nothing but punt frames may come out of the shadow ports, and connections must work as before.
#
# Meanwhile SR 2 is cut off: what SR 1 punts only is looked at. Hosts and routers are real, so some frames are answered.
#
# FRAMES (100000) in all, LIMIT (120) seconds for sending them, and SEED may be set.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. fuzz/fuzz.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_fuzzer frames

frames=$((${FRAMES:-100000} / 35))	# in each of 7 rounds of 5 kinds
seconds=$((${LIMIT:-120} / 35 + 1))
backlog=$(sysctl -n net.core.netdev_max_backlog)
trap 'sysctl -qw net.core.netdev_max_backlog=$backlog; cleanup' EXIT

# Addresses are always the same, or a kept case would be for nobody. Neighbours stay known whatever the frames say, and
# nobody learns routes from them.
declare -A net=([south]=16 [north]=17 [underlay]=19) dev=([south]=bp0 [north]=eth1 [underlay]=under0)
mac() { echo "02:00:00:00:00:${net[$1]}"; }
hex() { mac "$1" | tr -d :; }

prepare()
{
	local name far
	for name in south north underlay; do
		far=$(ns $name ip -j link show sr1 | jq -r '.[0].address')
		ns sr1 ip -batch - <<-END || return
			link set ${dev[$name]} address $(mac $name)
			neighbour replace 172.${net[$name]}.1.1 lladdr $far dev ${dev[$name]} nud permanent
			neighbour replace fd00:${net[$name]}:1::1 lladdr $far dev ${dev[$name]} nud permanent
		END
		ns $name ip -batch - <<-END || return
			neighbour replace 172.${net[$name]}.1.2 lladdr $(mac $name) dev sr1 nud permanent
			neighbour replace fd00:${net[$name]}:1::2 lladdr $(mac $name) dev sr1 nud permanent
		END
	done
	for name in sr1 south north underlay; do
		ns $name bash -c 'for file in /proc/sys/net/ipv[46]/conf/*/accept_redirects; do echo 0 >$file; done'
	done
	sysctl -qw net.core.netdev_max_backlog=100000
}

# targets l2|geneve4|geneve6: of frames
targets()
{
	command="$fuzzers/frames -g $gateway_id -m 1 -o 2"
	command+=" member:south:${P}south:sr1:$(hex south) member:north:${P}north:sr1:$(hex north)"
	if [ "$1" = l2 ]; then
		command+=" port:north:${P}switch:n1:1,2 port:south:${P}switch:s1:100"
	else
		command+=" tunnel${1#geneve}:north:${P}underlay:sr1:1,2:$(hex underlay)"
		command+=" tunnel${1#geneve}:south:${P}underlay:sr1:100:$(hex underlay)"
	fi
}

# transport l2|geneve4|geneve6: the configuration is changed
transport()
{
	TRANSPORT=l2 ADDRESS=
	[ "$1" = l2 ] || TRANSPORT=geneve ADDRESS=tep${1#geneve}
	apply_all
}

cut_off()
{
	ns switch ip link set n2 nomaster && ns switch ip link set s2 nomaster &&
		ns underlay ip route add blackhole "$(tep4 2)" && ns underlay ip route add blackhole "$(tep6 2)" metric 1
}

reachable()
{
	ns switch ip link set n2 master north && ns switch ip link set s2 master south &&
		ns underlay ip route del blackhole "$(tep4 2)" && ns underlay ip route del blackhole "$(tep6 2)" metric 1
}

# rounds MODE TRANSPORT [OPTION...]: what frames.py says is a result, line by line.
rounds()
{
	local mode="$1 $2" ports=saa0,saa0
	[ "$2" != l2 ] || ports=punt-n,punt-s
	shift 2
	python3 fuzz/frames.py --spec "$fuzzers/spec.json" --mode "$mode" --ports $ports --seed "$SEED" --frames $frames \
		--seconds $seconds --fuzzer "$command" "$@" "${P}sr1" "${P}sr2" || failed=1
}

echo "# seed $SEED"
topology 2 || exit 1
underlay || exit 1
underlay_mtu 9000
ok "prepare" prepare
for kind in "module l2" "module geneve4" "generic l2" "native l2" "native geneve6"; do
	read -r mode transport <<<"$kind"
	ok "$transport" transport "$transport"
	targets "$transport"
	if [ "$mode" != module ]; then
		[ -e /sys/kernel/btf/saa ] || { echo "skip $kind: saa.ko has no BTF"; continue; }
		offloads_for_xdp
		ok "attach in $mode mode" ctl sr1 xdp attach mode "$mode" || continue
	fi
	ok "cut off" cut_off
	cases frames $command -r
	rounds "$mode" "$transport"
	ok "reachable" reachable
	rounds "$mode" "$transport" --contradiction
	[ "$mode" = module ] || ok "detach" ctl sr1 xdp detach
	ns sr1 conntrack -F 2>"$tmp/null"
	flows south "$INSIDE" "$REMOTE" --count 24 --seed "$SEED" >"$tmp/flows"
	all_carried "$kind: connections afterwards" "$tmp/flows"
done
done_testing
