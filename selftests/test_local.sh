#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is for the SR itself stays there (R12; topology: lib/topology.sh): sessions to its addresses from remotes
# that another SR owns, sessions of its own, ARP, ND, multicast, link-local. An address that is added or removed
# takes effect at once, also with XDP on the members. The control is the address before it is added: packets for it
# are redirected.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

topology 2 || exit 1
ok "apply" apply_all
for i in 1 2; do
	nsenter --net="/run/netns/${P}sr$i" -- python3 "$lib/endpoint.py" serve "$tmp/sr$i.ready" </dev/null >/dev/null &
done
ok "servers on the SRs" wait_for 60 test -e "$tmp/sr1.ready" -a -e "$tmp/sr2.ready"

flows north "$REMOTE" "172.17.1.2/32 fd00:17:1::2/128 172.17.2.2/32 fd00:17:2::2/128" --count 24 >"$tmp/uplink"
all_carried "R12 to uplink addresses of the SRs, as BGP" "$tmp/uplink"
flows south "172.16.1.1/32 fd00:16:1::1/128" "172.16.1.2/32 fd00:16:1::2/128" --count 6 >"$tmp/backplane1"
flows south "172.16.2.1/32 fd00:16:2::1/128" "172.16.2.2/32 fd00:16:2::2/128" --count 6 >"$tmp/backplane2"
all_carried "R12 to the backplane address of SR 1" "$tmp/backplane1"
all_carried "R12 to the backplane address of SR 2" "$tmp/backplane2"
flows sr1 "172.17.1.2/32 fd00:17:1::2/128" "$REMOTE" --count 24 --seed $((SEED + 1)) >"$tmp/own"
all_carried "R12 the SR's own sessions" "$tmp/own"
ok "R12 they are not translated" not grep -qE '(198[.]51[.]100|2001:db8:51)' "$tmp/own"
ok "R12 some of that was another SR's, but local" [ "$(counter all local)" -gt 0 ]

pings() { ns north ping -qc 1 -W 60 "$@" >"$tmp/ping" 2>&1; }
link_local() { ns "$1" ip -6 -o address show dev "$2" scope link | awk '{ sub("/.*", "", $4); print $4 }'; }
before=$(counter sr1 not-steered)
ns north ip neigh flush all
ns south ip neigh flush all
ok "R12 ARP" pings 172.17.1.2
ok "R12 ND" pings fd00:17:1::2
ok "R12 link-local" pings "$(link_local sr1 eth1)%sr1"
ok "R12 multicast to all nodes" pings ff02::1%sr1
ns sr1 sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'
ok "R12 multicast to all hosts" pings -I sr1 224.0.0.1
ok "R12 broadcast" pings -b 172.17.1.3
ok "R12 link-local and the like are counted" [ "$(counter sr1 not-steered)" -gt "$before" ]
is "R12 nothing of all this was redirected" 0 "$(counter all punted)"
is "R12 nothing was dropped" "" "$(drops all)"

# north sends all that is for .53 to SR 1, which has the address or has not.
ns north ip -batch - <<-END
	route add 198.51.100.53/32 via 172.17.1.2
	route add 2001:db8:51::53/128 via fd00:17:1::2
END
address()
{
	ns sr1 ip -batch - <<-END
		address $1 198.51.100.53/32 dev lo
		address $1 2001:db8:51::53/128 dev lo
	END
}
to_address()
{
	flows north "$REMOTE" "198.51.100.53/32 2001:db8:51::53/128" --count 48 --proto tcp,icmp --rounds 1 "$@"
}

address_test()
{
	local with=$1 counted=$2 before
	before=$(counter sr1 "$counted")
	to_address --timeout 2 >"$tmp/absent"
	is "control: $with: before it has the address" "0 of 48" "$(carried "$tmp/absent")"
	ok "control: $with: packets for it are redirected" [ "$(counter sr1 "$counted")" -gt "$before" ]
	address add
	to_address >"$tmp/present"
	all_carried "R12 $with: an address was added" "$tmp/present"
	address del
	to_address --timeout 2 --seed $((SEED + 2)) >"$tmp/removed"
	is "R12 $with: the address was removed" "0 of 48" "$(carried "$tmp/removed")"
}
address_test "module" punted
offloads_for_xdp
if ctl sr1 xdp attach >"$tmp/attach" 2>&1; then
	address_test "XDP" punted-xdp
	flows north "$REMOTE" "172.17.1.2/32 fd00:17:1::2/128" --count 24 >"$tmp/xdp"
	all_carried "R12 XDP: to an uplink address of the SR" "$tmp/xdp"
else
	echo "not ok xdp attach: $(cat "$tmp/attach")"
	fail
fi
done_testing
