#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random frames (fuzz/frames.c) into members and shadow ports of SR 1 (topology: lib/topology.sh), which has SNAT and a
# stateful firewall: steering by the module, by XDP in generic and in native mode; with all SRs up, and as if one had
# failed; with checksum offload and GSO. Each frame must be counted, nothing but punt frames may come out of the shadow
# ports, and connections must work as before.
#
# Meanwhile SR 2 is cut off: what SR 1 punts only is looked at. Hosts and routers are real, so some frames are answered.
#
# FRAMES (100000), LIMIT (120) seconds for sending them, and SEED may be set.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. fuzz/fuzz.sh
. lib/topology.sh
. lib/saa.sh
need_fuzzer frames

frames=$((${FRAMES:-100000} / 21))	# in each of 7 rounds of 3 modes
seconds=$((${LIMIT:-120} / 21 + 1))
backlog=$(sysctl -n net.core.netdev_max_backlog)
trap 'sysctl -qw net.core.netdev_max_backlog=$backlog; cleanup' EXIT

mac_of() { ns "$1" ip -j link show "$2" | jq -r '.[0].address'; }

# Neighbours stay known whatever the frames say, and nobody learns routes from them.
prepare()
{
	local name net=16
	for name in south north; do
		ns sr1 ip -batch - <<-END || return
			neighbour replace 172.$net.1.1 lladdr $(mac_of $name sr1) dev $(member $name) nud permanent
			neighbour replace fd00:$net:1::1 lladdr $(mac_of $name sr1) dev $(member $name) nud permanent
		END
		ns $name ip -batch - <<-END || return
			neighbour replace 172.$net.1.2 lladdr $(mac_of sr1 "$(member $name)") dev sr1 nud permanent
			neighbour replace fd00:$net:1::2 lladdr $(mac_of sr1 "$(member $name)") dev sr1 nud permanent
		END
		net=$((net + 1))
	done
	for name in sr1 south north; do
		ns $name bash -c 'for file in /proc/sys/net/ipv[46]/conf/*/accept_redirects; do echo 0 >$file; done'
	done
	sysctl -qw net.core.netdev_max_backlog=100000
	command="$fuzzers/frames -g $gateway_id -m 1 -o 2"
	command+=" member:${P}south:sr1:south:$(mac_of sr1 bp0 | tr -d :)"
	command+=" member:${P}north:sr1:north:$(mac_of sr1 eth1 | tr -d :)"
	command+=" port:${P}switch:n1:north:1,2 port:${P}switch:s1:south:100"
}

member() { if [ "$1" = south ]; then echo bp0; else echo eth1; fi; }

# sr2_link master north|nomaster: whether SR 2 can be reached.
sr2_link()
{
	if [ "$1" = nomaster ]; then
		ns switch ip link set n2 nomaster && ns switch ip link set s2 nomaster
	else
		ns switch ip link set n2 master north && ns switch ip link set s2 master south
	fi
}

# rounds MODE [OPTION...]: what frames.py says is a result, line by line.
rounds()
{
	local mode=$1
	shift
	python3 fuzz/frames.py --spec "$fuzzers/spec.json" --mode "$mode" --seed "$SEED" --frames $frames --seconds $seconds \
		--fuzzer "$command" "$@" "${P}sr1" "${P}sr2" || failed=1
}

echo "# seed $SEED"
topology 2 || exit 1
ok "apply" apply_all
ok "prepare" prepare
for mode in module generic native; do
	if [ $mode != module ]; then
		[ -e /sys/kernel/btf/saa ] || { echo "skip $mode XDP: saa.ko has no BTF"; continue; }
		offloads_for_xdp
		ok "attach in $mode mode" ctl sr1 xdp attach mode $mode || continue
	fi
	sr2_link nomaster
	cases frames $command -r
	rounds $mode
	sr2_link master
	rounds $mode --contradiction
	[ $mode = module ] || ok "detach" ctl sr1 xdp detach
	ns sr1 conntrack -F 2>"$tmp/null"
	flows south "$INSIDE" "$REMOTE" --count 24 --seed "$SEED" >"$tmp/flows"
	all_carried "$mode: connections afterwards" "$tmp/flows"
done
done_testing
