// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flows as trees, and back. What says which flow it is comes first; what is zero
 * or not there is left out, but the reply, which tells the mapping.
 */
#include <stdlib.h>
#include <string.h>

#include "sync.h"

static const char *const tcp_states[] = {
	"none", "syn-sent", "syn-recv", "established", "fin-wait", "close-wait",
	"last-ack", "time-wait", "close", "syn-sent2",
};

static const char *const sctp_states[] = {
	"none", "closed", "cookie-wait", "cookie-echoed", "established",
	"shutdown-sent", "shutdown-recd", "shutdown-ack-sent", "heartbeat-sent",
};

/* By bit of IPS_*, those of SAA_SYNC_STATUS. */
static const char *const status_names[] = {
	"expected", "seen-reply", "assured", NULL, "src-nat", "dst-nat",
	"seq-adjust", "src-nat-done", "dst-nat-done", NULL, "fixed-timeout",
};

static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
	{ IPPROTO_ICMP, "icmp" }, { IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" },
	{ IPPROTO_GRE, "gre" }, { IPPROTO_ICMPV6, "icmpv6" },
	{ IPPROTO_SCTP, "sctp" }, { IPPROTO_UDPLITE, "udplite" },
};

/* The names of a tuple's four members, in both directions. */
static const char *const members[2][4] = {
	{ "source", "destination", "source-port", "destination-port" },
	{ "reply-source", "reply-destination", "reply-source-port",
	  "reply-destination-port" },
};

static const char *const *states_of(uint8_t protocol, size_t *n)
{
	*n = protocol == IPPROTO_TCP ? ARRAY_SIZE(tcp_states) :
	     protocol == IPPROTO_SCTP ? ARRAY_SIZE(sctp_states) : 0;
	return protocol == IPPROTO_TCP ? tcp_states : sctp_states;
}

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static json_t *protocol_name(uint8_t number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == number)
			return json_string(protocols[i].name);
	return json_integer(number);
}

static void put_tuple(json_t *o, const struct saa_tuple *t,
		      const char *const *name)
{
	char buf[SAA_ADDR_STRLEN];

	set(o, name[0], json_string(saa_addr_format(&t->src, buf)));
	set(o, name[2], json_integer(t->src_id));
	set(o, name[1], json_string(saa_addr_format(&t->dst, buf)));
	set(o, name[3], json_integer(t->dst_id));
}

static json_t *status_list(uint32_t status)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(status_names); i++)
		if (status_names[i] && status & 1u << i)
			json_array_append_new(list, json_string(status_names[i]));
	return list;
}

static json_t *labels_text(const uint8_t *labels)
{
	char text[2 * SAA_CT_LABELS_LEN + 1];
	size_t i;

	for (i = 0; i < SAA_CT_LABELS_LEN; i++)
		sprintf(text + 2 * i, "%02x", labels[i]);
	return json_string(text);
}

json_t *json_ct_id(const struct saa_ct *f)
{
	json_t *o = json_object();

	set(o, "protocol", protocol_name(f->protocol));
	put_tuple(o, &f->orig, members[0]);
	if (f->zone)
		set(o, "zone", json_integer(f->zone));
	return o;
}

json_t *json_ct_rest(const struct saa_ct *f)
{
	static const uint8_t none[SAA_CT_LABELS_LEN];
	const char *const *states;
	json_t *o = json_object();
	size_t n;

	states = states_of(f->protocol, &n);
	put_tuple(o, &f->reply, members[1]);
	if (f->state < n)
		set(o, "state", json_string(states[f->state]));
	if (f->status)
		set(o, "status", status_list(f->status));
	if (f->mark)
		set(o, "mark", json_integer(f->mark));
	if (memcmp(f->labels, none, sizeof(none)))
		set(o, "labels", labels_text(f->labels));
	if (f->helper[0])
		set(o, "helper", json_text(f->helper));
	return o;
}

