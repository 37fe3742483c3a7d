// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * saactl xdp: puts the XDP program on members of groups. A member that is a
 * VLAN gets it on the device below; the program knows the group by the tag.
 */
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "xdp.h"

static const char usage[] =
"Usage: saactl xdp [ show ]\n"
"       saactl xdp attach [ IFNAME ... ] [ mode { native | generic } ]\n"
"              [ --force ]\n"
"       saactl xdp detach [ IFNAME ... ]\n"
"Without IFNAME all members. Generic mode is slow and never chosen by itself.\n"
"--force attaches although a check says that it would be of no use.\n";

static void close_state(struct xdp_state *x)
{
	free(x->links);
	saa_rtnl_close(&x->rt);
	saa_conf_free(&x->conf);
	saa_nl_close(&x->nl);
}

static int open_state(struct xdp_state *x)
{
	int ret = get_gateway(&x->nl, &x->conf);

	if (ret)
		return ret;
	if (saa_rtnl_open(&x->rt) ||
	    saa_rtnl_links(&x->rt, &x->links, &x->n_links))
		ret = refuse("%s", x->rt.error);
	if (ret)
		close_state(x);
	return ret;
}

/* The device that carries the program for a member; false if it is absent. */
static bool device_of(const struct xdp_state *x, const char *member,
		      struct xdp_device *dev)
{
	const struct saa_link *link;

	link = saa_link_by_name(x->links, x->n_links, member);
	*dev = (struct xdp_device){ .link = link };
	if (link && !strcmp(link->kind, "vlan") && link->lower_netns < 0) {
		dev->vlan = link;
		dev->link = saa_link_by_index(x->links, x->n_links, link->lower);
	}
	return dev->link;
}

static bool is_member(const struct xdp_state *x, const char *ifname)
{
	size_t i;

	for (i = 0; i < x->conf.n_groups; i++)
		if (!strcmp(x->conf.groups[i].ifname, ifname))
			return true;
	return false;
}

/* The devices for the members named, or for all; a list freed by the caller. */
static int find_devices(const struct xdp_state *x, int argc, char **argv,
			struct xdp_device **devices, size_t *n)
{
	struct xdp_device dev;
	size_t i, count = argc ? (size_t)argc : x->conf.n_groups;
	const char *name;

	*devices = NULL;
	*n = 0;
	for (i = 0; i < count; i++) {
		name = argc ? argv[i] : x->conf.groups[i].ifname;
		if (!is_member(x, name))
			return refuse("interface \"%s\" is not a member of a group",
				      name);
		if (!device_of(x, name, &dev)) {
			if (argc)
				return refuse("interface \"%s\" is absent",
					      name);
			warn("member %s is absent, left out", name);
			continue;
		}
		*(struct xdp_device *)saa_grow(devices, n, sizeof(dev)) = dev;
	}
	return EXIT_OK;
}

/* The senders that want the program; a list freed by the caller. */
static void find_senders(struct xdp_state *x, struct xdp_device **devices,
			 size_t *n)
{
	struct xdp_device dev = { 0 };
	struct xdp_sender *senders;
	size_t i, all = xdp_senders(x, &senders);

	*devices = NULL;
	*n = 0;
	for (i = 0; i < all; i++) {
		dev.link = senders[i].link;
		if (xdp_sender_wants_program(dev.link))
			*(struct xdp_device *)saa_grow(devices, n, sizeof(dev)) = dev;
	}
	free(senders);
}

static bool is_ours(const struct saa_link *link)
{
	const char *name = link->xdp_id ? xdp_name(link->xdp_id) : NULL;

	return name && !strcmp(name, XDP_PROGRAM);
}

/*
 * All that carry the program, also those that are no members or senders any
 * more; a list freed by the caller.
 */
static void find_ours(const struct xdp_state *x, struct xdp_device **devices,
		      size_t *n)
{
	struct xdp_device dev = { 0 };
	size_t i;

	*devices = NULL;
	*n = 0;
	for (i = 0; i < x->n_links; i++) {
		dev.link = &x->links[i];
		if (is_ours(dev.link))
			*(struct xdp_device *)saa_grow(devices, n, sizeof(dev)) = dev;
	}
}

static bool seen_before(const struct xdp_device *devices, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (devices[j].link == devices[i].link)
			return true;
	return false;
}

/* EXIT_OK in place of what a check has said, with --force. */
static int unless_forced(const struct xdp_state *x, int ret)
{
	if (!ret || !x->force)
		return ret;
	warn("attached all the same (--force)");
	return EXIT_OK;
}

/* What can be known to fail before anything is changed. */
static int check_devices(const struct xdp_state *x,
			 const struct xdp_device *devices, size_t n)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < n; i++) {
		if (devices[i].link->xdp_id && !is_ours(devices[i].link))
			return refuse("%s: another XDP program is attached (id %u); detach it first",
				      devices[i].link->name,
				      devices[i].link->xdp_id);
		if (xdp_check_device(x, &devices[i]))
			ret = EXIT_REFUSED;
	}
	return unless_forced(x, ret);
}

/* What attach_all() has attached to the first @n. */
static void detach_first(const struct xdp_state *x,
			 const struct xdp_device *devices, size_t n)
{
	struct saa_link link;

	while (n--) {
		link = *devices[n].link;
		link.xdp_mode = x->generic ? XDP_ATTACHED_SKB :
					     XDP_ATTACHED_DRV;
		if (!seen_before(devices, n))
			xdp_detach(&link);
	}
}

