#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Steering by XDP, native and generic, by the module alone, and mixed across the SRs, has the same result (topology:
# lib/topology.sh): all flows are carried, each is known to its owner only, nothing is dropped. The control is who
# counts the redirections: the XDP program where it is attached, the module elsewhere.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

# attach NAME MODE...: a mode for each SR; none is the module alone.
attach()
{
	local mode i=0
	shift
	for mode; do
		i=$((i + 1))
		ctl "sr$i" xdp detach >/dev/null || return
		[ "$mode" = none ] || ctl "sr$i" xdp attach mode "$mode" >/dev/null || return
	done
}

run()
{
	local name=$1 mode i=0
	local -a xdp=() module=()
	ok "$name: attach" attach "$@" || return
	shift
	for ((i = 1; i <= N; i++)); do
		xdp[i]=$(counter "sr$i" punted-xdp) module[i]=$(counter "sr$i" punted)
	done
	SEED=$((SEED + 1))
	flows south "$INSIDE" "$REMOTE $DMZ" --count 48 >"$tmp/out"
	all_carried "$name: from inside" "$tmp/out"
	flows north "$REMOTE" "$VIRTUAL" --count 24 >"$tmp/in"
	all_carried "$name: from outside" "$tmp/in"
	holders "$tmp/out" >"$tmp/first"
	is "$name: one SR knows each flow" 48 "$(awk 'NF == 3' "$tmp/first" | wc -l)"
	i=0
	for mode; do
		i=$((i + 1))
		xdp[i]=$(($(counter "sr$i" punted-xdp) - xdp[i])) module[i]=$(($(counter "sr$i" punted) - module[i]))
		if [ "$mode" = none ]; then
			ok "$name: sr$i: by the module" [ "${xdp[i]}" -eq 0 -a "${module[i]}" -gt 0 ]
		else
			ok "$name: sr$i: by XDP, $mode" [ "${xdp[i]}" -gt 0 -a "${module[i]}" -eq 0 ]
		fi
	done
}

topology 4 || exit 1
offloads_for_xdp
ok "apply" apply_all
run "module" none none none none
run "native" native native native native
run "generic" generic generic generic generic
run "mixed" native generic none native
ok "each flow is known to its owner only" one_holder "$tmp/out" backplane
is "nothing was dropped" "" "$(drops all)"

ctl sr1 xdp show
ok "detach" attach detach none none none none
flows south "$INSIDE" "$REMOTE" --count 12 >"$tmp/after"
all_carried "after detach" "$tmp/after"
done_testing
