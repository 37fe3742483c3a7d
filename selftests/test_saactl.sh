#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# saactl and the kernel: what is refused and how, that nothing changes then, and that what is done is done whole. One
# namespace that stands for the SR edge1 of userspace/tests/data/good.yaml:
#
#	eth1, eth2 (north)   bp0 (south)   punt-n, punt-s (shadow ports)
#
# Each is a veth, the peers are in the same namespace; nothing is sent.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
lib=$PWD/lib
. lib/saa.sh
need_saa

P=saactl$RANDOM-
sr=${P}sr
tmp=$(mktemp -d)
trap cleanup EXIT
good=$tmp/good.yaml

cleanup()
{
	# shellcheck disable=SC2046 # numbers
	kill $(jobs -p) 2>/dev/null
	ip netns del "$sr" 2>/dev/null
	rm -rf "$tmp"
}

link()
{
	ip -n "$sr" -batch - <<-END
		link add $1 type veth peer name p-$1
		link set $1 up
		link set p-$1 up
	END
}

setup()
{
	local dev
	cp ../userspace/tests/data/good.yaml "$good"
	ip netns add "$sr" || return
	for dev in eth1 eth2 bp0 punt-n punt-s; do
		link "$dev" || return
	done
	ip -n "$sr" link set lo up
}

ctl() { "$SAACTL" -n "$sr" "$@"; }
apply() { ctl apply "$1" --edge edge1 "${@:2}"; }
quiet() { "$@" >"$tmp/out"; }

routes()
{
	ip -n "$sr" -4 route show proto 83
	ip -n "$sr" -6 route show proto 83
}

# What a command may have changed: each change of a configuration is a new generation.
state()
{
	ctl -j show 2>&1
	routes
}

# All of it, but for the generation.
content()
{
	ctl -j show | sed 's/, "generation": [0-9]*//'
	ctl table show rows
	routes
}

# refused RC TEXT ARGUMENTS...: the command ends with RC, says TEXT on stderr, and changes nothing.
refused()
{
	local rc=$1 text=$2 before after got
	shift 2
	before=$(state)
	ctl "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	after=$(state)
	if [ $got -ne "$rc" ]; then
		echo "not ok R29 refused: $*: status $got, not $rc: $(cat "$tmp/err")"
	elif ! grep -qF -- "$text" "$tmp/err"; then
		echo "not ok R29 refused: $*: no '$text' in '$(cat "$tmp/err")'"
	elif [ "$before" != "$after" ]; then
		echo "not ok R29 refused: $*: something changed"
	else
		echo "ok R29 refused: $* ($text)"
		return
	fi
	fail
}

# bad_file SED TEXT: the good file, edited, is refused with the line and the text.
bad_file()
{
	sed "$1" "$good" >"$tmp/bad.yaml"
	cmp -s "$good" "$tmp/bad.yaml" && { echo "not ok bad file: nothing edited by $1"; fail; return; }
	refused 1 "$tmp/bad.yaml:$2" apply "$tmp/bad.yaml" --edge edge1
}

