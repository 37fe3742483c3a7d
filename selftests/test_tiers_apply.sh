#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "saactl apply" of stateful active/active tier-1 gateways on one edge: what it makes, changes and removes, and that
# nothing has changed when it refuses. No packets: these are in test_tiers.sh.
#
#	  switch: the other ends
#	   |eth1 |punt-n |punt-s |sync0    |bp0    |bp0
#	  t0 -------------------------- t1-1 blue  |
#	  the tier-0 ------------------ t1-2 ----- red
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa
modprobe -q nf_conntrack_netlink

setup()
{
	local name
	{
		for name in switch t0 blue red; do
			echo "netns add $P$name"
		done
		for name in eth1 punt-n punt-s sync0; do
			echo "link add $name netns ${P}t0 type veth peer name $name netns ${P}switch"
		done
		echo "link add bp0 netns ${P}blue type veth peer name blue netns ${P}switch"
		echo "link add bp0 netns ${P}red type veth peer name red netns ${P}switch"
	} | ip -batch - || return
	ns t0 ip -batch - <<-END || return
		link set lo up
		link set eth1 up
		link set punt-n up
		link set punt-s up
		address add 192.168.77.1/24 dev sync0
		link set sync0 up
	END
	# as hosts are that want no IPv6 of new interfaces
	ns blue sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	umask 077
	"$SAACTL" genkey >"$tmp/key" && "$SAACTL" genkey sync >"$tmp/sync.key"
}

