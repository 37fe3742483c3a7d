# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after common.sh: several virtual machines at once, each run by vm.sh, on Ethernet segments between them; and
# commands in them, by ssh. All is in namespaces of its own, and ends with the script that sources this.
#
#	alone "$0" "$@"			first: the script goes on in a namespace
#	segments NAME...		Ethernet segments: bridges; this machine is on the one named "mgmt"
#	boot NAME NUMBER "OPTIONS OF VM.SH" SEGMENT:INTERFACE...
#					a machine; the first segment must be "mgmt", its address there is $mgmt.NUMBER
#	reachable NAME...		waits until commands can be run there
#	on NAME COMMAND...		runs one; or a script from standard input, without COMMAND
#	crash NAME			kills it, as if its power failed; boot may start it again
#	power_off			ends all; prints what went wrong in any, which is a failure
#
# What machines print, and their kernels' logs, are in $machines.

# shellcheck source=selftests/lib/kernel.sh
. "$top/selftests/lib/kernel.sh"

mgmt=192.168.77
mgmt6=fd00:77:
machines=$build/logs/vms
declare -gA vm_job=()

alone()
{
	local user=(--map-root-user)
	[ -z "${SAA_VMS-}" ] || return 0
	[ -w /dev/net/tun ] || die "/dev/net/tun cannot be used"
	[ "$(id -u)" -ne 0 ] || user=()
	SAA_VMS=alone exec unshare "${user[@]}" --net --pid --fork --kill-child -- "$@"
}

segments()
{
	local name
	ssh_dir=$(mktemp -d)
	trap 'rm -rf "$ssh_dir"' EXIT
	quiet ssh-keygen -t ed25519 -N '' -f "$ssh_dir/key"
	SAA_SSH_KEY=$(cat "$ssh_dir/key.pub")
	export SAA_SSH_KEY ssh_dir
	cat >"$ssh_dir/config" <<-END
		Host *
			User root
			IdentityFile $ssh_dir/key
			IdentitiesOnly yes
			StrictHostKeyChecking no
			UserKnownHostsFile /dev/null
			LogLevel ERROR
			ControlPath $ssh_dir/%n
	END
	rm -rf "$machines"
	mkdir -p "$machines"
	for name; do
		ip link add "$name" up type bridge mcast_snooping 0 || return
	done
	ip link set lo up
	ip address add "$mgmt.254/24" dev mgmt
}

boot()
{
	local name=$1 number=$2 options=$3 link tap taps=() interfaces=()
	shift 3
	rm -f "$machines/$name.pid"
	for link; do
		tap=$name.${#taps[@]}
		ip link show "$tap" >/dev/null 2>&1 || ip tuntap add "$tap" mode tap multi_queue || return
		ip link set "$tap" mtu 9000 up master "${link%:*}" || return
		taps+=(--tap "$tap")
		interfaces+=("${link#*:}")
	done
	grep -qx "Host $name" "$ssh_dir/config" ||
		printf 'Host %s\n\tHostName %s\n' "$name" "$mgmt.$number" >>"$ssh_dir/config"
	"$top/scripts/vm.sh" $options --pidfile "$machines/$name.pid" --keep-output "$machines/$name.console" \
		"${taps[@]}" -- selftests/vms/guest.sh "$name" "$mgmt.$number/24" "$mgmt6:$number/64" \
		"${interfaces[@]}" >"$machines/$name.out" 2>&1 </dev/null &
	vm_job[$name]=$!
}

on()
{
	local name=$1
	shift
	[ $# -gt 0 ] || set -- bash -s
	command ssh -F "$ssh_dir/config" "$name" -- "$*"
}

# One connection serves all commands; it is there when the machine answers.
connect() { timeout 20 ssh -F "$ssh_dir/config" -M -N -f "$1" >/dev/null 2>&1 </dev/null; }

reachable()
{
	local name deadline=$((SECONDS + 300))
	for name; do
		until connect "$name"; do
			[ $SECONDS -lt $deadline ] && kill -0 "${vm_job[$name]}" || return
			sleep 0.2
		done
	done
}

disconnect() { command ssh -F "$ssh_dir/config" -O exit "$1" >/dev/null 2>&1; }

crash()
{
	kill -9 "$(cat "$machines/$1.pid")" || return
	wait "${vm_job[$1]}"
	unset "vm_job[$1]"
	disconnect "$1"
	cat "$machines/$1.console" >>"$machines/$1.crashed"
}

power_off()
{
	local name rc=0
	for name in "${!vm_job[@]}"; do
		on "$name" 'echo >/run/off' || kill "$(cat "$machines/$name.pid")"
		disconnect "$name"
	done
	for name in "${!vm_job[@]}"; do
		wait "${vm_job[$name]}" || { rc=1; sed "s/^/$name: /" "$machines/$name.out"; }
	done
	for name in "$machines"/*.crashed; do
		[ -e "$name" ] && complaints <"$name" && rc=1
	done
	return $rc
}
