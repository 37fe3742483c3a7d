#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R23: partners with a slow path between them get in sync, though an answer takes longer than a handshake may and
# silence may, and a frame, too; and after the path was cut in the middle of a bulk for longer than that.
# On lib/topology.sh, with the links of lib/sync.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

FLOWS=400

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
done_testing
