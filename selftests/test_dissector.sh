#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tshark shows the option of saa in Geneve packets, with scripts/geneve.lua: in those made here by hand, with an option of
# others as the control, and in those that test_geneve.sh and test_geneve_xdp.sh have kept in build/logs, on whatever
# kernels they ran, where the source MAC address in the tunnel tells the same as the option.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
type tshark >/dev/null 2>&1 || skip_all "no tshark"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# fields FILE FIELD...
fields()
{
	local file=$1
	shift
	tshark -X lua_script:../scripts/geneve.lua -r "$file" -T fields "${@/#/-e}" 2>"$tmp/err"
}

# The two MAC addresses in a row are those of tunnel and packet; the VNI is that of the group's side.
as_sent()
{
	fields "$1" saa.version saa.second_chance saa.gateway saa.sr saa.group geneve.vni eth.src >"$tmp/fields"
	awk '
		{
			side = $5 == 100
			mac = sprintf("02:a%d:00:07:00:%02x", side, $4)
			good += $1 == 1 && $2 == 0 && $3 == 7 && $5 ~ /^(1|2|100)$/ && \
				$6 == sprintf("0x%06x", 1001 + side) && substr($7, length($7) - 16) == mac
		}
		END { exit !(NR == 8 && good == NR) }' "$tmp/fields" || { sed 's/^/# /' "$tmp/fields" "$tmp/err"; return 1; }
}

lib/geneve_capture.py "$tmp/file"
is "the fields" "$(printf '1\t%s\t7\t1\t1\n' 0 1)"$'\n\t\t\t\t' \
	"$(fields "$tmp/file" saa.version saa.second_chance saa.gateway saa.sr saa.group)"
is "the inner packets" 203.0.113.9 "$(fields "$tmp/file" ip.src | sed 's/.*,//' | sort -u)"

for mode in module native; do
	files=(../build/logs/*/geneve-"$mode"-*.pcap)
	[ -e "${files[0]}" ] || { echo "skip packets of SRs, $mode: none are kept; selftests/run.sh test_geneve"; continue; }
	for file in "${files[@]}"; do
		ok "packets of SRs: ${file#../build/logs/}" as_sent "$file"
	done
done
done_testing
