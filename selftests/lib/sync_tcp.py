#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Two ends of TCP connections that send exactly the segments that a scene says, so that an SR fails between any two of
them: X in the namespace south, Y in north, with raw sockets.

    sync_tcp.py --prefix PREFIX --remote ADDRESS...

Each scene is played with each remote address; one after the other, up to the next failure or failback, which is the
same for all.

Whatever has to be done to the SRs is asked for, by a line "do COMMAND" on standard output, and done when a line comes
back on standard input. Other lines are results: "ok NAME", "not ok NAME: why".
"""

import argparse
import socket
import struct
import sys
import time

from ip import checksum
from netns import enter

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SCALE = bytes([1, 3, 3, 7])
IPV6_HDRINCL = 36
X, YPORT = {4: "10.1.0.5", 6: "fd00:10::5"}, 80


class Side:
    """Raw sockets of a family in a namespace: what is sent there, and what comes there by TCP."""

    def __init__(self, netns, v6):
        self.family = socket.AF_INET6 if v6 else socket.AF_INET
        enter(netns)
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

    def close(self):
        """After that, with nothing more."""
        return (self.to_y(1001, 9001, FIN | ACK) and self.to_x(9001, 1002, FIN | ACK) and self.to_y(1002, 9002, ACK))


def do(command):
    print("do", command, flush=True)
    if not sys.stdin.readline():
        sys.exit(1)


def retransmission(c):
    """What arrives first after the takeover is old, and its answer acknowledges more than was seen of X there."""
    yield "connection", c.established() and c.to_y(1001, 9001, PSH | ACK, b"a" * 1000) and c.to_x(9001, 2001, ACK)
    yield "4 segments", all(c.to_y(2001 + 1000 * i, 9001, PSH | ACK, b"b" * 1000) for i in range(4))
    yield "sr_fails 1"
    yield "first after a takeover: a retransmission", c.to_y(2001, 9001, PSH | ACK, b"b" * 1000)
    yield "an acknowledgment of all that was sent before passes", c.to_x(9001, 6001, ACK)
    yield "so does data with it", c.to_x(9001, 6001, PSH | ACK, b"c" * 100)
    yield "and what is new", c.to_y(6001, 9101, PSH | ACK, b"d" * 100)
    yield "4 segments by the partner", all(c.to_y(6101 + 1000 * i, 9101, PSH | ACK, b"n" * 1000) for i in range(4))
    yield "sr_returns 1"
    yield "first after failback: a retransmission", c.to_y(6101, 9101, PSH | ACK, b"n" * 1000)
    yield "an acknowledgment of all passes, with data", c.to_x(9101, 10101, PSH | ACK, b"o" * 100)


def half_closed(c):
    yield "half-closed connection", c.established() and c.to_y(1001, 9001, FIN | ACK) and c.to_x(9001, 1002, ACK)
    yield "sr_fails 1"
    yield "half-closed: data to the end that closed passes", c.to_x(9001, 1002, PSH | ACK, b"e" * 1000)
    yield "and its acknowledgment", c.to_y(1002, 10001, ACK)
    yield "sr_returns 1"
    yield "and so after failback", c.to_x(10001, 1002, PSH | ACK, b"e" * 100) and c.to_y(1002, 10101, ACK)
    yield "sr_fails 1"
    yield "the other FIN, too", c.to_x(10101, 1002, FIN | ACK) and c.to_y(1002, 10102, ACK)


def closed_by_y(c):
    yield "connection that Y half closes", c.established() and c.to_x(9001, 1001, FIN | ACK)
    yield "sr_fails 1"
    yield "its FIN is acknowledged after the takeover", c.to_y(1001, 9002, ACK)
    yield "data to Y passes", c.to_y(1001, 9002, PSH | ACK, b"p" * 500) and c.to_x(9002, 1501, ACK)
    yield "and the other FIN", c.to_y(1501, 9002, FIN | ACK) and c.to_x(9002, 1502, ACK)


def closed_at_once(c):
    """Both FINs have crossed; both ends wait for the acknowledgment."""
    yield "connection that both close", (c.established() and c.to_y(1001, 9001, FIN | ACK) and
                                         c.to_x(9001, 1001, FIN | ACK))
    yield "sr_fails 1"
    yield "both are acknowledged after the takeover", c.to_y(1002, 9002, ACK) and c.to_x(9002, 1002, ACK)


def last_ack(c):
    """The last acknowledgment has died with the SR: Y says FIN again."""
    yield "connection but for its last segment", (c.established() and c.to_y(1001, 9001, FIN | ACK) and
                                                  c.to_x(9001, 1002, FIN | ACK))
    yield "sr_fails 1"
    yield "FIN again after the takeover", c.to_x(9001, 1002, FIN | ACK) and c.to_y(1002, 9002, ACK)


def syn_in_flight(c):
    """Y has the SYN; the SR has died before the answer. X sends its SYN again, and Y answers that."""
    yield "SYN", c.to_y(1000, 0, SYN)
    yield "sr_fails 1"
    c.north.send(c.y, c.seen, 9000, 1001, SYN | ACK)    # into the void, or not
    c.seen = None   # it may be mapped anew: no end believes in it yet
    yield "SYN in flight: it is sent again, and passes", c.to_y(1000, 0, SYN)
    yield "answered, and established", c.to_x(9000, 1001, SYN | ACK) and c.to_y(1001, 9001, ACK)
    yield "and carries data", c.to_y(1001, 9001, PSH | ACK, b"f" * 100) and c.to_x(9001, 1101, ACK)


def syn_ack_arrived(c):
    """X has the SYN-ACK, its ACK has never left the SR."""
    yield "SYN-ACK", c.to_y(1000, 0, SYN) and c.to_x(9000, 1001, SYN | ACK)
    yield "sr_fails 1"
    yield "the ACK of a handshake goes by the partner", c.to_y(1001, 9001, ACK)
    yield "SYN-ACK again", c.to_x(9000, 1001, SYN | ACK)
    yield "and data goes both ways", (c.to_y(1001, 9001, PSH | ACK, b"g" * 100) and
                                      c.to_x(9001, 1101, PSH | ACK, b"h" * 100))


def reset(c):
    """RFC 5961: the RST that is exactly the next byte is the one that counts, whoever forwards it."""
    yield "connection", c.established()
    yield "sr_fails 1"
    yield "a RST right after the takeover passes", c.to_x(9001, 0, RST)


def blind_reset(c):
    """RFC 5961: one that is not exact changes nothing. Y asks, as it would; the connection goes on."""
    yield "connection", c.established()
    yield "sr_fails 1"
    c.south.send(c.x, c.y, 1500, 0, RST)
    yield "after a RST that is not exact: a challenge ACK", c.to_x(9001, 1001, ACK)
    yield "and data both ways", (c.to_y(1001, 9001, PSH | ACK, b"q" * 100) and
                                 c.to_x(9001, 1101, PSH | ACK, b"r" * 100))


def forgotten(c):
    """X has begun anew and knows nothing of the connection: RFC 9293, 3.5.1."""
    yield "connection", c.established()
    yield "sr_fails 1"
    yield "SYN in a connection that X has forgotten", c.to_y(600000, 0, SYN)
    yield "Y's answer is to the one before", c.to_x(9001, 1001, ACK)
    yield "X resets it", c.to_y(1001, 0, RST)
    c.seen = None
    yield "SYN again: X connects", (c.to_y(600000, 0, SYN) and c.to_x(200000, 600001, SYN | ACK) and
                                    c.to_y(600001, 200001, ACK))
    yield "sr_returns 1"
    yield "which goes on after failback", (c.to_y(600001, 200001, PSH | ACK, b"s" * 100) and
                                           c.to_x(200001, 600101, ACK))


def time_wait(c):
    """Closed at the partner; then the owner is back, and X begins again from the same port."""
    yield "connection", c.established()
    yield "sr_fails 1"
    yield "closed at the partner", c.close()
    yield "sr_returns 1"
    c.seen = None
    yield "TIME_WAIT: a new SYN from the same port passes after failback", c.to_y(500000, 0, SYN)
    yield "and is established", c.to_x(900000, 500001, SYN | ACK) and c.to_y(500001, 900001, ACK)
    yield "sr_fails 1"
    yield "the partner follows the new one", (c.to_y(500001, 900001, PSH | ACK, b"i" * 100) and
                                              c.to_x(900001, 500101, ACK))


def time_wait_held(c):
    """Closed at the owner; X begins again from the same port at the partner."""
    yield "connection", c.established() and c.close()
    yield "sr_fails 1"
    c.seen = None
    yield "TIME_WAIT: a new SYN from the same port passes after the takeover", c.to_y(500000, 0, SYN)
    yield "and is established", c.to_x(900000, 500001, SYN | ACK) and c.to_y(500001, 900001, ACK)


def old_entry(c):
    """The partner has the connection before the one that there is now: it did not hear of the change."""
    yield "connection", c.established()
    yield "sync_link down"
    yield "it ends", c.close()
    c.seen = None
    yield "another one begins from the same port", (c.to_y(700000, 0, SYN) and
                                                    c.to_x(300000, 700001, SYN | ACK) and c.to_y(700001, 300001, ACK))
    yield "sync_link up"
    yield "sr_fails 1"
    yield "an old entry at the partner gives way", (c.to_y(700001, 300001, PSH | ACK, b"k" * 100) and
                                                    c.to_x(300001, 700101, ACK))


def older_entry(c):
    """The partner has a connection that is no more: the SR died before it could tell. X begins another one."""
    yield "sync_link up"
    yield "connection", c.established()
    yield "sync_link down"
    yield "it ends, and the partner does not know", c.close()
    yield "sr_fails 1"
    yield "SYN into an old entry at the partner", c.to_y(700000, 0, SYN)
    yield "and is established", c.to_x(300000, 700001, SYN | ACK) and c.to_y(700001, 300001, ACK)
    yield "and carries data", (c.to_y(700001, 300001, PSH | ACK, b"t" * 100) and
                               c.to_x(300001, 700101, PSH | ACK, b"u" * 100))


def collision(c):
    """The partner made a mapping in the same place: that of the owner counts."""
    yield "SYN", c.to_y(1000, 0, SYN)
    do("collide %s %d %s %d" % (*c.seen, *c.y))
    yield "the owner goes on with its mapping", c.to_x(9000, 1001, SYN | ACK) and c.to_y(1001, 9001, ACK)
    yield "sr_fails 1"
    yield "a mapping that the partner made in its place gives way", (c.to_y(1001, 9001, PSH | ACK, b"l" * 100) and
                                                                     c.to_x(9001, 1101, PSH | ACK, b"m" * 100))


SCENES = (retransmission, half_closed, closed_by_y, closed_at_once, last_ack, syn_in_flight, syn_ack_arrived, reset,
          blind_reset, forgotten, time_wait, time_wait_held, old_entry, older_entry, collision)
EVENTS = ("synced", "sync_link down", "sync_link up", "synced", "sync_link down", "sr_fails 1", "sr_returns 1", "synced",
          "sr_fails 1")


class Play:
    """A scene with a remote address, up to the next event."""

    def __init__(self, scene, connection):
        self.steps, self.family = scene(connection), 6 if ":" in connection.y[0] else 4
        self.waits_for = None

    def go_on(self):
        for step in self.steps:
            if isinstance(step, str):
                self.waits_for = step
                return
            print("ok" if step[1] else "not ok", "IPv%d: %s" % (self.family, step[0]), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True, help="of the namespaces' names")
    parser.add_argument("--remote", required=True, nargs="+", help="Y, whose flows sr1 owns")
    args = parser.parse_args()
    plays = []
    for remote in args.remote:
        sides = [Side(args.prefix + name, ":" in remote) for name in ("south", "north")]
        plays += [Play(scene, Connection(sides, remote, 5000 + number)) for number, scene in enumerate(SCENES)]
    for play in plays:
        play.go_on()
    for event in EVENTS:
        do(event)
        for play in plays:
            if play.waits_for == event:
                play.waits_for = None
                play.go_on()
    missing = [play for play in plays if play.waits_for]
    print("not ok" if missing else "ok", "all %d scenes ended" % len(plays), flush=True)


main()
