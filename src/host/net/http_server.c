/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected: accepting, shedding, the sweep of deadlines, stopping. One connection's life is http_conn.c's. Full
 * up, the longest idle connection makes room; if none is idle, the newcomer is turned away before a handshake is spent
 * on it.
 */
#include "host/net/http_server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "host/net/http_conn.h"
#include "host/net/http_response.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define HANDSHAKE_MS 5000
#define HEAD_MS 5000
#define BODY_MS 30000
#define IDLE_MS 60000
#define SWEEP_MS_MIN 5
#define SWEEP_MS_MAX 250
#define ACCEPTS_PER_TURN 32

struct http_server {
	struct http_conn_env env;
	struct loop_watch *listener, *sweeper, *farewell, *settler;
	struct http_conn *conns, *held;
	size_t conns_n;
	int64_t sweep_ms;
	bool paused; /* out of descriptors: not accepting until the next sweep */
};

static struct loop *loop_of(const struct http_server *s)
{
	return s->env.config.loop;
}

static void on_farewell(void *ctx, struct now now)
{
	struct http_server *s = ctx;
	(void)now;
	s->farewell = NULL;
	s->env.config.drained(s->env.config.ctx);
}

/* At the next turn, so that the owner may free the server in the call. */
static void say_farewell(struct http_server *s)
{
	if (s->env.stopping && s->conns_n == 0 && !s->farewell && s->env.config.drained)
		(void)rc_ok(loop_timer(loop_of(s), 0, on_farewell, s, &s->farewell, NULL));
}

static void drop(struct http_server *s, struct http_conn *c)
{
	http_conn_unlink(&s->conns, c);
	http_conn_free(c);
	s->conns_n--;
	say_farewell(s);
}

static void on_ended(void *ctx, struct http_conn *c)
{
	drop(ctx, c);
}

static void on_sweep(void *ctx, struct now now);

static void need_sweep(struct http_server *s)
{
	if (!s->sweeper && (s->conns_n > 0 || s->paused))
		(void)rc_ok(loop_timer(loop_of(s), s->sweep_ms, on_sweep, s, &s->sweeper, NULL));
}

static void pause_accept(struct http_server *s, bool pause)
{
	s->paused = pause;
	if (s->listener)
		(void)rc_ok(loop_change_fd(loop_of(s), s->listener, pause ? 0 : EPOLLIN, NULL));
}

static void on_sweep(void *ctx, struct now now)
{
	struct http_server *s = ctx;
	struct http_conn *next;
	s->sweeper = NULL;
	for (struct http_conn *c = s->conns; c; c = next) {
		next = http_conn_next(c);
		http_conn_expire(c, now);
	}
	if (s->paused)
		pause_accept(s, false);
	need_sweep(s);
}

static bool make_room(struct http_server *s)
{
	struct http_conn *oldest = NULL;
	int64_t first = 0, since;
	if (s->conns_n < s->env.config.connections_max)
		return true;
	for (struct http_conn *c = s->conns; c; c = http_conn_next(c)) {
		/* "<=": the list begins with the newest, and a millisecond holds many. */
		if (http_conn_idle(c, &since) && (!oldest || since <= first)) {
			oldest = c;
			first = since;
		}
	}
	if (!oldest)
		return false;
	drop(s, oldest);
	return true;
}

/* One address does not get all the places. */
static bool address_full(const struct http_server *s, const char *address)
{
	size_t n = 0;
	if (s->env.config.address_max == 0)
		return false;
	for (const struct http_conn *c = s->conns; c; c = http_conn_next(c))
		n += strcmp(http_conn_address(c), address) == 0;
	return n >= s->env.config.address_max;
}

static void name_peer(const struct sockaddr_storage *at, socklen_t n, char *out, socklen_t size)
{
	if (at->ss_family == AF_UNIX ||
	    getnameinfo((const struct sockaddr *)at, n, out, size, NULL, 0, NI_NUMERICHOST) != 0)
		(void)snprintf(out, size, "%s", at->ss_family == AF_UNIX ? "unix" : "unknown");
}

