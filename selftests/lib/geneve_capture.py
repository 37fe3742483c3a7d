#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes a capture file with Geneve packets between SRs as punt-format.rst has them: SR 1 of gateway 7 to SR 3, group 1;
over IPv4, over IPv6 at the second chance, and one with a foreign option.

usage: geneve_capture.py FILE
"""

import struct
import sys

import ip


def option(second):
    return bytes.fromhex("ffa08102" "01%02x" "0007" "0001" "0001" % second)


def frame(src, dst, options, second):
    inner = bytes.fromhex("02a000070003" "02a%x00070001" "0800" % (2 * second))
    a, b = ip.address("203.0.113.9"), ip.address("198.51.100.2")
    inner += ip.packet(a, b, ip.UDP, ip.udp(a, b, 7, 40000, b"made by hand"))
    data = struct.pack("!BBHI", len(options) // 4, 0x40, 0x6558, 1001 << 8) + options + inner
    src, dst = ip.address(src), ip.address(dst)
    ether = bytes.fromhex("020000000002" "020000000001") + struct.pack("!H", 0x86dd if src.version == 6 else 0x0800)
    return ether + ip.packet(src, dst, ip.UDP, ip.udp(src, dst, 50000, 6081, data))


with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for packet in (frame("192.0.2.1", "192.0.2.3", option(0), 0),
                   frame("2001:db8::1", "2001:db8::3", option(1), 1),
                   frame("192.0.2.1", "192.0.2.3", bytes.fromhex("01027f0100000000"), 0)):
        file.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)
