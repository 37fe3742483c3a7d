#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same as test_second.sh over Geneve.
exec "${0%/*}/test_second.sh" geneve
