#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22, R23: an SR fails, and its partner goes on with its flows; it comes back, and gets them first. Flows with SNAT
# that go on all the time, TCP, UDP and ping, IPv4 and IPv6; each SR in turn. The ends decide. The control is the same
# without state sync. UDP and ping are older than conntrack's timeout for them when the first SR fails; transfers by
# FTP, active and passive, are in progress.
# On lib/topology.sh, with the links of lib/sync.sh. SAA_FLOWS (60) flows of lib/endpoint.py, SAA_LONG (as many)
# TCP connections of lib/many.py; each of SAA_SRS (1 2 3 4) SAA_ROUNDS times (1). With 2,000 connections:
# scripts/vm.sh --mem 2048 --timeout 3600 -- env SAA_LONG=2000 TEST_TIMEOUT=3500 selftests/run.sh test_sync.sh
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

COUNT=${SAA_FLOWS:-60}
LONG=${SAA_LONG:-$COUNT}
TIMEOUT=20	# of UDP and ICMP, in conntrack
PREFIXES=("10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64")

# many_go_on FILE COUNT [OPTION...]: long TCP connections, until many_end; what came of them is in FILE then.
many_go_on()
{
	rm -f "$tmp"/stop-many* "$tmp/begun-many"
	# Prefixes are lists.
	ns south python3 "$lib/many.py" flows --source ${PREFIXES[0]} --target ${PREFIXES[1]} --seed "$SEED" \
		--until "$tmp/stop-many" --ready "$tmp/begun-many" --count "$2" "${@:3}" >"$1" &
	many_pid=$!
	wait_for 600 test -e "$tmp/begun-many"
}

# Each does a whole round from now on, or fails.
many_round()
{
	touch "$tmp/stop-many.round"
	wait_for 600 test ! -e "$tmp/stop-many.round"
}

many_end()
{
	touch "$tmp/stop-many"
	wait "$many_pid"
}

both_go_on()
{
	many_go_on "$tmp/many" "$LONG" --timeout 300
	flows_go_on "$tmp/flows" south "${PREFIXES[@]}" --count "$COUNT" --size 3000 --interval 1 --timeout 300 --again 300
}

both_round() { flows_round && many_round; }

many_serve()
{
	nsenter --net="/run/netns/${P}north" -- python3 "$lib/many.py" serve "$tmp/many.ready" &
	wait_for 60 test -e "$tmp/many.ready"
}

# known_to SR...: flows that each of these knows.
known_to()
{
	flows_known >"$tmp/known"
	grep -E "^($(tr ' ' '|' <<<"$*")) " "$tmp/known" | cut -d ' ' -f 2- | sort | uniq -c |
		awk -v n=$# '$1 == n' | wc -l
}

# What is known of transfers that do not begin.
ftp_state()
{
	local i
	cat "$tmp"/ftp.*
	ns south ss -tni
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" conntrack -L -p tcp 2>/dev/null | grep -E 'dport=21 |ftp' | sed "s/^/# sr$i: /"
	done
} 2>&1

# ftp: transfers begin, with SNAT; each SR has the helper.
ftp()
{
	local i mode server client
	modprobe -q nf_nat_ftp || skip_all "no nf_nat_ftp"
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -f - <<-END || return
			table inet firewall {
				ct helper ftp { type "ftp" protocol tcp; }
				chain assign {
					type filter hook prerouting priority filter;
					tcp dport 21 ct helper set "ftp"
				}
			}
		END
	done
	nsenter --net="/run/netns/${P}north" -- python3 lib/ftp.py serve "$tmp/ftp.ready" 203.0.113.9 2001:db8:203::9 &
	wait_for 60 test -e "$tmp/ftp.ready" || return
	for mode in active passive; do
		for server in 203.0.113.9 2001:db8:203::9; do
			client=10.1.0.9
			[[ $server != *:* ]] || client=fd00:10::9
			touch "$tmp/ftp.$mode.$client.go"
			ns south env FTP_TIMEOUT=300 python3 lib/ftp.py fetch "$server" "$client" "$mode" \
				"$tmp/ftp.$mode.$client" long >"$tmp/ftp.$mode.$client" &
			wait_for 300 test -e "$tmp/ftp.$mode.$client.begun" || { ftp_state; return 1; }
		done
	done
}

ftp_end()
{
	local file
	for file in "$tmp"/ftp.*.begun; do
		touch "${file%.begun}.end"
		wait_for 60 test -s "${file%.begun}" || return
		cat "${file%.begun}"
	done
}

# held SR: flows that it holds for its partner.
held() { ctl "$1" sync show | sed -n 's/^ *flows-held: //p'; }

ulimit -n 65536		# a socket for each flow, at both ends
topology 4 || exit 1
ok "links between partners" sync_links

# The control. A timeout is what an end sees of a lost connection.
apply_all || exit 1
many_serve || exit 1
many_go_on "$tmp/control" 200 --timeout 20
sr_fails 1
many_round
many_end
ok "control: without state sync, connections of the SR that failed are lost ($(carried "$tmp/control"))" \
	eval 'grep -q "^fail tcp 10" "$tmp/control" && grep -q "^fail tcp fd" "$tmp/control"'
topology_down
topology 4 || exit 1
sync_links && many_serve || exit 1

SYNC="{mode: ${SAA_MODE:-async}, key-file: $tmp/sync.key}"
ok "apply" apply_all
# shellcheck disable=SC2046 # names
ok "all four are in sync" sync_ready $(all_srs)

for ((i = 1; i <= N; i++)); do
	for name in udp_timeout udp_timeout_stream icmp_timeout icmpv6_timeout; do
		ns "sr$i" sysctl -qw "net.netfilter.nf_conntrack_$name=$TIMEOUT" || fail
	done
done
both_go_on
begun=$SECONDS
at_both() { [ $(($(known_to sr1 sr2) + $(known_to sr3 sr4))) -ge $((COUNT + LONG)) ]; }
ok "flows are at both SRs of a pair" wait_for 60 at_both
ok "flows get older than their timeout" wait_for 60 eval '[ $((SECONDS - begun)) -gt $((TIMEOUT + 2)) ]'
ok "and are still at both" at_both
ok "transfers by FTP begin" ftp
for ((round = 0; round < ${SAA_ROUNDS:-1}; round++)); do
	for i in ${SAA_SRS:-1 2 3 4}; do
		ok "sr$i fails" sr_fails "$i"
		ok "flows go on" both_round
		ok "sr$i comes back and gets its flows" sr_returns "$i"
		ok "flows go on with it" both_round
	done
done
flows_end
many_end
all_carried "none was lost" "$tmp/flows"
all_carried "none of the long connections was lost" "$tmp/many"
is "nor a transfer" "data data data data" "$(ftp_end | xargs)"
ok "an SR that came back has flows" [ "$(known_to sr4)" -gt 0 ]

# What ends at one ends at the other; at the other only, so that it is told. Again and again: an end that closes late
# begins a flow anew, of which conntrack takes the first packet to be one of a connection in progress.
gone()
{
	ns sr1 conntrack -F 2>/dev/null
	ns sr4 conntrack -F 2>/dev/null
	[ "$(held sr2) $(held sr3)" = "0 0" ]
}
ok "a partner holds what has ended" [ "$(held sr2)" -gt 0 -a "$(held sr3)" -gt 0 ]
ok "what is gone at one is gone at its partner" wait_for 300 gone
is "nothing was refused as malformed" 0 "$(for ((i = 1; i <= N; i++)); do ctl "sr$i" sync show
	done | awk '$1 == "refused-malformed:" { sum += $2 } END { print sum + 0 }')"
done_testing
