#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Interfaces go down, are renamed, moved and deleted, a namespace is deleted, the module is unloaded, all while
# traffic flows (topology: lib/topology.sh). The kernel must not complain (run.sh looks), saactl must say what is
# so, and what comes back must be bound again. SR 4 is the victim; at the end the module goes, and connections
# without SNAT go on without it.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

absent() { ctl sr4 "$1" show | grep -qE "( |^)dev $2( .*)? absent"; }

topology 4 || exit 1
ok "apply" apply_all
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE $DMZ" --count "${SAA_FLOWS:-96}" --size 1000 --timeout 8 --interval 0.1

# The same for a member and a shadow port: KIND NAME
cycle()
{
	local kind=$1 dev=$2 peer=$3 peerns=$4
	ok "$dev is bound" not absent "$kind" "$dev"
	ns sr4 ip link set "$dev" down
	ok "$dev down: it stays bound" not absent "$kind" "$dev"
	ns sr4 ip link set "$dev" name other
	ok "$dev renamed: absent" absent "$kind" "$dev"
	ns sr4 ip link set other name "$dev"
	ok "$dev renamed back: bound" wait_for 60 not absent "$kind" "$dev"
	ns sr4 ip link set "$dev" netns "${P}switch"
	ok "$dev moved away: absent" absent "$kind" "$dev"
	ns switch ip link set "$dev" netns "${P}sr4"
	ok "$dev moved back: bound" wait_for 60 not absent "$kind" "$dev"
	ns sr4 ip link set "$dev" up
	ns sr4 ip link del "$dev"
	ok "$dev deleted: absent" absent "$kind" "$dev"
	ip link add "$dev" netns "${P}sr4" type veth peer name "$peer" netns "$P$peerns"
	ok "$dev made anew: bound" wait_for 60 not absent "$kind" "$dev"
	ns sr4 ip link set "$dev" up
	all_by 1 2 3	# IPv4 forgets a route over several links when one of them goes
}
cycle group bp0 sr4 south
cycle group eth1 sr4 north
cycle punt punt-s s4 switch
cycle punt punt-n n4 switch
flows_end
ok "some flows were carried meanwhile" grep -q ^ok "$tmp/traffic"

# Set up again, SR 4 works as before.
topology_again()
{
	ns switch ip -batch - <<-END
		link set n4 up master north
		link set s4 up master south
	END
	ns south ip -batch - <<-END
		address add 172.16.4.1/30 dev sr4
		address add fd00:16:4::1/64 dev sr4 nodad
		link set sr4 up
	END
	ns north ip -batch - <<-END
		address add 172.17.4.1/30 dev sr4
		address add fd00:17:4::1/64 dev sr4 nodad
		link set sr4 up
	END
	ns sr4 ip -batch - <<-END
		address add 172.16.4.2/30 dev bp0
		address add fd00:16:4::2/64 dev bp0 nodad
		address add 172.17.4.2/30 dev eth1
		address add fd00:17:4::2/64 dev eth1 nodad
		route add 10.1.0.0/16 via 172.16.4.1
		route add fd00:10::/64 via fd00:16:4::1
		route add default via 172.17.4.1
		route add ::/0 via fd00:17:4::1
	END
	all_by 1 2 3 4
}
ok "the links of SR 4 again" topology_again
flows south "$INSIDE" "$REMOTE" --count 24 --seed $((SEED + 1)) >"$tmp/again"
all_carried "as before" "$tmp/again"

# The namespace of SR 4 goes, with its interfaces, routes, state and configuration, and XDP programs that use the
# module.
offloads_for_xdp
ok "XDP on SR 4" ctl sr4 xdp attach
flows_go_on "$tmp/netns" south "$INSIDE" "$REMOTE" --count "${SAA_FLOWS:-96}" --size 1000 --timeout 8 --interval 0.1 \
	--seed $((SEED + 2))
ok "deleting the namespace of SR 4" ip netns del "${P}sr4"
ok "its links go too" wait_for 60 not ns south ip link show sr4 >"$tmp/null" 2>&1
all_by 1 2 3
flows_end
ok "flows of other SRs were carried" grep -q ^ok "$tmp/netns"
becomes "nothing holds the module" 0 cat /sys/module/saa/refcnt

for i in 1 2 3; do
	ctl "sr$i" sr set sr4 state down
done

# The module goes: connections that are not translated are routed on.
flows_go_on "$tmp/module" south "$INSIDE" "$DMZ" --proto tcp --count 12 --size 1000 --interval 0.02 --seed $((SEED + 3))
for i in 1 2 3; do
	ns "sr$i" nft flush chain inet firewall forward
	ns "sr$i" nft chain inet firewall forward '{ policy accept; }'
done
ok "unloading the module" rmmod saa
ok "it is gone" not test -d /sys/module/saa
flows_end
all_carried "connections go on without it" "$tmp/module"
need_saa
ok "loaded again, it knows nothing" not ctl sr1 sr show 2>"$tmp/null"
for i in 1 2 3; do
	ctl "sr$i" apply "$tmp/saa.yaml" --edge "sr$i" >"$tmp/null" && ctl "sr$i" sr set sr4 state down
done
flows south "$INSIDE" "$REMOTE" --count 24 --seed $((SEED + 4)) >"$tmp/loaded"
all_carried "with it again, without SR 4" "$tmp/loaded"
done_testing
