#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What Geneve tunnels make of TTL, DSCP and ECN, in all combinations that RFC 6040 has, with test_geneve.sh, which makes
the network (lib/topology.sh, lib/geneve.sh). Packets of both families are made by hand; PREFIX is that of the
namespaces' names.

usage: ecn.py encapsulate PREFIX REMOTE4 REMOTE6
    SR 1 punts packets from inside to remote hosts of SR 2. Prints for each what was between the SRs and came out:

    4|6 ECN tunnel DSCP ECN out TTL DSCP ECN

usage: ecn.py decapsulate PREFIX REMOTE4 REMOTE6 FROM TO OPTION
    Packets of remote hosts of SR 1 come to it in tunnels FROM SR 2 TO it, with SR 2's OPTION in hexadecimal, and
    marked on their way or not. Prints for each what came out, and what the geneve device counted as errors of frames:

    4|6 ECN tunnel ECN out TTL DSCP ECN
    errors N
"""

import ctypes
import fcntl
import select
import socket
import struct
import sys
import time

import ip

ECN = ["not-ect", "ect1", "ect0", "ce"]
DSCP = 10
INSIDE = {4: "10.1.0.9", 6: "fd00:10::9"}
VIRTUAL = {4: "198.51.100.80", 6: "2001:db8:51::80"}
ETHERTYPE = {4: b"\x08\0", 6: b"\x86\xdd"}
MARK = b"made by hand "
SECONDS = 120

libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    with open("/run/netns/" + prefix + name) as handle:
        if libc.setns(handle.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns " + name)


def mac_of(name, device):
    enter(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, 0x8927, struct.pack("16s16x", device.encode()))[18:24]     # SIOCGIFHWADDR


def listen(name, device):
    """IP packets that a namespace receives by a device."""
    enter(name)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    sock.setsockopt(263, 23, 1)     # PACKET_IGNORE_OUTGOING
    sock.bind((device, 3))
    return sock


def with_dsfield(packet, dsfield):
    if packet[0] >> 4 == 6:
        return struct.pack("!I", 6 << 28 | dsfield << 20) + packet[4:]
    packet = packet[:1] + bytes([dsfield]) + packet[2:10] + b"\0\0" + packet[12:]
    return packet[:10] + struct.pack("!H", ip.checksum(packet[:20])) + packet[12:]


def datagram(src, dst, ecn, dport, data):
    src, dst = ip.address(src), ip.address(dst)
    return with_dsfield(ip.packet(src, dst, ip.UDP, ip.udp(src, dst, 20000, dport, data)), DSCP << 2 | ecn)


def name_of(packet):
    """Of one that was made here; what answers it has the same."""
    at = packet.find(MARK)
    return packet[at + len(MARK):at + len(MARK) + 3] if at >= 0 else None


def dsfield(packet):
    byte = packet[1] if packet[0] >> 4 == 4 else struct.unpack("!H", packet[:2])[0] >> 4 & 0xff
    return "%d %s" % (byte >> 2, ECN[byte & 3])


def ttl_and_dsfield(packet):
    return "%d %s" % (packet[8] if packet[0] >> 4 == 4 else packet[7], dsfield(packet))


def receive(ears, done):
    """For each ear the packets that came, by name, when done() or in vain."""
    came = {ear: {} for ear in ears}
    deadline = time.monotonic() + SECONDS
    while not done(came) and time.monotonic() < deadline:
        for ear in select.select(ears, [], [], 0.2)[0]:
            packet = ear.recv(65535)
            if (name := name_of(packet)) is not None:
                came[ear].setdefault(name, packet)
    return came


def encapsulate(*remotes):
    between, out = listen("underlay", "sr1"), listen("north", "sr2")
    macs = mac_of("sr1", "bp0") + mac_of("south", "sr1")    # and here it goes on
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    names = [bytes([v, ecn, 0]) for v in (4, 6) for ecn in range(4)]
    for name in names:
        v, ecn, _ = name
        packet = datagram(INSIDE[v], remotes[v // 2 - 2], ecn, 7, MARK + name)
        wire.sendto(macs + ETHERTYPE[v] + packet, ("sr1", 0))
    came = receive([between, out], lambda came: all(len(packets) == len(names) for packets in came.values()))
    for name in names:
        tunnel, packet = came[between].get(name), came[out].get(name)
        print(name[0], ECN[name[1]], "tunnel", dsfield(tunnel) if tunnel else "-",
              "out", ttl_and_dsfield(packet) if packet else "-")


def frame_errors():
    """Received by the geneve device of this thread's namespace."""
    with open("/proc/thread-self/net/dev") as file:
        for line in file:
            device, _, numbers = line.partition(":")
            if device.strip() == "saa0":
                return int(numbers.split()[5])
    raise OSError("no saa0")


def decapsulate(remote4, remote6, source, target, option):
    out = listen("south", "sr1")
    enter("underlay")
    v6 = ":" in source
    raw = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    enter("sr1")
    before = frame_errors()
    option = bytes.fromhex(option)
    header = struct.pack("!BBHI", len(option) // 4, 0x40, 0x6558, 1001 << 8) + option
    names = [bytes([v, ecn, outer]) for v in (4, 6) for ecn in range(4) for outer in range(4)]
    for name in names:
        v, ecn, outer = name
        frame = bytes.fromhex("02a000070001" "02a000070002") + ETHERTYPE[v]
        frame += datagram(remote4 if v == 4 else remote6, VIRTUAL[v], ecn, 7, MARK + name)
        raw.sendto(datagram(source, target, outer, 6081, header + frame), (target, 0))
    came = receive([out], lambda came: len(came[out]) + frame_errors() - before == len(names))[out]
    for name in names:
        print(name[0], ECN[name[1]], "tunnel", ECN[name[2]],
              "out", ttl_and_dsfield(came[name]) if name in came else "-")
    print("errors", frame_errors() - before)


prefix = sys.argv[2]
{"encapsulate": encapsulate, "decapsulate": decapsulate}[sys.argv[1]](*sys.argv[3:])
