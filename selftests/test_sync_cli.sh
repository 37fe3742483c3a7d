#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# saactl sync and the kernel: what is configured, by a file and by hand, what is shown and told of it, waiting, and what
# is refused and how. Whether flows survive is for the other tests of state sync. Two namespaces, which stand for the
# edges edge1 and edge2:
#
#	eth1 (north)   bp0 (south)   punt-n, punt-s (shadow ports): veths whose peers are in the same namespace
#	sync0   192.0.2.1/30, 2001:db8::1/64 <-> 192.0.2.2/30, 2001:db8::2/64
cd "$(dirname "$0")" || exit 1
. lib/test.sh
lib=$PWD/lib
. lib/saa.sh
need_saa

P=sync$RANDOM-
tmp=$(mktemp -d)
trap cleanup EXIT
file=$tmp/saa.yaml

cleanup()
{
	# shellcheck disable=SC2046 # numbers
	kill $(jobs -p) 2>/dev/null
	wait
	ip netns del "${P}edge1" 2>/dev/null
	ip netns del "${P}edge2" 2>/dev/null
	rm -rf "$tmp"
}

edge()
{
	local name=$P$1 dev
	for dev in eth1 bp0 punt-n punt-s; do
		ip -n "$name" link add "$dev" type veth peer name "p-$dev" &&
			ip -n "$name" link set "$dev" up && ip -n "$name" link set "p-$dev" up || return
	done
	ip -n "$name" addr add "192.0.2.$2/30" dev sync0 &&
		ip -n "$name" addr add "2001:db8::$2/64" dev sync0 nodad && ip -n "$name" link set sync0 up &&
		ip -n "$name" link set lo up
}

setup()
{
	modprobe -q nf_conntrack_netlink
	ip netns add "${P}edge1" && ip netns add "${P}edge2" &&
		ip link add sync0 netns "${P}edge1" type veth peer name sync0 netns "${P}edge2" &&
		edge edge1 1 && edge edge2 2 || return
	(umask 077 && "$SAACTL" genkey >"$tmp/hash.key" && "$SAACTL" genkey sync >"$tmp/sync.key" &&
		"$SAACTL" genkey sync >"$tmp/other.key")
}

# config [SYNC [ADDRESS1 ADDRESS2]]: the file, with what is given as cluster.sync; without when that is empty. The
# timeout is long, so that no connection ends because the machine is busy.
config()
{
	local sync=${1-"{key-file: $tmp/sync.key, timeout: 60000}"}
	cat <<-END
		cluster:
		  name: selftest
		  hash: {key-file: $tmp/hash.key, buckets: 256}
		  punt: {transport: l2, north: punt-n, south: punt-s}
		  ${sync:+"sync: $sync"}
		  edges:
		    - {name: edge1, id: 1, address: '${2-192.0.2.1}'}
		    - {name: edge2, id: 2, address: '${3-192.0.2.2}'}
		gateways:
		  - name: t0
		    id: 7
		    groups:
		      - {name: internet, id: 1, side: north, interface: eth1}
		      - {name: backplane, id: 100, side: south, interface: bp0}
	END
}

apply() { ctl "$1" apply "$file" --edge "$1" "${@:2}"; }

# apply_both SYNC...: see config
apply_both()
{
	config "$@" >"$file"
	apply edge1 >"$tmp/out.edge1" && apply edge2 >"$tmp/out.edge2"
}

# field EDGE NAME: of sync show
field() { ctl "$1" sync show | sed -n "s/^ *$2: //p"; }

field_is() { [ "$(field "$1" "$2")" = "$3" ]; }

# refused RC TEXT EDGE ARGUMENTS...: the command ends with RC, says TEXT on stderr, and the spec stays the same.
refused()
{
	local rc=$1 text=$2 edge=$3 before got
	shift 3
	before=$(ctl "$edge" save 2>&1)
	ctl "$edge" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ $got -ne "$rc" ]; then
		echo "not ok refused: $*: status $got, not $rc: $(cat "$tmp/err")"
	elif ! grep -qF -- "$text" "$tmp/err"; then
		echo "not ok refused: $*: no '$text' in '$(cat "$tmp/err")'"
	elif [ "$before" != "$(ctl "$edge" save 2>&1)" ]; then
		echo "not ok refused: $*: something changed"
	else
		echo "ok refused: $* ($text)"
		return
	fi
	failed=1
}

