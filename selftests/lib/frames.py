#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sends Ethernet frames made by hand. Each line of standard input is one:

    IFNAME DESTINATION-MAC SOURCE-MAC TAG SOURCE-ADDRESS DESTINATION-ADDRESS [ETHERTYPE]

TAG is "-", a VLAN id, or TPID:VLAN id in hexadecimal. The payload is a UDP datagram between the addresses, ports
40000 to 7; ETHERTYPE (hexadecimal) says that it is something else. No address or port needs to exist here.
"""

import socket
import struct
import sys

import ip


def packet(src, dst):
    src, dst = ip.address(src), ip.address(dst)
    return ip.packet(src, dst, ip.UDP, ip.udp(src, dst, 40000, 7, b"made by hand"))


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
