#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A partner for state sync. With it the tests prove the key or fail to, replay, and say what no partner would.

    sync_peer.py --local ADDRESS --remote ADDRESS --key HEX --gateway ID --self ID --partner ID TEST [ARGUMENT...]

It connects as the partner SELF of the SR PARTNER, or waits for it to connect, and says what TEST names; prints one
line, what came of it.
"""

import argparse
import contextlib
import random
import select
import socket
import struct
import sys
import time

from sync_proto import (ACK, AUTH, BARRIER, BULK, HELLO, LISTENER, PING, Peer, RECORDS, Refused, VERSION, expect,
                        expects, extra, flow, gone, listeners, tuple_of)


def proved(args):
    """A connection on which the key is proved. Again if it was cut: a handshake may take longer each time."""
    for _ in range(8):
        with contextlib.suppress(Refused, ConnectionError):
            peer = Peer(args)
            peer.prove()
            return peer
    raise Refused


def say(args, records):
    """Proves the key and says these records; returns how many were refused."""
    peer = proved(args)
    for record in records:
        peer.send(RECORDS, record, 1)
    return peer.acked(len(records))[0]


def test_flow(args):
    print("refused", say(args, [flow(nat=("198.51.100.9", 4321), mark=5),
                                flow("fd00:10::7", "2001:db8:203::9", nat=("2001:db8:51::1", 999)),
                                flow(proto=17, state=0, sport=5353, dport=53),
                                flow("fd00:10::8", "2001:db8:203::9", proto=17, state=0)]))


def test_labels(args):
    print("refused", say(args, [flow(extras=extra(1, b"\x20" + bytes(15)))]))


def test_no_labels(args):
    print("refused", say(args, [flow()]))


def test_expect(args):
    """In turn: one, none, one with NAT; refused, such a class and such a function for NAT; another one."""
    ftp = flow(dport=21, extras=extra(2, b"ftp".ljust(16, b"\0")))
    good = expect()
    print("refused", say(args, [ftp, expects(good), expects(), expects(expect(nat=b"nat-follow-master")),
                                expects(good[:55] + b"\x01" + good[56:]), expects(expect(nat=b"none")),
                                expects(expect(dport=40001))]))


def test_gone(args):
    print("refused", say(args, [flow(), gone()]))


def test_bulk(args):
    """One flow by itself, then a bulk with another: the first is gone after the barrier."""
    peer = proved(args)
    peer.send(RECORDS, flow(sport=1), 1)
    peer.send(BULK)
    peer.send(RECORDS, flow(sport=2), 1)
    peer.send(BARRIER)
    print("refused %d barriers %d" % peer.acked(4))


def say_bulk(args, *said, owns=1):
    """Frames, of which BULK and BARRIER are numbers; the sender owns flows. Then the connection ends."""
    peer = proved(args)
    peer.acked(0)
    for one in said:
        if isinstance(one, bytes):
            peer.send(RECORDS, one, 1)
        else:
            peer.send(one, arg=owns if one == BARRIER else peer.resync)
    print("refused %d barriers %d" % peer.acked(len(said)))


def test_half_bulk(args):
    say_bulk(args, flow(sport=1), BULK, flow(sport=2))


def test_barrier_alone(args):
    say_bulk(args, BARRIER)


def test_empty_bulk(args):
    say_bulk(args, BULK, BARRIER)


def test_two_bulks(args):
    """The second one begins before the first has ended."""
    say_bulk(args, BULK, flow(sport=3), BULK, flow(sport=4), BARRIER)


def test_lost(args):
    """A bulk while which changes were lost, and one that has all; the second when it is told to."""
    peer = proved(args)
    peer.acked(0)
    for number, all_of in enumerate((5, 1), 1):
        peer.send(BULK, arg=peer.resync)
        peer.send(BARRIER, arg=all_of)
        print("barriers", peer.acked(2 * number)[1], flush=True)
        sys.stdin.readline()


def test_place(args):
    """
    A flow in the place of two, of which the SR clears one at a time: in the same zone, but the one has its replies
    somewhere else, the other one what begins it. It comes in two bulks, in the second one when it is told to.
    """
    peer = proved(args)
    peer.acked(0)
    peer.send(RECORDS, flow(zone=9, zone_dir=1, nat=("198.51.100.9", 4321)), 1)
    peer.send(RECORDS, flow("203.0.113.5", "10.1.2.3", sport=80, dport=1234, zone=9, zone_dir=2), 1)
    for number in 1, 2:
        peer.flags = 0
        peer.send(BULK, arg=peer.resync)
        peer.send(RECORDS, flow(zone=9), 1)
        peer.send(BARRIER, arg=1)
        refused_so_far, barriers = peer.acked(2 + 3 * number)
        print("refused %d barriers %d flags %d" % (refused_so_far, barriers, peer.flags), flush=True)
        sys.stdin.readline()


def test_stay(args):
    """A good connection, until it is told to end."""
    peer = proved(args)
    peer.acked(0)
    print("proved", flush=True)
    while not select.select([sys.stdin], [], [], 5)[0]:
        peer.send(PING)


def test_dying(args):
    """The same flows again and again, which somebody removes meanwhile."""
    rng = random.Random(args.seed)
    peer = proved(args)
    for _ in range(args.count):
        records = [rng.choice([flow, flow, flow, gone])(*rng.choice([V4, V6]), dport=rng.randrange(4)) for _ in range(20)]
        peer.send(RECORDS, b"".join(records), len(records))
    peer.acked(args.count)
    print("done")


def test_own(args):
    """What takes the place of the SR's own: an update, an end, another mapping."""
    print("refused", say(args, [flow("192.0.2.1", mark=9), gone("192.0.2.1"),
                                flow("10.9.9.9", nat=("198.51.100.9", 4321))]))