# shows FILE TEXT: as a line, or a part of one.
shows() { grep -qF -- "$2" "$1"; }

# bulks EDGE: that were received
bulks()
{
	local n
	n=$(field "$1" bulks-received)
	echo "${n:-0}"
}

more_bulks() { [ "$(bulks "$1")" -gt "$2" ]; }

by_file()
{
	apply_both
	ok "apply with sync" shows "$tmp/out.edge1" \
		"+ sync partner 2 local 192.0.2.1 remote 192.0.2.2 port 7220 mode async timeout 60000 strict-timeout 10"
	ok "wait: both edges in sync" ctl edge1 sync wait timeout 120
	ok "wait on the partner" ctl edge2 sync wait both timeout 120
	is "status of edge1" in-sync "$(field edge1 status)"
	is "status of edge2" in-sync "$(field edge2 status)"
	is "partner by name" edge2 "$(ctl edge1 sync show | sed -n 's/^sync: //p')"
	is "local address" 192.0.2.2 "$(field edge2 local)"
	is "no error" "" "$(field edge1 error)"
	ctl edge1 >"$tmp/show"
	ok "show has a line" shows "$tmp/show" \
		"sync partner edge2 status in-sync to-partner all-sent from-partner all-held mode async flows-held 0"
	apply edge1 >"$tmp/out"
	is "applying again changes nothing" "nothing to change" "$(cat "$tmp/out")"
	ctl edge1 save >"$tmp/saved.yaml"
	is "what is saved can be applied and changes nothing" "nothing to change" \
		"$(ctl edge1 apply "$tmp/saved.yaml" --edge edge1 2>&1)"
	is "the connection stayed" in-sync "$(field edge1 status)"
	ok "keys for administrators only" secret
	ok "everybody may wait" unprivileged sync wait timeout 120
	is "and look" "in-sync" "$(unprivileged sync | sed -n 's/^ *status: //p')"
	ok "but change nothing" not unprivileged sync resync 2>"$tmp/err"
	ok "as is told" shows "$tmp/err" "CAP_NET_ADMIN in the namespace is needed"
}

# Runs saactl for edge1 as root without CAP_NET_ADMIN (12), which is taken from the bounding set.
unprivileged()
{
	nsenter --net="/run/netns/${P}edge1" python3 -c \
		'import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 12, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])' \
		"$SAACTL" "$@"
}

# The key in what the file gives, and in what somebody without CAP_NET_ADMIN gets.
secret()
{
	local key
	key=$(cat "$tmp/sync.key")
	unprivileged save >"$tmp/out"
	shows "$tmp/saved.yaml" "$key" && not shows "$tmp/out" "$key" && shows "$tmp/out" "key-file: /etc/saa/sync.key"
}

json()
{
	ctl edge1 -j sync show >"$tmp/json"
	ok "JSON: status" shows "$tmp/json" '"status": "in-sync"'
	ok "JSON: all counters" shows "$tmp/json" '"strict-late": 0'
	not grep -q '"counts"' "$tmp/json" && ctl edge1 -s sync show >"$tmp/out"
	ok "-s tells what is counted" shows "$tmp/out" "flows-held: 0  (flows held here for the partner)"
	ctl edge1 -j show >"$tmp/json"
	ok "JSON: show has it" shows "$tmp/json" '"sync": {"partner": "edge2", "status": "in-sync"'
}