bad_commands()
{
	refused 2 'object "shw" is unknown' shw
	refused 2 'command "shw" of "sr" is unknown' sr shw
	refused 2 'option "-x" is unknown' -x show
	refused 2 'unexpected argument "more"' save more
	refused 2 '"sr set" needs an ID' sr set
	refused 2 'state "upp" is not one of down, syncing, up' sr set 2 state upp
	refused 2 '"stat" is unknown' sr set 2 stat up
	refused 2 '"state" needs a value' sr set 2 state
	refused 1 'SR "edge9" is not an SR of the gateway' sr set edge9 state up
	refused 1 'no SR 9' sr set 9 state up
	refused 1 'exists already' sr add 1 name edge1
	refused 1 'in the table' sr del edge2
	refused 2 'group id "4095" is not a number from 1 to 4094' group add 4095 name x side north dev eth1
	refused 2 'side "east" is not one of north, south' group add 9 name x side east dev eth1
	refused 2 'dev "a/b" is not an interface name' group add 9 name x side north dev a/b
	refused 1 'nosuch' group add 9 name x side north dev nosuch
	refused 1 'eth1' group add 9 name x side north dev eth1
	refused 1 'in use by the SNAT rule' group del internet
	refused 2 'source "10.0.0.1/8" has bits set' snat add 50 group internet source 10.0.0.1/8 to 192.0.2.1
	refused 2 'a rule is of one family' snat add 50 group internet source 10.0.0.0/8 to 2001:db8::1
	refused 2 'needs to RANGE or no-snat' snat add 50 group internet source 10.0.0.0/8
	refused 1 'exists already' snat add 20 group internet source 10.0.0.0/8 to 192.0.2.1
	refused 1 'group "wan" is not a group' snat add 50 group wan source 10.0.0.0/8 to 192.0.2.1
	refused 2 '"0-70000" is not a range of buckets' table set 0-70000 primary 1 backup 2
	refused 1 'SR "edge7"' table set 0 primary edge7 backup 2
	refused 2 'SRC "10.0.0" is not an IPv4 or IPv6 address' explain 10.0.0 192.0.2.1
	refused 2 'not of one family' explain 10.0.0.1 2001:db8::1
	refused 1 'group "wan" is not a group' explain 10.0.0.1 192.0.2.1 in wan
	refused 1 'gateway "t1" is not configured here, "t0" is' gateway del t1
	refused 1 'is not a member of a group' xdp attach nosuch
	refused 2 'mode "fast" is not one of native, generic' xdp attach mode fast
	refused 2 'no FILE given' apply
	refused 1 'No such file' apply /nonexistent --edge edge1
	refused 1 'edge "edge9" is not in the file' apply "$good" --edge edge9
	refused 1 'gateway "t9" is not in the file' apply "$good" --edge edge1 --gateway t9
	refused 1 'is not an edge in the file; say which with --edge' apply "$good"
}

bad_files()
{
	local before

	bad_file 's/tier: 0/tier: x/' '15: tier "x" is not a whole number'
	bad_file 's/tier: 0/teir: 0/' '15: unknown key "teir"'
	bad_file 's/edge2, id: 2/edge2, id: 1/' '8: edge id 1 of "edge2" is that of "edge1" too'
	bad_file 's/        id: 2$/        id: 1/' '20: group id 1 of "dmz" is that of "internet" too'
	bad_file '/        interface: eth2$/d' '19: group "dmz" has no member on edge "edge1" (R15)'
	bad_file '/name: edge4/d' '6: 3 edges: the number of edges must be even'
	bad_file 's/buckets: 1024/buckets: 1000/' '5: buckets 1000 is not a power of two'
	bad_file 's/: punt-s}/: punt-n}/' '11: north and south are both "punt-n"'
	bad_file 's/interface: eth1/interface: nosuch/' '18: no interface nosuch'
	bad_file 's/south: punt-s/south: nosuch/' '11: no interface nosuch'

	{
		echo 'cluster:'
		echo '  name: many'
		echo '  hash: {key: "AAECAwQFBgcICQoLDA0ODw==", buckets: 256}'
		echo '  punt: {north: punt-n, south: punt-s}'
		echo '  edges:'
		for ((i = 1; i <= 258; i++)); do
			echo "    - {name: edge$i, id: $i}"
		done
		echo 'gateways: [{name: t0, groups: [{name: a, id: 1, side: north, interface: eth1}]}]'
	} >"$tmp/many.yaml"
	refused 1 "$tmp/many.yaml:5: 258 edges share 256 buckets" apply "$tmp/many.yaml" --edge edge1

	ip -n "$sr" link add br0 type bridge
	ip -n "$sr" link set p-eth2 master br0
	bad_file 's/interface: eth2/interface: p-eth2/' '19: '
	ip -n "$sr" link del br0

	ip -n "$sr" addr add 198.51.100.3/32 dev lo
	refused 1 "$good:27: SNAT pool address 198.51.100.3 is assigned to interface lo" apply "$good" --edge edge1
	ip -n "$sr" addr del 198.51.100.3/32 dev lo

	# a route that is in the way: the former configuration comes back
	before=$(content)
	ip -n "$sr" route add unreachable 192.0.2.99
	sed 's/198.51.100.1-198.51.100.4/192.0.2.98-192.0.2.99/; s/interface: eth2/interface: p-eth2/' "$good" >"$tmp/bad.yaml"
	ip -n "$sr" route add unreachable 192.0.2.98/31
	apply "$tmp/bad.yaml" 2>"$tmp/err"
	is "R29 a route is in the way: status" 1 $?
	ok "R29 a route is in the way: message" grep -q 'blackhole 192.0.2.98/31 proto saa: another route .*; nothing was changed' "$tmp/err"
	is "R29 a route is in the way: the former configuration is back" "$before" "$(content)"
	refused 1 'another route to it is in the way' snat add 50 group internet source 10.0.0.0/8 to 192.0.2.97-192.0.2.99
	refused 1 'another route to it is in the way' snat set 20 to 192.0.2.98-192.0.2.99
	# it cannot come back where the kernel would not take it now: that is told
	ip -n "$sr" link del eth2
	sed -i 's/interface: p-eth2/interface: p-bp0/' "$tmp/bad.yaml"
	apply "$tmp/bad.yaml" 2>"$tmp/err"
	is "R29 there is no way back: status" 1 $?
	ok "R29 there is no way back: why" grep -q 'configuration cannot be restored: .*eth2.*; the new one runs' "$tmp/err"
	is "R29 there is no way back: no word of nothing" '' "$(grep 'nothing was changed' "$tmp/err")"
	ip -n "$sr" route flush type unreachable
	link eth2
	quiet apply "$good"
	is "R29 there is no way back: by hand" "$before" "$(content)"
}

