#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the control of test_packets.sh: saa.ko that steers each packet by its own addresses, and none that has IP
# options, extension headers or a fragment's offset. These of ./list are planted, all at once; the module is
# build/control/RELEASE.ko, where a guest finds it.
#
# usage: control.sh floor|newest|host
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
names="icmp-error-by-outer-address icmpv6-error-by-outer-address later-fragments-not-steered options-not-steered
	extension-headers-not-steered"

load_kernel "${1:?usage: control.sh floor|newest|host}"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$top"
cp -r Kbuild kmod scripts "$copy"
for name in $names; do
	read -r _ _ file expression < <(grep "^${name}[[:space:]]" selftests/mutants/list)
	cp "$copy/$file" "$copy/before"
	sed -i "$expression" "$copy/$file"
	! cmp -s "$copy/before" "$copy/$file" || die "$name changes nothing"
done
quiet "$copy/scripts/build-kmod.sh" "$1"
mkdir -p "$build/control"
strip --strip-debug -o "$build/control/$release.ko" "$copy/build/kmod/$release/saa.ko"
