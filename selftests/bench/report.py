#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a table and build/bench.json of what the benchmarks print.

usage: report.py JSON-FILE NAME=VALUE... <LINES
       report.py --rst JSON-FILE

Lines are those of skb.sh, live.sh, prog.sh, sync.sh, control.sh and table; "native_live" and "native_prog" are of
live.sh and prog.sh on the machine itself, in nanoseconds. NAME=VALUE (kernel, cpu, ...) go to the file as they are.
--rst prints the tables of Documentation/performance.rst.

The first bursts warm up; a result is the median of the last five (native: of all), its spread their largest less their
smallest over that. For instructions 0.2 % is a difference.
"""
import json
import statistics
import sys

METHOD = (
    "QEMU TCG -icount shift=0, one CPU: a nanosecond of the clock is an instruction. Gross: from the sender to a "
    "drop behind the far device; of xdp_program: of a test run. Net: less the row generator, which drops behind the "
    "first device, or empty. Median of the last five bursts. saa_receive: what the owner adds to a redirection, plus "
    "generator. scale: all redirected by XDP; _spread: an edge owns 1/N of what it receives.")

# kind of line: section, row that net is without, title
SECTIONS = {
    "skb": ("instructions_per_packet", "generator", "by skbs, from the sender's system call"),
    "live": ("live_frames", "generator", "with live XDP frames"),
    "prog": ("xdp_program", "empty", "the XDP program alone"),
}
NATIVE = {"native_live": ("live_frames", "generator"), "native_prog": ("xdp_program", "empty")}

TEXT = {
    "skb": {
        "generator": "sender and first device",
        "forward": "plain forward",
        "conntrack": "forward, conntrack",
        "nft_masquerade": "forward, nftables masquerade",
        "nft_snat": "forward, nftables snat",
        "nft_flowtable": "forward, nftables flowtable with masquerade",
        "saa_other_device": "saa: hook, device of no group; forward",
        "saa_owner": "saa: owned here, forward, no conntrack",
        "saa_snat": "saa: owned here, forward, SNAT",
        "saa_snat_sync": "the same, held by the partner",
        "nft_snat_conntrackd": "nft_snat, held by the partner with conntrackd",
        "saa_redirect_module": "saa: punted by the module",
        "saa_redirect_generic": "saa: punted by XDP, generic",
        "saa_redirect_native": "saa: punted by XDP, native, from a socket",
        "saa_receive": "saa: received from another SR, forward, SNAT",
        "saa_redirect_module_geneve": "saa: punted by the module over Geneve",
        "saa_receive_geneve": "saa: received over Geneve, forward, SNAT",
    },
    "live": {
        "generator": "generator and first device",
        "forward": "passed up: plain forward",
        "conntrack": "passed up: forward, conntrack",
        "nft_masquerade": "passed up: forward, nftables masquerade",
        "saa_snat": "passed up: saa, owned here, forward, SNAT",
        "saa_snat_xdp": "the same, and the XDP program has passed it",
        "saa_redirect_module": "passed up: saa, punted by the module",
        "saa_redirect_xdp": "saa: punted by the XDP program",
        "xdp_redirect_only": "XDP: parse, punt frame, redirect, no look-up",
        "xdp_route": "XDP: routed by bpf_fib_lookup()",
        "saa_receive": "saa: received from another SR, forward, SNAT",
        "saa_redirect_module_geneve": "passed up: saa, punted by module over Geneve",
        "saa_redirect_xdp_geneve": "saa: punted by the XDP program over Geneve",
        "saa_receive_geneve": "saa: received over Geneve, forward, SNAT",
    },
    "prog": {
        "empty": "a program that passes",
        "parse": "saa's parser, pass",
        "parse_redirect": "parse, punt frame, redirect, no look-up",
        "parse_redirect_vlan": "the same, of a tagged frame",
        "route": "routed by bpf_fib_lookup()",
        "saa_not_ip": "saa: not IP, passed",
        "saa_not_member": "saa: device of no group, passed",
        "saa_own": "saa: owned here, passed",
        "saa_punt": "saa: punted",
        "saa_punt_icmp_error": "saa: ICMP error, punted",
        "parse_ipv6": "saa's parser, pass; IPv6",
        "parse_redirect_ipv6": "parse, punt frame, redirect; IPv6",
        "saa_own_ipv6": "saa: owned here, passed; IPv6",
        "saa_punt_ipv6": "saa: punted; IPv6",
        "saa_punt_icmp_error_ipv6": "saa: ICMPv6 error, punted",
        "saa_own_vlan": "saa: owned here, passed; VLAN interface",
        "saa_punt_vlan": "saa: punted; VLAN interface",
        "saa_no_owner": "saa: no SR owns it, dropped; VLAN interface",
        "saa_punt_geneve": "saa: punted over Geneve",
    },
}

# name, kind, numerator, denominator, net?, aim
RATIOS = [
    ("saa_snat_over_nft_masquerade_net", "skb", "saa_snat", "nft_masquerade", True, 1.03),
    ("saa_redirect_xdp_over_xdp_redirect_only", "live", "saa_redirect_xdp", "xdp_redirect_only", False, 1.35),
    ("saa_redirect_xdp_over_nft_masquerade_net", "live", "saa_redirect_xdp", "nft_masquerade", True, 0.07),
    ("xdp_redirect_only_over_nft_masquerade_net", "live", "xdp_redirect_only", "nft_masquerade", True, None),
    ("saa_snat_xdp_over_nft_masquerade_net", "live", "saa_snat_xdp", "nft_masquerade", True, None),
    ("saa_receive_over_nft_masquerade_net", "live", "saa_receive", "nft_masquerade", True, None),
    ("saa_redirect_module_over_nft_masquerade_net", "live", "saa_redirect_module", "nft_masquerade", True, None),
    ("saa_redirect_xdp_over_xdp_redirect_only_ipv6", "live", "saa_redirect_xdp_ipv6", "xdp_redirect_only_ipv6", False,
     1.35),
    ("saa_redirect_xdp_over_nft_masquerade_net_ipv6", "live", "saa_redirect_xdp_ipv6", "nft_masquerade_ipv6", True,
     0.07),
    ("saa_redirect_xdp_geneve_over_nft_masquerade_net", "live", "saa_redirect_xdp_geneve", "nft_masquerade", True,
     0.12),
    ("saa_redirect_xdp_geneve_over_nft_masquerade_net_ipv6", "live", "saa_redirect_xdp_geneve_ipv6",
     "nft_masquerade_ipv6", True, 0.12),
    ("saa_receive_geneve_over_nft_masquerade_net", "live", "saa_receive_geneve", "nft_masquerade", True, None),
    ("saa_snat_sync_over_saa_snat_net", "skb", "saa_snat_sync", "saa_snat", True, 1.01),
    ("nft_snat_conntrackd_over_nft_snat_net", "skb", "nft_snat_conntrackd", "nft_snat", True, None),
]

# Rows of state sync: the same gateway without it, text
SYNC = {
    "saa": ("saa_alone", "async"),
    "conntrackd": ("nft_alone", "FTFW"),
    "conntrackd_direct": ("nft_alone", "FTFW, no external cache"),
}

# What a step costs: name, kind, with it, without it, text
STEPS = [
    ("hook", "skb", "saa_other_device", "forward", "module: netfilter's call of the hook, group look-up"),
    ("steer", "skb", "saa_owner", "saa_other_device", "module: parse, hash, table row, count"),
    ("receive", "skb", "saa_receive", "saa_snat", "module: shadow port to member"),
    ("geneve", "skb", "saa_redirect_module_geneve", "saa_redirect_module", "module: punt over Geneve, not L2"),
    ("geneve_receive", "skb", "saa_receive_geneve", "saa_receive", "module: receive over Geneve, not L2"),
    ("xdp_parse", "prog", "parse", "empty", "XDP: find the addresses"),
    ("xdp_decide", "prog", "saa_own", "parse", "XDP: call the module, group, hash, table row"),
    ("xdp_punt", "prog", "saa_punt", "saa_own", "XDP: not a local address, punt frame, counters, redirect"),
    ("xdp_icmp_error", "prog", "saa_punt_icmp_error", "saa_punt", "XDP: addresses in the quote"),
    ("xdp_ipv6", "prog", "saa_punt_ipv6", "saa_punt", "XDP: longer addresses"),
    ("xdp_geneve", "prog", "saa_punt_geneve", "saa_punt", "XDP: route, next hop, Geneve packet, not punt frame"),
    ("xdp_pass_owned", "live", "saa_snat_xdp", "saa_snat", "XDP before the module, for what is owned here"),
]

FRAME = 1518 + 20	# on the wire, with preamble and gap
TAG = 4


def read(lines):
    """{kind: {row: [values]}}; "table", "control" and "sync" as they come."""
    found = {}
    for line in lines:
        words = line.split()
        kind = words[0] if words else ""
        if kind == "table":
            found.setdefault(kind, []).append(words[1:])
        elif kind == "sync":
            found.setdefault(kind, {})[words[1], words[2]] = [int(word) for word in words[3:]]
        elif kind == "control":
            found.setdefault(kind, {}).setdefault(words[1], []).append(int(words[2]))
        elif kind in SECTIONS or kind in NATIVE:
            found.setdefault(kind, {})[words[1]] = [float(word) for word in words[2:]]
    return found


def summary(rows, last):
    """{row: (median, spread)} of the last values; saa_receive is the difference of two rows."""
    result = {}
    for row, values in rows.items():
        values = values[-last:] if last else values
        median = statistics.median(values)
        result[row] = (median, (max(values) - min(values)) / median)
    for form, family in (("", ""), ("", "_ipv6"), ("_geneve", ""), ("_geneve", "_ipv6")):
        end = form + family
        chain = result.pop("saa_redirect_and_receive" + end, None)
        first = result.get("saa_redirect_xdp" + end) or result.get("saa_redirect_module" + end)
        if chain and first and "generator" + family in result:
            result["saa_receive" + end] = (chain[0] - first[0] + result["generator" + family][0], chain[1])
    return result


def base(row, rows, least):
    """What is in a row that is not of the router: by the generator of the same family, or by an empty program."""
    name = least + "_ipv6" if row.endswith("_ipv6") and least + "_ipv6" in rows else least
    return rows.get(name, (0, 0))[0]


def sections(found):
    result = {"net": {}, "spread": {}}
    for kind, (section, least, _) in SECTIONS.items():
        rows = summary(found.get(kind, {}), 5)
        if not rows:
            continue
        result[section] = {row: round(gross, 1) for row, (gross, _) in rows.items()}
        result["net"][section] = {row: round(gross - base(row, rows, least), 1) for row, (gross, _) in rows.items()}
        result["spread"][section] = {row: round(spread, 5) for row, (_, spread) in rows.items()}
    return result


def native(found, result):
    ns = {"unit": "ns", "kernel": result.get("host_kernel"), "net": {}, "spread": {}}
    for kind, (section, least) in NATIVE.items():
        rows = summary(found.get(kind, {}), 0)
        if not rows:
            continue
        ns[section] = {row: round(gross, 1) for row, (gross, _) in rows.items()}
        ns["net"][section] = {row: round(gross - base(row, rows, least), 1) for row, (gross, _) in rows.items()}
        ns["spread"][section] = {row: round(spread, 3) for row, (_, spread) in rows.items()}
    if not any(row.startswith("saa_") for row in found.get("native_prog", {})):
        ns["note"] = "without saa's own rows: " + result.get("native_note", "not measured")
    return ns


def ratios(result):
    found = {}
    for name, kind, a, b, net, aim in RATIOS:
        rows = (result["net"] if net else result).get(SECTIONS[kind][0], {})
        if a in rows and b in rows:
            found[name] = {"value": round(rows[a] / rows[b], 4)}
            if aim:
                found[name]["aim"] = aim
    return found


def steps(result):
    found = {}
    for name, kind, a, b, _ in STEPS:
        rows = result.get(SECTIONS[kind][0], {})
        if a in rows and b in rows:
            found[name] = round(rows[a] - rows[b], 1)
    rows = result.get("instructions_per_packet", {})
    if {"saa_snat", "nft_snat", "saa_owner", "forward", "saa_other_device"} <= rows.keys():
        # The NAT core's hooks, and netfilter's entry, are there without saa, too.
        found["snat_all"] = round(rows["saa_snat"] - rows["nft_snat"], 1)
    return found


def scale(live):
    """Edges' worth of N, where one is an edge alone that masquerades."""
    try:
        alone = live["nft_masquerade"]
        own, redirect, receive = live["saa_snat_xdp"], live["saa_redirect_xdp"], live["saa_receive"]
    except KeyError:
        return {}
    result = {}
    for n in (2, 4, 8, 16):
        twice = redirect + receive
        frames = 2 * FRAME + TAG
        result[str(n)] = {
            "cpu_edges": round(n * alone / twice, 2),
            "wire_edges": round(n * FRAME / frames, 2),
            "cpu_edges_spread": round(n * alone / (own / n + twice * (n - 1) / n), 2),
            "wire_edges_spread": round(n * FRAME / (FRAME / n + frames * (n - 1) / n), 2),
            "wire_edges_own_port": round(n * FRAME / (FRAME + TAG), 2),
            "cpu_edges_redirect_tax_only": round(n * alone / (alone + redirect), 2),
            "published": n / 2,
            "published_spread": round(n * n / (2 * n - 1), 2),
        }
    return result


