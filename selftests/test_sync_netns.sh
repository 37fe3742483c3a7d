#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The connections of state sync in another namespace than the SR's (lib/topology.sh, 2 SRs): the links between the
# partners end in namespaces of their own, one for each SR.
#
#	sr1  ..  sync1: 192.168.77.1 -- sync -- sync -- sync2: 192.168.77.2  ..  sr2
#
# The ends of flows decide whether the partner goes on. A namespace ends under its connection and is not kept from it,
# nothing of it stays, what is said of it is true, and with a new one state sync goes on.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

# The namespaces of these SRs' connections, and the link between the two.
sync_namespaces()
{
	local i
	for i; do
		ip netns add "${P}sync$i" || return
	done
	ip link add sync netns "${P}sync1" type veth peer name sync netns "${P}sync2" || return
	for i in 1 2; do
		ns "sync$i" ip address add "192.168.77.$i/24" dev sync && ns "sync$i" ip link set sync up || return
	done
}

# Of SR 1: a field of sync show, or what a command says when it is refused.
field() { ctl sr1 sync show | sed -n "s/^ *$1: //p"; }
refused() { not ctl sr1 "${@:2}" 2>"$tmp/refused" && grep -qF "$1" "$tmp/refused"; }
apply_sr() { ctl "sr$1" apply "$tmp/saa.yaml" --edge "sr$1"; }
apply_both()
{
	local i
	for i in 1 2; do
		SYNC="{mode: async, key-file: $tmp/sync.key, timeout: 60000, netns: ${P}sync$i}"
		config "$tmp/saa.yaml"
		apply_sr "$i" >"$tmp/apply.sr$i" || return
	done
}

# All the flows that began are with both SRs.
both_know() { flows_known | cut -d ' ' -f 2- | sort | uniq -c | awk '$1 == 2' | wc -l; }
go_on()
{
	flows_go_on "$1" south 10.1.0.0/17 203.0.113.0/25 --proto tcp --count 20 --size 1000 "${@:2}"
}

topology 2 || exit 1
modprobe -q nf_conntrack_netlink
(umask 077 && "$SAACTL" genkey sync >"$tmp/sync.key")
ok "namespaces for the connections" sync_namespaces 1 2

# The control: in the SR's own namespace nobody is reached.
SYNC="{mode: async, key-file: $tmp/sync.key, timeout: 60000}"
ok "apply without the namespaces" apply_all
is "control: the address is not the SR's own" "cannot" "$(wait_for 60 eval '[ -n "$(field error)" ]'
	field error | cut -d ' ' -f 1)"
is "and no namespace is shown" "" "$(field netns)"

ok "apply" apply_both
ok "both are in sync" sync_ready sr1 sr2
is "the namespace is shown" "${P}sync1" "$(field netns)"
is "the second time nothing changes" "nothing to change" "$(apply_sr 2)"
ok "no socket of it is in the SR's namespace" not grep -q 7220 <(ns sr1 ss -tan)
ok "it is in the other one" grep -q 192.168.77.1:7220 <(ns sync1 ss -tan)
ok "saved" grep -qF "netns: \"${P}sync1\"" <(ctl sr1 save)

go_on "$tmp/flows" --timeout 300 --again 300
ok "flows are at both SRs" wait_for 60 eval '[ "$(both_know)" -ge 20 ]'
{
	echo "link set n1 down"
	echo "link set s1 down"
} | ns switch ip -batch -
ok "SR 1 fails" eval 'state_of 1 down 2 && all_by 2'
ok "flows go on" flows_round
flows_end
all_carried "none was lost" "$tmp/flows"

# Who may configure a namespace of his own may not use another's for it.
SYNC="{mode: async, key-file: $tmp/sync.key}"
config "$tmp/own.yaml"
foreign()
{
	SAACTL=$SAACTL unshare --user --map-root-user --net bash -c '
		for name in bp0 eth1 eth2 punt-n punt-s; do
			ip link add "$name" up type veth peer name "$name-peer" && ip link set "$name-peer" up || exit
		done
		"$SAACTL" apply "$1" --edge sr1 && ! "$SAACTL" sync set netns "$2"' - "$tmp/own.yaml" "${P}sync1" \
		>"$tmp/foreign" 2>&1 && grep -qF "no CAP_NET_ADMIN in the network namespace for state sync" "$tmp/foreign"
}
ok "another user's namespace is refused" foreign

ok "no such namespace" refused "network namespace \"${P}none\" of sync: No such file" sync set netns "${P}none"
ok "no namespace at all" refused "\"a/b\" is not a name of /run/netns" sync set netns a/b

# Its end is not kept from coming: its interface is gone from the other end, too.
ok "the namespace of SR 1's connection ends" ip netns del "${P}sync1"
ok "wholly" wait_for 60 not ns sync2 ip link show sync 2>/dev/null
is "SR 1 says so" "its network namespace is gone" "$(wait_for 60 eval '[ -n "$(field error)" ]'; field error)"
is "it is disconnected" "disconnected gone" "$(field status) $(field netns)"
ok "SR 2 notices" wait_for 60 eval 'ctl sr2 sync show | grep -qE "status: (disconnected|one-way)"'
ok "what is as it was can be changed" ctl sr1 sync set mode strict
ok "where it was nothing can be changed" refused "namespace of state sync is gone; give another one" sync set port 7221
is "and nothing was" "strict 7220" "$(field mode) $(field port)"

ok "a new one with the same name" sync_namespaces 1
ok "is given" ctl sr1 sync set netns "${P}sync1" mode async
ok "both are in sync again" sync_ready sr1 sr2

# The SR's namespace ends under its connection in the other one, and the gateway goes with its connection there.
ok "back in the SR's own" ctl sr2 sync set no-netns
is "that is the default" "" "$(ctl sr2 sync show | sed -n 's/^ *netns: //p')"
ok "and in the other one again" ctl sr2 sync set netns "${P}sync2"
ok "in sync" sync_ready sr1 sr2
ok "without a gateway" ctl sr1 gateway del t0
ok "there is no socket left" wait_for 60 not grep -q 7220 <(ns sync1 ss -tanl)
done_testing
