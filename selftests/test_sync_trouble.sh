#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22, R23: what goes wrong between partners does not stop what they forward, and both hold the same after it. The
# partner's conntrack removes what is held there, for room: that is counted, named, and no end of the flow; its table is
# full: both sides tell so, and all comes when there is room; the key is changed; bulks are asked for again while others
# run, the connections are cut meanwhile, again and again. Connections through both go on all the time, and when sr1
# fails in the end.
# On lib/topology.sh, with the links of lib/sync.sh. SAA_CUTS (4) times.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

FLOWS=400
MAX=/proc/sys/net/netfilter/nf_conntrack_max	# of each namespace
BUCKETS=/proc/sys/net/netfilter/nf_conntrack_buckets	# of all together
CUTS=${SAA_CUTS:-4}

# load SR SRC DST STATUS [N]
load()
{
	local i
	for ((i = 1; i <= ${5-FLOWS}; i++)); do
		echo "-I -p udp -s $2 -d $3 --sport $((5000 + i)) --dport 53 -t 3600 -u $4"
	done >"$tmp/load"
	ns "$1" sysctl -qw net.netfilter.nf_conntrack_events=1
	ns "$1" conntrack --load-file "$tmp/load" >/dev/null 2>&1
	[ "$(entries "$1" "$2")" -eq $((${5-FLOWS})) ]
}

# entries SR SRC: its flows of UDP.
entries() { ns "$1" conntrack -L -p udp -s "$2" 2>/dev/null | wc -l; }

# Both sides know that not all has come.
full() { [ "$(count sr2 refused-full)" -gt 0 ] && [ "$(count sr1 partner-refused)" -gt 0 ]; }

# each COMMAND...: of saactl sync, on both.
each() { ctl sr1 sync "$@" && ctl sr2 sync "$@"; }

# same: what they know is the same.
same() { ctl sr2 -j sync dump >"$tmp/dump" && ctl sr1 sync verify "$tmp/dump" >"$tmp/diff"; }

# cut I: both send all, and the connections are made anew while they do.
cut()
{
	each resync && ctl "sr$(($1 % 2 + 1))" sync resync || return
	case $(($1 % 2)) in
	0) ctl sr2 sync set port 7221 && ctl sr2 sync set port 7220 ;;
	1) ctl sr1 sync set timeout 2000 && ctl sr1 sync resync && ctl sr1 sync set timeout 3000 ;;
	esac
}

room=$(cat $MAX) buckets=$(cat $BUCKETS)
trap 'echo "$room" >$MAX; echo "$buckets" >$BUCKETS; cleanup' EXIT
topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{key-file: $tmp/sync.key, mode: strict}"
ok "apply" apply_all
remote=$(remote_of_each | head -n 1)
ok "both are in sync" sync_ready sr1 sr2

# sr2 holds flows that are not assured, which go for room; conntrack looks for them in few of its table's buckets. No
# partner is silent for too long meanwhile.
ok "a long timeout" each set timeout 60000
echo 512 >$BUCKETS
ok "sr1 has flows that are not assured" load sr1 10.1.0.8 "$remote" SEEN_REPLY
becomes "sr2 holds them" $FLOWS count sr2 flows-held
bulks=$(count sr2 bulks-received) lost=$(count sr2 held-lost)
ns sr2 conntrack -C >$MAX
load sr2 10.1.0.6 203.0.113.6 ASSURED 40	# as long as conntrack finds one that may go
echo "$room" >$MAX
echo "$buckets" >$BUCKETS
lost=$(($(count sr2 held-lost) - lost))
ok "conntrack removes some that it holds, which is counted ($lost)" [ "$lost" -gt 0 ]
is "they are gone there" $((FLOWS - lost)) "$(entries sr2 10.1.0.8)"
becomes "and not held any more" $((FLOWS - lost)) count sr2 flows-held
ns sr2 conntrack -D -s 10.1.0.6 >/dev/null 2>&1
ok "which a comparison finds" not same
is "each of them" $lost "$(grep -c "^flow difference not-at-partner protocol udp source 10\.1\.0\.8 " "$tmp/diff")"
is "and nothing else" "differences $lost" "$(tail -n 1 "$tmp/diff" | grep -o 'differences .*')"
is "to sr1 they have not ended" $FLOWS "$(entries sr1 10.1.0.8)"
changed=0	# conntrack says "Protocol error" now and then, and does no more
for port in $(sed -n 's/^flow difference .* source-port \([0-9]*\) .*/\1/p' "$tmp/diff"); do
	wait_for 60 ns sr1 conntrack -U -p udp -s 10.1.0.8 --sport "$port" -m 5 >/dev/null 2>&1 && changed=$((changed + 1))
