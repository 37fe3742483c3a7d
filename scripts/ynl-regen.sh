#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Generates the netlink policies and the uapi header from Documentation/netlink/specs/saa.yaml,
# with the generator of the kernel's source (6.12, from scripts/kernels.sh).
#
# usage: ynl-regen.sh [--check]		--check compares with what is committed and changes nothing
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

generator=$cache/linux-source/tools/net/ynl/ynl-gen-c.py
spec=Documentation/netlink/specs/saa.yaml
[ -e "$generator" ] || die "no generator: run scripts/setup.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir -p Documentation/netlink/specs kmod/include/uapi/linux
touch MAINTAINERS	# by which the generator knows the top of a kernel tree
cp "$cache"/linux-source/Documentation/netlink/*.yaml Documentation/netlink/
cp "$top/$spec" "$spec"

rc=0
# generated FILE MODE HEADER|SOURCE
generated()
{
	/usr/bin/python3 "$generator" --spec "$spec" --mode "$2" "--$3" -o "$1" ||
		die "the generator failed ($?) on $spec, mode $2"
	if [ "${check-}" ]; then
		diff -u "$top/$1" "$1" || { echo "$1 is not what $spec gives: run scripts/ynl-regen.sh"; rc=1; }
	elif ! cmp -s "$1" "$top/$1"; then
		cp "$1" "$top/$1"
		say "$1"
	fi
}

[ "${1-}" != --check ] || check=yes
generated kmod/include/uapi/linux/saa.h uapi header
generated kmod/netlink_gen.h kernel header
generated kmod/netlink_gen.c kernel source
exit $rc
