#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the XDP program costs by itself, for each of its outcomes, beside programs that do less: single runs by
# BPF_PROG_TEST_RUN on sr1 of net.sh, each with a frame made anew. Where the clock counts instructions that is what they
# are, the run of an "empty" program included; elsewhere nanoseconds.
#
# Prints "prog ROW BURST..." for each row, and fails unless the program ended as the row says. Without the module the
# rows of saa are left out.
#
# usage: prog.sh [BURSTS [RUNS]]
cd "$(dirname "$0")" || exit 1
. ./net.sh

bursts=${1:-7} runs=${2:-51}
saa=$tools/../../saa_xdp.bpf.o:saa_xdp
mac=02:00:00:00:01:01

# run ROW PROGRAM VERDICT FRAME...: FRAME as frame.py takes it
run()
{
	local row=$1 program=$2 verdict=$3 device=bp0 frame
	frame=$(./frame.py "${@:4}") || fail "$row: no frame"
	ns sr1 "$tools/xdp_bench" run $device "$program" "$verdict" "$bursts" "$runs" "$frame" punt-s \
		>"$tmp/out" || fail "$row"
	echo "prog $row $(paste -sd ' ' "$tmp/out")"
}

# punted ROW FRAME...: as run, and the module counts each of them.
punted()
{
	local row=$1 before n
	before=$(saa_counter sr1 punted-xdp)
	run "$row" "$saa" redirect "${@:2}"
	n=$(($(saa_counter sr1 punted-xdp) - before))
	[ $n -eq $((bursts * runs)) ] || fail "$row: $n counted as punted"
}

net_up || fail "no network"
run empty empty pass udp $mac $client $plain
run parse parse pass udp $mac $client $plain
run parse_redirect redirect redirect udp $mac $client $plain
run parse_redirect_vlan redirect redirect udp $mac $client $plain 30
run route route redirect udp $mac $client $plain

[ -d /sys/module/saa ] || modprobe -q saa || exit 0
saa_config || fail "saactl"
napi sr2 punt-s
ns sr1 ip -batch - <<-END || fail "no VLAN"
	link add link bp0 name bp0.30 type vlan id 30
	link set bp0.30 up
END
run saa_not_ip "$saa" pass arp $mac $client $plain
run saa_not_member "$saa" pass udp $mac $client $plain 30
run saa_own "$saa" pass udp $mac $client "$(remote_of sr1)"
punted saa_punt udp $mac $client "$(remote_of sr2)"
punted saa_punt_icmp_error error $mac "$(remote_of sr2)" $client

use_family 6
own=$(remote_of sr1) punt=$(remote_of sr2)
run parse_ipv6 parse pass udp $mac $client $plain
run parse_redirect_ipv6 redirect redirect udp $mac $client $plain
run saa_own_ipv6 "$saa" pass udp $mac $client "$own"
punted saa_punt_ipv6 udp $mac $client "$punt"
punted saa_punt_icmp_error_ipv6 error $mac "$punt" $client

# A tagged frame: it is the VLAN interface that is the member now.
use_family 4
saactl -n "${P}sr1" group set backplane dev bp0.30 || fail "saactl"
run saa_own_vlan "$saa" pass udp $mac $client "$(remote_of sr1)" 30
punted saa_punt_vlan udp $mac $client "$(remote_of sr2)" 30

# Nobody owns anything: the program drops.
saactl -n "${P}sr1" sr set sr1 state down && saactl -n "${P}sr1" sr set sr2 state down || fail "saactl"
run saa_no_owner "$saa" drop udp $mac $client "$plain" 30

# Over Geneve.
saactl -n "${P}sr1" gateway del t0 && saactl -n "${P}sr2" gateway del t0 || fail "saactl"
geneve_link && saa_config || fail "no tunnels"
napi sr2 under0
punted saa_punt_geneve udp $mac $client "$(remote_of sr2)"