static void welcome(struct http_server *s, int fd, const struct sockaddr_storage *at, socklen_t n)
{
	struct http_conn *c = NULL;
	char address[64] = "";
	int yes = 1;
	name_peer(at, n, address, sizeof address);
	if (address_full(s, address) || !make_room(s)) {
		(void)close(fd);
		return;
	}
	if (at->ss_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (rc_failed(http_conn_new(&s->env, fd, address, &c, NULL)))
		return; /* out of memory: the newcomer is turned away, the others stay */
	http_conn_link(&s->conns, c);
	s->conns_n++;
	need_sweep(s);
}

static void on_listener(void *ctx, uint32_t events, struct now now)
{
	struct http_server *s = ctx;
	(void)events, (void)now;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct sockaddr_storage at = {0};
		socklen_t n = sizeof at;
		int fd = accept4(s->env.config.listen_fd, (struct sockaddr *)&at, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			welcome(s, fd, &at, n);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* Level-triggered: without a pause the loop would spin on what it cannot take. */
			pause_accept(s, true);
			need_sweep(s);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void on_held(void *ctx, struct http_conn *c)
{
	struct http_server *s = ctx;
	http_conn_held_push(&s->held, c);
}

/* One settlement for all that were held in this turn, then their answers. */
static void on_turn_end(void *ctx, struct now now)
{
	struct http_server *s = ctx;
	struct http_response failure;
	if (!s->held)
		return;
	http_response_init(&failure);
	failure.status = 503;
	bool settled = s->env.config.settle(s->env.config.ctx, &failure);
	for (struct http_conn *c; (c = http_conn_held_pop(&s->held));)
		http_conn_release(c, settled ? NULL : &failure, now);
	http_response_done(&failure);
}

static int64_t or_default(int64_t ms, int64_t fallback)
{
	return ms > 0 ? ms : fallback;
}

static int64_t sweep_period(const struct http_server_config *c)
{
	int64_t least = c->handshake_ms;
	least = c->head_ms < least ? c->head_ms : least;
	least = c->body_ms < least ? c->body_ms : least;
	least = c->idle_ms < least ? c->idle_ms : least;
	least /= 4;
	if (least < SWEEP_MS_MIN)
		return SWEEP_MS_MIN;
	return least > SWEEP_MS_MAX ? SWEEP_MS_MAX : least;
}

rc http_server_new(const struct http_server_config *c, struct http_server **ret, struct err *e)
{
	if (!c->loop || !c->handler || c->listen_fd < 0 || c->connections_max == 0)
		return err_set(e, ERR_INPUT, "HTTP server: loop, handler, socket and connections_max are needed");
	struct http_server *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "HTTP server: out of memory");
	s->env = (struct http_conn_env){.config = *c, .ended = on_ended, .held = on_held, .ctx = s};
	struct http_server_config *own = &s->env.config;
	own->handshake_ms = or_default(c->handshake_ms, HANDSHAKE_MS);
	own->head_ms = or_default(c->head_ms, HEAD_MS);
	own->body_ms = or_default(c->body_ms, BODY_MS);
	own->idle_ms = or_default(c->idle_ms, IDLE_MS);
	s->sweep_ms = sweep_period(own);
	rc r = loop_watch_fd(c->loop, c->listen_fd, EPOLLIN, on_listener, s, &s->listener, e);
	if (rc_ok(r) && c->settle)
		r = loop_each_turn(c->loop, on_turn_end, s, &s->settler, e);
	if (rc_failed(r)) {
		loop_remove(c->loop, s->listener);
		mem_free(s);
		return err_wrap(e, "HTTP server");
	}
	*ret = s;
	return RC_OK;
}

size_t http_server_connections(const struct http_server *s)
{
	return s->conns_n;
}

void http_server_stop(struct http_server *s)
{
	struct http_conn *next;
	int64_t since;
	if (s->env.stopping)
		return;
	s->env.stopping = true;
	loop_remove(loop_of(s), s->listener);
	s->listener = NULL;
	file_close(&s->env.config.listen_fd); /* newcomers are refused at once, not left waiting */
	for (struct http_conn *c = s->conns; c; c = next) {
		next = http_conn_next(c);
		if (http_conn_idle(c, &since))
			drop(s, c);
	}
	say_farewell(s);
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	while (s->conns) {
		struct http_conn *c = s->conns;
		http_conn_unlink(&s->conns, c);
		http_conn_free(c);
	}
	loop_remove(loop_of(s), s->listener);
	loop_remove(loop_of(s), s->sweeper);
	loop_remove(loop_of(s), s->farewell);
	loop_remove(loop_of(s), s->settler);
	file_close(&s->env.config.listen_fd);
	mem_free(s);
}
