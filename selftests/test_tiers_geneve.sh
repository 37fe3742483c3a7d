#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stateful active/active tier-1 gateways (R17, R18; topology: lib/topology.sh, lib/tiers.sh) whose punt switches are
# Geneve. The tunnels are between the addresses for state sync, and end in the tier-0's namespaces; packets that do not
# fit go in fragments.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/tiers.sh
need_saa

GATEWAYS="sr blue red"
PUNT='transport: geneve, north: saa0, south: saa0, north-vni: 1001, south-vni: 1002'
family=4
sync_address() { if [ $family = 4 ]; then echo "192.168.77.$1"; else echo "fd00:77::$1"; fi; }

tunnels()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ip -n "${P}sr$i" -batch - <<-END || return
			link add saa0 type geneve external udp6zerocsumrx
			link set saa0 up
		END
	done
}

# filters DEVICE...: of edge 1, without what is another number whenever one is written.
filters()
{
	local device
	for device; do
		tc -n "${P}sr1" filter show dev "$device" ingress 2>"$tmp/err" | sed 's/index [0-9]*//'
	done
}

# stat_of COUNTER SR...
stat_of()
{
	local counter=$1 name
	shift
	for name; do
		ctl "$name" stats
	done | awk -v name="$counter" '$2 == name { sum += $4 } END { print sum + 0 }'
}

links() { ip -n "${P}sr1" -br link show | grep -o '^t1[-ns]*[0-9]*' | sort | paste -sd ' '; }

# Also where it is a module that cannot be loaded.
kernel_lacks()
{
	local modprobe status
	modprobe -a sch_ingress cls_flower act_mirred act_vlan act_tunnel_key
	modprobe -r "$1" && [ ! -e "/sys/module/$1" ] || { echo "skip R29 without $1"; return; }
	modprobe=$(</proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	ctl sr1 apply "$tmp/all.yaml" --edge sr1 >"$tmp/out" 2>"$tmp/err"
	status=$?
	echo "$modprobe" >/proc/sys/kernel/modprobe
	is "R29 without $1: refused" 1 $status
	ok "R29 it is named" grep -q "needs $1" "$tmp/err"
	is "R29 nothing is made" " " "$(links) $(filters saa0)"
	ok "R29 the tier-0 has no configuration either" grep -q 'no gateway' <(ctl sr1 show 2>&1)
}

applied()
{
	local command
	tiers_config "$tmp/all.yaml" all
	tiers_config "$tmp/alone.yaml"
	kernel_lacks act_vlan
	kernel_lacks act_tunnel_key
	ok "R18 apply, on every edge" tiers_apply "$tmp/all.yaml"
	is "R18 again: nothing to change" "nothing to change" "$(ctl sr1 apply "$tmp/all.yaml" --edge sr1)"
	# The device's is more than any interface's.
	is "R18 the link takes what the tier-0's members do" 1500 "$(ip -n "${P}sr1" link show t1-1 | sed -n 's/.* mtu \([0-9]*\) .*/\1/p')"
	# two groups, one other SR, two chances
	is "R18 filters out of the tunnels, of blue and red" 8 "$(filters saa0 | grep -c 'src_mac 02:')"
	is "R18 and into them" "2 2 2 2" "$(for device in t1n-1 t1s-1 t1n-2 t1s-2; do
		filters "$device" | grep -c 'src_mac 02:'
	done | paste -sd ' ')"
	# The administrator's own stay, as do those of saa.
	tc -n "${P}sr1" filter add dev saa0 ingress pref 10 flower src_mac 02:00:00:00:00:01 action pass
	tc -n "${P}sr1" filter add dev t1s-1 ingress pref 10 flower src_mac 02:00:00:00:00:02 action pass
	filters saa0 t1n-1 t1s-1 >"$tmp/before"
	ok "R18 once more" ctl sr1 apply "$tmp/all.yaml" --edge sr1
	filters saa0 t1n-1 t1s-1 >"$tmp/after"
	ok "R18 all filters are as they were" cmp "$tmp/before" "$tmp/after"
	# What a tier-1 punts goes by the underlay, too; 1500 is enough for nobody.
	ns blue1 ip link set bp0 mtu 2000
	for command in check apply; do
		ctl sr1 $command "$tmp/all.yaml" --edge sr1 >"$tmp/out" 2>&1
		ok "$command: the MTU that the underlay needs, of both tiers" \
			grep -q 'MTU 1500; Geneve with packets of member bp0 of gateway blue needs 2062' "$tmp/out"
	done
	ns blue1 ip link set bp0 mtu 1500
	ctl sr1 save >"$tmp/saved.yaml"
	is "a saved file has the tier-1s: nothing to change" "nothing to change" \
		"$(ctl sr1 apply "$tmp/saved.yaml" --edge sr1)"
	is "plan: nothing to do" nothing-to-do "$(ctl sr1 -j plan "$tmp/all.yaml" | jq -r .plan.verdict)"
	ctl blue2 -j digest >"$tmp/blue.json"
	ok "R15 the same on both edges" eval 'ctl blue1 check "$tmp/all.yaml" with "$tmp/blue.json" >"$tmp/out"'
}

