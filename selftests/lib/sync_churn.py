#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Short TCP connections at a steady rate, to the echo server of endpoint.py.

    sync_churn.py --source PREFIX... --target PREFIX... [OPTION]

Each connection goes from a random address and port to a random address, sends and gets back a few times, and ends
in order. It counts as *established* when connect() has returned: then its end has seen the SYN-ACK, and no other end
believes in it earlier. It is *lost* if it was established and did not end as it should within the timeout. Prints

    lost|unanswered SRC SPORT DST why at ESTABLISHED HEARD      for each that was lost, or never established; the
                                            times when it was, and when its end heard something last, or 0
    connections N established N lost N unanswered N rate N connect-ms FASTEST SLOWEST

With --count N: so many. With --until FILE: until it exists.
"""

import argparse
import itertools
import os
import random
import socket
import threading
import time
from ipaddress import ip_network

PORT = 7


class Connection(threading.Thread):
    def __init__(self, args, number):
        super().__init__(daemon=True)
        self.args = args
        rng = self.random = random.Random(args.seed * 1000003 + number)
        v6 = number % 2 and any(":" in prefix for prefix in args.target)
        self.family = socket.AF_INET6 if v6 else socket.AF_INET
        self.src, self.dst = (self.address(prefixes, v6) for prefixes in (args.source, args.target))
        self.sport = 10000 + (args.seed + number) % 50000
        self.established = None     # seconds that it took
        self.at = self.heard = 0
        self.why = "unfinished"
        self.pauses = [rng.random() * 0.3 for _ in range(rng.randrange(1, 5))]

    def address(self, prefixes, v6):
        net = ip_network(self.random.choice([prefix for prefix in prefixes if (":" in prefix) == v6]))
        if net.num_addresses == 1:
            return str(net[0])
        return str(net[self.random.randrange(1, min(net.num_addresses, 1 << 16) - 1)])

    def run(self):
        try:
            with socket.socket(self.family, socket.SOCK_STREAM) as sock:
                self.connection(sock)
            self.why = None
        except (OSError, ValueError) as error:
            self.why = str(error) or type(error).__name__

    def connection(self, sock):
        sock.settimeout(self.args.timeout)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.src, self.sport))
        start = time.monotonic()
        sock.connect((self.dst, PORT))
        self.established = time.monotonic() - start
        self.at = self.heard = time.time()
        stream = sock.makefile("rb")
        stream.readline()       # whom the server sees
        for pause in self.pauses:
            data = self.random.randbytes(200)
            sock.sendall(data)
            if stream.read(len(data)) != data:
                raise ValueError("data came back changed or short")
            self.heard = time.time()
            time.sleep(pause)
        sock.shutdown(socket.SHUT_WR)
        if stream.read(1):
            raise ValueError("more came back than was sent")

    def __str__(self):
        return " ".join(map(str, ("unanswered" if self.established is None else "lost",
                                  self.src, self.sport, self.dst, self.why,
                                  "at", "%.3f" % self.at, "%.3f" % self.heard)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", nargs="+", required=True)
    parser.add_argument("--target", nargs="+", required=True)
    parser.add_argument("--rate", type=float, default=40, help="connections a second")
    parser.add_argument("--count", type=int)
    parser.add_argument("--until", metavar="FILE")
    parser.add_argument("--timeout", type=float, default=60, help="seconds without an answer")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    args = parser.parse_args()
    running, bad, times = [], [], []

    def reap(last=False):
        for conn in running[:]:
            if last:
                conn.join()
            if not conn.is_alive():
                running.remove(conn)
                if conn.established is not None:
                    times.append(conn.established)
                if conn.why:
                    bad.append(conn)

    start = due = time.monotonic()
    for number in itertools.count():
        if number == args.count or (args.until and os.path.exists(args.until)):
            break
        running.append(Connection(args, number))
        running[-1].start()
        due += 1 / args.rate
        time.sleep(max(0, due - time.monotonic()))
        if number % 16 == 0:
            reap()
    seconds = time.monotonic() - start
    reap(last=True)
    for conn in bad:
        print(conn)
    unanswered = sum(1 for conn in bad if conn.established is None)
    print("connections %d established %d lost %d unanswered %d rate %.1f connect-ms %d %d" % (
        number, len(times), len(bad) - unanswered, unanswered, number / seconds,
        min(times, default=0) * 1000, max(times, default=0) * 1000))


main()
