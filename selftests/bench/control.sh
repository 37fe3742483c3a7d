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
{
	cat <<-END
		cluster:
		  name: bench
		  hash: {key: "AAECAwQFBgcICQoLDA0ODw==", buckets: 65536}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  edges:
	END
	for i in {1..256}; do
		echo "    - {name: edge$i, id: $i, failure-domain: \"$((i % 2))\"}"
	done
	cat <<-END
		gateways:
		  - name: t0
		    id: 7
		    tier: 0
		    mode: stateful-active-active
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		    snat: [$snat]
	END
} >"$tmp/saa.yaml"
ns sr1 "$tools/control" "$tmp/saa.yaml" edge1 || fail "control"
