# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by test_packets.sh, after topology.sh and saa.sh, and by the routers of vms/run.sh: what packets.py needs around
# it, and the table of what it found.

# narrow NAME ROUTER NET PREFIX4 PREFIX6: one more network, behind a router, by a link which only the router knows to be
# narrow.
narrow()
{
	local name=$1 router=$2 net=$3 prefix4=$4 prefix6=$5
	ip -batch - <<-END
		netns add $P$name
		link add $name netns $P$router type veth peer name $router netns $P$name
	END
	# The prefixes may be of those that are local in the router.
	ns "$router" bash -c 'ip -batch - && echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' <<-END
		link set $name mtu 1300 up
		address add 172.$net.0.1/30 dev $name
		address add fd00:$net::1/64 dev $name nodad
		route add $prefix4 via 172.$net.0.2 table local
		route add $prefix6 via fd00:$net::2 table local
	END
	# The router takes the hash of a packet from the socket. It stays: who tries again must not find another way.
	ns "$name" bash -c "$(sysctls ipv6/ip_nonlocal_bind=1 ipv4/icmp_ratelimit=0 ipv6/icmp/ratelimit=0 core/txrehash=0)
		ip -batch -" <<-END
		link set lo up
		link set $router up
		address add 172.$net.0.2/30 dev $router
		address add fd00:$net::2/64 dev $router nodad
		route add default via 172.$net.0.1 mtu 1300 advmss 1460
		route add ::/0 via fd00:$net::1 mtu 1300 advmss 1440
		route add local $prefix4 dev lo
		route add local $prefix6 dev lo
	END
}

# Behind north, with a server, and behind south.
far_and_cellar()
{
	narrow far north 20 198.18.0.0/24 2001:db8:18::/64 && narrow cellar south 21 10.1.240.0/24 fd00:10:0:0:ce11::/80 ||
		return
	nsenter --net="/run/netns/${P}far" -- python3 "$lib/endpoint.py" serve "$tmp/far.ready" </dev/null >/dev/null &
	wait_for 60 test -e "$tmp/far.ready"
}

# silence ROUTER...: hosts that leave packets without an answer: in north and dmz the upper halves, inside the server, but
# at port 7.
silence()
{
	local name
	for name; do
		ns "$name" nft -f - <<-END || return
			table inet silent {
				chain input {
					type filter hook input priority 0;
					ip daddr { 203.0.113.128/25, 192.0.2.128/25 } drop
					ip6 daddr { 2001:db8:203:0:8000::/65, 2001:db8:192:0:8000::/65 } drop
					ip daddr 10.1.0.80 th dport 9 drop
					ip6 daddr fd00:10::80 th dport 9 drop
					ip daddr 10.1.0.80 icmp type echo-request drop
					ip6 daddr fd00:10::80 icmpv6 type echo-request drop
				}
			}
		END
	done
}

# Each SR notes of which flows it sees fragments, and which datagrams are whole then.
watch_fragments()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -f - <<-END || return
			table inet fragments
			delete table inet fragments
			table inet fragments {
				set seen4 { type ipv4_addr . ipv4_addr; flags dynamic; size 65535; }
				set seen6 { type ipv6_addr . ipv6_addr; flags dynamic; size 65535; }
				counter left { }
				chain before {
					type filter hook prerouting priority -450;
					iif lo return
					ip frag-off & 0x3fff != 0 add @seen4 { ip saddr . ip daddr }
					exthdr frag exists add @seen6 { ip6 saddr . ip6 daddr }
				}
				chain after {
					type filter hook prerouting priority -150;
					iif lo return
					ip frag-off & 0x3fff != 0 counter name left
					exthdr frag exists counter name left
				}
			}
		END
	done
}

