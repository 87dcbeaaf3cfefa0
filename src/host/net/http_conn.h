/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the server, between http_server.c (who is there) and wire.c (the bytes). */
#ifndef HALLMARK_HOST_NET_HTTP_CONN_H
#define HALLMARK_HOST_NET_HTTP_CONN_H

#include "host/net/http_server.h"

struct http_conn;

/* What a connection needs of its server; outlives it. */
struct http_conn_env {
	struct http_server_config config; /* defaults filled in */
	bool stopping;
	/* The connection ended: take it out of the list and http_conn_free it. The connection does nothing after it. */
	void (*ended)(void *ctx, struct http_conn *c);
	/* The answer waits: keep it, and call http_conn_release before the turn ends. */
	void (*held)(void *ctx, struct http_conn *c);
	void *ctx;
};

/* Takes fd over, whatever the result, and starts. `address` is copied. */
rc http_conn_new(const struct http_conn_env *env, int fd, const char *address, struct http_conn **ret, struct err *e)
	MUST_CHECK;
void http_conn_free(struct http_conn *c);

const char *http_conn_address(const struct http_conn *c);
/* Waiting for a request that has not begun; *ret_since is smaller the longer it waits. */
bool http_conn_idle(const struct http_conn *c, int64_t *ret_since);
/* Act if its deadline has passed; may end it. */
void http_conn_expire(struct http_conn *c, struct now now);

/*
 * Send the answer that was held, or `instead` of it (copied). May end the connection. No request is begun: one that is
 * here already waits for the next turn, so that a client who sends many cannot make a turn endless.
 */
void http_conn_release(struct http_conn *c, const struct http_response *instead, struct now now);
/* The server's list of those. */
void http_conn_held_push(struct http_conn **first, struct http_conn *c);
struct http_conn *http_conn_held_pop(struct http_conn **first);

/* The server's list. */
struct http_conn *http_conn_next(const struct http_conn *c);
void http_conn_link(struct http_conn **first, struct http_conn *c);
void http_conn_unlink(struct http_conn **first, struct http_conn *c);

#endif
