#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bulk TCP with GRO and GSO (topology: lib/topology.sh): what the sender hands down in one piece is punted, received
# and translated in one piece, at full MTU, and the data arrives as it was sent. The control is a sender without
# GSO.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

# average: bytes in a frame that the SRs sent to the punt switches since the last call.
last_bytes=0 last_packets=0
average()
{
	local bytes packets
	read -r bytes packets < <(for ((i = 1; i <= N; i++)); do
		ns "sr$i" ip -s -j link show punt-n
		ns "sr$i" ip -s -j link show punt-s
	done | jq -rs '[.[][].stats64.tx] | "\(map(.bytes) | add) \(map(.packets) | add)"')
	average=$(((bytes - last_bytes) / (packets - last_packets + 1)))
	last_bytes=$bytes last_packets=$packets
}

bulk() { flows south "$INSIDE" "$remotes" --proto tcp --rounds 1 --timeout 200 "$@"; }

# Routers send to SR 1 what SR 2 owns, so all of it is punted.
topology 2 || exit 1
ok "apply" apply_all
all_by 1
remotes="$(remote_of_each | tail -n 1) $(remote_of_each 6 | tail -n 1)"
average
bulk --count 8 --size 4000000 >"$tmp/gso"
all_carried "8 times 4 MB there and back" "$tmp/gso"
average
ok "punted in large pieces, $average bytes on average" [ "$average" -gt 2000 ]
ok "each flow is known to its owner only" one_holder "$tmp/gso" backplane

bulk --count 16 --size 100000 --options --seed $((SEED + 2)) >"$tmp/options"
all_carried "with IP options and extension headers" "$tmp/options"
is "none was dropped" "" "$(drops all)"
average

for name in south north; do
	for i in 1 2; do
		ns $name ethtool -K sr$i tso off gso off
	done
done
for i in 1 2; do
	for dev in bp0 eth1 punt-n punt-s; do
		ns sr$i ethtool -K $dev gro off
	done
done
bulk --count 4 --size 1000000 --seed $((SEED + 1)) >"$tmp/single"
all_carried "4 times 1 MB without GSO" "$tmp/single"
average
ok "control: then in frames, $average bytes on average" [ "$average" -le 1518 ]
is "nothing was dropped" "" "$(drops all)"
is "the firewalls found nothing invalid" 0 "$(nft_counter all invalid)"
done_testing
