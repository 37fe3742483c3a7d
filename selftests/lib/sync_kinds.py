#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
One flow of each kind that conntrack knows, with both of its ends: in the namespaces south (inside) and north (remote).

    sync_kinds.py --prefix PREFIX --state FILE [--seconds N] ADDRESS...

The remote ADDRESSes are of both families. Each flow begins; the file FILE.begun tells when all have. When FILE.go is
there, each goes on, at first in the direction in which only who knows the flow lets it pass. Prints a line for each:

    ok|lost FAMILY KIND
"""

import argparse
import os
import select
import socket
import struct
import sys
import time

from ip import checksum
from netns import enter

ICMP, UDP, GRE, ICMPV6, SCTP, UNKNOWN = 1, 17, 47, 58, 132, 253
PORT = 6000         # of who begins a flow
VIRTUAL = {4: ("198.51.100.80", "10.1.0.80"), 6: ("2001:db8:51::80", "fd00:10::80")}
INIT, INIT_ACK, DATA, COOKIE_ECHO, COOKIE_ACK = 1, 2, 0, 10, 11
VTAG = {True: 0x11111111, False: 0x22222222}    # of who began, and of the other: what is sent to him has it

# Kind, protocol (None: ICMP's of the family), port, began it who is remote, and is it answered before the takeover?
KINDS = (("sctp", SCTP, 7000, False, True), ("gre", GRE, 0, False, True), ("unknown", UNKNOWN, 0, False, True),
         ("icmp", None, 0, False, True), ("mark", UDP, 7001, False, True), ("label", UDP, 7002, False, True),
         ("zone", UDP, 7003, False, True), ("unanswered", UDP, 7005, False, False),
         ("dnat-udp", UDP, 7004, True, True), ("dnat-sctp", SCTP, 7004, True, True),
         ("dnat-unknown", UNKNOWN, 0, True, True))


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp(sport, dport, step, text):
    """The four steps of an association's beginning, then data. Who began sends the even ones."""
    forth = step % 2 == 0
    kind = {0: INIT, 1: INIT_ACK, 2: COOKIE_ECHO, 3: COOKIE_ACK}.get(step, DATA)
    body = struct.pack("!IIHHI", VTAG[forth], 65536, 1, 1, 1) + text if step < 2 else bytes(12) + text
    chunk = struct.pack("!BBH", kind, 3, 4 + len(body)) + body
    head = struct.pack("!HHI", sport, dport, 0 if kind == INIT else VTAG[not forth])
    return head + struct.pack("<I", crc32c(head + bytes(4) + chunk)) + chunk


class End:
    """A socket at an address of a namespace that this process is in."""

    def __init__(self, proto, address, port):
        self.proto, self.v6 = proto, ":" in address
        self.sock = socket.socket(socket.AF_INET6 if self.v6 else socket.AF_INET,
                                  socket.SOCK_DGRAM if proto == UDP else socket.SOCK_RAW, proto)
        self.sock.bind((address, port if proto == UDP else 0))
        self.sock.setblocking(False)
        self.port = port

    def send(self, to, step, text):
        """To an address, and a port or echo id."""
        data = text
        if self.proto == SCTP:
            data = sctp(self.port, to[1], step, text)
        elif self.proto == GRE:
            data = struct.pack("!HH", 0, 0x88b5) + text
        elif self.proto in (ICMP, ICMPV6):
            request = step % 2 == 0
            head = struct.pack("!BB", {ICMP: 0, ICMPV6: 129}[self.proto] if not request else
                               {ICMP: 8, ICMPV6: 128}[self.proto], 0)
            rest = struct.pack("!HH", self.port if request else to[1], step) + text
            # The kernel does that of ICMPv6.
            data = head + struct.pack("!H", checksum(head + bytes(2) + rest)) + rest
        try:
            self.sock.sendto(data, (to[0], to[1] if self.proto == UDP else 0))
        except OSError:
            pass        # an ICMP error that came for the one before

    def receive(self, text):
        """The address, and port or echo id, of who sent this; None if it is something else."""
        try:
            data, peer = self.sock.recvfrom(65535)
        except OSError:
            return None
        if not data.endswith(text):
            return None
        if self.proto == UDP:
            return peer[:2]
        if not self.v6:
            data = data[(data[0] & 15) * 4:]
        port = 0
        if self.proto == SCTP:
            port = struct.unpack("!H", data[:2])[0]
        elif self.proto in (ICMP, ICMPV6):
            port = struct.unpack("!H", data[4:6])[0]
        return peer[0], port


