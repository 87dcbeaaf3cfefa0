/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that no HTTP client would send, inside TLS to the target. The certificate is not looked at. */
#ifndef HALLMARK_ASSESS_NET_RAW_H
#define HALLMARK_ASSESS_NET_RAW_H

#include "assess/net_dial.h"
#include "host/net/tls.h"

enum net_raw_end {
	NET_RAW_HEAD,	/* the answer has a whole head, and the body as far as it came */
	NET_RAW_CLOSED, /* the peer ended the connection before that */
	NET_RAW_SILENT, /* nothing more came in time */
};

struct net_raw_peer {
	const struct net_dial_address *to;
	const char *host;
	struct tls_context *tls;
	int64_t total_ms; /* of one exchange */
};

/*
 * Connect, send, and read to the end, or a little longer than the head. A connection that breaks while we send counts
 * as closed: the peer may refuse before it has read everything. ERR_NETWORK, ERR_TIMEOUT, ERR_TRUST: no connection.
 */
rc net_raw_ask(const struct net_raw_peer *p, struct bytes question, struct buf *answer, enum net_raw_end *ret,
	       struct err *e) MUST_CHECK;

#endif