# As root without CAP_NET_ADMIN (12), which is taken from the bounding set.
as_nobody()
{
	ip netns exec "$sr" python3 -c '
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 12, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])' "$SAACTL" "$@"
}

permission()
{
	local before
	# root of a user namespace may configure the network namespaces of it
	if unshare -Urn true 2>/dev/null; then
		sed '/backplane/d; /dmz/,/interfaces/d; /snat:/,$d' "$good" >"$tmp/user.yaml"
		ok "R28 apply in a user namespace" unshare -Urn bash -ec '
			ip link add punt-n type veth peer name punt-s
			ip link add eth1 type veth
			"$1" apply "$2" --edge edge1 >/dev/null
			"$1" gateway del t0' - "$SAACTL" "$tmp/user.yaml"
	else
		echo "skip apply in a user namespace: there are none"
	fi
	before=$(state)
	as_nobody sr set 2 state down 2>"$tmp/err"
	is "no permission: status" 1 $?
	ok "no permission: message" grep -q CAP_NET_ADMIN "$tmp/err"
	as_nobody apply "$good" --edge edge3 2>"$tmp/err"
	is "no permission: apply: status" 1 $?
	ok "no permission: apply: message" grep -q CAP_NET_ADMIN "$tmp/err"
	is "no permission: nothing changed" "$before" "$(state)"
	as_nobody explain 10.1.1.1 192.0.2.200 in backplane >"$tmp/out" 2>"$tmp/err"
	is "no permission: explain: status" 1 $?
	ok "no permission: explain: message" grep -q CAP_NET_ADMIN "$tmp/err"
	ok "without permission: show works" grep -q '^gateway t0' <(as_nobody show)
	ok "without permission: save has no key" not grep -q AAECAwQFBgc <(as_nobody save)
}

