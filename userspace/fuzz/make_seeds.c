// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes seeds for fuzz_command: command lines, each with the answers that a
 * kernel with the gateway of good.yaml gives.
 *
 * usage: make_seeds GOOD DIR
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "nl.h"
#include "rtnl.h"
#include "util.h"

#define HAS(attr) (1u << (attr))

static const char *dir;
static FILE *out;
static struct saa_conf conf;

static void begin(const char *line)
{
	static unsigned int n;
	char *path = saa_format("%s/%02u", dir, n++);

	out = fopen(path, "we");
	if (!out) {
		perror(path);
		exit(1);
	}
	free(path);
	fprintf(out, "%s\n", line);
}

static void end(void)
{
	fclose(out);
}

static void put(struct nl_msg *msg)
{
	fwrite(nlmsg_hdr(msg), 1, NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len), out);
	nlmsg_free(msg);
}

static void put_end(uint16_t type, int err)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsgerr e = { .error = err };

	nlmsg_put(msg, 1, 1, type, 0, type == NLMSG_DONE ? NLM_F_MULTI : 0);
	nlmsg_append(msg, &e, type == NLMSG_DONE ? sizeof(err) : sizeof(e),
		     NLMSG_ALIGNTO);
	put(msg);
}

/* As the kernel refuses: a text, and an attribute of the request. */
static void put_refusal(int err, const char *text, uint32_t offset, int missing)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsgerr e = { .error = err };

	nlmsg_put(msg, 1, 1, NLMSG_ERROR, 0, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	nla_put_u32(msg, missing < 0 ? NLMSGERR_ATTR_OFFS : 6, offset);
	if (missing >= 0)
		nla_put_u32(msg, 5, missing);
	put(msg);
}

static struct nl_msg *message(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(saa_conf_msg_size(&conf));

	genlmsg_put(msg, 1, 1, 42, 0, NLM_F_MULTI, cmd, 1);
	return msg;
}

static void put_conf(void)
{
	struct nl_msg *msg = message(SAA_CMD_GET);

	saa_put_conf(msg, &conf);
	put(msg);
	put_end(NLMSG_DONE, 0);
}

static void put_links(void)
{
	static const char *const names[] = { "eth1", "eth2", "bp0", "punt-n",
					     "punt-s" };
	struct ifinfomsg info = { .ifi_flags = IFF_UP };
	struct nlattr *nest;
	struct nl_msg *msg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		msg = nlmsg_alloc();
		nlmsg_put(msg, 1, 1, RTM_NEWLINK, 0, NLM_F_MULTI);
		info.ifi_index = i + 2;
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		nla_put_string(msg, IFLA_IFNAME, names[i]);
		nla_put_u32(msg, IFLA_MTU, 1500);
		nla_put_u32(msg, IFLA_LINK, i + 10);
		nest = nla_nest_start(msg, IFLA_LINKINFO);
		nla_put_string(msg, IFLA_INFO_KIND, i ? "veth" : "bond");
		nla_nest_end(msg, nest);
		nest = nla_nest_start(msg, IFLA_XDP);
		nla_put_u8(msg, IFLA_XDP_ATTACHED, XDP_ATTACHED_DRV);
		nla_put_u32(msg, IFLA_XDP_PROG_ID, 40 + i);
		nla_nest_end(msg, nest);
		put(msg);
	}
	put_end(NLMSG_DONE, 0);
}

static void put_address(const char *text)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_INET, .ifa_index = 2 };
	struct nl_msg *msg = nlmsg_alloc();
	struct saa_addr addr;

	saa_addr_parse(text, &addr);
	nlmsg_put(msg, 1, 1, RTM_NEWADDR, 0, NLM_F_MULTI);
	nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, 4, addr.bytes);
	put(msg);
	put_end(NLMSG_DONE, 0);
}

static void put_route(const char *text, uint32_t oif)
{
	struct rtmsg rtm = { .rtm_family = AF_INET, .rtm_dst_len = 32,
			     .rtm_protocol = SAA_RTPROT,
			     .rtm_type = RTN_BLACKHOLE,
			     .rtm_table = RT_TABLE_MAIN };
	struct nl_msg *msg = nlmsg_alloc();
	struct saa_addr addr;

	saa_addr_parse(text, &addr);
	nlmsg_put(msg, 1, 1, RTM_NEWROUTE, 0, oif ? 0 : NLM_F_MULTI);
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, 4, addr.bytes);
	nla_put_u32(msg, oif ? RTA_OIF : RTA_PRIORITY, oif ? oif : 20);
	put(msg);
	put_end(oif ? NLMSG_ERROR : NLMSG_DONE, 0);
}

static void put_acks(unsigned int n)
{
	while (n--)
		put_end(NLMSG_ERROR, 0);
}

