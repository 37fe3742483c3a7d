# SPDX-License-Identifier: GPL-2.0-or-later
"""
Random IP packets of every kind that is steered in its own way, each with what its maker knows about it: the addresses
that it is to be steered by. No parser is involved, so no parser can be wrong twice.
"""

import ipaddress
import struct

V4_ERRORS = [3, 4, 5, 11, 12]
V6_ERRORS = [1, 2, 3, 4, 0, 100, 127]
NEVER4 = ["0.1.2.3", "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.255.255", "224.0.0.5", "239.255.0.1",
          "240.0.0.1", "255.255.255.255"]
NEVER6 = ["fe80::1", "febf::1", "fe80:ffff::2"]
NEAR4 = ["1.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "168.254.0.1", "170.254.0.1",
         "223.255.255.255"]
NEAR6 = ["fec0::1", "fe7f:ffff::1", "::2", "::1:0:0", "100::", "fdff::1", "64:ff9b::1"]


class Packet:
    """
    @ip: its bytes. @src, @dst: what it is to be steered by. @local: its own destination. @far: XDP leaves it to the
    module. @unattributed: nothing in it tells what it is about.
    """

    def __init__(self, kind, ip, src, dst, local, far=False, unattributed=False):
        self.kind, self.ip, self.src, self.dst, self.local = kind, ip, src, dst, local
        self.far, self.unattributed = far or unattributed, unattributed

    @property
    def version(self):
        return 4 if len(self.src) == 4 else 6

    def never(self):
        """Is it of those that are never steered?"""
        return any(never(address) for address in (self.src, self.dst, self.local))


NEVER_NETS = {4: ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"],
              6: ["::/127", "fe80::/10", "ff00::/8"]}
NEVER_NETS = {version: [(int(net.network_address), int(net.netmask)) for net in map(ipaddress.ip_network, nets)]
              for version, nets in NEVER_NETS.items()}


