# SPDX-License-Identifier: GPL-2.0-or-later
"""
The protocol of state sync, written from kmod/include/uapi/linux/saa_sync.h alone: what it understands is what the
header says. Connections of either end, and records to send on them.
"""

import hmac
import ipaddress
import os
import socket
import struct

MAGIC, VERSION = 0x73616173, 2
CONNECTOR, LISTENER = 1, 2
AUTH, RECORDS, BULK, BARRIER, PING, ACK = range(1, 7)
FLOW, GONE, EXPECTS = 1, 2, 3
HELLO = struct.Struct("!IBBHHHI4s32s")

QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
WORD = 0xffffffff


def chacha_block(key, counter, nonce):
    """RFC 8439, section 2.3."""
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    s = list(start)
    for _ in range(10):
        for i, j, k, m in QUARTERS:
            a, b, c, d = s[i], s[j], s[k], s[m]
            a = (a + b) & WORD
            d ^= a
            d = (d << 16 | d >> 16) & WORD
            c = (c + d) & WORD
            b ^= c
            b = (b << 12 | b >> 20) & WORD
            a = (a + b) & WORD
            d ^= a
            d = (d << 8 | d >> 24) & WORD
            c = (c + d) & WORD
            b ^= c
            s[i], s[j], s[k], s[m] = a, (b << 7 | b >> 25) & WORD, c, d
    return struct.pack("<16I", *((a + b) & WORD for a, b in zip(s, start)))


def chacha(key, nonce, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        block = chacha_block(key, 1 + i // 64, nonce)
        out += bytes(a ^ b for a, b in zip(data[i:i + 64], block))
    return bytes(out)


def tag(key, nonce, ad, sealed):
    """RFC 8439, sections 2.5 and 2.8."""
    one_time = chacha_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    s = int.from_bytes(one_time[16:32], "little")
    text = ad + bytes(-len(ad) % 16) + sealed + bytes(-len(sealed) % 16) + struct.pack("<QQ", len(ad), len(sealed))
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), "sha256").digest()


class Refused(Exception):
    """The other end closed the connection."""


def family_of(args):
    return socket.AF_INET6 if ":" in args.local else socket.AF_INET


class Peer:
    """A connection as the one that connects."""

    role = CONNECTOR

    def __init__(self, args, sock=None):
        self.args = args
        self.sock = sock or socket.socket(family_of(args))
        self.sock.settimeout(60)
        self.n_out = self.n_in = 0
        self.resync = None
        self.flags = 0
        if not sock:
            self.sock.bind((args.local, 0))
            self.sock.connect((args.remote, args.port))

    def read(self, length):
        data = b""
        while len(data) < length:
            try:
                more = self.sock.recv(length - len(data))
            except ConnectionError:
                more = b""
            if not more:
                raise Refused
            data += more
        return data

    def hello(self, **other):
        field = {"magic": MAGIC, "version": VERSION, "role": self.role, "gateway": self.args.gateway,
                 "from": self.args.self, "to": self.args.partner, "epoch": self.args.epoch,
                 "key_id": mac(self.args.key, b"saa sync 1 id")[:4], "nonce": os.urandom(32)}
        field.update(other)
        return HELLO.pack(*field.values())

    def shake(self, mine=None):
        """Exchanges hellos, derives the keys. Returns the other one's hello."""
        self.mine = mine = mine or self.hello()
        self.sock.sendall(mine)
        theirs = self.read(HELLO.size)
        self.key_out, self.key_in = self.keys(mine, theirs)
        return theirs

    def keys(self, connector, listener):
        """Those of the session, forth and back."""
        return [mac(self.args.key, b"saa sync 1 " + label, connector, listener) for label in (b"forth", b"back")]

    def frame(self, plain):
        head = struct.pack("!I", len(plain) + 16)
        nonce = bytes(4) + struct.pack("<Q", self.n_out)
        sealed = chacha(self.key_out, nonce, plain)
        self.n_out += 1
        return head + sealed + tag(self.key_out, nonce, head, sealed)

    def send(self, kind, payload=b"", count=0, arg=0):
        self.raw(self.frame(struct.pack("!BBHI", kind, 0, count, arg) + payload))

    def raw(self, data):
        try:
            self.sock.sendall(data)
        except ConnectionError:
            raise Refused from None

    def receive(self, longest=32768):
        """What a frame is, and what it has; a longer one is taken for records, since to open it takes long."""
        head = self.read(4)
        sealed = self.read(struct.unpack("!I", head)[0])
        nonce = bytes(4) + struct.pack("<Q", self.n_in)
        self.n_in += 1
        if len(sealed) > longest:
            return RECORDS, sealed[8:-16]
        if tag(self.key_in, nonce, head, sealed[:-16]) != sealed[-16:]:
            raise ValueError("the other end's frame is not sealed as it should be")
        plain = chacha(self.key_in, nonce, sealed[:-16])
        return plain[0], plain[8:]

    def prove(self):
        self.shake()
        self.send(AUTH)
        if self.receive()[0] != AUTH:
            raise ValueError("the first frame is no AUTH")

    def acked(self, frames):
        """Waits until the other end has done so many frames. Returns what it refused, and its barriers."""
        while True:
            kind, payload = self.receive()
            done, refused, barriers, self.resync, flags, _pad = struct.unpack("!QQIIII", payload)
            self.flags |= flags
            if kind == ACK and done >= frames:
                return refused, barriers


