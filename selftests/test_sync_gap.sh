#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22, R23: more changes than can be queued, a bulk that is cut in the middle, a link that flaps: what is forwarded
# does not wait, and in the end both partners hold the same. The partner takes nothing while a flow of sr1 changes more
# often than its queue has room for, which is one change then; and while sr1 gets more flows than that: changes are
# lost, sr1 is not in sync, and sends all when the partner takes something again, on the same connection. Connections
# are cut by another key that is accepted.
# On lib/topology.sh, with the links of lib/sync.sh. SAA_FLAPS (6) times.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

FLOWS=5500	# more than a queue has (4096), and a frame
FLAPS=${SAA_FLAPS:-6}

# load SR SRC DST N: flows by themselves, all on one CPU, whose queue they share.
load()
{
	local i
	for ((i = 1; i <= $4; i++)); do
		echo "-I -p udp -s $2 -d $3 --sport $((5000 + i)) --dport 53 -t 3600 -u SEEN_REPLY,ASSURED"
	done >"$tmp/load"
	ns "$1" sysctl -qw net.netfilter.nf_conntrack_events=1
	ns "$1" taskset 1 conntrack --load-file "$tmp/load" >"$tmp/conntrack.out" 2>&1
	[ "$(ns "$1" conntrack -C)" -ge "$4" ]
}

# changes N: of one flow of sr1: each of so many packets gives it another mark.
changes()
{
	ns sr1 nft insert rule inet firewall forward udp dport 53 ct mark set numgen inc mod 1000000 &&
		ns south taskset 1 python3 -c '
import socket, sys
sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind(("10.1.0.7", 5000))
for _ in range(int(sys.argv[2])):
	sock.sendto(b"", (sys.argv[1], 53))' "$remote" "$1" && [ "$(marked sr1)" -eq $(($1 - 1)) ]
}

now() { echo "${EPOCHREALTIME/[.,]/}"; }

# passed SINCE MICROSECONDS
passed() { [ $(($(now) - $1)) -ge "$2" ]; }

# mark N: that flow gets a mark by hand, and sr1 sends it.
mark()
{
	local sent
	sent=$(count sr1 sent)
	ns sr1 conntrack -U -p udp -s 10.1.0.7 -m "$1" >/dev/null 2>&1 && wait_for 60 at_least sr1 sent $((sent + 1))
}

# marked SR: the mark of that flow there.
marked() { ns "$1" conntrack -L -p udp -s 10.1.0.7 2>/dev/null | sed -n 's/.* mark=\([0-9]*\) .*/\1/p'; }

# same: what they know is the same.
same() { ctl sr2 -j sync dump >"$tmp/dump" && ctl sr1 sync verify "$tmp/dump" >"$tmp/diff"; }

# all_same NAME: a check, now or soon: what goes on changes.
all_same()
{
	ok "$1: both are in sync" wait_for 300 sync_ready sr1 sr2
	ok "$1: both hold the same" wait_for 60 same
	ok "$1: all ($(tail -n 1 "$tmp/diff"))" [ "$(count sr2 flows-held)" -ge $FLOWS ]
}

at_least() { [ "$(count "$1" "$2")" -ge "$3" ]; }

# reconnect SR...: their connections are made anew, at once.
reconnect()
{
	local sr
	for sr; do
		accepted[$sr]=$((!accepted[$sr]))
		ctl "$sr" sync set old-key-file "$tmp/sync.key.${accepted[$sr]}" || return
	done
}

sending_all() { [ "$(sync_field sr1 to-partner)" = sending-all ]; }

# flap I: one of them makes its connections anew while there is no link, and the other one learns of it by and by. Both
# have begun to send all when there is a link again.
flap()
{
	local sr=sr$(($1 % 2 + 1)) before
	ctl sr1 sync resync && ctl sr2 sync resync && ns switch ip link set y2 down || return
	before=$(count "$sr" connects)
	reconnect "$sr" && ns switch ip link set y2 up && wait_for 120 at_least "$sr" connects $((before + 1))
}

