#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Is build/bench.json what its readers count on, and does compare.py see a difference of 0.2 %, and none of less? By lines
that are made up: what is measured is not looked at.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKB = ("generator forward conntrack nft_masquerade nft_flowtable saa_owner saa_snat saa_redirect_module "
       "saa_redirect_generic saa_redirect_native saa_receive saa_redirect_module_geneve saa_receive_geneve").split()
LIVE = ("generator forward conntrack nft_masquerade saa_snat_xdp saa_redirect_xdp xdp_redirect_only saa_receive "
        "saa_redirect_xdp_geneve saa_receive_geneve").split()
PROG = ("empty parse parse_redirect saa_own saa_punt saa_punt_icmp_error saa_punt_ipv6 saa_punt_vlan "
        "saa_punt_geneve").split()
CONTROL = "load apply apply_again dump state".split()
failed = 0


def lines(more):
    """What the benchmarks print; @more is added to what saa_snat costs by skbs."""
    for kind, rows in (("skb", SKB), ("live", LIVE), ("prog", PROG), ("native_live", ["generator", "forward"])):
        for number, row in enumerate(rows):
            value = 1000 + 100 * number + (more if (kind, row) == ("skb", "saa_snat") else 0)
            yield " ".join([kind, row.replace("saa_receive", "saa_redirect_and_receive")] + [str(value)] * 7)
    for what in ("spread", "spread_flat", "failed"):
        yield f"table {what} 2 1.1 1.2 1"
    for what in ("add", "remove", "fail"):
        yield f"table moved {what} 4 1"
    for row in CONTROL:
        yield f"control {row} 1000"
        yield f"control {row}_cpu 900"
    for row, value in (("srs", 256), ("rows", 65536), ("notify", 30), ("memory", 5000)):
        yield f"control {row} {value}"
    for row in ("saa_alone", "nft_alone"):
        yield f"sync {row} flows 1000 1 1000000 100000"
    for row in ("saa", "conntrackd"):
        yield f"sync {row} flows 1000 1 9000000 900000"
        yield f"sync {row} lossless 1 1000 50000000 9000000"
        yield f"sync {row} takeover 100000 5000000 6000000 1 4000"


def report(path, more):
    subprocess.run([HERE + "/report.py", path, "kernel=any", "cpu=any"], input="\n".join(lines(more)).encode(),
                   stdout=subprocess.DEVNULL, check=True)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def has(result, path, keys):
    for step in path.split():
        result = result.get(step, {})
    missing = [key for key in keys if key not in result]
    check(f"{path or 'all'} of bench.json", not missing, "without " + " ".join(missing))


def check(name, good, why):
    global failed
    failed += not good
    print(f"ok {name}" if good else f"not ok {name}: {why}")


def changed(tmp, more):
    report(tmp + "/new.json", more)
    out = subprocess.run([HERE + "/compare.py", tmp + "/old.json", tmp + "/new.json"], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    return int(out.splitlines()[-1].split()[0])


def main():
    with tempfile.TemporaryDirectory() as tmp:
        result = report(tmp + "/old.json", 0)
        has(result, "", ("kernel", "cpu", "spread", "net", "native", "control_plane"))
        has(result, "instructions_per_packet", SKB)
        has(result, "live_frames", LIVE)
        has(result, "xdp_program", PROG)
        for n in ("2", "4", "8", "16"):
            has(result, "scale " + n, ("cpu_edges", "wire_edges", "published", "published_spread"))
        has(result, "table peak_over_mean", ("zipf", "zipf_busiest_failed", "flat"))
        has(result, "table moved_over_lower_bound", ("add", "remove", "fail"))
        has(result, "control_plane", ("dump_instructions_per_row", "memory_bytes"))
        has(result, "control_plane elapsed_ns", CONTROL + ["notify"])
        for row in ("saa", "conntrackd"):
            has(result, "sync " + row, ("cpu_us_per_flow", "lossless_flows_per_s"))
        has(result, "takeover_ms_100k", ("saa", "conntrackd"))
        base = result["instructions_per_packet"]["saa_snat"]
        for per_mille, want in ((0, 0), (1, 0), (3, 1), (-3, 1)):
            found = changed(tmp, base * per_mille / 1000)
            check(f"compare.py, {per_mille / 10} %", found == want, f"{found} figures differ, not {want}")
    sys.exit(failed > 0)


main()