class Listener(Peer):
    """A connection that the SR has opened."""

    role = LISTENER

    def shake(self, mine=None):
        theirs = self.read(HELLO.size)
        mine = mine or self.hello()
        self.sock.sendall(mine)
        self.key_in, self.key_out = self.keys(theirs, mine)
        return theirs

    frames = 0

    def ack(self, refused=0, barriers=0, resync=0, flags=0, frames=None):
        """All that was taken, unless told."""
        frames = self.frames if frames is None else frames
        self.send(ACK, struct.pack("!QQIIII", frames, refused, barriers, resync, flags, 0))

    def take(self):
        self.frames += 1
        return self.receive(200)

    def bulk(self):
        """Takes frames to the end of a bulk."""
        while self.take()[0] != BARRIER:
            pass


def listeners(args):
    """Connections of the SR, one after the other."""
    with socket.create_server((args.local, args.port), family=family_of(args)) as server:
        server.settimeout(60)
        while True:
            sock, _ = server.accept()
            yield Listener(args, sock)
            sock.close()


def tuple_of(src, dst, sport, dport):
    def address(text):
        return ipaddress.ip_address(text).packed.ljust(16, b"\0")
    return address(src) + address(dst) + struct.pack("!HH", sport, dport)


def flow(src="10.1.2.3", dst="203.0.113.5", sport=1234, dport=80, nat=None, proto=6, state=3, status=0x18e, timeout=600,
         mark=0, zone=0, zone_dir=3, scale=(7, 7), extras=b"", length=None, family=None, dnat=None):
    """A flow's record; IPS_SEEN_REPLY, ASSURED, CONFIRMED is not to be there, NAT done."""
    v4 = ":" not in src
    seen = nat or (src, sport)
    orig = tuple_of(src, dst, sport, dport)
    far = dnat or (dst, dport)
    reply = tuple_of(far[0], seen[0], far[1], seen[1])
    status = (status & ~8) | (0x10 if nat else 0) | (0x20 if dnat else 0)
    body = reply + struct.pack("!IIIB3xBBBBII", status, timeout, mark, state, 3, 3, *scale, 0, 0) + extras
    length = length if length is not None else 8 + 36 + len(body)
    return struct.pack("!HBBBBH", length, FLOW, family or (2 if v4 else 10), proto, zone_dir, zone) + orig + body


def gone(src="10.1.2.3", dst="203.0.113.5", sport=1234, dport=80, proto=6):
    return struct.pack("!HBBBBH", 44, GONE, 2 if ":" not in src else 10, proto, 3, 0) + \
        tuple_of(src, dst, sport, dport)


def expect(src="203.0.113.5", dst="10.1.2.3", dport=40000, any_of=2, nat=b""):
    """One connection that a helper expects: by default from any port."""
    return tuple_of(src, dst, 0, dport) + bytes(18) + struct.pack("!BBBBBx24s", 6, 0, 0, any_of, 1, nat)


def expects(*those, src="10.1.2.3", dst="203.0.113.5", sport=1234, dport=21):
    body = tuple_of(src, dst, sport, dport) + b"".join(those)
    return struct.pack("!HBBBBH", 8 + len(body), EXPECTS, 2 if ":" not in src else 10, 6, 3, 0) + body


def extra(kind, data, length=None):
    return struct.pack("!BBH", kind, 0, len(data) if length is None else length) + data


# RFC 8439, section 2.8.2: the seal is what it should be.
assert tag(bytes(range(0x80, 0xa0)), bytes.fromhex("070000004041424344454647"),
           bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
           chacha(bytes(range(0x80, 0xa0)), bytes.fromhex("070000004041424344454647"),
                  b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                  b"sunscreen would be it.")).hex() == "1ae10b594f09e26a7e902ecbd0600691"
