#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Static checks of everything committed, each reported as a test. smatch is no package of Debian; clang-tidy finds
# nothing here that gcc's analyzer and cppcheck do not, and takes ten times as long.
#
# usage: lint.sh [FILTER]	only the checks whose name has FILTER in it
set -uo pipefail
# shellcheck source=scripts/apt.sh
. "$(dirname "$0")/apt.sh"
cd "$top" || exit 1

filter=${1-}
passed=0 failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# check NAME COMMAND...: the command succeeds; else what it said is shown.
check()
{
	local name=$1
	shift
	[[ $name == *"$filter"* ]] || return 0
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name"
		sed 's/^/    /' "$tmp/out" | head -n 200
		failed=$((failed + 1))
	fi
}

# The files of git that match, without those that are only deleted here.
files()
{
	git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
		[ ! -e "$file" ] || echo "$file"
	done
}

# What checkpatch is not asked, and why:
#   CAMELCASE           _Static_assert: the shared headers are compiled in userspace and BPF, too
#   MACRO_ARG_UNUSED    who uses a list of X() takes some of its columns
checkpatch_ignore=CAMELCASE,MACRO_ARG_UNUSED

checkpatch()
{
	local file ignore rc=0
	# It leaves a file where it is run.
	cd "$tmp" || return
	for file in $(cd "$top" && files 'kmod/*.[ch]' 'bpf/*.[ch]'); do
		ignore=$checkpatch_ignore
		case $file in
		# Generated.
		kmod/netlink_gen.[ch] | kmod/include/uapi/linux/saa.h) continue ;;
		# A list of X() cannot be in parentheses.
		*/saa_counters.h) ignore+=,COMPLEX_MACRO,MACRO_ARG_REUSE ;;
		# The macros of tracepoints have a style of their own.
		kmod/trace.h) ignore+=,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
		esac
		"$cache/linux-source/scripts/checkpatch.pl" --root="$cache/linux-source" --no-tree --strict --quiet \
			--no-summary --show-types --ignore="$ignore" -f "$top/$file" || rc=1
	done
	cd "$top" || return
	return $rc
}

# Builds with more warnings than usual, all of them errors.
warnings()
{
	scripts/build-kmod.sh --dir "$build/lint/$1" "$1" W=1 KCFLAGS=-Werror
}

# sparse says what it found, and lets the build go on. A kfunc is called from BPF alone, so no header declares it.
sparse()
{
	scripts/build-kmod.sh --dir "$build/lint/floor" floor W=1 KCFLAGS=-Werror C=2 2>&1 | tee "$tmp/sparse" &&
		! grep -vE "kmod/xdp.c:.*'saa_xdp_[a-z_]*' was not declared" "$tmp/sparse" | grep -qE '(warning|error):'
}

# gcc's analyzer: leaks, null pointers, use after free.
analyzer()
{
	make --no-print-directory -s -C userspace O="$build/lint/user" CFLAGS="-O1 -fanalyzer"
}

# What cppcheck is told: how the macros of libraries loop, which it does not look up, and to pass over
#   uninitvar in saa_hash.h    a loop over a whole array, of which it assumes that it may not run once
#   readdirCalled in netns.c   that of saactl, which has no threads
#   leakNoVarFunctionCall      a socket that the end of the process closes
#   invalidFunctionArg         the -1 that mmap(2) asks for with MAP_ANONYMOUS
#   normalCheckLevel...        that it could look further, in versions that can
check_c()
{
	local list
	mapfile -t list < <(files 'userspace/*.c' 'selftests/*.c' ':!*.bpf.c')
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --library=gnu --library=posix \
		-D_GNU_SOURCE -DSAA_VERSION='""' -Iuserspace/libsaa -Iuserspace/saactl -Ikmod/include/uapi \
		-D'json_object_foreach(o,k,v)=while (k = f(o), v = f(o))' \
		-D'json_object_foreach_safe(o,n,k,v)=while (k = f(o), v = f(o))' \
		-D'json_array_foreach(o,i,v)=while (i = f(o), v = f(o))' -D'LIBBPF_OPTS(t,n,...)=struct t n' \
		-D'bpf_object__for_each_program(p,o)=while (p = f(o))' \
		--suppress=uninitvar:kmod/include/uapi/linux/saa_hash.h \
		--suppress=readdirCalled:userspace/libsaa/netns.c \
		--suppress=leakNoVarFunctionCall:selftests/bench/skb_burst.c \
		--suppress=invalidFunctionArg:selftests/fuzz/netlink.c --suppress=normalCheckLevelMaxBranches "${list[@]}"
}

# The files of YAML and the one in README.md. What yamllint is not asked, and why:
#   document-start      a file has one document, and says so itself
check_yaml()
{
	local list rules='{extends: default, rules: {line-length: {max: 120}, document-start: disable}}'
	mapfile -t list < <(files '*.yaml')
	sed -n '/^```yaml$/,/^```$/p' README.md | grep -v '^```' >"$tmp/README.yaml"
	yamllint --strict -d "$rules" "${list[@]}" "$tmp/README.yaml"
}

check_python()
{
	local list
	mapfile -t list < <(files '*.py')
	pyflakes3 "${list[@]}"
}

shell_scripts()
{
	files '*.sh'
	files scripts .ci userspace selftests | xargs grep -lE '^#!/bin/(ba)?sh' | grep -v '\.sh$'
}

check_shell()
{
	local list
	mapfile -t list < <(shell_scripts)
	# SC1091, SC2034, SC2154: files are sourced, so names are set here and used there.
	shellcheck --severity=warning --exclude=SC1091,SC2034,SC2154 "${list[@]}"
}

# Words that it takes for others: iif of nftables, ND and ECT of RFCs 4861 and 3168.
check_spelling()
{
	files ':!COPYING' ':!*.config' | xargs codespell --quiet-level=3 --ignore-words-list=iif,nd,ect
}

check_man()
{
	local list
	mapfile -t list < <(files 'userspace/*.[1-8]')
	[ ${#list[@]} -eq 0 ] || mandoc -T lint -W warning "${list[@]}"
}

check_licences()
{
	local file rc=0
	for file in $(files '*.[ch]' '*.sh' '*.py' '*Makefile' Kbuild '*.yaml'); do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: ' || { echo "no licence: $file"; rc=1; }
	done
	return $rc
}

# Nothing here may depend on, or name, the machine that it was made on.
check_names()
{
	local hosts
	hosts=$(apt-get indextargets --format '$(SITE)' | sed 's#.*://##; s#/.*##' | sort -u | paste -sd '|')
	files | tr '\n' '\0' | xargs -0 grep -nIE "/(wor[k]|hom[e]|roo[t])/[a-z.]|${hosts//./\\.}" && return 1
	return 0
}

check "checkpatch --strict" checkpatch
check "netlink code is what the spec gives" scripts/ynl-regen.sh --check
check "W=1 floor" warnings floor
check "W=1 newest" warnings newest
check "sparse" sparse
check "gcc -fanalyzer" analyzer
check "cppcheck" check_c
check "yamllint" check_yaml
check "pyflakes" check_python
check "shellcheck" check_shell
check "spelling" check_spelling
check "man pages" check_man
check "table of counters" Documentation/counters.sh --check
check "licences" check_licences
check "no names of hosts or machines" check_names
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
