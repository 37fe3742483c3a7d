# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by selftests/run.sh and scripts/vm.sh: what the kernel's log says about its health.

# An extended regular expression for the lines that tell of something wrong.
splat='WARNING: |BUG: |INFO: trying to register non-static key|INFO: task .* blocked|Oops|Call Trace:|Kernel panic'
splat+='|general protection fault|refcount_t:|KASAN|UBSAN|ODEBUG:|suspicious RCU usage|rcu.*detected .*stall'
splat+='|unregister_netdevice: waiting|leaked reference|has [0-9]+/[0-9]+ users at|kmemleak: [1-9]'

# complaints: of the log on standard input, the lines that matter with what is around them; 1 without any. Some 6.12
# kernels warn once, at the first Geneve option that they receive, of a write that is right.
complaints()
{
	awk '
		/\[ cut here \]/ {
			cut = $0
			getline what
			getline where
			skip = what ~ /field-spanning write/ && where ~ /\[geneve\]/
			if (!skip)
				print cut "\n" what "\n" where
			next
		}
		!skip
		/---\[ end trace/ { skip = 0 }' | grep -E -A 40 -B 5 "$splat"
}

# objects FILE: what exists of saa.ko's objects, by the lines "saa: created KIND POINTER" and "saa: destroyed KIND
# POINTER" in FILE: a line "KIND NUMBER" for each, numbered within its kind. And what was destroyed, but not created.
objects()
{
	awk '
		/saa: created / { n[$(NF - 1) " " $NF]++ }
		/saa: destroyed / { n[$(NF - 1) " " $NF]-- }
		END {
			for (object in n) {
				split(object, word)
				for (; n[object] > 0; n[object]--)
					print word[1], ++count[word[1]]
				if (n[object] < 0)
					print object, "destroyed, but not created"
			}
		}' "$1"
}
