/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a role: sandbox, loop, server, drain. What it serves is its own file's business. */
#include "fleet/roles/role.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "core/base/mem.h"
#include "core/crypto/cert.h"
#include "host/keys/keyfile.h"
#include "host/os/file.h"
#include "host/os/loop.h"
#include "core/base/banned.h"

#define CONNECTIONS_MAX 2048
#define DRAIN_MS 8000
#define EXIT_OK 0
#define EXIT_FAILED 3 /* as every command of ours: could not be done; the parent does not start it again */

void role_log(const char *role, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "hallmark-fleet[%s]: %s\n", role, line);
}

rc role_tls_init(struct role_tls *t, const char *cert, const char *key, const char *peer_ca, struct err *e)
{
	CLEANUP(buf_done) struct buf cert_pem, ca_pem;
	buf_init(&cert_pem, CERT_PEM_MAX);
	buf_init(&ca_pem, CERT_PEM_MAX);
	if (!cert[0])
		return RC_OK;
	rc r = file_read(cert, CERT_PEM_MAX, &cert_pem, e);
	if (rc_ok(r) && peer_ca[0])
		r = file_read(peer_ca, CERT_PEM_MAX, &ca_pem, e);
	if (rc_ok(r))
		r = keyfile_load(key, bytes_of(NULL, 0), &t->key, e);
	if (rc_failed(r))
		return err_wrap(e, "TLS");
	const struct tls_config c = {.cert_pem = buf_view(&cert_pem), .key = &t->key, .peer_ca_pem = buf_view(&ca_pem)};
	r = tls_server_context(&c, &t->context, e);
	return rc_ok(r) ? r : err_wrap(e, "TLS with %s", cert);
}

void role_tls_done(struct role_tls *t)
{
	tls_context_free(t->context);
	privkey_done(&t->key);
}

struct running {
	const struct role_serve *s;
	struct loop *loop;
	struct http_server *server;
	bool stopping;
	struct err failure;
};

static void give_up_waiting(void *ctx, struct now now)
{
	struct running *run = ctx;
	(void)now;
	loop_stop(run->loop);
}

static void on_drained(void *ctx)
{
	struct running *run = ctx;
	loop_stop(run->loop);
}

static void on_signal(void *ctx, int signo, struct now now)
{
	struct running *run = ctx;
	struct loop_watch *w = NULL;
	(void)signo;
	(void)now;
	if (run->stopping)
		return;
	run->stopping = true;
	if (rc_failed(loop_timer(run->loop, DRAIN_MS, give_up_waiting, run, &w, NULL)))
		loop_stop(run->loop);
	http_server_stop(run->server);
}

static void on_request(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct running *run = ctx;
	run->s->handler(run->s->ctx, req, resp);
}

static bool on_settle(void *ctx, struct http_response *failure)
{
	struct running *run = ctx;
	return run->s->settle(run->s->ctx, failure);
}

static void on_tick(void *ctx, struct now now)
{
	struct running *run = ctx;
	struct loop_watch *w = NULL;
	run->s->tick(run->s->ctx, now);
	if (rc_failed(loop_timer(run->loop, run->s->every_ms, on_tick, run, &w, &run->failure)))
		loop_stop(run->loop);
}

static void on_message(void *ctx, uint32_t events, struct now now)
{
	struct running *run = ctx;
	(void)events;
	if (rc_failed(run->s->incoming(run->s->ctx, run->s->channel_fd, now, &run->failure)))
		loop_stop(run->loop);
}

static rc prepare(struct running *run, struct err *e)
{
	const struct role_serve *s = run->s;
	struct loop_watch *w = NULL;
	const struct http_server_config c = {.loop = run->loop,
					     .listen_fd = ROLE_LISTEN_FD,
					     .tls = s->tls,
					     .handler = on_request,
					     .settle = s->settle ? on_settle : NULL,
					     .ctx = run,
					     .body_max = s->body_max,
					     .connections_max = CONNECTIONS_MAX,
					     .drained = on_drained};
	rc r = loop_signal(run->loop, SIGTERM, on_signal, run, e);
	if (rc_ok(r))
		r = loop_signal(run->loop, SIGINT, on_signal, run, e);
	if (rc_ok(r))
		r = http_server_new(&c, &run->server, e);
	if (rc_ok(r) && s->every_ms)
		r = loop_timer(run->loop, s->every_ms, on_tick, run, &w, e);
	if (rc_ok(r) && s->channel_fd >= 0)
		r = loop_watch_fd(run->loop, s->channel_fd, EPOLLIN, on_message, run, &w, e);
	return r;
}

rc role_serve(const struct role_serve *s, struct err *e)
{
	struct running run = {.s = s};
	struct sandbox_state state = {0};
	rc r = loop_new(&run.loop, e);
	if (rc_ok(r))
		r = prepare(&run, e);
	if (rc_ok(r))
		r = sandbox_enter(&s->sandbox, &state, e);
	if (rc_ok(r)) {
		role_log(s->name, "ready; sandbox: seccomp %s, landlock %s, no new privileges %s",
			 state.seccomp ? "on" : "OFF", state.landlock ? "on" : "not in this kernel",
			 state.no_new_privs ? "on" : "OFF");
		r = loop_run(run.loop, e);
	}
	http_server_free(run.server);
	loop_free(run.loop);
	if (rc_ok(r) && run.failure.code != ERR_NONE) {
		*e = run.failure;
		return (rc){run.failure.code};
	}
	return r;
}

int role_main(int argc, char **argv)
{
	static const struct {
		const char *name;
		rc (*run)(const char *const args[ROLE_ARG_COUNT], struct err *e);
	} roles[] = {{"device", role_device},
		     {"public", role_public},
		     {"operator", role_operator},
		     {"timestamp", role_timestamp}};
	const char *args[ROLE_ARG_COUNT];
	struct err e = {0};
	if (argc != 2 + ROLE_ARG_COUNT) {
		(void)fprintf(stderr, "hallmark-fleet: roles are started by `hallmark-fleet serve`\n");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < ROLE_ARG_COUNT; i++)
		args[i] = argv[2 + i];
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		if (strcmp(argv[1], roles[i].name) != 0)
			continue;
		if (rc_ok(roles[i].run(args, &e)))
			return EXIT_OK;
		role_log(roles[i].name, "%s%s%s", e.text, e.hint[0] ? " - " : "", e.hint);
		return EXIT_FAILED;
	}
	(void)fprintf(stderr, "hallmark-fleet: there is no role \"%.32s\"\n", argv[1]);
	return EXIT_FAILED;
}