# Without a new connection: the number of connects stays.
changes()
{
	local connects
	connects=$(field edge1 connects)
	ok "set mode and timeouts" ctl edge1 sync set mode strict timeout 50000 strict-timeout 20
	is "mode" strict "$(field edge1 mode)"
	is "timeout" "50000 ms" "$(field edge1 timeout)"
	is "strict-timeout" "20 ms" "$(field edge1 strict-timeout)"
	apply edge1 --dry-run >"$tmp/out"
	ok "dry run tells the difference" shows "$tmp/out" \
		"~ sync partner 2 mode strict -> async timeout 50000 -> 60000 strict-timeout 20 -> 10"
	is "and changes nothing" strict "$(field edge1 mode)"
	apply_both "{key-file: $tmp/sync.key, timeout: 60000, mode: strict}"
	is "mode by file" "strict strict" "$(field edge1 mode) $(field edge2 mode)"
	is "timeout by file" "60000 ms" "$(field edge1 timeout)"
	is "no new connection" "$connects" "$(field edge1 connects)"
	apply_both
}

resync()
{
	local mine theirs
	mine=$(bulks edge1) theirs=$(bulks edge2)
	ok "resync" ctl edge1 sync resync
	ok "resync: all flows came again" wait_for 120 more_bulks edge1 "$mine"
	ok "resync: and went again" wait_for 120 more_bulks edge2 "$theirs"
	ok "resync: held again" ctl edge1 sync wait held timeout 120
	ok "resync: and sent" ctl edge1 sync wait sent timeout 120
}

# The key is changed on one edge after the other; edge2 is late with it, and no connection is lost.
rotation()
{
	local old new=$tmp/other.key
	old=$tmp/sync.key
	apply_both "{key-file: $old, old-key-file: $new, timeout: 60000}"
	ok "new key accepted: told" shows "$tmp/out.edge1" "~ sync partner 2 old-key none -> new"
	config "{key-file: $new, old-key-file: $old, timeout: 60000}" >"$file"
	apply edge1 >"$tmp/out"
	ok "new key in use: told" shows "$tmp/out" "~ sync partner 2 old-key old -> new key old -> new"
	ok "reconnect with one key each" reconnect
	apply edge2 >"$tmp/out"
	ok "reconnect with the new key" reconnect
	apply_both "{key-file: $new, timeout: 60000}"
	ok "old key gone: told" shows "$tmp/out.edge2" "~ sync partner 1 old-key old -> none"
	ok "old key gone: in sync" ctl edge1 sync wait timeout 120
	ok "no-old-key" ctl edge1 sync set no-old-key
	apply_both
	ok "the first key again" ctl edge1 sync wait timeout 120
}

# The connections of edge1 are cut, and made again.
reconnect()
{
	ctl edge1 sync set port 7221 && ctl edge2 sync set port 7221 && ctl edge1 sync wait timeout 120 &&
		ctl edge2 sync wait timeout 120 && ctl edge1 sync set port 7220 && ctl edge2 sync set port 7220 &&
		ctl edge1 sync wait timeout 120 && ctl edge2 sync wait timeout 120
}

shows_key_error() { ctl edge1 sync show | grep -q "^  error: the partner.*key"; }

failures()
{
	ctl edge2 sync set key-file "$tmp/other.key" port 7221
	ctl edge2 sync set port 7220
	ok "the error is shown" wait_for 120 shows_key_error
	refused 1 "not after 1 s: the partner is not connected to this SR, and this SR is not connected to the partner; last error: the partner" \
		edge1 sync wait timeout 1
	is "disconnected" disconnected "$(field edge1 status)"
	ctl edge1 sync wait held timeout 120 2>"$tmp/err" &
	ok "wait began" wait_for 60 kill -0 $!
	ctl edge2 sync set key-file "$tmp/sync.key"
	ok "wait ends when the key is right" wait $!
	ctl edge1 sync wait timeout 120
	ctl edge1 sync set timeout 1000 && ctl edge2 sync set timeout 1000
	ip -n "${P}edge1" link set sync0 down
	ok "link down: noticed" wait_for 120 field_is edge1 status disconnected
	ok "link down: wait tells" not ctl edge1 sync wait sent timeout 0 2>"$tmp/err"
	ok "link down: and what" shows "$tmp/err" "saactl: not after 0 s: this SR is not connected to the partner"
	ip -n "${P}edge1" link set sync0 up
	ip -n "${P}edge1" addr replace 2001:db8::1/64 dev sync0 nodad
	ok "link up: in sync" ctl edge1 sync wait timeout 120
	ctl edge2 sync del
	ok "partner removed sync: noticed" wait_for 120 field_is edge1 status disconnected
	ctl edge1 sync wait held timeout 120 2>"$tmp/err" &
	ok "wait began" wait_for 60 kill -0 $!
	ctl edge1 sync del
	ok "wait ends when sync goes" not wait $!
	ok "and tells" shows "$tmp/err" "there is no state sync"
}

