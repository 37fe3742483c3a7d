#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SRs that do not agree on the table (R9; topology: lib/topology.sh). An SR that gets what it does not own passes it
# on once, as a second chance; at the second chance it is processed or dropped, never passed on again. Frames are
# counted on the punt switches, where a loop would show, or over Geneve (lib/geneve.sh) between the tunnels' ends.
#
# usage: test_second.sh [TRANSPORT]	test_second_geneve.sh
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
. lib/packets.sh
need_saa
TRANSPORT=${1-l2}
where=switch	# the frames can be counted

# Counts the unicast frames that come from the SRs' shadow ports; with the bit of the second chance in the source,
# and without.
count_frames()
{
	local i devices=''
	if [ "$TRANSPORT" = geneve ]; then
		# Behind the headers of UDP, Geneve, the option, and the destination.
		ns underlay nft -f - <<-END
			table inet frames {
				counter first { }
				counter second { }
				chain tunnels {
					type filter hook forward priority 0;
					udp dport 6081 @th,280,8 & 2 == 0 counter name first return
					udp dport 6081 counter name second
				}
			}
		END
		return
	fi
	for ((i = 1; i <= N; i++)); do
		devices+=" n$i, s$i,"
	done
	ns switch nft -f - <<-END
		table netdev frames {
			counter first { }
			counter second { }
			chain ports {
				type filter hook ingress devices = {$devices } priority 0;
				ether daddr & 01:00:00:00:00:00 != 00:00:00:00:00:00 return
				ether saddr & 00:02:00:00:00:00 == 00:00:00:00:00:00 counter name first return
				counter name second
			}
		}
	END
}
frames()
{
	ns "$where" nft list counters |
		awk -v name="$1" '$1 == "counter" { counter = $2 } counter == name && $1 == "packets" { print $2 }'
}

# The counts of the switches and of the SRs agree, as soon as no packet is on its way.
frames_agree() { [ "$(frames first) $(frames second)" = "$(counter all punted) $(counter all second-chance)" ]; }

topology 4 || exit 1
if [ "$TRANSPORT" = geneve ]; then
	where=underlay
	underlay && underlay_mtu 1562 || exit 1
fi
ok "apply" apply_all
ok "counting frames on the switches" count_frames
backup=$(ctl sr1 -j table show rows | jq -r '[.[] | select(.primary == 2)][0].backup')
other=$((backup == 3 ? 4 : 3))	# neither SR 2 nor its backup
each="$(remote_of_each) $(remote_of_each 6)"	# remotes of SR 1 to 4

flows south "$INSIDE" "$REMOTE" --count 24 >"$tmp/agreed"
all_carried "control: with one table" "$tmp/agreed"
is "control: no second chance" "0 0" "$(counter all second-chance) $(frames second)"
ok "control: each packet is on a switch once" wait_for 60 frames_agree

# sr$other takes SR 2 for down and punts to its backup, which knows better.
ok "R9 sr$other takes sr2 for down" ctl "sr$other" sr set sr2 state down
# All packets come to it, so that SR 2's do, whatever the routers would pick.
all_by "$other"
flows south "$INSIDE" "$each $REMOTE" --count 48 --seed $((SEED + 1)) >"$tmp/differ"
all_carried "R9 all flows while one SR differs" "$tmp/differ"
ok "R9 on the switches: once, and once more" wait_for 60 frames_agree
second=$(counter "sr$backup" second-chance)
ok "R9 the backup passed $second packets on" [ "$second" -gt 0 ]
is "R9 none else did" "$second" "$(counter all second-chance)"

if [ "$TRANSPORT" = l2 ]; then
	ok "each flow is known to its owner only" one_holder "$tmp/differ" backplane
	# The same with generic XDP on the backup, which must leave to the module what has been punted.
	offloads_for_xdp
	ok "R9 generic XDP on the backup" ctl "sr$backup" xdp attach mode generic
	flows south "$INSIDE" "$each" --count 24 --seed $((SEED + 5)) >"$tmp/differ-xdp"
	all_carried "R9 generic XDP: all flows while one SR differs" "$tmp/differ-xdp"
	ok "R9 generic XDP: on the switches: once, and once more" wait_for 60 frames_agree
	is "R9 generic XDP: not steered by it" 0 "$(counter all punted-xdp)"
	ok "R9 generic XDP: second chances are the module's" [ "$(counter "sr$backup" second-chance)" -gt "$second" ]
	ok "R9 detach" ctl "sr$backup" xdp detach
fi
second=$(counter "sr$backup" second-chance)
ok "R9 sr$other takes sr2 for up" ctl "sr$other" sr set sr2 state up
flows south "$INSIDE" "$REMOTE" --count 24 --seed $((SEED + 2)) >"$tmp/resolved"
all_carried "R9 resolved" "$tmp/resolved"
is "R9 resolved: no more second chances" "$second" "$(counter all second-chance)"
is "nothing was dropped" "" "$(drops all)"

# SR 1 takes itself for down, its backup takes it for up: nobody wants its packets. Flows that it knows go on, and
# errors about them get through, which come when it has changed its mind.
all_by 1
ok "hosts that do not answer" silence north
for family in 4 6; do
	kept=$(counter sr1 kept)
	FLOWS=48 packets --seconds 60 --srs 1 --family $family \
		--between "$SAACTL -n ${P}sr1 sr set sr1 state down" error-router >"$tmp/errors"
	is "R9 R11 IPv$family: ICMP errors about known flows" "48 48" "$(awk '/^error-router/ { print $3, $4 }' "$tmp/errors")"
	kept=$(($(counter sr1 kept) - kept))
	ok "R9 R11 IPv$family: some were kept: $kept" [ "$kept" -gt 0 ]
	ok "R9 sr1 takes itself for up" ctl sr1 sr set sr1 state up
done
kept=$(counter sr1 kept)
flows_go_on "$tmp/known" south "$INSIDE" "$each" --count 24 --seed $((SEED + 3)) --size 2000
ok "R9 sr1 takes itself for down" ctl sr1 sr set sr1 state down
ok "R9 packets of known flows are kept" wait_for 60 eval '[ "$(counter sr1 kept)" -gt $((kept + 20)) ]'
flows_end
all_carried "R9 known flows go on" "$tmp/known"
is "nothing was dropped" "" "$(drops all)"

ok "no packet is on its way" wait_for 60 frames_agree
second=$(frames second)
flows south "$INSIDE" "$each" --count 24 --seed $((SEED + 4)) --proto udp --rounds 1 --timeout 10 >"$tmp/new"
lost=$(grep -c ^fail "$tmp/new")
is "R9 new flows of sr1 are lost, a fourth of them" 6 "$lost"
becomes "R9 they are dropped and counted at the second chance" "not-owner $lost" drops all
ok "R9 on the switches: once, and once more" wait_for 60 frames_agree
is "R9 each was passed on once" "$lost" $(($(frames second) - second))
done_testing
