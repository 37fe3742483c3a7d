#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Steering, end to end against a model that shares nothing with it: SipHash from its paper, the table from its
description, packets that know their addresses (packets.py). For random configurations (SRs, rows, states, keys) random
frames are sent into members and shadow ports of one SR; each must come out as the model says, once, with the right MAC
addresses and VID, the packet untouched, or be counted as the model says; and nothing else may come out or be counted.

usage: steering.py --sr NETNS --inside NETNS --outside NETNS --switch NETNS --spec FILE --mode NAME --seed N
       [--configs N] [--frames N] [--seconds N] [--only N]

The interfaces are those of test_fuzz_steering.sh. MODE is "module", or else XDP is attached and has to punt all.
--only N repeats configuration N of a seed.
"""

import argparse
import collections
import ctypes
import ipaddress
import random
import select
import socket
import struct
import sys
import time

import packets
from genl import Family

MASK = (1 << 64) - 1
NORTH, SOUTH = 0, 1
DOWN, SYNCING, UP = 0, 1, 2
OWN = ["172.16.0.1", "172.17.0.1", "172.16.7.1", "172.17.9.1", "fd00:16::1", "fd00:17::1"]
# Each member: its side, the interface that the other end of it is, and its 802.1Q tag.
MEMBERS = {"bp0": (SOUTH, "in0", None), "bp0.7": (SOUTH, "in0", 7), "eth1": (NORTH, "out0", None),
           "eth1.9": (NORTH, "out0", 9)}
MACS = {"in0": bytes.fromhex("020000000001"), "out0": bytes.fromhex("020000000002")}
PORTS = {NORTH: ("punt-n", "n2"), SOUTH: ("punt-s", "s2")}


def rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK


def siphash(key, data, c=1, d=3):
    """SipHash-c-d: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rounds(count):
        v0, v1, v2, v3 = v
        for _ in range(count):
            v0 = (v0 + v1) & MASK
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 = (v2 + v3) & MASK
            v3 = rotate(v3, 16) ^ v2
            v0 = (v0 + v3) & MASK
            v3 = rotate(v3, 21) ^ v0
            v2 = (v2 + v1) & MASK
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        v[:] = v0, v1, v2, v3

    tail = data[len(data) & ~7:]
    words = [struct.unpack_from("<Q", data, at)[0] for at in range(0, len(data) & ~7, 8)]
    words.append(int.from_bytes(tail, "little") | (len(data) & 0xff) << 56)
    for word in words:
        v[3] ^= word
        rounds(c)
        v[0] ^= word
    v[2] ^= 0xff
    rounds(d)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def check_siphash():
    """The test vector of the paper's appendix, which is of SipHash-2-4."""
    assert siphash(bytes(range(16)), bytes(range(15)), 2, 4) == 0xa129ca6149be45e5


Frame = collections.namedtuple("Frame", "port dmac smac vid ip")


class Model:
    """A random configuration, and what becomes of a packet by it."""

    def __init__(self, rng, xdp):
        self.xdp = xdp
        self.gateway = rng.choice([rng.randrange(1, 65536), 7, 255, 256])
        ids = rng.sample(range(1, 65536), rng.choice([1, 2, 2, 3, 4, 8, 16]))
        if rng.random() < 0.5:
            ids = list(range(1, len(ids) + 1))
        self.states = {i: rng.choice([UP, UP, UP, UP, DOWN, SYNCING]) for i in ids}
        self.me = rng.choice(ids)
        if rng.random() < 0.7:
            self.states[self.me] = UP
        self.key = rng.randbytes(16)
        self.buckets = rng.choice([256, 256, 512, 1024, 4096])
        self.rows = []
        for _ in range(self.buckets):
            primary = rng.choice(ids)
            others = [i for i in ids if i != primary] if rng.random() < 0.9 else []
            self.rows.append((primary, rng.choice(others) if others else 0))
        vids = rng.sample(range(1, 4095), len(MEMBERS))
        self.groups = dict(zip(MEMBERS, vids))

    def message(self):
        return {"gateway": {"name": "model", "id": self.gateway, "sr": self.me, "key": self.key,
                            "buckets": self.buckets},
                "sr": [{"id": i, "name": "sr%d" % i, "state": s} for i, s in self.states.items()],
                "group": [{"id": vid, "name": name, "side": MEMBERS[name][0], "ifname": name}
                          for name, vid in self.groups.items()],
                "port": [{"side": side, "ifname": names[0]} for side, names in PORTS.items()],
                "rows": {"start": 0, "rows": b"".join(struct.pack("=HH", *row) for row in self.rows)}}

    def mac(self, side, sr, second=False):
        return struct.pack("!BBHH", 2, 0xa0 + side + 2 * second, self.gateway, sr)

    def owner(self, remote):
        primary, backup = self.rows[(siphash(self.key, remote) & 0xffffffff) % self.buckets]
        for sr in (primary, backup):
            if sr and self.states[sr] == UP:
                return sr
        return None

    def steer(self, packet, member, punted=False, second=False):
        """The counters that grow, and the frame that comes out or None. @punted: it came by a shadow port."""
        name, out = self.decide(packet, member, punted, second)
        also = ["unattributed"] if packet.unattributed and name != "not-steered" else []
        # What XDP leaves to the module is counted as if by XDP in its absence, and the reverse.
        if packet.far and name == "punted" and self.xdp:
            name = "punted-xdp"
        return [name] + also, out

    def decide(self, packet, member, punted, second):
        if packet.never():
            return "not-steered", None
        side = MEMBERS[member][0]
        owner = self.owner(packet.dst if side == SOUTH else packet.src)
        if owner == self.me:
            return "owned", None
        if packet.local in OWN_BYTES:
            return "local", None
        if second:
            return "not-owner", None
        if owner is None:
            return "no-owner", None
        frame = Frame(PORTS[side][1], self.mac(side, owner), self.mac(side, self.me, punted), self.groups[member],
                      packet.ip)
        return "second-chance" if punted else "punted", frame


