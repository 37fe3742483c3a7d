#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a table and build/bench.json of what skb.sh and skb_live.sh print.

usage: skb_report.py KERNEL JSON-FILE <LINES

A line is "skb|live ROW BURST...", the instructions per packet of each burst. The first bursts warm up; the result is the median
of the last five, its spread is their largest less their smallest over that. 0.2 % is a difference.
"""
import json
import statistics
import sys

METHOD = ("QEMU TCG -icount shift=0, one CPU: a nanosecond of the guest's clock is an instruction. Gross: from the sender to a "
          "drop behind the far device. Net: less the row generator, which drops behind the first device. Median of the last "
          "five bursts. saa_receive: what the owner adds to saa_redirect_module, plus generator.")

SECTIONS = {"skb": "instructions_per_packet", "live": "live_frames"}

TEXT = {
    "skb generator": "sender, first veth, drop",
    "skb forward": "forward",
    "skb conntrack": "forward, conntrack",
    "skb nft_masquerade": "forward, nft masquerade",
    "skb nft_snat": "forward, nft snat",
    "skb nft_flowtable": "forward, nft flowtable and masquerade",
    "skb saa_owner": "forward, saa steers: owned here",
    "skb saa_snat": "forward, saa steers: owned here, SNAT",
    "skb saa_redirect_module": "saa steers: punted by the module",
    "skb saa_receive": "received from another SR, forward, SNAT",
    "live generator": "generator, first veth, XDP drop",
    "live forward": "passed up, forward",
    "live nft_masquerade": "passed up, forward, nft masquerade",
    "live saa_redirect_xdp": "punted by the XDP program",
    "live xdp_redirect_only": "XDP: parse, rewrite, redirect, no look-up",
}

# name, numerator, denominator, net of the generator?, aim
RATIOS = [
    ("saa_snat_over_nft_masquerade_net", "skb saa_snat", "skb nft_masquerade", True, 1.03),
    ("saa_redirect_xdp_over_xdp_redirect_only", "live saa_redirect_xdp", "live xdp_redirect_only", False, 1.35),
    ("saa_redirect_xdp_over_nft_masquerade_net", "live saa_redirect_xdp", "live nft_masquerade", True, 0.07),
    ("saa_owner_over_forward_net", "skb saa_owner", "skb forward", True, None),
    ("saa_redirect_module_over_nft_masquerade_net", "skb saa_redirect_module", "skb nft_masquerade", True, None),
    ("saa_redirect_xdp_over_xdp_redirect_only_net", "live saa_redirect_xdp", "live xdp_redirect_only", True, None),
]


def read(lines):
    """Rows: "KIND ROW": (instructions, spread)."""
    rows = {}
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind not in SECTIONS:
            continue
        row, *bursts = rest.split()
        last = [float(burst) for burst in bursts][-5:]
        median = statistics.median(last)
        rows[f"{kind} {row}"] = (median, (max(last) - min(last)) / median)
    chain = rows.pop("skb saa_redirect_and_receive", None)
    if chain and "skb saa_redirect_module" in rows and "skb generator" in rows:
        gross = chain[0] - rows["skb saa_redirect_module"][0] + rows["skb generator"][0]
        rows["skb saa_receive"] = (gross, chain[1])
    return rows


def report(rows, kernel):
    result = {"kernel": kernel, "method": METHOD, "net": {}, "spread": {}, "ratios": {}}
    generator = {kind: rows.get(f"{kind} generator", (0, 0))[0] for kind in SECTIONS}
    for key, (gross, spread) in rows.items():
        kind, _, row = key.partition(" ")
        section = SECTIONS[kind]
        result.setdefault(section, {})[row] = round(gross, 1)
        result["net"].setdefault(section, {})[row] = round(gross - generator[kind], 1)
        result["spread"].setdefault(section, {})[row] = round(spread, 5)
    for name, a, b, net, aim in RATIOS:
        if a not in rows or b not in rows:
            continue
        less = generator[a.partition(" ")[0]] if net else 0
        result["ratios"][name] = {"value": round((rows[a][0] - less) / (rows[b][0] - less), 4)}
        if aim:
            result["ratios"][name]["aim"] = aim
    return result


def show(result, kernel):
    print(f"{'instructions per packet, ' + kernel:<60}{'gross':>8}{'net':>8}{'spread':>9}")
    for kind, section in SECTIONS.items():
        print("by skbs, from the sender's system call:" if kind == "skb" else "with live XDP frames:")
        for row, gross in result.get(section, {}).items():
            print(f"  {row:<22}{TEXT.get(kind + ' ' + row, ''):<36}{gross:>8.0f}{result['net'][section][row]:>8.0f}"
                  f"{100 * result['spread'][section][row]:>8.2f}%")
    print("ratios:")
    for name, ratio in result["ratios"].items():
        aim = f"   aim {ratio['aim']}" + ("" if ratio["value"] <= ratio["aim"] else ", missed") if "aim" in ratio else ""
        print(f"  {name:<58}{ratio['value']:>8.3f}{aim}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = read(sys.stdin)
    if not rows:
        sys.exit("skb_report.py: no rows")
    result = report(rows, sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    show(result, sys.argv[1])


main()