def test_own_again(args):
    """The same flow as one that goes by at the SR without being steered."""
    print("refused", say(args, [flow("10.9.9.9", mark=9)]))


def trickle(peer, frame):
    for at in range(len(frame)):
        peer.raw(frame[at:at + 1])
        time.sleep(0.03)


def test_slow(args):
    """A bulk that comes a byte at a time: a frame takes longer than silence may last. Again if it is cut."""
    for _ in range(8):
        try:
            peer = Peer(args)
            peer.prove()
            for kind, payload in (BULK, b""), (RECORDS, flow()), (BARRIER, b""):
                trickle(peer, peer.frame(struct.pack("!BBHI", kind, 0, bool(payload), 0) + payload))
            print("refused %d barriers %d" % peer.acked(3))
            return
        except (Refused, ConnectionError):
            pass
    print("cut each time")


def test_trickle(args):
    """A handshake that takes longer than the longest may."""
    peer = Peer(args)
    try:
        for byte in peer.hello():
            peer.raw(bytes((byte,)))
            time.sleep(0.3)
        peer.read(HELLO.size)
        print("answered")
    except Refused:
        print("cut")


def test_endless(args):
    """A frame that comes for longer than any may; a byte is never too late."""
    peer = proved(args)
    try:
        for byte in peer.frame(struct.pack("!BBHI", RECORDS, 0, 2, 0) + flow() + flow(sport=1)):
            peer.raw(bytes((byte,)))
            time.sleep(0.5)
        peer.acked(1)
        print("taken")
    except Refused:
        print("cut")


def test_late(args):
    """Says nothing for longer than a handshake may take; again if it is cut."""
    for cut in range(8):
        try:
            peer = Peer(args)
            time.sleep(3)
            peer.prove()
            print("proved after it was cut %d times" % cut)
            return
        except (Refused, ConnectionError):
            pass
    print("cut each time")


def test_silent(args):
    """Proves the key, and nothing more."""
    peer = proved(args)
    try:
        while True:
            peer.receive()
    except (Refused, ConnectionError):
        print("cut")


