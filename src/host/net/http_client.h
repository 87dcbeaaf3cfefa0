/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client side: one connection, one request at a time, blocking with a total deadline per step. For processes whose
 * only work is the network (the agent's net role, the assessor's probes). The connection is kept for the next call, and
 * made anew when the peer has closed it in between.
 */
#ifndef HALLMARK_HOST_NET_HTTP_CLIENT_H
#define HALLMARK_HOST_NET_HTTP_CLIENT_H

#include "host/net/http.h"
#include "host/net/tls.h"

struct http_client;

struct http_client_config {
	const char *host; /* name or numeric address; the peer's certificate must be valid for it; copied */
	uint16_t port;
	struct tls_context *tls; /* NULL: plain HTTP (tests, probes); borrowed until http_client_free */
	int64_t connect_ms; /* connect + handshake, total; 0: 10 s. A name's resolution has the resolver's own limit */
};

/* Connect. ERR_TRUST: the peer's certificate (or, later in a call, ours) was refused. ERR_NETWORK, ERR_TIMEOUT. */

rc http_client_open(const struct http_client_config *c, struct http_client **ret, struct err *e) MUST_CHECK;
void http_client_free(struct http_client *c); /* accepts NULL */

/* What the probes look at; valid after open. Borrowed. */
const char *http_client_tls_version(const struct http_client *c); /* "TLSv1.3"; "" without TLS */
const char *http_client_tls_cipher(const struct http_client *c);  /* "TLS_AES_128_GCM_SHA256"; "" without TLS */
/* PEM of the peer's certificate; ERR_MISSING without TLS. */
rc http_client_peer_cert(const struct http_client *c, struct buf *out, struct err *e) MUST_CHECK;

struct http_call {
	enum http_method method;
	const char *path;    /* with query */
	const char *headers; /* "Name: value\r\n" lines or NULL */
	struct bytes body;
	size_t body_max;     /* bytes of the answer, to a sink too; more is ERR_LIMIT */
	int64_t deadline_ms; /* total, for the whole exchange, a new connect included; 0: 30 s */
	/* If set, the body of a 2xx goes here in pieces instead of the answer's buffer; a failure ends the exchange. */
	rc (*sink)(void *ctx, struct bytes piece, struct err *e);
	void *sink_ctx;
};

struct http_answer {
	int status;
	struct buf head; /* raw head, for probes */
	struct buf body;
	char etag[80]; /* as sent, quotes included; "" if none or longer */
};

void http_answer_init(struct http_answer *a, size_t body_max);
void http_answer_done(struct http_answer *a);

/*
 * ERR_NETWORK, ERR_TIMEOUT, ERR_LIMIT, ERR_TRUST, ERR_INPUT (broken protocol, or a call that cannot be sent). Any
 * status is a success here. `ret` is emptied first; after a failure it may hold a part of the answer.
 */
rc http_client_call(struct http_client *c, const struct http_call *call, struct http_answer *ret, struct err *e)
	MUST_CHECK;

#endif
