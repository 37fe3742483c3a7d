#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the kernel "sanitizer" for the tests: Debian's source of 6.12 with tinyconfig and scripts/sanitizer.config
# (KASAN, lockdep, kmemleak, fault injection, ...). It lies in the cache beside the kernels of scripts/kernels.sh, as
# $cache/kernels/VERSION-sanitizer-HASH, where HASH is of the configuration: a quarter of an hour on two cores, once.
# Of the build is kept what booting and building modules needs.
#
# usage: sanitizer-kernel.sh [--update]	--update looks for a newer version than that in the cache
set -euo pipefail
# shellcheck source=scripts/apt.sh
. "$(dirname "$0")/apt.sh"

fragment=$top/scripts/sanitizer.config
suffix=-sanitizer-$(sha256sum "$fragment" | cut -c 1-8)
kernels=$cache/kernels

# What was asked for and is not so in the result.
missing_options()
{
	local name value
	grep -E '^CONFIG_' "$fragment" | while IFS='=' read -r name value; do
		if [ "$value" = n ]; then
			! grep -q "^$name=" "$1" || echo "$name"
		else
			grep -qx "$name=$value" "$1" || echo "$name=$value"
		fi
	done
}

configure()
{
	local missing
	quiet make -s tinyconfig
	{ cat "$fragment"; echo "CONFIG_LOCALVERSION=\"$suffix\""; } >>.config
	quiet make -s olddefconfig
	missing=$(missing_options .config)
	[ -z "$missing" ] || die "not in the configuration that came out of it: $missing"
}

# keep DIR: what is needed later, and no more. Modules are built in DIR/build, against the BTF of its vmlinux.
keep()
{
	local dir=$1
	quiet make -s modules_install INSTALL_MOD_PATH="$dir" DEPMOD=true
	quiet make -s run-command KBUILD_RUN_COMMAND="scripts/package/install-extmod-build $dir/build"
	cp .config "$dir/build/"
	objcopy --strip-debug vmlinux "$dir/build/vmlinux"
	rm -f "$dir/lib/modules/$release/build"
}

build_kernel()
{
	local suite=$1 work=$kernels/.sanitizer dir
	rm -rf "$work"	# of a build that was interrupted
	mkdir -p "$work/source"
	(cd "$work" && quiet with_lists "$suite" apt-get download linux-source-6.12 && dpkg -x ./*.deb .)
	tar -C "$work/source" --strip-components=1 -xf "$work/usr/src/linux-source-6.12.tar.xz"
	rm -rf "${work:?}"/usr "$work"/*.deb
	cd "$work/source"
	configure
	release=$(make -s kernelversion)$suffix
	dir=$kernels/$release
	say "building $release (once; a quarter of an hour on two cores)"
	quiet nice make -s -j"$(nproc)" vmlinux modules
	keep "$work/result"
	cat >"$work/result/env" <<-END
		release=$release
		vmlinux=$dir/build/vmlinux
		modules=$dir/lib/modules/$release
		headers=$dir/build
		chroot=
	END
	cd "$top"
	rm -rf "$dir"
	mv "$work/result" "$dir"
	rm -rf "$work"
}

# The newest in the cache with this configuration.
in_cache()
{
	find "$kernels" -maxdepth 1 -name "*$suffix" -printf '%f\n' | sort -V | tail -n 1
}

mkdir -p "$kernels"
exec 9>"$kernels/.sanitizer.lock"
flock 9
found=$(in_cache)
if [ -z "$found" ] || [ "${1-}" = --update ]; then
	suite=$(floor_suite)
	update_lists "$suite" "$suite"
	version=$(with_lists "$suite" apt-cache show --no-all-versions linux-source-6.12 |
		sed -n 's/^Version: \([0-9.]*\).*/\1/p')
	[ "$found" = "$version$suffix" ] || build_kernel "$suite"
	found=$(in_cache)
fi
ln -sfn "$found" "$kernels/sanitizer"
