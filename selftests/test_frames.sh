#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames on the punt switches that no SR of the gateway would send (topology: lib/topology.sh): dropped, counted by
# reason, and without state. The control is the frame that the other SR would send.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

topology 2 || exit 1
ok "apply" apply_all

# mac SIDE-AND-FLAGS SR [GATEWAY]: as kmod/include/uapi/linux/saa_punt.h has it; north 0, south 1, second chance +2.
mac() { printf '02:a%x:%02x:%02x:00:%02x' "$1" $((${3:-$gateway_id} >> 8)) $((${3:-$gateway_id} & 255)) "$2"; }

n1=$(mac 0 1) n2=$(mac 0 2) s1=$(mac 1 1) s2=$(mac 1 2)
is "the MAC address of a shadow port" "$n1" "$(ctl sr1 -j punt show | jq -r '.[] | select(.side == "north") | .mac')"

# Remotes that SR 1 and SR 2 own.
read -r of_sr1 of_sr2 < <(remote_of_each | paste -sd ' ')
six_sr1=$(remote_of_each 6 | head -n 1)

# send: frames of standard input, to SR 1 from where its switch is.
send() { ns switch python3 "$lib/frames.py"; }

in="$of_sr1 198.51.100.80"	# what SR 1 would take from the north
out="10.1.0.9 $of_sr1"		# and from the south
send <<-END
	n1 $n1 $(mac 0 2 9) 1 $in
	n1 $n1 $(mac 0 9) 1 $in
	n1 $n1 $n1 1 $in
	n1 $n1 00:11:22:33:44:55 1 $in
	s1 $s1 $(mac 1 9) 100 $out
	n1 $n1 $n2 55 $in
	s1 $s1 $s2 4094 $out
	n1 $n1 $n2 100 $in
	n1 $n1 $s2 1 $in
	s1 $s1 $s2 1 $out
	s1 $s1 $n2 100 $out
	n1 $n1 $n2 - $in
	n1 $n1 $n2 88a8:1 $in
	n1 $n1 $n2 1 $in 0806
	s1 $s1 $s2 100 $out 88b5
	n1 $n2 $n1 1 $in
	n1 02:00:00:00:00:01 $n2 1 $in
	n1 $n1 $(mac 2 2) 1 $of_sr2 198.51.100.80
END
becomes "unknown sender: another gateway, SR, itself, none" 5 counter sr1 bad-sender
becomes "unknown group" 2 counter sr1 bad-group
becomes "wrong switch: group or sender of the other side" 4 counter sr1 wrong-switch
becomes "no tag, another tag, not IP" 4 counter sr1 bad-frame
becomes "for another" 2 counter sr1 not-for-us
becomes "not owned at the second chance" 1 counter sr1 not-owner
is "nothing else was taken" "0 0" "$(counter sr1 owned) $(counter sr1 punted)"
is "no state" "" "$(flows_known)"

# Who else uses the EtherType of announcements gets what is not one: the second of these is the first.
ns sr1 python3 -c '
import socket
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5)) as sock:
    sock.settimeout(60)
    print("listening", flush=True)
    print(sock.recv(2000)[6:12].hex(":"))
' >"$tmp/stack" 2>&1 &
ok "somebody listens" wait_for 60 grep -q listening "$tmp/stack"
announced=$(counter sr1 announced)
ok "SR 2 has a new configuration" ctl sr2 snat add 900 group internet source 10.9.0.0/24 no-snat
ok "which it announces" wait_for 60 eval '[ "$(counter sr1 announced)" -gt "$announced" ]'
send <<<"n1 ff:ff:ff:ff:ff:ff 02:00:00:00:00:07 1 $in 88b5"
becomes "what is none goes to the stack" 02:00:00:00:00:07 tail -n 1 "$tmp/stack"

ns sr1 ip link set eth1 down
send <<<"n1 $n1 $n2 1 $in"
becomes "the member is down" 1 counter sr1 member-absent
ns sr1 ip -batch - <<-END
	link set eth1 up
	address replace fd00:17:1::2/64 dev eth1 nodad
	route replace default via 172.17.1.1
	route replace ::/0 via fd00:17:1::1
END
is "no state" "" "$(flows_known)"

send <<-END
	n1 $n1 $n2 1 $in
	s1 $s1 $s2 100 10.1.0.10 $of_sr1
	n1 $n1 $n2 1 $six_sr1 2001:db8:51::80
	s1 $s1 $s2 8100:a064 10.1.0.11 $of_sr1
END
becomes "control: frames as SR 2 would send them make flows, whatever the priority in the tag" 4 \
	eval 'flows_known | grep -c "^sr1 udp"'
done_testing
