# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by vm.sh: the parts of a guest's initrd, uncompressed cpio archives that the kernel unpacks one after another.
#
#   userland  programs of this machine with their libraries; remade when packages change
#   modules   of one kernel, with saa.ko and modules.dep; remade when saa.ko changes
#   tree      the checkout with what was built in it, as /saa

programs="
	bash busybox ip bridge tc ss nft conntrack conntrackd kmod ethtool tcpdump ping traceroute iperf3 socat jq strace bpftool dropbear
	setsid unshare nsenter wg mount umount findmnt flock dmesg mountpoint ps pgrep pkill sysctl watch free
	grep sed awk find xargs diff cmp od cat ls cp mv rm ln mkdir rmdir mktemp touch chmod chown stat date sleep
	timeout seq head tail sort uniq cut tr tee wc printf echo env id nproc basename dirname readlink realpath
	true false test [ expr sha256sum base64 uname kill comm paste join tac shuf split truncate dd sync stty tty
	nohup nice stdbuf du df
"

archive()
{
	find "$@" | cpio --quiet --dereference --create --format=newc
}

# Copies the shared libraries that programs need to the same places below a directory.
add_libraries()
{
	local root=$1 library
	shift
	ldd "$@" 2>/dev/null | grep -oE '/[^ ]+ \(0x' | cut -d ' ' -f 1 | sort -u | while read -r library; do
		[ -e "$root$library" ] || install -D "$library" "$root$library"
	done
}

# Python with its standard library, less what no test uses.
add_python()
{
	local root=$1 lib
	lib=$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	mkdir -p "$root$lib" "$root/usr/lib/python3/dist-packages"
	cp /usr/bin/python3 "$root/usr/bin/"
	tar -C "$lib" --exclude='*.a' --exclude='config-*' --exclude={test,unittest,idlelib,lib2to3,ensurepip} \
		--exclude={distutils,tkinter,turtledemo,pydoc_data} -cf - . | tar -C "$root$lib" -xf -
	cp -rL /usr/lib/python3/dist-packages/yaml "$root/usr/lib/python3/dist-packages/"
	add_libraries "$root" /usr/bin/python3 "$lib"/lib-dynload/*.so
}

make_userland()
{
	local root name file files=() missing=()
	root=$(mktemp -d)
	mkdir -p "$root"/{usr/{bin,lib,lib64},proc,sys,dev,run,tmp,root,etc,var/{lib,log},mnt}
	ln -s usr/bin usr/lib usr/lib64 "$root/"
	ln -s usr/bin "$root/sbin"
	ln -s bin "$root/usr/sbin"
	ln -s ../run "$root/var/run"
	for name in $programs; do
		file=$(type -P "$name") && files+=("$file") || missing+=("$name")
	done
	[ ${#missing[@]} -eq 0 ] || die "no ${missing[*]}: run scripts/setup.sh"
	cp -L "${files[@]}" "$root/usr/bin/"
	add_libraries "$root" "${files[@]}"
	add_python "$root"
	for name in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -s kmod "$root/usr/bin/$name"
	done
	for name in $(busybox --list); do
		[ -e "$root/usr/bin/$name" ] || ln -s busybox "$root/usr/bin/$name"
	done
	for file in /etc/protocols /etc/services /etc/iproute2 /usr/share/iproute2 /lib/terminfo; do
		[ ! -e "$file" ] || cp -rL --parents "$file" "$root/"
	done
	printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' 'nobody:x:65534:65534::/tmp:/bin/false' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$root/etc/group"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	install "$top/scripts/vm-init.sh" "$root/init"
	(cd "$root" && find . | cpio --quiet --create --format=newc) >"$1"
	rm -rf "$root"
}

# Prints the path of the archive, made if it is not there or no longer true.
userland_archive()
{
	local file
	file=$cache/vm/userland-$(cat /var/lib/dpkg/status "$top"/scripts/vm-{image,init}.sh | cksum | cut -d ' ' -f 1).cpio
	if [ ! -e "$file" ]; then
		mkdir -p "$cache/vm"
		make_userland "$file.$$"
		mv "$file.$$" "$file"
		# Others may read theirs now.
		find "$cache/vm" -name 'userland-*.cpio*' -mtime +1 -delete
	fi
	echo "$file"
}

# The kernel's modules that a network test may want, uncompressed, in the cache.
unpack_modules()
{
	local root=$1 tmp=$1.$$ dir
	[ ! -e "$root" ] || return 0
	mkdir -p "$tmp/lib/modules/$release/kernel"
	for dir in net lib crypto arch/x86/crypto drivers/net; do
		[ ! -d "$modules/kernel/$dir" ] ||
			(cd "$modules" && cp -r --parents "kernel/$dir" "$tmp/lib/modules/$release/")
	done
	rm -rf "$tmp/lib/modules/$release/kernel"/drivers/net/{ethernet,wwan,hyperv,xen*}
	cp "$modules"/modules.{builtin,builtin.modinfo,order} "$tmp/lib/modules/$release/"
	find "$tmp" -name '*.ko.xz' -print0 | xargs -0 -r -n 100 -P 2 unxz
	mv "$tmp" "$root"
}

modules_archive()
{
	local base=$cache/vm/modules-$release ko=$build/kmod/$release/saa.ko
	local file=$build/vm/modules-$release.cpio root
	unpack_modules "$base"
	if [ ! -e "$file" ] || [ "$ko" -nt "$file" ]; then
		mkdir -p "$build/vm"
		root=$(mktemp -d -p "$build/vm")
		cp -rl "$base/lib" "$root/"
		[ ! -e "$ko" ] || flock "${ko%/*}/.lock" install -D "$ko" "$root/lib/modules/$release/extra/saa.ko"
		depmod -b "$root" "$release"
		# "lib" is a link in the userland archive, and must stay one.
		mkdir "$root/usr"
		mv "$root/lib" "$root/usr/"
		(cd "$root" && archive usr/lib) >"$root.cpio"
		mv "$root.cpio" "$file"
		rm -rf "$root"
	fi
	echo "$file"
}

# tree_archive FILE: the checkout, without what only its making needed, and the libraries of the programs in it.
tree_archive()
{
	local root programs
	root=$(mktemp -d)
	ln -s "$top" "$root/saa"
	(
		cd "$root" || exit
		archive -H saa '(' -path saa/.git -o -path saa/build/kmod -o -path saa/build/vm -o -path saa/build/logs \
			-o -path saa/build/lint -o -path saa/build/user -o -path saa/build/fuzz -o -path saa/build/san \
			-o -path saa/build/cov -o -path saa/build/tests/parse -o -path 'saa/build/tests/test_*' \
			-o -name '*.o' -a -not -name '*.bpf.o' ')' -prune -o -print
	) >"$1"
	mapfile -t programs < <(find "$build" -maxdepth 1 -type f -perm -u+x 2>/dev/null)
	if [ ${#programs[@]} -gt 0 ]; then
		add_libraries "$root" "${programs[@]}"
		[ ! -d "$root/lib" ] || { mkdir "$root/usr"; mv "$root/lib" "$root/usr/"; (cd "$root" && archive usr/lib) >>"$1"; }
	fi
	rm -rf "$root"
}
