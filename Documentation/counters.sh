#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table in counters.rst, from kmod/include/uapi/linux/saa_counters.h.
#
# usage: counters.sh --check|--write
#	--check fails if the table differs, or if the text says nothing about a counter of drops
#	--write writes the table
set -euo pipefail
cd "$(dirname "$0")"

header=../kmod/include/uapi/linux/saa_counters.h
doc=counters.rst

# One line for each counter: NAME KIND WHAT
counters()
{
	{
		echo "#include \"$header\""
		echo '#define ROW(id, name, kind, what) @name kind what'
		echo 'SAA_COUNTERS(ROW)'
	} | { "${CC:-cc}" -E -P -I. -x c - | tr -d '\n'; echo; } | tr '@' '\n' |
		sed -nE 's/^"([^"]*)" ([A-Z]+) (".*")[[:space:]]*$/\1 \L\2\E \3/p' | sed -E 's/" *"//g; s/"//g'
}

table()
{
	local line="=============== ===== ======================================================================"
	echo "$line"
	printf '%-15s %-5s %s\n' Counter Kind Packets
	echo "$line"
	counters | while read -r name kind what; do
		printf '%-15s %-5s %s\n' "$name" "$kind" "$what"
	done
	echo "$line"
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
	sed '/^\.\. table begins/q' $doc
	echo
	table
	echo
	sed -n '/^\.\. table ends/,$p' $doc
} >"$new"

case ${1-} in
--check)
	diff -u $doc "$new" || { echo "$doc: run Documentation/counters.sh --write" >&2; exit 1; }
	for name in $(counters | awk '$2 == "drop" { print $1 }'); do
		grep -q "^\`\`$name\`\`" $doc || { echo "$doc: nothing about $name" >&2; exit 1; }
	done
	;;
--write)
	cat "$new" >$doc
	;;
*)
	echo "usage: $0 --check|--write" >&2
	exit 2
	;;
esac
