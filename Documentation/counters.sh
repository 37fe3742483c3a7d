#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tables in counters.rst, from kmod/include/uapi/linux/saa_counters.h: of packets, and of state sync.
#
# usage: counters.sh --check|--write
#	--check fails if a table differs, or if the text says nothing about a counter of drops
#	--write writes the tables
set -euo pipefail
cd "$(dirname "$0")"

header=../kmod/include/uapi/linux/saa_counters.h
doc=counters.rst

# counters LIST: one line for each counter, NAME KIND WHAT.
counters()
{
	{
		echo "#include \"$header\""
		echo '#define ROW(id, name, kind, what) @name kind what'
		echo "$1(ROW)"
	} | { "${CC:-cc}" -E -P -I. -x c - | tr -d '\n'; echo; } | tr '@' '\n' |
		sed -nE 's/^"([^"]*)" ([A-Z]+) (".*")[[:space:]]*$/\1 \L\2\E \3/p' | sed -E 's/" *"//g; s/"//g'
}

# table LIST HEADING
table()
{
	local line="================= ===== ==============================================================================="
	echo
	echo "$line"
	printf '%-17s %-5s %s\n' Counter Kind "$2"
	echo "$line"
	counters "$1" | while read -r name kind what; do
		printf '%-17s %-5s %s\n' "$name" "$kind" "$what"
	done
	echo "$line"
	echo
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
while IFS= read -r line; do
	case $line in
	".. table begins: sync") skip=yes; echo "$line"; table SAA_SYNC_COUNTERS Records ;;
	".. table begins"*) skip=yes; echo "$line"; table SAA_COUNTERS Packets ;;
	".. table ends"*) skip='' ;;&
	*) [ "${skip-}" ] || printf '%s\n' "$line" ;;
	esac
done <$doc >"$new"

case ${1-} in
--check)
	diff -u $doc "$new" || { echo "$doc: run Documentation/counters.sh --write" >&2; exit 1; }
	for name in $({ counters SAA_COUNTERS; counters SAA_SYNC_COUNTERS; } | awk '$2 == "drop" { print $1 }'); do
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
