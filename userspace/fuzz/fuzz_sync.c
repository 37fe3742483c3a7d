// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzer of what state sync takes from the wire: the checks in saa_sync.h, which
 * the kernel module runs on every record. An input is what follows the head of a
 * frame, or a partner's dump. What the checks take is used as the kernel uses
 * it: every field is in its range, every extra is in the record.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/saa_sync.h>

#include "sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void touch(const void *at, size_t len)
{
	const uint8_t *p = at;

	while (len--)
		sink += *p++;
}

static void check_tuple(const struct saa_sync_tuple *t, uint8_t family)
{
	static const uint8_t zero[12];

	if (family == 2)
		assert(!memcmp(t->src + 4, zero, 12) &&
		       !memcmp(t->dst + 4, zero, 12));
	touch(t, sizeof(*t));
}

/* In the record, after its fixed part. */
static void check_in(const struct saa_sync_flow *f, const void *at, size_t len)
{
	const uint8_t *first = (const uint8_t *)(f + 1), *p = at;
	const uint8_t *end = (const uint8_t *)f + ntohs(f->record.len);

	assert(p >= first + sizeof(struct saa_sync_extra) && p + len <= end);
	assert((p - first) % 4 == 0);
	touch(at, len);
}

/* Each extra only once, and the last ends where the record does. */
static void check_extras(const struct saa_sync_flow *f)
{
	const uint8_t *at = (const uint8_t *)(f + 1);
	const uint8_t *end = (const uint8_t *)f + ntohs(f->record.len);
	const struct saa_sync_extra *e;
	unsigned int seen = 0;

	for (; at < end; at += sizeof(*e) + ntohs(e->len)) {
		e = (const void *)at;
		assert(e->type >= 1 && e->type <= 4 && !(seen & 1u << e->type));
		seen |= 1u << e->type;
	}
	assert(at == end);
}

static void check_flow(const struct saa_sync_flow *f)
{
	struct saa_sync_extras x;
	unsigned int i;

	memset(&x, 0xff, sizeof(x));
	if (!saa_sync_flow_ok(f, &x))
		return;
	check_tuple(&f->reply, f->record.family);
	assert(!(ntohl(f->status) & ~SAA_SYNC_STATUS));
	assert(ntohl(f->timeout) * 1000ULL <= INT32_MAX);
	assert(f->how <= 7);
	for (i = 0; i < 2; i++)
		assert(f->scale[i] <= 14);
	switch (f->record.protocol) {
	case IPPROTO_TCP:
		assert(f->state >= 1 && f->state <= 9);
		break;
	case IPPROTO_SCTP:
		assert(f->state >= 1 && f->state <= 8);
		break;
	default:
		assert(!f->state);
	}
	check_extras(f);
	if (x.labels)
		check_in(f, x.labels, SAA_SYNC_LABELS_LEN);
	if (x.helper) {
		check_in(f, x.helper, SAA_SYNC_HELPER_LEN);
		assert(x.helper[0] && strlen(x.helper) < SAA_SYNC_HELPER_LEN);
	}
	if (x.seqadj)
		check_in(f, x.seqadj, sizeof(*x.seqadj));
	if (x.master) {
		check_in(f, x.master, sizeof(*x.master));
		check_tuple(x.master, f->record.family);
	}
	assert(ntohs(f->record.len) <= SAA_SYNC_RECORD_MAX);
}

static void check_expects(const struct saa_sync_record *r)
{
	const struct saa_sync_expect *e = (const void *)(r + 1);
	int i, n = saa_sync_expects_count(r);

	assert(n >= 0 && n <= SAA_SYNC_EXPECTS_MAX);
	assert(ntohs(r->len) == sizeof(*r) + n * sizeof(*e));
	for (i = 0; i < n; i++) {
		check_tuple(&e[i].tuple, r->family);
		assert(e[i].protocol == IPPROTO_TCP ||
		       e[i].protocol == IPPROTO_UDP);
		assert(!(e[i].flags & ~SAA_SYNC_EXPECT_FLAGS));
		assert(e[i].any <= 3 && e[i].dir <= 1);
		assert(strlen(e[i].nat) < SAA_SYNC_EXPECT_NAT_LEN);
	}
}

/* As the receiver walks a frame; in memory of its own, to the byte. */
static void fuzz_frame(const uint8_t *data, size_t size)
{
	uint8_t *frame = memcpy(saa_zalloc(size), data, size);
	unsigned int at, len;

	for (at = 0; (len = saa_sync_record_len(frame + at, size - at)); at += len) {
		const struct saa_sync_record *r = (const void *)(frame + at);

		assert(len >= sizeof(*r) && len <= size - at && len % 4 == 0);
		if (!saa_sync_record_ok(r))
			continue;
		assert(r->family == 2 || r->family == 10);
		assert(r->zone_dir >= 1 && r->zone_dir <= 3);
		check_tuple(&r->orig, r->family);
		if (r->kind == SAA_SYNC_FLOW)
			check_flow((const void *)r);
		else if (r->kind == SAA_SYNC_EXPECTS)
			check_expects(r);
		else
			assert(r->kind == SAA_SYNC_GONE && len == sizeof(*r));
	}
	free(frame);
}

/* A flow of a dump that is taken is printed as what it was taken from. */
static void fuzz_dump(const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct saa_ct f, back;
	json_t *again;

	if (json_ct_parse(o, &f)) {
		again = json_ct(&f);
		assert(json_ct_parse(again, &back));
		assert(!memcmp(&f, &back, sizeof(f)));
		assert(!json_ct_diff(&f, &back));
		json_decref(again);
	}
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_frame(data, size);
	fuzz_dump(data, size);
	return 0;
}