def malformed():
    """Records with one thing wrong each."""
    good, one = flow(), expect()
    yield "cut", good[:40]
    yield "length 0", flow(length=0)
    yield "length odd", flow(length=109)
    yield "length beyond", flow(length=112)
    yield "length short", flow(length=104)
    yield "kind", good[:2] + b"\x09" + good[3:]
    yield "family", flow(family=3)
    yield "zone direction", flow(zone_dir=0)
    yield "zone direction", flow(zone_dir=4)
    yield "tcp state", flow(state=0)
    yield "tcp state", flow(state=10)
    yield "udp state", flow(proto=17, state=1)
    yield "status confirmed", good[:83] + b"\x08" + good[84:]
    yield "status high", good[:80] + b"\x80" + good[81:]
    yield "timeout", flow(timeout=0x7fffffff)
    yield "scale", flow(scale=(15, 0))
    yield "address tail", good[:12] + b"\x01" + good[13:]
    yield "extra cut", flow(extras=b"\x01\x00")
    yield "extra beyond", flow(extras=extra(1, bytes(16), 20))
    yield "extra kind", flow(extras=extra(9, bytes(4)))
    yield "extra twice", flow(extras=extra(1, bytes(16)) * 2)
    yield "helper without end", flow(extras=extra(2, b"x" * 16))
    yield "helper empty", flow(extras=extra(2, bytes(16)))
    yield "labels short", flow(extras=extra(1, bytes(12)))
    for name, at, byte in (("protocol", 54, 47), ("flags", 56, 4), ("any", 57, 4), ("direction", 58, 2),
                           ("NAT's end", 83, 1), ("address tail", 4, 1), ("saved tail", 40, 1)):
        yield "expected " + name, expects(one[:at] + bytes((byte,)) + one[at + 1:])
    yield "expected cut", expects(one[:80])
    yield "too many expected", expects(one * 33)
    yield "expected by nobody", expects(one)
    yield "gone long", gone()[:1] + b"\x30" + gone()[2:] + bytes(4)
    good = flow(status=6)
    yield "NAT that is none", good[:44] + tuple_of("192.0.2.1", "192.0.2.2", 1, 2) + good[80:]


def test_malformed(args):
    records = [record for _name, record in malformed()]
    print("said %d refused %d" % (len(records), say(args, records)))


# What the random records are made of: each kind of flow, with all that it may have.
SEQADJ = extra(3, struct.pack("!6I", 100, 0, 5, 200, 5, 10))
MASTER = extra(4, tuple_of("10.1.2.3", "203.0.113.5", 1234, 21))
FTP = extra(2, b"ftp".ljust(16, b"\0"))
V4, V6 = ("10.1.2.3", "203.0.113.5"), ("fd00:10::7", "2001:db8:203::9")
SEEDS = (
    flow, gone,
    lambda sport: flow(sport=sport, nat=("198.51.100.9", sport), mark=5, extras=extra(1, bytes(16))),
    lambda sport: flow(*V6, sport=sport, nat=("2001:db8:51::1", 999)),
    lambda sport: flow(sport=sport, dnat=("10.1.0.80", 8080)),
    lambda sport: flow(sport=sport, nat=("198.51.100.8", sport), dnat=("10.1.0.81", 80)),
    lambda sport: flow(sport=sport, proto=1, state=0, dport=0x800, nat=("198.51.100.7", 77)),
    lambda sport: flow(sport=sport, proto=17, state=0, dport=53, zone=9, zone_dir=1),
    lambda sport: flow(sport=sport, proto=132, state=4),
    lambda sport: flow(sport=sport, proto=47, state=0, extras=MASTER, status=0x107),
    lambda sport: flow(sport=1234, dport=21, nat=("198.51.100.6", 2121), status=0x1c6, extras=FTP + SEQADJ),
    lambda sport: flow(sport=sport, dport=40000, status=0x187, extras=MASTER),
    lambda sport: expects(expect(), expect(dport=sport, nat=b"nat-follow-master"), sport=1234),
    lambda sport: expects(sport=1234),
)


def test_random(args):
    """Frames with a record that is mutated at random, under a good seal."""
    rng = random.Random(args.seed)
    peer = proved(args)
    for number in range(args.count):
        if number and number % 200 == 0:
            peer.acked(number)      # what it says is to be read, or it waits
        record = bytearray(rng.choice(SEEDS)(sport=rng.randrange(65536)))
        record += extra(rng.randrange(6), rng.randbytes(rng.choice([0, 4, 16, 24, 36])))
        if rng.random() < 0.7:
            record[0:2] = struct.pack("!H", len(record))
        for _ in range(rng.randrange(6)):
            record[rng.randrange(len(record))] = rng.choice([0, 1, 2, 6, 10, 17, 47, 132, 255, rng.randrange(256)])
        peer.send(rng.choice([RECORDS] * 8 + [BULK, BARRIER, PING, 0, 77]), bytes(record), rng.choice([0, 1, 2, 65535]),
                  rng.randrange(1 << 32))
    print("done %d refused %d" % (args.count, peer.acked(args.count)[0]))


def taken(connections):
    """The next connection of the SR on which the key is proved. The SR has more patience with each handshake."""
    for peer in connections:
        with contextlib.suppress(Refused, ConnectionError):
            peer.prove()
            return peer
    raise Refused


def listen(args):
    """A connection of the SR, which sends all then."""
    peer = taken(listeners(args))
    peer.ack()
    return peer