OWN_BYTES = {ipaddress.ip_address(address).packed for address in OWN}


class Wire:
    """A packet socket at the other end of an interface of the SR."""

    def __init__(self, netns, ifname):
        enter(netns)
        self.name = ifname
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((ifname, 3))
        self.socket.setsockopt(263, 8, 1)      # PACKET_AUXDATA: a VLAN tag is told beside the frame
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
        self.socket.setblocking(False)

    def send(self, frame):
        while True:
            try:
                self.socket.send(frame)
                return
            except (BlockingIOError, OSError) as error:
                if not isinstance(error, BlockingIOError) and error.errno != 105:
                    raise
                select.select([], [self.socket], [], 0.01)

    def receive(self):
        """(frame, vid) of all that has come in from the SR."""
        while True:
            try:
                data, extra, _, peer = self.socket.recvmsg(70000, 256)
            except BlockingIOError:
                return
            if peer[2] == 4:    # sent by us
                continue
            vid = None
            for _, _, value in extra:
                status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", value)
                if status & 0x10:
                    vid = tci
                    assert not status & 0x40 or tpid == 0x8100, "TPID %04x" % tpid
            yield data, vid


libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    with open("/run/netns/" + netns) as file:
        if libc.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def ethertype(packet):
    return struct.pack("!H", 0x0800 if packet.version == 4 else 0x86dd)


def tag(vid):
    return struct.pack("!HH", 0x8100, vid)


