/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share: the configuration and the per-namespace
 * state, and who may touch them.
 *
 * Configuration: sn->config points to the published struct saa_config, or is
 * NULL. Once published its fields never change, except the bindings to
 * devices (below) and the SRs' states. A writer holds sn->lock, builds another
 * one and publishes it; the old one is freed after a grace period. The data
 * path takes the pointer once, under rcu_read_lock(), and so sees one
 * configuration throughout.
 *
 * SRs and SNAT rules are counted objects that successive configurations share,
 * so that state and statistics outlive a change that does not concern them.
 *
 * Bindings: groups and ports name an interface. The pointer to the device
 * (with a reference) is set while a device has that name; it changes under
 * RTNL and sn->lock, also in a published configuration, when devices come and
 * go. Lock order: RTNL, sn->lock.
 */
#ifndef _SAA_H
#define _SAA_H

#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/saa.h>
#include <uapi/linux/saa_hash.h>
#include <uapi/linux/saa_punt.h>
#include <uapi/linux/saa_counters.h>

#if !IS_ENABLED(CONFIG_IPV6)
#error "saa needs a kernel with CONFIG_IPV6"
#endif
#if !IS_ENABLED(CONFIG_DST_CACHE)
#error "saa needs a kernel with CONFIG_DST_CACHE, which CONFIG_GENEVE brings"
#endif

#define SAA_SIDES	2
#define SAA_HASH_BITS	6

enum saa_counter {
#define SAA_COUNTER_ENUM(name, ...) SAA_C_##name,
	SAA_COUNTERS(SAA_COUNTER_ENUM)
#undef SAA_COUNTER_ENUM
	SAA_C_MAX,
};

struct saa_stats {
	u64_stats_t packets[SAA_C_MAX];
	struct u64_stats_sync syncp;
};

/* Packets to and from one SR. */
struct saa_sr_stats {
	u64_stats_t tx;
	u64_stats_t rx;
	struct u64_stats_sync syncp;
};

/* A tunnel end point; family 0 is none. Unused bytes are zero. */
struct saa_tep {
	union nf_inet_addr addr;
	u8 family;
};

/**
 * struct saa_sr - a service router of the gateway
 * @refs: one for each configuration that holds it
 * @tep: its address for punting over Geneve
 * @route: to that address, per CPU; only with one
 * @id: 1..65535
 * @state: enum saa_sr_state; written under sn->lock, read locklessly: the one
 *	store that moves all of an SR's buckets to its backup
 * @name: name of the edge
 * @stats: per CPU
 */
struct saa_sr {
	refcount_t refs;
	struct saa_tep tep;
	struct dst_cache route;
	u16 id;
	u8 state;
	char name[SAA_NAME_MAX + 1];
	struct saa_sr_stats __percpu *stats;
};

/**
 * struct saa_binding - an interface by name
 * @ifname: the name
 * @dev: the device that has it, NULL while there is none
 * @tracker: of the reference on @dev
 */
struct saa_binding {
	char ifname[IFNAMSIZ];
	struct net_device __rcu *dev;
	netdevice_tracker tracker;
};

/**
 * struct saa_group - an interface group, with this SR's member
 * @by_dev: in config->groups_by_dev while bound
 * @by_id: in config->groups_by_id
 * @member: this SR's member
 * @ifindex: of the member while bound
 * @id: 1..4094
 * @side: enum saa_side
 * @name: name of the group
 */
struct saa_group {
	struct hlist_node by_dev;
	struct hlist_node by_id;
	struct saa_binding member;
	int ifindex;
	u16 id;
	u8 side;
	char name[SAA_NAME_MAX + 1];
};

/**
 * struct saa_port - this SR's shadow port on one side
 * @set: there is one
 * @transport: enum saa_transport
 * @udp_port: of the geneve device, for that transport
 * @zero_csum6: it takes UDP over IPv6 without a checksum; written under RTNL
 * @vni: of the punt switch, for that transport
 * @link: its interface
 * @ops: of the transport
 * @mac: its derived MAC address
 * @mac_second: the source address for a second chance
 */
struct saa_port {
	bool set;
	u8 transport;
	bool zero_csum6;
	u16 udp_port;
	u32 vni;
	struct saa_binding link;
	const struct saa_punt_ops *ops;
	u8 mac[ETH_ALEN];
	u8 mac_second[ETH_ALEN];
};

/* Address prefix; length 0 matches any. Network byte order. */
struct saa_prefix {
	union nf_inet_addr addr;
	u8 len;
};

