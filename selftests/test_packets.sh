#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every kind of packet, not just the easy ones (R10, R11, R13; lib/packets.py has the kinds): in both families, steered
# by each of MODES, the module and XDP, native and generic, over each of TRANSPORTS, L2 and Geneve by IPv4 and IPv6.
# Behind north and behind south is one more network each, by a narrow link; the rest is in lib/topology.sh and
# lib/geneve.sh:
#
#   north -- far (MTU 1300 toward far; far itself believes in 1500) -- 198.18.0.0/24, 2001:db8:18::/64
#   south -- cellar (likewise) -- 10.1.240.0/24, fd00:10:0:0:ce11::/80
#
# There are two controls in the same network: the module with its handling of anything but plain packets off
# (mutants/control.sh), which carries all of the kinds that need none and not all of any other; and plain Linux, where
# of no kind everything gets through. A table at the end has it all. FLOWS (8) is how many of each kind.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/geneve.sh
. lib/packets.sh
need_saa

TRANSPORTS=${TRANSPORTS:-l2 geneve4 geneve6}
MODES=${MODES:-module native generic}
FLOWS=${FLOWS:-8}

# attach MODE: to all members, in place of another; "module" is no XDP. All SRs at once: they wait for the kernel.
attach()
{
	local i jobs=() rc=0 command=detach
	[ "$1" = module ] || command="attach mode $1"
	for ((i = 1; i <= N; i++)); do
		# Words of a command.
		ctl "sr$i" xdp $command >/dev/null 2>"$tmp/attach.sr$i" &
		jobs[i]=$!
	done
	for ((i = 1; i <= N; i++)); do
		wait "${jobs[i]}" || { rc=1; sed 's/^/# /' "$tmp/attach.sr$i"; }
	done
	return $rc
}

# carry TRANSPORT: for apply_all; geneve4 and geneve6 by the underlay's family.
carry()
{
	TRANSPORT=${1%[46]} ADDRESS=
	[ "$TRANSPORT" = "$1" ] || ADDRESS=tep${1#geneve}
}

# As by a routing protocol. Errors of south come from its address on the link to any SR; the owner's rp_filter is strict.
know_links()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" ip route add 172.16.0.0/16 via "172.16.$i.1" || return
	done
}

# count FILE: what the SRs have counted so far, and whether that was dropped. grown NAME: of that, from the file before
# to the file after; dropped: "NAME PACKETS" of each.
count()
{
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" stats
	done | awk '{ n[$2] += $4; drop[$2] = $NF == "drop" } END { for (name in n) print name, n[name], drop[name] }' \
		>"$tmp/$1"
}

grown()
{
	awk -v name="$1" '$1 == name { n[FILENAME] = $2 } END { print n[ARGV[2]] - n[ARGV[1]] }' "$tmp/before" "$tmp/after"
}

dropped()
{
	awk 'FILENAME == ARGV[1] { of[$1] = $2; next } $3 && $1 != "not-for-us" && of[$1] != $2 { print $1, $2 - of[$1] }' \
		"$tmp/before" "$tmp/after"
}

# steered MODE: the SRs have punted by that and by nothing else, but for what XDP leaves to the module: long chains of
# IPv6 headers.
steered()
{
	local xdp module
	xdp=$(grown punted-xdp) module=$(grown punted)
	echo "# $1: $xdp by XDP, $module by the module"
	case $1 in
	module) [ "$xdp" -eq 0 ] && [ "$module" -gt 100 ] ;;
	*) [ "$xdp" -gt 100 ] && [ "$module" -gt 0 ] && [ "$module" -le $((3 * FLOWS)) ] ;;
	esac
}

# instead MODULE: of the one that is loaded.
instead() { wait_for 60 rmmod saa 2>"$tmp/rmmod" && insmod "$1"; }
again() { wait_for 60 rmmod saa 2>"$tmp/rmmod" && need_saa; }

# What the control is to carry has all the time that it takes, as before.
handling_off()
{
	local hard
	mapfile -t hard < <(awk '/^[a-z]/ && !of[$1]++ { print $1 }' "${columns[0]}" | grep -vxFf <(tr ' ' '\n' <<<"$EASY"))
	# A list.
	packets $EASY
	FLOWS=12 packets --seconds 20 --at-once 50 "${hard[@]}"
}

topology 4 && underlay && underlay_mtu 1582 || exit 1
offloads_for_xdp
ok "networks behind narrow links" far_and_cellar
ok "the SRs know all links of the inside" know_links
ok "hosts that do not answer" silence north dmz south
carry "${TRANSPORTS%% *}"
ok "apply" apply_all
for mode in $MODES; do
	ok "$mode: attach" attach $mode
	for transport in $TRANSPORTS; do
		carry "$transport"
		ok "$transport, $mode: apply" apply_all
		ok "$transport, $mode: fragments are watched" watch_fragments
		count before
		packets >"$tmp/$transport-$mode"
		is "$transport, $mode: all kinds were tried" 0 $?
		count after
		ok "$transport, $mode: that has steered" steered $mode
		ok "R11 $transport, $mode: each datagram came to one SR in fragments, and to the stack as a whole" one_defragments
		is "$transport, $mode: errors about errors were dropped, nothing else" "snat-stray $((2 * FLOWS))" "$(dropped)"
	done
done
ok "detach" attach module
ok "end" remove_all
columns=()
for transport in $TRANSPORTS; do
	for mode in $MODES; do columns+=("$tmp/$transport-$mode"); done
done
control=../build/control/$(uname -r).ko
if [ -e "$control" ]; then
	carry l2
	ok "control: handling is off" instead "$control"
	ok "control: handling is off: apply" apply_all
	count before
	handling_off >"$tmp/handling-off"
	count after
	ok "control: handling is off: that has steered" steered module
	ok "control: handling is off: end" remove_all
	ok "control: handling is on again" again
	columns+=("$tmp/handling-off")
else
	echo "skip control: handling is off: no $control (mutants/control.sh)"
fi
nft_snat_on
FLOWS=15 packets --seconds 20 --at-once 50 >"$tmp/plain-linux"
table "${columns[@]}" "$tmp/plain-linux"
done_testing