static void put_counters(void)
{
	struct nl_msg *msg = message(SAA_CMD_STATS);
	struct nlattr *nest;

	nest = nla_nest_start(msg, SAA_A_COUNTER);
	nla_put_string(msg, SAA_A_COUNTER_NAME, "punted");
	nla_put_u8(msg, SAA_A_COUNTER_KIND, SAA_COUNTER_KIND_DROP);
	nla_put_u32(msg, SAA_A_COUNTER_PACKETS, 219);
	nla_put_string(msg, SAA_A_COUNTER_DOC, "sent to the owner");
	nla_nest_end(msg, nest);
	put(msg);
	put_end(NLMSG_DONE, 0);
}

static void put_lookup(uint8_t verdict)
{
	struct nl_msg *msg = message(SAA_CMD_EXPLAIN);
	struct nlattr *nest = nla_nest_start(msg, SAA_A_LOOKUP);

	nla_put_u8(msg, SAA_A_LOOKUP_VERDICT, verdict);
	nla_put_u32(msg, SAA_A_LOOKUP_HASH, 0x566665ef);
	nla_put_u32(msg, SAA_A_LOOKUP_BUCKET, 495);
	nla_put_u16(msg, SAA_A_LOOKUP_PRIMARY, 2);
	nla_put_u16(msg, SAA_A_LOOKUP_BACKUP, 4);
	nla_put_u16(msg, SAA_A_LOOKUP_OWNER, 2);
	nla_put_u32(msg, SAA_A_LOOKUP_SNAT_PRIORITY, 20);
	nla_nest_end(msg, nest);
	put(msg);
	put_end(NLMSG_ERROR, 0);
}

static void put_events(void)
{
	struct nl_msg *msg = message(SAA_CMD_NEW_NTF);

	saa_put_object(msg, SAA_A_SR, &conf.srs[1]);
	put(msg);
	msg = message(SAA_CMD_DEL_NTF);
	saa_put_object(msg, SAA_A_SNAT, &conf.snat[1]);
	put(msg);
	msg = message(SAA_CMD_NEW_NTF);
	saa_put_object(msg, SAA_A_GROUP, &conf.groups[1]);
	put(msg);
	put(message(SAA_CMD_NEW_NTF));
}

static void put_sync_event(uint32_t status, const char *error)
{
	struct nl_msg *msg = message(SAA_CMD_NEW_NTF);
	struct nlattr *nest = nla_nest_start(msg, SAA_A_SYNC), *counter;

	nla_put_u16(msg, SAA_A_SYNC_PARTNER, 3);
	nla_put_u32(msg, SAA_A_SYNC_STATUS, status);
	nla_put_string(msg, SAA_A_SYNC_ERROR, error);
	counter = nla_nest_start(msg, SAA_A_SYNC_COUNTER);
	nla_put_string(msg, SAA_A_COUNTER_NAME, "flows-held");
	nla_put_u8(msg, SAA_A_COUNTER_KIND, SAA_COUNTER_KIND_GAUGE);
	nla_put_u32(msg, SAA_A_COUNTER_PACKETS, 1234);
	nla_put_string(msg, SAA_A_COUNTER_DOC, "flows of the partner");
	nla_nest_end(msg, counter);
	nla_nest_end(msg, nest);
	put(msg);
}

static void seed_sync(void)
{
	static const char *const lines[] = {
		"sync", "-s sync show", "-j -s sync", "show", "save",
		"sync set mode strict timeout 500 no-old-key",
		"sync add partner edge3 local 192.0.2.1 remote 192.0.2.2 key-file good",
		"sync del", "sync resync", "sync wait timeout 3",
		"sync wait held timeout 0", "-j sync wait sent",
		"sync dump", "-j sync dump", "sync verify good",
		"apply good --edge edge1 --dry-run",
	};
	size_t i;

	conf.sync = (struct saa_sync){
		.has = HAS(SAA_A_SYNC_PARTNER) | HAS(SAA_A_SYNC_LOCAL) |
		       HAS(SAA_A_SYNC_REMOTE) | HAS(SAA_A_SYNC_PORT) |
		       HAS(SAA_A_SYNC_MODE) | HAS(SAA_A_SYNC_KEY) |
		       HAS(SAA_A_SYNC_OLD_KEY) | HAS(SAA_A_SYNC_TIMEOUT) |
		       HAS(SAA_A_SYNC_STRICT_TIMEOUT),
		.partner = 3, .port = 7220, .timeout = 3000,
		.strict_timeout = 10, .key = { 1 }, .old_key = { 2 },
		.local = { AF_INET, { 192, 0, 2, 11 } },
		.remote = { AF_INET, { 192, 0, 2, 13 } },
	};
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		begin(lines[i]);
		put_conf();
		put_sync_event(3, "the partner's key is another one");
		put_acks(1);
		put_sync_event(15, "");
		put_end(NLMSG_DONE, 0);
		fclose(out);
	}
	begin("monitor");
	put_sync_event(7, "x");
	fclose(out);
}

