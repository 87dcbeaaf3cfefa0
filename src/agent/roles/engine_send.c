/* SPDX-License-Identifier: Apache-2.0 */
/* What the device says to its service: check-ins, and signed statements until they are acknowledged. */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/codec/hex.h"
#include "host/os/chance.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define CALL_MS 30000
#define PREPARED "state/prepared.json"

/* ---- check-in ---- */

static void on_checkin(void *ctx, const struct engine_result *res)
{
	struct engine *en = ctx;
	struct checkin_answer a;
	struct err e = {0};
	if (res->code != ERR_NONE || res->status != 200) {
		if (res->code != ERR_NONE)
			hallmarkd_log("engine", "check-in: %s", res->text);
		else
			hallmarkd_log("engine", "check-in: the service answers %d", res->status);
		engine_step_failed(en, "network", res->retry_after_s);
		return;
	}
	if (rc_failed(checkin_answer_decode(res->answer, &a, &e))) {
		hallmarkd_log("engine", "%s", e.text);
		engine_step_failed(en, "network", 0);
		return;
	}
	(void)snprintf(en->nonce, sizeof en->nonce, "%s", a.nonce);
	en->last_contact = engine_now(en).wall;
	bool receipt_waits = false;
	for (size_t i = 0; i < en->outbox.n; i++)
		receipt_waits |= en->outbox.entries[i].kind == OUTBOX_RECEIPT;
	if (a.erase && !receipt_waits && rc_failed(ward_erase(en->ward, "service", engine_now(en), &e)))
		hallmarkd_log("engine", "erasing: %s", e.text);
	en->send_failures = 0;
	engine_send_outbox(en);
	(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_ANSWERED, .answer = &a});
}

rc engine_send_checkin(struct engine *en, struct err *e)
{
	CLEANUP(buf_done) struct buf body = {0};
	struct checkin_request q = {.counter = engine_running_counter(en), .slot = bootctl_letter(en->boot.booted)};
	const struct update_state *s = &en->update.state;
	(void)snprintf(q.version, sizeof q.version, "%s", engine_running_version(en));
	(void)snprintf(q.state, sizeof q.state, "%s", update_step_name(s->step));
	(void)snprintf(q.mode, sizeof q.mode, "%s", ward_mode_name(ward_mode(en->ward)));
	(void)snprintf(q.reason, sizeof q.reason, "%s", s->reason);
	(void)snprintf(q.failed_version, sizeof q.failed_version, "%s", s->failed_version);
	buf_init(&body, CHECKIN_MAX);
	rc r = checkin_request_encode(&q, &body, e);
	if (rc_failed(r))
		return r;
	struct engine_call call = {.post = true,
				   .update = true,
				   .path = "/v1/checkin",
				   .headers = "Content-Type: application/json\r\n",
				   .body = buf_view(&body),
				   .max = CHECKIN_MAX,
				   .deadline_ms = CALL_MS,
				   .end = on_checkin,
				   .ctx = en};
	return engine_net_call(en, &call, e);
}

/* ---- the outbox ---- */

static void on_retry(void *ctx, struct now now)
{
	struct engine *en = ctx;
	(void)now;
	en->sending = false;
	engine_send_outbox(en);
}

static void retry_later(struct engine *en, uint32_t wait_s)
{
	uint32_t chance = 0;
	struct err e = {0};
	rc r = chance_fill(&chance, sizeof chance, &e);
	int64_t own = update_backoff_ms(++en->send_failures, chance), asked = (int64_t)wait_s * 1000;
	if (rc_ok(r))
		r = loop_timer(en->loop, own > asked ? own : asked, on_retry, en, NULL, &e);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "outbox: %s", e.text);
		en->sending = false;
	}
}

struct sending {
	struct engine *en;
	uint64_t seq;
};

static void on_sent(void *ctx, const struct engine_result *res)
{
	MEM_AUTO struct sending *s = ctx;
	struct engine *en = s->en;
	struct err e = {0};
	bool taken = res->code == ERR_NONE && res->status >= 200 && res->status < 300;
	/* 408 and 429 mean "later"; the rest of 4xx means "never". */
	bool refused = res->code == ERR_NONE && res->status >= 400 && res->status < 500 && res->status != 408 &&
		       res->status != 429;
	if (!taken && !refused) {
		retry_later(en, res->retry_after_s);
		return;
	}
	if (refused)
		hallmarkd_log("engine", "outbox: the service refuses entry %llu with %d", (unsigned long long)s->seq,
			      res->status);
	if (rc_failed(outbox_remove(&en->outbox, s->seq, &e)))
		hallmarkd_log("engine", "outbox: %s", e.text);
	en->sending = false;
	en->send_failures = 0;
	engine_send_outbox(en);
}

