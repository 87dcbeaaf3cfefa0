/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server side of the network core: one epoll loop, keep-alive, total deadlines for handshake, head and body,
 * bounded bodies and queues, drain on stop. The handler is called once per complete request and fills in the response.
 *
 * Group commit: a handler that has written but not committed sets `hold`. All requests that are ready in one turn of
 * the loop are handled, then `settle` is called once, then they are answered: one commit for many, and no answer before
 * it.
 */
#ifndef HALLMARK_HOST_NET_HTTP_SERVER_H
#define HALLMARK_HOST_NET_HTTP_SERVER_H

#include "core/base/units.h"
#include "host/net/http.h"
#include "host/net/tls.h"
#include "host/os/loop.h"

struct http_server;

struct http_peer {
	bool authenticated;   /* a client certificate was shown and verified */
	char common_name[65]; /* "" unless authenticated */
	char fingerprint[65]; /* SHA-256 of the certificate, hex; "" unless authenticated */
	char address[64];     /* numeric, without port */
};

struct http_request {
	const struct http_head *head;
	struct bytes body;
	const struct http_peer *peer;
	struct now now;
};

#define HTTP_RESPONSE_BODY_MAX (4 * MIB)
#define HTTP_RESPONSE_HEADERS_MAX 4096

/*
 * What the handler fills in. Starts as status 200 with an empty body and file_fd -1. Content-Length, Date, Connection
 * and X-Content-Type-Options are the server's. Set `file_fd` (taken over, closed by the server) to send file_length
 * bytes from file_offset instead of body. A buffer that broke, or a header that is not one, is answered 500. HEAD is
 * answered like GET; the server leaves the body out.
 */
struct http_response {
	int status;
	struct buf headers; /* "Name: value\r\n" lines; use http_response_header */
	struct buf body;
	int file_fd;
	uint64_t file_offset, file_length;
	bool close;
	bool hold; /* do not answer before the end of this turn, when `settle` made it true */
};

void http_response_header(struct http_response *r, const char *name, const char *value);
/* Status, content type and body text at once. */
void http_response_text(struct http_response *r, int status, const char *type, const char *text);

/*
 * Make true what the held answers of this turn say (commit them, for instance). True: they go out. False: none of them
 * does; each of these clients gets what was filled into `failure` (its body and headers; no file) instead.
 */
typedef bool http_settle_fn(void *ctx, struct http_response *failure);

typedef void http_handler_fn(void *ctx, const struct http_request *req, struct http_response *resp);

struct http_server_config {
	struct loop *loop;
	int listen_fd;		 /* from http_listen; closed by http_server_free */
	struct tls_context *tls; /* NULL: plain (behind a proxy on a Unix socket, or loopback tests) */
	http_handler_fn *handler;
	void *ctx;
	size_t body_max; /* bytes; a larger declared body is answered 413 before it is read */
	size_t connections_max;
	size_t address_max; /* connections from one address; 0: no limit (behind a proxy or a NAT they look like one) */
	int64_t handshake_ms, head_ms, body_ms, idle_ms; /* total deadlines; 0: 5 s, 5 s, 30 s, 60 s */
	http_settle_fn *settle;	    /* once at the end of a turn in which a handler set `hold`; NULL: nothing is held */
	void (*drained)(void *ctx); /* after http_server_stop, when the last connection ended; or NULL */
};

/* Everything in the config is borrowed until http_server_free, but listen_fd, which is taken over on success. */

rc http_server_new(const struct http_server_config *c, struct http_server **ret, struct err *e) MUST_CHECK;
size_t http_server_connections(const struct http_server *s);
void http_server_stop(struct http_server *s); /* accept no more, finish what runs; may be called from the handler */
void http_server_free(struct http_server *s); /* cuts what runs; not from the handler; accepts NULL */

/* Listen on a numeric address ("::": all, of both families), or "unix:/path"; port 0 picks one (see *ret_port, may be
 * NULL). */
rc http_listen(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port, struct err *e) MUST_CHECK;

#endif