class Run:
    def __init__(self, args):
        self.args = args
        self.wires = {"in0": Wire(args.inside, "in0"), "out0": Wire(args.outside, "out0"),
                      "n2": Wire(args.switch, "n2"), "s2": Wire(args.switch, "s2")}
        enter(args.sr)
        self.genl = Family(args.spec)
        self.outcomes = collections.Counter()
        self.kinds = collections.Counter()

    def counters(self):
        counters = {c["counter"]["name"]: c["counter"]["packets"] for c in self.genl.dump("stats")}
        if self.args.mode != "module":
            counters["punted"], counters["punted-xdp"] = counters["punted-xdp"], counters["punted"]
        return collections.Counter(counters)

    def into_member(self, rng, model, maker):
        """A frame to a member: where it goes in, its bytes, counters, what comes out."""
        packet, member = maker.packet(), rng.choice(list(MEMBERS))
        side, wire, vid = MEMBERS[member]
        mac, counted = MACS[wire], True
        if rng.random() < 0.03:     # for another host
            mac, counted = bytes.fromhex("0200000000ff"), False
        data = mac + b"\x02\0\0\0\0\x99" + (tag(vid) if vid else b"") + ethertype(packet) + packet.ip
        names, out = model.steer(packet, member) if counted else ([], None)
        self.kinds[packet.kind] += 1
        return wire, data, names, out

    def into_port(self, rng, model, maker):
        """A punt frame from another SR."""
        packet, member = maker.packet(), rng.choice(list(MEMBERS))
        side, sender, second = MEMBERS[member][0], None, rng.random() < 0.4
        others = [sr for sr in model.states if sr != model.me]
        if others:
            sender = rng.choice(others)
        vid, wrong = model.groups[member], rng.random()
        destination, source = model.mac(side, model.me), model.mac(side, sender or model.me, second)
        reason = None if sender else "bad-sender"
        if wrong < 0.02:
            destination, reason = model.mac(side, model.me ^ 1), "not-for-us"
        elif wrong < 0.04 and sender:
            source, reason = model.mac(1 - side, sender), "wrong-switch"
        elif wrong < 0.06 and sender:
            vid = next(v for v in range(1, 4095) if v not in model.groups.values())
            reason = "bad-group"
        elif wrong < 0.08 and sender:
            vid, reason = next(v for n, v in model.groups.items() if MEMBERS[n][0] != side), "wrong-switch"
        elif wrong < 0.10:
            source, reason = struct.pack("!BBHH", 2, 0xa0 + side, model.gateway ^ 1, sender or 1), "bad-sender"
        data = destination + source + tag(vid | rng.randrange(8) << 13) + ethertype(packet) + packet.ip
        if reason:
            return PORTS[side][1], data, [reason], None
        names, out = model.steer(packet, member, punted=True, second=second)
        return PORTS[side][1], data, ["received"] + names, out

    def punted(self, expected):
        """Collects what comes out of the shadow ports: as many frames as expected, and what is there beside them."""
        got, deadline = collections.Counter(), time.monotonic() + 60
        while True:
            for port in ("n2", "s2"):
                for data, vid in self.wires[port].receive():
                    if data[12:14] == b"\x88\xb5":
                        continue
                    got[Frame(port, data[:6], data[6:12], vid, data[14:])] += 1
            if sum(got.values()) >= expected or time.monotonic() > deadline:
                return got
            select.select([self.wires["n2"].socket, self.wires["s2"].socket], [], [], 0.2)

    def config(self, number):
        """One configuration and its frames. What is wrong, or None."""
        rng = random.Random("%d %d" % (self.args.seed, number))
        model, maker = Model(rng, self.args.mode != "module"), packets.Maker(rng, OWN)
        self.genl.do("set", model.message())
        before = self.counters()
        counters, frames, sent = collections.Counter(), collections.Counter(), []
        for _ in range(self.args.frames):
            wire, data, names, out = rng.choice([self.into_member, self.into_member, self.into_port])(rng, model, maker)
            self.wires[wire].send(data)
            counters.update(names)
            self.outcomes.update(names)
            if out:
                frames[out] += 1
            sent.append((wire, data, names, out))
        got = self.punted(sum(frames.values()))
        deadline = time.monotonic() + 60
        while True:
            grown = self.counters() - before
            if sum(grown.values()) >= sum(counters.values()) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if grown == counters and got == frames:
            return None
        return self.report(model, counters, grown, frames, got, sent)

    def report(self, model, counters, grown, frames, got, sent):
        lines = ["gateway %d sr %d states %s buckets %d key %s groups %s" %
                 (model.gateway, model.me, model.states, model.buckets, model.key.hex(), model.groups)]
        for name in sorted(counters | grown):
            if counters[name] != grown[name]:
                lines.append("counter %s: %d, not %d" % (name, grown[name], counters[name]))
        for title, difference in (("missing", frames - got), ("not expected", got - frames)):
            for frame in list(difference)[:5]:
                lines.append("%s at %s: to %s from %s vid %s: %s" %
                             (title, frame.port, frame.dmac.hex(), frame.smac.hex(), frame.vid, frame.ip.hex()))
        for wire, data, names, out in sent:
            if out and out in frames - got:
                lines.append("sent to %s: %s" % (wire, data.hex()))
        return "\n# ".join(lines)


def main():
    parser = argparse.ArgumentParser()
    for name in ("sr", "inside", "outside", "switch", "spec", "mode"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--configs", type=int, default=10)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=10 ** 9)
    parser.add_argument("--only", type=int)
    args = parser.parse_args()
    check_siphash()
    run = Run(args)
    end, done = time.monotonic() + args.seconds, 0
    for number in range(args.configs) if args.only is None else [args.only]:
        if time.monotonic() > end:
            break
        wrong = run.config(number)
        if wrong:
            print("not ok steering, %s, seed %d --only %d: %s" % (args.mode, args.seed, number, wrong))
            sys.exit(1)
        done += args.frames
    run.genl.do("del", {"gateway": {}})
    print("# outcomes: " + ", ".join("%s %d" % item for item in sorted(run.outcomes.items())))
    print("# packets: " + ", ".join("%s %d" % item for item in sorted(run.kinds.items())))
    print("ok steering, %s: %d frames" % (args.mode, done))


main()