whole_and_idempotent()
{
	local command
	apply "$good" --dry-run >"$tmp/out"
	is "R29 dry run: status" 0 $?
	ok "R29 dry run: shows the difference" grep -q '^+ group 1 name internet side north dev eth1$' "$tmp/out"
	apply "$good" --dry-run >/dev/full 2>"$tmp/err"
	is "R29 what cannot be written: status" 1 $?
	ok "R29 what cannot be written: message" grep -q 'cannot write the output' "$tmp/err"
	for command in help -V 'snat help' genkey; do
		ctl $command >/dev/full 2>"$tmp/err"
		is "R29 what cannot be written, $command: status" 1 $?
	done
	refused 1 'no gateway is configured' show
	ok "R28 apply" quiet apply "$good"
	is "R28 apply: 4 SRs" 4 "$(ctl -j show | jq '.sr | length')"
	is "R24 apply: routes for the pools" '198.51.100.1 198.51.100.2/31 198.51.100.4' \
		"$(ip -n "$sr" route show type blackhole proto 83 | awk '{ print $2 }' | paste -sd ' ')"
	is "R24 apply: route for the IPv6 pool" 1 "$(ip -n "$sr" -6 route show type blackhole proto 83 | grep -c 2001:db8::10)"
	is "R28 apply again" 'nothing to change' "$(apply "$good")"
	is "R28 apply again, JSON" false "$(ctl -j apply "$good" --edge edge1 | jq .changed)"

	before=$(state)
	sed 's/id: 100,/id: 200,/; /priority: 100/d' "$good" >"$tmp/other.yaml"
	apply "$tmp/other.yaml" --dry-run >"$tmp/out"
	is "R29 dry run of a change" "$before" "$(state)"
	ok "R29 dry run of a change: removed group" grep -q '^- group 100 ' "$tmp/out"
	ok "R29 dry run of a change: removed rule" grep -q '^- snat 100 ' "$tmp/out"
	ok "apply of a change" quiet apply "$tmp/other.yaml"
	is "apply of a change: the IPv6 route is gone" '' "$(ip -n "$sr" -6 route show proto 83)"
	ok "apply back" quiet apply "$good"

	ctl sr set edge2 state down
	is "a state stays over apply" 'nothing to change down' "$(apply "$good") $(ctl -j sr | jq -r '.[1].state')"
	ctl sr set edge2 state up address 192.0.2.2
	is "a state and an address at once" 'up 192.0.2.2' "$(ctl -j sr | jq -r '.[1] | "\(.state) \(.address)"')"
	ok "apply takes the address away" quiet apply "$good"
}

save_and_apply()
{
	local before
	before=$(content)
	ctl save >"$tmp/save.yaml"
	is "R28 save | apply: nothing to change" 'nothing to change' "$(ctl save | apply -)"
	ctl gateway del t0
	is "gateway del: no routes" '' "$(ip -n "$sr" route show proto 83)"
	apply "$tmp/save.yaml" >"$tmp/out"
	is "R28 a saved file restores everything" "$before" "$(content)"
	ok "check of a saved file" quiet ctl check "$tmp/save.yaml"
	ok "apply of the good file again" quiet apply "$good"
}

# Two files that differ in everything; at any time all of one of them is there.
two_at_once()
{
	local i a b now mixed=0
	sed 's/198.51.100.1-198.51.100.4/203.0.113.1-203.0.113.6/; s/id: 7$/id: 9/; s/name: dmz/name: zmd/; s/eth2/p-eth2/' \
		"$good" >"$tmp/b.yaml"
	a=$(apply "$good" >/dev/null; content)
	b=$(apply "$tmp/b.yaml" >/dev/null; content)
	[ "$a" != "$b" ] || mixed=1
	for ((i = 0; i < 10; i++)); do
		apply "$good" >/dev/null & local one=$!
		apply "$tmp/b.yaml" >/dev/null & local two=$!
		wait $one $two || mixed=1
		now=$(content)
		[ "$now" = "$a" ] || [ "$now" = "$b" ] || mixed=1
	done
	is "R29 two applies at once: one wins whole" 0 $mixed
	apply "$good" >/dev/null
}

