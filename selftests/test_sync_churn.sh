#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R23: what strict and async mode promise. Short TCP connections with SNAT at a steady rate, IPv4 and IPv6, while now
# one SR fails and comes back, now the other, at random moments. An end that saw its connection established must be
# able to finish it: in strict mode all can; in async mode it is reported how many could not, beside what is to be
# expected. Then strict mode with a partner that does not answer, or is gone.
# On lib/topology.sh, with the links of lib/sync.sh, which take 100 ms each way: what is under way when an SR fails is
# lost with it, so without the promise connections are lost in most rounds. SAA_ROUNDS (3 strict, and as many async),
# SAA_RATE (40) connections a second, SAA_MODE=async to see the strict part fail.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

ROUNDS=${SAA_ROUNDS:-3}
RATE=${SAA_RATE:-40}
DELAY=100

# value NAME: of the last connections.
value() { sed -n "/^connections/s/.*\b$1 \([0-9.]*\).*/\1/p" "$tmp/churn"; }

connections()
{
	ns south python3 "$lib/sync_churn.py" --source 10.1.0.0/17 fd00:10::/64 --seed "$RANDOM" --rate "$RATE" "$@" \
		>"$tmp/churn"
}

# An SR fails, its partner goes on; it comes back. Adds up packets that went without before it failed: $late.
round()
{
	local i=$((RANDOM % 2 + 1)) before after
	sync_ready sr1 sr2 || return
	before=$(count "sr$i" strict-late)
	sleep "0.$((RANDOM % 900 + 100))"
	echo "# sr$i fails at $EPOCHREALTIME" >>"$tmp/rounds"
	sr_cut "$i" || return
	echo "# sr$i is cut at $EPOCHREALTIME" >>"$tmp/rounds"
	# What waits now has most of its second left: it is not in this.
	after=$(count "sr$i" strict-late)
	late=$((late + after - before))
	# What has died does not go on with its connection when it comes back in time.
	ctl "sr$i" sync set port 7221 && ctl "sr$i" sync set port 7220 || return
	sr_gone "$i" || return
	echo "# sr$i is known to be gone at $EPOCHREALTIME, $((after - before)) went without" >>"$tmp/rounds"
	sleep "0.$((RANDOM % 900 + 100))"
	echo "# sr$i comes back at $EPOCHREALTIME" >>"$tmp/rounds"
	sr_returns "$i" && echo "# sr$i is back at $EPOCHREALTIME" >>"$tmp/rounds"
}

# piece ROUNDS [OPTION...]: so many with connections going on.
piece()
{
	local rounds=$1 i
	shift
	rm -f "$tmp/stop" "$tmp/rounds"
	connections --target 203.0.113.0/25 2001:db8:203::/64 --until "$tmp/stop" "$@" &
	for ((i = 1; i <= rounds; i++)); do
		round || { echo "# round $i"; break; }
	done
	touch "$tmp/stop"
	wait $!
	sed -n '/^lost\|^unanswered/s/^/# /p' "$tmp/churn"
	! grep -q ^lost "$tmp/churn" || cat "$tmp/rounds"
	grep -q ^connections "$tmp/churn" || return
	established=$((established + $(value established))) lost=$((lost + $(value lost)))
	unanswered=$((unanswered + $(value unanswered)))
	[ "$i" -gt "$rounds" ]
}

# churn [OPTION...]: $ROUNDS rounds. Adds up what became of the connections.
churn()
{
	local done=0 n
	late=0 established=0 lost=0 unanswered=0
	while [ $done -lt "$ROUNDS" ]; do
		n=$((ROUNDS - done < 50 ? ROUNDS - done : 50))
		piece $n "$@" || return
		done=$((done + n))
		echo "# $done of $ROUNDS rounds: $lost lost of $established, $late went without, $unanswered unanswered"
	done
}

mode() { ctl sr1 sync set mode "$1" && ctl sr2 sync set mode "$1" && sync_ready sr1 sr2; }

# What ended gets half a minute more each time that it changes hands, and SRs that go on failing have thousands of it.
MAX=/proc/sys/net/netfilter/nf_conntrack_max	# of each namespace
room=$(cat $MAX)
trap 'echo "$room" >$MAX; cleanup' EXIT
echo 100000 >$MAX
topology 2 || exit 1
ok "links between partners" sync_links
for i in 1 2; do
	ns "sr$i" tc qdisc add dev sync0 root netem delay ${DELAY}ms limit 100000 || skip_all "no netem"
	# Flows that ended need not stay to be looked at.
	ns "sr$i" sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_close=30 \
		net.netfilter.nf_conntrack_tcp_timeout_time_wait=30
done
SYNC="{mode: ${SAA_MODE:-strict}, strict-timeout: 1000, key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2

ok "$ROUNDS rounds in strict mode" churn
# That promise is for packets that waited to the end; on a machine that stands still for a second one may not.
ok "strict: an end that saw its connection established can finish it, in $ROUNDS rounds at $(value rate)/s" \
	[ "$established" -gt 0 -a "$lost" -le "$late" ]

ok "async mode" mode async
ok "$ROUNDS rounds in async mode" churn --timeout 15
expected=$(awk -v n="$ROUNDS" -v lag="$DELAY" -v rate="$(value rate)" 'BEGIN { printf "%.1f", n * rate * lag / 1000 / 2 }')
echo "# async: lost $lost of $established in $ROUNDS rounds; about $expected by rate x lag x share"

# A partner that does not answer: each first answer waits for the bound, and goes.
ok "strict mode" mode strict
ctl sr1 sync set timeout 60000 strict-timeout 300 && ctl sr2 sync set timeout 60000 strict-timeout 300
remote=$(remote_of_each 4 | head -n 1)
ns switch ip link set y1 down
before=$(count sr1 strict-late)
connections --target "$remote" --count 10
is "without an answer from the partner connections are established" "10 0" "$(value established) $(value lost)"
read -r fastest _ < <(sed -n 's/.*connect-ms //p' "$tmp/churn")
ok "not before the bound ($fastest ms)" [ "$fastest" -ge 290 ]
ok "and that is counted" [ $(($(count sr1 strict-late) - before)) -ge 10 ]

# The partner was told of the flow of three packets already, but has not confirmed it.
waited=$(count sr1 strict-waited)
for packets in 1 3; do
	python3 "$lib/sync_answer.py" --prefix "$P" --remote "$remote" --packets "$packets" >"$tmp/answers"
	ms=$(sed -n 's/answered after \(.*\) ms/\1/p' "$tmp/answers")
	ok "UDP: the first answer after $packets packets waits (${ms:-?} ms)" [ "${ms:-0}" -ge 290 ]
	is "those after it wait behind it" "order 1 2 3" "$(tail -n 1 "$tmp/answers")"
done
ok "each for itself" [ "$(count sr1 strict-waited)" -gt $((waited + 2)) ]

# One that is known to be gone: nothing waits for it.
ctl sr1 sync set timeout 500
ok "the partner is gone" wait_for 60 eval '[ "$(sync_field sr1 to-partner)" = disconnected ]'
before=$(count sr1 strict-late) waited=$(count sr1 strict-waited)
connections --target "$remote" --count 10
is "without a partner connections are established" "10 0" "$(value established) $(value lost)"
is "none of them waited" "$waited" "$(count sr1 strict-waited)"
ok "and that is counted" [ $(($(count sr1 strict-late) - before)) -ge 10 ]
done_testing
