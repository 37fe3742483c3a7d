#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds saa.ko for a kernel of scripts/kernels.sh, or for the running one, as build/kmod/RELEASE/saa.ko.
# The objects stay out of the source tree: they are made in a directory of links to the sources.
#
# usage: build-kmod.sh [--dir DIR] floor|newest|sanitizer|host [MAKE-ARGUMENT...]
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

dir=
if [ "${1-}" = --dir ]; then
	dir=$2
	shift 2
fi
load_kernel "${1:?usage: build-kmod.sh [--dir DIR] floor|newest|sanitizer|host [MAKE-ARGUMENT...]}"
shift
dir=${dir:-$build/kmod/$release}
[ -d "$headers" ] || die "no headers of $release in $headers"

mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
cp -rsf "$top/Kbuild" "$top/kmod" "$dir"
find "$dir" -xtype l -delete

command=(make -s -j2 -C "$headers" "M=$dir" "$@" modules)
if [ -n "$chroot" ]; then
	# objtool needs /proc.
	as_root unshare --mount bash -euc '
		root=$1 ids=$2; shift 2
		for dir in "$1" "$2"; do
			mkdir -p "$root$dir"
			mount --bind "$dir" "$root$dir"
		done
		shift 2
		mount -t proc proc "$root/proc"
		exec env -i PATH="$PATH" LC_ALL=C chroot --userspec="$ids" "$root" "$@"
	' - "$chroot" "$(id -u):$(id -g)" "$top" "$cache/kernels" "${command[@]}"
else
	"${command[@]}"
fi
if [ ! -e "$dir/.built" ] || [ "$dir/saa.ko" -nt "$dir/.built" ]; then
	say "$dir/saa.ko"
	[ "$dir" != "$build/kmod/$release" ] || rm -f "$build/control/$release.ko"	# of what it was
	touch -r "$dir/saa.ko" "$dir/.built"
fi
