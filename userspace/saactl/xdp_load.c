// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program: loading, attaching, recognizing. The attachment is the
 * netlink kind, which belongs to the device and outlives this command. What
 * libbpf has to say is kept and shown only if something fails.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "saa_xdp.skel.h"
#include "xdp.h"

static struct saa_xdp *skel;
static char *log_text;
static size_t log_size;
static FILE *log_file;

static int keep(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(log_file, fmt, ap);
}

static void log_start(void)
{
	if (log_file)
		fclose(log_file);
	free(log_text);
	log_file = saa_open_text(&log_text, &log_size);
	libbpf_set_print(keep);
}

/* The end of what libbpf said, indented. */
static void log_show(void)
{
	char *line, *save;

	fflush(log_file);
	for (line = strtok_r(log_text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		fprintf(stderr, "    %s\n", line);
}

int xdp_load(void)
{
	int err;

	log_start();
	skel = saa_xdp__open();
	err = skel ? saa_xdp__load(skel) : -errno;
	if (!err)
		return bpf_program__fd(skel->progs.saa_xdp);
	if (err == -EPERM)
		refuse("not permitted to load the XDP program: needs CAP_BPF and CAP_NET_ADMIN");
	else
		refuse("the XDP program cannot be loaded: %s", strerror(-err));
	log_show();
	return -1;
}

void xdp_unload(void)
{
	saa_xdp__destroy(skel);
	skel = NULL;
	if (log_file)
		fclose(log_file);
	log_file = NULL;
	free(log_text);
	log_text = NULL;
}

int xdp_attach(const struct xdp_state *x, const struct saa_link *link, int fd)
{
	uint32_t flags = x->generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	int err;

	log_start();
	err = bpf_xdp_attach(link->ifindex, fd, flags, NULL);
	if (!err)
		return EXIT_OK;
	if (err == -EOPNOTSUPP && !x->generic)
		refuse("%s: its driver has no native XDP; the module steers alone, or try \"mode generic\"",
		       link->name);
	else if (err == -ERANGE)
		refuse("%s: its MTU is too large for native XDP; lower it, or let the module steer alone",
		       link->name);
	else if (err == -EPERM)
		refuse("%s: not permitted to attach: needs CAP_NET_ADMIN",
		       link->name);
	else
		refuse("%s: cannot attach the XDP program: %s", link->name,
		       strerror(-err));
	log_show();
	return EXIT_REFUSED;
}

int xdp_detach(const struct saa_link *link)
{
	uint32_t flags = link->xdp_mode == XDP_ATTACHED_SKB ?
		XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	int err;

	log_start();
	err = bpf_xdp_detach(link->ifindex, flags, NULL);
	if (!err)
		return EXIT_OK;
	refuse("%s: cannot detach the XDP program: %s", link->name,
	       strerror(-err));
	log_show();
	return EXIT_REFUSED;
}

const char *xdp_name(uint32_t id)
{
	static struct bpf_prog_info info;
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return NULL;
	memset(&info, 0, sizeof(info));
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	return err ? NULL : info.name;
}
