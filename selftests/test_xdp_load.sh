#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The XDP program alone: it loads on this kernel, holds the module while it does, and steers as the module does, frame by
# frame: untagged, tagged and priority-tagged, IPv4, IPv6 and ICMP errors, native and generic.
#
#    inside                      sr (edge 1 of 2)                  outside
#   +------------+         +------------------------+         +-------------+
#   | in0  ------+---------+ bp0  group 100   eth1  +---------+ out0        |
#   | in0.7      |         | bp0.7 group 101        |         +-------------+
#   +------------+         |       punt-s  punt-n   |
#                          +---------+--------+-----+
#                              +-----+--------+----+
#                              |  s2       n2      |  switch: where edge 2 would be
#                              +-------------------+
#
# Frames go in at in0, one for each of 64 remote addresses and kind; each must come out once: forwarded at out0 or, in a punt
# frame, at s2. Who owns which is the same each time.
cd "$(dirname "$0")" || exit 1
. lib/test.sh

P=saa$RANDOM-
tmp=$(mktemp -d)
pin=/sys/fs/bpf/$P
object=../build/saa_xdp.bpf.o

cleanup()
{
	local name
	rm -f "$pin"
	for name in inside sr outside switch; do
		ip netns del "$P$name" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap cleanup EXIT

ns()
{
	local name=$1
	shift
	ip netns exec "$P$name" "$@"
}

network()
{
	ip -batch - <<-END
		netns add ${P}inside
		netns add ${P}sr
		netns add ${P}outside
		netns add ${P}switch
		link add bp0 netns ${P}sr address 02:00:00:00:00:01 type veth peer name in0 netns ${P}inside
		link add eth1 netns ${P}sr type veth peer name out0 netns ${P}outside
		link add punt-s netns ${P}sr type veth peer name s2 netns ${P}switch
		link add punt-n netns ${P}sr type veth peer name n2 netns ${P}switch
	END
	ns sr ip -batch - <<-END
		link set lo up
		link add link bp0 name bp0.7 type vlan id 7
		link set bp0 up
		link set bp0.7 up
		link set eth1 up
		link set punt-s up
		link set punt-n up
		address add 172.16.0.1/24 dev bp0
		address add fd00:16::1/64 dev bp0 nodad
		address add 172.17.0.1/24 dev eth1
		address add fd00:17::1/64 dev eth1 nodad
		route add default via 172.17.0.2
		route add ::/0 via fd00:17::2
		neighbour add 172.17.0.2 lladdr 02:00:00:00:00:02 dev eth1
		neighbour add fd00:17::2 lladdr 02:00:00:00:00:02 dev eth1
	END
	ns sr sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for name in inside:in0 outside:out0 switch:s2 switch:n2; do
		ns "${name%:*}" ip link set "${name#*:}" up
		# No VLAN offload: XDP has to see the tag. GRO: veth takes redirected frames only when the far end has NAPI, and
		# notices that only when it is switched on there while the link is up.
		ns "${name%:*}" ethtool -K "${name#*:}" txvlan off tx off gro on >/dev/null
	done
	ns sr ethtool -K bp0 rxvlan off
	# The kernel drops what is sent until it has noticed the carrier.
	wait_for 60 eval 'not grep -q " qdisc noop " <(ns sr ip -o link show up; ns inside ip -o link show up)'
}

configure()
{
	cat >"$tmp/saa.yaml" <<-END
		cluster:
		  name: test
		  hash: {key: AAECAwQFBgcICQoLDA0ODw==, buckets: 256}
		  edges:
		    - {name: edge1, id: 1, failure-domain: a}
		    - {name: edge2, id: 2, failure-domain: b}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		gateways:
		  - name: t0
		    id: 1
		    tier: 0
		    mode: stateful-active-active
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
		      - {name: tagged, id: 101, side: south, interface: bp0.7}
	END
	ns sr saactl apply "$tmp/saa.yaml" --edge edge1 >"$tmp/apply" || { cat "$tmp/apply"; return 1; }
}

# counter NAME: of the module.
counter()
{
	ns sr saactl -j stats | jq -r --arg name "$1" '.. | objects | select(.name? == $name) | .packets'
}

# Sends the frames of KIND, prints a line "N punt|forward" for each frame that came out as it should have.
cat >"$tmp/frames.py" <<'END'
import ctypes, ipaddress, os, select, socket, struct, sys, time

prefix, kind, group = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = 64
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, ETH_P_ALL = 263, 8, 23, 3
libc = ctypes.CDLL(None, use_errno=True)

def open_in(netns, device):
    with open(f'/run/netns/{prefix}{netns}') as ns:
        if libc.setns(ns.fileno(), 0):
            sys.exit(os.strerror(ctypes.get_errno()))
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((device, ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return s

def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff

def packet(src, dst, protocol, payload, ttl=64):
    src, dst = (ipaddress.ip_address(a) for a in (src, dst))
    if src.version == 6:
        return struct.pack('>IHBB', 6 << 28, len(payload), protocol, ttl) + src.packed + dst.packed + payload
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(payload), 1, 0, ttl, protocol, 0) + src.packed + dst.packed
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload

def ip_packet(n):
    if kind.endswith('error'):      # of a router inside, about a packet that came from outside: 0 is a checksum
        if kind.startswith('v6'):
            quote = packet(f'2001:db8:203::{n:x}', 'fd00:10::9', 17, struct.pack('>4H', 53, n, 8, 0))
            body = b'\1\4\0\0\0\0\0\0' + quote
            router, remote = 'fd00:10::1', f'2001:db8:203::{n:x}'
            pseudo = ipaddress.ip_address(router).packed + ipaddress.ip_address(remote).packed
            total = checksum(pseudo + struct.pack('>II', len(body), 58) + body)
            return packet(router, remote, 58, body[:2] + struct.pack('>H', total) + body[4:])
        quote = packet(f'203.0.113.{n}', '10.1.0.9', 17, struct.pack('>4H', 53, n, 8, 0))
        body = b'\3\1\0\0\0\0\0\0' + quote
        return packet('10.1.0.1', f'203.0.113.{n}', 1, body[:2] + struct.pack('>H', checksum(body)) + body[4:])
    udp = struct.pack('>4H', 1000 + n, 53, 8 + 22, 0) + bytes(22)
    if kind.startswith('v6'):
        return packet('fd00:10::9', f'2001:db8:203::{n:x}', 17, udp)
    return packet('10.1.0.9', f'203.0.113.{n}', 17, udp)

def receive(s):
    data, extra, flags, addr = s.recvmsg(2048, 256)
    for level, what, value in extra:
        if (level, what) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, tpid = struct.unpack('=IIIHHHH', value[:20])
            if status & 16:
                data = data[:12] + struct.pack('>HH', tpid, tci) + data[12:]
    return data

inside, outside, switch = open_in('inside', 'in0'), open_in('outside', 'out0'), open_in('switch', 's2')
tag = {'tagged': b'\x81\0\0\7', 'priority': b'\x81\0\xe0\0'}.get(kind.partition('-')[2].partition('-')[0], b'')
packets = [ip_packet(n) for n in range(count)]
ethertype = b'\x86\xdd' if kind.startswith('v6') else b'\x08\0'
for p in packets:
    inside.send(bytes.fromhex('020000000001' '020000000009') + tag + ethertype + p)

def forwarded(p):                   # one hop less; IPv4 has a new checksum
    return p[:7] + bytes([p[7] - 1]) + p[8:] if ethertype == b'\x86\xdd' else \
           p[:8] + bytes([p[8] - 1]) + p[9:10] + p[12:]

where = {}
deadline = time.monotonic() + 60
while len(where) < count and time.monotonic() < deadline:
    for s in select.select([outside, switch], [], [], 0.2)[0]:
        data = receive(s)
        if s is outside and data[12:14] == ethertype:
            got = data[14:]
            got = got if ethertype == b'\x86\xdd' else got[:10] + got[12:]
            found = [n for n, p in enumerate(packets) if forwarded(p) == got]
            if found:
                where.setdefault(found[0], []).append('forward')
        elif s is switch and data[16:18] == ethertype:
            want = bytes.fromhex('02a100010002' '02a100010001') + b'\x81\0' + struct.pack('>H', group) + ethertype
            if data[:18] != want:
                print('head', data[:18].hex())
            found = [n for n, p in enumerate(packets) if p == data[18:]]
            if found and data[:18] == want:
                where.setdefault(found[0], []).append('punt')
for n in sorted(where):
    print(n, *where[n])
END

frames() { python3 "$tmp/frames.py" "$P" "$1" "$2"; }

# What the module does with the frames of each kind, without XDP, is what is right.
kinds="v4:100 v6:100 v4-tagged:101 v6-tagged:101 v4-priority:100 v4-error:100 v6-error:100"
baseline()
{
	local kind
	for kind in $kinds; do
		frames "${kind%:*}" "${kind#*:}" >"$tmp/module-${kind%:*}"
		is "module, ${kind%:*}: 64 frames come out once" 64 "$(grep -cxE '[0-9]+ (punt|forward)' "$tmp/module-${kind%:*}")"
		ok "module, ${kind%:*}: some are punted" grep -q punt "$tmp/module-${kind%:*}"
		ok "module, ${kind%:*}: some are not" grep -q forward "$tmp/module-${kind%:*}"
	done
	# an error goes where the packets of its flow go
	ok "module: IPv4 errors go the way of their flow" cmp -s "$tmp/module-v4" "$tmp/module-v4-error"
	ok "module: IPv6 errors go the way of their flow" cmp -s "$tmp/module-v6" "$tmp/module-v6-error"
}

attach()
{
	case $1 in
	saactl) ns sr saactl xdp attach bp0 ;;
	*) ns sr ip link set dev bp0 "$1" obj "$object" sec xdp ;;
	esac
}

