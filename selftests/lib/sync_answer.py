#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A flow of UDP whose first answer comes after several packets of the end that began it. A second answer follows a moment
later, a third one when the first has come.

    sync_answer.py --prefix PREFIX --remote ADDRESS --packets N

From 10.1.0.9 in the namespace PREFIXsouth to ADDRESS in PREFIXnorth. Prints "answered after MS ms", counted from when
the first answer was sent, and "order N..." of the answers as they came.
"""

import argparse
import socket
import time

from netns import enter

PORT = 5005
WAIT = 120


def bound(netns, address):
    enter(netns)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(WAIT)
    sock.bind(address)
    return sock


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--remote", required=True)
    parser.add_argument("--packets", type=int, required=True)
    args = parser.parse_args()
    north = bound(args.prefix + "north", (args.remote, PORT))
    south = bound(args.prefix + "south", ("10.1.0.9", 0))
    for _ in range(args.packets):
        south.sendto(b"question", (args.remote, PORT))
        _, peer = north.recvfrom(100)
    begin = time.monotonic()
    north.sendto(b"1", peer)
    time.sleep(0.1)     # so that there is something between the first and the second to come
    north.sendto(b"2", peer)
    came = [south.recv(100)]
    print("answered after %d ms" % ((time.monotonic() - begin) * 1000))
    north.sendto(b"3", peer)
    came += [south.recv(100) for _ in range(2)]
    print("order", *(data.decode() for data in came))


main()
