#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Every kind of packet through the service routers, with test_packets.sh, which makes the network: kind by kind, some
flows between random hosts each. Sockets at both ends decide whether a flow did what it should; packets that no socket
would send (errors of a router, fragments) go to a random SR each. One process acts for the hosts of all namespaces.

usage: packets.py --prefix PREFIX --seed N --srs N [--flows N] [--seconds N] [--at-once N] [--family 4|6]
                  [--between COMMAND] [--segments] [KIND...]

PREFIX is that of the namespaces' names; with --seconds no answer is waited for longer; what is sent by hand goes to the
first N SRs. COMMAND is run when all flows have begun, before the errors about them. With --segments the SRs are other
machines, at eth1 of the routers, which know their addresses 172.16.0.N and 172.17.0.N; and there is no dmz. Prints for
each kind and family:

    KIND 4|6 CARRIED FLOWS SECONDS s
    # KIND 4|6 FLOW: why not
"""

import argparse
import concurrent.futures
import ctypes
import fcntl
import ipaddress
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time
import types

import endpoint
import ip

INSIDE = {4: "10.1.0.0/17", 6: "fd00:10::/64"}
REMOTE = {4: "203.0.113.0/25", 6: "2001:db8:203::/65"}              # they answer,
SILENT = {4: "203.0.113.128/25", 6: "2001:db8:203:0:8000::/65"}     # and these do not
DMZ = {4: "192.0.2.0/25", 6: "2001:db8:192::/65"}
DMZ_SILENT = {4: "192.0.2.128/25", 6: "2001:db8:192:0:8000::/65"}
FAR = {4: "198.18.0.0/25", 6: "2001:db8:18::/65"}                   # behind a link of MTU 1300
FAR_TOO = {4: "198.18.0.128/25", 6: "2001:db8:18:0:8000::/65"}
CELLAR = {4: "10.1.240.0/24", 6: "fd00:10:0:0:ce11::/80"}           # inside, behind such a link, too
OPEN = {4: "10.1.144.0/20", 6: "fd00:10:0:0:9e40::/80"}             # inside, without SNAT where there is no dmz
POOL = {4: "198.51.100.0/24", 6: "2001:db8:51::/64"}
VIRTUAL = {4: "198.51.100.80", 6: "2001:db8:51::80"}                # 10.1.0.80 and fd00:10::80 inside
ROUTERS = {"south": {4: "10.1.200.0/24", 6: "fd00:10::c8:0/112"},   # in the middle: of no flow
           "north": {4: "198.18.7.0/24", 6: "2001:db8:18:7::/64"},
           "dmz": {4: "192.0.2.0/25", 6: "2001:db8:192:0:7::/80"}}
SOURCES = {"south": INSIDE, "north": REMOTE, "cellar": CELLAR}

RECVERR, MTU_DISCOVER = {4: (0, 11), 6: (41, 25)}, {4: (0, 10), 6: (41, 23)}
EHOSTUNREACH, EMSGSIZE = 113, 90
ORIGIN_LOCAL = 1

libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """Why a flow did not do what it should."""


class World:
    """The namespaces, and how to send a packet to an SR by hand."""

    def __init__(self, args):
        self.args = args
        routers = ["south", "north"] if args.segments else ["south", "north", "dmz"]
        srs = range(1, args.srs + 1)
        self.handles, self.wires = {}, {}
        self.ways = {}      # by router and number of an SR: a device, and the MAC addresses
        for name in [*routers, "cellar", *(() if args.segments else ["sr%d" % i for i in srs])]:
            if os.path.exists("/run/netns/" + args.prefix + name):
                self.handles[name] = open("/run/netns/" + args.prefix + name)
        for name in routers:
            macs = [self.neighbour(name, i) if args.segments else self.linked(name, i) for i in srs]
            self.enter(name)
            self.wires[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            for i, mac in zip(srs, macs):
                device = "eth1" if args.segments else "sr%d" % i
                self.ways[name, i] = device, mac + mac_of(device)

    def linked(self, name, i):
        """The MAC address of SR i toward router @name, where each has a link of its own."""
        self.enter("sr%d" % i)
        return mac_of({"south": "bp0", "north": "eth1", "dmz": "eth%d" % (i // 2 + 2) if i % 2 else "ens%d" % i}[name])

    def neighbour(self, name, i):
        """The same, where they are neighbours."""
        self.enter(name)
        address = "172.%d.0.%d" % (16 if name == "south" else 17, i)
        with open("/proc/thread-self/net/arp") as file:
            for fields in map(str.split, file):
                if fields[0] == address and fields[2] != "0x0":
                    return bytes.fromhex(fields[3].replace(":", ""))
        raise OSError("%s does not know %s" % (name, address))

    def enter(self, name):
        """This thread's sockets are of that namespace from now on."""
        if libc.setns(self.handles[name].fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns " + name)

    def send(self, rng, name, packet):
        """From router @name to any SR."""
        i = rng.randint(1, self.args.srs)
        ethertype = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
        device, macs = self.ways[name, i]
        self.wires[name].sendto(macs + ethertype + packet, (device, 0))


def mac_of(device):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, 0x8927, struct.pack("16s16x", device.encode()))[18:24]     # SIOCGIFHWADDR