# tier0 FILE MODE: the tier-0 alone, in this mode.
tier0()
{
	cat <<-END >"$1"
		cluster:
		  name: tiers
		  hash: {key-file: $tmp/key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  sync: {key-file: $tmp/sync.key}
		  edges:
		    - {name: sr1, id: 1, address: 192.168.77.1}
		    - {name: sr2, id: 2, address: 192.168.77.2}
		gateways:
		  - name: t0
		    id: 7
		    mode: $2
		    groups: [{name: internet, id: 1, side: north, interface: eth1}]
	END
}

tier1s()
{
	cat <<-END
		  - name: blue
		    id: 1
		    tier: 1
		    uplink: t0
		    netns: ${P}blue
		    advertise: [10.1.0.0/16, 'fd00:10::/64']
		    groups: [{name: inside, id: 101, side: south, interface: bp0}]
		  - name: red
		    id: 2
		    tier: 1
		    uplink: t0
		    netns: ${P}red
		    advertise: [10.2.0.0/16]
		    groups: [{name: inside, id: 101, side: south, interface: bp0}]
	END
}

# variant FILE EXPRESSION: all.yaml with this sed expression.
variant() { sed "$2" "$tmp/all.yaml" >"$tmp/$1"; }

# apply FILE [OPTION...]: on the edge; what it said is in out.
apply()
{
	local file=$1
	shift
	rm -f "$tmp/state"
	ctl t0 apply "$tmp/$file" --edge sr1 "$@" >"$tmp/out" 2>&1
}

# All that apply makes.
state()
{
	local name
	for name in t0 blue red; do
		echo "$name"
		ctl "$name" save 2>&1
		ip -n "$P$name" route show proto 83
		ip -n "$P$name" -6 -batch - <<-END
			link show
			route show proto 83
		END
	done
	for name in punt-n punt-s; do
		tc -n "${P}t0" filter show dev "$name" ingress | grep -v ' ref '
		bridge -n "${P}t0" fdb show dev "$name"
	done
}

# refused NAME PATTERN FILE [OPTION...]: with these words, and nothing has changed.
refused()
{
	local name=$1 pattern=$2
	shift 2
	[ -e "$tmp/state" ] || state >"$tmp/state"
	mv "$tmp/state" "$tmp/before"
	apply "$@"
	is "$name: refused" 1 $?
	ok "$name: with the remedy" grep -q "$pattern" "$tmp/out"
	state >"$tmp/state"
	ok "$name: nothing has changed" diff "$tmp/before" "$tmp/state"
}

# macs: those of tier-1s that the NICs of shadow ports take frames for.
macs() { bridge -n "${P}t0" fdb show | grep -o '^02:a[01]:00:0[12]:[0-9a-f:]*' | sort | paste -sd ' '; }

routes() { ip -n "${P}t0" route show proto 83; }

elsewhere()
{
	cat <<-END
		  - name: elsewhere
		    mode: active-standby
		    active: sr1
		    standby: sr2
		    groups:
		      - {name: outside, id: 1, side: north, interface: sync0}
		      - {name: inside, id: 2, side: south, interface: there}
	END
}

new_and_again()
{
	ctl red gateway add other id 9 sr 1
	refused "a namespace that runs another gateway" 'runs gateway "other"; give it another one, or first .* del other' \
		all.yaml
	ctl red gateway del other
	variant fail.yaml 's/interface: eth1/interface: eth9/'
	rm -f "$tmp/state"
	refused "a dry run with new tier-1s asks the kernel" 'eth9' fail.yaml --dry-run
	variant fail.yaml 's/interface: bp0/interface: bp9/'
	rm -f "$tmp/state"
	refused "a dry run with new tier-1s looks for their members" 'no interface bp9' fail.yaml --dry-run
	rm -f "$tmp/state"
	ok "IPv6 is off by default: applied" apply all.yaml
	ok "and on the link it is on" grep -q fd5a:a5aa:6400::3 <(ip -n "${P}blue" -6 address show dev uplink)
	ok "a tier-1 that was lost is no change" apply all.yaml
	is "again" "nothing to change" "$(cat "$tmp/out")"
	ns t0 ip -batch - <<-END
		link set t1-1 down
		link set t1n-2 down
	END
	ok "what is down: applied" apply all.yaml
	is "what is down: it is up again" "" "$(ip -n "${P}t0" -br link show | grep '^t1.*DOWN')"
	# its other end is in a namespace where nothing of it is
	ns t0 ip link del t1s-1
	ns t0 ip link add t1s-1 type veth peer name other
	ns t0 ip link set t1s-1 alias "saa-tier-1 1 blue ${P}blue"
	ok "what leads nowhere: applied" apply all.yaml
	is "what leads nowhere: it is made again" "punt-s" "$(ip -n "${P}blue" -br link show punt-s | sed 's/@.*//')"
	ctl t0 apply "$tmp/all.yaml" --edge sr1 --gateway blue >"$tmp/out" 2>&1
	is "a tier-1 by itself: refused" 1 $?
	ok "a tier-1 by itself: with the remedy" grep -q '"--gateway t0"' "$tmp/out"
	# an end with another name is somebody's choice
	ns blue ip -batch - <<-END
		link set punt-s down
		link set punt-s name other
	END
	rm -f "$tmp/state"
	refused "an end with another name" "its other end is other in network namespace .* rename that to punt-s" all.yaml
	ns blue ip -batch - <<-END
		link set other name punt-s
		link set punt-s up
	END
	ok "with its name again: applied" apply all.yaml
	ns blue ip link set bp0 mtu 9000
	ctl t0 check "$tmp/all.yaml" --edge sr1 >"$tmp/out" 2>&1
	ok "check looks at a tier-1 where it is" grep -q 'MTU 1500, member bp0 has 9000' "$tmp/out"
	ns blue ip link set bp0 mtu 1500
	# one that runs in another namespace, where an interface has the name of one here
	{ cat "$tmp/all.yaml"; elsewhere; } >"$tmp/elsewhere.yaml"
	ns t0 ip link set sync0 mtu 9000
	ctl t0 check "$tmp/elsewhere.yaml" --edge sr1 >"$tmp/out" 2>&1
	is "check leaves out who is elsewhere" 0 "$(grep -c 'member sync0' "$tmp/out")"
	ns t0 ip link add there type veth peer name other
	ctl t0 check "$tmp/elsewhere.yaml" --edge sr1 >"$tmp/out" 2>&1
	is "check looks at who is here" 1 "$(grep -c 'MTU 1500, member sync0 has 9000' "$tmp/out")"
	ns t0 ip link del there
	ns t0 ip link set sync0 mtu 1500
}

# Who is refused by a tier-1 has not even tried the tier-0.
asked_first()
{
	local before
	before=$(ctl t0 -j gateway show)
	variant fail.yaml 's/name: internet/name: wan/; /name: red/,$s/bp0/bp9/'
	refused "what a tier-1 refuses" 'bp9' fail.yaml
	is "what a tier-1 refuses: the tier-0 has its generation" "$before" "$(ctl t0 -j gateway show)"
}

# has_open PID FILE
has_open() { find "/proc/$1/fd" -lname "$2" 2>/dev/null | grep -q .; }

# What is said of an SR while an apply runs is newer than what that read, and would put back.
state_meanwhile()
{
	# who waits for the lock of a tier-1 has read the tier-0
	hold blue
	"$SAACTL" -n "${P}t0" apply "$tmp/way.yaml" --edge sr1 >"$tmp/out" 2>&1 &
	ok "a state meanwhile: apply waits" wait_for 60 has_open $! "$(lock_of blue)"
	ctl t0 sr set 2 state down
	rm "$tmp/locked"
	wait
	ok "a state meanwhile: refused" grep -q 'another route to it is in the way' "$tmp/out"
	is "a state meanwhile: it stays" down "$(ctl t0 -j sr show | jq -r '.[1].state')"
	ctl t0 sr set 2 state up
}

advertised()
{
	local before generation
	before=$(routes)
	variant more.yaml 's/10.1.0.0.16/10.3.0.0\/16/'
	apply more.yaml --dry-run
	is "a route: dry run" \
		"gateway t0:,+ route to 10.3.0.0/16 dev t1-1,- route to 10.1.0.0/16 dev t1-1,dry run: nothing was changed" \
		"$(paste -sd , "$tmp/out")"
	is "a route: dry run changes nothing" "$before" "$(routes)"
	{ cat "$tmp/more.yaml"; echo '    snat: [{group: uplink, to: 198.51.100.9}]'; } >"$tmp/fail.yaml"
	ns red ip address add 198.51.100.9/32 dev bp0
	rm -f "$tmp/state"
	refused "routes come last" '198.51.100.9 is assigned to interface bp0' fail.yaml
	ns red ip address del 198.51.100.9/32 dev bp0
	ns t0 ip route add 10.4.0.0/16 dev eth1 proto static metric 10
	ns t0 ip route add unreachable fd00:11::/64
	rm -f "$tmp/state"
	variant way.yaml "s/name: inside/name: within/
		s/10.1.0.0.16/10.3.0.0\\/16, 10.4.0.0\\/16/; s/'fd00:10::.64'/'fd00:11::\\/64'/"
	refused "a route in the way, dry run" 'gateway "t0": another route to fd00:11::/64 is in the way' way.yaml --dry-run
	generation=$(ctl t0 -j gateway show)
	refused "a route in the way" 'gateway "t0": another route to fd00:11::/64 is in the way' way.yaml
	is "a route in the way: the tier-0 has its generation" "$generation" "$(ctl t0 -j gateway show)"
	ns t0 ip route del unreachable fd00:11::/64
	ns blue ip route replace unreachable default
	rm -f "$tmp/state"
	refused "a default route in the way" 'gateway "blue": another route to 0.0.0.0/0 is in the way' way.yaml
	ns blue ip route del unreachable default
	ok "a default route in the way: gone" apply all.yaml
	ns blue ip route append unreachable default
	ok "a default route beside that of saactl" apply all.yaml
	ns blue ip route del unreachable default
	rm -f "$tmp/state"
	# one of the protocol of saactl is only seen when it comes to that
	ns t0 ip route add 10.4.0.0/16 dev eth1 proto 83
	refused "a route in the way, late" 'another route to it is in the way' way.yaml
	sed "s/^    groups: .*internet/    set-device-group: true\n&/" "$tmp/way.yaml" >"$tmp/fail.yaml"
	ok "device groups are the default" grep -q 'eth1.*group default' <(ip -n "${P}t0" -o link show)
	refused "a route in the way, with device groups" 'another route to it is in the way' fail.yaml
	state_meanwhile
	ns t0 ip route flush 10.4.0.0/16
	variant groups.yaml 's/id: 101,/id: 102,/; s/^    groups: .*internet/    set-device-group: true\n&/'
	apply groups.yaml --dry-run
	is "of which gateway a change is, device groups too" \
		"gateway t0:,~ device-group dev eth1 id 0 -> 1,gateway blue:,gateway red:,dry run: nothing was changed" \
		"$(sed '/^[-+] group 10[12] name inside/d; /device-group dev t1-/d' "$tmp/out" | paste -sd ,)"
	ok "a route: applied" apply more.yaml
	is "a route: it is there" "10.3.0.0/16" "$(routes | awk '/t1-1/ { print $1 }')"
	variant swap.yaml 's/10.1.0.0/10.9.0.0/; s/10.2.0.0/10.3.0.0/; s/10.9.0.0/10.2.0.0/'
	ok "two tier-1s swap what they advertise" apply swap.yaml
	is "they did" "10.2.0.0/16 t1-1,10.3.0.0/16 t1-2" "$(routes | awk '{ print $1, $5 }' | paste -sd ,)"
	ok "and back" apply all.yaml
}

# A SNAT pool goes from a tier-1 to its tier-0, which has a route to it then, too, and back.
pool_moves()
{
	local pool=198.51.100.16 lower upper
	lower="/name: blue/,/groups:/{
		s/advertise: \\[/&$pool\\/32, /
		s/^    groups.*/&\\n    snat: [{group: uplink, to: $pool}]/
	}"
	upper="/name: internet/s/\$/\\n    snat: [{group: internet, to: $pool}]/"
	variant lower.yaml "$lower"
	variant upper.yaml "$upper"
	variant both.yaml "$lower; /name: internet/s/\$/\\n    snat: [{group: internet, to: $pool-198.51.100.17}]/"
	refused "what a tier-1 advertises is a pool of its tier-0" \
		"advertise $pool/32 of gateway \"blue\" overlaps the SNAT pool $pool-198.51.100.17 of its tier-0 \"t0\"" both.yaml
	ok "a pool of a tier-1: applied" apply lower.yaml
	is "a pool of a tier-1: the way to it" "$pool via 100.64.0.3" "$(routes | grep -o "^$pool via [^ ]*")"
	# one that is only seen when it comes to routes, of all gateways
	ns t0 ip route add 10.4.0.0/16 dev eth1 proto 83
	sed 's/10.1.0.0.16/10.4.0.0\/16/' "$tmp/upper.yaml" >"$tmp/fail.yaml"
	rm -f "$tmp/state"
	refused "a pool moves to the tier-0, and a route is in the way" 'to 10.4.0.0/16: .* in the way' fail.yaml
	ns t0 ip route flush 10.4.0.0/16
	# the routes of a tier-1 come before that
	sed "/name: red/,\$s/^    groups.*/&\\n    snat: [{group: uplink, to: 198.51.100.20}]/" "$tmp/upper.yaml" >"$tmp/fail.yaml"
	ns red ip route add unreachable 198.51.100.20
	rm -f "$tmp/state"
	refused "a pool moves to the tier-0, and a tier-1 fails" 'route blackhole 198.51.100.20 .* in the way' fail.yaml
	ns red ip route del unreachable 198.51.100.20
	ok "a pool moves to the tier-0: applied" apply upper.yaml
	ok "a pool moves to the tier-0: told of" grep -q -- "^- route to $pool dev t1-1" "$tmp/out"
	is "a pool moves to the tier-0: no way to the tier-1" "blackhole $pool " "$(routes | grep "$pool" | sed 's/proto.*//')"
	ns t0 ip route add 10.4.0.0/16 dev eth1 proto 83
	sed 's/10.1.0.0.16/10.4.0.0\/16/' "$tmp/lower.yaml" >"$tmp/fail.yaml"
	rm -f "$tmp/state"
	refused "a pool moves to the tier-1, and a route is in the way" 'to 10.4.0.0/16: .* in the way' fail.yaml
	ns t0 ip route flush 10.4.0.0/16
	ok "a pool moves to the tier-1: applied" apply lower.yaml
	sed '/name: blue/,/snat:/d' "$tmp/lower.yaml" | sed "$upper" >"$tmp/gone.yaml"
	ok "a pool of a tier-1 that goes: applied" apply gone.yaml
	is "a pool of a tier-1 that goes: no way to that" "blackhole $pool " "$(routes | grep "$pool" | sed 's/proto.*//')"
	ok "without the pool again" apply all.yaml
}

becomes_another()
{
	variant id.yaml 's/id: 1$/id: 3/'
	refused "another id" 'has id 3, but runs with id 1; first apply the file without it' id.yaml
	variant netns.yaml "s/netns: ${P}red/netns: ${P}switch/"
	refused "another namespace" "has network namespace \"${P}switch\", but runs in \"${P}red\"" netns.yaml
	refused "another namespace, dry run" "first apply the file without it" netns.yaml --dry-run
	variant ports.yaml 's/north: punt-n/north: sync0/'
	refused "other shadow ports" 'the shadow ports become others' ports.yaml
	variant taken.yaml "s/name: red/name: green/; s/id: 2\$/id: 4/"
	refused "the namespace of one that goes" 'is that of gateway "red", which runs and is no longer in the file' \
		taken.yaml
	variant name.yaml 's/name: blue/name: azure/'
	# the SR of this edge: it has other MAC addresses
	variant sr.yaml 's/name: sr1, id: 1/name: sr1, id: 3/'
	ok "another SR id: applied" apply sr.yaml
	is "another SR id: the NICs take frames for it, and for the former one no more" \
		"02:a0:00:01:00:03 02:a0:00:02:00:03 02:a1:00:01:00:03 02:a1:00:02:00:03" "$(macs)"
	ok "and back" apply all.yaml
	ok "another name: applied" apply name.yaml
	ok "another name: it goes by that" grep -q "alias saa-tier-1 1 azure " <(ip -n "${P}t0" link show t1s-1)
	ok "and back" apply all.yaml
}

green()
{
	cat <<-END
		  - name: green
		    id: 3
		    tier: 1
		    uplink: t0
		    netns: ${P}green
		    groups: [{name: inside, id: 101, side: south, interface: gp0}]
	END
}

# The namespace of a tier-1 that is not there is made, with the interfaces of its groups.
makes_namespace()
{
	local before
	before=$(ls /run/netns)
	ns t0 ip link add gp0 up type veth peer name green netns "${P}switch"
	{ cat "$tmp/all.yaml"; green; } >"$tmp/green.yaml"
	{ cat "$tmp/all.yaml"; echo '    snat: [{group: uplink, to: 198.51.100.9}]'; green; } >"$tmp/fail.yaml"
	apply green.yaml --dry-run
	ok "a namespace would be made" grep -q "^+ namespace ${P}green" "$tmp/out"
	unshare -m --propagation private "$SAACTL" -n "${P}t0" apply "$tmp/green.yaml" --edge sr1 >"$tmp/out" 2>&1
	is "where nobody else would see it: refused" 1 $?
	# a route tells that the interface was not moved, not even there and back
	ns t0 ip route add 10.77.0.0/16 dev gp0
	ns red ip address add 198.51.100.9/32 dev bp0
	rm -f "$tmp/state"
	refused "another gateway" '198.51.100.9 is assigned to interface bp0' fail.yaml
	ns red ip address del 198.51.100.9/32 dev bp0
	{ sed 's/id: 1$/id: 4/' "$tmp/all.yaml"; green; } >"$tmp/fail.yaml"
	refused "a tier-1 that becomes another" 'has id 4, but runs with id 1' fail.yaml
	is "nothing was moved" 1 "$(ip -n "${P}t0" route show 10.77.0.0/16 | grep -c gp0)"
	sed "s/gp0/gp1/" "$tmp/green.yaml" >"$tmp/fail.yaml"
	refused "a slip in its name, dry run" "${P}green\" of gateway .* nor is interface gp1 here .*; correct the name" \
		fail.yaml --dry-run
	{ cat "$tmp/green.yaml"; green | sed 's/green/olive/; s/id: 3/id: 5/'; } >"$tmp/fail.yaml"
	refused "two with one interface" 'gp0 is in groups of gateways "green" and "olive"' fail.yaml
	ns t0 ip address add 192.0.2.1/24 dev gp0
	rm -f "$tmp/state"
	refused "an interface with addresses" 'gp0 has addresses, .* put the interface there' green.yaml
	refused "an interface with addresses, dry run" 'gp0 has addresses' green.yaml --dry-run
	ns t0 ip address del 192.0.2.1/24 dev gp0
	ns t0 ip link add bridge type bridge
	ns t0 ip link set gp0 master bridge
	rm -f "$tmp/state"
	refused "an interface in a bridge" 'gp0 is in a bridge, .* take it out' green.yaml
	ns t0 ip link del bridge
	# a VLAN would be closed with it, and lose its routes
	ns t0 ip link add gp0.100 link gp0 type vlan id 100
	rm -f "$tmp/state"
	refused "an interface with a VLAN on it" 'gp0.100 is on interface gp0, .* without others on it' green.yaml
	refused "an interface with a VLAN on it, dry run" 'gp0.100 is on interface gp0' green.yaml --dry-run
	ns t0 ip link del gp0.100
	sed 's/gp0/eth1/' "$tmp/green.yaml" >"$tmp/fail.yaml"
	rm -f "$tmp/state"
	refused "an interface of the tier-0" 'eth1 is in group "internet" of gateway "t0", .* name another' fail.yaml
	refused "an interface of the tier-0, dry run" 'eth1 is in group "internet"' fail.yaml --dry-run
	sed '/name: internet/s/eth1/other/; s/gp0/eth1/' "$tmp/green.yaml" >"$tmp/fail.yaml"
	refused "an interface that the tier-0 leaves" 'eth1 is in group "internet" of gateway "t0"' fail.yaml
	is "nothing was made" "$before" "$(ls /run/netns)"
	ns t0 ip route add 10.4.0.0/16 dev eth1 proto 83
	{ cat "$tmp/green.yaml"; echo '    advertise: [10.4.0.0/16]'; } >"$tmp/fail.yaml"
	apply fail.yaml
	is "a route in the way, when it is made: refused" 1 $?
	is "it is gone again" "$before" "$(ls /run/netns)"
	ok "its interface is back, and up" grep -q gp0 <(ip -n "${P}t0" link show gp0 up)
	ns t0 ip route del 10.4.0.0/16 dev eth1

	ok "a namespace is made" apply green.yaml
	ok "and told of" grep -q "^+ namespace ${P}green" "$tmp/out"
	is "it is a router" "1 1" "$(ns green sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | paste -sd ' ')"
	is "it has the interface, up" 2 "$(ip -n "${P}green" -o link show up | grep -cE ': (lo|gp0)[@:]')"
	apply green.yaml
	is "again: nothing to change" "nothing to change" "$(cat "$tmp/out")"
	ns green ip link add mine type veth peer name other
	ok "it goes, but for what is not of it" apply all.yaml
	ok "which is named" grep -q "\"${P}green\" stays, interface .* is in it" "$tmp/out"
	ok "its own interface is back" ip -n "${P}t0" link show gp0 >"$tmp/out"
	ip netns del "${P}green"
	ok "a namespace is made" apply green.yaml
	apply all.yaml --dry-run
	ok "it would go" grep -q "^- namespace ${P}green" "$tmp/out"
	ok "it goes" apply all.yaml
	ok "and is told of" grep -q "^- namespace ${P}green" "$tmp/out"
	is "it is gone" "$before" "$(ls /run/netns)"
	ns t0 ip link del gp0
}

# half NAME COMMAND...: saactl was ended somewhere. All of it is there, or nothing.
half()
{
	local name=$1
	shift
	if [ -e "/run/netns/${P}green" ]; then
		"$@"
		is "$name: all was done" "nothing to change" "$(cat "$tmp/out")"
		apply all.yaml
	fi
	is "$name: nothing is left" "$before" "$(ls /run/netns; ip -n "${P}t0" -o link show | grep -o ' t1[ns]*-[0-9]*\| gp0')"
}

# Each interface in the tier-0 can be told from the first moment on, also by one that comes after it was killed.
marked()
{
	local name
	ip -n "${P}t0" -o monitor link >"$tmp/monitor" 2>&1 &
	wait_for 60 eval 'ns t0 ip link add mark1 type veth peer name mark2; ns t0 ip link del mark1; grep -q mark1 "$tmp/monitor"'
	apply green.yaml
	wait_for 60 eval 'ns t0 ip link add mark3 type veth peer name mark4; ns t0 ip link del mark3; grep -q mark3 "$tmp/monitor"'
	kill $!
	for name in t1-3 t1n-3 t1s-3; do
		is "$name is marked when it is made" "$begun" "$(grep -m 1 ": $name@" "$tmp/monitor" | sed 's/.* group \([^ ]*\) .*/\1/')"
	done
	is "and not for long" 3 "$(ip -n "${P}t0" -o link show group default | grep -c ': t1[ns]*-3@')"
	apply all.yaml
}

# By a signal that was there before, which is seen after the first step; then by some that come at any time.
interrupted()
{
	local before i begun=$((0x5aa5aa00))
	ns t0 ip link add gp0 up type veth peer name green netns "${P}switch"
	marked
	before=$(ls /run/netns; ip -n "${P}t0" -o link show | grep -o ' t1[ns]*-[0-9]*\| gp0')
	python3 -S -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGQUIT])
