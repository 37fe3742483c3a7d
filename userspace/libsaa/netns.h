/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces by their names in /run/netns. */
#ifndef SAA_NETNS_H
#define SAA_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

/* Can there be a namespace with this name? */
bool saa_netns_name_ok(const char *name);

/* Opens one, "" the one that the caller is in; -1 with errno set. */
int saa_netns_open(const char *name);

/*
 * Into the namespace of an open file; sockets belong to the one that they were
 * opened in. Returns a file of the one left, for saa_netns_leave(), or -1 with
 * errno set.
 */
int saa_netns_enter(int netns);
/* The same with a new one, which ends when it is left. */
int saa_netns_enter_new(void);
void saa_netns_leave(int former);

/* Are both files open ones of one namespace? */
bool saa_netns_same(int netns, int other);

/*
 * Make one with this name, as "ip netns add" does, after @setup() in it: who ends
 * before has left nothing. And remove its name; it ends when nothing uses it any
 * more. -errno.
 */
int saa_netns_add(const char *name, int (*setup)(void *arg), void *arg);
int saa_netns_del(const char *name);

/* Which name has the namespace with this inode? False if none has. */
bool saa_netns_find(uint32_t inode, char name[SAA_NETNS_NAME_MAX + 1]);

#endif
