#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Interfaces, namespaces and the module go away in every state that a configuration can be in: none, being replaced,
# being read, with traffic, with packets held for the partner (state sync, strict). Nothing here must succeed but what
# brings everything back at the end; the kernel must not complain, and nothing may be left (run.sh looks). The topology
# is that of lib/topology.sh, with the links of lib/sync.sh, and at last with the underlay of lib/geneve.sh; SR 2 is the
# victim.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
. lib/geneve.sh
need_saa

SYNC="{mode: strict, key-file: $tmp/sync.key}"

# forever COMMAND...: again and again in the background, until calm.
forever()
{
	while [ -e "$tmp/storm" ]; do
		"$@"
	done >"$tmp/forever" 2>&1 &
	storms+=($!)
}

calm()
{
	rm -f "$tmp/storm"
	wait "${storms[@]}"
	storms=()
}

storm() { storms=(); touch "$tmp/storm"; }

replace() { ctl "$1" apply "$tmp/saa.yaml" --edge "$1"; ctl "$1" snat del 10; ctl "$1" gateway del t0; }
read_all()
{
	ctl "$1" show
	ctl "$1" sync
	ctl "$1" table show rows
	ctl "$1" stats
	ctl "$1" explain 10.1.0.7 203.0.113.9
}

# An interface of SR 2 and its peer go, and come again.
again()
{
	local dev=$1 peer=$2 peerns=$3
	ns sr2 ip link del "$dev" || return
	ip link add "$dev" netns "${P}sr2" type veth peer name "$peer" netns "$P$peerns" &&
		ns sr2 ip link set "$dev" up && ns "$peerns" ip link set "$peer" up
}

topology 2 && sync_links || exit 1
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE $DMZ" --count 24 --size 1000 --timeout 3 --interval 0.02

storm
forever replace sr2
forever read_all sr2
churned=0
for ((i = 0; i < 8; i++)); do
	again punt-n n2 switch && again punt-s s2 switch && again bp0 sr2 south && churned=$((churned + 1))
	ns sr2 ip link set eth1 name other && ns sr2 ip link set other name eth1
	ns sr2 ip link set eth1 netns "${P}switch" && ns switch ip link set eth1 netns "${P}sr2"
done
is "interfaces went and came while configurations were replaced and read" 8 $churned
ok "a namespace goes while its configuration is replaced and read" ip netns del "${P}sr2"
calm
all_by 1
flows_end

# The module, in every state.
unload()
{
	local deadline=$((SECONDS + 60))
	until rmmod saa 2>"$tmp/rmmod"; do
		[ $SECONDS -lt $deadline ] || return
	done
}

load() { [ -d /sys/module/saa ] || modprobe -q saa || insmod "$lib/../../build/kmod/$(uname -r)/saa.ko"; }

remove_all 2>"$tmp/err"
ok "module without configuration: unloaded" unload
load
ctl sr1 apply "$tmp/saa.yaml" --edge sr1 >"$tmp/out" && ctl sr1 sr set sr2 state down
ok "module with configuration: unloaded" unload
load
ctl sr1 apply "$tmp/saa.yaml" --edge sr1 >"$tmp/out" && ctl sr1 sr set sr2 state down
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE $DMZ" --count 24 --size 1000 --timeout 3 --interval 0.02
ok "module with traffic: unloaded" unload
load
storm
forever replace sr1
forever read_all sr1
forever load
unloaded=0
for ((i = 0; i < 5; i++)); do
	wait_for 60 test -d /sys/module/saa && unload && unloaded=$((unloaded + 1))
done
is "module while configurations are replaced and read: unloaded" 5 $unloaded
calm
flows_end
load
topology_down
topology 2 && underlay || exit 1
TRANSPORT=geneve ADDRESS=tep6
ok "Geneve: apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
flows_go_on "$tmp/traffic" south "$INSIDE" "$REMOTE $DMZ" --count 24 --size 1000 --timeout 3 --interval 0.02
ok "packets go over Geneve" wait_for 60 eval '[ $(counter all received) -gt 0 ]'
ok "module while two are in sync and punt over Geneve, with traffic: unloaded" unload
flows_end
load
ok "apply" apply_all
ok "both are in sync" sync_ready sr1 sr2
flows south "$INSIDE" "$REMOTE $DMZ" --count 24 --seed $((SEED + 1)) >"$tmp/again"
all_carried "after all that, it works" "$tmp/again"
done_testing
