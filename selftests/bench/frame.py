#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints an Ethernet frame in hexadecimal, for xdp_bench.

usage: frame.py udp|error|arp DMAC SRC DST [VID]

udp: from SRC to DST, IPv4 or IPv6. error: an ICMP error from a router between them, about a packet from SRC to DST, so
it goes to SRC. arp: what is not IP. VID: with an 802.1Q tag.
"""
import ipaddress
import socket
import struct
import sys

ROUTER = {4: "192.0.2.1", 6: "2001:db8:ffff::1"}


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(src, dst, proto, payload):
    if src.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(payload), proto, 64) + src.packed + dst.packed + payload
    head = bytearray(struct.pack(">BBHIBBH", 0x45, 0, 20 + len(payload), 0, 64, proto, 0) + src.packed + dst.packed)
    head[10:12] = struct.pack(">H", checksum(head))
    return bytes(head) + payload


def packet(kind, src, dst):
    # Ports and length of skb_burst's flow; no checksum, which nobody on the way looks at.
    udp = ip(src, dst, socket.IPPROTO_UDP, struct.pack(">HHHH", 5000, 53, 8, 0))
    if kind == "udp":
        return udp
    router = ipaddress.ip_address(ROUTER[src.version])
    if src.version == 4:
        icmp = bytearray(struct.pack(">BBHI", 11, 0, 0, 0) + udp)
        icmp[2:4] = struct.pack(">H", checksum(icmp))
        return ip(router, src, socket.IPPROTO_ICMP, bytes(icmp))
    return ip(router, src, socket.IPPROTO_ICMPV6, struct.pack(">BBHI", 3, 0, 0, 0) + udp)


def main():
    if len(sys.argv) not in (5, 6) or sys.argv[1] not in ("udp", "error", "arp"):
        sys.exit(__doc__)
    kind, dmac, src, dst = sys.argv[1:5]
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    frame = bytes.fromhex(dmac.replace(":", "")) + bytes.fromhex("020000000009")
    if len(sys.argv) == 6:
        frame += struct.pack(">HH", 0x8100, int(sys.argv[5]))
    if kind == "arp":
        frame += struct.pack(">H", 0x0806) + bytes(28)
    else:
        frame += struct.pack(">H", 0x0800 if src.version == 4 else 0x86dd) + packet(kind, src, dst)
    print(frame.ljust(64, b"\0").hex())


main()
