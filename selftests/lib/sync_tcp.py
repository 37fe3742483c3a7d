#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Two ends of TCP connections that send exactly the segments that a scene says, so that an SR fails between any two of
them: X in the namespace south, Y in north, with raw sockets.

    sync_tcp.py --prefix PREFIX --remote ADDRESS

Whatever has to be done to the SRs is asked for, by a line "do COMMAND" on standard output, and done when a line comes
back on standard input. Other lines are results: "ok NAME", "not ok NAME: why".
"""

import argparse
import ctypes
import os
import socket
import struct
import sys
import time

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SCALE = bytes([1, 3, 3, 7])
CLONE_NEWNET = 0x40000000
IPV6_HDRINCL = 36
X, YPORT = {4: "10.1.0.5", 6: "fd00:10::5"}, 80


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Side:
    """Raw sockets of a family in a namespace: what is sent there, and what comes there by TCP."""

    def __init__(self, netns, v6):
        self.family = socket.AF_INET6 if v6 else socket.AF_INET
        fd = os.open("/run/netns/" + netns, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)
        self.out = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.into = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        if v6:
            self.out.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            self.into.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)

    def send(self, src, dst, seq, ack, flags, data=b""):
        options = SCALE if flags & SYN else b""
        segment = struct.pack("!HHIIBBHHH", src[1], dst[1], seq & 0xffffffff, ack & 0xffffffff,
                              (5 + len(options) // 4) << 4, flags, 20000, 0, 0) + options + data
        ends = b"".join(socket.inet_pton(self.family, end[0]) for end in (src, dst))
        total = checksum(ends + struct.pack("!II", len(segment), 6) + segment)
        segment = segment[:16] + struct.pack("!H", total) + segment[18:]
        if self.family == socket.AF_INET:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0)
        else:
            head = struct.pack("!IHBB", 6 << 28, len(segment), 6, 64)
        self.out.sendto(head + ends + segment, (dst[0], 0))

    def receive(self, wanted, seconds):
        """The source of the first segment that is as wanted(src, dst, seq, ack, flags, data) says, or None."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.into.settimeout(left)
            try:
                packet, info, _, peer = self.into.recvmsg(65535, 256)
            except TimeoutError:
                return None
            if self.family == socket.AF_INET:   # with its head; an IPv6 packet comes without
                target, packet = packet[16:20], packet[(packet[0] & 15) * 4:]
            else:
                target = info[0][2][:16]
            sport, dport, seq, ack, offset, flags = struct.unpack("!HHIIBB", packet[:14])
            src, dst = (peer[0], sport), (socket.inet_ntop(self.family, target), dport)
            if wanted(src, dst, seq, ack, flags, packet[(offset >> 4) * 4:]):
                return src
        return None


class Connection:
    """What passes between X and Y. "seen" is what Y sees of X: it must stay the same."""

    def __init__(self, sides, remote, port):
        self.south, self.north = sides
        self.x, self.y, self.seen = (X[6 if ":" in remote else 4], port), (remote, YPORT), None

    def to_y(self, seq, ack, flags, data=b"", seconds=30):
        """Sends from X, again each second, until it has arrived."""
        def wanted(src, dst, *rest):
            return dst == self.y and rest == (seq, ack, flags, data) and self.seen in (None, src)
        for _ in range(seconds):
            self.south.send(self.x, self.y, seq, ack, flags, data)
            src = self.north.receive(wanted, 1)
            if src:
                self.seen = src
                return True
        return False

    def to_x(self, seq, ack, flags, data=b"", seconds=30):
        def wanted(src, dst, *rest):
            return (src, dst) == (self.y, self.x) and rest == (seq, ack, flags, data)
        for _ in range(seconds):
            self.north.send(self.y, self.seen, seq, ack, flags, data)
            if self.south.receive(wanted, 1):
                return True
        return False

    def established(self):
        """X's next byte is 1001, Y's 9001."""
        return self.to_y(1000, 0, SYN) and self.to_x(9000, 1001, SYN | ACK) and self.to_y(1001, 9001, ACK)


def do(command):
    print("do", command, flush=True)
    if not sys.stdin.readline():
        sys.exit(1)


def check(name, good):
    print("ok" if good else "not ok", name, flush=True)


def takeover():
    do("synced")
    do("sr_fails 1")


def retransmission(c):
    """What arrives first after the takeover is old, and its answer acknowledges more than was seen of X there."""
    check("connection", c.established() and c.to_y(1001, 9001, PSH | ACK, b"a" * 1000) and c.to_x(9001, 2001, ACK))
    check("4 segments", all(c.to_y(2001 + 1000 * i, 9001, PSH | ACK, b"b" * 1000) for i in range(4)))
    takeover()
    check("first after a takeover: a retransmission", c.to_y(2001, 9001, PSH | ACK, b"b" * 1000))
    check("an acknowledgment of all that was sent before passes", c.to_x(9001, 6001, ACK))
    check("so does data with it", c.to_x(9001, 6001, PSH | ACK, b"c" * 100))
    check("and what is new", c.to_y(6001, 9101, PSH | ACK, b"d" * 100))


