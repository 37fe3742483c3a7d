#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a machine of scripts/vms.sh does: names its interfaces, has an address on the first of them, and runs what is
# asked for by ssh, with the key SAA_SSH_KEY. It ends when somebody writes to /run/off.
#
# usage: guest.sh NAME ADDRESS ADDRESS INTERFACE...
name=$1 address=$2 address6=$3
shift 3

hostname "$name"
ln -s /saa/build/saactl /usr/bin/	# as if installed
modprobe virtio_net
number=0
for interface; do
	ip link set "eth$number" name "new$number" || exit
	number=$((number + 1))
done
number=0
for interface; do
	ip link set "new$number" name "$interface" || exit
	number=$((number + 1))
done
ip address add "$address" dev "$1"
ip address add "$address6" dev "$1" nodad
ip link set "$1" up

mkdir -p ~/.ssh /etc/dropbear
chmod 700 ~/.ssh
echo "$SAA_SSH_KEY" >~/.ssh/authorized_keys
echo /bin/bash >/etc/shells
mkfifo /run/off
dropbear -R -s -E
read -r _ </run/off