static rc send_one(struct engine *en, size_t i, struct err *e)
{
	CLEANUP(buf_done) struct buf body = {0};
	const struct outbox_entry *entry = &en->outbox.entries[i];
	struct sending *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "outbox: out of memory");
	*s = (struct sending){.en = en, .seq = entry->seq};
	struct engine_call call = {.post = true,
				   .urgent = entry->kind == OUTBOX_ALERT,
				   .headers = "Content-Type: application/json\r\n",
				   .max = CHECKIN_MAX,
				   .deadline_ms = CALL_MS,
				   .end = on_sent,
				   .ctx = s};
	(void)snprintf(call.path, sizeof call.path, "/v1/%s", outbox_kind_name(entry->kind));
	buf_init(&body, ENVELOPE_MAX + 1);
	rc r = outbox_load(&en->outbox, i, &body, e);
	call.body = buf_view(&body);
	if (rc_ok(r))
		r = engine_net_call(en, &call, e);
	if (rc_failed(r))
		mem_free(s);
	return r;
}

void engine_send_outbox(struct engine *en)
{
	struct err e = {0};
	if (en->sending || en->outbox.n == 0)
		return;
	en->sending = true;
	if (rc_failed(send_one(en, outbox_next(en->outbox.entries, en->outbox.n), &e))) {
		hallmarkd_log("engine", "outbox: %s", e.text);
		retry_later(en, 0);
	}
}

rc engine_send_queue(struct engine *en, enum outbox_kind kind, struct bytes envelope, struct err *e)
{
	rc r = outbox_add(&en->outbox, kind, envelope, e);
	if (rc_ok(r))
		engine_send_outbox(en);
	return r;
}

/* ---- boot statements ---- */

static rc sign_statement(struct engine *en, const struct statement_boot *st, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = statement_boot_encode(st, &payload, e);
	return rc_ok(r) ? envelope_sign(&en->statement, STATEMENT_TYPE_BOOT, buf_view(&payload), out, e) : r;
}

static void begin_statement(struct engine *en, struct statement_boot *st)
{
	*st = (struct statement_boot){.time = engine_now(en).wall, .slot = bootctl_letter(en->boot.booted)};
	(void)snprintf(st->device, sizeof st->device, "%s", en->device.id);
	(void)snprintf(st->model, sizeof st->model, "%s", en->device.model);
	(void)snprintf(st->nonce, sizeof st->nonce, "%s", en->nonce);
	if (en->options->boot_id)
		(void)hex_decode(en->options->boot_id, st->boot, sizeof st->boot); /* checked with the options */
	memcpy(st->image_sha256, en->boot.image[en->boot.booted].sha256, SHA256_SIZE);
}

static rc make_confirmed(struct engine *en, const struct update_state *s, struct buf *out, struct err *e)
{
	struct statement_boot st;
	begin_statement(en, &st);
	(void)snprintf(st.version, sizeof st.version, "%s", s->release.version);
	st.counter = s->release.counter;
	st.outcome = STATEMENT_CONFIRMED;
	st.health_n = en->health.running ? 0 : en->health.n;
	memcpy(st.health, en->health.results, sizeof st.health);
	return sign_statement(en, &st, out, e);
}

rc engine_send_prepare(struct engine *en, const struct update_state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf envelope;
	buf_init(&envelope, ENVELOPE_MAX);
	rc r = make_confirmed(en, s, &envelope, e);
	return rc_ok(r) ? file_write_atomic(PREPARED, buf_view(&envelope), 0600, e) : r;
}

/* As it was prepared when the checks were good; if that was lost, what is known now. */
static rc tell_confirmed(struct engine *en, const struct update_state *s, struct buf *out, struct err *e)
{
	if (rc_ok(file_read(PREPARED, ENVELOPE_MAX, out, NULL)))
		return RC_OK;
	buf_reset(out);
	return make_confirmed(en, s, out, e);
}

static rc tell_reverted(struct engine *en, const struct update_state *s, struct buf *out, struct err *e)
{
	struct statement_boot st;
	begin_statement(en, &st);
	(void)snprintf(st.version, sizeof st.version, "%s", en->installed.version);
	(void)snprintf(st.failed_version, sizeof st.failed_version, "%s", s->failed_version);
	st.counter = en->installed.counter;
	st.outcome = STATEMENT_REVERTED;
	return sign_statement(en, &st, out, e);
}

rc engine_send_tell(struct engine *en, const struct update_state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf envelope;
	buf_init(&envelope, ENVELOPE_MAX + 1);
	rc r = s->step == UPDATE_CONFIRMED ? tell_confirmed(en, s, &envelope, e) : tell_reverted(en, s, &envelope, e);
	if (rc_ok(r))
		r = engine_send_queue(en, OUTBOX_STATEMENT, buf_view(&envelope), e);
	return rc_ok(r) ? file_remove(PREPARED, e) : r;
}
