#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# State sync over WireGuard, as Documentation/state-sync.rst has it: the partners' addresses are those of wg0. Nothing
# of state sync is on the link itself, and an SR that fails loses no connection. On lib/topology.sh, with 2 SRs and the
# links of lib/sync.sh; in the tunnel SR I is 192.168.78.I.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa
type -P wg >/dev/null || skip_all "no wg"
modprobe -q wireguard || skip_all "no wireguard"

sync_address() { echo "192.168.78.$1"; }

# tunnel I PARTNER
tunnel()
{
	ns "sr$1" ip link add wg0 type wireguard &&
		ns "sr$1" wg set wg0 listen-port 51820 private-key "$tmp/wg.$1" peer "$(wg pubkey <"$tmp/wg.$2")" \
			endpoint "192.168.77.$2:51820" allowed-ips "192.168.78.$2/32" &&
		ns "sr$1" ip address add "192.168.78.$1" peer "192.168.78.$2" dev wg0 &&
		ns "sr$1" ip link set wg0 up
}

# What leaves SR 1 for its partner, by where and what it is.
watch_link()
{
	ns sr1 nft -f - <<-END
		table inet watch {
			counter sealed { }
			counter tunnelled { }
			counter plain { }
			chain output {
				type filter hook output priority 0;
				oifname wg0 tcp dport 7220 counter name tunnelled
				oifname wg0 tcp sport 7220 counter name tunnelled
				oifname sync0 udp dport 51820 counter name sealed
				oifname sync0 meta l4proto tcp counter name plain
			}
		}
	END
}

watched() { ns sr1 nft list counter inet watch "$1" | awk '$1 == "packets" { print $2 }'; }
both_know() { [ "$(flows_known | grep -c ' 7$')" -eq 80 ]; }

topology 2 || exit 1
ok "links between partners" sync_links
(umask 077 && wg genkey >"$tmp/wg.1" && wg genkey >"$tmp/wg.2")
ok "tunnel" eval 'tunnel 1 2 && tunnel 2 1'
ok "watch the link" watch_link
SYNC="{mode: strict, strict-timeout: 1000, key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2

flows_go_on "$tmp/flows" south "10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --proto tcp,udp \
	--count 40 --size 3000 --timeout 300 --again 300
ok "both know all flows" wait_for 60 both_know
ok "sr1 fails" sr_fails 1
ok "flows go on" flows_round
ok "sr1 comes back and gets its flows" sr_returns 1
ok "flows go on with it" flows_round
flows_end
all_carried "none was lost" "$tmp/flows"
ok "state sync was in the tunnel" [ "$(watched tunnelled)" -gt 0 -a "$(watched sealed)" -gt 0 ]
is "and not beside it" 0 "$(watched plain)"
done_testing
