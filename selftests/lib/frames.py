#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sends Ethernet frames made by hand. Each line of standard input is one:

    IFNAME DESTINATION-MAC SOURCE-MAC TAG SOURCE-ADDRESS DESTINATION-ADDRESS [ETHERTYPE]

TAG is "-", a VLAN id, or TPID:VLAN id in hexadecimal. The payload is a UDP datagram between the addresses, ports
40000 to 7; ETHERTYPE (hexadecimal) says that it is something else. No address or port needs to exist here.

With IFNAME geneve:SOURCE,DESTINATION,VNI,OPTIONS the frame goes over Geneve between these addresses, with OPTIONS in
hexadecimal, "-" for none.
"""

import socket
import struct
import sys

import ip


def packet(src, dst, port=7, data=b"made by hand"):
    src, dst = ip.address(src), ip.address(dst)
    return ip.packet(src, dst, ip.UDP, ip.udp(src, dst, 40000, port, data))


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def send_geneve(tunnel, frame):
    src, dst, vni, options = tunnel.split(",")
    options = bytes.fromhex(options.replace("-", ""))
    critical = 0x40 if options and options[2] & 0x80 else 0
    header = struct.pack("!BBHI", len(options) // 4, critical, 0x6558, int(vni) << 8)
    family = socket.AF_INET6 if ":" in src else socket.AF_INET
    # The header of IP is made here, too.
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet(src, dst, 6081, header + options + frame), (dst, 0))


sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
for line in sys.stdin:
    ifname, destination, source, tag, src, dst, *ethertype = line.split()
    frame = mac(destination) + mac(source)
    if tag != "-":
        tpid, vid = (int(part, 16) for part in tag.split(":")) if ":" in tag else (0x8100, int(tag))
        frame += struct.pack("!HH", tpid, vid)
    frame += struct.pack("!H", int(ethertype[0], 16) if ethertype else 0x86dd if ":" in src else 0x0800)
    frame += packet(src, dst)
    if ifname.startswith("geneve:"):
        send_geneve(ifname.removeprefix("geneve:"), frame)
    else:
        sock.sendto(frame, (ifname, 0))
