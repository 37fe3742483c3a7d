#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A module without BTF, as a build without pahole makes it: it says so, saactl refuses to attach XDP with the remedy, and
# the module steers alone (topology: lib/topology.sh). The BTF is taken away by giving its section another name.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
need_saa

ko=$(modinfo -F filename saa 2>/dev/null || echo "../build/kmod/$(uname -r)/saa.ko")
[ -r "$ko" ] || skip_all "no $ko"
LC_ALL=C sed 's/\x00\.BTF\x00/\x00.off\x00/' "$ko" >"$tmp/saa.ko"
restore() { rmmod saa; modprobe -q saa || insmod "$ko"; }

topology 2 || exit 1
offloads_for_xdp
ok "apply" apply_all
ok "control: with BTF, XDP attaches" ctl sr1 xdp attach
ctl sr1 xdp detach >/dev/null
ok "unload" wait_for 60 rmmod saa 2>"$tmp/rmmod"
echo "saa: without BTF" >/dev/kmsg
ok "a module without BTF loads" insmod "$tmp/saa.ko"
ok "it says that XDP is without kfunc" grep -qi btf <(dmesg | sed '1,/saa: without BTF$/d')
ok "apply to it" apply_all
ctl sr1 xdp attach >"$tmp/attach" 2>&1
is "XDP is refused" 1 $?
ok "with the remedy" grep -q pahole "$tmp/attach"
flows south "$INSIDE" "$REMOTE" --count 24 >"$tmp/out"
all_carried "the module steers alone" "$tmp/out"
ok "some were redirected" [ "$(counter all punted)" -gt 0 ]
topology_down
ok "the whole module is back" restore
done_testing