object_commands()
{
	ok "group add" ctl group add 9 name extra side north dev p-eth1
	is "group show" 'group 9 name extra side north dev p-eth1' "$(ctl group | grep extra)"
	ok "group set" ctl group set extra dev p-eth2 name more
	is "group set: shown" 'group 9 name more side north dev p-eth2' "$(ctl group | grep ' 9 ')"
	ok "snat add" ctl snat add 50 group more source 10.0.0.0/8 to 192.0.2.64/30 ports 1024-2047 persistent
	is "snat show" 'snat 50 family ipv4 group more source 10.0.0.0/8 to 192.0.2.64-192.0.2.67 ports 1024-2047 persistent' \
		"$(ctl snat | grep 'snat 50')"
	is "R24 snat add: route" 1 "$(ip -n "$sr" route show proto 83 | grep -c 192.0.2.64/30)"
	ok "snat del" ctl snat del 50
	is "R24 snat del: no route" 0 "$(ip -n "$sr" route show proto 83 | grep -c 192.0.2.64/30)"
	ok "group del" ctl group del more
	ip -n "$sr" link del eth2
	is "a member without an interface" 'group 2 name dmz side north dev eth2 absent' "$(ctl group | grep dmz)"
	ip -n "$sr" link add eth2 type veth peer name p-eth2
	is "R28 nothing but what was added is gone" 'nothing to change' "$(apply "$good")"

	ok "table set" ctl table set 0-3 primary edge1 backup edge3
	is "table set: shown" 'bucket 3 primary 1 backup 3 owner 1' "$(ctl table show rows | sed -n 4p)"
	is "save keeps a table that is not the computed one" 'nothing to change' "$(ctl save | apply -)"
	ok "apply brings the computed table back" grep -q '^~ table buckets 1024 moved ' <(apply "$good")

	ip -n "$sr" link set eth1 mtu 1400
	is "MTU: no warning" '' "$(apply "$good" 2>&1 >/dev/null)"
	ip -n "$sr" link set eth1 mtu 1600
	ok "MTU: a warning with the line" grep -q "$good:11: warning: shadow port punt-n has MTU 1500, member eth1 has 1600" \
		<(apply "$good" 2>&1)
	ip -n "$sr" link set eth1 mtu 1500

	sed 's/id: 7$/&\n    set-device-group: true/' "$good" >"$tmp/group.yaml"
	apply "$tmp/group.yaml" >/dev/null
	is "R14 set-device-group" 100 "$(ip -n "$sr" -j link show bp0 | jq -r '.[0].group')"
}

large()
{
	local i
	{
		echo 'cluster:'
		echo '  name: large'
		echo '  hash: {key: "AAECAwQFBgcICQoLDA0ODw==", buckets: 65536}'
		echo '  punt: {north: punt-n, south: punt-s}'
		echo '  edges:'
		for ((i = 1; i <= 256; i++)); do
			echo "    - {name: edge$i, id: $i}"
		done
		echo 'gateways: [{name: t0, id: 7, groups: [{name: a, id: 1, side: north, interface: eth1}]}]'
	} >"$tmp/large.yaml"
	apply "$tmp/large.yaml" >"$tmp/out"
	is "256 SRs, 65536 buckets: apply" 0 $?
	is "256 SRs, 65536 buckets: shown" '256 65536' \
		"$(ctl -j sr | jq length) $(ctl -j table show rows | jq length)"
	is "256 SRs, 65536 buckets: even" '256 256' "$(ctl -j sr | jq -r '"\(map(.primary) | min) \(map(.primary) | max)"')"
	is "256 SRs, 65536 buckets: apply again" 'nothing to change' "$(apply "$tmp/large.yaml")"
	apply "$good" >/dev/null
}

