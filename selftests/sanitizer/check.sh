#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Are the sanitizers awake, and do run.sh and vm.sh listen? Bugs are planted in the kernel "sanitizer" (planted.c), and
# things left behind. Each, run as a test, must fail, and what it printed must say what it was. Those that lockdep finds
# come before the others: it turns itself off after the first of them that it takes for fatal, and KASAN turns it off.
# Last are those after which the kernel may not live long.
set -uo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
cd "$top" || exit 1

plants='
	object-left		not ok nothing left behind: config 1$
	object-twice		not ok nothing left behind: sr 00000000feedbeef destroyed, but not created$
	namespace-left		not ok nothing left behind: planted-left$
	rcu-pointer		WARNING: suspicious RCU usage
	sleep-in-atomic		BUG: sleeping function called from invalid context
	lock-order		WARNING: possible circular locking dependency detected
	rcu-twice		ODEBUG: activate active .* object type: rcu_head
	free-active-work	ODEBUG: free active .* object type: timer_list
	device-reference	unregister_netdevice: waiting for planted to become free
	use-after-free		BUG: KASAN: slab-use-after-free in .*\[planted\]
	out-of-bounds		BUG: KASAN: slab-out-of-bounds in .*\[planted\]
	double-free		BUG: KASAN: double-free in .*\[planted\]
'

dir=build/planted
passed=0 failed=0

result()
{
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "not ok planted $2"
		failed=$((failed + 1))
	fi
}

rm -rf $dir
mkdir -p $dir
load_kernel sanitizer
cp selftests/sanitizer/{Kbuild,planted.c} $dir/
quiet make -s -j2 -C "$headers" M="$top/$dir" modules || exit 1

number=10
while read -r bug expected; do
	[ -n "$bug" ] || continue
	{
		echo '#!/bin/bash'
		case $bug in
		object-left) echo "echo saa: created config 00000000feedbeef >/dev/kmsg" ;;
		object-twice) echo "echo saa: destroyed sr 00000000feedbeef >/dev/kmsg" ;;
		namespace-left) echo "ip netns add planted-left" ;;
		*) echo "insmod $dir/planted.ko bug=$bug && rmmod planted" ;;
		esac
		echo "echo ok planted"
	} >"$dir/test_planted_$((++number))_$bug.sh"
done <<<"$plants"
chmod +x $dir/test_*.sh

scripts/vm.sh --kernel sanitizer --timeout 900 --append kmemleak=off -- \
	env LEFT_TIMEOUT=2 selftests/run.sh --dir $dir >$dir/output 2>&1
result $(($? != 99)) "bugs did not make vm.sh fail"
# printed BUG: by its test.
printed() { sed -nE "/^FAIL .*_$1\.sh/,/^(PASS|FAIL|vm\.sh:) /{s/^     \| //p}" $dir/output; }

while read -r bug expected; do
	[ -n "$bug" ] || continue
	printed "$bug" | grep -E "$expected" >/dev/null
	result $? "$bug was not noticed: $dir/output"
done <<<"$plants"
! grep -E '^PASS .*test_planted' $dir/output
result $? "bugs did not make run.sh fail"

scripts/vm.sh --kernel sanitizer --timeout 900 -- insmod $dir/planted.ko bug=leak >$dir/leak 2>&1
result $(($? != 99)) "leak did not make vm.sh fail"
grep -q 'planted_leak.*\[planted\]' $dir/leak
result $? "leak was not noticed: $dir/leak"

[ $failed -eq 0 ] || tail -n 50 $dir/output $dir/leak
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
