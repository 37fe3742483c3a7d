#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a helper expects goes on with the partner (lib/topology.sh, 2 SRs): FTP (lib/ftp.py), active and passive, with
# SNAT and without, IPv4 and IPv6. The SR fails between the announcement of the data connection and its first packet;
# the SRs' firewalls let nothing else pass than that, and connections to port 21. The ends tell what came, and from
# where. The control is the same when the partner does not know what to expect.
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
	modprobe -q nf_nat_ftp || skip_all "no nf_nat_ftp"
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" nft -f - <<-END || return
			flush chain inet firewall forward
			table inet firewall {
				ct helper ftp { type "ftp" protocol tcp; }
				chain assign {
					type filter hook prerouting priority filter;
					tcp dport 21 ct helper set "ftp"
				}
				chain forward {
					ct state invalid counter name invalid drop
					ct state established,related accept
					tcp dport 21 accept
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
			nsenter --net="/run/netns/${P}south" -- python3 lib/ftp.py fetch \
				"$(if [[ $source = *:* ]]; then echo "$remote6"; else echo "$remote4"; fi)" "$source" "$mode" \
				"${names[-1]}" >"${names[-1]}" &
		done
	done
	wait_for 60 all_there .ready
}

all_there() { local name; for name in "${names[@]}"; do [ -s "$name$1" ] || [ -e "$name$1" ] || return; done; }
answered() { local name; for name in "${names[@]}"; do [ -s "$name" ] || return; done; }
go() { touch "${names[@]/%/.go}" && wait_for 120 answered; }

# What came: "N data", and the others.
came() { cat "${names[@]}" | sort | uniq -c | sed 's/^ *//' | tee -a "$tmp/came"; }
expected() { for f in ipv4 ipv6; do ns "$1" conntrack -L expect -f "$f" 2>/dev/null; done | grep -c dport=; }

topology 2 || exit 1
ok "links between partners" sync_links
SYNC="{mode: async, key-file: $tmp/sync.key, timeout: 60000}"
ok "apply" apply_all
ok "helpers" helpers
remote4=$(remote_of_each 4 | head -n 1) remote6=$(remote_of_each 6 | head -n 1)
ok "servers of SR 1" serve
ok "both are in sync" sync_ready sr1 sr2

ok "announced" announce
becomes "control: the partner expects the same" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "control: it forgets" ns sr2 conntrack -F expect
ok "control: SR 1 fails" sr_fails 1
ok "control: the transfers end" go
is "control: none was accepted" 0 "$(cat "${names[@]}" | grep -c data)"
ok "SR 1 comes back" sr_returns 1

ok "announced again" announce
becomes "the partner expects the same" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "SR 1 fails" sr_fails 1
ok "the transfers end" go
is "all was transferred, between the right addresses" "8 data" "$(came)"
is "nothing more is expected" 0 "$(expected sr2)"
ok "SR 1 comes back again" sr_returns 1

# What ends, by being met or otherwise, ends with the partner.
ok "announced once more" announce
becomes "both expect it" "8 8" eval 'echo $(expected sr1) $(expected sr2)'
ok "the transfers end without a failure" go
is "all was transferred" "8 data" "$(came)"
becomes "nothing more is expected by either" "0 0" eval 'echo $(expected sr1) $(expected sr2)'
is "nothing was refused" "0 0" "$(for i in 1 2; do
	ctl "sr$i" -s sync show | awk '$1 == "refused-expect:" || $1 == "refused-malformed:" { n += $2 } END { print n + 0 }'
done | xargs)"
done_testing
