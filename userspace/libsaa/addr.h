/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses of either family: text, prefixes, ranges.
 */
#ifndef SAA_ADDR_H
#define SAA_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saa_addr {
	uint8_t family;		/* AF_INET, AF_INET6, or 0 for none */
	uint8_t bytes[16];	/* network byte order; IPv4 in the first 4 */
};

#define SAA_ADDR_STRLEN (2 * INET6_ADDRSTRLEN + 4)

unsigned int saa_addr_len(const struct saa_addr *a);	/* 4, 16, or 0 */
int saa_addr_cmp(const struct saa_addr *a, const struct saa_addr *b);
bool saa_addr_parse(const char *s, struct saa_addr *a);
const char *saa_addr_format(const struct saa_addr *a,
			    char buf[SAA_ADDR_STRLEN]);

/*
 * "10.0.0.0/8" or "10.0.0.1". NULL, or what is wrong with it: a constant
 * string that reads on after the quoted value.
 */
const char *saa_prefix_parse(const char *s, struct saa_addr *a, uint8_t *len);
const char *saa_prefix_format(const struct saa_addr *a, unsigned int len,
			      char buf[SAA_ADDR_STRLEN]);
bool saa_prefix_has(const struct saa_addr *prefix, unsigned int len,
		    const struct saa_addr *a);

/* "A-B", "A" or "A/len"; the result as for prefixes. */
const char *saa_range_parse(const char *s, struct saa_addr *first,
			    struct saa_addr *last);
/*
 * The prefix of addresses that are never steered (saa_parse.h)
 * that the range has some of, or NULL. What nobody can send to is no SNAT pool.
 */
const char *saa_range_never(const struct saa_addr *first,
			    const struct saa_addr *last);

const char *saa_range_format(const struct saa_addr *first,
			     const struct saa_addr *last,
			     char buf[SAA_ADDR_STRLEN]);

/* Have the prefix and the range an address in common? */
bool saa_range_meets(const struct saa_addr *first, const struct saa_addr *last,
		     const struct saa_addr *prefix, unsigned int len);

/*
 * Take the largest prefix off the front of the range *@first..@last: it starts
 * at the old *@first, its length is returned, *@first moves behind it. *@done
 * says that nothing is left.
 */
unsigned int saa_range_next_prefix(struct saa_addr *first,
				   const struct saa_addr *last, bool *done);

#endif