def host(rng, prefix):
    net = ipaddress.ip_network(prefix)
    return net[rng.randrange(1, min(net.num_addresses, 1 << 60) - 1)]


class Cell:
    """One kind in one family. What a flow is, is up to the kind: check() records one that came to its end."""

    def __init__(self, world, kind, v):
        self.world, self.v, self.count, self.wait = world, v, world.args.flows, world.args.seconds
        self.rng = random.Random("%d %s %d" % (world.args.seed, kind, v))
        self.family = socket.AF_INET if v == 4 else socket.AF_INET6
        self.carried, self.why, self.used, self.deadline = 0, [], set(), 0
        ports = self.rng.sample(range(1024, 32768), 2 * self.count)
        self.sports, self.dports = ports[:self.count], ports[self.count:]

    def address(self, prefixes):
        return host(self.rng, prefixes[self.v])

    def another(self, prefixes):
        """One that was not given out yet."""
        while (address := self.address(prefixes)) in self.used:
            pass
        self.used.add(address)
        return address

    def check(self, name, function, *args):
        try:
            function(*args)
            self.carried += 1
        except (Failed, OSError) as error:
            self.why.append("%s: %s" % (name, error or type(error).__name__))

    def socket(self, proto, src, sport):
        """Bound to an inside or outside host; errors come into its queue."""
        if proto == "echo":
            sock = socket.socket(self.family, socket.SOCK_DGRAM, 1 if self.v == 4 else 58)
        else:
            sock = socket.socket(self.family, socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(*RECVERR[self.v], 1)
        sock.bind((str(src), sport))
        sock.setblocking(False)
        return sock

    def poke(self, sock, proto, dst, dport, token):
        """The first packet of a flow."""
        if proto == "tcp":
            sock.connect_ex((str(dst), dport))
            return
        sock.connect((str(dst), 0 if proto == "echo" else dport))
        sock.send(struct.pack("!BBHHH", 8 if self.v == 4 else 128, 0, 0, 0, 1) + token if proto == "echo" else token)

    def wait_from_now(self):
        """For all flows together, or those that fail would wait one after another."""
        self.deadline = time.monotonic() + self.wait

    def left(self):
        return max(0, self.deadline - time.monotonic())

    def readable(self, sock, events=select.POLLIN):
        poll = select.poll()
        poll.register(sock, events)
        if not poll.poll(self.left() * 1000):
            raise Failed("nothing came")

    def receive(self, sock):
        self.readable(sock)
        return sock.recvfrom(65535)

    def error(self, sock):
        """What came into the error queue: errno, type, code, information, and who says so. None if nothing did."""
        try:
            _, extra, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return None
        for level, kind, value in extra:
            if (level, kind) == RECVERR[self.v]:
                errno, _, what, code, _, info, _ = struct.unpack_from("=IBBBBII", value)
                offender = value[20:24] if self.v == 4 else value[24:40]
                return errno, what, code, info, ipaddress.ip_address(offender) if len(offender) > 3 else None
        return None


# Flows of real sockets, by endpoint.py.


def flows(cell, protos, targets, source="south", size=3000, datagram=1200, options=False):
    """@targets: (prefixes, prefixes that the other end must see it come from), in turn."""
    cell.world.enter(source)
    args = types.SimpleNamespace(port=7, until=None, rounds=2, interval=0, size=size, datagram=datagram, again=0, tos=0,
                                 options=options, seed=cell.rng.randrange(1 << 30), timeout=cell.wait)
    started = []
    for i in range(cell.count):
        target, seen = targets[i // len(protos) % len(targets)]
        src = cell.address(SOURCES[source])
        dst = ipaddress.ip_address(target[cell.v]) if "/" not in target[cell.v] else cell.another(target)
        flow = endpoint.Flow(args, i, protos[i % len(protos)], str(src), cell.sports[i], str(dst))
        flow.start()
        started.append((flow, seen or {cell.v: "%s" % src}))

    def verdict(flow, seen):
        flow.join()
        if flow.why:
            raise Failed(flow.why)
        if flow.proto != "icmp" and ipaddress.ip_address(flow.seen[0]) not in ipaddress.ip_network(seen[cell.v]):
            raise Failed("seen as %s" % flow.seen[0])

    for flow, seen in started:
        cell.check("%s %s %s" % (flow.proto, flow.src, flow.dst), verdict, flow, seen)


def with_dmz(cell, *targets):
    return [*targets, (DMZ, None)] if "dmz" in cell.world.handles else targets


def out(cell):
    return with_dmz(cell, (REMOTE, POOL))


def echo(cell):
    """
    A newer kernel (7.3, not 6.12) answers ICMPv6 by the interface where it was asked: only the answers of hosts behind
    a router may come back by another SR.
    """
    return with_dmz(cell, *[(FAR, POOL)] * 3)


# ICMP errors about flows whose first packet nobody answers.


def plain_quote(_, packet):
    return packet[:200]


def short_quote(cell, packet):
    return packet[:28 if cell.v == 4 else 48]


def option_quote(cell, packet):
    if cell.v == 4:
        head = bytes([packet[0] + 10, packet[1]]) + struct.pack("!H", len(packet) + 40) + packet[4:20]
        return head + b"\1" * 40 + packet[20:40]
    chain = bytes([ip.DSTOPTS, 0, 1, 4, 0, 0, 0, 0]) + bytes([packet[6], 0, 1, 4, 0, 0, 0, 0])
    return packet[:4] + struct.pack("!HB", len(packet) - 24, ip.DSTOPTS) + packet[7:40] + chain + packet[40:80]


def fragment_quote(cell, packet):
    """Of the first one of a datagram."""
    if cell.v == 4:
        return packet[:6] + b"\x20\0" + packet[8:60]
    chain = struct.pack("!BBHI", packet[6], 0, 1, 4711)
    return packet[:4] + struct.pack("!HB", len(packet) - 32, ip.FRAGMENT) + packet[7:40] + chain + packet[40:80]


# Type and code, of IPv4 and of IPv6: host or address unreachable, packet filtered, TTL or hop limit exceeded.
UNREACHABLE, PROHIBITED, TIME_EXCEEDED = {4: (3, 1), 6: (1, 3)}, {4: (3, 13), 6: (1, 1)}, {4: (11, 0), 6: (3, 0)}


def error_packet(cell, router, packet, quote, what=UNREACHABLE, behind=0):
    """An error of @router to the source of @packet."""
    options, chain = (b"\1" * min(4 * behind, 40), ()) if cell.v == 4 else (b"", (ip.PADDING,) * behind)
    back = ipaddress.ip_address(packet[12:16] if cell.v == 4 else packet[8:24])
    message = ip.icmp(router, back, *what[cell.v], 0, quote)
    return ip.packet(router, back, ip.ICMP if cell.v == 4 else ip.ICMPV6, message, options, chain)


def quoted_error(cell, packet):
    """An error about what would come back in the flow of @packet, as its source would send it."""
    first, second = (12, 16) if cell.v == 4 else (8, 24)
    size = second - first
    back = packet[:first] + packet[second:second + size] + packet[first:second] + packet[second + size:]
    return error_packet(cell, ipaddress.ip_address(packet[first:second]), back, back[:60])[:200]


def in_pool(cell, address):
    return address in ipaddress.ip_network(POOL[cell.v])


def sniffer():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    sock.setsockopt(263, 23, 1)     # PACKET_IGNORE_OUTGOING
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
    return sock


def flow_key(packet, remote_is_src):
    """Of a packet outside: what is the same inside."""
    v = packet[0] >> 4
    start, proto = (20, packet[9]) if v == 4 else (40, packet[6])
    if proto in (ip.ICMP, ip.ICMPV6):
        return packet[start + 8:start + 16]
    where = {4: (12, 16), 6: (8, 24)}[v][0 if remote_is_src else 1]
    port = start if remote_is_src else start + 2
    return proto, packet[where:where + (4 if v == 4 else 16)], packet[port:port + 2]


def errors(cell, where="north", source=INSIDE, target=SILENT, by="router", quote=plain_quote, behind=0,
           about_error=False):
    """Router @where, or a host there, sends errors about what it is to deliver: in turn unreachable, time exceeded."""
    outside, nat = where != "south", where == "north" and source is INSIDE
    cell.world.enter(where)
    ear = sniffer()
    cell.world.enter("south" if outside else "north")
    waiting = {}
    for i in range(cell.count):
        proto, token = ("tcp", "udp", "echo")[i % 3], cell.rng.randbytes(8)
        if outside:
            src, dst = cell.address(source), cell.address(target)
        else:
            src, dst = cell.address(REMOTE), ipaddress.ip_address(VIRTUAL[cell.v])
        sock = cell.socket(proto, src, cell.sports[i])
        dport = cell.dports[i] if outside else 9
        remote, port = (dst, dport) if outside else (src, cell.sports[i])
        key = token if proto == "echo" else (ip.TCP if proto == "tcp" else ip.UDP, remote.packed,
                                             struct.pack("!H", port))
        router = dst if by == "remote" else cell.address(ROUTERS[where])
        waiting[key] = proto, sock, router, TIME_EXCEEDED if i % 2 else UNREACHABLE, "%s %s %s" % (proto, src, dst)
        cell.poke(sock, proto, dst, dport, token)

    heard = {}
    cell.wait_from_now()
    while len(heard) < len(waiting) and select.select([ear], [], [], cell.left())[0]:
        packet = ear.recv(65535)
        if packet[0] >> 4 != cell.v:
            continue
        key = flow_key(packet, not outside)
        if key not in waiting or key in heard:
            continue
        src = ipaddress.ip_address(packet[12:16] if cell.v == 4 else packet[8:24])
        if not outside or in_pool(cell, src) == nat:
            heard[key] = packet
    if cell.world.args.between:
        subprocess.run(cell.world.args.between, shell=True, check=True)
    for key, packet in heard.items():
        _, _, router, what, _ = waiting[key]
        if about_error:
            cell.world.send(cell.rng, where, error_packet(cell, router, packet, quoted_error(cell, packet), PROHIBITED))
        cell.world.send(cell.rng, where, error_packet(cell, router, packet, quote(cell, packet), what, behind))
    ear.close()

    def verdict(proto, sock, router, what):
        cell.readable(sock, 0)
        if proto == "tcp":
            errno = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if errno != EHOSTUNREACH:
                raise Failed("error %d" % errno)
            return
        got = cell.error(sock)
        if not got or got[0] != EHOSTUNREACH or got[1:3] != what[cell.v]:
            raise Failed("errors %s" % (got,))
        if outside and got[4] != router:
            raise Failed("an error of %s, not of %s" % (got[4], router))
        if cell.error(sock):
            raise Failed("one error more")

    cell.wait_from_now()
    for proto, sock, router, what, name in waiting.values():
        cell.check(name, verdict, proto, sock, router, what)
        sock.close()


def no_snat(cell):
    """To the dmz; where there is none, from hosts inside that have no SNAT."""
    if "dmz" in cell.world.handles:
        errors(cell, where="dmz", target=DMZ_SILENT)
    else:
        errors(cell, source=OPEN)


def inside_errors(cell):
    """Errors of a router inside about what remote hosts answer to flows from inside."""
    cell.world.enter("south")
    ear, waiting = sniffer(), {}
    for i in range(cell.count):
        proto, token = ("udp", "echo")[i % 2], cell.rng.randbytes(8)
        src, dst = cell.address(INSIDE), cell.another(REMOTE)
        cell.world.enter("north")
        if proto == "udp":
            far = cell.socket(proto, dst, cell.dports[i])
        else:       # The kernel answers; such a socket hears the request, and the error; until it is bound, all others.
            far = socket.socket(cell.family, socket.SOCK_RAW, ip.ICMP if cell.v == 4 else ip.ICMPV6)
            far.bind((str(dst), 0))
            far.setsockopt(*RECVERR[cell.v], 1)
        cell.world.enter("south")
        near = cell.socket(proto, src, cell.sports[i])
        cell.poke(near, proto, dst, cell.dports[i], token)
        waiting[token] = proto, near, far, TIME_EXCEEDED if i & 2 else UNREACHABLE, "%s %s %s" % (proto, src, dst)

    cell.wait_from_now()
    for token, (proto, _, far, _, _) in waiting.items():
        try:
            got, peer = cell.receive(far)
            while token not in got:
                got, peer = cell.receive(far)
        except Failed:
            continue
        if not in_pool(cell, ipaddress.ip_address(peer[0])):
            continue
        far.connect((peer[0], peer[1] if proto == "udp" else 0))
        if proto == "udp":
            far.send(got)

    heard = set()
    while len(heard) < len(waiting) and select.select([ear], [], [], cell.left())[0]:
        packet = ear.recv(65535)
        token = packet[28:36] if packet[0] >> 4 == 4 else packet[48:56]     # behind 8 bytes of UDP or ICMP
        if token in waiting and token not in heard:
            heard.add(token)
            cell.world.send(cell.rng, "south", error_packet(cell, cell.address(ROUTERS["south"]), packet,
                                                            plain_quote(cell, packet), waiting[token][3]))
    ear.close()

    def verdict(far, what):
        cell.readable(far, 0)
        got = cell.error(far)
        if not got or got[0] != EHOSTUNREACH or got[1:3] != what[cell.v]:
            raise Failed("errors %s" % (got,))

    cell.wait_from_now()
    for _, near, far, what, name in waiting.values():
        cell.check(name, verdict, far, what)
        near.close()
        far.close()


# Path MTU: the narrow link is beyond the SRs and the router north.


def too_big(cell):
    """As ping -M do, and UDP in the same way: too long first, then as the answer says."""
    cell.world.enter("south")
    waiting = []
    for i in range(cell.count):
        proto, src, dst = ("udp", "echo")[i % 2], cell.address(INSIDE), cell.another(FAR_TOO)
        sock = cell.socket(proto, src, cell.sports[i])
        sock.setsockopt(*MTU_DISCOVER[cell.v], 2)   # do
        cell.poke(sock, proto, dst, 7, cell.rng.randbytes(1400))
        waiting.append((proto, sock, "%s %s %s" % (proto, src, dst)))

    def verdict(proto, sock):
        cell.readable(sock, 0)
        got = cell.error(sock)
        if not got or got[0] != EMSGSIZE or got[3] != 1300:
            raise Failed("errors %s" % (got,))
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        data = cell.rng.randbytes(1200)
        sock.send(struct.pack("!BBHHH", 8 if cell.v == 4 else 128, 0, 0, 0, 1) + data if proto == "echo" else data)
        if not cell.receive(sock)[0].endswith(data):
            raise Failed("data came back changed")

    cell.wait_from_now()
    for proto, sock, name in waiting:
        cell.check(name, verdict, proto, sock)
        sock.close()


# Datagrams made by hand, there and back, from socket to socket.


def in_fragments(cell, src, dst, sport, dport, data, order):
    """The IP packets of a datagram."""
    datagram = ip.udp(src, dst, sport, dport, data)
    cuts, packets = list(range(0, len(datagram), 1208)), []
    for at in cuts:
        piece = datagram[at:at + 1208]
        if order == "overlapping" and at:
            piece, at = datagram[at - 16:at + 1208], at - 16
        packets.append(ip.packet(src, dst, ip.UDP, piece, fragment=(at, at + len(piece) < len(datagram)),
                                 ident=cell.rng.randrange(1 << 16 if cell.v == 4 else 1 << 32)))
    ident = slice(4, 6) if cell.v == 4 else slice(44, 48)
    first = packets[0][ident]
    packets = [same_ident(cell, packet, first) for packet in packets]
    if order == "shuffled":
        cell.rng.shuffle(packets)
    elif order == "first last":
        packets.append(packets.pop(0))
    return packets


def same_ident(cell, packet, ident):
    if cell.v == 6:
        return packet[:44] + ident + packet[48:]
    packet = packet[:4] + ident + packet[6:10] + b"\0\0" + packet[12:]
    return packet[:10] + struct.pack("!H", ip.checksum(packet[:20])) + packet[12:]


def one_packet(cell, src, dst, sport, dport, data, order):
    datagram = ip.udp(src, dst, sport, dport, data)
    if order == "atomic":
        return [ip.packet(src, dst, ip.UDP, datagram, fragment=(0, 0))]
    return [ip.packet(src, dst, ip.UDP, datagram, b"\1" * 40, (ip.PADDING,) * 9)]


def datagrams(cell, order, make=in_fragments, size=4000):
    pairs = []
    for i in range(cell.count):
        src, dst = cell.address(INSIDE), cell.address(REMOTE)
        cell.world.enter("south")
        near = cell.socket("udp", src, cell.sports[i])
        cell.world.enter("north")
        pairs.append((near, cell.socket("udp", dst, cell.dports[i]), src, dst, cell.sports[i], cell.dports[i]))

    def send(name, batch):
        """All packets, those of one datagram in order."""
        turns = [i for i, packets in enumerate(batch) for _ in packets]
        cell.rng.shuffle(turns)
        queues = [iter(packets) for packets in batch]
        for i in turns:
            cell.world.send(cell.rng, name, next(queues[i]))

    def exchange(name, ends):
        data = [cell.rng.randbytes(cell.rng.randrange(size - 400, size)) for _ in ends]
        if order == "overlapping":      # must not arrive
            send(name, [make(cell, *end, cell.rng.randbytes(size), order) for end in ends])
        send(name, [make(cell, *end, d, "shuffled" if order == "overlapping" else order) for end, d in zip(ends, data)])
        return data

    def expect(sock, data):
        got, peer = cell.receive(sock)
        if got != data:
            raise Failed("other data came, %d bytes" % len(got))
        return peer

    sent = exchange("south", [pair[2:] for pair in pairs])
    answers, ends = [], []
    cell.wait_from_now()
    for pair, data in zip(pairs, sent):
        try:
            peer = expect(pair[1], data)
            ends.append((pair[3], ipaddress.ip_address(peer[0]), pair[5], peer[1]))
            answers.append(pair)
        except Failed as error:
            cell.why.append("%s %s: there: %s" % (pair[2], pair[3], error))
    back = exchange("north", ends)
    cell.wait_from_now()
    for pair, data in zip(answers, back):
        cell.check("%s %s: back" % (pair[2], pair[3]), expect, pair[0], data)
    for pair in pairs:
        pair[0].close()
        pair[1].close()


KINDS = {
    "tcp": lambda c: flows(c, ["tcp"], out(c), size=20000),
    "udp": lambda c: flows(c, ["udp"], out(c)),
    "echo": lambda c: flows(c, ["icmp"], echo(c)),
    "from-outside": lambda c: flows(c, ["tcp", "udp"], [(VIRTUAL, None)], source="north"),
    "options": lambda c: flows(c, ["tcp", "udp"], out(c), options=True),
    "long-chain": lambda c: datagrams(c, None, make=one_packet, size=600),
    "large": lambda c: flows(c, ["udp", "udp", "icmp"], out(c), size=9000, datagram=9000),
    "fragments-shuffled": lambda c: datagrams(c, "shuffled"),
    "fragments-first-last": lambda c: datagrams(c, "first last"),
    "fragments-overlap": lambda c: datagrams(c, "overlapping"),
    "fragment-atomic": lambda c: datagrams(c, "atomic", make=one_packet, size=600),
    "mtu-tcp": lambda c: flows(c, ["tcp"], [(FAR, POOL)], size=6000),
    "mtu-inside": lambda c: flows(c, ["tcp"], out(c), source="cellar", size=6000),
    "mtu-udp-echo": too_big,
    "error-router": errors,
    "error-remote": lambda c: errors(c, by="remote"),
    "error-no-snat": no_snat,
    "error-inside": lambda c: errors(c, where="south"),
    "error-inside-snat": inside_errors,
    "error-options": lambda c: errors(c, behind=3),
    "error-long-chain": lambda c: errors(c, behind=9),
    "error-about-error": lambda c: errors(c, about_error=True),
    "quote-8-bytes": lambda c: errors(c, quote=short_quote),
    "quote-options": lambda c: errors(c, quote=option_quote),
    "quote-fragment": lambda c: errors(c, quote=fragment_quote),
}
ONLY = {"fragment-atomic": 6}       # of one family

lock = threading.Lock()


def run(world, kind, v):
    cell = Cell(world, kind, v)
    start = time.monotonic()
    try:
        KINDS[kind](cell)
    except OSError as error:
        cell.why.append(repr(error))
    with lock:
        for why in cell.why:
            print("# %s %d %s" % (kind, v, why))
        print(kind, v, cell.carried, cell.count, "%.1f s" % (time.monotonic() - start), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--srs", type=int, required=True)
    parser.add_argument("--flows", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--family", type=int, choices=(4, 6))
    parser.add_argument("--between")
    parser.add_argument("--segments", action="store_true")
    parser.add_argument("kinds", nargs="*")
    args = parser.parse_args()
    world = World(args)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(args.at_once) as pool:
        cells = [pool.submit(run, world, kind, v) for kind in args.kinds or KINDS for v in (4, 6)
                 if v == ONLY.get(kind, v) and v == (args.family or v)]
        for cell in cells:
            cell.result()
    print("# all in %.0f s" % (time.monotonic() - start))


main()
