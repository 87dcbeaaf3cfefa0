/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection's state machine: handshake, read a request, answer it, again. Every state has one deadline, set when
 * it is entered and not moved by traffic, so that a peer who drips bytes gains nothing. While an answer is being sent
 * nothing is read: that is the bound on memory. What the bytes mean is http_intake.c's.
 */
#include "host/net/http_conn.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/net/http_intake.h"
#include "host/net/http_response.h"
#include "host/net/wire.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define PIECE_BYTES 32768	 /* of a body or a file, per write */
#define READ_BYTES 16384	 /* per read: one TLS record */
#define STEPS_PER_TURN 32	 /* reads, writes and requests before others get their turn */
#define SEND_RATE_MIN 4096	 /* bytes a second that a receiver must keep up, on top of body_ms */
#define LINGER_MS 1000		 /* for the peer to read the last answer before the connection is gone */
#define LINGER_BYTES (256 * KIB) /* thrown away meanwhile */

enum conn_state { CONN_HANDSHAKE, CONN_READ, CONN_HELD, CONN_SEND, CONN_LINGER, CONN_ENDED };

/* What a step wants next. */
enum conn_wish { WISH_STEP, WISH_READ, WISH_WRITE, WISH_REST, WISH_END };

struct http_conn {
	struct http_conn *prev, *next, *held_next;
	const struct http_conn_env *env;
	struct wire *wire;
	struct loop_watch *watch;
	uint32_t events;
	struct http_peer peer;
	enum conn_state state;
	int64_t deadline_ms; /* monotonic */
	bool in_turn;	     /* its own code is running: nobody else may end it */

	struct buf in;
	enum http_intake_verdict phase; /* of CONN_READ */
	size_t request_bytes;		/* to drop from `in` after the answer */

	struct buf out; /* head, short body, piece of a file */
	size_t out_at;
	struct http_response resp; /* its body or file, while it is sent */
	size_t body_at;
	uint64_t file_at, file_left;
	bool close_after, is_head;
	size_t lingered;
};

static void set_deadline(struct http_conn *c, struct now now, int64_t ms)
{
	c->deadline_ms = now.mono.ms + ms;
}

static void enter_read(struct http_conn *c, struct now now)
{
	c->state = CONN_READ;
	c->phase = HTTP_INTAKE_EMPTY;
	set_deadline(c, now, c->env->config.idle_ms);
}

static void enter_linger(struct http_conn *c, struct now now)
{
	wire_finish(c->wire);
	c->state = CONN_LINGER;
	set_deadline(c, now, LINGER_MS);
}

static enum conn_wish wish_of(enum wire_state s)
{
	switch (s) {
	case WIRE_OK:
		return WISH_STEP;
	case WIRE_WANT_READ:
		return WISH_READ;
	case WIRE_WANT_WRITE:
		return WISH_WRITE;
	case WIRE_END:
	case WIRE_BROKEN:
		break;
	}
	return WISH_END;
}

/* Who is it? A verified certificate that has no readable name is nobody, and nobody is not served. */
static bool note_peer(struct http_conn *c)
{
	struct cert_info info = {0};
	if (!c->env->config.tls || !wire_peer_verified(c->wire))
		return true;
	if (rc_failed(wire_peer(c->wire, &info, NULL)))
		return false;
	(void)snprintf(c->peer.common_name, sizeof c->peer.common_name, "%s", info.common_name);
	(void)snprintf(c->peer.fingerprint, sizeof c->peer.fingerprint, "%s", info.fingerprint);
	c->peer.authenticated = true;
	cert_info_done(&info);
	return true;
}

static enum conn_wish step_handshake(struct http_conn *c, struct now now)
{
	enum wire_state s = wire_handshake(c->wire, NULL);
	if (s == WIRE_OK && note_peer(c)) {
		enter_read(c, now);
		return WISH_STEP;
	}
	if (s == WIRE_WANT_READ || s == WIRE_WANT_WRITE)
		return wish_of(s);
	enter_linger(c, now); /* let the alert arrive: closing with unread bytes would destroy it */
	return WISH_STEP;
}

