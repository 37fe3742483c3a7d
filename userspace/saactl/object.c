// SPDX-License-Identifier: GPL-2.0-or-later
/* show, add, set and del of one kind of object. */
#include <stdlib.h>
#include <string.h>

#include "object.h"

int sync_routes(struct saa_nl *nl)
{
	struct saa_conf conf;
	struct saa_rtnl rt;
	int ret = EXIT_OK;

	if (saa_nl_get(nl, SAA_KINDS_GATEWAY | SAA_KINDS_SNAT, &conf))
		return refuse("%s", nl->error);
	if (saa_rtnl_open(&rt) || saa_rtnl_sync_routes(&rt, &conf))
		ret = refuse("%s", rt.error);
	saa_rtnl_close(&rt);
	saa_conf_free(&conf);
	return ret;
}

/* An address of the new rules' pools on an interface is refused. */
static int check_pools(const struct saa_conf *change)
{
	struct saa_rtnl rt;
	uint32_t priority;
	int ret = EXIT_OK;

	if (saa_rtnl_open(&rt) || saa_rtnl_check_pools(&rt, change, &priority))
		ret = refuse("%s", rt.error);
	saa_rtnl_close(&rt);
	return ret;
}

static int show(const struct object *o, int argc, char **argv)
{
	struct saa_conf conf;
	struct saa_nl nl;
	int ret = no_more(argc, argv);

	if (!ret)
		ret = get_gateway(&nl, &conf);
	if (ret)
		return ret;
	out(o->name, o->list(&conf));
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return EXIT_OK;
}

/* Of what runs and of what is to come: one that cannot be made is no change. */
static int add_routes(struct saa_nl *nl, const struct saa_conf *change)
{
	struct saa_conf conf, both;
	struct saa_rtnl rt;
	int ret = EXIT_OK;
	size_t i;

	if (saa_nl_get(nl, SAA_KINDS_GATEWAY | SAA_KINDS_SNAT, &conf))
		return refuse("%s", nl->error);
	both = conf;
	both.snat = saa_zalloc((conf.n_snat + change->n_snat) *
			       sizeof(*both.snat) + 1);
	for (i = 0; i < conf.n_snat; i++)
		both.snat[i] = conf.snat[i];
	for (i = 0; i < change->n_snat; i++)
		both.snat[both.n_snat++] = change->snat[i];
	if (saa_rtnl_open(&rt) || saa_rtnl_sync_routes(&rt, &both))
		ret = refuse("%s", rt.error);
	saa_rtnl_close(&rt);
	free(both.snat);
	saa_conf_free(&conf);
	return ret;
}

/* Of an object that others hang on: nothing of it is left half done. */
static int write_routed(const struct object *o, struct saa_nl *nl, uint8_t cmd,
			const struct saa_conf *change,
			const struct saa_conf *former)
{
	int ret;

	if (saa_nl_write(nl, cmd, change, true))
		return refuse("%s", nl->error);
	if (cmd != SAA_CMD_DEL)
		ret = add_routes(nl, change);
	else
		ret = o->below ? o->below(former) : EXIT_OK;
	if (!ret && saa_nl_write(nl, cmd, change, false))
		ret = refuse("%s", nl->error);
	/* those of what runs then, after a refusal, too */
	return ret | sync_routes(nl);
}

static int send_change(const struct object *o, struct saa_nl *nl, uint8_t cmd,
		       const struct saa_conf *change,
		       const struct saa_conf *former)
{
	int ret = EXIT_OK, lock;

	if (!o->routes)
		return saa_nl_write(nl, cmd, change, false) ?
			refuse("%s", nl->error) : EXIT_OK;
	lock = lock_namespace();
	if (lock < 0)
		return EXIT_REFUSED;
	hold_signals();
	if (cmd != SAA_CMD_DEL)
		ret = check_pools(change);
	if (!ret)
		ret = write_routed(o, nl, cmd, change, former);
	release_signals();
	unlock_namespace(lock);
	return ret;
}

static int write_object(const struct object *o, const char *verb, int argc,
			char **argv)
{
	bool adding = !strcmp(verb, "add"), del = !strcmp(verb, "del");
	struct saa_conf conf, change = { 0 };
	struct saa_nl nl;
	void *object;
	int ret;

	if (!argc)
		return misuse("\"%s %s\" needs %s; try \"saactl %s help\"",
			      o->name, verb, o->key, o->name);
	ret = o->no_gateway || adding ? get_conf(&nl, &conf) :
					get_gateway(&nl, &conf);
	if (ret)
		return ret;
	object = o->append(&change);
	ret = o->parse_key(&conf, argv[0], adding, object);
	if (!ret && del)
		ret = no_more(argc - 1, argv + 1);
	else if (!ret)
		ret = words_parse(o->words, argc - 1, argv + 1, &conf, object,
				  o->name);
	if (!ret && !del && o->finish)
		ret = o->finish(&conf, adding, object);
	if (!ret)
		ret = send_change(o, &nl, del ? SAA_CMD_DEL :
				  adding ? SAA_CMD_NEW : SAA_CMD_CHANGE,
				  &change, &conf);
	saa_conf_free(&change);
	saa_conf_free(&conf);
	saa_nl_close(&nl);
	return ret;
}

int run_object(const struct object *o, int argc, char **argv)
{
	if (!argc)
		return show(o, 0, argv);
	if (is_help(argc, argv))
		return help(o->usage);
	if (!strcmp(argv[0], "show"))
		return show(o, argc - 1, argv + 1);
	if (!strcmp(argv[0], "add") || !strcmp(argv[0], "set") ||
	    !strcmp(argv[0], "del"))
		return write_object(o, argv[0], argc - 1, argv + 1);
	return misuse("command \"%s\" of \"%s\" is unknown; try \"saactl %s help\"",
		      argv[0], o->name, o->name);
}
