#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random netlink messages (fuzz/netlink.c), while the interfaces of two namespaces that all workers share are made,
# renamed, moved, enslaved and deleted, and these namespaces too (fuzz/churn.py). Then the module goes. A few messages
# come before all the others, while the module tells of its objects and selftests/run.sh pairs what it says; it would
# flood the kernel's log with the rest.
#
# MESSAGES (100000), LIMIT (180) seconds that it takes at most, and SEED may be set.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. fuzz/fuzz.sh
need_fuzzer netlink

P=saa$RANDOM-
churn=

cleanup()
{
	[ -z "$churn" ] || kill "$churn" 2>/dev/null
	wait
	ip netns del "${P}a" 2>/dev/null
	ip netns del "${P}b" 2>/dev/null
}
trap cleanup EXIT
trap 'exit 130' INT TERM

cases netlink "$fuzzers/netlink" -r
ip netns add "${P}a" && ip netns add "${P}b" || exit 1
python3 fuzz/churn.py "$SEED" "${P}a" "${P}b" &
churn=$!
fuzz() { "$fuzzers/netlink" -n "$1" -t "${LIMIT:-180}" -s "$SEED" ${V:+-v} "${P}a" "${P}b"; }

quiet_module()
{
	wait_for 60 rmmod saa && { modprobe -q saa dyndbg=-p || insmod "../build/kmod/$(uname -r)/saa.ko" dyndbg=-p; }
}

ok "fuzzer, objects are paired" fuzz 1000
ok "the module again, with nothing to tell" quiet_module
ok "fuzzer" fuzz "${MESSAGES:-100000}"
ok "interfaces were changed until the end" kill "$churn"
cleanup
churn=
ok "unloading the module" wait_for 60 rmmod saa
ok "loading it again" need_fuzzer netlink
done_testing
