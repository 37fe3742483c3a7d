#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demonstration: four service routers between ECMP routers (drawn in lib/topology.sh), which send the two
# directions of a connection through different ones. 100 connections on plain Linux, then the same 100 with saa.
# What is shown was observed by the routers in front and behind, and by the endpoints. Exit status 1 unless saa
# carries all.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

connections=100
title() { printf '\n== %s\n\n' "$*"; }

connect() { flows south "$INSIDE" "$REMOTE" --proto tcp,udp --count $connections "$@"; }

# A line for each connection that was carried: PROTOCOL SRC SPORT DST DPORT SEEN SEEN-PORT  IN OUT BACK-IN BACK-OUT
# OWNER, where it was seen and which SRs have state.
journeys()
{
	{
		paths south to | sed 's/^/in /'
		paths north from | sed 's/^/out /'
		paths north to | sed 's/^/back-in /'
		paths south from | sed 's/^/back-out /'
		flows_known | awk '{ print "owner", $2, $3, $4, $5, $6, $1 }'
		grep ^ok "$tmp/saa"
	} | awk '
		$1 != "ok" { key = $1 " " $2 " " $3 " " $4 " " $5 " " $6; sr[key] = sr[key] (sr[key] ? "," : "") $7; next }
		{
			server = $5 " " $6; client = $3 " " $4; seen = $7 " " $8
			print $2, client, server, seen, sr["in " $2 " " client " " server], sr["out " $2 " " seen " " server],
				sr["back-in " $2 " " server " " seen], sr["back-out " $2 " " server " " client],
				sr["owner " $2 " " client " " server]
		}'
}

show_samples()
{
	local row='%-4s %-18s %-20s %-16s   %-8s%-8s%-8s %-8s%-8s%-8s\n'
	{
		printf "$row" '' inside remote 'remote saw' out: '' '' back: '' ''
		printf "$row" '' '' '' '' entered owner left entered owner left
	}
	awk -v row="$row" '{ kind = $1 ($2 ~ /:/) } count[kind]++ < 3 {
		printf row, $1, $2, $4, $6, $8, $12, $9, $10, $12, $11 }' \
		"$tmp/journeys" | sort
}

show_counters()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" stats | sed "s/^/sr$i /"
	done | awk '
		{ value[$3, $1] = $5; if (!($3 in seen)) { seen[$3]; order[++n] = $3 } srs[$1] }
		END {
			printf "%-16s", ""; for (i = 1; ("sr" i) in srs; i++) printf "%8s", "sr" i; print ""
			for (k = 1; k <= n; k++) {
				printf "%-16s", order[k]
				for (i = 1; ("sr" i) in srs; i++) printf "%8d", value[order[k], "sr" i]
				print ""
			}
		}'
}

topology 4 || exit 1

title "Plain Linux: each SR has nftables SNAT to $POOL4 and a stateful firewall"
nft_snat_on
connect --timeout 4 --rounds 1 >"$tmp/plain"
echo "$connections connections from inside, TCP and UDP, IPv4 and IPv6: $(carried "$tmp/plain") carried"
topology_down

title "saa: the same addresses and firewalls, and one file for all SRs"
topology 4 || exit 1
apply_all || exit 1
sed -n '/^gateways/,$p' "$tmp/saa.yaml"
watch_paths || exit 1
connect >"$tmp/saa"
printf '\nThe same connections: %s carried\n' "$(carried "$tmp/saa")"
journeys >"$tmp/journeys"

title "Which SR some of them entered, were owned and left by"
show_samples

title "What saactl says of the last one"
read -r _ src _ dst _ < <(tail -n 1 "$tmp/journeys")
echo "# saactl explain $src $dst in backplane     (on sr1)"
ctl sr1 explain "$src" "$dst" in backplane

title "How much was redirected"
awk -v n="$N" '
	{
		all += 2; kept += ($8 == $12) + ($10 == $12); split_up += $8 != $10
		wrong += $12 !~ /^sr[0-9]+$/ || $9 != $12 || $11 != $12
	}
	END {
		printf "%d of %d connections entered by different SRs in the two directions\n", split_up, NR
		printf "%d connections were not handled by one SR, their owner, in both directions\n", wrong
		printf "%.0f %% of their directions were not redirected; 1/N is %.0f %%\n", 100 * kept / all, 100 / n
	}' "$tmp/journeys"

title "Packets counted on the SRs (saactl stats)"
show_counters

read -r without _ < <(carried "$tmp/plain")
read -r with _ < <(carried "$tmp/saa")
printf '\ndemo: plain Linux carried %s of %s connections, saa %s of %s\n' \
	"${without:-?}" $connections "${with:-0}" $connections
[ "$with" = $connections ]
