/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the service: a queue in the engine, one call at a time in the net role. Also signs the handshakes of that
 * role, whose key never leaves this process. That role may be captured: it is never waited for.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define JOBS_MAX 16
#define PEM_MAX 12288
#define GRACE_MS 90000 /* beyond a call's own deadline: then the net role hangs */

struct engine_job {
	struct engine_job *next;
	struct engine_call call;
	uint32_t id;
	struct buf body, answer;
	bool cancelled, dropped;
	struct err why; /* of the cancellation */
};

static void job_free(struct engine_job *j)
{
	buf_done(&j->body);
	buf_done(&j->answer);
	mem_free(j);
}

/* The one that runs is refused its next piece, and ends for nobody; the others never begin. */
void engine_net_drop(struct engine *en)
{
	struct engine_job **at = &en->net.first;
	if (*at && en->net.running) {
		if ((*at)->call.update)
			(*at)->dropped = true;
		at = &(*at)->next;
	}
	while (*at) {
		struct engine_job *j = *at;
		if (!j->call.update) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		job_free(j);
	}
}

void engine_net_done(struct engine *en)
{
	while (en->net.first) {
		struct engine_job *j = en->net.first;
		en->net.first = j->next;
		job_free(j);
	}
}

/* ---- starting a call ---- */

static void on_deadline(void *ctx, struct now now)
{
	struct engine *en = ctx;
	(void)now;
	en->net.deadline = NULL;
	hallmarkd_log("engine", "the net role does not answer");
	engine_end(en, HALLMARKD_FAILED);
}

static void put_call(const struct engine_job *j, struct buf *b)
{
	buf_put_u32(b, j->id);
	if (j->call.probe) {
		buf_put_u16(b, j->call.port);
		buf_put_u32(b, j->call.deadline_ms);
		return;
	}
	buf_put_u8(b, j->call.post);
	buf_put_u32(b, j->call.deadline_ms);
	buf_put_u32(b, j->call.max);
	channel_put_text(b, j->call.path);
	channel_put_text(b, j->call.headers);
	buf_put(b, buf_view(&j->body));
}

static rc start_first(struct engine *en, struct err *e)
{
	struct engine_job *j = en->net.first;
	if (!j || en->net.running)
		return RC_OK;
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	j->id = ++en->net.last_id;
	put_call(j, &b);
	rc r = buf_check(&b, "call", e);
	if (rc_ok(r))
		r = channel_post(en->net.fd, j->call.probe ? NET_PROBE : NET_CALL, buf_view(&b), e);
	if (rc_ok(r))
		r = loop_timer(en->loop, (int64_t)j->call.deadline_ms + GRACE_MS, on_deadline, en, &en->net.deadline,
			       e);
	en->net.running = rc_ok(r);
	return r;
}

rc engine_net_call(struct engine *en, const struct engine_call *call, struct err *e)
{
	size_t n = 0;
	struct engine_job **at = &en->net.first;
	for (const struct engine_job *j = en->net.first; j; j = j->next)
		n++;
	if (n >= JOBS_MAX)
		return err_set(e, ERR_BUSY, "more than %d calls are waiting", JOBS_MAX);
	struct engine_job *j = mem_alloc(sizeof *j);
	if (!j)
		return err_set(e, ERR_MEMORY, "call: out of memory");
	j->call = *call;
	buf_init(&j->body, MESSAGES_BODY_MAX);
	buf_init(&j->answer, call->max);
	buf_put(&j->body, call->body);
	rc r = buf_check(&j->body, "request", e);
	if (rc_failed(r)) {
		job_free(j);
		return r;
	}
	if (*at && en->net.running)
		at = &(*at)->next;
	while (*at && !call->urgent)
		at = &(*at)->next;
	j->next = *at;
	*at = j;
	return start_first(en, e);
}

/* ---- what the net role says ---- */

static rc nonsense(struct err *e)
{
	return err_set(e, ERR_INPUT, "malformed message from the net role");
}