def table(lines):
    result = {"buckets": 4096, "remote_addresses": 100000, "keys": 101,
              "peak_over_mean": {}, "moved_over_lower_bound": {}}
    for what, *rest in lines:
        if what == "moved":
            result["moved_over_lower_bound"].setdefault(rest[0], {})[rest[1]] = float(rest[2])
        else:
            name = {"spread": "zipf", "spread_flat": "flat", "failed": "zipf_busiest_failed"}[what]
            result["peak_over_mean"].setdefault(name, {})[rest[0]] = dict(zip(("median", "worst", "best_possible"),
                                                                               map(float, rest[1:])))
    return result


def control(rows):
    median = {row: statistics.median(values) for row, values in rows.items()}
    result = {"srs": int(median["srs"]), "buckets": int(median["rows"]), "instructions": {}, "elapsed_ns": {}}
    for row in ("load", "apply", "apply_again", "dump", "state"):
        result["instructions"][row] = median[row + "_cpu"]
        result["elapsed_ns"][row] = median[row]
    result["elapsed_ns"]["notify"] = median["notify"]
    result["dump_instructions_per_row"] = round(median["dump_cpu"] / median["rows"], 2)
    result["memory_bytes"] = int(median["memory"])
    return result


def sync(found, result):
    """What a new flow costs with state sync less what it costs without, and how the partner takes over."""
    result["sync"] = {}
    for row, (alone, _) in SYNC.items():
        if (row, "flows") not in found or (alone, "flows") not in found:
            continue
        values = result["sync"][row] = {}
        flows, _, all_ran, own, *_ = found[row, "flows"]
        n, _, base, base_own, *_ = found[alone, "flows"]
        values["cpu_us_per_flow"] = round((all_ran / flows - base / n) / 1000, 2)
        values["path_us_per_flow"] = round((own / flows - base_own / n) / 1000, 2)
        if (row, "lossless") in found:
            _, flows, elapsed, all_ran, *_ = found[row, "lossless"]
            values["lossless_flows_per_s"] = round(flows * 1e9 / elapsed)
            values["cpu_us_per_flow_lossless"] = round((all_ran / flows - base / n) / 1000, 2)
        if (row, "takeover") in found:
            flows, first, last, _, kib = found[row, "takeover"]
            values["memory_bytes_per_flow"] = round(1024 * kib / flows)
            values["first_packet_ms"] = round(first / 1e6, 2)
            result.setdefault(f"takeover_ms_{flows // 1000}k", {})[row] = round(last / 1e6, 2)


