// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding objects in a configuration, and what names may be. */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "test.h"
#include "util.h"

static struct saa_sr srs[] = { { .id = 1, .name = "edge1" }, { .id = 7 } };
static struct saa_group groups[] = { { .id = 100, .name = "backplane" },
				     { .id = 5 } };
static struct saa_port ports[] = { { .side = SAA_SIDE_SOUTH } };
static struct saa_snat rules[] = { { .priority = 10 }, { .priority = 0 } };
static const struct saa_conf conf = {
	.srs = srs, .n_srs = ARRAY_SIZE(srs),
	.groups = groups, .n_groups = ARRAY_SIZE(groups),
	.ports = ports, .n_ports = ARRAY_SIZE(ports),
	.snat = rules, .n_snat = ARRAY_SIZE(rules),
};

static void found(void **state)
{
	(void)state;
	assert_ptr_equal(saa_conf_sr(&conf, 7), &srs[1]);
	assert_null(saa_conf_sr(&conf, 2));
	assert_ptr_equal(saa_conf_group(&conf, 100), &groups[0]);
	assert_null(saa_conf_group(&conf, 1));
	assert_ptr_equal(saa_conf_port(&conf, SAA_SIDE_SOUTH), &ports[0]);
	assert_null(saa_conf_port(&conf, SAA_SIDE_NORTH));
	assert_ptr_equal(saa_conf_snat(&conf, 0), &rules[1]);
	assert_null(saa_conf_snat(&conf, 11));
}

/* Without a name, and of one that is not there: the number. */
static void called(void **state)
{
	(void)state;
	assert_string_equal(saa_conf_sr_name(&conf, 1), "edge1");
	assert_string_equal(saa_conf_sr_name(&conf, 7), "7");
	assert_string_equal(saa_conf_sr_name(&conf, 65535), "65535");
	assert_string_equal(saa_conf_group_name(&conf, 100), "backplane");
	assert_string_equal(saa_conf_group_name(&conf, 5), "5");
	assert_string_equal(saa_conf_group_name(&conf, 4094), "4094");
}

static void name_lists(void **state)
{
	(void)state;
	assert_int_equal(saa_name_index(saa_state_names, 3, "up"),
			 SAA_SR_STATE_UP);
	assert_int_equal(saa_name_index(saa_side_names, 2, "south"),
			 SAA_SIDE_SOUTH);
	assert_int_equal(saa_name_index(saa_state_names, 3, "u"), -1);
	assert_int_equal(saa_name_index(saa_verdict_names, 6, ""), -1);
}

static void names(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "is empty" },
		{ "17", "is a number; ids are numbers, a name needs a letter" },
		{ "a b", "may have letters, digits, '-', '_' and '.' only" },
		{ "\303\251t\303\251", "may have letters, digits, '-', '_' and '.' only" },
		{ "a1234567890123456789012345678901", "is longer than 31 characters" },
	};
	size_t i;

	(void)state;
	assert_null(saa_name_wrong("edge-1.example_x"));
	assert_null(saa_name_wrong("a123456789012345678901234567890"));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_non_null(saa_name_wrong(wrong[i][0]));
		assert_string_equal(saa_name_wrong(wrong[i][0]), wrong[i][1]);
	}
}

/* What the kernel takes, but for control characters. */
static void interface_names(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "is empty" },
		{ "a123456789012345", "is longer than 15 characters" },
		{ ".", "is not an interface name" },
		{ "..", "is not an interface name" },
		{ "a/b", "is not an interface name" },
		{ "a:b", "is not an interface name" },
		{ "a b", "is not an interface name" },
		{ "a\tb", "is not an interface name" },
		{ "a\033b", "is not an interface name" },
		{ "a\177b", "is not an interface name" },
	};
	static const char *const right[] = {
		"eth0.5", "a12345678901234", "\303\251t\303\251", "q\"uote", "b\\s", "...",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++)
		assert_null(saa_ifname_wrong(right[i]));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_non_null(saa_ifname_wrong(wrong[i][0]));
		assert_string_equal(saa_ifname_wrong(wrong[i][0]), wrong[i][1]);
	}
}

/* The same on every machine and in every version, and never 0. */
static void default_ids(void **state)
{
	char name[8];
	unsigned int i;

	(void)state;
	assert_int_equal(saa_gateway_default_id("t0"), 63039);
	assert_int_equal(saa_gateway_default_id("a-longer-name.example"),
			 6466);
	for (i = 0; i < 300000; i++) {
		snprintf(name, sizeof(name), "g%u", i);
		assert_int_not_equal(saa_gateway_default_id(name), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(called),
		cmocka_unit_test(name_lists),
		cmocka_unit_test(names),
		cmocka_unit_test(interface_names),
		cmocka_unit_test(default_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