json_t *json_ct(const struct saa_ct *f)
{
	json_t *o = json_ct_id(f), *rest = json_ct_rest(f);

	json_object_update(o, rest);
	json_decref(rest);
	return o;
}

/* And back: each takes a member, false if it is not what it should be. */

static bool take_number(json_t *o, const char *key, json_int_t max,
			json_int_t *value)
{
	json_t *number = json_object_get(o, key);

	*value = json_integer_value(number);
	return !number || (json_is_integer(number) && *value >= 0 && *value <= max);
}

/* The place of a name in a list, -1 if it has none. */
static int place(const char *name, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; name && i < n; i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	return -1;
}

static bool take_protocol(json_t *o, struct saa_ct *f)
{
	const char *name = json_string_value(json_object_get(o, "protocol"));
	json_int_t number;
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			f->protocol = protocols[i].number;
	if (name)
		return f->protocol;
	if (!take_number(o, "protocol", UINT8_MAX, &number))
		return false;
	f->protocol = number;
	return json_object_get(o, "protocol");
}

static bool take_tuple(json_t *o, struct saa_tuple *t, const char *const *name)
{
	const char *src = json_string_value(json_object_get(o, name[0]));
	const char *dst = json_string_value(json_object_get(o, name[1]));
	json_int_t src_id, dst_id;

	if (!src || !dst || !saa_addr_parse(src, &t->src) ||
	    !saa_addr_parse(dst, &t->dst) || t->src.family != t->dst.family ||
	    !take_number(o, name[2], UINT16_MAX, &src_id) ||
	    !take_number(o, name[3], UINT16_MAX, &dst_id))
		return false;
	t->src_id = src_id;
	t->dst_id = dst_id;
	return true;
}

static bool take_state(json_t *o, struct saa_ct *f)
{
	json_t *state = json_object_get(o, "state");
	const char *const *states;
	size_t n;
	int at;

	states = states_of(f->protocol, &n);
	at = place(json_string_value(state), states, n);
	f->state = at > 0 ? at : 0;
	return !state || at >= 0;
}

static bool take_status(json_t *o, struct saa_ct *f)
{
	json_t *list = json_object_get(o, "status"), *item;
	size_t i;
	int bit;

	json_array_foreach(list, i, item) {
		bit = place(json_string_value(item), status_names,
			    ARRAY_SIZE(status_names));
		if (bit < 0)
			return false;
		f->status |= 1u << bit;
	}
	return !list || json_is_array(list);
}

static bool take_labels(json_t *o, struct saa_ct *f)
{
	json_t *labels = json_object_get(o, "labels");
	const char *text = json_string_value(labels);
	unsigned int i, byte;

	if (!labels)
		return true;
	if (!text || strlen(text) != 2 * SAA_CT_LABELS_LEN ||
	    strspn(text, "0123456789abcdef") != strlen(text))
		return false;
	for (i = 0; i < SAA_CT_LABELS_LEN; i++) {
		sscanf(text + 2 * i, "%2x", &byte);
		f->labels[i] = byte;
	}
	return true;
}

static bool take_helper(json_t *o, struct saa_ct *f)
{
	json_t *helper = json_object_get(o, "helper");
	const char *name = json_string_value(helper);

	if (!helper)
		return true;
	if (!name || strlen(name) >= sizeof(f->helper))
		return false;
	strcpy(f->helper, name);
	return true;
}

bool json_ct_parse(json_t *o, struct saa_ct *f)
{
	json_int_t zone, mark;

	*f = (struct saa_ct){ 0 };
	if (!take_protocol(o, f) || !take_tuple(o, &f->orig, members[0]) ||
	    !take_tuple(o, &f->reply, members[1]) ||
	    !take_number(o, "zone", UINT16_MAX, &zone) ||
	    !take_number(o, "mark", UINT32_MAX, &mark))
		return false;
	f->zone = zone;
	f->mark = mark;
	return take_state(o, f) && take_status(o, f) && take_labels(o, f) &&
	       take_helper(o, f);
}
