// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must be so that the XDP program can do its work. Each of these fails
 * silently otherwise: XDP steers nothing, and nobody is told.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xdp.h"

/* Of the netlink family "netdev", which older headers do not have. */
#define NETDEV_FAMILY		"netdev"
#define NETDEV_GET		1
#define NETDEV_ATTR_IFINDEX	1
#define NETDEV_ATTR_XDP		3
#define NETDEV_XDP_BASIC	1
#define NETDEV_XDP_NDO_XMIT	4

int xdp_check_module(void)
{
	if (!access("/sys/kernel/btf/saa", R_OK))
		return EXIT_OK;
	if (access("/sys/module/saa", F_OK))
		return refuse("the saa module is not loaded: modprobe saa");
	return refuse("the saa module has no BTF (/sys/kernel/btf/saa), which XDP needs; build it with pahole installed, or let the module steer alone");
}

static int on_features(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					      NETDEV_ATTR_XDP);

	if (attr && nla_len(attr) >= 8)
		*(uint64_t *)arg = nla_get_u64(attr);
	return NL_OK;
}

/* The device's XDP features; -1 if the kernel does not tell. */
static int get_features(uint32_t ifindex, uint64_t *features)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct saa_extack ext;
	struct nl_msg *msg;
	int family, err = -1;

	*features = 0;
	if (!sock || genl_connect(sock))
		goto out;
	family = genl_ctrl_resolve(sock, NETDEV_FAMILY);
	if (family < 0)
		goto out;
	msg = nlmsg_alloc();
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, NETDEV_GET, 1);
	nla_put_u32(msg, NETDEV_ATTR_IFINDEX, ifindex);
	err = saa_nl_request(sock, msg, on_features, features, &ext);
	nlmsg_free(msg);
out:
	nl_socket_free(sock);
	return err;
}

bool xdp_sender_wants_program(const struct saa_link *link)
{
	uint64_t features;

	return !link->xdp_id && strcmp(link->kind, "veth") &&
	       !get_features(link->ifindex, &features) &&
	       features & NETDEV_XDP_BASIC && !(features & NETDEV_XDP_NDO_XMIT);
}

/*
 * The module lets a frame pass for which the device has no ndo_xdp_xmit when it
 * comes: the program would be of no use. A veth has it only while its peer runs
 * NAPI: with GRO or an XDP program; the kernel says so for a peer in any
 * namespace.
 */
static int check_sends(const struct xdp_state *x, const struct saa_link *link,
		       const char *what)
{
	uint64_t features;

	if (get_features(link->ifindex, &features)) {
		warn("whether %s %s takes redirected frames cannot be told on this kernel",
		     what, link->name);
		return EXIT_OK;
	}
	if (features & NETDEV_XDP_NDO_XMIT)
		return EXIT_OK;
	if (x->generic && features & NETDEV_XDP_BASIC &&
	    strcmp(link->kind, "veth"))
		return refuse("%s %s cannot take redirected frames: its driver does so only with a native program; \"mode native\"",
			      what, link->name);
	if (!strcmp(link->kind, "veth"))
		return refuse("%s %s cannot take redirected frames: its veth peer has neither GRO nor an XDP program; \"ethtool -K PEER gro on\" there",
			      what, link->name);
	return refuse("%s %s cannot take redirected frames: its driver has no XDP transmit; let the module steer alone",
		      what, link->name);
}

static void add_sender(const struct saa_link *link, const char *what,
		       struct xdp_sender **senders, size_t *n)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if ((*senders)[i].link == link)
			return;
	*(struct xdp_sender *)saa_grow(senders, n, sizeof(**senders)) =
		(struct xdp_sender){ link, what };
}

/* Those by which the other SRs' addresses are reached. */
static void add_underlay(struct xdp_state *x, struct xdp_sender **senders,
			 size_t *n)
{
	const struct saa_link *link;
	const struct saa_sr *sr;
	uint32_t ifindex;
	size_t i;

	for (i = 0; i < x->conf.n_srs; i++) {
		sr = &x->conf.srs[i];
		if (sr->id == x->conf.gateway.sr ||
		    saa_rtnl_route(&x->rt, &sr->address, &ifindex))
			continue;
		link = saa_link_by_index(x->links, x->n_links, ifindex);
		if (link)
			add_sender(link, "underlay interface", senders, n);
	}
}

size_t xdp_senders(struct xdp_state *x, struct xdp_sender **senders)
{
	const struct saa_port *port;
	const struct saa_link *link;
	size_t i, n = 0;

	*senders = NULL;
	for (i = 0; i < x->conf.n_ports; i++) {
		port = &x->conf.ports[i];
		link = saa_link_by_name(x->links, x->n_links, port->ifname);
		if (port->transport == SAA_TRANSPORT_GENEVE)
			add_underlay(x, senders, &n);
		else if (link)
			add_sender(link, "shadow port", senders, &n);
	}
	return n;
}

