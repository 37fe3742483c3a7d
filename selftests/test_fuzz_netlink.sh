#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random netlink messages (fuzz/netlink.c), while the interfaces of two namespaces that all workers share are made,
# renamed, moved, enslaved and deleted, and these namespaces too (fuzz/churn.py). Then the module goes.
#
# MESSAGES (100000 on the sanitizer kernel, else 20000) and SEED may be set.
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
ok "fuzzer" "$fuzzers/netlink" -n "$(amount "${MESSAGES-}" 100000 20000)" -s "$SEED" ${V:+-v} "${P}a" "${P}b"
ok "interfaces were changed until the end" kill "$churn"
cleanup
churn=
ok "unloading the module" wait_for 30 rmmod saa
ok "loading it again" need_fuzzer netlink
done_testing
