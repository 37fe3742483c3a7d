#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# R22: what state sync cannot go on with is not sent, and counted: DCCP, and the GRE of PPTP, whose connection is sent.
# lib/sync_not_sent.py has the flows; sr1 owns them. On lib/topology.sh, with the links of lib/sync.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

not_sent() { python3 "$lib/sync_not_sent.py" --prefix "$P" "$@" 2>&1; }

# known SR PATTERN: its entries of both families.
known() { { ns "$1" conntrack -L -f ipv4; ns "$1" conntrack -L -f ipv6; } 2>/dev/null | grep -c -- "$2"; }

topology 2 || exit 1
ok "links between partners" sync_links
modprobe -q -a nf_conntrack_pptp || skip_all "no nf_conntrack_pptp"
for sr in sr1 sr2; do
	ns $sr nft -f - <<-END
		table inet pptp {
			ct helper pptp { type "pptp" protocol tcp; l3proto ip; }
			chain assign {
				type filter hook prerouting priority filter;
				tcp dport 1723 ct helper set "pptp"
			}
		}
	END
done
SNAT=
SYNC="{key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2

remotes=("$(remote_of_each 4 | head -n 1)" "$(remote_of_each 6 | head -n 1)")
for remote in "${remotes[@]}"; do
	is "a packet of DCCP to $remote" came "$(not_sent dccp "$remote")"
done
# Newer kernels know DCCP as they do any unknown protocol.
is "both are known to sr1, and counted" "2 2" "$(known sr1 '^dccp \|^unknown *33 ') $(count sr1 not-sent)"

mkfifo "$tmp/end"
not_sent pptp "${remotes[0]}" <"$tmp/end" >"$tmp/pptp" &
tunnel=$!
exec {hold}>"$tmp/end"
becomes "a packet in a tunnel of PPTP" came cat "$tmp/pptp"
is "it is known to sr1 as such" 1 "$(ns sr1 conntrack -L -p gre 2>/dev/null | grep -c 'srckey=')"
is "and counted" 3 "$(count sr1 not-sent)"
becomes "the partner has the connection" 1 known sr2 dport=1723
becomes "and all that is sent" 0 count sr1 flows-at-risk
ok "also when all is sent" eval 'ctl sr1 sync resync && sync_ready sr1'
is "and nothing else" "1 1" "$(known sr2 'dport=1723') $(known sr2 'src=\(10.1.0.9\|fd00:10::9\)')"
exec {hold}>&-
wait "$tunnel"
done_testing
