# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests of tiers, after saa.sh and sync.sh: on each edge there are two more namespaces, tier-1 SRs,
# between the tier-0's and the inside. Inside of blue is south, inside of red another router, 10.2.0.0/16 and
# fd00:20::/64:
#
#	  north
#	 sr1  sr2		tier-0: SNAT for red and half of blue
#	 |  \ |  \		what connects the tiers is made by saactl apply, as t1-1 -- uplink, t1-2 -- uplink
#	 b1  r1 ...		blue1, red1, blue2, red2: blue has SNAT and DNAT of its own
#	 |   |
#	south red

BLUE="10.1.0.0/16 fd00:10::/64"
RED="10.2.0.0/16 fd00:20::/64"

# The inside interface of an SR goes to its tier-1, with all that it had.
tier1_enters()
{
	ip -n "${P}sr$3" link set bp0 netns "$P$1$3" && ns "$1$3" bash -c "$(tier1_setup "$@")"
}

tier1_setup()
{
	local name=$1 net=$2 i=$3 prefix
	sysctls ipv6/conf/all/accept_dad=0 ipv6/conf/default/accept_dad=0 ipv4/ip_forward=1 ipv6/conf/all/forwarding=1 \
		ipv4/conf/all/rp_filter=1
	cat <<-END
		ip -batch - <<-IP
			link set lo up
			address add 172.$net.$i.2/30 dev bp0
			address add fd00:$net:$i::2/64 dev bp0 nodad
			link set bp0 up
			$(for prefix in $4; do
				case $prefix in
				*:*) echo "route add $prefix via fd00:$net:$i::1" ;;
				*) echo "route add $prefix via 172.$net.$i.1" ;;
				esac
			done)
		IP
		nft -f - <<-NFT
			table inet firewall {
				chain forward {
					type filter hook forward priority filter; policy drop;
					ct state invalid drop
					ct state established,related accept
					iifname bp0 accept
					iifname uplink ct status dnat accept
					iifname uplink ip saddr 10.0.0.0/8 accept
					iifname uplink ip6 saddr fd00::/16 accept
				}
			}
			table ip virtual {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					iifname uplink ip daddr 198.51.100.80 dnat to 10.1.0.80
				}
			}
			table ip6 virtual {
				chain prerouting {
					type nat hook prerouting priority dstnat;
					iifname uplink ip6 daddr 2001:db8:51::80 dnat to fd00:10::80
				}
			}
		NFT
	END
}

# The tier-0 leaves what goes from tier-1 to tier-1 alone: its SRs see one direction each.
tier0_firewall()
{
	cat <<-'END'
		delete table ip virtual
		delete table ip6 virtual
		flush chain inet firewall forward
		table inet firewall {
			chain forward {
				iifname "t1-*" oifname "t1-*" accept
				ct state invalid drop
				ct state established,related accept
				iifname "t1-*" accept
				ip daddr 198.51.100.80 accept
				ip6 daddr 2001:db8:51::80 accept
			}
		}
	END
}

tiers_topology()
{
	local i
	topology 2 && sync_links || return
	ip netns add "${P}red" || return
	for ((i = 1; i <= N; i++)); do
		ip netns add "${P}blue$i" && ip netns add "${P}red$i" && tier1_enters blue 16 "$i" "$BLUE" &&
			ip link add bp0 netns "${P}red$i" type veth peer name "sr$i" netns "${P}red" || return
	done
	router_setup red 19 "$RED" "$ANY" || return
	for ((i = 1; i <= N; i++)); do
		ns "red$i" bash -c "$(tier1_setup red 19 "$i" "$RED")" &&
			ns "sr$i" nft -f - <<<"$(tier0_firewall)" || return
	done
	wait_for 60 test -e "$tmp/red.ready"
}

# names TIER1: the namespaces of its SRs, by edge.
names()
{
	local i
	for ((i = 1; i <= N; i++)); do
		echo "sr$i: $P$1$i"
	done | paste -sd , | sed 's/,/, /g'
}

# What a test has besides: punt switches, groups and SNAT rules of the tier-0, rules of blue that come first, what it
# advertises.
PUNT='transport: l2, north: punt-n, south: punt-s'
TIER0_GROUPS=
TIER0_SNAT=
BLUE_SNAT=
BLUE_ADVERTISE=

# tiers_config FILE [all]: with tier-1 gateways, or the tier-0 alone.
tiers_config()
{
	[ -e "$tmp/key" ] || (umask 077 && "$SAACTL" genkey >"$tmp/key")
	cat <<-END >"$1"
		cluster:
		  name: tiers
		  hash: {key-file: $tmp/key, buckets: 256}
		  punt: {$PUNT}
		  sync: {key-file: $tmp/sync.key}
		  edges:
		    - {name: sr1, id: 1, failure-domain: a, address: '$(sync_address 1)'}
		    - {name: sr2, id: 2, failure-domain: b, address: '$(sync_address 2)'}
		gateways:
		  - name: t0
		    id: 7
		    groups: [{name: internet, id: 1, side: north, interface: eth1}$TIER0_GROUPS]
		    snat:$TIER0_SNAT
		      - {group: internet, source: 10.1.128.0/17, to: 198.51.100.1}
		      - {group: internet, source: 10.2.0.0/16, to: 198.51.100.2}
		      - {group: internet, source: 'fd00:20::/64', to: '2001:db8:51::2'}
	END
	[ "${2-}" = all ] || return 0
	cat <<-END >>"$1"
		  - name: blue
		    id: 1
		    tier: 1
		    uplink: t0
		    namespaces: {$(names blue)}
		    advertise: [10.1.0.0/16, 'fd00:10::/64', 198.51.100.16/32, '2001:db8:51::16/128', 198.51.100.80/32,
		                '2001:db8:51::80/128'$BLUE_ADVERTISE]
		    groups: [{name: inside, id: 101, side: south, interface: bp0}]
		    snat:$BLUE_SNAT
		      - {group: uplink, destination: 10.0.0.0/8, no-snat: true}
		      - {group: uplink, destination: 'fd00::/16', no-snat: true}
		      - {group: uplink, source: 10.1.0.0/17, to: 198.51.100.16}
		      - {group: uplink, source: 'fd00:10::/64', to: '2001:db8:51::16'}
		  - name: red
		    id: 2
		    tier: 1
		    uplink: t0
		    namespaces: {$(names red)}
		    advertise: [10.2.0.0/16, 'fd00:20::/64']
		    groups: [{name: inside, id: 101, side: south, interface: bp0}]
	END
}

# tiers_apply FILE [OPTION...]: on all edges.
tiers_apply()
{
	local i file=$1
	shift
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" apply "$file" --edge "sr$i" "$@" >"$tmp/apply.sr$i" || return
	done
}

seen() { awk '$1 == "ok" && $2 != "icmp" { print $7 }' "$1" | sort -u | paste -sd ' '; }

# punted SR...: packets that these punted.
punted()
{
	local name
	for name; do
		ctl "$name" stats
	done | awk '$2 == "punted" { sum += $4 } END { print sum + 0 }'
}