done
is "they change" "$lost" $changed
becomes "when they change they are held again" $FLOWS count sr2 flows-held
ok "as they are at sr1" wait_for 60 same
is "without a bulk" "$bulks" "$(count sr2 bulks-received)"
ns sr1 conntrack -D -s 10.1.0.8 >/dev/null 2>&1
becomes "when they end none is left" 0 entries sr2 10.1.0.8
becomes "nor counted" 0 count sr2 flows-held
ok "a timeout" each set timeout 3000

# Those of sr2 are nobody's business: without an answer they are not sent, and they do not make room.
ok "sr2 has flows" load sr2 10.1.0.6 203.0.113.6 ASSURED
ok "sr1 has flows" load sr1 10.1.0.5 "$remote" SEEN_REPLY,ASSURED
echo $((FLOWS * 3 / 2)) >$MAX
ns sr2 conntrack -D -s 10.1.0.5 >/dev/null 2>&1
ok "sr1 sends all to a partner without room" ctl sr1 sync resync
ok "both sides count what was refused" wait_for 60 full
is "and sr1 says why" "the partner's conntrack table is full" "$(sync_field sr1 error | grep -o "the partner's.*full")"
flows south 10.1.0.0/24 "$remote/32" --proto tcp,udp --count 8 --timeout 120 >"$tmp/meanwhile"
all_carried "what sr1 forwards is not kept waiting" "$tmp/meanwhile"
ok "sr2 does not say that all is held" eval '! ctl sr2 sync wait held timeout 1 2>"$tmp/err"'
echo "$room" >$MAX
ns sr2 conntrack -D -s 10.1.0.6 >/dev/null 2>&1
came() { [ "$(count sr2 flows-held)" -ge $FLOWS ]; }
ok "with room, all come by themselves" wait_for 300 came
ok "both are in sync again" sync_ready sr1 sr2

flows_go_on "$tmp/flows" south "10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --proto tcp,udp \
	--count 16 --size 500 --interval 0.2 --timeout 300 --again 300
(umask 077 && "$SAACTL" genkey sync >"$tmp/sync.key.new")
ok "a new key is accepted, too" each set old-key-file "$tmp/sync.key.new"
ok "it is used" each set key-file "$tmp/sync.key.new" old-key-file "$tmp/sync.key"
ok "by both" sync_ready sr1 sr2
ok "the old one is gone" each set no-old-key
ok "in sync with the new key" sync_ready sr1 sr2
ok "flows go on" flows_round
ok "all are held" came

# Also the one that listens.
reconnected() { wait_for 60 eval '[ "$(count sr2 connects)" -ge $((connects + 2)) ]'; }

cuts()
{
	local i
	for ((i = 0; i < CUTS; i++)); do
		cut $i || return
	done
}
ok "$CUTS times bulks are cut, and asked for once more" cuts
ok "in sync after that" sync_ready sr1 sr2
ok "both hold the same" wait_for 60 same
ok "and sr2 says how many" came
read -r _ _ here _ < <(tail -n 1 "$tmp/diff")
ok "all ($here)" [ "$here" -ge $FLOWS ]
ok "flows go on" flows_round
connects=$(count sr2 connects)
ok "somebody closes the sockets of sr2" eval 'ns sr2 ss -Ktn -a "( sport = 7220 or dport = 7220 )" >"$tmp/ss" && grep -q LISTEN "$tmp/ss"'
ok "in sync after that, too" eval 'reconnected && sync_ready sr1 sr2'
ok "sr1 fails" sr_fails 1
ok "flows go on" flows_round
flows_end
all_carried "none was lost" "$tmp/flows"
done_testing