/**
 * struct saa_snat_rule - a SNAT rule
 * @refs: one for each configuration that holds it
 * @spec: what was configured; compared to tell whether a rule changed
 * @flows: new flows that took the rule
 */
struct saa_snat_rule {
	refcount_t refs;
	struct saa_snat_spec {
		u32 priority;
		u32 flags;
		u16 group;
		u16 port_first;
		u16 port_last;
		u8 family;
		struct saa_prefix src;
		struct saa_prefix dst;
		union nf_inet_addr to_first;
		union nf_inet_addr to_last;
	} spec;
	atomic64_t flows;
};

struct nf_ct_event_notifier;
struct saa_sync;

/* A table row by position in config->srs. */
struct saa_slots {
	u16 primary;
	u16 backup;
};

/**
 * struct saa_sync_spec - what is configured of state sync
 * @partner: SR id of the partner, 0 for no state sync
 * @family: of the addresses
 * @mode: enum saa_sync_mode
 * @port: TCP port
 * @timeout: in ms, of silence
 * @strict_timeout: in ms
 * @netns: cookie of the connections' namespace, 0 for the SR's own
 * @local: our address, network byte order
 * @remote: the partner's
 * @key: the cluster's key
 * @old_key: another one that is accepted, unless it is all zeros
 */
struct saa_sync_spec {
	u16 partner;
	u8 family;
	u8 mode;
	u16 port;
	u32 timeout;
	u32 strict_timeout;
	u64 netns;
	union nf_inet_addr local;
	union nf_inet_addr remote;
	u8 key[SAA_SYNC_KEY_LEN];
	u8 old_key[SAA_SYNC_KEY_LEN];
};

#define SAA_NO_SLOT	U16_MAX
#define SAA_KEEP_STATE	U8_MAX

/**
 * struct saa_config - everything configured for one SR
 * @rcu: frees it
 * @generation: counts the configurations published in the namespace
 * @name: of the gateway
 * @id: of the gateway
 * @self_id: id of the SR that the namespace is
 * @key: the hash key as the hash uses it
 * @key_bytes: the hash key as configured
 * @has_key: there is a key
 * @self: that SR; NULL until both are known
 * @n_srs: SRs in @srs
 * @n_groups: groups in @groups
 * @n_snat: rules in @snat
 * @buckets: rows in the table, 0 without a table
 * @rows: the table by SR ids
 * @slots: the table by positions in @srs
 * @srs: ascending by id
 * @set_state: enum saa_sr_state that publishing gives the SR at the same
 *	position in @srs, or SAA_KEEP_STATE
 * @groups: ascending by id
 * @snat: ascending by priority
 * @ports: by enum saa_side
 * @sync_spec: state sync
 * @sync_net: namespace that was given for it, while the configuration is under
 *	construction; or NULL
 * @sync_again: publishing asks for all flows again
 * @sync: state sync as it runs, from publishing on; NULL without
 * @groups_by_dev: heads, by the member's ifindex
 * @groups_by_id: heads, by group id
 */
struct saa_config {
	struct rcu_head rcu;
	u32 generation;
	char name[SAA_NAME_MAX + 1];
	u16 id;
	u16 self_id;
	struct saa_key key;
	u8 key_bytes[SAA_KEY_LEN];
	bool has_key;
	struct saa_sr *self;
	unsigned int n_srs;
	unsigned int n_groups;
	unsigned int n_snat;
	u32 buckets;
	struct saa_row *rows;
	struct saa_slots *slots;
	struct saa_sr **srs;
	u8 set_state[SAA_SRS_MAX];
	struct saa_group *groups;
	struct saa_snat_rule **snat;
	struct saa_port ports[SAA_SIDES];
	struct saa_sync_spec sync_spec;
	struct net *sync_net;
	bool sync_again;
	struct saa_sync *sync;
	struct hlist_head groups_by_dev[1 << SAA_HASH_BITS];
	struct hlist_head groups_by_id[1 << SAA_HASH_BITS];
};

/* How a packet came to the steering hook. */
enum saa_origin {
	SAA_FROM_WIRE,		/* received on a member */
	SAA_FROM_PUNT,		/* punted here */
	SAA_FROM_SECOND,	/* punted here at the second chance */
};

