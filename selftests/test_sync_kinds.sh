#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22: flows of every kind that conntrack tracks go on when their SR fails, with SNAT and DNAT, IPv4 and IPv6: SCTP,
# GRE, a protocol that nobody knows, ICMP, UDP that nobody has answered; and what rules find of them is there: marks,
# labels, zones. The ends decide; the control is the same without state sync. conntrack -E tells of each flow once, and
# so does conntrackd know them.
# lib/sync_kinds.py has the flows. On lib/topology.sh, with the links of lib/sync.sh; sr1 fails.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

KINDS=22	# in both families

# Packets of a flow pass only where the flow has what its first packet got.
rules()
{
	local i
	for i in 1 2; do
		ns "sr$i" nft -f - <<-END || return
			table inet kinds {
				chain zone {
					type filter hook prerouting priority raw;
					udp dport 7003 ct zone set 9
					udp sport 7003 ct zone set 9
				}
				chain forward {
					type filter hook forward priority filter + 1;
					udp dport 7001 ct state new ct mark set 77
					udp dport 7002 ct state new ct label set 5
					ct mark 77 accept
					ct label 5 accept
					udp dport 7001-7002 drop
					udp sport 7001-7002 drop
				}
			}
		END
	done
	# The answers to pings are made by the test.
	ns north sysctl -qw net.ipv4.icmp_echo_ignore_all=1 net.ipv6.icmp.echo_ignore_all=1
}

# kinds_begin SECONDS
kinds_begin()
{
	rm -f "$tmp"/kinds.*
	python3 "$lib/sync_kinds.py" --prefix "$P" --state "$tmp/kinds" --seconds "$1" "$(remote_of_each 4 | head -n 1)" \
		"$(remote_of_each 6 | head -n 1)" >"$tmp/kinds.out" &
	kinds_pid=$!
	wait_for 120 eval '[ -e "$tmp/kinds.begun" ] || ! kill -0 $kinds_pid 2>/dev/null'
	[ -e "$tmp/kinds.begun" ]
}

kinds_end() { touch "$tmp/kinds.go" && wait "$kinds_pid"; }

settled() { [ "$(ctl sr1 sync show | sed -n 's/^ *flows-at-risk: //p')" = 0 ]; }

event_reader() { ns "$1" awk '$2 == 12 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; }

# conntrackd_begins SR: it only looks.
conntrackd_begins()
{
	cat >"$tmp/conntrackd.$1" <<-END
		General {
			HashSize 1024
			HashLimit 4096
			LockFile $tmp/conntrackd.$1.lock
			UNIX { Path $tmp/conntrackd.$1.socket }
		}
		Stats { LogFile off }
	END
	nsenter --net="/run/netns/$P$1" -- conntrackd -C "$tmp/conntrackd.$1" >"$tmp/conntrackd.$1.out" 2>&1 &
	wait_for 60 known_to_conntrackd "$1" >"$tmp/conntrackd.known"
}

# known_to_conntrackd SR: how many of the flows.
known_to_conntrackd()
{
	ns "$1" conntrackd -C "$tmp/conntrackd.$1" -i >"$tmp/conntrackd.flows" 2>&1 || return
	grep -cE '203[.]0[.]113[.]|2001:db8:203:' "$tmp/conntrackd.flows" || :
}

# events SR PATTERN: of the flows' events
events() { grep -E '203[.]0[.]113[.]|2001:db8:203:' "$tmp/events.$1" | grep -c -- "$2"; }

topology 2 && sync_links && rules || exit 1

ok "control: apply" apply_all
ok "control: flows of each kind begin" kinds_begin 3
ok "control: sr1 fails" sr_fails 1
ok "control: the ends end" kinds_end
is "control: without state sync, all are lost" "" "$(grep -v ^lost "$tmp/kinds.out")"
is "control: all" $KINDS "$(wc -l <"$tmp/kinds.out")"
topology_down

topology 2 && sync_links && rules || exit 1
SYNC="{key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
for sr in sr1 sr2; do
	ns "$sr" conntrack -E -e NEW,DESTROY >"$tmp/events.$sr" 2>/dev/null &
	wait_for 60 event_reader "$sr"
	ok "conntrackd is there, at $sr" conntrackd_begins "$sr"
done
ok "flows of each kind begin" kinds_begin 60
ok "the partner has them" wait_for 60 settled
ctl sr2 -j sync dump >"$tmp/dump"
verify() { ctl sr1 sync verify "$tmp/dump" >"$tmp/diff"; }
ok "nothing differs" verify
becomes "conntrack -E tells of each once" $KINDS events sr1 '\[NEW\]'
becomes "at the partner, too" $KINDS events sr2 '\[NEW\]'
becomes "conntrackd knows all" $KINDS known_to_conntrackd sr1
becomes "at the partner, too" $KINDS known_to_conntrackd sr2
ok "sr1 fails" sr_fails 1
ok "the ends end" kinds_end
while read -r word name; do
	is "goes on: $name" ok "$word"
done <"$tmp/kinds.out"
is "all" $KINDS "$(wc -l <"$tmp/kinds.out")"
is "none has ended for conntrack -E" "0 0" "$(events sr1 DESTROY) $(events sr2 DESTROY)"
ns sr2 conntrack -F 2>/dev/null
becomes "then it tells of each end" $KINDS events sr2 '\[DESTROY\]'
done_testing