/* Only reading what is there. */
static void seed_readers(void)
{
	static const char *const lines[] = {
		"show", "-j -s show", "-j -p sr", "sr show", "-s group",
		"punt", "-s snat", "table show", "table show rows", "save",
		"gateway", "snat help",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		begin(lines[i]);
		put_conf();
		end();
	}
	begin("-s stats");
	put_counters();
	end();
	begin("monitor");
	put_events();
	end();
	begin("-j monitor");
	put_events();
	end();
}

static void seed_explain(void)
{
	uint8_t verdict;

	for (verdict = 0; verdict < 6; verdict++) {
		begin("explain 10.1.0.7 203.0.113.9");
		put_conf();
		put_route("10.1.0.7", 4);
		put_route("203.0.113.9", 2);
		put_lookup(verdict);
		end();
	}
	begin("explain 10.1.0.7 203.0.113.9 in 100");
	put_conf();
	put_end(NLMSG_ERROR, -ENETUNREACH);
	put_lookup(SAA_VERDICT_PUNT);
	end();
}

static void seed_writers(void)
{
	static const char *const lines[] = {
		"sr set edge2 state down", "sr add 9 name edge9",
		"group add 7 name g side north dev eth7", "group del dmz",
		"punt set north dev punt-x transport l2",
		"table set 0-9 primary edge1 backup none",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		begin(lines[i]);
		put_conf();
		put_acks(1);
		end();
		begin(lines[i]);
		put_conf();
		put_refusal(-EBUSY, "saa: in use", 24, -1);
		end();
		begin(lines[i]);
		put_conf();
		put_refusal(-EINVAL, "", 20, SAA_A_SR_NAME);
		end();
	}
	begin("snat add 30 group internet source 10.0.0.0/8 to 198.51.100.9 ports 1024-2047 persistent");
	put_conf();
	put_address("192.0.2.1");
	put_acks(1);
	put_conf();
	put_route("198.51.100.1", 0);
	put_end(NLMSG_DONE, 0);
	put_acks(9);
	end();
	begin("snat set 20 to 198.51.100.1-198.51.100.6");
	put_conf();
	put_address("198.51.100.3");
	end();
	begin("gateway add t0 id 7 sr 1 buckets 256 key AAECAwQFBgcICQoLDA0ODw==");
	put_end(NLMSG_DONE, 0);
	put_end(NLMSG_DONE, 0);
	put_acks(1);
	put_conf();
	put_end(NLMSG_DONE, 0);
	put_end(NLMSG_DONE, 0);
	put_acks(9);
	end();
}

static void seed_apply(void)
{
	static const char *const lines[] = {
		"apply good --edge edge1", "apply good --edge edge2 --dry-run",
		"-j apply good --edge edge3",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		begin(lines[i]);
		put_conf();
		put_links();
		put_address("192.0.2.1");
		put_acks(1);
		put_route("198.51.100.1", 0);
		put_end(NLMSG_DONE, 0);
		put_acks(9);
		end();
	}
	begin("apply good --edge edge1");
	put_end(NLMSG_DONE, 0);
	put_links();
	put_end(NLMSG_DONE, 0);
	put_refusal(-EINVAL, "saa: interface eth1: in use", 24, -1);
	end();
	begin("check good");
	end();
	begin("-j check good");
	end();
}

static void seed_xdp(void)
{
	static const char *const lines[] = {
		"xdp", "xdp attach mode native", "xdp attach eth2 --force",
		"xdp detach", "-j xdp show",
	};
	struct nl_msg *msg;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		begin(lines[i]);
		put_conf();
		put_links();
		for (j = 0; j < 2; j++) {
			msg = message(1);
			nla_put_u64(msg, 3, 4);		/* XDP features */
			put(msg);
			put_acks(1);
		}
		end();
	}
}

int main(int argc, char **argv)
{
	struct saa_diag d = { 0 };
	struct saa_file *f;
	size_t i;

	f = argc == 3 ? saa_file_load(argv[1], true, &d) : NULL;
	if (!f) {
		fprintf(stderr, "usage: make_seeds GOOD DIR\n");
		return 2;
	}
	dir = argv[2];
	saa_file_conf(f, 0, 0, &conf);
	conf.gateway.buckets = 256;	/* a small message is a better seed */
	conf.n_rows = 256;
	for (i = 0; i < conf.n_srs; i++) {
		conf.srs[i].has |= HAS(SAA_A_SR_STATE);
		conf.srs[i].state = SAA_SR_STATE_UP;
	}
	seed_readers();
	seed_explain();
	seed_writers();
	seed_apply();
	seed_xdp();
	seed_sync();
	saa_conf_free(&conf);
	saa_file_free(f);
	saa_diag_free(&d);
	return 0;
}
