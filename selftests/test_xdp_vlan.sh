#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VLAN interfaces and the XDP program on their lower device, native and generic (topology: lib/topology.sh, SR 1 of 2):
#
#	bp0                 group 100, untagged
#	bp0.7               group 101, VLAN 7, ifindex 777
#	tenant              VLAN 8, moved to a namespace of its own, where its ifindex is 777 too
#
# Frames of VLAN 7 are punted as of its group. Those of VLAN 8 belong to the other namespace, whatever its interface's
# number is in this one: XDP leaves them alone. The control is the frame of VLAN 7, the same but for the tag.
# SR 2 is cut off, lest anybody answers: answers may come by SR 1, which counts them too.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

received() { ns tenant cat /proc/net/dev | awk '$1 == "tenant:" { print $3 }'; }

# Frames on the south switch from SR 1 to SR 2, by VLAN.
count_frames()
{
	ns switch nft -f - <<-END
		table netdev frames {
			counter vlan100 { }
			counter vlan101 { }
			counter other { }
			chain port {
				type filter hook ingress device s1 priority 0;
				ether daddr != 02:a1:00:07:00:02 return
				vlan id 100 counter name vlan100 return
				vlan id 101 counter name vlan101 return
				counter name other
			}
		}
	END
}

# "N N N": of VLAN 100, of 101, others.
frames()
{
	ns switch nft list counters | awk '$1 == "counter" { name = $2 } $1 == "packets" { n[name] = $2 }
		END { print n["vlan100"], n["vlan101"], n["other"] }'
}

# send COUNT TAG: UDP from inside to a remote of SR 2.
send() { ns south python3 "$lib/frames.py" < <(yes "sr1 $mac 02:00:00:00:00:09 $2 10.1.0.9 $remote" | head -n "$1"); }

topology 2 || exit 1
ip netns add "${P}tenant"
offloads_for_xdp
{
	ns sr1 ethtool -K bp0 rxvlan off
	ns south ethtool -K sr1 txvlan off
} >>"$tmp/ethtool" 2>&1
ok "apply" apply_all
ok "VLAN interfaces, one of them in another namespace" ns sr1 ip -batch - <<-END
	link add link bp0 name tenant index 777 netns ${P}tenant type vlan id 8
	link add link bp0 name bp0.7 index 777 type vlan id 7
	link set bp0.7 up
END
ns tenant ip link set tenant up
ifindex() { ns "$1" ip -j link show "$2" | jq '.[0].ifindex'; }
is "their numbers are the same" "777 777" "$(ifindex sr1 bp0.7) $(ifindex tenant tenant)"
ok "a group of the VLAN" ctl sr1 group add 101 name tagged side south dev bp0.7
mac=$(ns sr1 ip -j link show bp0 | jq -r '.[0].address')
remote=$(remote_of_each | tail -n 1)
ok "counting frames on the switch" count_frames
ok "cutting off SR 2" ns switch ip link set s2 nomaster

# run NAME COUNTER
run()
{
	local name=$1 counted=$2 before tenant vlan100 vlan101 other
	before=$(counter sr1 "$counted") tenant=$(received)
	read -r vlan100 vlan101 other < <(frames)
	send 5 8
	becomes "$name: frames of the other namespace's VLAN go there" $((tenant + 5)) received
	send 4 7
	send 3 -
	becomes "$name: on the switch: of bp0, of bp0.7, others" "$((vlan100 + 3)) $((vlan101 + 4)) $other" frames
	becomes "$name: counted as $counted" $((before + 7)) counter sr1 "$counted"
}
run "module" punted
ok "native XDP on the lower device" ctl sr1 xdp attach bp0.7
is "is attached there" bp0 "$(ns sr1 ip -j link | jq -r '.[] | select(.xdp) | .ifname')"
run "native" punted-xdp
ok "detach" ctl sr1 xdp detach
ok "generic XDP on the lower device" ctl sr1 xdp attach bp0.7 mode generic
run "generic" punted-xdp
done_testing
