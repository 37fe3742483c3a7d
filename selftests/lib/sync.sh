# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests of state sync, after saa.sh: links between the partners, SRs that fail and come back.
#
#   +--------+--------+--------+---- bridge "sync" in the namespace "switch"
#   |sync0   |sync0   |sync0   |sync0
#  sr1      sr2      sr3      sr4
#  192.168.77.I/24, fd00:77::I/64; the SRs 1 and 2 have IPv4 addresses in the configuration, the others IPv6
#
# An SR that fails loses all its links at once, with what is on its way; its process does not know.

# A test with more gateways has their namespaces' names here, without the number, and their ports on the switch.
GATEWAYS=sr
PORTS="n s y"

sync_address() { if [ "$1" -le 2 ]; then echo "192.168.77.$1"; else echo "fd00:77::$1"; fi; }

sync_links()
{
	local i
	modprobe -q nf_conntrack_netlink
	{
		echo "link add sync up type bridge mcast_snooping 0"
		for ((i = 1; i <= N; i++)); do
			echo "link add y$i up master sync type veth peer name sync0 netns ${P}sr$i"
		done
	} | ns switch ip -batch - || return
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" ip -batch - <<-END || return
			address add 192.168.77.$i/24 dev sync0
			address add fd00:77::$i/64 dev sync0 nodad
			link set sync0 up
		END
	done
	(umask 077 && "$SAACTL" genkey sync >"$tmp/sync.key")
}

# sync_field SR FIELD: of its "sync show"; count: a counter, 0 if it is not shown.
sync_field() { ctl "$1" sync show | sed -n "s/^ *$2: //p"; }
count() { local n; n=$(sync_field "$@"); echo "${n:-0}"; }

# sync_ready SR...: all is sent and held, both ways.
sync_ready()
{
	local sr
	for sr; do
		ctl "$sr" sync wait both timeout 120 || return
	done
}

all_srs() { seq -f 'sr%g' "$N"; }

# others I: the numbers of the other SRs.
others() { seq "$N" | grep -vx "$1"; }

# On these SRs, the state of one: state_of ID STATE I...
state_of()
{
	local id=$1 state=$2 i gateway
	shift 2
	for i; do
		for gateway in $GATEWAYS; do
			ctl "$gateway$i" sr set "$id" state "$state" || return
		done
	done
}

# sr_cut I: its links are cut, with what is on its way there. That to its partner first, by milliseconds: what is said
# there after the others are cut would be more than one knows that fails.
sr_cut()
{
	local name links=()
	for name in $PORTS; do
		links=("${P}switch:$name$1" "${links[@]}")
	done
	python3 "$lib/cut.py" "${links[@]}" "${P}south:sr$1" "${P}north:sr$1" "${P}dmz:sr$1"
}

# sr_gone I: the other SRs know, then the routers do.
sr_gone()
{
	# shellcheck disable=SC2046 # names
	state_of "$1" down $(others "$1") && all_by $(others "$1")
}

sr_fails() { sr_cut "$1" && sr_gone "$1"; }

# sr_returns I: with what it had when it failed, as state-sync.rst says.
sr_returns()
{
	local name net i
	# shellcheck disable=SC2046 # names
	state_of "$1" syncing $(seq "$N") || return
	{
		for name in $PORTS; do
			echo "link set $name$1 up"
		done
	} | ns switch ip -batch - || return
	for name in south:16 north:17 dmz:18; do
		net=${name#*:} name=${name%:*}
		ns "$name" ip -batch - <<-END || return
			link set sr$1 up
			address replace fd00:$net:$1::1/64 dev sr$1 nodad
		END
	done
	for name in $GATEWAYS; do
		ctl "$name$1" sync wait held timeout 120 || return
	done
	# shellcheck disable=SC2046 # names
	state_of "$1" up $(seq "$N") && all_by $(seq "$N")
}
