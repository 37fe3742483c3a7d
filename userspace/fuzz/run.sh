#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the fuzzers named on the command line, built in $O/fuzz: first all seeds
# as they are, then a fixed number of inputs made from them, always the same. With MINUTES: as
# long as that, at random, with a line of progress a minute. The last line sums up.
#
# Seeds: seeds/NAME (inputs that once went wrong, and files), and those made of
# good.yaml and tiers.yaml. An input that goes wrong is left in $O/fuzz/crash-NAME-*: what is
# worth keeping goes to seeds/NAME, with a name that says what it was.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
good=$PWD/../tests/data/good.yaml tiers=$PWD/../tests/data/tiers.yaml
export GOOD=$good
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
declare -A runs=([file]=15000 [text]=200000 [command]=20000 [sync]=300000)
declare -A most=([file]=4096 [text]=128 [command]=6144 [sync]=1024)
passed=0 failed=0

# Files that are right, and one of them with a line less, a line twice, and cut off.
make_files()
{
	local file i
	cp "$good" "$1/good"
	cp "$tiers" "$1/tiers"
	sed '/^gateways:/i \  sync: {mode: strict, key-file: sync.key, timeout: 500}' "$good" >"$1/sync"
	sed 's/^gateways:/  sync: {key-file: sync.key, old-key-file: sync.key}\n&/; s/id: 4,/&partner: edge1,/' "$good" >"$1/partner"
	sed 's/id: \([0-9]\), failure/address: 192.0.2.\1, &/; s/transport: l2/transport: geneve, north-vni: 1, south-vni: 2/' \
		"$tiers" >"$1/geneve"
	sed -n '/^```yaml$/,/^```$/p' ../../README.md | grep -v '^```' >"$1/readme"
	for file in "$good" "$tiers"; do
		for ((i = 1; i <= $(wc -l <"$file"); i++)); do
			sed "${i}d" "$file" >"$1/without-$i-${file##*/}"
			sed "${i}p" "$file" >"$1/twice-$i-${file##*/}"
		done
	done
	for ((i = 1; i <= 20; i++)); do
		head -c $(($(wc -c <"$good") * i / 21)) "$good" >"$1/cut-$i"
	done
}

# The values in it, one an input.
make_texts()
{
	local i=0 word
	tr -s '{},:"[] \n' '\n' <"$good" | sort -u | while read -r word; do
		i=$((i + 1))
		printf '%s' "$word" >"$1/$i"
	done
}

# Records of state sync, good ones and such with one thing wrong; and a flow of a dump.
make_records()
{
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=../../selftests/lib python3 - "$1" <<-END
		import sys
		from sync_peer import malformed
		from sync_proto import expect, expects, extra, flow, gone, tuple_of
		extras = [extra(1, bytes(15) + b"x"), extra(2, b"ftp".ljust(16, b"\\0")), extra(3, bytes(range(24))),
		          extra(4, tuple_of("10.1.2.3", "203.0.113.5", 1, 21))]
		records = [flow(nat=("198.51.100.9", 4321)), flow("fd00:10::7", "2001:db8::9"), flow(proto=17, state=0),
		           flow(proto=132), gone(), flow() + gone(), expects(), expects(expect(), expect(nat=b"f")),
		           flow(extras=b"".join(extras))]
		records += [flow(extras=e * n) for e in extras for n in (1, 2)] + [record for _name, record in malformed()]
		for number, record in enumerate(records):
		    with open("%s/%02d" % (sys.argv[1], number), "wb") as file:
		        file.write(record)
	END
	echo '{"protocol": "tcp", "source": "10.1.2.3", "source-port": 1, "destination": "203.0.113.5", "zone": 1,' \
		'"reply-source": "203.0.113.5", "reply-destination": "198.51.100.1", "state": "established",' \
		'"status": ["seen-reply", "src-nat"], "mark": 4294967295, "labels": "00ff0000000000000000000000000001",' \
		'"helper": "ftp"}' >"$1/flow"
}

fuzz()
{
	local name=$1 made=$O/fuzz/made-$1 corpus=$O/fuzz/corpus-$1 log=$O/fuzz/$1.log start=$SECONDS rc pid ticker seeds=()
	local -a args=(-max_len="${most[$1]}" -timeout=300 -rss_limit_mb=4096 -artifact_prefix="$O/fuzz/crash-$1-")
	rm -rf "$made"
	mkdir -p "$made"
	case $name in
	file) make_files "$made" ;;
	text) make_texts "$made" ;;
	command) "$O/fuzz/make_seeds" "$good" "$made" ;;
	sync) make_records "$made" ;;
	esac
	[ ! -d "seeds/$name" ] || seeds=("seeds/$name")
	[ ! -e "$name.dict" ] || args+=(-dict="$name.dict")
	if [ -n "${MINUTES-}" ]; then
		mkdir -p "$corpus"
		"$O/fuzz/fuzz_$name" "${args[@]}" -max_total_time=$((MINUTES * 60)) "$corpus" "$made" \
			"${seeds[@]}" >"$log" 2>&1 &
		pid=$!
		(while sleep 60 >/dev/null 2>&1; do tail -n 1 "$log"; done) &
		ticker=$!
		wait $pid
		rc=$?
		kill $ticker
	else
		"$O/fuzz/fuzz_$name" "${args[@]}" -seed=1 -runs="${runs[$name]}" "$made" "${seeds[@]}" >"$log" 2>&1
		rc=$?
	fi
	if [ "$rc" -eq 0 ]; then
		echo "ok fuzz $name: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") inputs ($((SECONDS - start)) s)"
		passed=$((passed + 1))
	else
		grep -v "NEW\|REDUCE\|RELOAD" "$log" | tail -n 40
		echo "not ok fuzz $name: the input is in $(ls -t "$O/fuzz/crash-$name-"* 2>/dev/null | head -n 1)"
		failed=$((failed + 1))
	fi
}

for name; do
	fuzz "$name"
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
