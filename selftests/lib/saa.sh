# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests, after test.sh and topology.sh: the module, its configuration on all SRs, what they know of
# flows.

SAACTL=${SAACTL:-$(command -v saactl || echo "$lib/../../build/saactl")}
gateway_id=7		# and the SRs' ids are 1, 2, ...

# SNAT rules of the configuration; a test may have its own.
SNAT="
      - {group: internet, source: 10.1.0.0/16, to: $POOL4}
      - {group: internet, source: 'fd00:10::/64', to: '$POOL6'}"

# What carries packets from SR to SR: l2, or geneve after underlay (geneve.sh). ADDRESS is the function that prints the
# address of edge I.
TRANSPORT=${TRANSPORT:-l2}
ADDRESS=

# State sync of the configuration, as the value of cluster.sync; a test may set it, and sync_links makes the addresses.
SYNC=

# Loads the module as selftests/run.sh has done already, or skips the test.
need_saa()
{
	[ -x "$SAACTL" ] || skip_all "no saactl: make tools"
	[ -d /sys/module/saa ] || modprobe -q saa || insmod "$lib/../../build/kmod/$(uname -r)/saa.ko" ||
		skip_all "saa.ko cannot be loaded"
}

# Runs saactl in the namespace of an SR: ctl sr1 show
ctl()
{
	local name=$1
	shift
	"$SAACTL" -n "$P$name" "$@"
}

# config FILE: the same for all edges.
config()
{
	local i address=${ADDRESS:-${SYNC:+sync_address}} ports='north: punt-n, south: punt-s'
	[ "$TRANSPORT" != geneve ] || ports=$GENEVE_PORTS address=${ADDRESS:-tep4}
	[ -e "$tmp/key" ] || (umask 077 && "$SAACTL" genkey >"$tmp/key")
	{
		cat <<-END
			cluster:
			  name: selftest
			  hash: {key-file: $tmp/key, buckets: 1024}
			  punt: {transport: $TRANSPORT, $ports}
			  edges:
		END
		for ((i = 1; i <= N; i++)); do
			echo "    - {name: sr$i, id: $i, failure-domain: rack$i${address:+, address: '$($address "$i")'}}"
		done
		[ -z "$SYNC" ] || echo "  sync: $SYNC"
		cat <<-END
			gateways:
			  - name: t0
			    id: $gateway_id
			    tier: 0
			    mode: stateful-active-active
			    groups:
			      - {name: internet, id: 1, side: north, interface: eth1}
			      - {name: dmz, id: 2, side: north, interfaces: {$(for ((i = 1; i <= N; i++)); do
				echo "sr$i: $(dmz_interface "$i")"
			done | paste -sd , | sed 's/,/, /g')}}
			      - {name: backplane, id: 100, side: south, interface: bp0}
			    snat:${SNAT:- []}
		END
	} >"$1"
}

# Configures all SRs.
apply_all()
{
	local i
	config "$tmp/saa.yaml"
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" apply "$tmp/saa.yaml" --edge "sr$i" >"$tmp/apply.sr$i" || return
	done
}

remove_all()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ctl "sr$i" gateway del t0 || return
	done
}

# counter SR|all NAME: packets counted.
counter()
{
	local i
	for ((i = 1; i <= N; i++)); do
		[ "$1" = all ] || [ "$1" = "sr$i" ] || continue
		ctl "sr$i" stats
	done | awk -v name="$2" '$2 == name { sum += $4 } END { print sum + 0 }'
}

# drops SR|all: "NAME PACKETS" of everything that was dropped; frames that a switch floods to others do not matter.
drops()
{
	local i
	for ((i = 1; i <= N; i++)); do
		[ "$1" = all ] || [ "$1" = "sr$i" ] || continue
		ctl "sr$i" stats
	done | awk '$NF == "drop" && $2 != "not-for-us" { sum[$2] += $4 } END { for (name in sum) print name, sum[name] }'
}

# nft_counter SR|all NAME: packets counted by the firewall.
nft_counter()
{
	local i
	for ((i = 1; i <= N; i++)); do
		[ "$1" = all ] || [ "$1" = "sr$i" ] || continue
		ns "sr$i" nft list counter inet firewall "$2"
	done | awk '$1 == "packets" { sum += $2 } END { print sum + 0 }'
}

# owner SR SRC DST GROUP: name of the SR that owns such a packet received on GROUP, as SR sees it; of each tier that it
# goes through.
owner()
{
	local line
	while read -r line; do
		[[ ! $line =~ \ owner\ ([^\ ]+) ]] || echo "${BASH_REMATCH[1]}"
	done < <(ctl "$1" explain "$2" "$3" in "$4")
}

# remote_of_each [4|6]: for each SR, in order, a random remote host that it owns, of 203.0.113.0/25 or
# 2001:db8:203::/119. All are tried if need be: that one of 4 SRs owns none of 127 happens once in 10^15 runs, one of
# 6 once in 10^9.
remote_of_each()
{
	local i host inside=10.1.0.1 prefix=203.0.113.
	local -A of=()
	[ "${1-4}" = 4 ] || inside=fd00:10::1 prefix=2001:db8:203::
	for host in $(seq 127 | shuf); do
		of[$(owner sr1 "$inside" "$prefix$host" backplane)]=$prefix$host
		[ ${#of[@]} -lt "$N" ] || break
	done
	for ((i = 1; i <= N; i++)); do
		echo "${of[sr$i]}"
	done
}

# flows_known: "SR PROTOCOL SRC SPORT DST DPORT" of each conntrack entry of each SR, as the first packet was.
flows_known()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" conntrack -L -f ipv4 2>/dev/null
		ns "sr$i" conntrack -L -f ipv6 2>/dev/null
		echo "end sr$i"
	done | awk '
		$1 == "end" { for (; n; n--) print $2, flow[n]; next }
		{
			k = 0
			for (i = 1; i <= NF; i++)
				if ($i ~ /^(src|dst|sport|dport|id)=/)
					value[++k] = substr($i, index($i, "=") + 1)
			proto = $1 == "icmpv6" ? "icmp" : $1
			if (k == 8 || proto == "icmp")
				flow[++n] = proto " " value[1] " " value[3] " " value[2] " " value[proto == "icmp" ? 3 : 4]
		}'
}

# holders FILE: for each flow that was carried, of the output of flows: "SRC DST SR...", the SRs with a conntrack
# entry of it.
holders()
{
	flows_known | awk 'NR == FNR { key = $2 " " $3 " " $4 " " $5 " " $6; held[key] = held[key] " " $1; next }
		$1 == "ok" { print $3, $5 held[$2 " " $3 " " $4 " " $5 " " $6] }' - "$1"
}

# one_holder FILE GROUP: each carried flow is known to exactly one SR, the one that explain names for a packet by
# GROUP.
one_holder()
{
	local src dst held owner bad=0
	holders "$1" >"$tmp/holders"	# at once: state expires
	while read -r src dst held; do
		owner=$(owner sr1 "$src" "$dst" "$2")
		[ "$held" = "$owner" ] || { echo "# $src -> $dst: known to '$held', owned by '$owner'"; bad=1; }
	done <"$tmp/holders"
	return $bad
}

# carried FILE: "N of N"
carried() { awk '/^# carried/ { print $3, $4, $5 }' "$1"; }

# all_carried NAME FILE: a check; tells which were not.
all_carried()
{
	if grep -q '^# carried' "$2" && ! grep -q ^fail "$2"; then
		echo "ok $1: $(carried "$2")"
	else
		echo "not ok $1"
		grep -E '^(fail|#)' "$2" | sed 's/^/# /'
		fail
	fi
}
