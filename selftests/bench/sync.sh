#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What state sync costs, and how fast the partner takes over, by saa and by conntrackd: TCP connections with SNAT
# through sr1 of net.sh, held by sr2, over a link of its own between the two. For a guest with one CPU that counts
# instructions as nanoseconds: all that both SRs, their ends and conntrackd do is done by that CPU.
#
# Rows: saa; conntrackd, in FTFW mode; conntrackd_direct, without its external cache; saa_alone and nft_alone, the same
# gateways without state sync. Prints
#	sync ROW flows N ELAPSED ALL OWN LATE	N connections at 2000 a second: what flows.c prints
#	sync ROW lossless RATE N ELAPSED ...	the same at the highest rate tried, each 0.8 of the one before, at which
#						sr2 gets all without one of their changes being lost on the way
#	sync ROW takeover MANY FIRST ALL ALONE SYNC	MANY connections are held, and sr1 fails: until sr2 forwards the first
#						and all of the samples; KiB that they took alone, and sync takes
#
# usage: sync.sh [FLOWS [MANY [ROW...]]]
cd "$(dirname "$0")" || exit 1
. ./net.sh

flows=${1:-3000} many=${2:-100000}
shift $(($# < 2 ? $# : 2))
rows=("$@")
[ ${#rows[@]} -gt 0 ] || rows=(saa_alone saa nft_alone conntrackd conntrackd_direct)

# Of the kernel's objects and of processes, KiB. MemFree knows nothing of what CPUs keep for themselves.
memory() { awk '$1 ~ /^(Slab|AnonPages):/ { sum += $2 } END { print sum }' /proc/meminfo; }

# The remote addresses of sr1 that are needed.
remotes()
{
	local i
	for i in {1..40}; do
		[ "$(saactl -n "${P}sr1" -j explain "$client" "$remotes$i" in backplane |
			jq -r '.. | .owner? // empty')" != sr1 ] || echo "$remotes$i"
	done | head -n $((1 + many / 60000))
}

# A fresh network with both gateways, and no state sync. Neither takes up connections that it does not know.
gateways()
{
	local i
	conntrackd_down
	net_down
	net_up || fail "no network"
	replies_to 1
	echo 262144 >/sys/module/nf_conntrack/parameters/hashsize
	sysctl -qw net.netfilter.nf_conntrack_max=1000000
	for i in 1 2; do
		ns "sr$i" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
		ns "sr$i" nft 'table inet firewall { chain forward {
			type filter hook forward priority filter; ct state invalid drop; }; }'
		sink inside in$i
		sink outside out$i
	done
	held="nsenter --net=/run/netns/${P}sr1 conntrack -C"
	case $row in
	saa*)
		saa_config "$snat" || fail "saactl"
		mapfile -t to < <(remotes)
		;;
	*)
		for i in 1 2; do
			ns "sr$i" nft "table inet bench { chain postrouting {
				type nat hook postrouting priority srcnat; oifname eth1 ip saddr $client snat ip to $pool; }; }"
		done
		to=("${remotes}1" "${remotes}2")
		;;
	esac
}

# Begins state sync; from then on $held tells what sr2 holds, and $takeover is what makes it take over.
begin()
{
	case $row in
	saa)
		saa_sync_up || fail "$row: $(saactl -n "${P}sr1" sync show)"
		held="saactl -n ${P}sr2 sync show | sed -n 's/^ *flows-held: //p'"
		takeover="saactl -n ${P}sr2 sr set sr1 state down"
		;;
	conntrackd)
		sync_link && conntrackd_up || fail "$row"
		held="nsenter --net=/run/netns/${P}sr2 conntrackd -C $tmp/conntrackd2 -s | awk '/external:/ { getline; print \$NF }'"
		takeover="nsenter --net=/run/netns/${P}sr2 conntrackd -C $tmp/conntrackd2 -c"
		;;
	conntrackd_direct)
		sync_link && conntrackd_up "DisableExternalCache yes" || fail "$row"
		held="nsenter --net=/run/netns/${P}sr2 conntrack -C"
		takeover=true
		;;
	esac
}

# How often changes came too fast.
overruns()
{
	if [ "$row" = saa ]; then
		saactl -s -n "${P}sr1" sync show | awk '$1 == "gaps:" { n = $2 } END { print n + 0 }'
	else
		conntrackd_ask 1 -s runtime | awk '/netlink overrun:/ { n = $NF } END { print n + 0 }'
	fi
}

# open N RATE
open()
{
	ns inside "$tools/flows" open "/run/netns/${P}outside" "$tmp/flows" "$1" "$2" "$held" "${to[@]}" >"$tmp/opened"
}

row_flows()
{
	gateways
	begin
	open "$flows" 2000 || fail "$row: $flows connections"
	echo "sync $row flows $flows $(cat "$tmp/opened")"
	read -r _ cost _ <"$tmp/opened"
	cost=$((cost / flows))
}

# From twice the rate at which the CPU would be busy, if a connection cost what it does at 2000 a second.
row_lossless()
{
	local rate=$((2000000000 / cost)) n=$((3 * flows))
	for _ in {1..8}; do
		gateways
		begin
		if open $n $rate 2>"$tmp/why" && [ "$(overruns)" -eq 0 ]; then
			echo "sync $row lossless $rate $n $(cat "$tmp/opened")"
			return
		fi
		rate=$((rate * 8 / 10))
	done
	fail "$row: connections are lost at any rate"
}

row_takeover()
{
	local before alone with
	gateways
	before=$(memory)
	open "$many" 0 || fail "$row: $many connections"
	alone=$(memory)
	begin
	[ "$row" = saa ] || conntrackd_ask 1 -B
	for _ in {1..600}; do
		[ "$(eval "$held")" -lt "$many" ] || break
		sleep 0.1
	done
	[ "$(eval "$held")" -ge "$many" ] || fail "$row: sr2 holds only $(eval "$held")"
	with=$(memory)
	ns sr1 ip -batch - <<-END
		link set bp0 down
		link set eth1 down
		link set punt-n down
		link set punt-s down
		link set sync0 down
	END
	ns inside "$tools/flows" takeover "/run/netns/${P}outside" "$tmp/flows" "$many" "$takeover" >"$tmp/took" ||
		fail "$row: no takeover"
	echo "sync $row takeover $many $(cat "$tmp/took") $((alone - before)) $((with - alone))"
}

modprobe -a saa nf_conntrack nf_nat
for row in "${rows[@]}"; do
	row_flows
	[[ $row == *_alone ]] || row_lossless
	[[ $row == *_* ]] || row_takeover
done
conntrackd_down