traffic()
{
	local over="over IPv$family" before
	before=$(punted blue1 blue2)
	flows south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp,udp --count 24 >"$tmp/north"
	all_carried "R17 $over: northbound, SNAT of tier-1" "$tmp/north"
	is "R17 $over: remotes see its addresses" "198.51.100.16 2001:db8:51::16" "$(seen "$tmp/north")"
	ok "R17 $over: tier-1 SRs punt" [ "$(punted blue1 blue2)" -gt "$before" ]
	# Where no address is translated the tiers differ: red gets what its tier-0 has for another SR.
	before=$(punted red1 red2)
	flows south "$BLUE" "$RED" --proto tcp,udp --count 24 >"$tmp/between"
	all_carried "R17 $over: from tier-1 to tier-1" "$tmp/between"
	ok "R17 $over: tier-1 SRs punt on both sides" [ "$(punted red1 red2)" -gt "$before" ]
	flows south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --count 6 --rounds 1 --size 200000 --datagram 1440 >"$tmp/long"
	all_carried "R17 $over: packets that do not fit the underlay, GSO" "$tmp/long"
	is "$over: nothing is dropped" "" "$(for name in sr1 sr2 blue1 blue2 red1 red2; do
		ctl "$name" stats
	done | awk '$NF == "drop" && $4 { print $2, $4 }')"
}

# SR 2 of blue takes itself for down, which the others do not know: what they punt to it comes back, to SR 1, which has
# the flows by state sync.
second_chance()
{
	local before
	ok "the SRs are in sync" sync_ready blue1 blue2
	all_by 1
	flows_go_on "$tmp/second" south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp --count 12 --interval 0.1 \
		--timeout 300 --again 300
	sync_ready blue1 blue2
	before=$(stat_of kept blue1)
	ok "R9 SR 2 of blue takes itself for down" ctl blue2 sr set sr2 state down
	ok "R9 connections go on by the second chance" flows_round
	ok "R9 it is taken" [ "$(stat_of kept blue1)" -gt "$before" ]
	ctl blue2 sr set sr2 state up
	flows_end
	all_carried "R9 none was lost" "$tmp/second"
}

edge_fails()
{
	ok "R17 the SRs of each gateway are in sync" sync_ready sr1 sr2 blue1 blue2
	all_by 1 2
	flows_go_on "$tmp/fail" south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp --count 12 --interval 0.1 \
		--timeout 300 --again 300
	sync_ready sr1 sr2 blue1 blue2
	ok "R17 an edge fails" sr_fails 1
	ok "R22 connections through both tiers go on" flows_round
	flows_end
	all_carried "R22 none was lost" "$tmp/fail"
}

# XDP on the tier-1 itself redirects to its shadow port, whose other end tc looks at; packets that do not fit the
# underlay, too. What the tier-0 gets in fragments of the tunnel goes on by a veth with an XDP program.
xdp()
{
	local before i
	for i in 1 2; do
		ns "sr$i" ethtool -K t1n-1 gro on
		ns "sr$i" ethtool -K t1s-1 gro on
		ns south ethtool -K "sr$i" tx off
		ns "sr$i" ethtool -K t1-1 tx off
		ok "XDP on blue$i" ctl "blue$i" xdp attach
	done
	before=$(stat_of punted-xdp blue1 blue2)
	flows south "10.1.0.0/17 fd00:10::/64" "$REMOTE" --proto tcp,udp --count 24 --datagram 1440 --seed $((SEED + 7)) \
		>"$tmp/xdp"
	all_carried "XDP: northbound" "$tmp/xdp"
	ok "XDP punts" [ "$(stat_of punted-xdp blue1 blue2)" -gt "$before" ]
	for i in 1 2; do
		ok "XDP off" ctl "blue$i" xdp detach
	done
}

# What tc does not take is the tier-0's to refuse.
without_filters()
{
	local i before
	before=$(counter all not-for-us)
	for i in 1 2; do
		tc -n "${P}sr$i" filter del dev saa0 ingress pref 42410
	done
	all_by 1 2
	flows south "10.1.0.0/17" "203.0.113.0/24" --proto udp --count 24 --timeout 2 >"$tmp/control"
	ok "control: without filters flows fail" grep -q ^fail "$tmp/control"
	ok "control: the tier-0 drops and counts that" [ "$(counter all not-for-us)" -gt "$before" ]
	ok "R18 apply puts it right" tiers_apply "$tmp/all.yaml"
	flows south "10.1.0.0/17" "203.0.113.0/24" --proto udp --count 24 --seed $((SEED + 1)) >"$tmp/again"
	all_carried "R18 it is" "$tmp/again"
}

