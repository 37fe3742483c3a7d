#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a command in a virtual machine with one of the kernels of scripts/kernels.sh, as root, in the checkout (/saa).
# Its output is ours, and so is its exit status; but 99 when the kernel complained (warning, oops, ...), or time ran out.
# What it leaves in build/logs is there when it has ended. Without a command: a shell in the guest. KVM is used where it works.
#
# usage: vm.sh [OPTION...] [-- COMMAND [ARGUMENT...]]
#	--kernel floor|newest|sanitizer	default floor; sanitizer: scripts/sanitizer-kernel.sh has built it
#	--mem MB --smp N	default 1024 (sanitizer 2048), 2
#	--timeout SECONDS	default 600
#	--append TEXT		more kernel parameters
#	--rtc DATE		its clock begins there, UTC, as in 2026-01-31T12:00:00; default now
#	--tap INTERFACE		a network interface at the other end of a tap that is there, with "multi_queue"; more than once
#	--pidfile FILE		QEMU's process id is there once it runs
#	--icount		one virtual nanosecond per instruction: exact counts, the same in every run
#	--keep-output FILE	keep the kernel's log there
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/vm-image.sh
. "$(dirname "$0")/vm-image.sh"
# shellcheck source=selftests/lib/kernel.sh
. "$top/selftests/lib/kernel.sh"

kernel=floor mem='' smp=2 timeout=600 append='' rtc='' icount='' log='' taps=() pidfile=''
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernel=$2; shift ;;
	--mem) mem=$2; shift ;;
	--smp) smp=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--append) append=$2; shift ;;
	--rtc) rtc=$2; shift ;;
	--tap) taps+=("$2"); shift ;;
	--pidfile) pidfile=$2; shift ;;
	--keep-output) log=$2; shift ;;
	--icount) icount=yes ;;
	--) shift; break ;;
	-h | --help) sed -n '/^# usage/,/^[^#]/s/^# \?//p' "$0"; exit 0 ;;
	*) die "unknown option $1" ;;
	esac
	shift
done

# The sanitizers take their room; and KASAN is to report more than once.
if [ "$kernel" = sanitizer ]; then
	mem=${mem:-2048}
	append+=' kasan_multi_shot'
fi

load_kernel "$kernel"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
log=${log:-$tmp/console}
: >"$log"

userland=$(userland_archive)
modules=$(modules_archive)
tree_archive "$tmp/tree.cpio"
cat "$userland" "$modules" "$tmp/tree.cpio" >"$tmp/initrd"
if [ $# -gt 0 ]; then
	{
		for name in "${!SAA_@}" V; do
			[ -z "${!name-}" ] || [ "$name" = SAA_CACHE ] || printf 'export %s=%q\n' "$name" "${!name}"
		done
		printf '%q ' exec "$@"
		echo
	} >"$tmp/run.sh"
	(cd "$tmp" && echo run.sh | cpio --quiet --create --format=newc) >>"$tmp/initrd"
fi

# shellcheck disable=SC2054 # QEMU's commas
if [ -n "$icount" ]; then
	machine=(-accel tcg,thread=single,tb-size=512 -cpu max,rdrand=off,rdseed=off -smp 1
		-icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm -seed 42)
elif [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then
	machine=(-accel kvm -cpu host -smp "$smp")
else
	# On a busy machine the guest would take a wrong frequency of its clock from the PIT. HPET and ACPI timer remain.
	machine=(-machine pit=off -accel tcg,thread=multi,tb-size=512 -cpu max -smp "$smp")
fi
# shellcheck disable=SC2054 # QEMU's commas
if [ $# -gt 0 ]; then
	machine+=(-serial "file:$log" -device virtio-serial-pci
		-chardev file,id=out,path=/dev/stdout,append=on -device virtserialport,chardev=out,nr=1
		-chardev "file,id=status,path=$tmp/status" -device virtserialport,chardev=status,nr=2
		-chardev "file,id=logs,path=$tmp/logs" -device virtserialport,chardev=logs,nr=3)
else
	say "a shell on $release; exit, or ctrl-a x, ends it"
	machine+=(-serial mon:stdio)
	timeout=86400
fi
[ -z "$pidfile" ] || machine+=(-pidfile "$pidfile")
[ -z "$rtc" ] || machine+=(-rtc "base=$rtc")
# Queues enough for each CPU to send by XDP as well, and an address that stays.
for tap in "${taps[@]}"; do
	mac=52:54$(md5sum <<<"$tap" | sed -E 's/(..)(..)(..)(..).*/:\1:\2:\3:\4/')
	machine+=(-netdev "tap,id=$tap,ifname=$tap,script=no,downscript=no,queues=$((2 * smp))"
		-device "virtio-net-pci,netdev=$tap,mac=$mac,mq=on,vectors=$((4 * smp + 2))")
done

qemu=0
timeout --foreground --kill-after 5 "$timeout" qemu-system-x86_64 -machine q35 "${machine[@]}" -m "${mem:-1024}" -nodefaults \
	-no-user-config -display none -no-reboot -kernel "$vmlinux" -initrd "$tmp/initrd" -append "console=ttyS0 quiet \
	loglevel=5 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on nokaslr audit=0 selinux=0 apparmor=0 \
	panic=-1 oops=panic cryptomgr.notests=1 raid=noautodetect nomodeset rcupdate.rcu_cpu_stall_timeout=120 \
	log_buf_len=8M $append" | cat || qemu=$?
[ $# -gt 0 ] || exit 0
[ ! -s "$tmp/logs" ] || tar -C "$top" -xf "$tmp/logs"

if complaints <"$log" >"$tmp/complaints"; then
	echo "vm.sh: the kernel complained ($kernel):"
	sed -n 1,120p "$tmp/complaints"
	exit 99
elif [ ! -s "$tmp/status" ]; then
	[ $qemu -ne 124 ] || echo "vm.sh: no end after $timeout s ($kernel)"
	echo "vm.sh: the guest stopped without a status (qemu: $qemu, $kernel); the end of its log:"
	tail -n 40 "$log"
	exit 99
fi
exit "$(cat "$tmp/status")"