events()
{
	local pid
	"$SAACTL" -n "${P}edge1" monitor >"$tmp/events" &	# no function: it is to be killed
	pid=$!
	wait_for 60 told_of_monitor
	apply_both
	ctl edge1 sync wait timeout 120
	ok "monitor: in sync" wait_for 60 shows "$tmp/events" " set sync partner 2 status in-sync"
	ctl edge1 sync del
	ok "monitor: removed" wait_for 60 shows "$tmp/events" " removed sync partner 2"
	kill $pid
	ctl edge2 sync del
}

# The monitor listens: it tells of a change that is made until then.
told_of_monitor()
{
	ctl edge1 sr set 2 state down
	ctl edge1 sr set 2 state up
	[ -s "$tmp/events" ]
}

# What failover and failback by hand are made of; whether flows survive them is for other tests.
failback()
{
	apply_both
	ctl edge1 sync wait timeout 120
	ctl edge1 sr set edge2 state down
	ctl edge2 gateway del t0
	ok "apply as syncing" apply edge2 --state syncing >"$tmp/out"
	ok "apply as syncing: told" shows "$tmp/out" "+ sr 2 name edge2 state syncing"
	ok "apply as syncing: it is" shows <(ctl edge2 sr show) "sr 2 name edge2 state syncing self"
	is "apply again: it stays" "nothing to change" "$(apply edge2)"
	ok "the others, too" ctl edge1 sr set edge2 state syncing
	ok "wait held" ctl edge2 sync wait held timeout 120
	ok "up here" ctl edge2 sr set edge2 state up
	ok "up there" ctl edge1 sr set edge2 state up
	ok "in sync again" ctl edge2 sync wait both timeout 120
	apply edge2 --state down --dry-run >"$tmp/out"
	ok "dry run with a state: told" shows "$tmp/out" "~ sr 2 state up -> down"
	ok "and it stays" shows <(ctl edge2 sr show) "sr 2 name edge2 state up self"
	refused 2 'state "gone" is not one of down, syncing, up' edge1 apply "$file" --state gone
	refused 2 'option "--state" needs a STATE' edge1 apply "$file" --state
	ctl edge1 sync del
	ctl edge2 sync del
}