# Of each pair of addresses one SR has seen fragments, and behind conntrack there are none.
one_defragments()
{
	local i seen left
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -n list table inet fragments
	done >"$tmp/fragments"
	seen=$(tr -s ',={}' '[\n*]' <"$tmp/fragments" | awk '$2 == "." { print $1, $3 }' | sort)
	left=$(awk '$1 == "packets" { sum += $2 } END { print sum + 0 }' "$tmp/fragments")
	echo "# fragments of $(wc -l <<<"$seen") pairs of addresses"
	uniq -d <<<"$seen" | sed 's/^/# by more than one SR: /'
	[ "$(wc -l <<<"$seen")" -gt 20 ] && [ -z "$(uniq -d <<<"$seen")" ] && [ "$left" -eq 0 ]
}

# packets [OPTION...] [KIND...]: with all SRs as they are; other hosts inside than before, or they have forgotten what
# they learned of path MTUs, as the remote hosts have, who see few addresses.
packets()
{
	SEED=$((SEED + 1))
	ns south sh -c 'echo 1 >/proc/sys/net/ipv4/route/flush'
	ns north sh -c 'echo 1 >/proc/sys/net/ipv4/route/flush; ip -6 route flush cache'
	python3 "$lib/packets.py" --prefix "$P" --srs "$N" --seed "$SEED" --flows "$FLOWS" "$@" 2>&1
}

# Kinds that find their owner by their own addresses alone, as any packet.
EASY="tcp udp echo from-outside mtu-inside error-remote error-inside error-inside-snat"

# TCP tries again on another path, where by chance the error about its size comes to its owner.
CHANCE=mtu-tcp

# table FILE...: for each kind and family a check of what packets printed of it in FILE..., and one of each control, the
# files "handling-off", which carries all of the EASY kinds and, CHANCE excepted, not all of any other, and "plain-linux",
# which does not carry all of any, though some find their way by chance. Then the table.
table()
{
	awk -v names="${*##*/}" -v easy="$EASY" -v chance="$CHANCE" '
		function carries(kind, f) { return name[f] != "plain-linux" && (name[f] != "handling-off" || kind in is_easy) }
		BEGIN {
			files = split(names, name, " ")
			for (f = 1; f <= files; f++) control[f] = name[f] == "handling-off" || name[f] == "plain-linux"
			for (i = split(easy, kinds, " "); i; i--) is_easy[kinds[i]] = 1
		}
		FNR == 1 { file++ }
		/^#/ && carries($2, file) && !/^# all/ { print; why[$2, $3, file] = why[$2, $3, file] "; " $0 }
		!/^[a-z]/ { next }
		{ row = $1 SUBSEP $2; got[row, file] = $3 "/" $4; wrong[row, file] = $3 != $4 }
		file == 1 { rows[++n] = row }
		END {
			for (i = 1; i <= n; i++) {
				split(rows[i], key, SUBSEP)
				line = sprintf("# %-21s %6s", key[1], key[2])
				bad = ""
				for (f = 1; f <= files; f++) {
					cell = (rows[i], f) in got ? got[rows[i], f] : "-"
					line = line sprintf(" %14s", cell)
					if (!control[f] && (cell == "-" || wrong[rows[i], f]))
						bad = bad " " cell " by " name[f] why[rows[i], f]
				}
				print bad ? "not ok" : "ok", key[1] ", IPv" key[2] (bad ? ": only" bad : "")
				for (f = 1; f <= files; f++) {
					if (!control[f] || (name[f] == "handling-off" && key[1] == chance)) continue
					all = carries(key[1], f)
					print (rows[i], f) in got && wrong[rows[i], f] != all ? "ok" : "not ok", "control: " key[1] \
						", IPv" key[2] ": " name[f] (all ? " carries all: " : " does not carry all: ") got[rows[i], f]
				}
				table = table line "\n"
			}
			line = sprintf("# %-21s %6s", "kind", "family")
			for (f = 1; f <= files; f++) line = line sprintf(" %14s", name[f])
			printf "%s\n%s", line, table
		}' "$@" >"$tmp/table"
	cat "$tmp/table"
	not grep -q '^not ok' "$tmp/table" || fail
}