monitor()
{
	ctl monitor >"$tmp/events" & local pid=$!
	ctl -j monitor >"$tmp/events.json" & local json=$!
	# a reader that has joined sees the next event
	heard() { ctl sr set 2 state syncing; ctl sr set 2 state up; [ -s "$tmp/events" ] && [ -s "$tmp/events.json" ]; }
	ok "monitor: events come" wait_for 60 heard
	ctl sr set 3 state down
	ctl snat add 60 group dmz source 10.0.0.0/8 no-snat
	ctl snat del 60
	ctl sr set 3 state up
	ok "monitor: a state" wait_for 60 grep -q '^2[0-9T:.-]* set sr 3 name edge3 state down$' "$tmp/events"
	ok "monitor: a rule is added" wait_for 60 grep -q ' set snat 60 .* no-snat$' "$tmp/events"
	ok "monitor: a rule is removed" wait_for 60 grep -q ' removed snat 60 ' "$tmp/events"
	ok "monitor: JSON, one object a line" wait_for 60 \
		sh -c 'jq -es "map(select(.event == \"removed\" and .snat.priority == 60)) | length == 1" "$1" >/dev/null' - "$tmp/events.json"
	kill $pid $json
	wait $pid $json 2>/dev/null
}

json()
{
	local command
	for command in show save digest sr group punt snat gateway 'table show' 'table show rows' stats 'xdp show' genkey \
		'explain 10.1.1.1 192.0.2.200 in backplane' "check $good" "plan $good" \
		"plan $good $good" "show $good" "apply $good --edge edge1 --dry-run"; do
		ok "JSON: $command" sh -c '"$@" | jq -e . >/dev/null' - "$SAACTL" -n "$sr" -j -p -s $command
	done
	# Interfaces that are up are never quite silent.
	same() { cmp -s <(ctl -s stats | awk '{ print $2, $4 }') <(ctl -j stats | jq -r '.[] | "\(.name) \(.packets)"'); }
	ok "JSON: the counters are the text's" wait_for 60 same
}

# Everything has help, and a reader that goes away is no error.
help()
{
	local object
	for object in '' apply check digest plan show save stats monitor genkey explain gateway sr group punt table snat xdp; do
		ok "help: saactl $object help" grep -q '^Usage: saactl' <("$SAACTL" $object help)
	done
	ok "version" grep -q '^saactl, saa [0-9]' <("$SAACTL" -V)
	"$SAACTL" -n nosuch show 2>"$tmp/err"
	is "no such namespace: status" 1 $?
	ok "no such namespace: message" grep -q 'network namespace "nosuch": no such namespace' "$tmp/err"
}