detach()
{
	case $1 in
	saactl) ns sr saactl xdp detach bp0 ;;
	*) ns sr ip link set dev bp0 "$1" off ;;
	esac
}

# Frames for another host, which a switch might flood: not ours to steer.
flooded()
{
	ns inside python3 lib/frames.py < <(awk '$2 == "punt" {
		print "in0 02:00:00:00:00:77 02:00:00:00:00:09 - 10.1.0.9 203.0.113." $1 }' "$tmp/module-v4")
}

# by_xdp HOW KIND...: the same frames, punted by XDP; attached by "saactl", or by ip in the mode "xdpdrv" or "xdpgeneric".
by_xdp()
{
	local mode=$1 kind before punted
	shift
	ok "$mode: attached" attach "$mode"
	for kind; do
		before=$(counter punted-xdp)
		flooded
		frames "${kind%:*}" "${kind#*:}" >"$tmp/$mode"
		ok "$mode, ${kind%:*}: as by the module" cmp "$tmp/module-${kind%:*}" "$tmp/$mode"
		punted=$(grep -c punt "$tmp/$mode")
		is "$mode, ${kind%:*}: punted by XDP" $((before + punted)) "$(counter punted-xdp)"
	done
	ok "$mode: detached" detach "$mode"
}

[ -e "$object" ] || skip_all "no saa_xdp.bpf.o"
[ -e /sys/kernel/btf/saa ] || skip_all "saa.ko has no BTF"
ok "loaded" bpftool prog load "$object" "$pin" type xdp
ok "the module stays while a program needs it" not rmmod saa 2>/dev/null
rm -f "$pin"

network
ok "configured" configure
[ $failed = 0 ] || exit 1
baseline
by_xdp xdpdrv $kinds
# Generic XDP sees tags that the stack took off already on a VLAN device only.
by_xdp xdpgeneric v4:100 v6:100 v4-error:100 v6-error:100
by_xdp saactl v4:100 v6:100 v4-tagged:101
done_testing