/**
 * struct saa_net - the module's state in one network namespace
 * @net: the namespace
 * @lock: serialises writers of the configuration
 * @config: the published configuration
 * @generation: of the newest configuration
 * @stats: per CPU
 * @steer_ops: the steering hooks, with this as their private pointer
 * @fragment_ops: the hook for Geneve over IPv6, likewise
 * @locals: IPv4 addresses of this SR; under RTNL
 * @watch_locals: @locals is kept; under RTNL
 * @steering: the steering hooks are registered
 * @fragmenting: the hook for Geneve over IPv6 is registered
 * @snat: the SNAT hooks are registered
 * @sync_epoch: random; tells the partner that conntrack's table is the same
 * @partner: SR id of the partner that was met last, 0 for none; the threads'
 * @partner_epoch: that it had
 * @partner_bulk: number of its bulk that runs or was last
 * @guests_lock: protects @guests
 * @guests: every struct saa_sync whose connections are made here, of whatever
 *	namespace's SR
 * @tracking: changes of flows are noticed
 * @track_ops: the hooks for that, with this as their private pointer
 * @ct_next: conntrack's notifier behind ours
 * @announce: makes the switches learn where this SR is
 * @sync_news: tells of a change of state sync
 */
struct saa_net {
	struct net *net;
	struct mutex lock;	/* writers of the configuration */
	struct saa_config __rcu *config;
	u32 generation;
	struct saa_stats __percpu *stats;
	struct nf_hook_ops steer_ops[2];
	struct nf_hook_ops fragment_ops;
	struct saa_locals __rcu *locals;
	bool watch_locals;
	bool steering;
	bool fragmenting;
	bool snat;
	u32 sync_epoch;
	u16 partner;
	u32 partner_epoch;
	u16 partner_bulk;
	spinlock_t guests_lock;	/* @guests */
	struct list_head guests;
	bool tracking;
	struct nf_hook_ops track_ops[2];
	const struct nf_ct_event_notifier *ct_next;
	struct delayed_work announce;
	struct delayed_work sync_news;
};

extern unsigned int saa_net_id;

static inline struct saa_net *saa_pernet(const struct net *net)
{
	return net_generic(net, saa_net_id);
}

/* The same for the data path: net_generic() would take rcu_read_lock() again. */
static inline struct saa_net *saa_pernet_rcu(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[saa_net_id];
}

/*
 * Debug messages that pair: every object created is destroyed, with the same
 * words. selftests/run.sh switches them on and checks.
 */
#define saa_created(kind, obj)	\
	pr_debug("saa: created " kind " %p\n", obj)
#define saa_destroyed(kind, obj)	\
	pr_debug("saa: destroyed " kind " %p\n", obj)

/* The published configuration, for a writer. */
static inline struct saa_config *saa_config_locked(const struct saa_net *sn)
{
	return rcu_dereference_protected(sn->config, lockdep_is_held(&sn->lock));
}

/* config.c: building and publishing configurations */
struct saa_config *saa_config_alloc(void);
struct saa_config *saa_config_clone(const struct saa_config *old);
void saa_config_free(struct saa_config *cfg);
int saa_config_publish(struct saa_net *sn, struct saa_config *cfg, bool dry_run,
		       struct netlink_ext_ack *extack);
void saa_config_remove(struct saa_net *sn);
void saa_sr_set_state(struct saa_net *sn, const struct saa_config *cfg,
		      unsigned int i, u8 state);

/* object.c: the objects of a configuration under construction */
int saa_sr_index(const struct saa_config *cfg, u16 id);
struct saa_sr *saa_sr_find(const struct saa_config *cfg, u16 id);
struct saa_group *saa_group_find(const struct saa_config *cfg, u16 id);
struct saa_snat_rule *saa_snat_find(const struct saa_config *cfg, u32 priority);
int saa_sr_add(struct saa_config *cfg, const struct saa_config *old, u16 id,
	       const char *name, const struct saa_tep *tep, u8 state,
	       struct netlink_ext_ack *extack);
int saa_sr_del(struct saa_config *cfg, struct saa_sr *sr,
	       struct netlink_ext_ack *extack);
int saa_group_add(struct saa_config *cfg, const struct saa_group *group,
		  struct netlink_ext_ack *extack);
int saa_group_del(struct saa_config *cfg, struct saa_group *group,
		  struct netlink_ext_ack *extack);
int saa_snat_add(struct saa_config *cfg, const struct saa_config *old,
		 const struct saa_snat_spec *spec,
		 struct netlink_ext_ack *extack);
void saa_snat_del(struct saa_config *cfg, struct saa_snat_rule *rule);
int saa_table_resize(struct saa_config *cfg, u32 buckets);
void saa_sr_put(struct saa_sr *sr);
void saa_snat_put(struct saa_snat_rule *rule);

/* device.c: bindings to devices */
int saa_bind(struct saa_net *sn, struct saa_config *cfg,
	     const struct saa_config *old, struct netlink_ext_ack *extack);
void saa_unbind(struct saa_config *cfg);
int saa_ports_attach(const struct saa_config *cfg, const struct saa_config *old,
		     struct netlink_ext_ack *extack);