/* Take c->resp as the answer: head and a short body into one write, the rest piece by piece. */
static void start_answer(struct http_conn *c, struct now now)
{
	struct http_response *r = &c->resp;
	if (!http_response_ok(r)) {
		http_response_done(r);
		http_response_init(r);
		http_response_text(r, 500, "text/plain", "500 the service made an unusable answer\n");
	}
	bool bare = c->is_head || !http_response_has_body(r);
	bool file = r->file_fd >= 0 && !bare;
	c->close_after = c->close_after || r->close || c->env->stopping;
	buf_reset(&c->out);
	c->out_at = 0;
	http_response_put_head(r, c->close_after, now.wall, &c->out);
	c->body_at = bare || file ? r->body.len : 0;
	c->file_at = r->file_offset;
	c->file_left = file ? r->file_length : 0;
	uint64_t left = c->file_left + r->body.len - c->body_at;
	if (!file && !bare && r->body.len <= PIECE_BYTES / 2) {
		buf_put(&c->out, buf_view(&r->body));
		c->body_at = r->body.len;
	}
	c->state = CONN_SEND;
	set_deadline(c, now, c->env->config.body_ms + (int64_t)(left / SEND_RATE_MIN * 1000));
}

static void refuse(struct http_conn *c, int status, struct now now)
{
	char text[64];
	(void)snprintf(text, sizeof text, "%d %s\n", status, http_status_text(status));
	http_response_init(&c->resp);
	http_response_text(&c->resp, status, "text/plain", text);
	c->close_after = true;
	c->request_bytes = c->in.len;
	c->is_head = false;
	start_answer(c, now);
}

static void serve(struct http_conn *c, const struct http_intake *i, struct now now)
{
	const struct http_server_config *config = &c->env->config;
	struct http_request req = {.head = &i->head, .body = i->body, .peer = &c->peer, .now = now};
	http_response_init(&c->resp);
	c->request_bytes = i->total;
	c->close_after = !i->head.keep_alive;
	c->is_head = i->head.method == HTTP_HEAD;
	config->handler(config->ctx, &req, &c->resp);
	if (!c->resp.hold || !config->settle) {
		start_answer(c, now);
		return;
	}
	c->state = CONN_HELD;
	c->env->held(c->env->ctx, c);
}

static void enter_phase(struct http_conn *c, enum http_intake_verdict v, struct now now)
{
	if (v == c->phase)
		return;
	c->phase = v;
	set_deadline(c, now, v == HTTP_INTAKE_BODY ? c->env->config.body_ms : c->env->config.head_ms);
}

static enum conn_wish step_read(struct http_conn *c, struct now now)
{
	struct http_intake intake;
	enum http_intake_verdict v = http_intake_step(buf_view(&c->in), c->env->config.body_max, &intake);
	if (v == HTTP_INTAKE_READY) {
		serve(c, &intake, now);
		return WISH_STEP;
	}
	if (v == HTTP_INTAKE_REFUSE) {
		refuse(c, intake.status, now);
		return WISH_STEP;
	}
	if (v == HTTP_INTAKE_EMPTY && c->env->stopping)
		return WISH_END;
	enter_phase(c, v, now);
	size_t room = http_intake_room(v, &intake, c->in.len), got = 0;
	if (room > READ_BYTES)
		room = READ_BYTES;
	uint8_t *at = room ? buf_room(&c->in, room) : NULL;
	if (!at)
		return WISH_END; /* out of memory: this peer goes, the others stay */
	enum wire_state s = wire_read(c->wire, at, room, &got, NULL);
	if (s == WIRE_OK)
		buf_grew(&c->in, got);
	else if (v == HTTP_INTAKE_EMPTY)
		buf_done(&c->in); /* an idle connection keeps no buffer */
	return wish_of(s);
}

