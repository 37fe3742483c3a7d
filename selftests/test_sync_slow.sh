#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R23: partners with a slow path between them get in sync, though an answer takes longer than a handshake may and
# silence may, and a frame, too; and after the path was cut in the middle of a bulk for longer than that. An SR that
# begins anew in the middle of a bulk of connections gets them all, each once: its partner and it know the same, and
# each of them carries the connections when the other one fails.
# On lib/topology.sh, with the links of lib/sync.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

FLOWS=400
TCP=300		# connections

# path [OPTION...]: netem's, of the path between the partners, both ways.
path()
{
	ns sr1 tc qdisc replace dev sync0 root netem limit 100000 "$@" &&
		ns sr2 tc qdisc replace dev sync0 root netem limit 100000 "$@"
}

# sr1 has flows, for a bulk of more than a frame; with events, so that their end is told.
flows_of_sr1()
{
	local i
	ns sr1 sysctl -qw net.netfilter.nf_conntrack_events=1
	for ((i = 1; i <= FLOWS; i++)); do
		echo "-I -p udp -s 10.1.0.5 -d 203.0.113.5 --sport $((5000 + i)) --dport 53 -t 3600 -u SEEN_REPLY,ASSURED"
	done >"$tmp/load"
	ns sr1 conntrack --load-file "$tmp/load" >/dev/null 2>&1
	[ "$(ns sr1 conntrack -L -p udp 2>/dev/null | wc -l)" -eq $FLOWS ]
}

at_least() { [ "$(count "$1" "$2")" -ge "$3" ]; }
open_path() { ns sr1 tc qdisc del dev sync0 root && ns sr2 tc qdisc del dev sync0 root; }

# within SR BULKS BYTES: a frame of flows has come to it since it had received these, and not all.
within()
{
	local bulks=$2 bytes=$3
	wait_for 120 at_least "$1" bytes-received $((bytes + 3000)) && [ "$(count "$1" bulks-received)" -eq "$bulks" ]
}

# anew: the gateway of sr1 ends and is made again, with flows from before; its partner owns all.
anew() { ctl sr1 gateway del t0 && ctl sr1 apply "$tmp/saa.yaml" --edge sr1 --state syncing >"$tmp/apply.sr1"; }

old_flow()
{
	ns sr1 conntrack -I -p tcp -s 10.1.0.5 -d 203.0.113.5 --sport 5000 --dport 7 --state ESTABLISHED \
		-u SEEN_REPLY,ASSURED -t 3600 >"$tmp/insert" 2>&1
}

same() { ctl sr2 -j sync dump >"$tmp/dump" && ctl sr1 sync verify "$tmp/dump" >"$tmp/diff"; }
# known N: connections that N SRs know.
known() { flows_known | grep ' tcp .* 7$' | cut -d ' ' -f 2- | sort | uniq -c | awk -v n="$1" '$1 == n' | wc -l; }
held() { echo $(($(count sr1 flows-held) + $(count sr2 flows-held))); }

# exactly NAME
exactly()
{
	ok "$1: both are in sync" sync_ready sr1 sr2
	ok "$1: both know the same" wait_for 60 same
	is "$1: which is all, and once" "flows here $TCP partner $TCP differences 0" "$(tail -n 1 "$tmp/diff")"
	is "$1: to conntrack, too" "$TCP 0" "$(known 2) $(known 1)"
	becomes "$1: each is held by one" $TCP held
}

errors() { sync_field sr1 error; sync_field sr2 error; }
disconnected() { [ "$(sync_field sr1 status) $(sync_field sr2 status)" = "disconnected disconnected" ]; }

topology 2 || exit 1
ok "links between partners" sync_links
path delay 700ms || skip_all "no netem"
ok "sr1 has flows" flows_of_sr1
SYNC="{key-file: $tmp/sync.key, timeout: 500}"
ok "apply" apply_all
ok "in sync, though answers take longer than they may" sync_ready sr1 sr2
is "all flows have come" $FLOWS "$(sync_field sr2 flows-held)"

# 4 s for a frame.
ok "a narrow path" path rate 64kbit
ctl sr1 sync set timeout 2000 && ctl sr2 sync set timeout 2000
ns sr2 conntrack -F 2>/dev/null
ok "sr2 asks for the flows once more" ctl sr2 sync resync
ok "they come, though a frame takes longer than silence may" ctl sr2 sync wait held timeout 120
is "all, when it says so" $FLOWS "$(sync_field sr2 flows-held)"

ok "and once more" ctl sr2 sync resync
ok "the path is cut meanwhile" ns switch ip link set y1 down
ok "which both notice" wait_for 60 disconnected
ok "it is there again" ns switch ip link set y1 up
ok "in sync again" sync_ready sr1 sr2
is "all flows are there" $FLOWS "$(sync_field sr2 flows-held)"
ns sr1 conntrack -F 2>/dev/null
becomes "what is flushed is told of" 0 sync_field sr2 flows-held
# On a busy machine even that may take longer than silence may: then they are in sync once more.
becomes "no error is left" "" errors

ok "a path" open_path
flows_go_on "$tmp/flows" south "10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --proto tcp \
	--count $TCP --size 500 --interval 3600 --timeout 300
exactly "connections"
bulks=$(count sr2 bulks-received) bytes=$(count sr2 bytes-received)
ok "a narrow path again" path rate 32kbit
ok "sr1 sends all" ctl sr1 sync resync
ok "some of it comes" within sr2 "$bulks" "$bytes"
ok "sr1 begins anew at another port" ctl sr1 sync set port 7221
ok "and at the one before" ctl sr1 sync set port 7220
ok "a path" open_path
exactly "another port"

ok "sr1 fails" sr_fails 1
ok "sr2 carries its connections" flows_round
ok "sr1 has a flow that has ended" old_flow
ok "sr1 has begun anew" anew
ok "a narrow path again" path rate 32kbit
ok "sr2 knows" state_of 1 syncing 2
ok "and is there" ns switch ip link set y1 up
ok "some of what sr2 has comes" within sr1 0 0
ok "sr1 begins anew once more" anew
ok "a path" open_path
ok "it gets all" ctl sr1 sync wait held timeout 120
is "each once" $TCP "$(known 2)"
ok "sr1 is back" sr_returns 1
exactly "another life"
ok "sr2 fails" sr_fails 2
ok "sr1 carries all connections" flows_round
flows_end
all_carried "none was lost" "$tmp/flows"
done_testing
