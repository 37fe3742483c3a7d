# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the scripts: where things are kept, and how they speak.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SAA_CACHE:-${XDG_CACHE_HOME:-~/.cache}/saa}
build=$top/build
export LC_ALL=C

# sbin is not in an ordinary user's PATH on Debian.
PATH=$PATH:/usr/sbin:/sbin

say() { echo "${0##*/}: $*"; }
die() { echo "${0##*/}: $*" >&2; exit 1; }

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a command quietly: what it said is shown only when it failed.
quiet()
{
	local log rc=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 || rc=$?
	[ $rc -eq 0 ] || { cat "$log" >&2; echo "failed ($rc): $*" >&2; }
	rm -f "$log"
	return $rc
}

# Loads release, vmlinux, modules, headers and chroot of "floor", "newest", "sanitizer" or "host".
load_kernel()
{
	if [ "$1" = host ]; then
		release=$(uname -r) modules=/lib/modules/$release
		headers=$modules/build vmlinux='' chroot=''
		return
	fi
	[ -r "$cache/kernels/$1/env" ] || die "no kernel '$1': run scripts/setup.sh"
	# shellcheck disable=SC1090 # made by kernels.sh
	. "$cache/kernels/$1/env"
}