static rc on_data(struct engine *en, struct cur *c, struct err *e)
{
	struct engine_job *j = en->net.first;
	uint32_t id = cur_u32(c);
	struct bytes piece = cur_take(c, cur_left(c));
	CLEANUP(buf_done) struct buf b = {0};
	if (!cur_ok(c) || !en->net.running || j->call.probe || id != j->id || j->cancelled || piece.n == 0 ||
	    piece.n > MESSAGES_CHUNK_MAX)
		return nonsense(e);
	rc r;
	if (j->dropped) {
		r = err_set(&j->why, ERR_WRONG_STATE, "nobody waits for it any more");
	} else if (j->call.data) {
		r = j->call.data(j->call.ctx, piece, &j->why);
	} else {
		buf_put(&j->answer, piece);
		r = buf_check(&j->answer, "answer of the service", &j->why);
	}
	j->cancelled = rc_failed(r);
	buf_init(&b, sizeof id);
	buf_put_u32(&b, id);
	return channel_post(en->net.fd, j->cancelled ? NET_CANCEL : NET_MORE, buf_view(&b), e);
}

static rc on_end(struct engine *en, struct cur *c, struct err *e)
{
	struct engine_job *j = en->net.first;
	char text[MESSAGES_TEXT_MAX + 1];
	uint32_t id = cur_u32(c);
	struct engine_result res = {.code = (enum err_code)cur_u8(c)};
	res.status = cur_u16(c);
	res.retry_after_s = cur_u32(c);
	channel_get_text(c, text, sizeof text);
	if (!cur_ok(c) || !en->net.running || id != j->id || res.code >= ERR_CODE_COUNT)
		return nonsense(e);
	res.text = text;
	if (j->cancelled) {
		res.code = j->why.code;
		res.text = j->why.text;
	}
	res.answer = buf_view(&j->answer);
	en->net.first = j->next;
	en->net.running = false;
	loop_remove(en->loop, en->net.deadline);
	en->net.deadline = NULL;
	if (!j->dropped)
		j->call.end(j->call.ctx, &res);
	job_free(j);
	return start_first(en, e);
}

static rc on_sign(struct engine *en, struct cur *c, struct err *e)
{
	struct bytes digest = cur_take(c, SHA256_SIZE);
	CLEANUP(buf_done) struct buf b = {0};
	struct err why = {0};
	if (!cur_ok(c) || !en->net.running)
		return nonsense(e);
	buf_init(&b, KEY_SIGNATURE_MAX + 1);
	buf_put_u8(&b, 1);
	if (rc_failed(privkey_sign_digest(&en->tls_key, digest.p, &b, &why))) {
		hallmarkd_log("engine", "handshake: %s", why.text);
		buf_reset(&b);
		buf_put_u8(&b, 0);
	}
	return channel_post(en->net.fd, NET_SIGNATURE, buf_view(&b), e);
}

static rc on_ready(struct engine *en, struct cur *c, struct err *e)
{
	en->net.sandbox_bits = cur_u8(c);
	return cur_ok(c) ? RC_OK : nonsense(e);
}

static void on_net(void *ctx, uint32_t events, struct now now)
{
	struct engine *en = ctx;
	struct err e = {0};
	uint16_t type = 0;
	CLEANUP(buf_done) struct buf message;
	(void)events, (void)now;
	buf_init(&message, CHANNEL_PAYLOAD_MAX);
	rc r = channel_receive(en->net.fd, 0, &type, &message, &e);
	if (r.code == ERR_TIMEOUT)
		return;
	struct cur c = cur_of(buf_view(&message));
	if (rc_ok(r))
		r = type == NET_DATA	? on_data(en, &c, &e)
		    : type == NET_END	? on_end(en, &c, &e)
		    : type == NET_SIGN	? on_sign(en, &c, &e)
		    : type == NET_READY ? on_ready(en, &c, &e)
					: nonsense(&e);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "net role: %s", e.text);
		engine_end(en, HALLMARKD_FAILED);
	}
}

/* ---- start ---- */

static rc put_file(struct buf *b, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, PEM_MAX + 1);
	rc r = file_read(path, PEM_MAX, &pem, e);
	if (rc_ok(r))
		channel_put_text(b, buf_text(&pem));
	return r;
}

rc engine_net_start(struct engine *en, struct err *e)
{
	struct loop_watch *w;
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	buf_put_u64(&b, (uint64_t)en->floor.s);
	buf_put_u16(&b, en->device.service_port);
	channel_put_text(&b, en->device.service_host);
	rc r = put_file(&b, "factory/tls.pem", e);
	if (rc_ok(r))
		r = put_file(&b, "factory/service-ca.pem", e);
	if (rc_ok(r))
		r = buf_check(&b, "configuration of the net role", e);
	if (rc_ok(r))
		r = channel_post(en->net.fd, NET_CONFIG, buf_view(&b), e);
	return rc_ok(r) ? loop_watch_fd(en->loop, en->net.fd, EPOLLIN, on_net, en, &w, e) : r;
}