os.kill(os.getpid(), signal.SIGQUIT)
os.execv(sys.argv[1], sys.argv[1:])' "$SAACTL" -n "${P}t0" apply "$tmp/green.yaml" --edge sr1 >"$tmp/out" 2>&1
	is "a signal between two steps: refused" 1 $?
	ok "a signal between two steps: it says so" grep -q 'interrupted; nothing was changed' "$tmp/out"
	is "a signal between two steps: when all was undone" 1 "$(wc -l <"$tmp/out")"
	half "a signal between two steps" apply green.yaml
	# as one leaves it that is killed after its first step
	ip netns add "${P}green"
	ip -n "${P}green" link set lo alias "made by saactl apply"
	ip -n "${P}green" link add uplink type veth peer name t1-3 netns "${P}t0" group "$begun"
	ns t0 ip link add t1-9 group "$begun" type veth peer name other
	ok "what a killed apply has begun: the next one goes on" apply green.yaml
	is "what a killed apply has begun: with an interface" "alias saa-tier-1 3 green ${P}green, 2 addresses" \
		"$(ip -n "${P}t0" link show up dev t1-3 | grep -o 'alias .*'), $(ip -n "${P}t0" -o address show dev t1-3 |
			grep -cE ' (100.64.0.6|fd5a:a5aa:6400::6)/') addresses"
	is "what a killed apply has begun: and without one of a tier-1 that is not in the file" "" \
		"$(ip -n "${P}t0" -o link show | grep t1-9)"
	ok "what a killed apply has begun: it runs" ctl green gateway show
	apply all.yaml
	half "what a killed apply has begun" apply green.yaml
	for i in 1 3 6; do
		timeout -s TERM "0.0$i" "$SAACTL" -n "${P}t0" apply "$tmp/green.yaml" --edge sr1 >"$tmp/out" 2>&1
		half "a signal after ${i}0 ms" apply green.yaml
	done
	(trap '' HUP; python3 -S -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
os.kill(os.getpid(), signal.SIGHUP)
os.execv(sys.argv[1], sys.argv[1:])' "$SAACTL" -n "${P}t0" apply "$tmp/green.yaml" --edge sr1) >"$tmp/out" 2>&1
	is "a signal that is ignored: applied" 0 $?
	# the place of its interface is taken: it stays, and can be removed when that is free
	ns t0 ip link add gp0 type veth peer name other
	apply all.yaml
	is "an interface that cannot go back: refused" 1 $?
	ok "an interface that cannot go back: the gateway stays" ctl green gateway show >"$tmp/out"
	ns t0 ip link del gp0
	ok "then it goes" apply all.yaml
	half "an interface that cannot go back"
	ns t0 ip link del gp0
}

