#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A request of TFTP (RFC 1350), and two packets of data, which nobody acknowledges.

    tftp.py PREFIX SERVER CLIENT        addresses in the namespaces PREFIXnorth and PREFIXsouth; prints "came"
"""
import socket
import sys

from netns import enter



def bound(address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(60)
    sock.bind((address, port))
    return sock


prefix, server, client = sys.argv[1:]
enter(prefix + "north")
asked, sender = bound(server, 69), bound(server, 0)
enter(prefix + "south")
receiver = bound(client, 0)
receiver.sendto(b"\0\1file\0octet\0", (server, 69))
peer = asked.recvfrom(100)[1]
for block in b"\1\2":
    sender.sendto(b"\0\3\0" + bytes([block]) + b"data", peer)
    receiver.recv(100)
print("came")