# The other modes of a gateway: one owner for all, then none.
modes()
{
	sed 's/mode: .*/mode: active-standby\n    active: edge3\n    standby: edge1/; /interfaces:/d' "$good" >"$tmp/one.yaml"
	sed 's/mode: .*/mode: stateless-active-active/; /snat:/,$d' "$good" >"$tmp/none.yaml"
	owned() { ctl -j sr show | jq -c '[.[] | [.name, .owned]]'; }

	apply "$good" >"$tmp/out" || fail
	is "R20 plan: from what runs: nothing" nothing-to-do "$(ctl -j plan "$good" | jq -r .plan.verdict)"
	sed 's/failure-domain: rack-b/failure-domain: rack-c/; s/id: 2, f/id: 2, weight: 3, f/' "$good" >"$tmp/more.yaml"
	is "R20 plan: from what runs: buckets and flows" "edit true 0" "$(ctl -j plan "$tmp/more.yaml" |
		jq -r '"\(.gateway[0].change) \(.gateway[0].moved > 100) \(.flows.here)"')"
	is "R20 plan: active-standby stays" "refused one-owner" "$(ctl -j plan "$tmp/one.yaml" "$good" |
		jq -r '"\(.plan.verdict) \(.refusal[0].rule)"')"
	quiet apply "$good" --alone
	is "R20 alone: every bucket is this SR's" '["edge1",1024]' "$(ctl -j sr show | jq -c '.[0] | [.name, .owned]')"
	is "R20 alone: no SNAT" "[]" "$(ctl -j snat show)"
	is "R20 alone: and back" "nothing to change" "$(quiet apply "$good"; apply "$good" | tail -n 1)"
	refused 1 'the flows of all owners but one would break' apply "$tmp/one.yaml" --edge edge1
	ctl gateway del t0
	quiet apply "$tmp/one.yaml"
	is "R19 active-standby: one owner" '[["edge1",0],["edge3",1024]]' "$(owned)"
	ctl sr set edge3 state down
	is "R19 active-standby: the standby edge takes over" '[["edge1",1024],["edge3",0]]' "$(owned)"
	ctl sr set edge3 state up
	ctl save >"$tmp/saved.yaml"
	ok "active-standby: saved as such" grep -q 'active: "edge3"' "$tmp/saved.yaml"
	is "active-standby: nothing to change" "nothing to change" "$(apply "$tmp/saved.yaml" | tail -n 1)"

	refused 1 'gateway "t0" does not run on edge "edge2"' apply "$tmp/one.yaml" --edge edge2 --gateway t0
	refused 1 'no gateway runs on edge "edge2"' apply "$tmp/one.yaml" --edge edge2
	ctl gateway del t0
	quiet apply "$good"
	quiet apply "$tmp/none.yaml"
	ok "stateless: the gateway is removed" grep -q '^- gateway t0 ' "$tmp/out"
	ok "stateless: and says so" [ "$(ctl show 2>&1 | grep -c 'no gateway is configured')" = 1 ]
	is "stateless: no routes for pools" "" "$(routes)"
	is "stateless: nothing to change" "nothing to change" "$(apply "$tmp/none.yaml" | tail -n 1)"
	sed 's/name: t0/name: t9/; s/id: 7$/id: 9/' "$tmp/none.yaml" >"$tmp/other.yaml"
	apply "$good" >"$tmp/out" || fail
	refused 1 'this namespace runs gateway "t0"' apply "$tmp/other.yaml" --edge edge1
	sed 's/name: t0/name: t9/; s/id: 7$/id: 9/' "$good" >"$tmp/other.yaml"
	refused 1 'runs gateway "t0"; choose another namespace with -n, or first "saactl gateway del t0"' \
		apply "$tmp/other.yaml" --edge edge1
	refused 1 'runs gateway "t0"; choose another' apply "$tmp/other.yaml" --edge edge1 --dry-run
	sed 's/name: t0/name: t9/' "$good" >"$tmp/other.yaml"
	ok "another name: applied" quiet apply "$tmp/other.yaml"
	ok "and back" quiet apply "$good"
}

# The last one: the module goes, for a moment.
module_absent()
{
	local modprobe ko
	ip netns del "$sr"
	modprobe=$(cat /proc/sys/kernel/modprobe)
	wait_for 60 rmmod saa 2>/dev/null || { echo "skip module absent: it is in use elsewhere"; return; }
	echo /nonexistent >/proc/sys/kernel/modprobe
	"$SAACTL" show 2>"$tmp/err"
	is "module absent: status" 1 $?
	ok "module absent: message" grep -q 'the saa module is not loaded: modprobe saa' "$tmp/err"
	"$SAACTL" apply "$good" --edge edge1 2>"$tmp/err"
	is "module absent: apply: status" 1 $?
	"$SAACTL" check "$good" >"$tmp/out"
	is "module absent: check works" 0 $?
	is "R21 check: sub-clusters across racks" 'sub-cluster edges edge1,edge3 sub-cluster edges edge2,edge4' \
		"$(grep ^sub-cluster "$tmp/out" | paste -sd ' ')"
	echo "$modprobe" >/proc/sys/kernel/modprobe
	ko=../build/kmod/$(uname -r)/saa.ko
	modprobe -q saa || insmod "$ko"
}

setup || { echo "not ok topology"; exit 1; }
help
whole_and_idempotent
bad_commands
bad_files
permission
save_and_apply
object_commands
two_at_once
large
monitor
json
modes
module_absent
done_testing