# without NAME COMMAND: saactl where this namespace cannot be entered: it is a file, as on a host whose /run/netns is
# another one.
without()
{
	unshare -m --propagation private bash -c "umount -l '/run/netns/$P$1'; '$SAACTL' -n '${P}t0' $2"
}

# What goes is found by any of its interfaces, and nothing of it stays.
goes()
{
	local filters
	filters=$(tc -n "${P}t0" filter show dev punt-n ingress)
	ok "it had filters" grep -q 'Redirect to device t1n-1' <<<"$filters"
	# by hand: another port, on which the tier-0 is from now on
	ok "another shadow port" ctl t0 punt set north dev sync0
	rm -f "$tmp/state"
	refused "another shadow port" 'the shadow ports become others, but gateway ".*" runs on these; first apply' all.yaml
	without red "apply $tmp/none.yaml --edge sr1" >"$tmp/out" 2>&1
	is "one that cannot be removed: exit status" 1 $?
	ok "one that cannot be removed: it is named" grep -q "\"${P}red\" of gateway \"red\": .*; it stays" "$tmp/out"
	ok "the other one has gone" grep -q "^- tier-1 blue id 1 netns ${P}blue" "$tmp/out"
	ok "it stays" grep -q t1-2 <(ip -n "${P}t0" link)
	ok "it does" ctl red show
	ns t0 ip link del t1-2
	ctl red gateway del red
	ok "applied without" apply none.yaml
	is "all of it has gone" "" "$(ip -n "${P}t0" -br link show | grep '^t1'
		tc -n "${P}t0" filter show dev punt-n ingress
		tc -n "${P}t0" filter show dev punt-s ingress
		macs)"
	is "the namespaces' own interfaces stay" "lo bp0 lo bp0" "$(for name in blue red; do
		ip -n "$P$name" -br link show | sed 's/[@ ].*//'
	done | paste -sd ' ')"
}

