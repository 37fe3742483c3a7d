#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Line coverage of libsaa and saactl by the unit tests, as a table of files.
# What is logic alone must stay above 95 %: all of libsaa but the files that talk
# to the kernel, and the files of saactl that are listed here. The rest is tested
# by selftests/ in a virtual machine.
#
# usage: coverage.sh DIR	of the instrumented build

dir=$1
kernel="ct netns nl_request nl_sock rtnl rtnl_filter rtnl_link rtnl_pool"
pure_tool="cluster diff digest json json_ct json_sync plan plan_steps save"
limit=95

find "$dir" -name '*.gcda' -exec rm {} +
for test in "$dir"/test_*; do
	"$test" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
done
for object in "$dir"/libsaa/*.o "$dir"/saactl/*.o; do
	gcov --no-output --relative-only "${object%.o}.gcda" 2>/dev/null ||
		gcov --no-output --relative-only "${object%.o}.gcno"
done | awk -v kernel="$kernel" -v pure_tool="$pure_tool" -v limit="$limit" '
	BEGIN {
		n = split(kernel, list)
		for (i = 1; i <= n; i++)
			talks["libsaa/" list[i] ".c"] = 1
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
		if (file ~ /^libsaa\// && !(file in talks))
			least[file] = limit
		file = ""
	}
	END {
		printf "%-28s %8s %6s\n", "lines covered by unit tests", "%", "of"
		for (file in lines)
			printf "%-28s %8.2f %6d%s\n", file, percent[file], lines[file],
				file in least ? "   limit " limit : "" | "sort"
		close("sort")
		for (file in talks)
			if (!(file in lines)) {
				printf "%s: no such file\n", file
				bad = 1
			}
		for (file in least)
			if (percent[file] < least[file]) {
				printf "%s: %.2f %%, below %d %%\n", file, percent[file], least[file]
				bad = 1
			}
		exit bad
	}'
