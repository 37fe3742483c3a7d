#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Geneve packets that no SR of the gateway would send, and configurations that cannot work (topology: lib/topology.sh,
# lib/geneve.sh): refused, counted by reason, and without state. The control is the packet that the other SR would
# send.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
need_saa

topology 2 || exit 1
underlay || exit 1
TRANSPORT=geneve

# refused NAME MESSAGE EXPRESSION: the configuration, changed by sed, is refused with the message, and nothing changes.
refused()
{
	local before
	before=$(ctl sr1 -j show)
	sed "$3" "$tmp/saa.yaml" >"$tmp/wrong.yaml"
	not ctl sr1 apply "$tmp/wrong.yaml" --edge sr1 >"$tmp/refused" 2>&1 && grep -qF "$2" "$tmp/refused" &&
		[ "$(ctl sr1 -j show)" = "$before" ] && echo "ok refused: $1" && return
	echo "not ok refused: $1"
	sed 's/^/# /' "$tmp/refused"
	fail
}

# check_refusals PORT-OF-THE-DEVICE
check_refusals()
{
	ns sr1 ip link add tap0 type geneve id 5 remote 172.19.2.2 dstport 6082
	refused "another UDP port" "saa0 has UDP port $1, not 6090 as configured" 's/south-vni: 1002/&, port: 6090/'
	refused "a device that is not external" "tap0 is not external" 's/saa0/tap0/; s/south-vni: 1002/&, port: 6082/'
	refused "a device that is no geneve device" "punt-n is not a geneve device" 's/north: saa0/north: punt-n/'
	refused "one VNI for both" "north-vni and south-vni are both 1001" 's/1002/1001/'
	refused "an edge without address" 'edge "sr2" has no address' "s/, address: '$($ADDRESS 2)'//"
	refused "addresses of two families" "of different families" "s/$($ADDRESS 2)/fd00:19:2::77/"
	ns sr1 ip link del tap0
}

# opt [CLASS-AND-TYPE WORDS VERSION FLAGS GATEWAY SR GROUP]: an option, by default of SR 2 for group 1.
opt()
{
	printf '%s%s%s%s%s%s%s' "${1:-ffa081}" "${2:-02}" "${3:-01}" "${4:-00}" "${5:-0007}" "${6:-0002}" "${7:-0001}"
}

mac() { printf '02:a%x:00:07:00:%02x' "$1" "$2"; }
n1=$(mac 0 1) n2=$(mac 0 2) s1=$(mac 1 1) s2=$(mac 1 2)

# send: from the router between the tunnels' ends.
send() { ns underlay python3 "$lib/frames.py"; }

# refuses NAME REASON NUMBER, with packets on standard input: so will all_refused find. Each reason is named once.
refuses()
{
	echo "$3 $2 $1" >>"$tmp/expected"
	cat >>"$tmp/packets"
}

# counted: how many more were refused than before, for each reason. Who is let in gets answers: those are not counted.
counters() { ctl sr1 stats | awk '$NF == "drop" { print $2, $4 }'; }
counted()
{
	counters | awk 'FILENAME == ARGV[1] { of[$1] = $2; next }
		of[$1] != $2 { print $2 - of[$1], $1 }' "$tmp/before" - | sort
}

# all_refused NAME: all at once, or each that fails would wait.
all_refused()
{
	local number reason name
	counters >"$tmp/before"
	send <"$tmp/packets"
	wait_for 60 eval '[ "$(counted)" = "$(cut -d " " -f 1,2 "$tmp/expected" | sort)" ]'
	counted >"$tmp/counted"
	while read -r number reason name; do
		is "$1: $name: $reason" "$number" "$(awk -v reason="$reason" '$2 == reason { print $1 }' "$tmp/counted")"
	done <"$tmp/expected"
	is "$1: nothing is refused for another reason" "$(wc -l <"$tmp/expected")" "$(wc -l <"$tmp/counted")"
	rm "$tmp/expected" "$tmp/packets"
}

# random NAME PREFIX PACKET: options of all kinds, against the model in lib/geneve_options.py.
random()
{
	local number=300 seed=$RANDOM
	python3 "$lib/geneve_options.py" $seed $number $gateway_id 2 1 100 >"$tmp/options"
	counters >"$tmp/before"
	awk -v prefix="$2" -v packet="$3" '{ print prefix $2, packet }' "$tmp/options" | send
	becomes "$1: $number packets with random options, seed $seed" \
		"$(cut -d ' ' -f 1 "$tmp/options" | grep -v received | sort | uniq -c | sed 's/^ *//' | sort)" counted
}

