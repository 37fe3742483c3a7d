#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything that an interface of an SR can be (topology: lib/topology.sh, N = 2). SR 1's member to the inside, and then
# its shadow port in the south, is made anew as each kind of device, on top of the veth that is there:
#
#	VLAN, VLAN on a provider's VLAN (QinQ), bond, bridge, macvlan		bp0 and punt-s
#
# and flows in both families go through both SRs, each of which punts to the other. What cannot work is refused, with
# the remedy: the device by the kernel, XDP on it by the tool.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

devices() { ns "$1" ip -batch -; }

# both NAME [OPTION...]: flows from inside, by both SRs, which punt to each other; SR 1 as counted in BY.
both()
{
	local name=$1 by=${BY:-punted} punted received
	shift
	punted=$(counter sr1 "$by") received=$(counter sr1 received)
	flows south "$INSIDE" "$REMOTE" --count 32 --seed $((++SEED)) --timeout 60 "$@" >"$tmp/flows"
	all_carried "$name" "$tmp/flows"
	punted=$(($(counter sr1 "$by") - punted)) received=$(($(counter sr1 received) - received))
	ok "$name: SR 1 has $by $punted packets, and received $received" [ "$punted" -gt 0 -a "$received" -gt 0 ]
}

# settle: the links of all are up, and neighbours are asked for anew.
settle()
{
	local name
	for name in sr1 south switch; do
		wait_for 60 links_ready $name || return
	done
	ns south ip neigh flush all && ns sr1 ip neigh flush all
}

# inside_by DEVICE [PEER]: SR 1 is connected to the inside by that, and by that of south.
inside_by()
{
	local device=$1 peer=${2:-sr1}
	ns south ip address flush dev sr1 scope global
	ns sr1 ip address flush dev bp0 scope global
	devices south <<-END || return
		address replace 172.16.1.1/30 dev $peer
		address replace fd00:16:1::1/64 dev $peer nodad
	END
	devices sr1 <<-END || return
		address replace 172.16.1.2/30 dev $device
		address replace fd00:16:1::2/64 dev $device nodad
		route replace 10.1.0.0/16 via 172.16.1.1
		route replace fd00:10::/64 via fd00:16:1::1
	END
	all_by 1 2 && ctl sr1 group set backplane dev "$device" && settle
}

# Devices on top of DEVICE in SR 1 and of PEER at its other end; the names are in $made and $far.
make_vlan()
{
	made=$1.5 far=$2.5
	devices sr1 <<<"link add link $1 name $made up type vlan id 5"
	devices "$3" <<<"link add link $2 name $far up type vlan id 5"
}

make_qinq()
{
	made=$1.5.6 far=$2.5.6
	devices sr1 <<-END && devices "$3" <<-END2
		link add link $1 name $1.5 up type vlan proto 802.1ad id 5
		link add link $1.5 name $made up type vlan id 6
	END
		link add link $2 name $2.5 up type vlan proto 802.1ad id 5
		link add link $2.5 name $far up type vlan id 6
	END2
}

make_bond()
{
	made=$1-bond far=$2
	devices sr1 <<-END
		link add $made type bond mode active-backup miimon 100
		link set $1 down
		link set $1 master $made
		link set $made up
	END
}

make_bridge()
{
	made=$1-br far=$2
	devices sr1 <<-END
		link add $made up type bridge mcast_snooping 0
		link set $1 master $made
	END
}

make_macvlan()
{
	made=$1-mv far=$2
	devices sr1 <<<"link add link $1 name $made up type macvlan mode ${4:-bridge}"
}

# unmake DEVICE PEER NAMESPACE: what was made.
unmake()
{
	local base
	for base in "$1.5.6" "$1.5" "$1-bond" "$1-br" "$1-mv"; do
		ns sr1 ip link del "$base" 2>/dev/null
	done
	for base in "$2.5.6" "$2.5"; do
		ns "$3" ip link del "$base" 2>/dev/null
	done
	ns sr1 ip link set "$1" up
}

# refused NAME REMEDY COMMAND...: the tool says no, and what to do.
refused()
{
	local name=$1 remedy=$2
	shift 2
	"$@" >"$tmp/said" 2>&1
	is "$name: refused" 1 $?
	ok "$name: $remedy: $(grep -- "$remedy" "$tmp/said")" grep -q -- "$remedy" "$tmp/said"
}

