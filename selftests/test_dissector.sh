#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tshark shows the option of saa in a Geneve packet, with scripts/geneve.lua. The control is an option of others.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
type tshark >/dev/null 2>&1 || skip_all "no tshark"

file=$(mktemp)
trap 'rm -f "$file"' EXIT
lib/geneve_capture.py "$file"
fields() { tshark -X lua_script:../scripts/geneve.lua -r "$file" -T fields "${@/#/-e}" 2>/dev/null; }

is "the fields" "$(printf '1\t%s\t7\t1\t1\n' 0 1)"$'\n\t\t\t\t' \
	"$(fields saa.version saa.second_chance saa.gateway saa.sr saa.group)"
is "the inner packets" 203.0.113.9 "$(fields ip.src | sed 's/.*,//' | sort -u)"
done_testing
