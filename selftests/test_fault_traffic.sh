#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations that fail in interrupts, with a function of saa.ko on the stack, while packets are steered, punted,
# received, translated and held for the partner: what cannot go on is dropped and counted, and with memory all goes on,
# also the connections that were there before (topology: lib/topology.sh, with the links of lib/sync.sh).
#
# To punt and to receive need memory only for packets that somebody else looks at, too: a socket that is never read.
# Then all allocations fail, so that each packet is counted. State sync gets some, and is to find its way out.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
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

# Packets of new flows, from inside to SR 1, which are of SR 2.
send()
{
	local i
	net=$((net + 1))
	ns south python3 "$lib/frames.py" < <(for ((i = 1; i <= packets; i++)); do
		echo "sr1 $mac 02:00:00:00:00:09 - 10.1.$net.$i $remote"
	done)
}

# without_memory NAME SR COUNTER: what SR 1 punts to SR 2 is lost, and counted.
without_memory()
{
	local before
	before=$(counter "$2" "$3")
	fault_set probability 100
	send
	becomes "$1" $((before + packets)) counter "$2" "$3"
	fault_set probability 0
}

sync_counter() { ctl "$1" sync show | awk -v name="$2:" '$1 == name { print $2; exit }'; }
late() { echo $(($(sync_counter sr1 strict-late) + $(sync_counter sr2 strict-late))); }
enough() { send; [ "$(faults)" -ge $((faults + 200)) ] && [ "$(late)" -gt "$late" ]; }

topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{mode: strict, key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
mac=$(ns sr1 ip -j link show bp0 | jq -r '.[0].address')
remote=$(remote_of_each | tail -n 1)

ok "packets to punt are shared" share sr1 bp0
without_memory "SR 1 cannot copy what it punts: each is counted as punt-failed" sr1 punt-failed
unshare
ok "packets to receive are shared" share sr2 punt-s
without_memory "SR 2 cannot copy what it receives: each is counted as receive-failed" sr2 receive-failed
before=$(counter sr2 received)
send
ok "with memory, they are received" wait_for 60 eval '[ $(($(counter sr2 received) - before)) -ge $packets ]'
unshare

# State sync sends, receives, and holds packets.
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