# The remedy, and XDP on the device below carries all that the VLAN's group does. The control: SR 1 is not on the
# switch, to which its packets go by the program.
vlan_by_xdp()
{
	{
		ns sr1 ethtool -K bp0 rxvlan off
		ns south ethtool -K sr1 txvlan off
	} >>"$tmp/ethtool" 2>&1
	ok "a VLAN with XDP below: attach" ctl sr1 xdp attach "$made"
	BY=punted-xdp both "a VLAN with XDP below"
	ns switch ip link set s1 nomaster
	flows south "$INSIDE" "$REMOTE" --proto udp --count 48 --seed $((++SEED)) --timeout 2 >"$tmp/control"
	ok "control: a VLAN with XDP below: without the switch flows fail" grep -q ^fail "$tmp/control"
	ns switch ip link set s1 master south
	ok "a VLAN with XDP below: detach" ctl sr1 xdp detach
}

member()
{
	local kind=$1 remedy=$2
	ok "$kind as a member" make_"$kind" bp0 sr1 south
	ok "$kind as a member: the inside is behind it" inside_by "$made" "$far"
	both "$kind as a member"
	[ -z "$remedy" ] || refused "$kind as a member, with XDP" "$remedy" ctl sr1 xdp attach "$made"
	[ "$kind" != vlan ] || vlan_by_xdp
	unmake bp0 sr1 south
	ok "$kind as a member: as before" inside_by bp0 sr1
}

# The other end is a port of the switch.
port_by() { ns switch ip link set "$2" master south && ctl sr1 punt set south dev "$1" && settle; }

# What is a shadow port cannot be given to a bond, a bridge or a macvlan: another takes its place meanwhile.
free_port() { ctl sr1 punt set south dev spare; }

port()
{
	local kind=$1 mode=${2-}
	ok "$kind as a shadow port: the old one is free" free_port
	ok "$kind as a shadow port" make_"$kind" punt-s s1 switch "$mode"
	[ "$far" = s1 ] || ns switch ip link set s1 nomaster
	ok "$kind as a shadow port: punt" port_by "$made" "$far"
	both "$kind as a shadow port"
	free_port
	unmake punt-s s1 switch
}

# Of the derived address, the port of the switch.
learned() { bridge -n "${P}switch" fdb show br south | awk '$1 == "02:a1:00:07:00:01" { print $3; exit }'; }

# The switch hears of SR 1, by an announcement; the next one without a cause is a minute later.
announced()
{
	heard() { [ "$(learned)" = s1 ]; }
	ns switch ip link set s1 type bridge_slave fdb_flush && ctl sr1 punt set south dev "$made" && wait_for 60 heard
}

# A bond of two takes the other link; the switch hears of it at once, not by the announcement of the next minute.
port_fails_over()
{
	free_port
	make_bond punt-s s1 switch
	ok "a bond of two as a shadow port" devices sr1 <<-END
		link add punt-s2 type veth peer name s1-2 netns ${P}switch
		link set punt-s2 master $made
	END
	ns switch ip link set s1-2 up master south
	ok "a bond of two as a shadow port: punt" port_by "$made" s1
	both "a bond of two as a shadow port"
	ok "a bond of two: the switch knows the first port" announced
	ok "a bond of two: one link fails" ns switch ip link set s1 down
	switched() { [ "$(learned)" = s1-2 ]; }
	ok "a bond of two: the switch hears of it" wait_for 45 switched
	both "a bond of two, by the other link"
	free_port
	unmake punt-s s1 switch
	ns sr1 ip link del punt-s2
	ns switch ip link set s1 up
}

port_refused()
{
	ok "$1 as a shadow port" make_"$1" punt-s s1 switch
	refused "$1 as a shadow port" "hears only its own address" ctl sr1 punt set south dev "$made"
	unmake punt-s s1 switch
}

# Loaded otherwise, it makes a bond of its own.
[ -d /sys/module/bonding ] || modprobe -q bonding max_bonds=0 || skip_all "no bonding"
topology 2 || exit 1
offloads_for_xdp
ok "apply" apply_all
ok "the firewall knows the inside by any name" ns sr1 nft insert rule inet firewall forward iifname '"bp0*"' accept
both "veth"

member vlan "rxvlan off"
member qinq "one tag only"
member bond "let the module steer alone"
member bridge "let the module steer alone"
member macvlan "no native XDP"

# A tag more.
ns sr1 ip link set punt-s mtu 1504
ns switch ip link set s1 mtu 1504
devices sr1 <<-END
	link add spare up type veth peer name spare-peer
	link set spare-peer up
END
port vlan
port qinq
port bond
port_fails_over
port macvlan passthru
port_refused macvlan
port_refused bridge
ok "veth again" port_by punt-s s1
both "veth again"
done_testing
