# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests: results, and waiting. A result is a line "ok NAME", "not ok NAME" or "skip NAME"; the exit
# status is 0, 1 when a check failed, or 4 when the whole test was skipped.

failed=0

# A check has failed. With SAA_STOP set the test ends: for those who only ask whether it fails.
fail()
{
	failed=1
	[ -z "${SAA_STOP-}" ] || exit 1
}

# ok NAME COMMAND...: the command succeeds.
ok()
{
	local name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name: $*"
		fail
	fi
}

# is NAME EXPECTED ACTUAL
is()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1: expected '$2', got '$3'"
		fail
	fi
}

# becomes NAME EXPECTED COMMAND...: what the command prints is EXPECTED, at once or soon: packets may be on their way.
becomes()
{
	local name=$1 expected=$2 got
	shift 2
	prints() { got=$("$@"); [ "$got" = "$expected" ]; }
	wait_for 60 prints "$@"
	is "$name" "$expected" "$got"
}

# skip_all REASON
skip_all()
{
	echo "skip ${0##*/}: $1"
	exit 4
}

# By its name, which stays whatever the kernel loses: scripts/sanitizer-kernel.sh builds it.
sanitized() { [[ $(uname -r) == *-sanitizer-* ]]; }

# sanitizer_only REASON: skips the test, but on the sanitizer kernel, where nothing else would tell that it is not run.
sanitizer_only()
{
	sanitized || skip_all "$1"
	echo "not ok ${0##*/} on the sanitizer kernel: $1"
	exit 1
}

# A moment. Nothing comes from this pipe; to start a process takes a guest as long as the moment is.
exec {nothing}<> <(:)
moment() { read -rt 0.05 -u "$nothing"; }

# wait_for SECONDS COMMAND...: until the command succeeds. On a slow or busy machine everything takes longer: 60 is
# a good number, since only a failure waits for so long.
wait_for()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		moment
	done
	return 0
}

not() { ! "$@"; }

done_testing() { exit $failed; }
