#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Flows that state sync does not send: DCCP, and the GRE of a tunnel that PPTP has announced. From the namespace
PREFIXsouth, 10.1.0.9 and fd00:10::9, to PREFIXnorth; two packets, after which other flows are sent.

    sync_not_sent.py --prefix PREFIX dccp ADDRESS | pptp ADDRESS

Prints "came". The connection of PPTP stays until a line comes on standard input.
"""

import argparse
import socket
import struct
import sys

from ip import address, checksum, pseudo
from netns import enter

DCCP, GRE, PPTP_PORT = 33, 47, 1723
START_REQUEST, START_REPLY, CALL_REQUEST, CALL_REPLY = 1, 2, 7, 8
CALL, PEERS_CALL = 0x1111, 0x2222   # of the end that calls, and of the other one


def raw(protocol, local):
    sock = socket.socket(socket.AF_INET6 if ":" in local else socket.AF_INET, socket.SOCK_RAW, protocol)
    sock.bind((local, 0))
    sock.settimeout(1)
    return sock


def two_come(here, there, remote, packet):
    """The same twice; each again, until there is another one. There may be what others have sent, too."""
    left = 2
    for _ in range(60):
        here.sendto(packet, (remote, 0))
        try:
            while not there.recv(65536).endswith(packet[-4:]):
                pass
        except TimeoutError:
            continue
        left -= 1
        if not left:
            print("came", flush=True)
            return
    sys.exit("it did not come")


def dccp(prefix, inside, remote):
    """A Request of DCCP: RFC 4340, section 5.1."""
    enter(prefix + "north")
    there = raw(DCCP, remote)
    enter(prefix + "south")
    here = raw(DCCP, inside)
    head = struct.pack("!HHBBHBBHII", 5000, 5001, 5, 0, 0, 1, 0, 0, 7, 0xfeedbeef)
    total = checksum(pseudo(address(inside), address(remote), DCCP, len(head)) + head)
    two_come(here, there, remote, head[:6] + struct.pack("!H", total) + head[8:])


def pptp_message(kind, body):
    return struct.pack("!HHIHH", 12 + len(body), 1, 0x1a2b3c4d, kind, 0) + body


def read(sock, length):
    data = b""
    while len(data) < length:
        data += sock.recv(length - len(data)) or sys.exit("the connection ended")
    return data


def pptp(prefix, inside, remote):
    """A call as RFC 2637 has it, up to the first packet in the tunnel."""
    enter(prefix + "north")
    there = raw(GRE, remote)
    server = socket.create_server((remote, PPTP_PORT))
    enter(prefix + "south")
    here = raw(GRE, inside)
    client = socket.create_connection((remote, PPTP_PORT), 60, (inside, 0))
    other, _ = server.accept()
    started = struct.pack("!HBBIIHH128x", 0x100, 1, 0, 3, 3, 0, 0)
    called = struct.pack("!HHIIIIHHHH128x", CALL, 1, 300, 100000000, 3, 3, 64, 0, 0, 0)
    taken = struct.pack("!HHBBHIHHI", PEERS_CALL, CALL, 1, 0, 0, 100000, 64, 0, 0)
    for sender, receiver, kind, body in ((client, other, START_REQUEST, started), (other, client, START_REPLY, started),
                                         (client, other, CALL_REQUEST, called), (other, client, CALL_REPLY, taken)):
        sender.sendall(pptp_message(kind, body))
        answer = read(receiver, 12 + len(body))
    peers_call = struct.unpack("!H", answer[12:14])[0]
    two_come(here, there, remote, struct.pack("!HHHHI4s", 0x3001, 0x880b, 4, peers_call, 1, b"\xff\x03\xc0\x21"))
    sys.stdin.readline()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("kind", choices=("dccp", "pptp"))
    parser.add_argument("remote")
    args = parser.parse_args()
    {"dccp": dccp, "pptp": pptp}[args.kind](args.prefix, "fd00:10::9" if ":" in args.remote else "10.1.0.9", args.remote)


main()
