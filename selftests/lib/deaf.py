#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A listener to conntrack's events that insists on getting all of them, and takes none: so conntrack goes on telling of
flows that have ended, again and again. Prints a line when it is there, and ends with its standard input.
"""

import socket
import sys

NETLINK_NETFILTER = 12
SOL_NETLINK, ADD_MEMBERSHIP, BROADCAST_ERROR = 270, 1, 4
CONNTRACK_DESTROY = 3

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as sock:
    sock.bind((0, 0))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)     # the least there is
    sock.setsockopt(SOL_NETLINK, BROADCAST_ERROR, 1)
    sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, CONNTRACK_DESTROY)
    print("here", flush=True)
    sys.stdin.read()