def test_listen_pace(args):
    """Says nothing while a bulk comes, until something else comes, or the bulk ends; then it takes the rest of it."""
    peer = listen(args)
    said = None
    while not said:
        kind, payload = peer.take()
        if peer.frames == 20:
            print("begun", flush=True)
        if kind == BARRIER:
            said = "a barrier"
        elif kind == RECORDS and peer.frames > 2 and len(payload) < 200:    # so it is no step of a bulk
            said = "a change"
    print("first", said, flush=True)
    peer.ack()
    while kind != BARRIER:
        kind, _ = peer.take()
        peer.ack(barriers=kind == BARRIER)
    print("barriers 1", flush=True)
    sys.stdin.readline()


def test_listen_again(args):
    """Confirms a bulk and asks for another one at once."""
    peer = listen(args)
    for barriers in 1, 2:
        peer.bulk()
        peer.ack(barriers=barriers, resync=1)
    print("barriers 2", flush=True)
    sys.stdin.readline()


def test_listen_busy(args):
    """Could not take all, since flows ended just then; takes it when it comes by itself, and it is told to."""
    peer = listen(args)
    peer.bulk()
    peer.ack(1, 1, flags=2)
    print("barriers 1", flush=True)
    sys.stdin.readline()
    peer.bulk()
    peer.ack(1, 2)
    print("barriers 2", flush=True)
    sys.stdin.readline()


def test_listen(args):
    """
    Takes all flows, in order; says that 3 were refused. What the connection carries then is told when it ends. The
    first has 600 seconds left at most.
    """
    peer = listen(args)
    records = barriers = left = 0
    while not barriers:
        kind, payload = peer.take()
        if kind == RECORDS:
            left = left or struct.unpack_from("!I", payload, 84)[0]
            records += len(payload) // 108
        barriers += kind == BARRIER
    peer.ack(3, barriers)
    print("flows %d barriers %d %s" % (records, barriers, "in time" if 0 < left <= 600 else left), flush=True)
    sys.stdin.readline()


def test_listen_lies(args):
    """Each connection ends that confirms what was not said, or less than before, or nothing."""
    words = []
    lies = {"frames": 1 << 40, "refused": 5}, {"refused": 5, "barriers": 9}, {"refused": 4}, None
    connections = listeners(args)
    for lie in lies:
        peer = taken(connections)
        peer.ack(5)
        if lie:
            peer.ack(**lie)
        else:
            peer.send(ACK, bytes(31))
        peer.sock.settimeout(20)    # in which it would ask whether we are there
        try:
            while True:
                peer.receive()
        except (Refused, TimeoutError) as end:
            words.append("cut" if isinstance(end, Refused) else "taken")
    print(*words)


def unproved(rng, peer):
    """The SR's partner speaks as one that has no key would. Returns what the SR said, but for hello and proof."""
    hello = bytearray(peer.hello(**rng.choice([{}, {}, {"key_id": bytes(4)}, {"key_id": rng.randbytes(4)}])))
    if rng.random() < 0.5:
        for _ in range(rng.randrange(1, 5)):
            hello[rng.randrange(20)] = rng.randrange(256)
    peer.args.key = rng.randbytes(32)
    peer.shake(bytes(hello[:rng.choice([52] * 4 + [rng.randrange(52)])]))
    peer.raw(rng.choice([peer.frame(struct.pack("!BBHI", AUTH, 0, 0, 0)), rng.randbytes(rng.randrange(100)),
                         struct.pack("!I", rng.choice([0, 23, 24, 25, 32768, 32769, 1 << 31])) + rng.randbytes(2000)]))
    said = b""
    with contextlib.suppress(OSError):
        peer.sock.shutdown(socket.SHUT_WR)
        while more := peer.sock.recv(65536):
            said += more
    return said[28:]


def sealed(rng, peer):
    """Frames under a good seal: acknowledgments of anything, and what a listener has not to say."""
    peer.prove()
    for _ in range(50):
        if rng.random() < 0.8:
            numbers = [0, 0, 0, rng.choice([0, 1, rng.randrange(1 << 32)]), rng.randrange(4), 0]
            if rng.random() < 0.1:
                numbers[rng.randrange(6)] = rng.randrange(1 << 32)
            peer.send(ACK, struct.pack("!QQIIII", *numbers)[:32 if rng.random() < 0.95 else rng.randrange(32)])
        else:
            peer.send(rng.choice([AUTH, RECORDS, BULK, BARRIER, PING, 0, 77]),
                      rng.choice(SEEDS)(sport=rng.randrange(65536)), 1, rng.randrange(3))


