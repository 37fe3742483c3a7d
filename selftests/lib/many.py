#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Thousands of long TCP connections that move data both ways, each end of all of them one process: with a thread for each,
as endpoint.py has, the ends would be all that is busy.

many.py serve READY
    An echo server on port 9, any local address; says first which peer it sees. Creates the file READY when it listens.

many.py flows --source PREFIX... --target PREFIX... --until FILE --ready FILE [OPTION...]
    Opens connections from random addresses of the source prefixes to random ones of the target prefixes, in turn
    through the families and the targets. Each sends random data and must get the same back, round after round, --rate
    of them a second over all, until the file exists. --ready is created when each has done a round; FILE.round is
    removed when each has done a round that began after it was made. Prints a line for each flow, then a comment, as
    endpoint.py does:

        ok|fail tcp SRC SPORT DST DPORT SEEN-ADDRESS SEEN-PORT [why it failed]
        # carried 1999 of 2000 flows, seed 4711
"""

import argparse
import errno
import ipaddress
import itertools
import os
import random
import selectors
import socket
import sys
import time

PORT = 9


class Stream:
    """One end of a connection, non-blocking; what cannot be sent yet waits in "out"."""

    def __init__(self, selector, sock):
        self.selector, self.sock, self.out = selector, sock, b""
        sock.setblocking(False)
        self.mask = selectors.EVENT_READ
        selector.register(sock, self.mask, self)

    def wants(self, mask):
        if mask != self.mask:
            self.mask = mask
            self.selector.modify(self.sock, mask, self)

    def send(self, data):
        self.out += data
        try:
            self.out = self.out[self.sock.send(self.out):]
        except BlockingIOError:
            pass
        self.wants(selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0))

    def close(self):
        self.selector.unregister(self.sock)
        self.sock.close()


class Echo(Stream):
    def __init__(self, selector, sock, peer):
        super().__init__(selector, sock)
        self.send(b"%s %d\n" % (peer[0].encode(), peer[1]))

    def event(self, _mask):
        try:
            data = self.sock.recv(1 << 16)
            if data or self.out:
                self.send(data)
                return
        except BlockingIOError:
            self.send(b"")
            return
        except OSError:
            pass
        self.close()


class Listener:
    def __init__(self, selector, family):
        self.selector = selector
        self.sock = socket.create_server(("", PORT), family=family, backlog=4096)
        self.sock.setblocking(False)
        selector.register(self.sock, selectors.EVENT_READ, self)

    def event(self, _mask):
        try:
            Echo(self.selector, *self.sock.accept())
        except OSError:
            pass


def serve(args):
    selector = selectors.DefaultSelector()
    for family in socket.AF_INET, socket.AF_INET6:
        Listener(selector, family)
    with open(args.ready, "w"):
        pass
    while True:
        for key, mask in selector.select():
            key.data.event(mask)


class Flow(Stream):
    """Idle when "expected" is empty: the first line, then what was sent."""

    def __init__(self, selector, rng, ends):
        self.random, self.seen, self.why, self.done = rng, "- -", None, 0
        self.src, self.sport, self.dst = ends
        self.expected, self.got, self.began = None, b"", time.monotonic()
        sock = socket.socket(socket.AF_INET6 if ":" in self.src else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.src, self.sport))
        super().__init__(selector, sock)
        error = sock.connect_ex((self.dst, PORT))
        if error != errno.EINPROGRESS:
            self.fail(os.strerror(error))

    def idle(self):
        return self.expected == b""

    def round(self, size):
        self.expected, self.began = self.random.randbytes(size), time.monotonic()
        self.guarded(self.send, self.expected)

    def event(self, mask):
        if mask & selectors.EVENT_WRITE:
            self.guarded(self.send, b"")
        if mask & selectors.EVENT_READ and not self.why:
            self.guarded(self.receive)

    def receive(self):
        data = self.sock.recv(1 << 16)
        self.got += data
        if not data:
            raise ValueError("the connection ended")
        if self.expected is None:
            line, end, self.got = self.got.partition(b"\n")
            if not end:
                self.got = line
                return
            self.seen, self.expected = line.decode(), b""
        elif not self.expected.startswith(self.got):
            raise ValueError("data came back changed")
        elif len(self.got) == len(self.expected):
            self.expected, self.got = b"", b""
            self.done += 1

    def guarded(self, function, *args):
        try:
            function(*args)
        except (OSError, ValueError) as error:
            self.fail(str(error) or type(error).__name__)

    def fail(self, why):
        self.why = why
        self.close()

    def __str__(self):
        words = ["fail" if self.why else "ok", "tcp", self.src, self.sport, self.dst, PORT, self.seen, self.why or ""]
        return " ".join(map(str, words)).rstrip()


def random_ends(rng, args, number):
    def of_family(prefixes):
        return [prefix for prefix in prefixes if (":" in prefix) == number % 2]

    def address(prefix):
        net = ipaddress.ip_network(prefix)
        return str(net[rng.randrange(1, min(net.num_addresses, 1 << 16) - 1) if net.num_addresses > 1 else 0])
    targets = of_family(args.target)
    return address(rng.choice(of_family(args.source))), 10000 + number, address(targets[number // 2 % len(targets)])


class Flows:
    def __init__(self, args):
        self.args, self.random = args, random.Random(args.seed)
        self.selector = selectors.DefaultSelector()
        self.flows, self.checked = [], 0

    def handle(self):
        """What has come; and once a second, who waits for too long."""
        for key, mask in self.selector.select(0.02):
            key.data.event(mask)
        now = time.monotonic()
        if now - self.checked < 1:
            return
        self.checked = now
        for flow in self.flows:
            if not flow.why and not flow.idle() and now - flow.began > self.args.timeout:
                flow.fail("timed out")

    def begin(self, flows):
        for flow in flows:
            if flow.idle() and not flow.why:
                flow.round(self.args.size)

    def open(self):
        for number in range(self.args.count):
            self.flows.append(Flow(self.selector, self.random, random_ends(self.random, self.args, number)))
            # No more at a time than a listener takes.
            while sum(1 for flow in self.flows[-256:] if flow.expected is None and not flow.why) > 64:
                self.handle()

    def whole_round(self):
        """Of each. One that is under way does not count."""
        late = [(flow, flow.done + 2 - flow.idle()) for flow in self.flows]
        while late := [(flow, goal) for flow, goal in late if flow.done < goal and not flow.why]:
            self.begin(flow for flow, _goal in late)
            self.handle()

    def run(self):
        self.open()
        self.whole_round()
        with open(self.args.ready, "w"):
            pass
        asking, turn = self.args.until + ".round", itertools.cycle(self.flows)
        begun, start = 0, time.monotonic()
        while not os.path.exists(self.args.until):
            if os.path.exists(asking):
                self.whole_round()
                os.unlink(asking)
                begun, start = 0, time.monotonic()
            due = int((time.monotonic() - start) * self.args.rate)
            self.begin(itertools.islice(turn, min(due - begun, len(self.flows))))
            begun = due
            self.handle()
        for flow in self.flows:
            print(flow)
        carried = sum(1 for flow in self.flows if not flow.why)
        print("# carried %d of %d flows, seed %d" % (carried, len(self.flows), self.args.seed), flush=True)
        return carried != len(self.flows)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    server = commands.add_parser("serve")
    server.set_defaults(function=serve)
    server.add_argument("ready")
    client = commands.add_parser("flows")
    client.set_defaults(function=lambda args: Flows(args).run())
    client.add_argument("--source", nargs="+", required=True, metavar="PREFIX")
    client.add_argument("--target", nargs="+", required=True, metavar="PREFIX")
    client.add_argument("--until", required=True, metavar="FILE")
    client.add_argument("--ready", required=True, metavar="FILE")
    client.add_argument("--count", type=int, default=200)
    client.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    client.add_argument("--size", type=int, default=2000, help="bytes a round")
    client.add_argument("--rate", type=float, default=20, help="rounds a second, over all")
    client.add_argument("--timeout", type=float, default=300, help="seconds without an answer")
    args = parser.parse_args()
    sys.exit(args.function(args))


main()
