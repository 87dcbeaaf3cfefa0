/* SPDX-License-Identifier: Apache-2.0 */
/* Raw TCP to the target, for the probes that look below HTTP. */
#ifndef HALLMARK_ASSESS_NET_DIAL_H
#define HALLMARK_ASSESS_NET_DIAL_H

#include <sys/socket.h>

#include "core/base/buf.h"

struct net_dial_address {
	struct sockaddr_storage at;
	socklen_t len;
};

/* One address of a name or numeric address, and that one for the whole assessment. */
rc net_dial_resolve(const char *host, struct net_dial_address *ret, struct err *e) MUST_CHECK;
void net_dial_set_port(struct net_dial_address *a, uint16_t port);

/* Only connect; the caller closes. ERR_NETWORK, ERR_TIMEOUT. */
rc net_dial_connect(const struct net_dial_address *to, int64_t total_ms, int *ret_fd, struct err *e) MUST_CHECK;

/*
 * Connect, send, and read until the peer closes, `enough` is content, or the time is over (which is no error: what came
 * is in `answer`). ERR_NETWORK when the connection is refused, ERR_TIMEOUT when it is never made.
 */
rc net_dial_ask(const struct net_dial_address *to, struct bytes question, bool (*enough)(struct bytes so_far),
		int64_t total_ms, struct buf *answer, struct err *e) MUST_CHECK;

#endif