def test_listen_random(args):
    """What a hostile listener says: without the key, and with it."""
    rng = random.Random(args.seed)
    key, told = args.key, 0
    for number, peer in enumerate(listeners(args)):
        args.key = key
        if number == args.count:
            break
        try:
            if number % 3:
                told += len(unproved(rng, peer))
            else:
                sealed(rng, peer)
        except (Refused, ConnectionError):
            pass
    print("done %d told %d bytes" % (args.count, told))


def refused(args, change, mine=None):
    """What follows a good handshake that "change" makes bad."""
    try:
        peer = Peer(args)
        theirs = peer.shake(mine and peer.hello(**mine))
        change(peer, theirs)
        peer.receive()
        peer.receive()
        peer.receive()
    except (Refused, ConnectionError):
        print("refused")
    else:
        print("accepted")


def test_good(args):
    """Nothing is wrong with it."""
    def say_one(peer, theirs):
        peer.send(AUTH)
        peer.send(RECORDS, flow(), 1)
    refused(args, say_one)


def test_wrong_key(args):
    peer = Peer(args)
    good = args.key
    args.key = bytes(32)
    mine = peer.hello()
    args.key = good
    peer.sock.sendall(mine)
    theirs = HELLO.unpack(peer.read(HELLO.size))
    print("answer with key id %s" % theirs[7].hex())


def test_unproved(args):
    """The right key id without the key: the AUTH cannot be sealed."""
    refused(args, lambda peer, theirs: peer.raw(struct.pack("!I", 24) + bytes(24)))


def test_no_auth(args):
    """The key is known, but records come in place of the AUTH."""
    refused(args, lambda peer, theirs: peer.send(RECORDS, flow(), 1))


def test_reflection(args):
    """Its own words, sent back."""
    def reflect(peer, theirs):
        head = peer.read(4)
        peer.raw(head + peer.read(struct.unpack("!I", head)[0]))
    refused(args, reflect)


def test_replay(args):
    """A recording of a good connection."""
    peer = proved(args)
    peer.n_out = 0      # what has been said is the same when it is sealed once more
    recorded = [peer.frame(struct.pack("!BBHI", AUTH, 0, 0, 0)),
                peer.frame(struct.pack("!BBHI", RECORDS, 0, 1, 0) + flow())]
    peer.raw(recorded[1])
    peer.acked(1)
    peer.sock.close()
    again = Peer(args)
    try:
        again.sock.sendall(peer.mine)
        again.read(HELLO.size)
        for frame in recorded:
            again.raw(frame)
        again.read(4)   # its AUTH comes first
        again.read(24)
        again.read(4)
    except (Refused, ConnectionError):
        print("refused")
    else:
        print("accepted")


def test_frame_twice(args):
    """The same frame a second time, in one connection."""
    def twice(peer, theirs):
        peer.send(AUTH)
        frame = peer.frame(struct.pack("!BBHI", RECORDS, 0, 1, 0) + flow())
        peer.raw(frame + frame)
    refused(args, twice)


def test_huge(args):
    refused(args, lambda peer, theirs: peer.raw(struct.pack("!I", 0x7fffffff) + bytes(1000)))


def test_version(args):
    peer = Peer(args)
    theirs = HELLO.unpack(peer.shake(peer.hello(version=VERSION - 1)))
    print("answer of version", theirs[1])


def test_identity(args):
    """Somebody else, or for somebody else."""
    words = []
    for change in ({"gateway": args.gateway + 1}, {"from": args.self + 1}, {"to": args.partner + 1},
                   {"role": LISTENER}, {"magic": 0x47455420}):
        peer = Peer(args)
        try:
            peer.sock.sendall(peer.hello(**change))
            peer.read(HELLO.size)
            words.append("answered")
        except (Refused, ConnectionError):
            words.append("refused")
    print(*words)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--local", required=True)
    parser.add_argument("--remote", required=True)
    parser.add_argument("--port", type=int, default=7220)
    parser.add_argument("--key", type=bytes.fromhex, required=True)
    parser.add_argument("--gateway", type=int, required=True)
    parser.add_argument("--self", type=int, required=True)
    parser.add_argument("--partner", type=int, required=True)
    parser.add_argument("--epoch", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("test")
    args = parser.parse_args()
    globals()["test_" + args.test.replace("-", "_")](args)
    sys.stdout.flush()



if __name__ == "__main__":
    main()
