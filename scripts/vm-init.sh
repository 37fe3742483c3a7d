#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's /init: runs /run.sh from vm.sh in the checkout, reports its exit status, powers off.
# Virtio ports take what it prints (1), the status (2) and what it left in build/logs (3); the serial console has the
# kernel's log.
export PATH=/saa/build:/usr/bin HOME=/root LC_ALL=C TERM=linux

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for dir in /dev/shm /run /tmp; do mount -t tmpfs tmpfs $dir; done
mount -t bpf bpf /sys/fs/bpf
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname saa
ip link set lo up
ulimit -c 0
# The console keeps the kernel's log from here on, less debug messages.
dmesg -n info

# Memory that was leaked: the kernel says so in its log, and vm.sh looks there. What kmemleak finds at first may be
# still in use, so it looks twice, some seconds after the last allocation.
leaks()
{
	local kmemleak=/sys/kernel/debug/kmemleak
	echo stack=on 2>/dev/null >$kmemleak || return 0	# not there, or off
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	sed -u 's/^/<4>/' $kmemleak >/dev/kmsg
}

cd /saa || cd /
if [ -e /run.sh ]; then
	mkfifo /run/out
	cat </run/out >/dev/vport0p1 &
	cat=$!
	bash /run.sh >/run/out 2>&1 </dev/null
	rc=$?
	# Programs left behind may hold the pipe open.
	timeout 3 tail --pid=$cat -f /dev/null
	leaks
	[ ! -d build/logs ] || tar -c build/logs >/dev/vport0p3
	echo $rc >/dev/vport0p2
else
	setsid -c bash -i </dev/ttyS0 >/dev/ttyS0 2>&1
fi
echo o >/proc/sysrq-trigger
sleep 10
