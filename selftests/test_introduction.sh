#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Documentation/introduction.rst, which draws the network (R20): its steps are run as they are written there, and are
# those that "saactl plan" prints. An edge is a network namespace (topology: lib/topology.sh), with names of
# namespaces and /etc/saa of its own. Connections that go on decide.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

guide=../Documentation/introduction.rst
export run_on="$tmp/run_on" log="$tmp/log"
declare -a holder	# of each edge, what keeps its mounts

# Makes the command "run_on EDGE [-c SCRIPT]": root's shell there.
edges_begin()
{
	local i
	[ -d /etc/saa ] || { mkdir -p /etc/saa && made_etc=yes; } || return
	mkdir "$tmp/bin" && ln -s "$(realpath "$SAACTL")" "$tmp/bin/saactl" || return
	for ((i = 1; i <= N; i++)); do
		mkdir "$tmp/etc$i" || return
		unshare --mount --propagation private bash -c "mount --bind '$tmp/etc$i' /etc/saa &&
			mount -t tmpfs none /run/netns && touch '$tmp/edge$i.ready' && exec sleep infinity" &
		holder[i]=$!
	done
	cat <<-END >"$run_on"
		#!/bin/bash
		number=\${1#edge}
		holders=(0 ${holder[*]})
		exec nsenter --net="/run/netns/${P}sr\$number" --mount="/proc/\${holders[number]}/ns/mnt" -- \
			env PATH="$tmp/bin:\$PATH" edge="\$1" number="\$number" bash -e "\${@:2}"
	END
	chmod +x "$run_on"
	for ((i = 1; i <= N; i++)); do
		wait_for 60 test -e "$tmp/edge$i.ready" || return
	done
}

edges_end()
{
	cleanup
	[ -z "${made_etc-}" ] || rmdir /etc/saa
}
trap edges_end EXIT

# What a desk has.
ssh()
{
	echo "$*" >>"$log"
	"$run_on" "$1" -c "${*:2}"
}
export -f ssh

# step NAME: the block that follows the comment ".. step NAME" in the guide.
step()
{
	echo "$1" >>"$tmp/steps"
	awk -v comment=".. step $1" '
		$0 == comment { wanted = 1; next }
		wanted == 1 && /^    / { wanted = 2 }
		wanted == 2 && /^[^ ]/ { exit }
		wanted == 2 { print substr($0, 5) }' "$guide" | grep . || { echo "no step $1" >&2; return 1; }
}

# said COMMAND...: what it says is kept, and shown if it fails.
said() { "$@" >"$tmp/said" 2>&1 || { sed 's/^/# /' "$tmp/said"; return 1; }; }

at_desk()
{
	local script
	script=$(step "$1") && said bash -e -o pipefail -c "$script" </dev/null
}

# at EDGES STEP...: on each of these edges, by number.
at()
{
	local i script
	script=$(for i in "${@:2}"; do step "$i" || exit; done) || return
	for i in $1; do
		said "$run_on" "edge$i" <<<"$script" || return
	done
}

# as_planned OLD NEW STEP...: at the desk, and that these are the commands of the plan.
as_planned()
{
	local name
	ssh edge1 saactl -j plan "/etc/saa/$1.yaml" "/etc/saa/$2.yaml" >"$tmp/plan" || return
	: >"$log"
	for name in "${@:3}"; do
		at_desk "$name" || return
	done
	diff <(jq -r '.step[] | select(.edge and (.run | contains("--dry-run") | not)) | "\(.edge) \(.run)"' "$tmp/plan") \
		"$log" >"$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; return 1; }
}

# pool FILE: how many addresses of the pool remote hosts have seen.
pool() { awk '$1 == "ok" { print $7 }' "$1" | sort -u | grep -c "^198.51.100.[1-4]\$\|^2001:db8:51::[1-4]\$"; }

# in0, the other interface of each edge to the inside; and nothing keeps state.
inside_links()
{
	local i
	for ((i = 1; i <= N; i++)); do
		echo "link add in0 netns ${P}sr$i type veth peer name t$i netns ${P}south"
	done | ip -batch - || return
	for ((i = 1; i <= N; i++)); do
		echo "address add 172.19.$i.1/30 dev t$i"
		echo "address add fd00:19:$i::1/64 dev t$i nodad"
		echo "link set t$i up"
	done | ns south ip -batch - || return
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft flush ruleset || return
	done
}

# Remote hosts that stay with their owner: edge3 goes by the new table already, edge1 by the old one.
that_stay()
{
	local i n=0
	for ((i = 1; i < 255 && n < 3; i++)); do
		[ "$(owner sr1 10.1.0.1 "203.0.113.$i" backplane)" != "$(owner sr3 10.1.0.1 "203.0.113.$i" backplane)" ] ||
			{ echo "203.0.113.$i/32"; n=$((n + 1)); }
	done
}

topology 4 && sync_links && inside_links && edges_begin || { echo "not ok topology"; exit 1; }
all_by 1 2
ok "what is there: prepare" at "1 2" prepare
step file >"$tmp/etc1/plain.yaml"
flows_go_on "$tmp/first" south "$INSIDE" "$REMOTE" --proto tcp,udp --count 12 --interval 0.1 --timeout 120

ok "R20 steering: the file" at 1 steering-file
ok "copied" at_desk copy
ok "R20 steering, as planned" as_planned plain steering steering
ok "R20 all go on" flows_round
ok "R20 and are steered" [ "$(counter all punted)" -gt 0 ]
ok "R20 a firewall" at "1 2" firewall
ok "R20 all go on" flows_round
ok "R20 SNAT: the file" at 1 snat-file
ok "copied" at_desk copy
ok "R20 SNAT, as planned" as_planned steering snat snat
ok "R20 all go on" flows_round
flows_end
all_carried "R20 not one was lost" "$tmp/first"
is "R20 they keep their addresses" 0 "$(pool "$tmp/first")"
flows_go_on "$tmp/snat" south "$INSIDE" "$REMOTE" --proto tcp,udp --count 24 --interval 0.1 --timeout 120
ok "R22 state sync" at "1 2" synced

ok "R20 two more edges" at "3 4" prepare firewall
ok "R20 two more edges: the file" at 1 four-file
ok "copied" at_desk copy
ssh edge1 saactl -j plan /etc/saa/snat.yaml /etc/saa/four.yaml >"$tmp/plan"
is "R20 half of the buckets move" "1024 512 0" \
	"$(jq -r '.gateway[0] | "\(.buckets) \(.moved) \(.["moved-to-backup"])"' "$tmp/plan")"
ok "R20 and connections with them, says the plan" grep -q 'without their state break' "$tmp/plan"
ssh edge1 saactl -j plan /etc/saa/four.yaml >"$tmp/plan"
ok "R20 which it counts" jq -e '.flows["lose-their-owner"] > 0' "$tmp/plan" >"$tmp/out"
flows_end
all_carried "R20 new ones, with SNAT" "$tmp/snat"
ok "R20 they have addresses of the pool" [ "$(pool "$tmp/snat")" -gt 0 ]
: >"$log"
ok "R20 new edges first" at_desk four-new
that_stay >"$tmp/stay"
flows_go_on "$tmp/second" south "10.1.0.0/16" "$(paste -sd ' ' "$tmp/stay")" --proto tcp,udp --count 12 --interval 0.1 \
	--timeout 120 --again 300
ok "R20 then the others" at_desk four-old
is "R20 as planned" "edge3 edge4 edge1 edge2" "$(cut -d ' ' -f 1 "$log" | paste -sd ' ')"
ok "R20 those that stay go on" flows_round
all_by 1 2 3 4
ok "R20 also when packets come to all edges" flows_round

ok "R17 a tier-1: namespaces" at "1 2 3 4" blue-namespace
ok "R17 a tier-1: the files" at 1 blue-file
ok "copied" at_desk copy
ok "R17 a tier-1, as planned" as_planned four blue blue
ok "R17 its routes" at "1 2 3 4" make-way
ok "R17 what it advertises, as planned" as_planned blue moved moved
ok "R17 all go on" flows_round
for prefix in $ANY; do
	echo "route replace $prefix $(for i in 1 2 3 4; do
		case $prefix in
		*:*) echo "nexthop via fd00:19:$i::2" ;;
		*) echo "nexthop via 172.19.$i.2" ;;
		esac
	done | paste -sd ' ')"
done | ns south ip -batch -
ok "R17 all go on, through both tiers" flows_round
flows_end
all_carried "R17 not one was lost" "$tmp/second"
flows south "$INSIDE" "$REMOTE" --proto tcp,udp --count 12 >"$tmp/tiers"
all_carried "R17 new ones through both tiers" "$tmp/tiers"
ok "R17 the tier-1 steers" "$run_on" edge1 -c 'saactl -n blue stats | grep -q "punted packets [1-9]"'

ok "R15 the same everywhere, by SSH" at_desk look
ok "R15 of both gateways" [ "$(grep -c ': good:' "$tmp/said")" = 2 ]
ok "show: all edges" grep -Eq '^    edge4 +rack-b +edge3 +256 +25.0% +up +256 +in0 +uplink$' "$tmp/said"
ok "explain: both tiers" [ "$(grep -c '^packet' "$tmp/said")" = 2 ]
is "R20 every step of the guide was run" "" "$(sed -n 's/^\.\. step //p' "$guide" | grep -vxFf "$tmp/steps")"
done_testing
