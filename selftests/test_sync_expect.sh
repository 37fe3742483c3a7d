#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a helper expects goes on with the partner (lib/topology.sh, 2 SRs): FTP (lib/ftp.py), active and passive, with
# SNAT and without, IPv4 and IPv6. The SR fails between the announcement of the data connection and its first packet;
# the SRs' firewalls let nothing else pass than that, and what announces it. The ends tell what came, and from where.
# The control is the same when the partner does not know what to expect. And TFTP (lib/tftp.py), of which one end is
# silent.
cd "$(dirname "$0")" || exit 1
. lib/test.sh
. lib/topology.sh
. lib/saa.sh
. lib/sync.sh
need_saa

SNAT="
      - {group: internet, source: 10.1.0.0/17, to: $POOL4}
      - {group: internet, source: 'fd00:10::/65', to: '$POOL6'}"
INSIDES="10.1.0.5 10.1.200.5 fd00:10::5 fd00:10::8000:0:0:5"	# with SNAT, without

helpers()
{
	local i
	modprobe -qa nf_nat_ftp nf_nat_tftp || skip_all "no nf_nat_ftp, or no nf_nat_tftp"
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -f - <<-END || return
			flush chain inet firewall forward
			table inet firewall {
				ct helper ftp { type "ftp" protocol tcp; }
				ct helper tftp { type "tftp" protocol udp; }
				chain assign {
					type filter hook prerouting priority filter;
					tcp dport 21 ct helper set "ftp"
					udp dport 69 ct helper set "tftp"
				}
				chain forward {
					ct state invalid counter name invalid drop
					ct state established,related accept
					tcp dport 21 accept
					udp dport 69 accept
					counter name unsolicited drop
				}
			}
		END
	done
}

serve()
{
	nsenter --net="/run/netns/${P}north" -- python3 lib/ftp.py serve "$tmp/ftp.ready" "$remote4" "$remote6" &
	wait_for 60 test -e "$tmp/ftp.ready"
}

# Data connections are announced, eight of them; they begin when "go" says so.
announce()
{
	local source mode
	rm -f "$tmp"/fetch.*
	names=()
	for source in $INSIDES; do
		for mode in active passive; do
			names+=("$tmp/fetch.$mode.$source")
			FTP_TIMEOUT=$FTP_TIMEOUT nsenter --net="/run/netns/${P}south" -- python3 lib/ftp.py fetch \
				"$(if [[ $source = *:* ]]; then echo "$remote6"; else echo "$remote4"; fi)" "$source" "$mode" \
				"${names[-1]}" >"${names[-1]}" &
		done
	done
	wait_for 60 all_there .ready
}

all_there() { local name; for name in "${names[@]}"; do [ -s "$name$1" ] || [ -e "$name$1" ] || return; done; }
answered() { local name; for name in "${names[@]}"; do [ -s "$name" ] || return; done; }
go() { touch "${names[@]/%/.go}" && wait_for 120 answered; }

# What came: how often "data", and where not.
came() { awk '$0 == "data" { n++; next } { print FILENAME ": " $0 } END { print n + 0 " data" }' "${names[@]}"; }
expected() { for f in ipv4 ipv6; do ns "$1" conntrack -L expect -f "$f" 2>/dev/null; done | grep -c dport=; }

# Also how the lengths in the announcing connections have changed.
all_held() { wait_for 60 eval '[ "$(count sr1 flows-at-risk)" = 0 ]'; }

# Why something did not come.
tell()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft list counters
		ns "sr$i" conntrack -L
		ns "sr$i" conntrack -L -f ipv6
		expected "sr$i"
	done 2>&1
}

topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{mode: async, key-file: $tmp/sync.key, timeout: 60000}"
ok "apply" apply_all
ok "helpers" helpers
remote4=$(remote_of_each 4 | head -n 1) remote6=$(remote_of_each 6 | head -n 1)
ok "servers of SR 1" serve
ok "both are in sync" sync_ready sr1 sr2

FTP_TIMEOUT=5	# seconds
ok "announced" announce
becomes "control: the partner expects the same" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "control: it forgets" ns sr2 conntrack -F expect
ok "control: SR 1 fails" sr_fails 1
ok "control: the transfers end" go
is "control: none was accepted" 0 "$(cat "${names[@]}" | grep -c data)"
ok "SR 1 comes back" sr_returns 1

FTP_TIMEOUT=100
ok "announced again" announce
becomes "the partner expects the same" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "and all else" all_held
ok "SR 1 fails" sr_fails 1
ok "the transfers end" go
is "all was transferred, between the right addresses" "8 data" "$(came)"
[ "$(came)" = "8 data" ] || tell
is "nothing more is expected" 0 "$(expected sr2)"
ok "SR 1 comes back again" sr_returns 1

# What ends, by being met or otherwise, ends with the partner.
ok "announced once more" announce
becomes "both expect it" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "the transfers end without a failure" go
is "all was transferred" "8 data" "$(came)"
becomes "nothing more is expected by either" "0 0" eval 'echo $(expected sr1) $(expected sr2)'
# There is no reply that would have an expected flow sent.
tftp() { python3 lib/tftp.py "$P" "$@"; }
unanswered() { ns "$1" conntrack -L -p udp -s "$2" 2>/dev/null | grep -c UNREPLIED; }
is "two packets of data over TFTP, which nobody acknowledges" came "$(tftp "$remote4" 10.1.0.5)"
is "a flow of its own" 1 "$(unanswered sr1 "$remote4")"
becomes "the partner has it" 1 unanswered sr2 "$remote4"

is "nothing was refused" "0 0" "$(for i in 1 2; do
	ctl "sr$i" -s sync show | awk '$1 == "refused-expect:" || $1 == "refused-malformed:" { n += $2 } END { print n + 0 }'
done | xargs)"
done_testing
