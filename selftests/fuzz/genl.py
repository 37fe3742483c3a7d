# SPDX-License-Identifier: GPL-2.0-or-later
"""
The module's netlink protocol, straight from its specification (as JSON, see the Makefile): Family(path) knows the
numbers, do() and dump() take and give dictionaries by the specification's names. An object that may come several times
is a list.
"""

import json
import os
import socket
import struct

INTS = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q"}
NESTED = 0x8000


class Refused(Exception):
    pass


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


class Family:
    def __init__(self, path):
        with open(path) as file:
            spec = json.load(file)
        self.sets = {}
        for entry in spec["attribute-sets"]:
            attrs = {}
            for number, attr in enumerate(entry["attributes"], 1):
                attr["number"] = attr.get("value", number)
                attrs[attr["name"]] = attr
            self.sets[entry["name"]] = attrs
        self.commands = {op["name"]: number for number, op in enumerate(spec["operations"]["list"], 1)}
        self.top = spec["name"]
        self.sequence = 0
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((0, 0))
        self.socket.setsockopt(270, 11, 1)      # NETLINK_EXT_ACK
        self.socket.settimeout(60)
        self.family = 0x10
        for reply in self.send(3, attribute(2, spec["name"].encode() + b"\0"), 0):      # CTRL_CMD_GETFAMILY
            self.family = struct.unpack("=H", dict(attributes(reply))[1])[0]

    def encode(self, name, value):
        data = b""
        for key, values in value.items():
            attr = self.sets[name][key]
            for item in values if isinstance(values, list) else [values]:
                kind = attr["number"]
                if attr["type"] == "nest":
                    data += attribute(kind | NESTED, self.encode(attr["nested-attributes"], item))
                elif attr["type"] == "flag":
                    data += attribute(kind, b"")
                elif attr["type"] in INTS:
                    data += attribute(kind, struct.pack(INTS[attr["type"]], item))
                elif attr["type"] == "string":
                    data += attribute(kind, item.encode() + b"\0")
                else:
                    data += attribute(kind, item)
        return data

    def decode(self, name, data):
        names = {attr["number"]: attr for attr in self.sets[name].values()}
        result = {}
        for kind, value in attributes(data):
            attr = names[kind]
            if attr["type"] == "nest":
                value = self.decode(attr["nested-attributes"], value)
            elif attr["type"] in INTS:
                value = struct.unpack(INTS[attr["type"]], value)[0]
            elif attr["type"] == "uint":
                value = int.from_bytes(value, "little" if struct.pack("=H", 1)[0] else "big")
            elif attr["type"] == "string":
                value = value[:-1].decode()
            result[attr["name"]] = value
        return result

    def send(self, command, data, flags):
        """The attributes of each message that comes back, up to the acknowledgement or the end of the dump."""
        self.sequence += 1
        self.socket.send(struct.pack("=IHHII", 20 + len(data), self.family, 1 | 4 | flags, self.sequence, 0) +
                         struct.pack("=BBH", command, 1, 0) + data)
        replies = []
        while True:
            datagram = self.socket.recv(1 << 20)
            while datagram:
                length, kind, flags, _, _ = struct.unpack_from("=IHHII", datagram)
                body = datagram[16:length]
                datagram = datagram[(length + 3) & ~3:]
                if kind == 2 or kind == 3:
                    error = -struct.unpack_from("=i", body)[0]
                    if error:
                        raise Refused("%s %r" % (os.strerror(error), body[20:]))
                    return replies
                replies.append(body[4:])

    def do(self, command, value):
        return [self.decode(self.top, r) for r in self.send(self.commands[command], self.encode(self.top, value), 0)]

    def dump(self, command):
        return [self.decode(self.top, reply) for reply in self.send(self.commands[command], b"", 0x300)]