# monitored FILE PREFERENCE: what happens by now is in the file that "tc monitor" writes, where such a filter is.
monitored()
{
	tc -n "${P}sr1" filter add dev saa0 ingress pref "$2" flower src_mac 02:00:00:00:00:03 action pass &&
		tc -n "${P}sr1" filter del dev saa0 ingress pref "$2"
	grep -q "pref $2" "$1"
}

without_handles() { sed 's/handle [^ ]*//' "$1" | sort; }

# An apply that fails leaves tunnels as they were, and so do filters.
undone()
{
	local other
	other=$(sync_address 3)
	filters saa0 t1n-1 t1s-1 >"$tmp/before"
	sed "s/'$(sync_address 2)'/'$other'/; /name: red/,\$s/interface: bp0/interface: nothing/" "$tmp/all.yaml" >"$tmp/bad.yaml"
	tc -n "${P}sr1" monitor >"$tmp/monitor" 2>&1 &
	wait_for 60 monitored "$tmp/monitor" 11
	ctl sr1 apply "$tmp/bad.yaml" --edge sr1 >"$tmp/out" 2>"$tmp/err"
	is "R29 other addresses, and a member that is absent: refused" 1 $?
	wait_for 60 monitored "$tmp/monitor" 12
	kill $!
	is "R29 no filter was touched before all had agreed" "" "$(grep -o 'pref 42410.*' "$tmp/monitor")"
	filters saa0 t1n-1 t1s-1 >"$tmp/after"
	ok "R29 filters are as they were" cmp "$tmp/before" "$tmp/after"
	# Of a tier-1 that has lost its configuration, and an apply that fails when all had agreed.
	ctl blue1 gateway del blue
	ns sr1 ip route add 10.4.0.0/16 dev eth1 proto 83
	sed "s/'$(sync_address 2)'/'$other'/; s/10.1.0.0.16, .fd/10.4.0.0\/16, &/" "$tmp/all.yaml" >"$tmp/bad.yaml"
	ctl sr1 apply "$tmp/bad.yaml" --edge sr1 >"$tmp/out" 2>"$tmp/err"
	is "R29 other addresses, and a route in the way: refused" 1 $?
	is "R29 no filter has the other address" "" "$(filters saa0 t1n-1 t1s-1 t1n-2 t1s-2 | grep -wF "$other")"
	is "R29 who runs has the filters that it had" "2 2" "$(for device in t1n-2 t1s-2; do
		filters "$device" | grep -c 'src_mac 02:'
	done | paste -sd ' ')"
	ns sr1 ip route flush 10.4.0.0/16
	ctl sr1 apply "$tmp/all.yaml" --edge sr1 >"$tmp/out"
	is "R29 without it: applied" 0 $?
	filters saa0 t1n-1 t1s-1 >"$tmp/after"
	ok "R29 filters are as they were" cmp <(without_handles "$tmp/before") <(without_handles "$tmp/after")
	sed 's/transport: geneve.*/transport: l2, north: punt-n, south: punt-s}/' "$tmp/all.yaml" >"$tmp/l2.yaml"
	ctl sr1 apply "$tmp/l2.yaml" --edge sr1 2>"$tmp/err"
	is "R29 another transport while tier-1s run: refused" 1 $?
	ok "R29 and why" grep -q 'the shadow ports become others' "$tmp/err"
}

all_goes()
{
	ok "R18 apply without tier-1s" tiers_apply "$tmp/alone.yaml"
	is "R18 their interfaces have gone" "" "$(links)"
	is "R18 and their filters, but not the administrator's" "02:00:00:00:00:01" \
		"$(filters saa0 | sed -n 's/.*src_mac //p')"
	ok "R18 the tier-1's configuration, too" grep -q 'no gateway' <(ctl blue1 show 2>&1)
	ok "R18 and again" tiers_apply "$tmp/all.yaml"
	ok "R18 the tier-0 goes" ctl sr1 gateway del t0
	is "R18 and all that was made with it" " 02:00:00:00:00:01" "$(links) $(filters saa0 | sed -n 's/.*src_mac //p')"
}

tiers_topology && tunnels || { echo "not ok topology"; exit 1; }
applied
[ $failed = 0 ] || done_testing
traffic
undone
family=6
tiers_config "$tmp/all.yaml" all
tiers_config "$tmp/alone.yaml"
ok "R18 other addresses of the tunnels: apply" tiers_apply "$tmp/all.yaml"
traffic
xdp
without_filters
second_chance
all_goes
ok "R18 and once more" tiers_apply "$tmp/all.yaml"
edge_fails
done_testing
