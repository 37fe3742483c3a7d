/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: one for drops; one for changes of an SR's state, which is what
 * moves the ownership of its buckets; one for state sync's connections.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM saa

#if !defined(_SAA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SAA_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include "saa.h"

#define SAA_TRACE_REASON(id, text, ...) { SAA_C_##id, text },

TRACE_EVENT(saa_drop,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 int reason),

	TP_ARGS(dev, skb, reason),

	TP_STRUCT__entry(
		__string(name, dev->name)
		__field(const void *, skbaddr)
		__field(unsigned int, len)
		__field(int, reason)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->skbaddr = skb;
		__entry->len = skb ? skb->len : 0;
		__entry->reason = reason;
	),

	TP_printk("dev=%s skbaddr=%p len=%u reason=%s", __get_str(name),
		  __entry->skbaddr, __entry->len,
		  __print_symbolic(__entry->reason,
				   SAA_COUNTERS(SAA_TRACE_REASON)
				   { -1, "" }))
);

TRACE_EVENT(saa_sr_state,
	TP_PROTO(u16 gateway, u16 sr, u8 from, u8 to),

	TP_ARGS(gateway, sr, from, to),

	TP_STRUCT__entry(
		__field(u16, gateway)
		__field(u16, sr)
		__field(u8, from)
		__field(u8, to)
	),

	TP_fast_assign(
		__entry->gateway = gateway;
		__entry->sr = sr;
		__entry->from = from;
		__entry->to = to;
	),

	TP_printk("gateway=%u sr=%u state=%s->%s", __entry->gateway,
		  __entry->sr,
		  __print_symbolic(__entry->from,
				   { SAA_SR_STATE_DOWN, "down" },
				   { SAA_SR_STATE_SYNCING, "syncing" },
				   { SAA_SR_STATE_UP, "up" }),
		  __print_symbolic(__entry->to,
				   { SAA_SR_STATE_DOWN, "down" },
				   { SAA_SR_STATE_SYNCING, "syncing" },
				   { SAA_SR_STATE_UP, "up" }))
);

TRACE_EVENT(saa_sync,
	TP_PROTO(u16 gateway, u16 partner, u32 from, u32 to),

	TP_ARGS(gateway, partner, from, to),

	TP_STRUCT__entry(
		__field(u16, gateway)
		__field(u16, partner)
		__field(u32, from)
		__field(u32, to)
	),

	TP_fast_assign(
		__entry->gateway = gateway;
		__entry->partner = partner;
		__entry->from = from;
		__entry->to = to;
	),

	TP_printk("gateway=%u partner=%u status=%s->%s", __entry->gateway,
		  __entry->partner,
		  __print_flags(__entry->from, "|",
				{ SAA_SYNC_STATUS_SENDING, "sending" },
				{ SAA_SYNC_STATUS_RECEIVING, "receiving" },
				{ SAA_SYNC_STATUS_SENT, "sent" },
				{ SAA_SYNC_STATUS_HELD, "held" }),
		  __print_flags(__entry->to, "|",
				{ SAA_SYNC_STATUS_SENDING, "sending" },
				{ SAA_SYNC_STATUS_RECEIVING, "receiving" },
				{ SAA_SYNC_STATUS_SENT, "sent" },
				{ SAA_SYNC_STATUS_HELD, "held" }))
);

#endif /* _SAA_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
