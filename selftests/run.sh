#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs selftests/test_*.sh on the running kernel: in a guest of scripts/vm.sh, or on a machine that can load saa.ko.
#
# A test prints "ok NAME", "not ok NAME" or "skip NAME" for each of its checks, and exits with 0, 1, or 4 when it was
# skipped as a whole. What it printed is kept in build/logs/RELEASE/. After each test it is a failed check when the
# kernel complained, when a namespace, an interface or an object of the module is left, or when something still holds
# the module. Of its objects the module tells by debug messages, where the kernel has CONFIG_DYNAMIC_DEBUG.
#
# usage: run.sh [--list] [--dir DIR] [--not=FILTER]... [FILTER...]	FILTER: a part of the test's name; DIR: in place of
#	selftests
#	TEST_TIMEOUT=SECONDS (600) for each test, LEFT_TIMEOUT=SECONDS (120) for what it leaves to go away
#	V=1 prints everything as it comes
set -u
cd "$(dirname "$0")/.." || exit 1

# shellcheck source=selftests/lib/kernel.sh
. selftests/lib/kernel.sh
logs=build/logs/$(uname -r)
passed=0 failed=0 skipped=0
dir=selftests tmp=$(mktemp -d)

selected()
{
	local file filter
	for file in "$dir"/test_*.sh; do
		[ -e "$file" ] || continue
		for filter in "${without[@]}"; do
			[[ ${file##*/} != *"$filter"* ]] || continue 2
		done
		[ $# -gt 0 ] || { echo "$file"; continue; }
		for filter; do
			[[ ${file##*/} != *"$filter"* ]] || { echo "$file"; break; }
		done
	done
}

load_module()
{
	local ko
	ko=build/kmod/$(uname -r)/saa.ko
	[ -d /sys/module/saa ] || modprobe -q saa && return
	[ -e "$ko" ] || { echo "run.sh: no saa.ko for $(uname -r): scripts/build-kmod.sh host" >&2; return 1; }
	modinfo -F depends "$ko" | tr ',' '\n' | xargs -r -n 1 modprobe
	insmod "$ko" ${watch:+dyndbg=+p}
}

# The module's debug messages, now and when a test loads it again; watched from before it is loaded.
watch_objects()
{
	[ -e /proc/dynamic_debug/control ] || { echo "no dynamic debug: objects are not counted"; return; }
	mkdir -p /run/modprobe.d
	echo "options saa dyndbg=+p" >/run/modprobe.d/saa-selftests.conf
	dmesg --follow | grep --line-buffered -F 'saa: ' >"$tmp/log" &
	watch=%1
}

end()
{
	[ -z "${watch-}" ] || kill "$watch"
	rm -rf "$tmp" /run/modprobe.d/saa-selftests.conf
}
trap end EXIT

# Prints what the module has, by all messages until now.
objects_now()
{
	local mark=mark-$EPOCHREALTIME deadline=$((SECONDS + 60))
	[ -n "${watch-}" ] || return 0
	echo "<7>saa: run.sh: $mark" >/dev/kmsg
	until grep -q "$mark\$" "$tmp/log"; do
		[ $SECONDS -lt $deadline ] || { echo "unknown objects: the kernel log does not come"; return; }
		sleep 0.02
	done
	objects "$tmp/log"
}

unload_module()
{
	local left
	echo "saa: run.sh: unload" >/dev/kmsg
	if rmmod saa && ! dmesg | sed '1,/saa: run.sh: unload$/d' | complaints &&
		left=$(objects_now) && [ -z "$left" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL         unloading the module ${left:+"leaves $(paste -s -d , <<<"$left")"}"
		failed=$((failed + 1))
	fi
}

# What a test must not leave behind.
state()
{
	{
		ip netns list | cut -d ' ' -f 1
		ip -o link | cut -d : -f 2 | tr -d ' '
		echo "saa used by $(cat /sys/module/saa/refcnt 2>/dev/null || echo 0)"
		# A namespace may live on for minutes by connections that nobody answers any more.
		objects_now | grep -v '^netns '
	} | sort
}

# left_behind BEFORE: prints what is there more than before, if it does not go away by itself soon.
left_behind()
{
	local start=$SECONDS left
	while left=$(comm -13 <(echo "$1") <(state)) && [ -n "$left" ]; do
		[ $((SECONDS - start)) -lt "${LEFT_TIMEOUT:-120}" ] || { paste -s -d ' ' <<<"$left"; return; }
		sleep 0.2
	done
	[ $((SECONDS - start)) -lt 10 ] || echo "# gone after $((SECONDS - start)) s" >&2
}

count() { grep -cE "^$1( |$)" "$2"; }

run()
{
	local file=$1 name log before start=$SECONDS rc=0 left bad ok=0 skip=0 seconds
	name=${file##*/}
	log=$logs/${name%.sh}.log
	before=$(state)
	echo "saa: run.sh: $name" >/dev/kmsg
	if [ -n "${V-}" ]; then
		timeout --kill-after 10 "${TEST_TIMEOUT:-600}" "$file" 2>&1 </dev/null | tee "$log"
		rc=${PIPESTATUS[0]}
	else
		timeout --kill-after 10 "${TEST_TIMEOUT:-600}" "$file" >"$log" 2>&1 </dev/null || rc=$?
	fi
	{
		[ "$rc" -ne 124 ] || echo "not ok time: not finished after ${TEST_TIMEOUT:-600} s"
		left=$(left_behind "$before")
		[ -z "$left" ] || echo "not ok nothing left behind: $left"
		if dmesg | sed "1,/saa: run.sh: $name\$/d" | complaints; then
			echo "not ok kernel log"
		fi
	} >>"$log" 2>&1
	bad=$(count 'not ok' "$log") ok=$(count ok "$log") skip=$(count skip "$log")
	case $rc in
	0) [ $((ok + bad + skip)) -gt 0 ] || ok=1 ;;
	4) [ "$skip" -gt 0 ] || skip=1 ;;
	*) [ "$bad" -gt 0 ] || { bad=1; echo "not ok exit status $rc" >>"$log"; } ;;
	esac
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	seconds=$((SECONDS - start))
	if [ "$bad" -eq 0 ]; then
		printf 'PASS %4d s  %s: %d checks, %d skipped\n' $seconds "$name" "$ok" "$skip"
		grep -E '^skip( |$)' "$log" | sed 's/^/     | /'
	else
		printf 'FAIL %4d s  %s: %d of %d checks\n' $seconds "$name" "$bad" $((ok + bad))
		[ -n "${V-}" ] || sed 's/^/     | /' "$log" | tail -n 200
	fi
}

list='' without=()
while [ $# -gt 0 ]; do
	case $1 in
	--list) list=yes ;;
	--dir) dir=$2; shift ;;
	--not=*) without+=("${1#*=}") ;;
	*) break ;;
	esac
	shift
done
mapfile -t files < <(selected "$@")
[ -z "$list" ] || { printf '%s\n' "${files[@]}"; exit 0; }
[ ${#files[@]} -gt 0 ] || { echo "run.sh: no test matches: $*" >&2; exit 1; }
mkdir -p "$logs"
loaded=$([ ! -d /sys/module/saa ] || echo before)
[ -n "$loaded" ] || watch_objects
load_module || exit 1
if [ -n "${watch-}" ] && [ -z "$(objects_now)" ]; then
	echo "FAIL         the module does not tell of its objects"
	failed=1
fi
for file in "${files[@]}"; do
	run "$file"
done
[ -n "$loaded" ] || unload_module
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
