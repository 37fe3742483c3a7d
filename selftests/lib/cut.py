#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
cut.py NETNS:INTERFACE...: takes these down in this order, one right after another: nothing is started in between.
"""

import fcntl
import socket
import struct
import sys

from netns import enter

SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1

links = []
for link in sys.argv[1:]:
    netns, name = link.split(":")
    enter(netns)
    links.append((socket.socket(socket.AF_INET, socket.SOCK_DGRAM), name.encode()))
for sock, name in links:
    flags, = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sH22x", name, 0)), 16)
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH22x", name, flags & ~IFF_UP))
