#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Random options of Geneve packets, for frames.py, and what the module must count for each: a model of what
Documentation/punt-format.rst says, of its own.

usage: geneve_options.py SEED COUNT GATEWAY SR GROUP OTHER-SIDE

The packets are of SR for GROUP; OTHER-SIDE is a group of the other punt switch. Prints COUNT lines "COUNTER OPTIONS",
OPTIONS in hexadecimal, "-" for none.
"""

import random
import struct
import sys

CLASS_AND_TYPE = b"\xff\xa0\x81"
LONGEST = 252

seed, count, *ids = (int(arg) for arg in sys.argv[1:])
gateway, sr, group, other_side = ids
rnd = random.Random(seed)


def ours():
    return CLASS_AND_TYPE + struct.pack("!BBBHHH", 2, 1, 0, gateway, sr, group)


def nearly_ours():
    option = bytearray(ours())
    option[rnd.randrange(len(option))] = rnd.choice([0, 1, 2, 3, 7, other_side, 0x80, 0xff, rnd.randrange(256)])
    return bytes(option)


def another():
    words = rnd.choice([0, 1, 2, 3, 31])
    kind = rnd.choice([CLASS_AND_TYPE, b"\xff\xa0" + rnd.randbytes(1), rnd.randbytes(3)])
    return kind + bytes([rnd.choice([0, 0x20, 0xe0]) | words]) + rnd.randbytes(4 * words)


def noise():
    return rnd.randbytes(4 * rnd.randrange(1, 8))


def options():
    kinds = [ours, nearly_ours, nearly_ours, another, noise]
    parts = [rnd.choice(kinds)() for _ in range(rnd.choice([0, 1, 1, 1, 2, 3, 4]))]
    text = b"".join(parts)[:LONGEST]
    return text[:len(text) - 4 * rnd.randrange(1, 3)] if text and rnd.random() < 0.1 else text


def counter(text):
    """What is wrong first, from front to back, counts."""
    found = None
    while text:
        end = 4 + 4 * (text[3] & 31)
        if end > len(text):
            return "option-malformed"
        option, text = text[:end], text[end:]
        if option[:3] != CLASS_AND_TYPE:
            return "option-critical" if option[2] & 0x80 else "option-foreign"
        if found or option[3] != 2 or option[4] != 1 or option[5] not in (0, 1):
            return "option-malformed"
        found = option
    if not found:
        return "option-missing"
    second, of_gateway, of_sr, of_group = struct.unpack("!BHHH", found[5:])
    if (second, of_gateway, of_sr) != (0, gateway, sr):
        return "bad-sender"
    if of_group == other_side:
        return "wrong-switch"
    return "received" if of_group in (group, 2) else "bad-group"


for _ in range(count):
    drawn = options()
    print(counter(drawn), drawn.hex() or "-")
