#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# State sync against a partner that was written from the protocol's description alone (lib/sync_proto.py; lib/sync_peer.py
# has what it does): what it says comes into conntrack as it should; who cannot prove the key, replays, reflects or is
# somebody else gets nothing in; what is malformed is refused, counted, and changes nothing. The same for one that
# listens.
#
#	sr1: 192.0.2.1 -- sync0 --- sync0 -- peer: 192.0.2.2 (the partner, SR 2), 192.0.2.3 (somebody)
#	other: as sr1   --- sync0 --- sync0 -- otherpeer: as peer, for what takes a minute
cd "$(dirname "$0")" || exit 1
. lib/test.sh
lib=$PWD/lib
. lib/saa.sh
need_saa

P=wire$RANDOM-
N=1
tmp=$(mktemp -d)
trace=/sys/kernel/tracing/instances/${P}sync
trap cleanup EXIT

cleanup()
{
	local name
	for name in sr1 peer other otherpeer; do
		ip netns del "$P$name" 2>/dev/null
	done
	rmdir "$trace" 2>/dev/null
	rm -rf "$tmp"
}

ns() { nsenter --net="/run/netns/$P$1" -- "${@:2}"; }

# edge NAME PEER: the namespaces of edge sr1 and of its partner.
edge()
{
	ip netns add "$P$1" && ip netns add "$P$2" && ns "$1" ip -batch - <<-END && ns "$2" ip -batch - <<-END2 || return
		link add sync0 type veth peer name sync0 netns $P$2
		address add 192.0.2.1/29 dev sync0
		link set sync0 up
		link add eth1 type veth peer name eth1p
		link add bp0 type veth peer name bp0p
		link add punt-n up type veth peer name punt-np
		link add punt-s up type veth peer name punt-sp
	END
		address add 192.0.2.2/29 dev sync0
		address add 192.0.2.3/29 dev sync0
		link set sync0 up
	END2
	ctl "$1" apply "$tmp/saa.yaml" --edge sr1 >"$tmp/apply"
}

