#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Prints the netlink specification as C tables (struct attr, set and op of fuzz.h), so that what is added to the
specification is fuzzed without anyone touching the fuzzer.

usage: spec.py [--json] SPEC.yaml	--json: the specification as it is, for Python in guests, where YAML is slow
"""

import json
import sys

import yaml

KINDS = {"string", "binary", "flag", "nest", "uint", "u8", "u16", "u32", "u64"}


def ident(*parts):
    return "_".join(parts).replace("-", "_")


class Spec:
    def __init__(self, path):
        with open(path) as file:
            self.spec = yaml.safe_load(file)
        self.definitions = {d["name"]: d for d in self.spec["definitions"]}
        self.sets = {s["name"]: s for s in self.spec["attribute-sets"]}
        self.family = self.spec["name"]

    def symbol(self, set_name, attr_name):
        if set_name == self.family:
            return ident(self.family, "a", attr_name).upper()
        return ident(self.family, "a", set_name, attr_name).upper()

    def number(self, value):
        """A limit is a number or the name of a constant."""
        return value if isinstance(value, int) else self.definitions[value]["value"]

    def bits(self, name):
        return (1 << len(self.definitions[name]["entries"])) - 1

    def attr(self, set_name, attr):
        checks = attr.get("checks", {})
        kind = attr["type"] if attr["type"] in KINDS else "binary"
        fields = ['.name = "%s"' % attr["name"], ".set = \"%s\"" % set_name, ".kind = K_%s" % kind.upper(),
                  ".type = %s" % self.symbol(set_name, attr["name"])]
        for check in ("min", "max", "min-len", "max-len", "exact-len"):
            if check in checks:
                fields.append(".%s = %d" % (ident(check), self.number(checks[check])))
                if check == "max":
                    fields.append(".has_max = 1")
        if "flags-mask" in checks:
            fields.append(".mask = %d" % self.bits(checks["flags-mask"]))
        if attr.get("multi-attr"):
            fields.append(".multi = 1")
        if attr.get("doc", "").rstrip().endswith("replies only."):
            fields.append(".reply_only = 1")
        if "secret" in attr.get("doc", ""):
            fields.append(".secret = 1")
        if kind == "nest":
            fields.append(".nest = &set_%s" % ident(attr["nested-attributes"]))
        return "\t{ %s },\n" % ", ".join(fields)

    def op(self, op):
        lines = ['\t.name = "%s", .cmd = %s,\n' % (op["name"], ident(self.family, "cmd", op["name"]).upper())]
        for mode in ("do", "dump", "event"):
            part = op.get(mode)
            if part is None:
                continue
            lines.append("\t.%s = 1,\n" % ("do_" if mode == "do" else mode))
            if "admin" in part.get("pre", ""):
                lines.append("\t.admin = 1,\n")
            # An event's attributes are its reply's.
            reply = part.get("attributes") or part.get("reply", {}).get("attributes", [])
            for name, attributes in (("request", part.get("request", {}).get("attributes", [])), ("reply", reply)):
                bits = ["1u << %s" % self.symbol(op["attribute-set"], a) for a in attributes]
                if bits:
                    lines.append("\t.%s_%s = %s,\n" % (mode, name, " | ".join(bits)))
        return "{\n%s}" % "".join(lines)

    def dump(self):
        print("/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* Made by spec.py from the specification. */")
        for name in self.sets:
            print("extern const struct set set_%s;" % ident(name))
        for name, attrs in self.sets.items():
            body = "".join(self.attr(name, a) for a in attrs["attributes"])
            print("static const struct attr attrs_%s[] = {\n%s};" % (ident(name), body))
            print('const struct set set_%s = { "%s", attrs_%s, %d };'
                  % (ident(name), name, ident(name), len(attrs["attributes"])))
        ops = self.spec["operations"]["list"]
        print("const struct op ops[] = {\n%s};" % "".join(self.op(o) + ",\n" for o in ops))
        print("const unsigned int n_ops = %d;" % len(ops))
        print("const struct set *const top_set = &set_%s;" % ident(self.family))
        groups = self.spec["mcast-groups"]["list"]
        print('const char *const family_name = "%s", *const group_name = "%s";' % (self.family, groups[0]["name"]))


if sys.argv[1] == "--json":
    json.dump(Spec(sys.argv[2]).spec, sys.stdout)
else:
    Spec(sys.argv[1]).dump()