def never(address):
    number = int.from_bytes(address, "big")
    return any(number & mask == net for net, mask in NEVER_NETS[4 if len(address) == 4 else 6])


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def ipv4(src, dst, protocol, payload, options=b"", fragment=0):
    size = 20 + len(options)
    header = struct.pack("!BBHHHBBH", 0x40 + size // 4, 0, size + len(payload), 0, fragment, 64, protocol, 0)
    header += src + dst + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(src, dst, protocol, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + src + dst + payload


class Maker:
    def __init__(self, rng, own):
        """@own: addresses of this SR."""
        self.rng, self.own, self.number = rng, [ipaddress.ip_address(a).packed for a in own], 0

    def address(self, version):
        roll = self.rng.random()
        if roll < 0.06:
            return ipaddress.ip_address(self.rng.choice(NEAR4 if version == 4 else NEAR6)).packed
        if version == 4:
            return bytes([self.rng.choice([10, 100, 172, 192, 203, 8])]) + self.rng.randbytes(3)
        return b"\x20\x01\x0d\xb8" + self.rng.randbytes(12)

    def unique(self):
        self.number += 1
        return struct.pack("!I", self.number)

    def never(self, version):
        return ipaddress.ip_address(self.rng.choice(NEVER4 if version == 4 else NEVER6)).packed

    def extensions(self, count, last, size=None):
        """
        A chain of @count IPv6 extension headers before protocol @last, of random sizes unless given: the first's type,
        and the bytes.
        """
        kinds = [self.rng.choice([43, 44, 51, 60]) for _ in range(count)]
        if kinds and self.rng.random() < 0.3:
            kinds[0] = 0        # hop by hop may only be the first
        data, random = b"", size is None
        for kind, following in zip(kinds, kinds[1:] + [last]):
            size = self.rng.randrange(3) if random else 0
            if kind == 44:
                data += struct.pack("!BBHI", following, self.rng.randrange(256), self.rng.randrange(2), 7)
            elif kind == 51:
                data += struct.pack("!BBH", following, 1 + size, 0) + bytes(8 + 4 * size)
            elif kind == 43:    # no segments left: nothing to route by
                data += struct.pack("!BBBB", following, size, 4, 0) + bytes(4 + 8 * size)
            else:               # one option for experiments, to be skipped
                data += struct.pack("!BBBB", following, size, 0x1e, 4 + 8 * size) + bytes(4 + 8 * size)
        return (kinds + [last])[0], data

    def transport(self):
        """Protocol and bytes."""
        ports = struct.pack("!HH", self.rng.randrange(1, 65536), self.rng.randrange(1, 65536))
        body = self.unique() + self.rng.randbytes(self.rng.randrange(40))
        return self.rng.choice([(17, ports + struct.pack("!HH", 8 + len(body), 0) + body),
                                (6, ports + self.rng.randbytes(8) + b"\x50\x02\xff\xff\0\0\0\0" + body),
                                (50, ports + body), (132, ports + body)])

    def quoted(self, version, src, dst):
        """The beginning of a packet, as an error quotes it."""
        protocol, data = self.transport()
        if version == 4:
            return ipv4(src, dst, protocol, data, options=b"\1" * 4 * self.rng.choice([0, 0, 0, 1, 10]))
        return ipv6(src, dst, protocol, data)

    def error(self, version):
        src, dst = self.address(version), self.address(version)
        router, back = self.address(version), src
        if self.rng.random() < 0.08:
            src = self.never(version)
        if self.rng.random() < 0.08:
            dst = self.never(version)
        quote = self.quoted(version, src, dst)
        if version == 4:
            icmp = struct.pack("!BBHI", self.rng.choice(V4_ERRORS), self.rng.randrange(4), 0, 0) + quote
            options = b"\1" * 4 * self.rng.choice([0, 0, 1, 10])
            ip = ipv4(router, back, 1, icmp, options=options, fragment=self.rng.choice([0, 0, 0x4000, 0x2000]))
            return Packet("error", ip, dst, src, back)
        icmp = struct.pack("!BBHI", self.rng.choice(V6_ERRORS), self.rng.randrange(4), 0, 1280) + quote
        count = self.rng.choice([0, 0, 0, 1, 2, 3, 6, 7, 9, 25])
        first, data = self.extensions(count, 58, 0 if count > 9 else None)
        ip = ipv6(router, back, first, data + icmp)
        if count > 24:          # too many to look behind
            return Packet("error-beyond", ip, router, back, back, unattributed=True)
        return Packet("error-far" if count > 6 else "error", ip, dst, src, back, far=count > 6)

    def mute(self, version):
        """An error that does not tell what it is about: too short, or of the wrong version."""
        src, dst = self.address(version), self.address(version)
        quote = self.quoted(version, self.address(version), self.address(version))
        if self.rng.random() < 0.5:
            quote = quote[:self.rng.randrange(20 if version == 4 else 40)]
        else:
            quote = b"\x50" + quote[1:]
        icmp = struct.pack("!BBHI", 3 if version == 4 else 1, 1, 0, 0) + quote
        ip = ipv4(src, dst, 1, icmp) if version == 4 else ipv6(src, dst, 58, icmp)
        return Packet("error-mute", ip, src, dst, dst, unattributed=True)

    def fragment(self, version):
        """Not the first one: even of an error, it is steered by its own addresses."""
        src, dst = self.address(version), self.address(version)
        quote = self.quoted(version, self.address(version), self.address(version))
        offset = self.rng.choice([1, 100, 0x1f00 if version == 4 else 0x1000])
        if version == 4:
            protocol, more = self.rng.choice([1, 17]), self.rng.choice([0, 0x2000])
            ip = ipv4(src, dst, protocol, struct.pack("!BBHI", 3, 1, 0, 0) + quote, fragment=offset | more)
        else:
            data = struct.pack("!BBHI", 58, 0, offset << 3 | self.rng.randrange(2), 7)
            ip = ipv6(src, dst, 44, data + struct.pack("!BBHI", 1, 0, 0, 0) + quote)
        return Packet("fragment", ip, src, dst, dst)

    def plain(self, version):
        src, dst = self.address(version), self.address(version)
        protocol, data = self.transport()
        if self.rng.random() < 0.2:     # an echo request, which quotes nothing, whatever its payload looks like
            protocol = 1 if version == 4 else 58
            data = struct.pack("!BBHI", 8 if version == 4 else 128, 0, 0, 1) + \
                self.quoted(version, self.address(version), self.address(version))
        if version == 4:
            fragment = self.rng.choice([0, 0, 0x4000, 0x2000])
            options = b"\1" * 4 * self.rng.choice([0, 0, 0, 1, 10])
            ip = ipv4(src, dst, protocol, data, options=options, fragment=fragment)
        else:
            count = self.rng.choice([0, 0, 0, 1, 2, 7])
            first, more = self.extensions(count, protocol)
            ip = ipv6(src, dst, first, more + data)
            return Packet("plain", ip, src, dst, dst, far=count > 6)
        return Packet("plain", ip, src, dst, dst)

    def local(self, version):
        src = self.address(version)
        dst = self.rng.choice([a for a in self.own if len(a) == len(src)])
        protocol, data = self.transport()
        return Packet("local", (ipv4 if version == 4 else ipv6)(src, dst, protocol, data), src, dst, dst)

    def unsteered(self, version):
        src, dst = self.address(version), self.never(version)
        if self.rng.random() < 0.5:
            src, dst = dst, src
        if version == 6 and self.rng.random() < 0.2:
            src, dst = self.address(6), ipaddress.ip_address("ff05::1:3").packed
        protocol, data = self.transport()
        return Packet("never", (ipv4 if version == 4 else ipv6)(src, dst, protocol, data), src, dst, dst)

    def packet(self):
        makers = [self.plain] * 5 + [self.error] * 3 + [self.mute, self.fragment, self.local, self.unsteered]
        return self.rng.choice(makers)(self.rng.choice([4, 6]))
