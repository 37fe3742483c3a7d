#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Closes the socket that listens at an address and a port, and listens there itself until standard input ends.

    squat.py ADDRESS PORT
"""

import socket
import subprocess
import sys


def take(address, port):
    while True:     # who listened may be there again first
        subprocess.run(["ss", "-Ktnl", "sport = %d" % port], stdout=subprocess.DEVNULL, check=True)
        try:
            return socket.create_server((address, port))
        except OSError:
            pass


server = take(sys.argv[1], int(sys.argv[2]))
print("listens", flush=True)
sys.stdin.read()
