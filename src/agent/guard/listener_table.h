/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets of this network namespace wait for peers, from the text of /proc/net/{tcp,udp}. Pure. EN303645 5.6-1.
 */
#ifndef HALLMARK_AGENT_GUARD_LISTENER_TABLE_H
#define HALLMARK_AGENT_GUARD_LISTENER_TABLE_H

#include "core/base/bytes.h"

#define LISTENER_TABLE_MAX 64

struct listener_entry {
	bool udp;
	bool loopback; /* reachable from this device only */
	uint16_t port;
};

struct listener_table {
	struct listener_entry at[LISTENER_TABLE_MAX]; /* no doubles */
	size_t n;
	bool more; /* there were more than fit */
};

/* Add what one table's text says; false if it is not such a text (then nothing was added). */
bool listener_table_add(struct listener_table *t, bool udp, struct bytes text);

#endif