static int attach_all(const struct xdp_state *x, struct xdp_device *devices,
		      size_t n)
{
	int fd = xdp_load(), ret = fd < 0 ? EXIT_REFUSED : EXIT_OK;
	size_t i;

	for (i = 0; i < n && !ret; i++) {
		if (seen_before(devices, i))
			continue;
		/* only a program of the same mode is replaced in one step */
		if (devices[i].link->xdp_id &&
		    devices[i].link->xdp_mode != (x->generic ? XDP_ATTACHED_SKB :
							       XDP_ATTACHED_DRV))
			ret = xdp_detach(devices[i].link);
		if (!ret)
			ret = xdp_attach(x, devices[i].link, fd);
	}
	/* the last one failed: none, rather than some */
	if (ret && i)
		detach_first(x, devices, i - 1);
	xdp_unload();
	return ret;
}

static int attach(int argc, char **argv)
{
	struct xdp_device *devices = NULL, *senders = NULL;
	struct xdp_state x = { 0 };
	int ret, i, names = 0;
	size_t n, n_senders = 0;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--force")) {
			x.force = true;
		} else if (!strcmp(argv[i], "mode")) {
			if (++i == argc)
				return misuse("\"mode\" needs native or generic");
			x.generic = !strcmp(argv[i], "generic");
			if (!x.generic && strcmp(argv[i], "native"))
				return misuse("mode \"%s\" is not one of native, generic",
					      argv[i]);
		} else if (argv[i][0] == '-') {
			return misuse("option \"%s\" is unknown; try \"saactl xdp help\"",
				      argv[i]);
		} else {
			argv[names++] = argv[i];
		}
	}
	ret = open_state(&x);
	if (ret)
		return ret;
	ret = xdp_check_module();
	if (!ret)
		ret = find_devices(&x, names, argv, &devices, &n);
	if (!ret)
		ret = check_devices(&x, devices, n);
	if (!ret && !x.generic)
		find_senders(&x, &senders, &n_senders);
	if (!ret && n_senders)
		ret = attach_all(&x, senders, n_senders);
	if (!ret) {
		/* some senders can send only now, with the program */
		ret = unless_forced(&x, xdp_check_ports(&x));
		if (!ret)
			ret = attach_all(&x, devices, n);
		if (ret)
			detach_first(&x, senders, n_senders);
	}
	free(senders);
	free(devices);
	close_state(&x);
	return ret;
}

static int detach(int argc, char **argv)
{
	struct xdp_device *devices = NULL;
	struct xdp_state x = { 0 };
	size_t i, n;
	int ret;

	ret = open_state(&x);
	if (ret)
		return ret;
	if (argc)
		ret = find_devices(&x, argc, argv, &devices, &n);
	else
		find_ours(&x, &devices, &n);
	for (i = 0; !ret && i < n; i++) {
		const struct saa_link *link = devices[i].link;

		if (!link->xdp_id || seen_before(devices, i))
			continue;
		if (is_ours(link))
			ret = xdp_detach(link);
		else
			ret = refuse("%s: the XDP program with id %u is not saa's, left alone",
				     link->name, link->xdp_id);
	}
	xdp_unload();
	free(devices);
	close_state(&x);
	return ret;
}

static const char *mode_name(uint8_t mode)
{
	return mode == XDP_ATTACHED_DRV ? "native" :
	       mode == XDP_ATTACHED_SKB ? "generic" :
	       mode == XDP_ATTACHED_HW ? "offload" : "several";
}

static void put_program(json_t *o, const struct saa_link *link)
{
	const char *name = link->xdp_id ? xdp_name(link->xdp_id) : NULL;

	if (!link->xdp_id) {
		json_object_set_new(o, "mode", json_string("none"));
		return;
	}
	json_object_set_new(o, "mode", json_string(mode_name(link->xdp_mode)));
	json_object_set_new(o, "prog", json_integer(link->xdp_id));
	if (name)
		json_object_set_new(o, "program", json_string(name));
}

static int show(int argc, char **argv)
{
	struct xdp_state x = { 0 };
	struct xdp_sender *senders;
	struct xdp_device dev;
	json_t *list, *o;
	size_t i, n;
	int ret;

	ret = no_more(argc, argv);
	if (!ret)
		ret = open_state(&x);
	if (ret)
		return ret;
	list = json_array();
	for (i = 0; i < x.conf.n_groups; i++) {
		const struct saa_group *g = &x.conf.groups[i];

		o = json_object();
		json_object_set_new(o, "group", json_text(g->name));
		json_object_set_new(o, "member", json_text(g->ifname));
		json_array_append_new(list, o);
		if (!device_of(&x, g->ifname, &dev)) {
			json_object_set_new(o, "absent", json_true());
			continue;
		}
		json_object_set_new(o, "dev", json_text(dev.link->name));
		put_program(o, dev.link);
	}
	n = xdp_senders(&x, &senders);
	for (i = 0; i < n; i++) {
		o = json_object();
		json_object_set_new(o, "sender", json_text(senders[i].link->name));
		put_program(o, senders[i].link);
		json_array_append_new(list, o);
	}
	free(senders);
	out("xdp", list);
	close_state(&x);
	return EXIT_OK;
}

static int do_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return help(usage);
}

int cmd_xdp(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "show", show }, { "attach", attach }, { "detach", detach },
		{ "help", do_help }, { 0 }
	};

	return run_command(commands, argc, argv, "command of \"xdp\"", show);
}
