#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs what building and testing saa needs on Debian 12 or 13, and fetches the kernels (kernels.sh).
# Run it as often as you like, as root or as one who may use sudo: it does only what is missing.
set -euo pipefail
# shellcheck source=scripts/apt.sh
. "$(dirname "$0")/apt.sh"

packages="
	git gcc make libc6-dev pkg-config clang llvm libbpf-dev bpftool dwarves
	libelf-dev libssl-dev zlib1g-dev libnl-3-dev libnl-genl-3-dev libnl-route-3-dev
	libcyaml-dev libyaml-dev libjansson-dev libcmocka-dev libclang-rt-dev
	nftables conntrack conntrackd iproute2 iputils-ping tcpdump ethtool traceroute iperf3 socat jq strace tshark
	wireguard-tools openssh-client dropbear-bin procps bc bison flex busybox-static cpio kmod xz-utils zstd debootstrap
	python3 python3-yaml python3-jsonschema
	sparse cppcheck shellcheck codespell mandoc yamllint pyflakes3 bash-completion
"

# QEMU before 10 corrupts 6.12 guests: panics at random.
qemu_version()
{
	qemu-system-x86_64 --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p'
}

install()
{
	quiet as_root env DEBIAN_FRONTEND=noninteractive APT_CONFIG="${APT_CONFIG-}" \
		apt-get install --yes --no-install-recommends "$@"
}

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# Benchmarks run it in namespaces of their own. Debian starts it at once, and at each boot.
keep_conntrackd_off()
{
	[ ! -d /run/systemd/system ] || quiet as_root systemctl disable --now conntrackd
}

stamp=$cache/setup-$( (debian_codename; cat "$0" "$(dirname "$0")/apt.sh") | sha256sum | cut -c 1-16)
if [ ! -e "$stamp" ]; then
	say "installing packages"
	new_conntrackd=$(installed conntrackd || echo yes)
	install $packages 2>/dev/null || { quiet as_root apt-get update; install $packages; }
	[ -z "$new_conntrackd" ] || keep_conntrackd_off
	if [ "$(qemu_version)" -ge 10 ] 2>/dev/null; then
		:
	elif [ "$(debian_codename)" = bookworm ]; then
		say "installing QEMU from bookworm-backports"
		update_lists qemu bookworm bookworm-backports
		with_lists qemu install -t bookworm-backports qemu-system-x86
	else
		install qemu-system-x86
	fi
	mkdir -p "$cache"
	touch "$stamp"
fi
"$(dirname "$0")/kernels.sh"
