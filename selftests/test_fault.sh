#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command that makes the module allocate, with the first of its allocations failing, then with the second, ...
# until it needs no more: a command that fails says so and changes nothing (R29), and one that succeeds nevertheless has
# done what it was told to.
# One SR on its own, whose interfaces lead nowhere. Commands of a pair start from where the one before them has led.
# Then the same for the module that is loaded, and begins in the namespaces that are there.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/fault.sh
need_saa
need_faults

# What a command may change, but for the number of changes and what state sync tells of its attempts to reach a partner
# who is not there. MORE is what else to look at.
state()
{
	ctl sr1 -j show 2>&1 | sed -E 's/"generation": [0-9]+//; s/(, )?"error": "[^"]*"//'
	$MORE 2>&1
}

more_table() { ctl sr1 table show rows; }
more_routes() { ctl sr1 table show rows; ns sr1 ip route show proto 83; ns sr1 ip -6 route show proto 83; }

# How often the configuration has changed.
changes() { ctl sr1 -j show 2>&1 | sed -n 's/.*"generation": \([0-9]*\).*/\1/p'; }

# each UNDO COMMAND...: the command with each of its allocations failing in turn. UNDO is what takes it back, "-" for
# commands that change nothing. To look after each whether something has changed would take minutes: with COUNT set it
# looks once, whether each that succeeded has made one change of the configuration, and others none.
each()
{
	local undo=$1 name n=0 was rc=1 bad='' before after='' failures=0 expected=0
	shift
	name="${*//$P/}"
	name=${name//"$SAACTL"/saactl}
	name=${name//"$tmp/"/}
	before=$(state)
	[ -z "$COUNT" ] || expected=$(changes)
	while [ $n -lt 1000 ]; do
		was=$(faults)
		nth $((++n)) "$@" >"$tmp/out" 2>"$tmp/err"
		rc=$?
		[ "$(faults)" -ne "$was" ] || break
		if [ $rc -ne 0 ]; then
			failures=$((failures + 1))
			[ -s "$tmp/err" ] || bad+=" $n: no message;"
			[ "$undo" = - ] || [ -n "$COUNT" ] || [ "$(state)" = "$before" ] || bad+=" $n: changed something;"
		elif [ "$undo" != - ]; then
			after=${after:-$(state)}
			[ "$(state)" = "$after" ] || bad+=" $n: did something else;"
			eval "$undo" >"$tmp/undo" 2>&1 || bad+=" $n: cannot be undone;"
			[ -n "$COUNT" ] || [ "$(state)" = "$before" ] || bad+=" $n: undone, it is not as before;"
			expected=$((expected + 2))
		fi
	done
	[ $n -gt 1 ] || bad+=" nothing could fail;"
	[ $rc -eq 0 ] || bad+=" $n: $(cat "$tmp/err")"
	[ -z "$after" ] || [ "$(state)" = "$after" ] || bad+=" with all allocations it does something else"
	[ -z "$COUNT" ] || [ "$(changes)" -eq $((expected + 1)) ] ||
		bad+=" $(changes) changes of the configuration, not $((expected + 1))"
	is "$name ($((n - 1)) allocations, refused $failures times)" "" "$bad"
}

# The same for a command of saactl.
each_ctl()
{
	local undo=$1
	shift
	[ "$undo" = - ] || undo="ctl sr1 $undo"
	each "$undo" "$SAACTL" -n "${P}sr1" "$@"
}

ip netns add "${P}sr1"
ns sr1 ip -batch - <<-END
	link add eth1 type veth peer name eth1-peer
	link add eth2 type veth peer name eth2-peer
	link add eth3 type veth peer name eth3-peer
	link add bp0 type veth peer name bp0-peer
	link add punt-n type veth peer name punt-n-peer
	link add punt-s type veth peer name punt-s-peer
	link set eth1 up
	address add 172.17.1.2/30 dev eth1
	address add 172.16.1.2/30 dev bp0
END
ctl sr1 monitor >"$tmp/monitor" 2>&1 &	# so that there are notifications
N=2
config "$tmp/saa.yaml"
sed 's/source: 10.1.0.0.16/source: 10.0.0.0\/8/' "$tmp/saa.yaml" >"$tmp/other.yaml"
COUNT=yes
MORE=more_routes
each_ctl "gateway del t0" apply "$tmp/saa.yaml" --edge sr1
each_ctl "apply $tmp/saa.yaml --edge sr1" apply "$tmp/other.yaml" --edge sr1

MORE=
each_ctl "sr del 3" sr add 3 name sr3
each_ctl "group del 200" group add 200 name more side south dev eth3
each_ctl "snat del 100" snat add 100 group internet source 192.168.0.0/16 to 198.51.100.1-198.51.100.4
each_ctl "gateway set t0 key-file $tmp/key" gateway set t0 key "$("$SAACTL" genkey)"
each_ctl "sr set 2 name sr2" sr set 2 name other
each_ctl "group set 200 dev eth3" group set 200 dev eth3-peer
each_ctl "punt set north dev punt-n" punt set north dev punt-n-peer
pool="group internet source 192.168.0.0/16 to"
# A list.
each_ctl "snat set 100 $pool 198.51.100.1-198.51.100.4" snat set 100 $pool 198.51.100.5-198.51.100.6
each_ctl "snat add 100 $pool 198.51.100.5-198.51.100.6" snat del 100

"$SAACTL" genkey sync >"$tmp/sync.key"
sync="partner 2 local 172.17.1.2 remote 172.17.1.1 key-file $tmp/sync.key"
each_ctl "sync del" sync add $sync
each_ctl "sync set mode async" sync set mode strict
each_ctl "sync add $sync mode strict" sync del

COUNT=
each_ctl "sr set 2 state up" sr set 2 state down
each_ctl - explain 10.1.0.7 203.0.113.9 in backplane

COUNT=yes
MORE=more_table
ctl sr1 table set 0-127 primary 1 backup 2
each_ctl "table set 0-127 primary 1 backup 2" table set 0-127 primary 2 backup 1

COUNT=
MORE=
each "ns sr1 ip address del 172.17.1.5/32 dev eth1" ip -n "${P}sr1" address add 172.17.1.5/32 dev eth1
each "ns sr1 ip link set other name eth1" ip -n "${P}sr1" link set eth1 name other

ns sr1 ip link set other name eth1
{ ctl sr1 gateway del t0 && ctl sr1 apply "$tmp/other.yaml" --edge sr1; } >"$tmp/out"
each_ctl "apply $tmp/other.yaml --edge sr1" gateway del t0

# The module, with each allocation of its beginning failing in turn.
load_each()
{
	local n=0 was failures=0 bad='' rc=1
	while [ $n -lt 1000 ]; do
		was=$(faults)
		nth $((++n)) modprobe saa 2>"$tmp/err"
		rc=$?
		[ "$(faults)" -ne "$was" ] || break
		if [ $rc -ne 0 ]; then
			failures=$((failures + 1))
			[ ! -d /sys/module/saa ] || bad+=" $n: refused, and there;"
		else
			rmmod saa || bad+=" $n: cannot be unloaded;"
		fi
	done
	[ $failures -gt 0 ] || bad+=" nothing could fail;"
	[ $rc -eq 0 ] || bad+=" $n: $(cat "$tmp/err")"
	is "modprobe saa ($((n - 1)) allocations, refused $failures times)" "" "$bad"
}

{ kill %1 && wait %1; } 2>/dev/null	# the monitor
ip netns del "${P}sr1"
ok "unloading the module" wait_for 60 rmmod saa 2>"$tmp/rmmod"
fault_stack do_one_initcall
load_each
done_testing