# foreign: qdiscs and filters of the administrator, by port.
foreign()
{
	local name
	for name in punt-n punt-s t1n-2; do
		echo "$name: $(tc -n "${P}t0" qdisc show dev "$name" | awk '$2 ~ /clsact|ingress/ { print $2 }')" \
			"$(tc -n "${P}t0" filter show dev "$name" ingress | grep -o 'src_mac 02:00:.*')"
	done
	echo "punt-n, egress: $(tc -n "${P}t0" filter show dev punt-n egress | grep -o 'src_mac 02:00:.*')"
}

# Qdiscs and filters that the administrator has on shadow ports, of either kind, stay as they are.
others_filters()
{
	local before after
	# on one port they are there before, on the other one saactl was first
	tc -n "${P}t0" qdisc del dev punt-s clsact
	tc -n "${P}t0" -batch - <<-END
		qdisc add dev punt-s ingress
		filter add dev punt-s ingress pref 10 flower src_mac 02:00:00:00:00:01 action pass
	END
	ok "filters of others: applied" apply all.yaml
	tc -n "${P}t0" -batch - <<-END
		filter add dev punt-n ingress pref 10 flower src_mac 02:00:00:00:00:02 action pass
		filter add dev punt-n egress pref 42410 flower src_mac 02:00:00:00:00:03 action pass
		filter add dev t1n-2 ingress pref 10 flower src_mac 02:00:00:00:00:04 action pass
	END
	before=$(foreign)
	is "filters of others: they are there" "punt-n: clsact src_mac 02:00:00:00:00:02,\
punt-s: ingress src_mac 02:00:00:00:00:01,t1n-2: clsact src_mac 02:00:00:00:00:04,punt-n, egress: src_mac 02:00:00:00:00:03" "$(paste -sd , <<<"$before")"
	ok "filters of others: beside those of saactl" grep -q 'Redirect to device t1s-2' \
		<(tc -n "${P}t0" filter show dev punt-s ingress)
	ok "filters of others: applied again" apply all.yaml
	is "filters of others: as they were" "$before" "$(foreign)"
	# who has a block of filters for several interfaces is asked to do without
	tc -n "${P}t0" qdisc del dev t1s-2 clsact
	tc -n "${P}t0" qdisc add dev t1s-2 ingress_block 22 clsact
	apply all.yaml
	is "a block of filters: refused" 1 $?
	ok "a block of filters: where it is" grep -q '^saactl: t1s-2: cannot redirect' "$tmp/out"
	tc -n "${P}t0" qdisc del dev t1s-2 clsact
	ok "a block of filters: without it" apply all.yaml
	ok "filters of others: without tier-1s" apply none.yaml
	after=$(foreign 2>"$tmp/err")
	is "filters of others: they stay" "$(grep -v t1n <<<"$before")" "$(grep -v t1n <<<"$after")"
	is "filters of others: those of saactl are gone" "" "$(for name in punt-n punt-s; do
		tc -n "${P}t0" filter show dev "$name" ingress
	done | grep Redirect)"
	tc -n "${P}t0" qdisc del dev punt-s ingress
	tc -n "${P}t0" qdisc del dev punt-n clsact
}