flaps()
{
	local i
	for ((i = 0; i < FLAPS; i++)); do
		flap $i || return
	done
}

topology 2 || exit 1
ok "links between partners" sync_links
declare -A accepted=([sr1]=0 [sr2]=0)
(umask 077 && "$SAACTL" genkey sync >"$tmp/sync.key.0" && "$SAACTL" genkey sync >"$tmp/sync.key.1")
for sr in sr1 sr2; do
	ns $sr sysctl -qw net.ipv4.tcp_wmem="4096 4096 4096"
done
SYNC="{key-file: $tmp/sync.key, mode: strict, timeout: 60000}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
remote=$(remote_of_each | head -n 1)

# Less than an answer may take: no connection ends.
connects=$(count sr1 connects) bulks=$(count sr1 bulks-sent) sent=$(count sr1 sent)
ok "the partner takes nothing" ns switch ip link set y2 down
ok "a flow changes more often than the queue of sr1 has room for" changes $FLOWS
ok "the partner takes something again" ns switch ip link set y2 up
becomes "and gets the last change" $((FLOWS - 1)) marked sr2
becomes "which was all" 0 count sr1 flows-at-risk
sent=$(($(count sr1 sent) - sent))
ok "few of those before it ($sent)" [ "$sent" -lt $((FLOWS / 4)) ]
is "and none was lost" 0 "$(count sr1 gaps)"

# From before the first of two changes was confirmed; nothing else is sent after them for a quarter of the timeout.
ok "the partner takes nothing again" ns switch ip link set y2 down
ok "the flow changes" mark 1
since=$(now)
ok "which is not confirmed for two seconds" wait_for 60 passed "$since" 2000000
ok "it changes again" mark 2
past=$(($(now) - since))
ok "the partner takes something again" ns switch ip link set y2 up
becomes "and gets both" "2 0" eval 'echo "$(marked sr2) $(count sr1 flows-at-risk)"'
lag=$(count sr1 lag-us)
ok "the lag is not less than that time ($lag, $past)" [ "$lag" -ge "$past" ]

ok "the partner takes nothing once more" ns switch ip link set y2 down
ok "sr1 gets more flows than its queue has room for" load sr1 10.1.0.5 "$remote" $FLOWS
ok "which is a gap" at_least sr1 gaps 1
flows south 10.1.0.0/24 "$remote/32" --proto tcp,udp --count 8 --timeout 120 >"$tmp/meanwhile"
all_carried "what sr1 forwards is not kept waiting" "$tmp/meanwhile"
ok "sr1 is not in sync" sending_all
ok "nor does the partner have all" not at_least sr2 flows-held $FLOWS
ok "the partner takes something again" ns switch ip link set y2 up
all_same "after a gap"
is "on the same connections" "$connects" "$(count sr1 connects)"
is "all was sent once more" $((bulks + 1)) "$(count sr1 bulks-sent)"

# A bulk takes half a minute and more; some of it has come when it is cut.
ok "sr2 has flows" load sr2 10.1.0.6 203.0.113.6 400
ok "a narrow path" ns sr1 tc qdisc replace dev sync0 root netem limit 100000 rate 160kbit
before=$(count sr2 bytes-received) bulks=$(count sr2 bulks-received)
ok "sr1 sends all" ctl sr1 sync resync
ok "half of it comes" wait_for 120 at_least sr2 bytes-received $((before + 70000))
ok "the connections are cut" reconnect sr1 sr2
is "in the middle" "$bulks" "$(count sr2 bulks-received)"
ns sr1 tc qdisc del dev sync0 root
all_same "after half a bulk"

ctl sr1 sync set timeout 3000 && ctl sr2 sync set timeout 3000
flows_go_on "$tmp/flows" south "10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --proto tcp,udp \
	--count 16 --size 500 --interval 0.2 --timeout 300 --again 300
ok "$FLAPS times the link flaps while both send all" flaps
all_same "after that"
ok "sr1 fails" sr_fails 1
ok "flows go on" flows_round
flows_end
all_carried "none was lost" "$tmp/flows"
done_testing