void saa_ports_detach(const struct saa_config *cfg,
		      const struct saa_config *keep);
extern struct notifier_block saa_device_notifier;

/* notify.c */
void saa_notify(struct saa_net *sn, const struct saa_config *cfg, u32 kind,
		u32 i, bool gone);
bool saa_same_table(const struct saa_config *a, const struct saa_config *b);
void saa_notify_change(struct saa_net *sn, const struct saa_config *old,
		       const struct saa_config *new);

/* fill.c: objects into messages */
#define SAA_FILL_ROWS	512	/* rows in one message: below NLMSG_GOODSIZE */
#define SAA_FILL_KEY	BIT(0)	/* with the hash key */
#define SAA_FILL_BRIEF	BIT(1)	/* rows only told to have changed; no counters */

u32 saa_fill_count(const struct saa_config *cfg, u32 kind);
int saa_fill(struct sk_buff *skb, const struct saa_config *cfg, u32 kind,
	     u32 i, unsigned int flags);

/* parse.c: objects from messages */
int saa_parse_addr(const struct nlattr *attr, u8 family,
		   union nf_inet_addr *addr, struct netlink_ext_ack *extack);
int saa_parse_objects(struct saa_config *cfg, const struct saa_config *old,
		      const struct sk_buff *skb, const struct genl_info *info,
		      bool add);
int saa_parse_keys(struct saa_config *cfg, const struct genl_info *info);

/* steer.c: whose packet is it */

/**
 * struct saa_decision - how an owner is found
 * @hash: of the remote address
 * @bucket: of the hash
 * @primary: of the row, NULL without a table
 * @backup: of the row, or NULL
 */
struct saa_decision {
	u32 hash;
	u32 bucket;
	struct saa_sr *primary;
	struct saa_sr *backup;
};

bool saa_is_owned(const struct saa_config *cfg, u8 family, const void *remote);
void saa_decide_why(const struct saa_config *cfg, u8 side,
		    const struct saa_flow *flow, struct saa_decision *d);
int saa_steer_register(struct saa_net *sn);
void saa_steer_unregister(struct saa_net *sn);

/* local.c: this SR's own addresses */
bool saa_is_local(const struct saa_net *sn, const struct net_device *dev,
		  u8 family, const void *addr);
void saa_locals_start(struct saa_net *sn);
void saa_locals_stop(struct saa_net *sn);
void saa_locals_changed(struct saa_net *sn);
extern struct notifier_block saa_inetaddr_notifier;

/* device.c, data path */
struct saa_group *saa_group_by_id(const struct saa_config *cfg, u16 id);

/* The group whose member has @ifindex, or NULL. Under rcu_read_lock(). */
static inline struct saa_group *saa_group_by_dev(const struct saa_config *cfg,
						 int ifindex)
{
	struct saa_group *g;

	hlist_for_each_entry_rcu(g, &cfg->groups_by_dev[hash_32(ifindex,
								SAA_HASH_BITS)],
				 by_dev)
		if (g->ifindex == ifindex)
			return g;
	return NULL;
}

/* punt_l2.c, punt_geneve.c: how punt frames travel */

/**
 * struct saa_punt_ops - a transport
 * @check: is @dev fit to be @port? Else an error and why; NULL if any is
 * @attach: make @dev let the frames pass; NULL if it does
 * @detach: undo that; with @attach
 * @send: put what is beyond addresses and packet around the frame, whose header
 *	is to be pushed yet; SAA_C_PUNTED, or the reason why it cannot go
 * @side: of the port that a received frame is for, given that of the first with
 *	its device; SAA_C_RECEIVED, or the reason to drop it
 * @group: id of the group of a received frame, whose addresses, the sender and
 *	what they say about a second chance have been found good; as @side
 */
struct saa_punt_ops {
	int (*check)(struct saa_port *port, struct net_device *dev,
		     struct netlink_ext_ack *extack);
	int (*attach)(const struct saa_config *cfg, int side,
		      struct net_device *dev, struct netlink_ext_ack *extack);
	void (*detach)(const struct saa_config *cfg, int side,
		       struct net_device *dev);
	enum saa_counter (*send)(struct saa_net *sn,
				 const struct saa_config *cfg,
				 struct sk_buff *skb,
				 const struct saa_group *group,
				 struct saa_sr *owner, bool second);
	enum saa_counter (*side)(const struct saa_config *cfg,
				 const struct sk_buff *skb, u8 *side);
	enum saa_counter (*group)(const struct saa_config *cfg,
				  const struct sk_buff *skb,
				  const struct saa_sr *from, bool second,
				  u16 *group);
};