int xdp_check_ports(struct xdp_state *x)
{
	struct xdp_sender *senders;
	size_t i, n = xdp_senders(x, &senders);
	int ret = EXIT_OK;

	for (i = 0; i < x->conf.n_ports; i++)
		if (!saa_link_by_name(x->links, x->n_links,
				      x->conf.ports[i].ifname))
			ret = refuse("shadow port %s: no such interface",
				     x->conf.ports[i].ifname);
	for (i = 0; i < n; i++)
		if (check_sends(x, senders[i].link, senders[i].what))
			ret = EXIT_REFUSED;
	free(senders);
	return ret;
}

/* Offload flags of a device: ETH_FLAG_*; 0 if they cannot be read. */
static uint32_t get_flags(const char *ifname, uint32_t cmd)
{
	struct ethtool_value value = { .cmd = cmd };
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	memcpy(ifr.ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ifr.ifr_data = (char *)&value;
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		value.data = 0;
	close(fd);
	return value.data;
}

/* The peer of a veth, if it is in this namespace. */
static const struct saa_link *peer_of(const struct xdp_state *x,
				      const struct saa_link *link)
{
	return link->lower_netns < 0 && link->lower ?
		saa_link_by_index(x->links, x->n_links, link->lower) : NULL;
}

/* The first VLAN on a device, or NULL. */
static const struct saa_link *vlan_on(const struct xdp_state *x,
				      const struct saa_link *lower)
{
	const struct saa_link *link;
	size_t i;

	for (i = 0; i < x->n_links; i++) {
		link = &x->links[i];
		if (!strcmp(link->kind, "vlan") && link->lower_netns < 0 &&
		    link->lower == lower->ifindex &&
		    link->vlan_proto == ETH_P_8021Q)
			return link;
	}
	return NULL;
}

/*
 * A tag in the packet's metadata is not in the frame that XDP sees: a VLAN's
 * frames would be taken for those of the device itself.
 */
static int check_vlan(const struct xdp_state *x, const struct saa_link *link,
		      const struct saa_link *on_it)
{
	const char *lower = link->name, *vlan = on_it->name;
	const struct saa_link *peer;

	if (get_flags(lower, ETHTOOL_GFLAGS) & ETH_FLAG_RXVLAN)
		return refuse("VLAN %s: VLAN offload of %s hides the tag from XDP; \"ethtool -K %s rxvlan off\"",
			      vlan, lower, lower);
	if (strcmp(link->kind, "veth"))
		return EXIT_OK;
	peer = peer_of(x, link);
	if (!peer)
		warn("VLAN %s: if the peer of veth %s has VLAN offload, XDP does not see the tag; \"ethtool -K PEER txvlan off\" there",
		     vlan, lower);
	else if (get_flags(peer->name, ETHTOOL_GFLAGS) & ETH_FLAG_TXVLAN)
		return refuse("VLAN %s: VLAN offload of %s, the peer of %s, hides the tag from XDP; \"ethtool -K %s txvlan off\"",
			      vlan, peer->name, lower, peer->name);
	return EXIT_OK;
}

/*
 * What the peer's stack sends through a veth may have no checksum yet, and
 * nobody makes it in a frame that XDP redirects.
 */
static int check_checksum(const struct xdp_state *x, const struct saa_link *link)
{
	const struct saa_link *peer = peer_of(x, link);

	if (!peer)
		warn("%s: if the peer of this veth has checksum offload, what its own stack sends is lost; \"ethtool -K PEER tx off\" there",
		     link->name);
	else if (get_flags(peer->name, ETHTOOL_GTXCSUM))
		return refuse("%s: %s, its veth peer, has checksum offload, so what its own stack sends would be lost; \"ethtool -K %s tx off\"",
			      link->name, peer->name, peer->name);
	return EXIT_OK;
}

/* The program knows a group by the device and one 802.1Q tag. */
static int check_tags(const struct xdp_device *dev)
{
	if (!strcmp(dev->link->kind, "vlan"))
		return refuse("member %s: a VLAN on the VLAN %s, and XDP knows one tag only; let the module steer alone",
			      dev->vlan->name, dev->link->name);
	if (dev->vlan->vlan_proto != ETH_P_8021Q)
		return refuse("member %s: a VLAN with TPID 0x%04x, and XDP knows 802.1Q tags only; let the module steer alone",
			      dev->vlan->name, dev->vlan->vlan_proto);
	return EXIT_OK;
}

int xdp_check_device(const struct xdp_state *x, const struct xdp_device *dev)
{
	const char *kind = dev->link->kind;
	const struct saa_link *vlan;
	int ret = EXIT_OK;

	if (!strcmp(kind, "bond") || !strcmp(kind, "team") ||
	    !strcmp(kind, "bridge"))
		return refuse("%s is a %s: XDP cannot tell its group there; let the module steer alone",
			      dev->link->name, kind);
	if (dev->vlan)
		ret = check_tags(dev);
	if (!ret && !x->generic && !strcmp(kind, "veth"))
		ret = check_checksum(x, dev->link);
	vlan = dev->vlan ? dev->vlan : vlan_on(x, dev->link);
	if (!ret && vlan)
		ret = check_vlan(x, dev->link, vlan);
	return ret;
}
