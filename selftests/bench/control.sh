#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the control plane costs: a cluster of 256 SRs with a table of 65,536 buckets, in the network of net.sh. See
# control.c for what is printed.
#
# usage: control.sh
cd "$(dirname "$0")" || exit 1
. ./net.sh

[ -d /sys/module/saa ] || modprobe saa || fail "saa.ko cannot be loaded"
net_up || fail "no network"
for i in {1..256}; do
	echo "    - {name: edge$i, id: $i, failure-domain: \"$((i % 2))\"}"
done | saa_file 65536 "$snat" >"$tmp/saa.yaml"
ns sr1 "$tools/control" "$tmp/saa.yaml" edge1 || fail "control"