extern const struct saa_punt_ops saa_l2, saa_geneve;

/* Not by pointer in the data path. */
enum saa_counter saa_l2_send(struct saa_net *sn, const struct saa_config *cfg,
			     struct sk_buff *skb, const struct saa_group *group,
			     struct saa_sr *owner, bool second);
enum saa_counter saa_geneve_send(struct saa_net *sn,
				 const struct saa_config *cfg,
				 struct sk_buff *skb,
				 const struct saa_group *group,
				 struct saa_sr *owner, bool second);

enum saa_xdp_verdict saa_geneve_xdp(struct saa_net *sn,
				    const struct saa_config *cfg,
				    const struct saa_group *group,
				    struct saa_sr *owner,
				    struct saa_xdp_steer *arg);

void saa_announce_work(struct work_struct *work);
void saa_announce_soon(struct saa_net *sn);
int saa_geneve_register(struct saa_net *sn);
void saa_geneve_unregister(struct saa_net *sn);

/* Does a port of @cfg use Geneve? */
static inline bool saa_uses_geneve(const struct saa_config *cfg)
{
	return cfg->ports[SAA_SIDE_NORTH].transport == SAA_TRANSPORT_GENEVE ||
	       cfg->ports[SAA_SIDE_SOUTH].transport == SAA_TRANSPORT_GENEVE;
}

/* xdp.c */
bool saa_xdp_can_send(const struct net_device *dev, unsigned int len);

/* punt.c: to another SR */
bool saa_punt_fits(const struct sk_buff *skb, unsigned int mtu);
unsigned int saa_punt(struct saa_net *sn, const struct saa_config *cfg,
		      struct sk_buff *skb, const struct saa_group *group,
		      struct saa_sr *owner, bool second);

/* receive.c: from another SR */
rx_handler_result_t saa_receive(struct sk_buff **pskb);
enum saa_origin saa_origin(const struct saa_config *cfg,
			   const struct sk_buff *skb);

/* snat.c */
int saa_snat_register(struct saa_net *sn);
void saa_snat_unregister(struct saa_net *sn);
struct saa_snat_rule *saa_snat_match(const struct saa_config *cfg, u8 family,
				     u16 group, const void *src,
				     const void *dst);

/* sync.c, sync_track.c: state sync with the partner */
int saa_sync_check(const struct saa_config *cfg,
		   struct netlink_ext_ack *extack);
int saa_sync_prepare(struct saa_net *sn, struct saa_config *cfg,
		     const struct saa_config *old,
		     struct netlink_ext_ack *extack);
void saa_sync_start(struct saa_net *sn, struct saa_config *cfg,
		    const struct saa_config *old);
void saa_sync_stop(struct saa_sync *sync);
void saa_sync_evict(struct saa_net *host);
void saa_table_forget(struct saa_net *sn);
void saa_sync_put(struct saa_sync *sync);
void saa_sync_sr_changed(const struct saa_config *cfg, const struct saa_sr *sr,
			 u8 state);
void saa_sync_news(struct work_struct *work);
int saa_sync_fill(struct sk_buff *skb, const struct saa_config *cfg,
		  unsigned int flags);
int saa_track_register(struct saa_net *sn);
void saa_track_unregister(struct saa_net *sn);

/* xdp.c */
int saa_xdp_register(void);

/* stats.c */
struct saa_counter_info {
	const char *name;
	const char *doc;
	u8 kind;
};

extern const struct saa_counter_info saa_counter_info[SAA_C_MAX];
u64 saa_stats_read(const struct saa_net *sn, enum saa_counter c);
void saa_sr_stats_read(const struct saa_sr *sr, u64 *tx, u64 *rx);
void saa_drop(struct saa_net *sn, const struct net_device *dev,
	      const struct sk_buff *skb, enum saa_counter reason);

/* Data path, so softirq context or BH disabled. */
static inline void saa_count(const struct saa_net *sn, enum saa_counter c)
{
	struct saa_stats *stats = this_cpu_ptr(sn->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->packets[c]);
	u64_stats_update_end(&stats->syncp);
}

static inline void saa_sr_count_tx(const struct saa_sr *sr)
{
	struct saa_sr_stats *stats = this_cpu_ptr(sr->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->tx);
	u64_stats_update_end(&stats->syncp);
}

static inline void saa_sr_count_rx(const struct saa_sr *sr)
{
	struct saa_sr_stats *stats = this_cpu_ptr(sr->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->rx);
	u64_stats_update_end(&stats->syncp);
}

#endif /* _SAA_H */
