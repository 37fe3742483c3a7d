// SPDX-License-Identifier: GPL-2.0-or-later
/* saactl gateway, sr, group, punt: the objects one by one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "object.h"
#include "wire.h"

#define HAS(attr) (1u << (attr))
#define AT(type, member) \
	.offset = offsetof(struct type, member), \
	.size = sizeof(((struct type *)NULL)->member)

/* gateway */

static int word_key(const struct word *w, const struct saa_conf *conf,
		    const char *value, void *object)
{
	struct saa_gateway *gw = object;

	(void)w;
	(void)conf;
	if (!saa_key_parse(value, gw->key))
		return misuse("the key is not 16 bytes in base64; see \"saactl genkey\"");
	gw->has |= HAS(SAA_A_GATEWAY_KEY);
	return EXIT_OK;
}

static int word_key_file(const struct word *w, const struct saa_conf *conf,
			 const char *value, void *object)
{
	size_t len;
	char *text = saa_read_file(value, 4096, &len);
	int ret;

	if (!text)
		return refuse("key-file %s: %s", value, strerror(errno));
	ret = word_key(w, conf, text, object);
	free(text);
	return ret;
}

static const struct word gateway_words[] = {
	{ "id", .set = word_number, .attr = SAA_A_GATEWAY_ID,
	  AT(saa_gateway, id), .min = 1, .max = UINT16_MAX },
	{ "sr", .set = word_number, .attr = SAA_A_GATEWAY_SR,
	  AT(saa_gateway, sr), .min = 1, .max = UINT16_MAX },
	{ "buckets", .set = word_number, .attr = SAA_A_GATEWAY_BUCKETS,
	  AT(saa_gateway, buckets), .min = SAA_BUCKETS_MIN,
	  .max = SAA_BUCKETS_MAX },
	{ "key", .set = word_key },
	{ "key-file", .set = word_key_file },
	{ 0 }
};

static int gateway_key(const struct saa_conf *conf, const char *text,
		       bool adding, void *object)
{
	static const struct word name = {
		"name", .attr = SAA_A_GATEWAY_NAME, AT(saa_gateway, name) };

	if (!adding && strcmp(text, conf->gateway.name))
		return refuse("gateway \"%s\" is not configured here, \"%s\" is",
			      text, conf->gateway.name);
	return word_name(&name, conf, text, object);
}

static int gateway_finish(const struct saa_conf *conf, bool adding,
			  void *object)
{
	struct saa_gateway *gw = object;

	(void)conf;
	if (adding && !(gw->has & HAS(SAA_A_GATEWAY_ID))) {
		gw->id = saa_gateway_default_id(gw->name);
		gw->has |= HAS(SAA_A_GATEWAY_ID);
	}
	return EXIT_OK;
}

static void *gateway_append(struct saa_conf *change)
{
	return &change->gateway;
}

static json_t *gateway_list(const struct saa_conf *conf)
{
	return json_pack("[o]", json_gateway(&conf->gateway));
}

/*
 * The tier-1 gateways that were applied with it go before it, so that it can be
 * removed again where one of them cannot.
 */
static int gateway_below(const struct saa_conf *former)
{
	struct saa_rtnl rt;
	int ret = EXIT_OK;

	if (saa_rtnl_open(&rt))
		ret = refuse("%s", rt.error);
	else
		ret = wire_remove_all(&rt, former);
	saa_rtnl_close(&rt);
	return ret;
}

int cmd_gateway(int argc, char **argv)
{
	static const struct object object = {
		.name = "gateway",
		.usage =
"Usage: saactl gateway [ show ]\n"
"       saactl gateway { add | set } NAME [ id NUMBER ] [ sr NUMBER ]\n"
"              [ buckets NUMBER ] [ key-file FILE | key BASE64 ]\n"
"       saactl gateway del NAME\n"
"\"del\" removes everything in this network namespace, and the tier-1 gateways that\n"
"\"saactl apply\" linked with it.\n",
		.words = gateway_words,
		.key = "a NAME",
		.parse_key = gateway_key,
		.finish = gateway_finish,
		.append = gateway_append,
		.list = gateway_list,
		.below = gateway_below,
		.routes = true,
	};

	return run_object(&object, argc, argv);
}

/* sr */

static const struct word sr_words[] = {
	{ "name", .set = word_name, .attr = SAA_A_SR_NAME, AT(saa_sr, name) },
	{ "state", .set = word_enum, .attr = SAA_A_SR_STATE, AT(saa_sr, state),
	  .names = saa_state_names, .n_names = ARRAY_SIZE(saa_state_names) },
	{ "address", .set = word_addr, .attr = SAA_A_SR_ADDRESS,
	  AT(saa_sr, address) },
	{ 0 }
};

static int sr_key(const struct saa_conf *conf, const char *text, bool adding,
		  void *object)
{
	struct saa_sr *sr = object;
	unsigned long id;
	size_t i;

	sr->has |= HAS(SAA_A_SR_ID);
	if (saa_parse_uint(text, UINT16_MAX, &id) && id) {
		sr->id = id;
		return EXIT_OK;
	}
	if (adding)
		return misuse("SR id \"%s\" is not a number from 1 to 65535",
			      text);
	for (i = 0; i < conf->n_srs; i++)
		if (!strcmp(conf->srs[i].name, text)) {
			sr->id = conf->srs[i].id;
			return EXIT_OK;
		}
	return refuse("SR \"%s\" is not an SR of the gateway", text);
}