class Flow:
    """Who began it sends to the target, and sees answers of the target; the other one must always see the same."""

    def __init__(self, number, kind, remote):
        self.name, self.proto, self.port, self.inbound, self.answered = kind
        self.family = 6 if ":" in remote else 4
        self.proto = self.proto or (ICMPV6 if self.family == 6 else ICMP)
        if self.inbound:
            virtual, inside = VIRTUAL[self.family]
            self.addresses = {"north": (remote, PORT), "south": (inside, self.port)}
        else:
            virtual, inside = remote, ("10.1.0.%d" if self.family == 4 else "fd00:10::%d") % (20 + number)
            self.addresses = {"south": (inside, PORT), "north": (remote, self.port)}
        self.target = virtual, self.port
        self.seen = None
        self.ends = {}

    def make(self, namespace):
        self.ends[namespace] = End(self.proto, *self.addresses[namespace])

    def side(self, forth):
        """Who sends, in this direction, and who receives."""
        names = ("north", "south") if self.inbound == forth else ("south", "north")
        return self.ends[names[0]], self.ends[names[1]]

    def text(self, step):
        text = b"%s %d of IPv%d" % (self.name.encode(), step, self.family)
        return text + b"." * (-len(text) % 4)

    def send(self, step):
        forth = step % 2 == 0
        self.side(forth)[0].send(self.target if forth else self.seen, step, self.text(step))

    def came(self, step):
        forth = step % 2 == 0
        sender = self.side(forth)[1].receive(self.text(step))
        if not sender:
            return False
        if forth:
            self.seen = self.seen or sender
            return sender == self.seen
        # The echo id at the target is that of who began.
        return sender == (self.target[0], PORT if self.proto in (ICMP, ICMPV6) else self.target[1])


def exchange(flows, step, seconds):
    """Each flow's packet, again each second until it has come. Returns those of which it did not."""
    left, deadline = list(flows), time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        for flow in left:
            flow.send(step)
        again = time.monotonic() + 1
        while left and (wait := again - time.monotonic()) > 0:
            ready = {flow.side(step % 2 == 0)[1].sock: flow for flow in left}
            for sock in select.select(list(ready), [], [], wait)[0]:
                if ready[sock].came(step):
                    left.remove(ready[sock])
    return left


def begin(flows):
    for step in range(4):
        late = exchange([flow for flow in flows if flow.answered or step % 2 == 0], step, 60)
        if late:
            sys.exit("step %d did not come of %s" % (step, ", ".join("IPv%d %s" % (flow.family, flow.name)
                                                                   for flow in late)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("remote", nargs="+")
    args = parser.parse_args()
    flows = [Flow(number, kind, remote) for remote in args.remote for number, kind in enumerate(KINDS)]
    for namespace in ("south", "north"):
        enter(args.prefix + namespace)
        for flow in flows:
            flow.make(namespace)
    begin(flows)
    with open(args.state + ".begun", "w"):
        pass
    while not os.path.exists(args.state + ".go"):
        time.sleep(0.05)
    lost = exchange(flows, 5, args.seconds)
    kept = [flow for flow in flows if flow not in lost]
    lost += exchange(kept, 6, args.seconds)
    for flow in flows:
        print("lost" if flow in lost else "ok", "IPv%d" % flow.family, flow.name)


main()
