#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Line coverage of libsaa and saactl by the unit tests, as a table of files.
# Those of the list below are logic alone and must stay above 95 %; the rest
# talks to the kernel and is tested by selftests/ in a virtual machine.
#
# usage: coverage.sh DIR	of the instrumented build

dir=$1
pure="addr diag file file_check file_conf file_edges file_gateway file_group file_key file_link
	file_schema file_snat file_sync file_table key model nl_extack nl_msg pairs table tiers util yamldoc"
pure_tool="cluster diff digest plan plan_steps"
limit=95

find "$dir" -name '*.gcda' -exec rm {} +
for test in "$dir"/test_*; do
	"$test" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
done
for object in "$dir"/libsaa/*.o "$dir"/saactl/*.o; do
	gcov --no-output --relative-only "${object%.o}.gcda" 2>/dev/null ||
		gcov --no-output --relative-only "${object%.o}.gcno"
done | awk -v pure="$pure" -v pure_tool="$pure_tool" -v limit="$limit" '
	BEGIN {
		n = split(pure, list)
		for (i = 1; i <= n; i++)
			least["libsaa/" list[i] ".c"] = limit
		n = split(pure_tool, list)
		for (i = 1; i <= n; i++)
			least["saactl/" list[i] ".c"] = limit
	}
	/^File / {
		file = $2
		gsub("\047", "", file)
	}
	/^Lines executed/ && file ~ /\.c$/ {
		split($0, field, /[:% ]+/)
		lines[file] = field[5]
		percent[file] = field[3]
		file = ""
	}
	END {
		printf "%-28s %8s %6s\n", "lines covered by unit tests", "%", "of"
		for (file in lines)
			printf "%-28s %8.2f %6d%s\n", file, percent[file], lines[file],
				file in least ? "   limit " limit : "" | "sort"
		close("sort")
		for (file in least)
			if (percent[file] < least[file]) {
				printf "%s: %.2f %%, below %d %%\n", file, percent[file], least[file]
				bad = 1
			}
		exit bad
	}'