/* The next bytes to write; empty when the answer is complete. False: the file is not what it was. */
static bool next_piece(struct http_conn *c, struct bytes *ret)
{
	if (c->out_at == c->out.len && c->file_left) {
		size_t want = c->file_left < PIECE_BYTES ? (size_t)c->file_left : PIECE_BYTES;
		buf_reset(&c->out);
		c->out_at = 0;
		uint8_t *at = buf_room(&c->out, want);
		ssize_t got = at ? pread(c->resp.file_fd, at, want, (off_t)c->file_at) : -1;
		if (got <= 0)
			return false;
		buf_grew(&c->out, (size_t)got);
		c->file_at += (uint64_t)got;
		c->file_left -= (uint64_t)got;
	}
	if (c->out_at < c->out.len) {
		*ret = bytes_of(c->out.data + c->out_at, c->out.len - c->out_at);
		return true;
	}
	size_t left = c->resp.body.len - c->body_at;
	*ret = bytes_of(left ? c->resp.body.data + c->body_at : NULL, left < PIECE_BYTES ? left : PIECE_BYTES);
	return true;
}

static enum conn_wish answered(struct http_conn *c, struct now now)
{
	http_response_done(&c->resp);
	buf_done_wiped(&c->out);
	if (c->close_after) {
		enter_linger(c, now);
		return WISH_STEP;
	}
	if (c->request_bytes < c->in.len)
		buf_drop(&c->in, c->request_bytes); /* the next request is here already */
	else
		buf_done_wiped(&c->in);
	enter_read(c, now);
	/* Mostly the next request is not here yet, and asking the socket for it would be a call for nothing. */
	return c->in.len == 0 && !c->env->stopping && !wire_has_more(c->wire) ? WISH_READ : WISH_STEP;
}

static enum conn_wish step_send(struct http_conn *c, struct now now)
{
	struct bytes piece = {0};
	size_t put = 0;
	if (!next_piece(c, &piece))
		return WISH_END; /* promised length cannot be kept: cutting tells the client so */
	if (piece.n == 0)
		return answered(c, now);
	enum wire_state s = wire_write(c->wire, piece, &put, NULL);
	if (s != WIRE_OK)
		return wish_of(s);
	if (c->out_at < c->out.len)
		c->out_at += put;
	else
		c->body_at += put;
	return WISH_STEP;
}