setup()
{
	modprobe -q -a nf_conntrack_netlink nf_conntrack_ftp
	(umask 077 && "$SAACTL" genkey >"$tmp/hash.key" && "$SAACTL" genkey sync >"$tmp/sync.key")
	key=$(base64 -d "$tmp/sync.key" | od -An -v -tx1 | tr -d ' \n')
	cat >"$tmp/saa.yaml" <<-END
		cluster:
		  name: selftest
		  hash: {key-file: $tmp/hash.key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  sync: {key-file: $tmp/sync.key, timeout: 60000}	# whoever makes frames may be kept waiting
		  edges:
		    - {name: sr1, id: 1, address: 192.0.2.1}
		    - {name: sr2, id: 2, address: 192.0.2.2}
		gateways:
		  - name: t0
		    id: 7
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
	END
	edge sr1 peer && edge other otherpeer
}

# says TEST [OPTION...]: what comes of it. One connection at a time: the one before has to be over.
says()
{
	wait_for 30 eval '! ctl sr1 sync show | grep -q "from-partner: .*held\|receiving"' || echo "still connected"
	peer peer "$@"
}

# starts NAME COMMAND...: in the background; it reads lines of goes_on NAME. ends NAME: it reads no more, and has ended.
starts()
{
	local fd
	mkfifo "$tmp/$1.in"
	"${@:2}" <"$tmp/$1.in" >"$tmp/$1" &
	started[$1]=$!
	exec {fd}<>"$tmp/$1.in"
	told_by[$1]=$fd
}
goes_on() { echo >&"${told_by[$1]}"; }
ends()
{
	local fd=${told_by[$1]}
	exec {fd}>&-
	wait "${started[$1]}"
}
declare -A started told_by

# said NAME: what it said last.
said() { tail -n 1 "$tmp/$1"; }

# peer NAMESPACE TEST [OPTION...]
peer()
{
	ns "$1" python3 "$lib/sync_peer.py" --local "${FROM:-192.0.2.2}" --remote 192.0.2.1 --key "$key" --gateway 7 --self 2 \
		--partner 1 "${@:3}" "$2" 2>&1
}

value() { ctl sr1 sync show | sed -n "s/^ *$1: //p"; }
records_refused()
{
	ctl sr1 sync show | awk '/^ *refused-(malformed|conflict|expect):/ { n += $2 } END { print n + 0 }'
}
# entries [PATTERN]: conntrack's, without the connections of state sync itself.
entries() { { ns sr1 conntrack -L -f ipv4; ns sr1 conntrack -L -f ipv6; } 2>/dev/null | grep -v 'port=7220 ' | grep -c -- "${1-}"; }
forget()
{
	{ ns sr1 conntrack -D -s 10.1.2.3; ns sr1 conntrack -D -f ipv6 -s fd00:10::/64; } >"$tmp/delete" 2>&1
}

# counters NAME...: their values, 0 where it is not shown.
counters()
{
	ctl sr1 sync show | awk -v names="$*" '{ value[$1] = $2 }
		END { n = split(names, name, " "); while (i++ < n) printf "%d%s", value[name[i] ":"], i < n ? " " : "\n" }'
}

ok "setup" setup || exit 1
peer otherpeer endless >"$tmp/endless" &

is "flows of the partner are taken" "refused 0" "$(says flow)"
is "there are four" 4 "$(entries)"
ok "with their mapping and mark" [ "$(entries \
	'tcp .*ESTABLISHED src=10.1.2.3 dst=203.0.113.5 sport=1234 dport=80 src=203.0.113.5 dst=198.51.100.9 sport=80 dport=4321 .*mark=5')" -eq 1 ]
ok "IPv6, too" [ "$(entries 'src=fd00:10::7 dst=2001:db8:203::9 .*dst=2001:db8:51::1 sport=80 dport=999')" -eq 1 ]
# Seconds that it has left are told, not when it ends: each end has its own clock.
is "with the time that it has left" 2 "$({ ns sr1 conntrack -L -f ipv4 -p udp; ns sr1 conntrack -L -f ipv6 -p udp; } \
	2>/dev/null | awk '$3 > 0 && $3 <= 600' | wc -l)"
forget
is "what is removed here is counted" 4 "$(value held-lost)"

# Of their end conntrack tells again and again while a listener that insists has no room.
is "the flows again" "refused 0" "$(says flow)"
mkfifo "$tmp/deaf"
ns sr1 python3 -S "$lib/deaf.py" <"$tmp/deaf" >"$tmp/deafened" &
deaf=$!
exec {hold}>"$tmp/deaf"
ok "somebody does not listen" wait_for 60 test -s "$tmp/deafened"
forget
ok "and is not told of all" [ "$(ns sr1 conntrack -L dying 2>/dev/null | wc -l)" -gt 0 ]
exec {hold}>&-
wait "$deaf"
becomes "all is told in the end" 0 eval 'ns sr1 conntrack -L dying 2>/dev/null | wc -l'
is "each flow that is gone counts once" "8 0" "$(counters held-lost flows-held)"

# What this SR's own is: a flow that ends here, and one that goes by without being steered. The end of each is told
# from here on, also of those that are made by hand.
ns sr1 sysctl -qw net.netfilter.nf_conntrack_events=1
for own in "192.0.2.1" "10.9.9.9"; do
	ns sr1 conntrack -I -p tcp -s $own -d 203.0.113.5 --sport 1234 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED \
		-t 600 >"$tmp/insert" 2>&1
done
is "the partner does not touch what is this SR's own" "refused 3" "$(says own)"
is "both are as they were" 2 \
	"$(entries 'src=1[09][.0-9]* dst=203.0.113.5 .* src=203.0.113.5 dst=1\(92.0.2.1\|0.9.9.9\) .*mark=0')"
is "of the same flow, if it was never steered, the last to process it is right" "refused 0" "$(says own-again)"
is "which is the partner" "1 1" "$(entries 'src=10.9.9.9 .*mark=9') $(counters flows-held)"
ns sr1 conntrack -D -p tcp --dport 80 >"$tmp/delete" 2>&1
is "none is held when they are gone" 0 "$(counters flows-held)"
is "what a helper expects is taken, but for what it does not do" "refused 2" "$(says expect)"
ns sr1 conntrack -L expect >"$tmp/expected" 2>/dev/null
is "the last of it, and nothing else, is expected" "1 1" "$(wc -l <"$tmp/expected") $(grep -c dport=40001 "$tmp/expected")"
forget
is "what ends at the partner ends here" "refused 0" "$(says gone)"
is "nothing is left" 0 "$(entries)"
is "a bulk, up to its barrier" "refused 0 barriers 1" "$(says bulk)"
ok "what was not in it stays when its sender owns nothing" [ "$(entries)" -eq 2 ]
is "half a bulk" "refused 0 barriers 0" "$(says half-bulk)"
is "the end of none" "refused 0 barriers 1" "$(says barrier-alone)"
is "after that all is there" 2 "$(entries)"
is "two bulks at once" "refused 0 barriers 1" "$(says two-bulks)"
is "what was not in the second is gone" "1 1" "$(entries) $(entries sport=4)"
forget

# What could not be taken is told, and is not all.
starts place says place
becomes "a flow in the place of two" "refused 1 barriers 1 flags 3" said place
is "is refused as one for later" 1 "$(counters refused-busy)"
is "and what came is not all" receiving-all "$(value from-partner)"
goes_on place
becomes "when all comes again it has a place" "refused 1 barriers 2 flags 0" said place
is "alone" "1 1" "$(entries) $(entries 'src=10.1.2.3 .*dport=1234 .*zone=9')"
is "and that is all" all-held "$(value from-partner)"
ends place
forget

# Flows are removed while records of them come.
says dying --count $((${SAA_FRAMES:-2000} / 40)) >"$tmp/dying" &
dying=$!
removed()
{
	ns sr1 conntrack -F 2>/dev/null
	! kill -0 "$dying" 2>/dev/null
}
ok "flows that are removed while records of them come" wait_for 300 removed
is "are dealt with" "done" "$(cat "$tmp/dying")"
held=$(counters flows-held)
ok "those that are left are held, and no others ($held)" [ "$held" = "$(entries)" ]
ns sr1 conntrack -F 2>/dev/null
is "none in the end" 0 "$(counters flows-held)"

# Who is slow gets there; who is silent does not go on for ever, and is told of.
ctl sr1 sync set timeout 1000
is "who is silent is cut" cut "$(says silent)"
ok "which is told" eval 'ctl sr1 sync show | grep -q "error: .*the partner was silent for [0-9]* ms"'
is "a bulk, one byte at a time" "refused 0 barriers 1" "$(says slow)"
ok "came" [ "$(entries)" -eq 1 ]
forget
ok "an end whose handshake is slow has more time after that" eval '[[ $(says late) == proved* ]]'
is "not without end: a byte at a time is cut" cut "$(says trickle)"
ctl sr1 sync set timeout 60000

before=$(records_refused)
read -r _ said _ refused <<<"$(says malformed)"
ok "everything malformed is refused" [ "$said" -gt 20 -a "$said" = "$refused" ]
is "and counted" "$said" "$(($(records_refused) - before))"
is "and changes nothing" 0 "$(entries)"

is "a wrong key gets no session" "answer with key id 00000000" "$(says wrong-key)"
is "who cannot prove the key is refused" refused "$(says unproved)"
is "so is who says something before that" refused "$(says no-auth)"
is "a reflection of its own words" refused "$(says reflection)"
is "a frame that says to be huge" refused "$(says huge)"
is "another version is told which this is" "answer of version 2" "$(says version)"
ok "and here it is told, too" eval 'ctl sr1 sync show | grep -q "error: .*the partner speaks version 1, this is 2"'
is "somebody else, or for somebody else" "refused refused refused refused refused" "$(says identity)"
before=$(value refused-peer)
is "another address is refused, though it has the key" refused "$(FROM=192.0.2.3 says good)"
ok "these are counted" [ "$(value refused-peer)" -gt "$before" ]
is "nothing came in by any of these" 0 "$(entries)"

is "a recording of a connection" refused "$(says replay)"
is "what was recorded came in the first time only" 1 "$(entries)"
forget
is "a frame twice in a connection" refused "$(says frame-twice)"
forget

# Under a good seal, anything: it is refused and counted, or taken; then everything is as before. SAA_FRAMES (2000),
# SEED to have the same again.
seed=${SEED:-$RANDOM}
refusals() { ctl sr1 sync show | awk '$1 ~ /^refused-/ && $1 != "refused-peer:" { n += $2 } END { print n + 0 }'; }
before=$(refusals)
frames=${SAA_FRAMES:-2000}
says random --count "$frames" --seed "$seed" >"$tmp/random"
ok "$frames mutated frames are all dealt with, seed $seed" grep -q "^done $frames " "$tmp/random"
grep -v '^done' "$tmp/random"
refused=$(sed -n 's/^done .* refused //p' "$tmp/random")
ok "most are refused ($refused)" [ "${refused:-0}" -gt $((frames / 2)) ]
is "and counted" "$refused" $(($(refusals) - before))
ns sr1 conntrack -F 2>/dev/null
is "the SR goes on" "refused 0" "$(says flow)"
is "and takes flows as before" 4 "$(entries)"
ns sr1 conntrack -F 2>/dev/null

# The same for one that listens: nothing is sent to it, nor taken, before it has proved itself; nor taken after that.
is "who confirms what was not sent is cut" "cut cut cut cut" "$(says listen-lies)"
before=$(counters refused-malformed)
says listen-random --count $((frames / 100)) --seed "$seed" >"$tmp/random"
is "connections to a hostile listener, seed $seed" "done $((frames / 100)) told 0 bytes" "$(cat "$tmp/random")"
is "nothing came in" 0 "$(entries)"
ok "what is malformed is counted" [ "$(counters refused-malformed)" -gt "$before" ]
ns sr1 conntrack -I -p tcp -s 10.9.9.9 -d 203.0.113.5 --sport 1234 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED \
	-t 600 >"$tmp/insert" 2>&1
starts listen says listen
becomes "a good one gets all" "flows 1 barriers 1 in time" said listen
becomes "and says what it refused" 3 counters partner-refused
ends listen
becomes "what is of the connection ends with it" "0 0 0" counters flows-at-risk lag-us partner-refused

if mkdir "$trace" 2>/dev/null; then
	echo 1 >"$trace/events/saa/saa_sync/enable"
fi
starts again says listen-again
becomes "who asks for all when it has got all" "barriers 2" said again
becomes "has all after that" all-sent value to-partner
if [ -d "$trace" ]; then
	is "and not before" 1 "$(grep -c -- '->.*sent' "$trace/trace")"
else
	echo "skip and not before: no tracefs"
fi
ends again

starts busy peer otherpeer listen-busy
becomes "who could not take all" "barriers 1" said busy
ok "is told of" wait_for 60 eval 'ctl other sync show | grep -q "error: .*flows that end at the partner are in the place"'
is "and does not have all" sending-all "$(ctl other sync show | sed -n 's/^ *to-partner: //p')"
goes_on busy

# More than a bulk has on its way.
for ((i = 1; i <= 3600; i++)); do
	echo "-I -p udp -s 10.1.0.5 -d 203.0.113.5 --sport $((5000 + i)) --dport 53 -t 3600 -u SEEN_REPLY,ASSURED"
done >"$tmp/load"
ns sr1 conntrack --load-file "$tmp/load" >"$tmp/insert" 2>&1
starts pace says listen-pace
becomes "a bulk begins" begun said pace
ns sr1 conntrack -I -p udp -s 10.1.0.6 -d 203.0.113.5 --sport 1 --dport 53 -t 3600 -u SEEN_REPLY,ASSURED \
	>"$tmp/insert" 2>&1
ok "what changes meanwhile does not wait for its end" wait_for 60 grep -q "first a change" "$tmp/pace"
becomes "which comes, too" "barriers 1" said pace
ends pace
ns sr1 conntrack -F 2>/dev/null

# While the partner is connected.
starts stay says stay
becomes "the partner is connected" proved said stay
is "another address is refused meanwhile" refused "$(FROM=192.0.2.3 peer peer good)"
starts squat ns sr1 python3 -S "$lib/squat.py" 192.0.2.1 7220
becomes "somebody closes the listener, and takes its place" listens said squat
cannot_listen() { ctl sr1 sync show | grep -q "error: .*cannot listen at the local address"; }
ok "which is told" wait_for 60 cannot_listen
ends squat
ok "and no more when there is one again" wait_for 60 eval '! cannot_listen && ns sr1 ss -Htnl "sport = 7220" | grep -q .'
is "and still the partner" receiving-all "$(value from-partner)"
ends stay

starts lost says lost
becomes "a bulk while which changes were lost" "barriers 1" said lost
is "is not all" receiving-all "$(value from-partner)"
goes_on lost
becomes "the next one" "barriers 2" said lost
is "is" all-held "$(value from-partner)"
ends lost

labels() { ctl sr1 -j sync dump | grep -c '"labels"'; }
ns sr1 nft add table ip labels
ns sr1 nft add chain ip labels forward "{ type filter hook forward priority 0; }"
ns sr1 nft add rule ip labels forward ct label set 5
is "a flow with labels" "refused 0" "$(says labels)"
is "has them" 1 "$(labels)"
is "and then none" "refused 0" "$(says no-labels)"
is "has none" 0 "$(labels)"
forget

is "flows of the partner" "refused 0" "$(says flow)"
is "which begins anew, and knows of none" "refused 0 barriers 1" "$(says empty-bulk --epoch 2)"
is "it is to get what was held" "4 0" "$(entries) $(counters flows-held)"
forget

# Another partner.
is "flows of a partner" "refused 0" "$(says flow)"
ok "it gets another one" eval 'ctl sr1 sr add 3 name sr3 && ctl sr1 sr set 3 state syncing && ctl sr1 sync set partner 3'
is "nothing is left of what the first one still has" 0 "$(entries)"
ok "the other one is up" ctl sr1 sr set 3 state up
is "which sends all that it has" "refused 0 barriers 1" "$(says empty-bulk --self 3)"
is "flows of the other one" "refused 0" "$(says flow --self 3)"
ok "which fails, and another one takes its place" eval 'ctl sr1 sr set 3 state down && ctl sr1 sync set partner 2'
is "which sends all that it has" "refused 0 barriers 1" "$(says empty-bulk)"
is "and is to get what was held" "4 0" "$(entries) $(counters flows-held)"

becomes "who could not take all gets it by itself" "barriers 2" said busy
ends busy
is "a frame that does not end is cut" cut "$(wait_for 120 test -s "$tmp/endless" && cat "$tmp/endless")"
ok "which is told" eval 'ctl other sync show | grep -q "a frame of the partner took longer than 60000 ms"'
done_testing
