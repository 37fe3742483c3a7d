/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the parser test share: the generator, the reference and
 * the result that all parsers are compared by. Nothing here comes from
 * saa_parse.h, on purpose.
 */
#ifndef PARSE_TEST_H
#define PARSE_TEST_H

#include <stddef.h>
#include <stdint.h>

enum verdict { V_FLOW, V_PASS, V_SHORT };

struct result {
	enum verdict verdict;
	/* only with V_FLOW */
	unsigned int vlan;
	unsigned int l3_off;
	unsigned int family;	/* 4 or 6 */
	uint8_t src[16], dst[16], local[16];
	unsigned int unattributed;	/* own addresses for want of a quote */
};

/* Extension headers that BPF looks at, and the module. */
#define EXT_MAX 6
#define EXT_FAR 24

/* Why the reference decided so: what a run must have covered. */
#define CLASSES(X)							\
	X(ETH_SHORT, "frame shorter than its Ethernet header")		\
	X(ETH_GROUP, "multicast or broadcast MAC address")		\
	X(NOT_IP, "not IP")						\
	X(TWO_TAGS, "two VLAN tags, or one of a provider")		\
	X(V4_SHORT, "IPv4 header cut off")				\
	X(V4_BAD, "IPv4 header invalid")				\
	X(V4_NEVER, "IPv4 address that is never steered")		\
	X(V4_QUOTE_SHORT, "IPv4 quote cut off")				\
	X(V4_QUOTE_NEVER, "IPv4 quote of an address never steered")	\
	X(V4_QUOTE, "IPv4, by the quote")				\
	X(V4_QUOTE_OPTIONS, "IPv4, by a quote with options")		\
	X(V4_QUOTE_FRAGMENT, "IPv4, by the quote of a fragment")	\
	X(V4_QUOTE_ERROR, "IPv4, by the quote of an error")		\
	X(V4_NO_QUOTE, "IPv4 error without a quote of IPv4")		\
	X(V4_PLAIN, "IPv4, by its own addresses")			\
	X(V6_SHORT, "IPv6 header cut off")				\
	X(V6_BAD, "IPv6 header invalid")				\
	X(V6_NEVER, "IPv6 address that is never steered")		\
	X(V6_EXT_SHORT, "IPv6 extension header or quote cut off")	\
	X(V6_QUOTE_NEVER, "IPv6 quote of an address never steered")	\
	X(V6_QUOTE, "IPv6, by the quote")				\
	X(V6_QUOTE_EXT, "IPv6, by a quote with extension headers")	\
	X(V6_QUOTE_FRAGMENT, "IPv6, by the quote of a fragment")	\
	X(V6_QUOTE_ERROR, "IPv6, by the quote of an error")		\
	X(V6_NO_QUOTE, "IPv6 error without a quote of IPv6")		\
	X(V6_EXT_CUT, "IPv6 extension header longer than the packet")	\
	X(V6_EXT_QUOTE, "IPv6, by a quote behind extension headers")	\
	X(V6_TOO_MANY, "IPv6, more extension headers than looked at")	\
	X(V6_FRAGMENT, "IPv6, fragment other than the first")		\
	X(V6_PLAIN, "IPv6, by its own addresses")

#define X(name, text) C_##name,
enum class { CLASSES(X) C_MAX };
#undef X

/* The reference: sets *@why, returns the result. */
struct result reference(const uint8_t *frame, size_t len, unsigned int ext_max,
			enum class *why);

/* A random frame into @buf; its length is returned, at most PACKET_MAX. */
#define PACKET_MAX 1400
struct rng {
	uint64_t state;
};
size_t random_packet(struct rng *rng, uint8_t *buf);
uint32_t random_u32(struct rng *rng);

#endif
