#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Interfaces of network namespaces are made, renamed, moved, enslaved and deleted at random, and now and then a whole
namespace, which is made again. The names are those that fuzz/message.c configures. Until it is ended by SIGTERM.

usage: churn.py SEED NETNS...
"""

import random
import signal
import subprocess
import sys
import time

NAMES = "m1 m2 m3 m4 m5 m6 p0 p1 v7 br other".split()
LINKS = """link add m1 up type veth peer name m2
link add m3 up type veth peer name m4
link add m5 up type veth peer name m6
link add p0 up type veth peer name p1
"""
COMMANDS = [
    (10, "link set {dev} name {name}"),
    (5, "link set {dev} netns {other}"),
    (4, "link del {dev}"),
    (8, "link add {dev} up type veth peer name {name}"),
    (5, "link set {dev} up"),
    (5, "link set {dev} down"),
    (2, "link add br type bridge"),
    (3, "link set {dev} master br"),
    (3, "link set {dev} nomaster"),
    (2, "link add link {dev} name v7 type vlan id 7"),
    (4, "address add 10.0.{n}.1/16 dev {dev}"),
    (2, "address flush dev {dev}"),
    (2, "link set {dev} mtu 1{n}00"),
    (2, "link set {dev} address 02:00:00:00:00:0{n}"),
]

end = False


def stop(*_):
    global end
    end = True


def main():
    rng = random.Random(int(sys.argv[1]))
    namespaces = sys.argv[2:]
    signal.signal(signal.SIGTERM, stop)
    while not end:
        began = time.monotonic()
        netns, other = rng.sample(namespaces, 2)
        lines = [command.format(dev=rng.choice(NAMES), name=rng.choice(NAMES), other=other, n=rng.randrange(4, 9))
                 for command in rng.choices([c for _, c in COMMANDS], [w for w, _ in COMMANDS], k=10)]
        batch = "\n".join(lines) + "\n"
        if rng.random() < 0.1:
            batch += LINKS
        subprocess.run(["ip", "-n", netns, "-force", "-batch", "-"], input=batch.encode(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        if rng.random() < 0.05:
            subprocess.run(["ip", "-batch", "-"], input=b"netns del %b\nnetns add %b\n" % (2 * (netns.encode(),)))
        # Each holds the RTNL while an interface goes away, and all messages wait: leave most of the time to them.
        time.sleep(min(5, 3 * (time.monotonic() - began)))


main()