# R20: what "plan" refuses is refused of what runs, too.
conversions()
{
	tier0 "$tmp/standby.yaml" $'active-standby\n    active: sr1\n    standby: sr2'
	tier0 "$tmp/stateless.yaml" stateless-active-active
	ok "R20 with tier-1s" apply all.yaml
	refused "R20 to stateless, with tier-1s" 'a tier-0 that has tier-1 gateways does not change' stateless.yaml
	refused "R20 to active-standby" 'the flows of all owners but one would break' standby.yaml
	ok "R20 without them" apply none.yaml
	is "R20 a table as that of active-standby: refused" "" \
		"$(not ctl t0 table set 0-255 primary 1 backup 2 2>"$tmp/err" || echo works)"
	ok "R20 and what to do" grep -q 'leave one bucket out, or "saactl sr set sr2 state down"' "$tmp/err"
	ctl t0 table set 255 primary 2 backup 1
	ok "R20 all but one bucket" ctl t0 table set 0-254 primary 1 backup 2
	ok "R20 and back" apply none.yaml
	sed 's/id: 1, a/id: 1, weight: 1000, a/' "$tmp/none.yaml" >"$tmp/weight.yaml"
	refused "R20 to one owner by weights" \
		'is active-standby in the file, where one SR owns every bucket, and runs as stateful' weight.yaml
	ok "R20 to stateless" apply stateless.yaml
	ok "R20 to active-standby" apply standby.yaml
	ok "R20 again" apply standby.yaml
	is "R20 again: nothing to change" "nothing to change" "$(cat "$tmp/out")"
	refused "R20 from active-standby" 'all its flows are on one edge' none.yaml
	refused "R20 from active-standby, alone" 'all its flows are on one edge' none.yaml --alone
	refused "R20 from active-standby, by two steps" 'a second step could' stateless.yaml
	ok "R20 active-standby, alone" apply standby.yaml --alone
	refused "R20 from active-standby that is alone" 'all its flows are on one edge' none.yaml
	refused "R20 from active-standby that is alone, to alone" 'all its flows are on one edge' none.yaml --alone
	ok "R20 alone and back" apply standby.yaml
	ctl t0 gateway del t0
	sed 's/active: sr1/active: sr2/; s/standby: sr2/standby: sr1/' "$tmp/standby.yaml" >"$tmp/other.yaml"
	ok "R20 the standby edge, alone" apply other.yaml --alone
	is "R20 it owns every bucket" '[["sr1",256],["sr2",0]]' \
		"$(ctl t0 -j sr show | jq -c '[.[] | [.name, .owned]]')"
	ok "R20 then it is standby" apply other.yaml
	ctl t0 gateway del t0
}