def half_closed(c):
    check("half-closed connection", c.established() and c.to_y(1001, 9001, FIN | ACK) and c.to_x(9001, 1002, ACK))
    takeover()
    check("half-closed: data to the end that closed passes", c.to_x(9001, 1002, PSH | ACK, b"e" * 1000))
    check("and its acknowledgment", c.to_y(1002, 10001, ACK))
    check("the other FIN, too", c.to_x(10001, 1002, FIN | ACK) and c.to_y(1002, 10002, ACK))


def syn_in_flight(c):
    """Y has the SYN; the SR has died before the answer. X sends its SYN again, and Y answers that."""
    check("SYN", c.to_y(1000, 0, SYN))
    do("sr_fails 1")
    c.north.send(c.y, c.seen, 9000, 1001, SYN | ACK)    # into the void, or not
    c.seen = None   # it may be mapped anew: no end believes in it yet
    check("SYN in flight: it is sent again, and passes", c.to_y(1000, 0, SYN))
    check("answered, and established", c.to_x(9000, 1001, SYN | ACK) and c.to_y(1001, 9001, ACK))
    check("and carries data", c.to_y(1001, 9001, PSH | ACK, b"f" * 100) and c.to_x(9001, 1101, ACK))


def syn_ack_arrived(c):
    """X has the SYN-ACK, its ACK has never left the SR."""
    check("SYN-ACK", c.to_y(1000, 0, SYN) and c.to_x(9000, 1001, SYN | ACK))
    takeover()
    check("the ACK of a handshake goes by the partner", c.to_y(1001, 9001, ACK))
    check("SYN-ACK again", c.to_x(9000, 1001, SYN | ACK))
    check("and data goes both ways", c.to_y(1001, 9001, PSH | ACK, b"g" * 100) and
          c.to_x(9001, 1101, PSH | ACK, b"h" * 100))


def reset(c):
    """RFC 5961: the RST that is exactly the next byte is the one that counts, whoever forwards it."""
    check("connection", c.established())
    takeover()
    check("a RST right after the takeover passes", c.to_x(9001, 0, RST))


def time_wait(c):
    """Closed at the partner; then the owner is back, and X begins again from the same port."""
    check("connection", c.established())
    takeover()
    check("closed at the partner", c.to_y(1001, 9001, FIN | ACK) and c.to_x(9001, 1002, FIN | ACK) and
          c.to_y(1002, 9002, ACK))
    do("sr_returns 1")
    c.seen = None
    check("TIME_WAIT: a new SYN from the same port passes after failback", c.to_y(500000, 0, SYN))
    check("and is established", c.to_x(900000, 500001, SYN | ACK) and c.to_y(500001, 900001, ACK))
    takeover()
    check("the partner follows the new one", c.to_y(500001, 900001, PSH | ACK, b"i" * 100) and
          c.to_x(900001, 500101, ACK))


def old_entry(c):
    """The partner has the connection before the one that there is now: it did not hear of the change."""
    check("connection", c.established())
    do("synced")
    do("sync_link down")
    check("it ends", c.to_y(1001, 9001, FIN | ACK) and c.to_x(9001, 1002, FIN | ACK) and c.to_y(1002, 9002, ACK))
    c.seen = None
    check("another one begins from the same port", c.to_y(700000, 0, SYN) and
          c.to_x(300000, 700001, SYN | ACK) and c.to_y(700001, 300001, ACK))
    do("sync_link up")
    takeover()
    check("an old entry at the partner gives way", c.to_y(700001, 300001, PSH | ACK, b"k" * 100) and
          c.to_x(300001, 700101, ACK))


def collision(c):
    """The partner made a mapping in the same place: that of the owner counts."""
    check("SYN", c.to_y(1000, 0, SYN))
    do("collide %s %d %s %d" % (*c.seen, *c.y))
    check("the owner goes on with its mapping", c.to_x(9000, 1001, SYN | ACK) and c.to_y(1001, 9001, ACK))
    takeover()
    check("a mapping that the partner made in its place gives way", c.to_y(1001, 9001, PSH | ACK, b"l" * 100) and
          c.to_x(9001, 1101, PSH | ACK, b"m" * 100))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True, help="of the namespaces' names")
    parser.add_argument("--remote", required=True, help="Y, whose flows sr1 owns")
    args = parser.parse_args()
    sides = [Side(args.prefix + name, ":" in args.remote) for name in ("south", "north")]
    scenes = (retransmission, half_closed, syn_in_flight, syn_ack_arrived, reset, time_wait, old_entry, collision)
    for number, scene in enumerate(scenes):
        scene(Connection(sides, args.remote, 5000 + 10 * number))
        do("again")


main()