# run NAME ADDRESS-FUNCTION ANOTHER-ADDRESS-OF-SR1
run()
{
	local from to north south tunnel
	ADDRESS=$2
	ok "$1: apply" apply_all
	to=$($ADDRESS 1) from=$($ADDRESS 2)
	north="$n1 $n2 - $of_sr1 198.51.100.80"		# what SR 1 takes from the north
	south="$s1 $s2 - 10.1.0.9 $of_sr1"		# and from the south
	tunnel=geneve:$from,$to
	refuses "wrong VNI" bad-vni 2 <<-END
		$tunnel,1003,$(opt) $north
		$tunnel,0,$(opt) $north
	END
	refuses "VNI of the other side" not-for-us 1 <<<"$tunnel,1002,$(opt) $north"
	refuses "not from the sender's address, not to ours" bad-tep 2 <<-END
		geneve:$($ADDRESS 3),$to,1001,$(opt) $north
		geneve:$from,$3,1001,$(opt) $north
	END
	refuses "no option" option-missing 1 <<<"$tunnel,1001,- $north"
	refuses "option too long, short, twice, of another version, with unknown flags" option-malformed 6 <<-END
		$tunnel,1001,$(opt '' 03) $north
		$tunnel,1001,$(opt '' 01) $north
		$tunnel,1001,$(opt '' 22) $north
		$tunnel,1001,$(opt)$(opt) $north
		$tunnel,1001,$(opt '' '' 02) $north
		$tunnel,1001,$(opt '' '' '' 02) $north
	END
	refuses "unknown critical options, alone and with ours" option-critical 3 <<-END
		$tunnel,1001,ffa08200 $north
		$tunnel,1001,$(opt)0102ff0100000000 $north
		$tunnel,1001,0102ff00$(opt) $north
	END
	refuses "foreign options" option-foreign 2 <<-END
		$tunnel,1001,01027f0100000000 $north
		$tunnel,1001,$(opt)ffa00100 $north
	END
	refuses "sender by option and frame differ" bad-sender 3 <<-END
		$tunnel,1001,$(opt '' '' '' '' 0008) $north
		$tunnel,1001,$(opt '' '' '' '' '' 0003) $north
		$tunnel,1001,$(opt '' '' '' 01) $north
	END
	refuses "unknown group" bad-group 1 <<<"$tunnel,1001,$(opt '' '' '' '' '' '' 0037) $north"
	refuses "group of the other side" wrong-switch 1 <<<"$tunnel,1001,$(opt '' '' '' '' '' '' 0064) $north"
	refuses "not IP, a VLAN's" bad-frame 2 <<-END
		$tunnel,1001,$(opt) $north 0806
		$tunnel,1001,$(opt) ${north/ - / 5 }
	END
	all_refused "$1"
	is "$1: no state" "" "$(flows_known | grep -v ' 6081$')"
	send <<-END
		$tunnel,1001,$(opt) $north
		$tunnel,1002,$(opt '' '' '' '' '' '' 0064) $south
	END
	becomes "$1: control: packets as SR 2 would send them make flows" 2 \
		eval 'flows_known | grep -v " 6081$" | grep -c "^sr1 udp"'
	random "$1" "$tunnel,1001," "$north"
	ns sr1 conntrack -F >/dev/null 2>&1
}

ADDRESS=tep4
ok "apply" apply_all
read -r of_sr1 _ < <(remote_of_each | paste -sd ' ')
check_refusals 6081
for address in 172.19.99.1 fd00:19:99::1; do
	ns sr1 ip address add $address dev under0
	ns underlay ip route add $address dev sr1
done
run IPv4 tep4 172.19.99.1
run IPv6 tep6 fd00:19:99::1

# save gives what apply takes, and there is nothing to change then.
ctl sr1 save >"$tmp/saved.yaml"
is "save and apply" "nothing to change" "$(ctl sr1 apply "$tmp/saved.yaml" --edge sr1)"
ok "another device for the south" ns sr1 ip link add saa1 type geneve external dstport 6099
ok "with a port of its own" ctl sr1 punt set south dev saa1 port 6099
is "is shown" "saa1 geneve 1002 6099" \
	"$(ctl sr1 -j punt show | jq -r '.[] | select(.side == "south") | "\(.dev) \(.transport) \(.vni) \(.port)"')"
ok "and L2 again" ctl sr1 punt set south dev punt-s transport l2
is "is shown without VNI" "punt-s l2 null" \
	"$(ctl sr1 -j punt show | jq -r '.[] | select(.side == "south") | "\(.dev) \(.transport) \(.vni)"')"
ns sr1 ip link del saa0
is "a device that goes is absent" true "$(ctl sr1 -j punt show | jq '.[] | select(.side == "north") | .absent')"
ns sr1 ip link add saa0 type geneve external dstport 6082
is "one with another port is not taken" true \
	"$(ctl sr1 -j punt show | jq '.[] | select(.side == "north") | .absent')"
ns sr1 ip link del saa0
ns sr1 ip link add saa0 type geneve external
is "one that is right is" null "$(ctl sr1 -j punt show | jq '.[] | select(.side == "north") | .absent')"
done_testing
