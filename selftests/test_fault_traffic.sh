#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations that fail in interrupts, with a function of saa.ko on the stack, while packets are steered, punted,
# received, translated and held for the partner: what cannot go on is dropped and counted, and with memory all goes on,
# also the connections that were there before (topology: lib/topology.sh, with the underlay of lib/geneve.sh, which
# carries state sync, too).
#
# To punt by L2 and to receive need memory only for packets that somebody else looks at, too: a socket that is never
# read. To punt over Geneve always does. Then all allocations fail, so that each packet is counted. State sync gets
# some, and is to find its way out.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/geneve.sh
. lib/fault.sh
need_saa
need_faults
trap 'fault_set probability 0; cleanup' EXIT

packets=40 net=0

# share NAME DEV: clones of all that comes there, in a socket, until unshare.
share()
{
	nsenter --net="/run/netns/$P$1" -- python3 - "$2" "$tmp/$2.shared" <<-'END' &
		import signal, socket, sys
		sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)	# SO_RCVBUFFORCE
		sock.bind((sys.argv[1], 3))
		open(sys.argv[2], "w").close()
		signal.pause()
	END
	sharer=$!
	wait_for 60 test -e "$tmp/$2.shared"
}

unshare() { kill "$sharer"; wait "$sharer"; } 2>/dev/null

# Packets of new flows, of both families, which are of SR 2.
flows_of_2()
{
	local i
	for ((i = 1; i <= packets / 2; i++)); do
		echo "$1 - 10.1.$net.$i $remote4"
		echo "$1 - fd00:10::$net:$i $remote6"
	done
}

# From inside to SR 1, and from SR 1 to SR 2 over Geneve, as SR 1 would punt them.
send()
{
	net=$((net + 1))
	flows_of_2 "sr1 $mac 02:00:00:00:00:09" | ns south python3 "$lib/frames.py"
}

send_geneve()
{
	local tunnel
	net=$((net + 1))
	tunnel="geneve:$(tep6 1),$(tep6 2),1002,ffa081020100000700010064"
	flows_of_2 "$tunnel 02:a1:00:07:00:02 02:a1:00:07:00:01" | ns underlay python3 "$lib/frames.py"
}

# counted SR NAME...: in any of these counters.
counted()
{
	local sr=$1 name n=0
	shift
	for name; do
		n=$((n + $(counter "$sr" "$name")))
	done
	echo $n
}

# without_memory NAME SEND SR COUNTER...: what is sent is lost, and counted.
without_memory()
{
	local name=$1 send=$2 before
	shift 2
	before=$(counted "$@")
	fault_set probability 100
	$send
	becomes "$name" $((before + packets)) counted "$@"
	fault_set probability 0
}

# with_memory NAME SEND: SR 2 receives it.
with_memory()
{
	local before
	before=$(counter sr2 received)
	$2
	ok "$1" wait_for 60 eval '[ $(($(counter sr2 received) - before)) -ge $packets ]'
}

sync_counter() { ctl "$1" sync show | awk -v name="$2:" '$1 == name { print $2; exit }'; }
late() { echo $(($(sync_counter sr1 strict-late) + $(sync_counter sr2 strict-late))); }
enough() { send; [ "$(faults)" -ge $((faults + 200)) ] && [ "$(late)" -gt "$late" ]; }

topology 2 || exit 1
ok "underlay" underlay
(umask 077 && "$SAACTL" genkey sync >"$tmp/sync.key")
ADDRESS=tep6
SYNC="{mode: strict, key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
mac=$(ns sr1 ip -j link show bp0 | jq -r '.[0].address')
remote4=$(remote_of_each | tail -n 1) remote6=$(remote_of_each 6 | tail -n 1)

ok "packets to punt are shared" share sr1 bp0
without_memory "SR 1 cannot copy what it punts: each is counted as punt-failed" send sr1 punt-failed
unshare
ok "packets to receive are shared" share sr2 punt-s
without_memory "SR 2 cannot copy what it receives: each is counted as receive-failed" send sr2 receive-failed
with_memory "with memory, they are received" send
unshare

TRANSPORT=geneve
ok "Geneve: apply" apply_all
with_memory "Geneve: packets are received" send
without_memory "Geneve: SR 1 cannot say where packets are to go, or find the way: each is counted" send \
	sr1 punt-failed punt-no-route
ok "Geneve: packets to receive are shared" share sr2 saa0
without_memory "Geneve: SR 2 cannot copy what it receives: each is counted as receive-failed" send_geneve \
	sr2 receive-failed
with_memory "Geneve: with memory, they are received" send_geneve
unshare
ok "both are in sync over the underlay" sync_ready sr1 sr2

# State sync sends, receives, and holds packets, and all that is punted needs memory.
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE" --count 24 --timeout 300 --again 300
faults=$(faults) late=$(late)
fault_set probability 30
ok "state sync without memory: packets go on unheld, and are counted" wait_for 120 enough
echo "# $(($(faults) - faults)) allocations failed, $(($(late) - late)) packets went unheld"
fault_set probability 0
ok "with memory, both are in sync again" sync_ready sr1 sr2
ok "all flows go on" flows_round
flows_end
all_carried "none was lost" "$tmp/traffic"
done_testing
