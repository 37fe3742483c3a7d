#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same as test_geneve.sh with the XDP program, native on veth: it makes the outer headers and sends on the
# underlay's device. What does not fit there it leaves to the module.
exec "${0%/*}/test_geneve.sh" native
