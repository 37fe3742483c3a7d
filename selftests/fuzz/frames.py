#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Rounds of the frame fuzzer (frames.c) against SR 1 of test_fuzz_frames.sh: sets the states of the SRs, sends, and looks
whether the counters agree with what was sent. Each result is a line "ok" or "not ok".

usage: frames.py --spec FILE --mode MODE --seed N --frames N --seconds N --fuzzer COMMAND --ports NORTH,SOUTH SR1 SR2

FRAMES are those of one round, which ends after SECONDS; SR1 and SR2 are namespaces. COMMAND is frames with its targets,
NORTH and SOUTH are the shadow ports.
With --contradiction: the round in which each SR thinks that the other one is the owner, no other.
"""

import argparse
import collections
import ctypes
import os
import subprocess
import sys
import time

from genl import Family

DOWN, SYNCING, UP = 0, 1, 2
NO_MEMBERS = ("Inter-|", "face", "lo:", "punt-n:", "punt-s:", "under0:", "saa0:")
# What the hook, and the handler of the shadow ports, count, each packet once.
PUNTED = ["punted", "punted-xdp", "second-chance"]
STEERED = PUNTED + ["owned", "local", "not-steered", "kept", "no-owner", "port-absent", "punt-too-big", "punt-failed",
                    "punt-no-route", "not-owner"]
HANDLED = ["received", "not-for-us", "bad-sender", "bad-frame", "bad-group", "wrong-switch", "member-absent",
           "receive-failed", "bad-vni", "bad-tep", "option-missing", "option-malformed", "option-critical",
           "option-foreign"]
PATIENCE = 120

libc = ctypes.CDLL(None, use_errno=True)
failed = False


def result(name, problems):
    global failed
    print("not ok %s: %s" % (name, "; ".join(problems)) if problems else "ok " + name, flush=True)
    failed |= bool(problems)


class Sr:
    def __init__(self, netns, spec):
        self.netns = netns
        self.enter()
        self.genl = Family(spec)

    def enter(self):
        with open("/run/netns/" + self.netns) as file:
            if libc.setns(file.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")

    def states(self, states):
        self.genl.do("change", {"sr": [{"id": i, "state": state} for i, state in states.items()]})

    def counters(self):
        """With "rx": what the members received, read last."""
        counters = collections.Counter()
        for message in self.genl.dump("stats"):
            counters[message["counter"]["name"]] = message["counter"]["packets"]
        self.enter()
        with open("/proc/self/net/dev") as file:
            counters["rx"] = sum(int(line.split()[2]) for line in file if line.split()[0] not in NO_MEMBERS)
        return counters


class Rounds:
    def __init__(self, args):
        self.args, self.number, self.sent = args, 0, 0
        self.srs = [Sr(netns, args.spec) for netns in args.netns]

    def grown(self, names, srs=None):
        return sum(sr.counters()[n] - b[n] for sr, b in zip(srs or self.srs[:1], self.before) for n in names)

    def wait(self, names, count, srs=None):
        """What they have grown to, when it is enough or did not become so."""
        deadline = time.monotonic() + PATIENCE
        while self.grown(names, srs) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.grown(names, srs)

    def quiet(self):
        """
        Waits until nothing is on its way, and returns the counters. An interface counts a packet when it is sent to it,
        and the module when its turn comes, thousands of packets later where GSO was undone. So: no CPU has a backlog,
        and nothing is counted while this process gets to run on each of them, where softirqs go first.
        """
        cpus, before, deadline = os.sched_getaffinity(0), None, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for cpu in cpus:
                os.sched_setaffinity(0, [cpu])
                time.sleep(0.05)
            os.sched_setaffinity(0, cpus)
            with open("/proc/net/softnet_stat") as file:
                backlog = sum(int(line.split()[11], 16) for line in file)
            counters = [sr.counters() for sr in self.srs]
            if not backlog and counters == before:
                break
            before = counters
        else:
            self.check(False, "packets are on their way for ever")
        return counters

    def start(self, options):
        seed = self.args.seed + self.number
        self.number += 1
        self.problems = []
        self.before = self.quiet()
        command = self.args.fuzzer.split()
        command[1:1] = ["-n", str(self.args.frames), "-t", str(self.args.seconds), "-s", str(seed)] + options
        return subprocess.Popen(command, stdout=subprocess.PIPE)

    def finish(self, process):
        """What was sent, by what frames says."""
        out, sent = process.communicate()[0].decode(), collections.Counter()
        self.check(process.returncode == 0, "status %d %s" % (process.returncode, out[-2000:].strip()))
        for line in out.splitlines():
            kind, *words = line.split()
            for key, value in zip(words[::2], words[1::2]):
                if value.isdigit():
                    sent[kind + " " + key] = int(value)
        self.sent += sent["member sent"] + sent["port sent"]
        return sent

    def check(self, good, problem):
        if not good:
            self.problems.append(problem)

    def equal(self, what, got, want):
        self.check(got == want, "%s: %d, not %d" % (what, got, want))

    def at_most(self, what, got, limit):
        self.check(got <= limit, "%s: %d of %d" % (what, got, limit))

    def between(self, what, got, least, more):
        self.check(least <= got <= least + more, "%s: %d, not %d and %d more at most" % (what, got, least, more))

    def result(self, name):
        result("%s, %s, seed %d" % (self.args.mode, name, self.args.seed + self.number - 1), self.problems)

    def round(self, name, states, options):
        self.srs[0].states(states)
        sent = self.finish(self.start(options))
        # With virtio headers the stack makes several frames of one, or one of several, or none.
        if not options:
            valid = sent["member valid"] + sent["port valid"]
            self.wait(HANDLED, sent["port handled"])
            self.at_most("valid but not steered", valid, self.wait(STEERED, valid))
            if sent["port perhaps"]:
                self.quiet()
            self.between("handled at shadow ports", self.grown(HANDLED), sent["port handled"], sent["port perhaps"])
            self.between("for others", self.grown(["not-for-us"]), sent["port not-for-us"], sent["port perhaps"])
            self.equal("announcements", self.grown(["announced"]), sent["port announced"])
            self.at_most("came out uncounted", sent["out first"] + sent["out second"], self.grown(PUNTED))
        self.at_most("steered twice", self.grown(STEERED), self.grown(["rx", "received"]))
        self.result(name)

    def unrest(self):
        """States and shadow ports change while frames come."""
        process = self.start(["-v"])
        north, south = self.args.ports.split(",")
        while process.poll() is None:
            for sr, port, down in ((2, north, DOWN), (1, south, SYNCING)):
                for state, to in ((down, "down"), (UP, "up")):
                    subprocess.run(["ip", "-n", self.srs[0].netns, "link", "set", port, to], check=True)
                    self.srs[0].states({sr: state})
            time.sleep(0.2)
        self.finish(process)
        self.at_most("steered twice", self.grown(STEERED), self.grown(["rx", "received"]))
        self.result("unrest")

    def contradiction(self):
        """SR 1 thinks that SR 2 is the owner of all, and the other way round."""
        for number, sr in enumerate(self.srs, 1):
            sr.states({number: DOWN})
        sent = self.finish(self.start([]))
        self.quiet()
        self.check(self.grown(["not-owner"], self.srs) >= 1, "none was punted back and forth")
        self.at_most("punted more than twice", self.grown(PUNTED, self.srs),
                     2 * (self.grown(["rx"], self.srs) + sent["port sent"]))
        self.result("contradiction")
        for number, sr in enumerate(self.srs, 1):
            sr.states({number: UP})

    def all(self):
        for name, first, second in (("both up", UP, UP), ("SR 2 down", UP, DOWN)):
            self.round(name, {1: first, 2: second}, [])
            self.round(name + ", offloads", {1: first, 2: second}, ["-v"])
        self.round("SR 1 down", {1: DOWN, 2: UP}, [])
        self.round("both down", {1: DOWN, 2: SYNCING}, [])
        self.srs[0].states({1: UP, 2: UP})
        self.unrest()
        self.srs[0].states({1: UP, 2: UP})


def main():
    parser = argparse.ArgumentParser()
    for name in ("spec", "mode", "fuzzer", "ports"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--contradiction", action="store_true")
    parser.add_argument("netns", nargs=2)
    args = parser.parse_args()
    rounds = Rounds(args)
    if args.contradiction:
        args.frames = min(args.frames, 1000)
        rounds.contradiction()
    else:
        rounds.all()
    print("# %s: %d frames" % (args.mode, rounds.sent))
    sys.exit(failed)


main()