static enum conn_wish step_linger(struct http_conn *c)
{
	uint8_t waste[4096];
	ssize_t n = recv(wire_fd(c->wire), waste, sizeof waste, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? WISH_READ : WISH_END;
	c->lingered += (size_t)n;
	return n == 0 || c->lingered > LINGER_BYTES ? WISH_END : WISH_STEP;
}

static enum conn_wish step(struct http_conn *c, struct now now)
{
	switch (c->state) {
	case CONN_HANDSHAKE:
		return step_handshake(c, now);
	case CONN_READ:
		return step_read(c, now);
	case CONN_HELD:
		return WISH_REST;
	case CONN_SEND:
		return step_send(c, now);
	case CONN_LINGER:
		return step_linger(c);
	case CONN_ENDED:
		break;
	}
	return WISH_END;
}

static void end(struct http_conn *c)
{
	c->state = CONN_ENDED;
	c->env->ended(c->env->ctx, c);
}

/* Steps until there is nothing to do, or until `last` is entered. */
static void turn(struct http_conn *c, enum conn_state last, struct now now)
{
	enum conn_wish wish = WISH_STEP;
	c->in_turn = true;
	for (int i = 0; wish == WISH_STEP && i < STEPS_PER_TURN && c->state != last; i++)
		wish = step(c, now);
	c->in_turn = false;
	if (c->state == CONN_HELD && wish != WISH_END)
		return;
	/* Still willing: a writable socket calls us back at once, after the others. */
	uint32_t events = wish == WISH_READ ? EPOLLIN : EPOLLOUT;
	if (wish != WISH_END && events != c->events) {
		c->events = events;
		if (rc_failed(loop_change_fd(c->env->config.loop, c->watch, events, NULL)))
			wish = WISH_END;
	}
	if (wish == WISH_END)
		end(c);
}

static void on_socket(void *ctx, uint32_t events, struct now now)
{
	(void)events;
	turn(ctx, CONN_ENDED, now);
}

rc http_conn_new(const struct http_conn_env *env, int fd, const char *address, struct http_conn **ret, struct err *e)
{
	struct http_conn *c = mem_alloc(sizeof *c);
	if (!c) {
		(void)close(fd);
		return err_set(e, ERR_MEMORY, "connection: out of memory");
	}
	c->env = env;
	c->resp.file_fd = -1;
	buf_init(&c->in, HTTP_HEAD_MAX + env->config.body_max);
	buf_init(&c->out, HTTP_RESPONSE_HEAD_MAX + PIECE_BYTES);
	(void)snprintf(c->peer.address, sizeof c->peer.address, "%s", address);
	set_deadline(c, clock_now(), env->config.handshake_ms);
	rc r = wire_new(fd, env->config.tls, NULL, &c->wire, e);
	if (rc_failed(r)) {
		(void)close(fd);
		mem_free(c);
		return r;
	}
	c->events = EPOLLIN;
	r = loop_watch_fd(env->config.loop, fd, c->events, on_socket, c, &c->watch, e);
	if (rc_failed(r)) {
		http_conn_free(c); /* closes fd */
		return r;
	}
	*ret = c;
	return RC_OK;
}

void http_conn_free(struct http_conn *c)
{
	if (!c)
		return;
	loop_remove(c->env->config.loop, c->watch);
	wire_free(c->wire);
	http_response_done(&c->resp);
	buf_done_wiped(&c->in);
	buf_done_wiped(&c->out);
	mem_free(c);
}

const char *http_conn_address(const struct http_conn *c)
{
	return c->peer.address;
}

bool http_conn_idle(const struct http_conn *c, int64_t *ret_since)
{
	*ret_since = c->deadline_ms;
	return c->state == CONN_READ && c->phase == HTTP_INTAKE_EMPTY && !c->in_turn;
}

void http_conn_expire(struct http_conn *c, struct now now)
{
	if (c->in_turn || c->state == CONN_HELD || now.mono.ms < c->deadline_ms)
		return;
	if (c->state == CONN_READ && c->phase != HTTP_INTAKE_EMPTY) {
		refuse(c, 408, now);
		turn(c, CONN_ENDED, now);
		return;
	}
	end(c);
}

void http_conn_release(struct http_conn *c, const struct http_response *instead, struct now now)
{
	if (instead) {
		http_response_done(&c->resp);
		http_response_init(&c->resp);
		c->resp.status = instead->status;
		c->resp.close = instead->close;
		buf_put(&c->resp.headers, buf_view(&instead->headers));
		buf_put(&c->resp.body, buf_view(&instead->body));
	}
	start_answer(c, now);
	turn(c, CONN_READ, now);
}

void http_conn_held_push(struct http_conn **first, struct http_conn *c)
{
	c->held_next = *first;
	*first = c;
}

struct http_conn *http_conn_held_pop(struct http_conn **first)
{
	struct http_conn *c = *first;
	if (c)
		*first = c->held_next;
	return c;
}

struct http_conn *http_conn_next(const struct http_conn *c)
{
	return c->next;
}

void http_conn_link(struct http_conn **first, struct http_conn *c)
{
	c->prev = NULL;
	c->next = *first;
	if (*first)
		(*first)->prev = c;
	*first = c;
}

void http_conn_unlink(struct http_conn **first, struct http_conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		*first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->prev = c->next = NULL;
}
