#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22: a takeover, and failback, between any two segments of a TCP connection, as its ends see it: RFC 9293, RFC 5961,
# and no connection hangs, whatever the partner has from before. With SNAT, IPv4 and IPv6.
# lib/sync_tcp.py has the scenes; X is inside, Y remote, their segments are made by hand. sr1 owns what Y receives, and
# sr2 takes over. On lib/topology.sh, with the links of lib/sync.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

# What the scenes ask for.
synced() { sync_ready sr1 && wait_for 60 eval '[ "$(count sr1 flows-at-risk)" = 0 ]'; }

sync_link() { ns switch ip link set y1 "$1" && { [ "$1" = down ] || ctl sr1 sync wait both timeout 120; }; }

# sr2 gets a flow of another inside host with that mapping.
collide()
{
	local inside=10.1.0.77
	[[ $1 != *:* ]] || inside=fd00:10::77
	ns sr2 conntrack -I -p tcp -s $inside --sport 4444 -d "$3" --dport "$4" -r "$3" --reply-port-src "$4" \
		-q "$1" --reply-port-dst "$2" --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 600 >"$tmp/conntrack.out" 2>&1
}

topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
# The namespaces know nothing of these connections and would reset them: without a window, unlike the scenes.
for name in south north; do
	ns "$name" nft -f - <<-END
		table inet silent {
			chain output {
				type filter hook output priority 0;
				tcp flags & rst == rst tcp window 0 drop
			}
		}
	END
done

# A slow machine is no reason for a connection to be forgotten.
for sr in sr1 sr2; do
	# shellcheck disable=SC2046 # assignments
	ns $sr sysctl -qw $(printf 'net.netfilter.nf_conntrack_tcp_timeout_%s=600 ' close close_wait fin_wait last_ack \
		syn_recv syn_sent time_wait)
done

coproc SCENES {
	exec python3 "$lib/sync_tcp.py" --prefix "$P" --remote "$(remote_of_each 4 | head -n 1)" "$(remote_of_each 6 | head -n 1)"
}
pid=$SCENES_PID
exec {to}>&"${SCENES[1]}" {from}<&"${SCENES[0]}"
while read -r word line <&"$from"; do
	case $word in
	do)
		# Only what sync_tcp.py says.
		ok "($line)" $line
		echo >&"$to"
		;;
	*)
		echo "$word $line"
		[ "$word" = ok ] || fail
		;;
	esac
done
ok "all scenes" wait "$pid"
done_testing
