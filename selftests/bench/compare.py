#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says what changed between two results of the benchmark, of those figures that are the same in every run.

usage: compare.py OLD.json NEW.json

A difference of 0.2 % or more is one; figures are gross, so one of a step is a larger part of the step. Rows that are
routed by bpf_fib_lookup() are left out: they have nothing of saa, and some instructions more or less by chance, as the
kernel's hashes have random keys.
"""
import json
import sys

DIFFERENCE = 0.002
CHANCE = ("route", "xdp_route")


def figures(node, path=()):
    for key, value in node.items():
        if isinstance(value, dict):
            yield from figures(value, (*path, key))
        elif isinstance(value, (int, float)) and key not in CHANCE:
            yield " ".join((*path, key)), value


def deterministic(path):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    sections = ("instructions_per_packet", "live_frames", "xdp_program", "table", "control_plane")
    return dict(figures({key: result[key] for key in sections if key in result}))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    old, new = deterministic(sys.argv[1]), deterministic(sys.argv[2])
    names = list(dict.fromkeys([*old, *new]))
    width = max(len(name) for name in names)
    changed = 0
    print(f"{'figure':<{width}} {'old':>12} {'new':>12} {'new - old':>10}")
    for name in names:
        a, b = old.get(name), new.get(name)
        if a is None or b is None:
            note = "only " + ("new" if a is None else "old")
        elif abs(b - a) < DIFFERENCE * max(abs(a), abs(b)) or a == b:
            note = "="
        else:
            changed += 1
            note = f"{b - a:+10.5g} {100 * (b - a) / a if a else 100:+8.2f} %"
        print(f"{name:<{width}} {'' if a is None else f'{a:.7g}':>12} {'' if b is None else f'{b:.7g}':>12} {note:>10}")
    print(f"{changed} of {len(names)} figures differ by 0.2 % or more")


main()
