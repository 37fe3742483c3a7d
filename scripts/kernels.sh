#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches the kernels that saa is built for and tested on, and unpacks them in the cache; nothing is installed.
#
#   floor   the oldest supported: 6.12
#   newest  the newest that Debian has for this machine's or a later release
#
# Each becomes $cache/kernels/RELEASE with a file "env" that load_kernel (common.sh) reads, and a link named
# floor or newest. A kernel whose build tools do not run here gets a chroot of its own Debian release.
# From the source of 6.12 come the tools of scripts/lint.sh and scripts/ynl-regen.sh: $cache/linux-source.
#
# usage: kernels.sh [--update]      --update looks for newer versions than those in the cache
set -euo pipefail
# shellcheck source=scripts/apt.sh
. "$(dirname "$0")/apt.sh"

# The packages of a kernel and of its headers, whatever their split (it changed with 7.x).
kernel_packages()
{
	with_lists "$1" apt-cache depends --recurse --no-recommends --no-suggests --no-breaks --no-conflicts \
		--no-replaces --no-enhances linux-image-cloud-amd64 linux-headers-cloud-amd64 |
		grep -E '^linux-(image|binary|modules|base|headers|kbuild)-[0-9]' | grep -v unsigned
}

kernel_version()
{
	with_lists "$1" apt-cache show --no-all-versions linux-image-cloud-amd64 2>/dev/null |
		sed -n 's/^Version: //p'
}

# Of the suites named, the one with the newest kernel.
newest_suite()
{
	local suite version best=0 best_suite=
	for suite; do
		if ! update_lists "$suite" "$suite" 2>/dev/null; then
			say "no usable lists of $suite" >&2
			continue
		fi
		version=$(kernel_version "$suite")
		if [ -n "$version" ] && dpkg --compare-versions "$version" gt "$best"; then
			best=$version best_suite=$suite
		fi
	done
	echo "$best_suite"
}

u32_at() { od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '; }

# The ELF kernel inside a bzImage, found by the boot protocol's header. QEMU boots it without the decompressor.
extract_vmlinux()
{
	local sects offset length
	sects=$(od -An -tu1 -j 497 -N 1 "$1" | tr -d ' ')
	offset=$(((sects + 1) * 512 + $(u32_at "$1" 584)))
	length=$(u32_at "$1" 588)
	head -c $((offset + length - 4)) "$1" | tail -c $((length - 4)) | zstd -qdc >"$2"
}

# Headers look for each other under /usr/src.
relocate_headers()
{
	sed -i -E "s#^(include |KBUILD_OUTPUT=)/usr/src/#\1$1/usr/src/#" "$1"/usr/src/linux-headers-*/Makefile
}

unpack_kernel()
{
	local name=$1 suite=$2 packages release dir deb modules chroot=
	packages=$(kernel_packages "$suite")
	release=$(sed -n 's/^linux-image-//p' <<<"$packages")
	dir=$cache/kernels/$release
	if [ ! -e "$dir/env" ]; then
		say "$name: $release from $suite"
		rm -rf "$dir"
		mkdir -p "$dir/debs"
		(cd "$dir/debs" && quiet with_lists "$suite" apt-get download $packages)
		for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir"; done
		rm -rf "$dir/debs"
		relocate_headers "$dir"
		modules=$(dirname "$(find "$dir" -path "*/lib/modules/$release/kernel")")
		for image in "$dir/boot/vmlinuz-$release" "$modules/vmlinuz"; do
			[ ! -e "$image" ] || extract_vmlinux "$image" "$dir/vmlinux"
		done
		if ldd "$dir"/usr/lib/linux-kbuild-*/tools/bpf/resolve_btfids/resolve_btfids 2>&1 | grep -q 'not found'; then
			chroot=$cache/chroot/${suite%-backports}
		fi
		cat >"$dir/env" <<-END
			release=$release
			vmlinux=$dir/vmlinux
			modules=$modules
			headers=$dir/usr/src/linux-headers-$release
			chroot=$chroot
		END
	fi
	ln -sfn "$release" "$cache/kernels/$name"
}

make_chroot()
{
	local root=$1
	[ ! -e "$root/.complete" ] || return 0
	say "chroot of ${root##*/} for building (once, about a minute)"
	as_root rm -rf "$root"
	mkdir -p "$root"
	quiet as_root debootstrap --variant=minbase --keyring="$keyring" \
		--include=gcc,make,libc6-dev,libelf-dev,libssl-dev,dwarves "${root##*/}" "$root" "$(debian_mirror)"
	as_root touch "$root/.complete"
}

unpack_linux_source()
{
	local dir=$cache/linux-source tmp
	[ ! -e "$dir/.complete" ] || return 0
	say "kernel source for the checks"
	rm -rf "$dir"
	mkdir -p "$dir"
	tmp=$(mktemp -d -p "$cache")
	(cd "$tmp" && quiet with_lists "$1" apt-get download linux-source-6.12 && dpkg -x ./*.deb .)
	tar -C "$dir" --strip-components=1 -xf "$tmp"/usr/src/linux-source-6.12.tar.xz --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' \
		'*/tools/net/ynl/*' '*/Documentation/netlink/*.yaml'
	rm -rf "$tmp"
	mkdir "$dir/include"	# checkpatch looks into it
	touch "$dir/.complete"
}

floor_suite=$(floor_suite)
if [ "${1-}" = --update ] || [ ! -e "$cache/kernels/floor/env" ]; then
	update_lists "$floor_suite" "$floor_suite"
	unpack_kernel floor "$floor_suite"
fi
if [ "${1-}" = --update ] || [ ! -e "$cache/kernels/newest/env" ]; then
	suite=$(newest_suite trixie-backports sid)
	[ -n "$suite" ] || die "the mirror has neither trixie-backports nor sid"
	unpack_kernel newest "$suite"
fi
for name in floor newest; do
	load_kernel "$name"
	[ -z "${chroot:-}" ] || make_chroot "$chroot"
done
unpack_linux_source "$floor_suite"