static void *sr_append(struct saa_conf *change)
{
	return saa_grow(&change->srs, &change->n_srs, sizeof(*change->srs));
}

int cmd_sr(int argc, char **argv)
{
	static const struct object object = {
		.name = "sr",
		.usage =
"Usage: saactl sr [ show ]\n"
"       saactl sr add ID name NAME [ state STATE ] [ address ADDRESS ]\n"
"       saactl sr set { ID | NAME } [ name NAME ] [ state STATE ]\n"
"              [ address ADDRESS ]\n"
"       saactl sr del { ID | NAME }\n"
"where  STATE := { up | syncing | down }\n",
		.words = sr_words,
		.key = "an ID",
		.parse_key = sr_key,
		.append = sr_append,
		.list = json_srs,
	};

	return run_object(&object, argc, argv);
}

/* group */

static const struct word group_words[] = {
	{ "name", .set = word_name, .attr = SAA_A_GROUP_NAME,
	  AT(saa_group, name) },
	{ "side", .set = word_enum, .attr = SAA_A_GROUP_SIDE,
	  AT(saa_group, side), .names = saa_side_names,
	  .n_names = ARRAY_SIZE(saa_side_names) },
	{ "dev", .set = word_ifname, .attr = SAA_A_GROUP_IFNAME,
	  AT(saa_group, ifname) },
	{ 0 }
};

static int group_key(const struct saa_conf *conf, const char *text, bool adding,
		     void *object)
{
	struct saa_group *group = object;
	unsigned long id;
	size_t i;

	group->has |= HAS(SAA_A_GROUP_ID);
	if (saa_parse_uint(text, SAA_GROUP_ID_MAX, &id) && id) {
		group->id = id;
		return EXIT_OK;
	}
	if (adding)
		return misuse("group id \"%s\" is not a number from 1 to %u",
			      text, SAA_GROUP_ID_MAX);
	for (i = 0; i < conf->n_groups; i++)
		if (!strcmp(conf->groups[i].name, text)) {
			group->id = conf->groups[i].id;
			return EXIT_OK;
		}
	return refuse("group \"%s\" is not a group of the gateway", text);
}

static void *group_append(struct saa_conf *change)
{
	return saa_grow(&change->groups, &change->n_groups,
			sizeof(*change->groups));
}

int cmd_group(int argc, char **argv)
{
	static const struct object object = {
		.name = "group",
		.usage =
"Usage: saactl group [ show ]\n"
"       saactl group add ID name NAME side { north | south } dev IFNAME\n"
"       saactl group set { ID | NAME } [ name NAME ]\n"
"              [ side { north | south } ] [ dev IFNAME ]\n"
"       saactl group del { ID | NAME }\n",
		.words = group_words,
		.key = "an ID",
		.parse_key = group_key,
		.append = group_append,
		.list = json_groups,
	};

	return run_object(&object, argc, argv);
}

/* punt */

static const struct word punt_words[] = {
	{ "dev", .set = word_ifname, .attr = SAA_A_PORT_IFNAME,
	  AT(saa_port, ifname) },
	{ "transport", .set = word_enum, .attr = SAA_A_PORT_TRANSPORT,
	  AT(saa_port, transport), .names = saa_transport_names,
	  .n_names = ARRAY_SIZE(saa_transport_names) },
	{ "vni", .set = word_number, .attr = SAA_A_PORT_VNI,
	  AT(saa_port, vni), .min = 1, .max = 0xffffff },
	{ "port", .set = word_number, .attr = SAA_A_PORT_UDP_PORT,
	  AT(saa_port, udp_port), .min = 1, .max = UINT16_MAX },
	{ 0 }
};

static int punt_key(const struct saa_conf *conf, const char *text, bool adding,
		    void *object)
{
	static const struct word side = {
		"side", .attr = SAA_A_PORT_SIDE, AT(saa_port, side),
		.names = saa_side_names,
		.n_names = ARRAY_SIZE(saa_side_names) };

	(void)adding;
	return word_enum(&side, conf, text, object);
}

static void *punt_append(struct saa_conf *change)
{
	return saa_grow(&change->ports, &change->n_ports,
			sizeof(*change->ports));
}

int cmd_punt(int argc, char **argv)
{
	static const struct object object = {
		.name = "punt",
		.usage =
"Usage: saactl punt [ show ]\n"
"       saactl punt add SIDE dev IFNAME [ transport l2 |\n"
"              transport geneve vni NUMBER [ port NUMBER ] ]\n"
"       saactl punt set SIDE [ dev IFNAME ] [ transport { l2 | geneve } ]\n"
"              [ vni NUMBER ] [ port NUMBER ]\n"
"       saactl punt del SIDE\n"
"where  SIDE := { north | south }\n"
"The shadow ports of this SR, one on each punt switch.\n",
		.words = punt_words,
		.key = "a SIDE",
		.parse_key = punt_key,
		.append = punt_append,
		.list = json_ports,
	};

	return run_object(&object, argc, argv);
}
