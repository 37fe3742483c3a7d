#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations that fail while packets are steered, punted, received and translated, in interrupts too, and while
# configurations are replaced under them: what cannot go on is dropped and counted, and when memory is back all is as
# before (topology: lib/topology.sh). tcpdump, on the ports, shares packets that the module then has to copy.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/fault.sh
need_saa
need_faults

dropped() { drops all | grep -cE 'failed'; }
enough() { [ $(($(faults) - before)) -ge 300 ] && [ "$(dropped)" -gt 0 ]; }

topology 3 || exit 1
ok "apply" apply_all
for i in 1 2 3; do
	for dev in punt-n punt-s bp0; do
		nsenter --net="/run/netns/${P}sr$i" -- tcpdump -n -i $dev -w /dev/null >"$tmp/tcpdump" 2>&1 &
	done
done
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE $DMZ" --count 40 --size 1000 --timeout 3 --interval 0.02
before=$(faults)
fail_percent 20
for ((i = 0; i < 10; i++)); do
	ctl sr1 apply "$tmp/saa.yaml" --edge sr1
	ctl sr2 sr set sr3 state down
	ctl sr2 snat del 10
	ctl sr2 apply "$tmp/saa.yaml" --edge sr2
	ns sr3 ip address add 172.17.3.9/32 dev eth1
	ns sr3 ip address del 172.17.3.9/32 dev eth1
done >"$tmp/out" 2>&1
ok "hundreds of allocations fail, packets are dropped and counted" wait_for 120 enough
fail_percent 0
flows_end
drops all | sed 's/^/# /'
for i in 1 2 3; do
	ok "memory is back: apply on SR $i" ctl "sr$i" apply "$tmp/saa.yaml" --edge "sr$i"
	ctl "sr$i" sr set sr3 state up
done
flows south "$INSIDE" "$REMOTE $DMZ" --count 40 --seed $((SEED + 1)) >"$tmp/again"
all_carried "and all is as before" "$tmp/again"
done_testing
