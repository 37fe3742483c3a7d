# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests of Geneve, after saa.sh: an IP network between the SRs, and the device that punts over it.
#
#   sr1: under0 .2 --- .1 sr1 [underlay, a router] srI .1 --- .2 under0 :srI
#   172.19.I.0/30, fd00:19:I::/64; the SRs' addresses are the tunnels' ends

# For the configuration; both punt switches by one device.
GENEVE_PORTS='north: saa0, south: saa0, north-vni: 1001, south-vni: 1002'

tep4() { echo "172.19.$1.2"; }
tep6() { echo "fd00:19:$1::2"; }

# After topology.
underlay()
{
	local i
	modprobe -q geneve
	{
		echo "netns add ${P}underlay"
		for ((i = 1; i <= N; i++)); do
			echo "link add under0 netns ${P}sr$i type veth peer name sr$i netns ${P}underlay"
		done
	} | ip -batch - || return
	ns underlay bash -c "
		$(sysctls ipv6/conf/all/accept_dad=0 ipv6/conf/default/accept_dad=0 ipv4/ip_forward=1 \
			ipv6/conf/all/forwarding=1 ipv4/conf/all/rp_filter=0 ipv4/conf/default/rp_filter=0)
		ip -batch - <<-END
			link set lo up
			$(for ((i = 1; i <= N; i++)); do
				echo "address add 172.19.$i.1/30 dev sr$i"
				echo "address add fd00:19:$i::1/64 dev sr$i nodad"
				echo "link set sr$i up"
			done)
		END" || return
	for ((i = 1; i <= N; i++)); do
		# What the tunnels carry is tracked, they themselves need not be.
		ns "sr$i" bash -c "
			ip -batch - <<-END
				address add 172.19.$i.2/30 dev under0
				address add fd00:19:$i::2/64 dev under0 nodad
				link set under0 up
				route add 172.19.0.0/16 via 172.19.$i.1
				route add fd00:19::/32 via fd00:19:$i::1
				link add saa0 type geneve external udp6zerocsumrx
				link set saa0 up
			END
			echo 1 >/proc/sys/net/ipv6/conf/saa0/disable_ipv6
			nft -f - <<-END
				table inet tunnel {
					chain in { type filter hook prerouting priority raw; udp dport 6081 notrack; }
					chain out { type filter hook output priority raw; udp dport 6081 notrack; }
				}
			END" || return
	done
	for i in underlay $(seq -f 'sr%g' "$N"); do
		wait_for 60 links_ready "$i" || return
	done
}

# underlay_mtu MTU: of all links in it.
underlay_mtu()
{
	local i
	for ((i = 1; i <= N; i++)); do
		ns "sr$i" ip link set under0 mtu "$1"
		ns underlay ip link set "sr$i" mtu "$1"
	done
}