by_hand()
{
	is "no sync: nothing to show" "" "$(ctl edge1 sync)"
	is "no sync: JSON" "{}" "$(ctl edge1 -j sync)"
	refused 1 "there is no state sync" edge1 sync wait timeout 1
	refused 1 "no state sync" edge1 sync del
	refused 1 "no state sync" edge1 sync resync
	refused 1 "no state sync" edge1 sync set mode async
	refused 2 '"sync add" needs partner ID' edge1 sync add
	refused 2 '"sync add" needs key-file FILE' edge1 sync add partner 2 local 192.0.2.1 remote 192.0.2.2
	refused 2 'local "here" is not an IPv4 or IPv6 address' edge1 sync add partner 2 local here
	refused 1 'partner "edge9" is not an SR of the gateway' edge1 sync add partner edge9
	refused 2 'key: that is not 32 bytes in base64' edge1 sync set key "$(cat "$tmp/hash.key")"
	refused 2 'key-file: that is not 32 bytes in base64' edge1 sync set key-file "$tmp/hash.key"
	refused 1 'key-file /nonexistent: No such file' edge1 sync set key-file /nonexistent
	refused 2 'mode "fast" is not one of async, strict' edge1 sync set mode fast
	refused 2 'timeout "100" is not a number from 500 to 60000' edge1 sync set timeout 100
	refused 2 'strict-timeout "2000" is not a number from 1 to 1000' edge1 sync set strict-timeout 2000
	refused 2 '"sync set" needs something to set' edge1 sync set
	refused 2 'unexpected argument "now"' edge1 sync resync now
	refused 2 'command of sync "ad" is unknown' edge1 sync ad
	refused 2 'timeout "x" is not a number of seconds' edge1 sync wait held timeout x
	refused 2 'unexpected argument "hold"' edge1 sync wait hold
	refused 1 'own partner' edge1 sync add partner 1 local 192.0.2.1 remote 192.0.2.2 key-file "$tmp/sync.key"
	refused 1 'no SR 9' edge1 sync add partner 9 local 192.0.2.1 remote 192.0.2.2 key-file "$tmp/sync.key"
	refused 1 'both IPv6' edge1 sync add partner 2 local 192.0.2.1 remote 2001:db8::2 key-file "$tmp/sync.key"
	ok "add, IPv6" ctl edge1 sync add partner edge2 local 2001:db8::1 remote 2001:db8::2 key-file "$tmp/sync.key"
	ok "add on the partner" ctl edge2 sync add partner 1 local 2001:db8::2 remote 2001:db8::1 \
		key "$(cat "$tmp/sync.key")" mode strict
	ok "add: in sync" ctl edge1 sync wait timeout 120
	is "add: defaults" "7220 async 3000 ms 10 ms" \
		"$(field edge1 port) $(field edge1 mode) $(field edge1 timeout) $(field edge1 strict-timeout)"
	refused 1 'there is state sync with SR 2 already' edge1 sync add partner 2 local 192.0.2.1 remote 192.0.2.2 \
		key-file "$tmp/sync.key"
	ok "del" ctl edge1 sync del
	is "del: gone" "" "$(ctl edge1 sync)"
	ok "del on the partner" ctl edge2 sync del
}

# bad_file TEXT CONFIG...: see config
bad_file()
{
	local text=$1
	shift
	config "$@" >"$file"
	refused 1 "$file:$text" edge1 apply "$file" --edge edge1
}

by_bad_file()
{
	bad_file "5: sync has no key; add key-file: PATH" "{mode: async}"
	bad_file "5: key-file $tmp/nosuch cannot be read" "{key-file: nosuch}"
	bad_file "5: key-file $tmp/hash.key does not hold 32 bytes" "{key-file: hash.key}"
	bad_file '7: address 192.0.2.1 of "edge1" and address 2001:db8::2 of its partner "edge2"' "{key-file: sync.key}" \
		192.0.2.1 2001:db8::2
	config "{key-file: sync.key}" | sed "/edge2/s/, address: [^}]*//" >"$file"
	refused 1 "$file:8: edge \"edge2\" has no address" edge1 apply "$file" --edge edge1
	chmod o+r "$tmp/sync.key"
	apply_both "{key-file: sync.key}" 2>"$tmp/err"
	ok "key file that all can read: a warning" shows "$tmp/err" "key-file $tmp/sync.key can be accessed by everyone"
	chmod o= "$tmp/sync.key"
	apply_both ""
	ok "apply without sync removes it" shows "$tmp/out.edge1" "- sync partner 2"
	is "it is gone" "" "$(ctl edge2 sync)"
}

genkey()
{
	is "genkey sync: 32 bytes" 32 "$("$SAACTL" genkey sync | base64 -d | wc -c)"
	is "genkey hash: 16 bytes" 16 "$("$SAACTL" genkey hash | base64 -d | wc -c)"
	ok "genkey: another one each time" not cmp -s <("$SAACTL" genkey sync) <("$SAACTL" genkey sync)
}

setup || { echo "not ok setup"; exit 1; }
genkey
by_file
json
changes
resync
rotation
failures
events
failback
by_hand
by_bad_file
done_testing