def report(found, names):
    result = dict(names)
    result["method"] = METHOD
    result.update(sections(found))
    result["steps"] = steps(result)
    result["ratios"] = ratios(result)
    result["scale"] = scale(result["net"].get("live_frames", {}))
    if "table" in found:
        result["table"] = table(found["table"])
    if "sync" in found:
        sync(found["sync"], result)
    if "control" in found:
        result["control_plane"] = control(found["control"])
    if any(kind in found for kind in NATIVE):
        result["native"] = native(found, result)
    return result


def text(kind, row):
    family = "; IPv6" if kind == "live" and row.endswith("_ipv6") else ""
    return TEXT[kind].get(row.removesuffix("_ipv6") if family else row, "") + family


def number(value):
    return "" if value is None else f"{value:.0f}"


def tables(result):
    """Yields (title, head, rows): each row the cells as text; the first cells are names."""
    ns = result.get("native", {})
    for kind, (section, _, title) in SECTIONS.items():
        rows = [(row, text(kind, row), number(gross), number(result["net"][section][row]),
                 f"{100 * result['spread'][section][row]:.2f}%",
                 number(ns.get(section, {}).get(row)), number(ns.get("net", {}).get(section, {}).get(row)))
                for row, gross in result.get(section, {}).items()]
        head = ("row", "path", "gross", "net", "spread", "gross, ns", "net, ns")
        if not any(row[5] for row in rows):
            head, rows = head[:5], [row[:5] for row in rows]
        if rows:
            yield f"Instructions per packet, {title}:", head, rows
    what = {name: words for name, _, _, _, words in STEPS}
    what["snat_all"] = "module: all that SNAT by saa costs over nftables snat"
    yield ("What a step costs, in instructions:", ("step", "", "instructions"),
           [(name, what[name], number(value)) for name, value in result["steps"].items()])
    yield ("Ratios:", ("ratio", "value", "aim"),
           [(name, f"{ratio['value']:.3f}", f"{ratio['aim']}" + ("" if ratio["value"] <= ratio["aim"] else ", missed")
             if "aim" in ratio else "") for name, ratio in result["ratios"].items()])
    if result["scale"]:
        yield ("Edges' worth of N edges:", ("N", "CPU", "wire", "CPU, spread", "wire, spread", "N/2", "N^2/(2N-1)"),
               [(n, *(f"{row[key]:.2f}" for key in ("cpu_edges", "wire_edges", "cpu_edges_spread", "wire_edges_spread",
                                                    "published", "published_spread")))
                for n, row in result["scale"].items()])
    if "table" in result:
        rows = [(name, n, *(f"{value:.3f}" for value in row.values()))
                for name, by_n in result["table"]["peak_over_mean"].items() for n, row in by_n.items()]
        yield "Peak over mean of the SRs' traffic:", ("traffic", "SRs", "median", "worst", "best possible"), rows
        rows = [(name, *(f"{by_n[n]:.3f}" if n in by_n else "-" for n in ("2", "4", "8", "16")))
                for name, by_n in result["table"]["moved_over_lower_bound"].items()]
        yield "Buckets moved over the fewest that must:", ("change", "N = 2", "4", "8", "16"), rows
    if result.get("sync"):
        held = next((key for key in result if key.startswith("takeover_ms_")), "")
        rows = [(row, SYNC[row][1], *(number(value) for value in (
            1000 * values["cpu_us_per_flow"], 1000 * values["path_us_per_flow"],
            1000 * values["cpu_us_per_flow_lossless"] if "cpu_us_per_flow_lossless" in values else None,
            values.get("lossless_flows_per_s"), values.get("memory_bytes_per_flow"))),
                 *("" if ms is None else f"{ms:.1f}" for ms in (
                     values.get("first_packet_ms"), result.get(held, {}).get(row))))
                for row, values in result["sync"].items()]
        yield (f"State sync, a new flow; takeover of {held.removeprefix('takeover_ms_')} flows:",
               ("row", "", "instructions", "on the path", "at full rate", "flows/s", "bytes", "first, ms", "all, ms"),
               rows)
    if "control_plane" in result:
        plane = result["control_plane"]
        rows = [(row, number(plane["instructions"].get(row)), number(elapsed))
                for row, elapsed in plane["elapsed_ns"].items()]
        rows.append(("dump, each row", f"{plane['dump_instructions_per_row']}", ""))
        yield (f"Control plane, {plane['srs']} SRs and {plane['buckets']} buckets, {plane['memory_bytes']} bytes:",
               ("what", "instructions", "elapsed, ns"), rows)


def show(result, rst):
    for title, head, rows in tables(result):
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        left = 2 if head[0] in ("row", "step") else 1
        rule = " ".join("=" * width for width in widths)
        print(title)
        if rst:
            print(f"\n{rule}")
        for row in [head, *rows]:
            print(("" if rst else "  ") + " ".join(cell.ljust(width) if i < left else cell.rjust(width)
                                                   for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
            if rst and row is head:
                print(rule)
        print(rule + "\n" if rst else "")
    if not rst and result.get("native", {}).get("note"):
        print("nanoseconds " + result["native"]["note"])


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--rst":
        with open(sys.argv[2], encoding="utf-8") as file:
            show(json.load(file), True)
        return
    if len(sys.argv) < 2 or not all("=" in word for word in sys.argv[2:]):
        sys.exit(__doc__)
    found = read(sys.stdin)
    if not found:
        sys.exit("report.py: nothing measured")
    result = report(found, [word.split("=", 1) for word in sys.argv[2:]])
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    show(result, False)


main()
