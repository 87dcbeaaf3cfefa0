/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process behind the owner's page: accepts TLS connections, parses HTTP and forms, asks the ward, writes HTML. It
 * has no files, no keys and no authority of its own: handshakes are signed by the ward, and each action travels with
 * the session that the ward gave out. The routes are in local_pages.c.
 */
#include <errno.h>
#include <stdio.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/local_pages.h"
#include "agent/roles/ward_roles.h"
#include "core/crypto/cert.h"
#include "core/crypto/library.h"
#include "host/net/http_server.h"
#include "host/net/tls.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define BODY_MAX 8192 /* bytes of a form */
#define CONNECTIONS_MAX 32
#define LOOK_MS 4000 /* is anybody connected? */
#define QUIET_MAX 2  /* looks at which nobody was; then this process is not needed */

struct local {
	struct loop *loop;
	struct tls_context *tls;
	struct http_server *server;
	struct local_pages pages;
	int quiet;
	bool idle;
};

static rc sign(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
{
	struct local_pages *p = ctx;
	struct ward_local_answer *a = NULL;
	local_pages_begin(p, WARD_LOCAL_SIGN);
	memcpy(p->request.digest, digest, SHA256_SIZE);
	rc r = local_pages_ask(p, &a, e);
	if (rc_failed(r))
		return r;
	if (a->result != WARD_DONE)
		return err_set(e, ERR_DENIED, "the ward did not sign the handshake");
	buf_put(out, a->data);
	return buf_check(out, "signature", e);
}

/* Whatever happens on an idle channel is its end: the ward never speaks first. */
static void on_channel(void *ctx, uint32_t events, struct now now)
{
	struct local *l = ctx;
	(void)events;
	(void)now;
	loop_stop(l->loop);
}

static void on_look(void *ctx, struct now now)
{
	struct local *l = ctx;
	struct err e = {0};
	(void)now;
	l->quiet = http_server_connections(l->server) ? 0 : l->quiet + 1;
	l->idle = l->quiet == QUIET_MAX;
	if (l->idle || rc_failed(loop_timer(l->loop, LOOK_MS, on_look, l, NULL, &e)))
		loop_stop(l->loop);
}

static rc hello(struct local *l, const struct sandbox_state *state, struct buf *ret_cert, struct err *e)
{
	struct ward_local_answer *a = NULL;
	local_pages_begin(&l->pages, WARD_LOCAL_HELLO);
	l->pages.request.sandbox = *state;
	rc r = local_pages_ask(&l->pages, &a, e);
	if (rc_failed(r))
		return r;
	buf_put(ret_cert, a->data);
	return a->result == WARD_DONE ? buf_check(ret_cert, "page certificate", e)
				      : err_set(e, ERR_MISSING, "there is no certificate for the owner's page");
}

static rc start(struct local *l, const struct local_role *role, struct err *e)
{
	CLEANUP(buf_done) struct buf cert;
	struct sandbox s = {.uid = role->uid, .gid = role->uid, .keep = SANDBOX_ACCEPT};
	struct sandbox_state state;
	struct loop_watch *watch;
	buf_init(&cert, CERT_PEM_MAX);
	library_start();
	rc r;
	if (rc_failed(r = loop_new(&l->loop, e)) || rc_failed(r = sandbox_enter(&s, &state, e)) ||
	    rc_failed(r = hello(l, &state, &cert, e)))
		return r;
	struct tls_config tls = {.cert_pem = buf_view(&cert), .sign = sign, .sign_ctx = &l->pages};
	if (rc_failed(r = tls_server_context(&tls, &l->tls, e)))
		return r;
	struct http_server_config server = {.loop = l->loop,
					    .listen_fd = role->listen_fd,
					    .tls = l->tls,
					    .handler = local_pages_handle,
					    .ctx = &l->pages,
					    .body_max = BODY_MAX,
					    .connections_max = CONNECTIONS_MAX};
	if (rc_failed(r = http_server_new(&server, &l->server, e)))
		return r;
	mem_trim();
	if (rc_failed(r = loop_timer(l->loop, LOOK_MS, on_look, l, NULL, e)))
		return r;
	return loop_watch_fd(l->loop, role->channel_fd, EPOLLIN | EPOLLRDHUP, on_channel, l, &watch, e);
}

int local_main(const struct local_role *role)
{
	struct err e = {0};
	struct local *l = mem_alloc(sizeof *l);
	if (!l)
		return 1;
	local_pages_init(&l->pages, role->channel_fd);
	rc r = start(l, role, &e);
	if (rc_ok(r))
		r = loop_run(l->loop, &e);
	if (rc_failed(r))
		(void)fprintf(stderr, "hallmarkd local: %s\n", e.text);
	http_server_free(l->server);
	tls_context_free(l->tls);
	loop_free(l->loop);
	local_pages_done(&l->pages);
	int code = rc_failed(r) ? 1 : l->idle ? HALLMARKD_IDLE : 0;
	mem_free(l);
	return code;
}
