#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The endpoints of the tests: they alone decide whether a connection works.

endpoint.py serve READY
    TCP and UDP echo, IPv4 and IPv6, on any local address; creates the file READY when it listens. Both say
    first which peer they see, so that a client learns what became of its address on the way.

endpoint.py flows --source PREFIX... --target PREFIX... [OPTION]
    Opens flows from random addresses of the source prefixes to random ones of the target prefixes of the same
    family, in turn through the protocols, families and targets, all at once. Each sends random data and must get
    the same back. Prints a line for each flow, then a comment:

        ok|fail PROTOCOL SRC SPORT DST DPORT SEEN-ADDRESS SEEN-PORT [why it failed]
        # carried 59 of 60 flows, seed 4711

    For ICMP both ports are the echo id, as conntrack prints it, and what the peer saw is unknown: "- -".
    With --until FILE each flow goes on, round after round, until the file exists; FILE.round is removed when each
    has done a whole round since it was made. Exit status 1 if a flow failed.
"""

import argparse
import errno
import ipaddress
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

stop = threading.Event()    # for flows that go on


def echo_tcp(sock, peer):
    with sock:
        sock.sendall(b"%s %d\n" % (peer[0].encode(), peer[1]))
        while data := sock.recv(1 << 17):
            sock.sendall(data)


def serve_tcp(listener):
    while True:
        sock, peer = listener.accept()
        threading.Thread(target=quietly, args=(echo_tcp, sock, peer), daemon=True).start()


def serve_udp(sock):
    """Replies from the address that was asked: it comes and goes as packet info."""
    while True:
        data, info, _, peer = sock.recvmsg(65535, 256)
        reply = b"%s %d\n" % (peer[0].encode(), peer[1]) + data
        out = []
        for level, kind, value in info:
            if level == socket.IPPROTO_IP:
                _, _, to = struct.unpack("i4s4s", value)
                value = struct.pack("i4s4s", 0, to, bytes(4))
            else:
                value = value[:16] + bytes(4)
            out.append((level, kind, value))
        quietly(sock.sendmsg, [reply], out, 0, peer)


def quietly(function, *args):
    try:
        function(*args)
    except OSError:
        pass


def serve(args):
    for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        tcp = socket.socket(family, socket.SOCK_STREAM)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        for sock in (tcp, udp):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((any_address, args.port))
        if family == socket.AF_INET:
            udp.setsockopt(socket.IPPROTO_IP, 8, 1)    # IP_PKTINFO
        else:
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        tcp.listen(512)
        threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
        threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
    with open(args.ready, "w"):
        pass
    while True:
        signal.pause()


class Flow(threading.Thread):
    """One flow: start() opens it and runs it to its end, "why" says what went wrong."""

    def __init__(self, args, number, proto, src, sport, dst):
        super().__init__(daemon=True)
        self.args, self.proto, self.src, self.sport, self.dst = args, proto, src, sport, dst
        self.family = socket.AF_INET6 if ":" in src else socket.AF_INET
        self.dport = sport if proto == "icmp" else args.port
        self.seen = ("-", "-")
        self.why = "unfinished"
        self.random = random.Random(args.seed + number)
        self.settled = threading.Event()    # the first round is over, or failed
        self.done = 0                       # rounds
        self.wake = threading.Event()       # the next one is to begin

    def run(self):
        try:
            getattr(self, self.proto)()
            self.why = None
        except (OSError, ValueError) as error:
            self.why = str(error) or type(error).__name__
        self.settled.set()

    def rounds(self):
        """Fresh data for each round trip."""
        done = 0
        while self.args.until or done < self.args.rounds:
            if done:
                self.settled.set()
                self.wake.wait(self.args.interval)
                self.wake.clear()
                if stop.is_set():
                    return
            yield self.random.randbytes(self.size())
            done += 1
            self.done = done

    def size(self):
        return self.args.size if self.proto == "tcp" else min(self.args.size, self.args.datagram)

    def socket(self, kind, proto=0):
        sock = socket.socket(self.family, kind, proto)
        sock.settimeout(self.args.timeout)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, self.args.tos)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, self.args.tos)
        if self.args.options and self.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1" * 7 + b"\0")
        elif self.args.options:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        sock.bind((self.src, self.sport))
        return sock

    def saw(self, line):
        address, port = line.decode().split()
        if self.seen not in (("-", "-"), (address, port)):
            raise ValueError("now seen as %s %s" % (address, port))
        self.seen = (address, port)

    def tcp(self):
        with self.socket(socket.SOCK_STREAM) as sock:
            sock.connect((self.dst, self.dport))
            stream = sock.makefile("rb")
            self.saw(stream.readline())
            for data in self.rounds():
                for start in range(0, len(data), 60000):
                    chunk = data[start:start + 60000]
                    sock.sendall(chunk)
                    if stream.read(len(chunk)) != chunk:
                        raise ValueError("data came back changed or short")
            sock.shutdown(socket.SHUT_WR)
            if stream.read(1):
                raise ValueError("more came back than was sent")

    def answer(self, sock, request, expected):
        """
        Sends a datagram, again each second while there is no answer, and when it was too long for the path, which the
        socket then knows; returns the answer to this one.
        """
        if self.args.again:
            sock.settimeout(1)
        for attempt in range(self.args.again + 1):
            sock.send(request)
            try:
                # Of an earlier attempt there may be an answer more.
                while not (answer := sock.recv(65535)).endswith(expected):
                    if not self.args.again:
                        raise ValueError("data came back changed")
                return answer
            except OSError as error:
                if attempt == self.args.again or not isinstance(error, TimeoutError) and error.errno != errno.EMSGSIZE:
                    raise

    def udp(self):
        with self.socket(socket.SOCK_DGRAM) as sock:
            sock.connect((self.dst, self.dport))
            for data in self.rounds():
                seen, answer = self.answer(sock, data, data).split(b"\n", 1)
                self.saw(seen)
                if answer != data:
                    raise ValueError("data came back changed")

    def icmp(self):
        v6 = self.family == socket.AF_INET6
        proto = socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP
        with self.socket(socket.SOCK_DGRAM, proto) as sock:
            sock.connect((self.dst, 0))
            for sequence, data in enumerate(self.rounds()):
                request = struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, 0, sequence & 0xffff) + data
                if self.answer(sock, request, data)[8:] != data:
                    raise ValueError("data came back changed")

    def __str__(self):
        fields = ["fail" if self.why else "ok", self.proto, self.src, self.sport, self.dst, self.dport,
                  *self.seen, self.why]
        return " ".join(str(field) for field in fields if field is not None)


def of_family(prefixes, v6):
    return [net for net in map(ipaddress.ip_network, prefixes) if (net.version == 6) == v6]


def random_address(rng, net):
    if net.num_addresses < 4:
        return str(rng.choice(list(net)))
    return str(net[rng.randrange(1, min(net.num_addresses, 1 << 16) - 1)])


def make_flows(args):
    rng = random.Random(args.seed)
    sources = {v6: of_family(args.source, v6) for v6 in (False, True)}
    targets = {v6: of_family(args.target, v6) for v6 in (False, True)}
    families = [v6 for v6 in targets if targets[v6]]
    kinds = [(proto, v6) for proto in args.proto.split(",") for v6 in families]
    ports = [args.sport] * args.count if args.sport else rng.sample(range(10000, 30000), args.count)
    used = set()
    for number in range(args.count):
        proto, v6 = kinds[number % len(kinds)]
        target = targets[v6][number // len(kinds) % len(targets[v6])]
        while True:
            pair = random_address(rng, rng.choice(sources[v6])), random_address(rng, target)
            if (proto, ports[number], *pair) not in used:
                break
        used.add((proto, ports[number], *pair))
        yield Flow(args, number, proto, pair[0], ports[number], pair[1])


def run_flows(args):
    flows = list(make_flows(args))
    for flow in flows:
        flow.start()
        if args.in_turn:
            flow.settled.wait()
        time.sleep(args.pace)
    if args.ready:
        for flow in flows:
            flow.settled.wait()
        with open(args.ready, "w"):
            pass
    if args.until:
        while not os.path.exists(args.until) and any(flow.is_alive() for flow in flows):
            if os.path.exists(args.until + ".round"):
                # One may be under way: the next is wholly after now.
                goals = [(flow, flow.done + 2) for flow in flows]
                while late := [flow for flow, goal in goals if flow.is_alive() and flow.done < goal]:
                    for flow in late:
                        flow.wake.set()
                    time.sleep(0.1)
                os.unlink(args.until + ".round")
            time.sleep(0.1)
        stop.set()
        for flow in flows:
            flow.wake.set()
    for flow in flows:
        flow.join()
    for flow in flows:
        print(flow)
    carried = sum(1 for flow in flows if not flow.why)
    print("# carried %d of %d flows, seed %d" % (carried, len(flows), args.seed), flush=True)
    os._exit(carried != len(flows))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    server = commands.add_parser("serve")
    server.set_defaults(function=serve)
    server.add_argument("ready")
    server.add_argument("--port", type=int, default=7)
    client = commands.add_parser("flows")
    client.set_defaults(function=run_flows)
    client.add_argument("--source", nargs="+", required=True, metavar="PREFIX")
    client.add_argument("--target", nargs="+", required=True, metavar="PREFIX")
    client.add_argument("--proto", default="tcp,udp,icmp")
    client.add_argument("--port", type=int, default=7)
    client.add_argument("--count", type=int, default=60)
    client.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    client.add_argument("--size", type=int, default=20000, help="bytes a round, TCP")
    client.add_argument("--datagram", type=int, default=1200, help="the most for UDP and ICMP")
    client.add_argument("--rounds", type=int, default=2, help="round trips")
    client.add_argument("--interval", type=float, default=0.1, help="seconds between rounds")
    client.add_argument("--pace", type=float, default=0.005, help="seconds between the starts of flows")
    client.add_argument("--in-turn", action="store_true", help="start each when the one before has done a round")
    client.add_argument("--timeout", type=float, default=30, help="seconds without an answer")
    client.add_argument("--again", type=int, default=0, help="times that a datagram without an answer is sent again")
    client.add_argument("--tos", type=int, default=0, help="DSCP and ECN")
    client.add_argument("--options", action="store_true", help="IP options or extension headers in each packet")
    client.add_argument("--sport", type=int, help="source port or echo id of all flows; random and unique unless given")
    client.add_argument("--until", metavar="FILE")
    client.add_argument("--ready", metavar="FILE", help="to create when all flows have done a round, or failed")
    args = parser.parse_args()
    sys.exit(args.function(args))


if __name__ == "__main__":
    main()
