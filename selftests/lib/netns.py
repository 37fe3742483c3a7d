# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces: sockets made after enter() are of that one."""

import ctypes

CLONE_NEWNET = 0x40000000


def enter(netns):
    with open("/run/netns/" + netns) as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + netns)
