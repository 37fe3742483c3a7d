// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: their names, their sums over the CPUs, and the one way to drop a
 * packet: counted and traced.
 */

#include "saa.h"
#include "trace.h"

const struct saa_counter_info saa_counter_info[SAA_C_MAX] = {
#define SAA_COUNTER_INFO(id, text, sort, what)				\
	[SAA_C_##id] = {						\
		.name = text,						\
		.doc = what,						\
		.kind = SAA_COUNTER_KIND_##sort,			\
	},
	SAA_COUNTERS(SAA_COUNTER_INFO)
#undef SAA_COUNTER_INFO
};

u64 saa_stats_read(const struct saa_net *sn, enum saa_counter c)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct saa_stats *stats = per_cpu_ptr(sn->stats, cpu);
		unsigned int start;
		u64 packets;

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			packets = u64_stats_read(&stats->packets[c]);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		sum += packets;
	}
	return sum;
}

void saa_sr_stats_read(const struct saa_sr *sr, u64 *tx, u64 *rx)
{
	int cpu;

	*tx = 0;
	*rx = 0;
	for_each_possible_cpu(cpu) {
		const struct saa_sr_stats *stats = per_cpu_ptr(sr->stats, cpu);
		unsigned int start;
		u64 t, r;

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			t = u64_stats_read(&stats->tx);
			r = u64_stats_read(&stats->rx);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		*tx += t;
		*rx += r;
	}
}

/**
 * saa_drop() - count and trace a drop; the caller frees the packet
 * @sn: the namespace's state
 * @dev: the device that it was received on, or could not be sent on
 * @skb: the packet, or NULL where there is none (any more)
 * @reason: why
 *
 * Context: Any but hard interrupts; a hook may be resumed in process context.
 */
void saa_drop(struct saa_net *sn, const struct net_device *dev,
	      const struct sk_buff *skb, enum saa_counter reason)
{
	local_bh_disable();
	saa_count(sn, reason);
	local_bh_enable();
	trace_saa_drop(dev, skb, reason);
}
