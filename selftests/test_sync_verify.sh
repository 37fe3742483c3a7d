#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# saactl sync dump and verify: with state sync both SRs of a pair know the same, and are found to; what is missing at
# one or is otherwise there is named, from both sides. On lib/topology.sh, with the links of lib/sync.sh.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

# verify SR PARTNER: what differs, in $tmp/diff
verify() { ctl "$2" -j sync dump | ctl "$1" sync verify - >"$tmp/diff"; }

# held_flow SR FAMILY: "SRC DST SPORT DPORT" of a TCP flow that the SR only holds for its partner.
held_flow()
{
	local src dst sport dport
	while read -r src dst sport dport; do
		[ "$(owner "$1" "$src" "$dst" backplane)" = "$1" ] || { echo "$src $dst $sport $dport"; return; }
	done < <(ns "$1" conntrack -L -f "$2" -p tcp 2>/dev/null | grep 'dport=7 ' |
		sed 's/.* src=\([^ ]*\) dst=\([^ ]*\) sport=\([^ ]*\) dport=\([^ ]*\) src=.*/\1 \2 \3 \4/')
	return 1
}

# names DIFFERENCE SRC DST SPORT DPORT: that is what was found, and nothing else.
names()
{
	local flow="protocol tcp source $2 source-port $4 destination $3 destination-port $5"
	grep -q "^flow difference $1 $flow\$" "$tmp/diff" &&
		grep -q '^flows .* differences 1$' "$tmp/diff"
}

# changed FAMILY
changed()
{
	local src dst sport dport flow
	read -r src dst sport dport < <(held_flow sr2 "$1")
	flow=(-f "$1" -p tcp -s "$src" -d "$dst" --sport "$sport" --dport "$dport")
	ns sr2 conntrack -U "${flow[@]}" -m 5 >/dev/null 2>&1
	ok "$1: another mark is found" not verify sr1 sr2
	ok "$1: and named" names differs "$src" "$dst" "$sport" "$dport"
	ok "$1: with what it is at the partner" grep -q '^    partner mark 5$' "$tmp/diff"
	ns sr2 conntrack -D "${flow[@]}" >/dev/null 2>&1
	ok "$1: a flow that the partner has not is found" not verify sr1 sr2
	ok "$1: and named" names not-at-partner "$src" "$dst" "$sport" "$dport"
	ok "$1: it is found from the other side" not verify sr2 sr1
	ok "$1: and named" names not-here "$src" "$dst" "$sport" "$dport"
	is "$1: as JSON" "[\"not-here\",\"$src\",$sport]" "$(ctl sr1 -j sync dump | ctl sr2 -j sync verify - |
		jq -c 'select(.difference) | [.difference, .source, ."source-port"]')"
	ctl sr2 sync resync
	ok "$1: after all was sent again, nothing differs" wait_for 60 verify sr1 sr2
}

topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{key-file: $tmp/sync.key}"
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
ok "without flows nothing differs" verify sr1 sr2
is "and is found to be nothing" "flows here 0 partner 0 differences 0" "$(cat "$tmp/diff")"

# Flows that stay, and do not change. They have marks.
for i in 1 2; do
	ns "sr$i" nft insert rule inet firewall forward ct mark 0 ct mark set 7
done
flows_go_on "$tmp/flows" south "10.1.0.0/17 fd00:10::/64" "203.0.113.0/25 2001:db8:203::/64" --count 60 --size 500 \
	--interval 3600 --timeout 300 --again 60
ok "flows: nothing differs" wait_for 60 verify sr1 sr2
read -r _ _ here _ partner _ < <(tail -n 1 "$tmp/diff")
ok "all 60 are there ($here, $partner)" [ "$here" = 60 -a "$partner" = 60 ]
ok "from the other side, too" verify sr2 sr1
ok "the text of a dump has them" [ "$(ctl sr1 sync dump | grep -c '^flow protocol .* reply-destination ')" -eq 60 ]
changed ipv4
changed ipv6
flows_end
all_carried "the flows did not notice" "$tmp/flows"

ctl sr1 -j sync dump >"$tmp/dump"
ok "one's own dump is refused" not ctl sr1 sync verify "$tmp/dump" 2>"$tmp/err"
ok "and why" grep -q 'this is a dump of SR 1 of gateway 7, the partner is SR 2 of gateway 7' "$tmp/err"
echo '{"protocol": "tcp"}' >>"$tmp/dump"
ok "so is what is no dump" not ctl sr2 sync verify "$tmp/dump" 2>"$tmp/err"
ok "and where" grep -q "$tmp/dump:[0-9]*: this is no flow of" "$tmp/err"
ok "and what is not there" not ctl sr2 sync verify /nonexistent 2>"$tmp/err"
done_testing
