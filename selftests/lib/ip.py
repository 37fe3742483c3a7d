# SPDX-License-Identifier: GPL-2.0-or-later
"""
IP packets made by hand: what the tests send that no socket would. Addresses are ipaddress objects; all packets have
right checksums. A chain is a list of (number, bytes) of IPv6 extension headers, whose first byte is filled in here.
"""

import ipaddress
import struct

HOPOPTS, ICMP, TCP, UDP, FRAGMENT, ICMPV6, DSTOPTS = 0, 1, 6, 17, 44, 58, 60
PADDING = (DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))    # one PadN


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pseudo(src, dst, protocol, length):
    return src.packed + dst.packed + struct.pack("!II", length, protocol)


def packet(src, dst, protocol, payload, options=b"", chain=(), fragment=None, ident=1):
    """@fragment: (offset in bytes, is there more)."""
    if src.version == 6:
        chain = list(chain)
        if fragment is not None:
            chain.append((FRAGMENT, struct.pack("!BBHI", 0, 0, fragment[0] | fragment[1], ident)))
        after = [number for number, _ in chain[1:]] + [protocol]
        headers = b"".join(bytes([number]) + data[1:] for number, (_, data) in zip(after, chain))
        first = chain[0][0] if chain else protocol
        return struct.pack("!IHBB", 6 << 28, len(headers) + len(payload), first, 64) + src.packed + dst.packed + \
            headers + payload
    size = 20 + len(options)
    where = fragment[0] // 8 | fragment[1] << 13 if fragment else 0
    header = struct.pack("!BBHHHBBH", 0x40 | size // 4, 0, size + len(payload), ident & 0xffff, where, 64, protocol, 0)
    header += src.packed + dst.packed + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(src, dst, sport, dport, data):
    datagram = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    total = checksum(pseudo(src, dst, UDP, len(datagram + data)) + datagram + data)
    return datagram[:6] + struct.pack("!H", total or 0xffff) + data


def icmp(src, dst, kind, code, rest, data):
    """@rest: the second word of its header."""
    message = struct.pack("!BBHI", kind, code, 0, rest) + data
    before = pseudo(src, dst, ICMPV6, len(message)) if src.version == 6 else b""
    return message[:2] + struct.pack("!H", checksum(before + message)) + message[4:]


def address(text):
    return ipaddress.ip_address(text)
