#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sends Ethernet frames made by hand. Each line of standard input is one:

    IFNAME DESTINATION-MAC SOURCE-MAC TAG SOURCE-ADDRESS DESTINATION-ADDRESS [ETHERTYPE]

TAG is "-", a VLAN id, or TPID:VLAN id in hexadecimal. The payload is a UDP datagram between the addresses, ports
40000 to 7; ETHERTYPE (hexadecimal) says that it is something else. No address or port needs to exist here.
"""

import ipaddress
import socket
import struct
import sys


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def packet(src, dst):
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    payload = b"made by hand"
    udp = struct.pack("!HHHH", 40000, 7, 8 + len(payload), 0)
    pseudo = src.packed + dst.packed + struct.pack("!II", 8 + len(payload), 17)
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + payload) or 0xffff) + payload
    if src.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + src.packed + dst.packed + udp
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + src.packed + dst.packed
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + udp


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
for line in sys.stdin:
    ifname, destination, source, tag, src, dst, *ethertype = line.split()
    frame = mac(destination) + mac(source)
    if tag != "-":
        tpid, vid = (int(part, 16) for part in tag.split(":")) if ":" in tag else (0x8100, int(tag))
        frame += struct.pack("!HH", tpid, vid)
    frame += struct.pack("!H", int(ethertype[0], 16) if ethertype else 0x86dd if ":" in src else 0x0800)
    sock.sendto(frame + packet(src, dst), (ifname, 0))