lock_of() { echo "/run/saa/netns-$(stat -Lc %i "/run/netns/$P$1").lock"; }

# lock NAME COMMAND [OPTION...]: runs it with saactl's lock of a namespace.
lock()
{
	flock "${@:3}" "$(lock_of "$1")" sh -c "$2"
}

# hold NAME: lock it in the background until locked is removed.
hold()
{
	lock "$1" "touch '$tmp/locked'; while [ -e '$tmp/locked' ]; do sleep 0.1; done" &
	wait_for 60 test -e "$tmp/locked"
}

# What goes with a tier-0 goes before somebody else configures its namespace.
one_at_a_time()
{
	local pid
	ok "with tier-1s: applied" apply all.yaml
	without red "gateway del t0" >"$tmp/out" 2>&1
	is "gateway del: a tier-1 that cannot be removed" 1 $?
	ok "gateway del: it is named" grep -q "\"${P}red\" of gateway \"red\": .*; it stays" "$tmp/out"
	ok "gateway del: again" ctl t0 gateway del t0
	is "gateway del: all of it has gone" "" \
		"$(ip -n "${P}t0" -br link show | grep '^t1'; ctl red -j gateway show 2>"$tmp/out")"
	ok "with tier-1s: applied" apply all.yaml
	hold red
	"$SAACTL" -n "${P}t0" gateway del t0 2>"$tmp/err" &
	pid=$!
	ok "gateway del, a signal while a tier-1 is locked: the other one goes" \
		wait_for 60 eval '! ctl blue gateway show >"$tmp/out" 2>&1'
	kill $pid
	ok "gateway del, a signal while a tier-1 is locked: it ends" wait_for 60 eval "! kill -0 $pid 2>'$tmp/out'"
	ok "gateway del, a signal while a tier-1 is locked: what stays" \
		grep -q "gateway \"red\" stays as it is: \"saactl -n ${P}red gateway del red\"" "$tmp/err"
	ok "gateway del, a signal while a tier-1 is locked: it does" ctl red gateway show
	ok "gateway del, a signal while a tier-1 is locked: so does the tier-0" ctl t0 gateway show
	rm "$tmp/locked"
	wait
	ok "gateway del: again" ctl t0 gateway del t0
	ok "gateway del: apply again" apply all.yaml
	hold red
	ctl t0 gateway del t0 &
	ok "gateway del: the first tier-1 goes" wait_for 60 eval '! ctl blue gateway show >"$tmp/out" 2>&1'
	ok "gateway del: the tier-0 goes last" ctl t0 gateway show
	lock t0 true -n
	is "gateway del: nobody else comes meanwhile" 1 $?
	rm "$tmp/locked"
	wait
	is "gateway del: all of it has gone" "" \
		"$(ip -n "${P}t0" -br link show | grep '^t1'; ctl t0 -j gateway show 2>"$tmp/out")"
	ok "gateway del: then somebody else may come" lock t0 true -n
}

# State sync of a tier-1 by the tier-0's namespace, which has no name here: as the first one of a host.
without_name()
{
	unshare -m --propagation private bash -c "
		exec 9</run/netns/${P}t0 && umount -l /run/netns/${P}t0 &&
			exec nsenter --net=/proc/self/fd/9 '$SAACTL' apply '$tmp/all.yaml' --edge sr1" >"$tmp/out" 2>&1
	is "a namespace without a name: applied" 0 $?
	ok "a tier-1 syncs from there" grep -q "netns: \"${P}t0\"" <(ctl blue save)
	apply all.yaml
	is "again: nothing to change" "nothing to change" "$(cat "$tmp/out")"
}

setup || { echo "not ok setup"; exit 1; }
tier0 "$tmp/none.yaml" stateful-active-active
{ cat "$tmp/none.yaml"; tier1s; } >"$tmp/all.yaml"
new_and_again
[ $failed = 0 ] || done_testing
asked_first
advertised
pool_moves
becomes_another
makes_namespace
interrupted
goes
others_filters
conversions
one_at_a_time
without_name
done_testing
