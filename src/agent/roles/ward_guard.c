/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ward's conversation with the guard process, and the actions that guard_state decides on: record, firewall, alert.
 * The record is written before anything else, so that an isolation outlives whatever happens next.
 */
#include <stdio.h>

#include "agent/roles/ward_state.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define RECORD_MODE 0600

static rc record_path(const struct ward *w, char ret[FILE_PATH_MAX], struct err *e)
{
	return file_path(ret, e, w->config.device_dir, "state/guard.json");
}

rc ward_guard_load(struct ward *w, struct now now, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	struct err why = {0};
	char path[FILE_PATH_MAX];
	buf_init(&text, GUARD_JSON_MAX);
	rc r = record_path(w, path, e);
	if (rc_failed(r) || !file_exists(path))
		return r;
	r = file_read(path, GUARD_JSON_MAX - 1, &text, &why);
	if (rc_ok(r))
		r = guard_state_decode(buf_view(&text), &w->guard, &why);
	if (rc_failed(r)) {
		ward_say("state/guard.json cannot be used; isolated until a clean scan", &why);
		guard_state_damaged(&w->guard, now);
	}
	return RC_OK;
}

static void save(struct ward *w)
{
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	char path[FILE_PATH_MAX];
	buf_init(&text, GUARD_JSON_MAX);
	rc r = guard_state_encode(&w->guard, &text, &e);
	if (rc_ok(r))
		r = record_path(w, path, &e);
	if (rc_ok(r))
		r = file_write_atomic(path, buf_view(&text), RECORD_MODE, &e);
	if (rc_failed(r)) /* go on: cutting the network off matters more than remembering why */
		ward_say("the guard's record could not be written", &e);
}

static bool queue_alert(struct ward *w, struct now now)
{
	CLEANUP(buf_done) struct buf payload;
	struct err e = {0};
	MEM_AUTO struct statement_alert *a = mem_alloc(sizeof *a);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	if (!a)
		return false;
	a->time = now.wall;
	a->seq = w->guard.seq;
	(void)snprintf(a->device, sizeof a->device, "%s", w->config.device);
	(void)snprintf(a->mode, sizeof a->mode, "%s", guard_state_mode_name(w->guard.alert_mode));
	(void)snprintf(a->cause, sizeof a->cause, "%s", w->guard.cause);
	for (; a->paths_n < w->guard.findings_n && a->paths_n < STATEMENT_PATHS_MAX; a->paths_n++)
		(void)snprintf(a->paths[a->paths_n], sizeof a->paths[0], "%s", w->guard.findings[a->paths_n].path);
	rc r = statement_alert_encode(a, &payload, &e);
	if (rc_ok(r))
		r = ward_queue(w, "alerts", STATEMENT_TYPE_ALERT, &payload, NULL, &e);
	if (rc_failed(r))
		ward_say("an alert could not be queued; tried again after the next scan", &e);
	return rc_ok(r);
}

static void look_again(struct ward *w, uint32_t index)
{
	CLEANUP(buf_done) struct buf out;
	struct ward_guard_message m = {.kind = WARD_GUARD_LOOK, .generation = w->generation, .index = index};
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	ward_messages_put_guard(&m, &out);
	ward_post(w, &w->guard_peer, WARD_GUARD_LOOK, &out);
}

static unsigned do_actions(struct ward *w, unsigned acts, struct now now)
{
	struct err e = {0};
	unsigned more = 0;
	if (acts & GUARD_ACT_SAVE)
		save(w);
	if (acts & GUARD_ACT_FIREWALL) {
		struct guard_event cut = {.kind = GUARD_EV_CUT};
		if (rc_failed(w->config.ops.firewall(w->config.ops.ctx, ward_mode(w), &e)))
			ward_say("the firewall of the new mode was not loaded", &e);
		else
			more |= guard_state_step(&w->guard, &cut, now);
	}
	if (acts & GUARD_ACT_ALERT && queue_alert(w, now)) {
		struct guard_event queued = {.kind = GUARD_EV_ALERT_QUEUED};
		more |= guard_state_step(&w->guard, &queued, now);
	}
	return more;
}

unsigned ward_guard_step(struct ward *w, const struct guard_event *ev, struct now now)
{
	enum guard_mode before = w->guard.mode;
	unsigned acts = guard_state_step(&w->guard, ev, now);
	unsigned more = do_actions(w, acts, now);
	if (more & GUARD_ACT_SAVE)
		save(w);
	if (w->guard.mode != before)
		(void)fprintf(stderr, "hallmarkd ward: mode %s -> %s\n", guard_state_mode_name(before),
			      guard_state_mode_name(w->guard.mode));
	return acts;
}

static void on_silence(void *ctx, struct now now)
{
	struct ward *w = ctx;
	struct guard_event ev = {.kind = GUARD_EV_TICK};
	w->silence = NULL;
	(void)ward_guard_step(w, &ev, now);
	ward_guard_time(w, now);
}

void ward_guard_time(struct ward *w, struct now now)
{
	struct err e = {0};
	int64_t after_ms = guard_state_silence_ms(&w->guard, now.mono);
	loop_remove(w->config.loop, w->silence);
	w->silence = NULL;
	if (after_ms >= 0 && rc_failed(loop_timer(w->config.loop, after_ms, on_silence, w, &w->silence, &e)))
		ward_say("the guard's silence would not be noticed", &e);
}

void ward_guard_policy(struct ward *w)
{
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	if (!w->policy || !w->guard_peer.hello)
		return;
	struct ward_guard_message m = {.kind = WARD_GUARD_POLICY,
				       .generation = w->generation,
				       .period_s = w->policy->scan_period_s,
				       .total = (uint32_t)w->policy->protect_n};
	ward_messages_put_guard(&m, &out);
	ward_post(w, &w->guard_peer, WARD_GUARD_POLICY, &out);
}

/* The guard asks for its files batch by batch, so that neither side ever waits for the other. */
static void send_reference(struct ward *w, uint32_t index)
{
	CLEANUP(buf_done) struct buf out;
	MEM_AUTO struct ward_guard_message *m = mem_alloc(sizeof *m);
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	if (!m)
		return;
	m->kind = WARD_GUARD_REFERENCE;
	m->generation = w->generation;
	m->index = index;
	while (m->files_n < WARD_REFERENCE_BATCH && index + m->files_n < w->policy->protect_n) {
		const struct policy_protected *p = &w->policy->protect[index + m->files_n];
		struct scan_file *f = &m->files[m->files_n++];
		(void)snprintf(f->path, sizeof f->path, "%s", p->path);
		memcpy(f->sha256, p->sha256, SHA256_SIZE);
		f->mode = p->mode;
	}
	ward_messages_put_guard(m, &out);
	ward_post(w, &w->guard_peer, WARD_GUARD_REFERENCE, &out);
}

static void on_look(struct ward *w, const struct ward_guard_message *m, struct now now)
{
	struct guard_event ev = {.kind = m->kind == WARD_GUARD_FINDING ? GUARD_EV_FINDING : GUARD_EV_REREAD,
				 .boot = w->boot,
				 .finding.what = m->what};
	(void)snprintf(ev.finding.path, sizeof ev.finding.path, "%s", w->policy->protect[m->index].path);
	if (ward_guard_step(w, &ev, now) & GUARD_ACT_REREAD)
		look_again(w, m->index);
}

static void on_pass(struct ward *w, const struct ward_guard_message *m, struct now now)
{
	/* A pass that did not look at everything proves nothing. */
	if (m->checked != w->policy->protect_n)
		return;
	w->pass = (struct ward_pass){true, m->checked, m->wrong, m->unreadable, m->ms, now.wall};
	struct guard_event ev = {.kind = GUARD_EV_PASS,
				 .boot = w->boot,
				 .checked = m->checked,
				 .wrong = m->wrong,
				 .unreadable = m->unreadable};
	(void)ward_guard_step(w, &ev, now);
}

/* False if the guard may not say this. */
static bool handle(struct ward *w, const struct ward_guard_message *m, struct now now)
{
	if (m->kind == WARD_GUARD_HELLO) {
		w->guard_peer.hello = true;
		w->guard_peer.sandbox = m->sandbox;
		ward_guard_policy(w);
		return true;
	}
	if (!w->policy || m->generation > w->generation)
		return false;
	if (m->generation != w->generation)
		return true; /* about reference values that were replaced meanwhile */
	switch (m->kind) {
	case WARD_GUARD_NEED:
		if (m->index >= w->policy->protect_n)
			return false;
		send_reference(w, m->index);
		return true;
	case WARD_GUARD_FINDING:
	case WARD_GUARD_REREAD:
		if (m->index >= w->policy->protect_n)
			return false;
		on_look(w, m, now);
		return true;
	case WARD_GUARD_PASS:
		on_pass(w, m, now);
		return true;
	case WARD_GUARD_HELLO:
	case WARD_GUARD_POLICY:
	case WARD_GUARD_REFERENCE:
	case WARD_GUARD_LOOK:
		break;
	}
	return false;
}

void ward_guard_ready(void *ctx, uint32_t events, struct now now)
{
	struct ward *w = ctx;
	struct err e = {0};
	uint16_t kind;
	(void)events;
	MEM_AUTO struct ward_guard_message *m = mem_alloc(sizeof *m);
	rc r = m ? channel_receive(w->guard_peer.fd, 0, &kind, &w->message, &e) : err_set(&e, ERR_MEMORY, "memory");
	if (rc_ok(r))
		r = ward_messages_get_guard(kind, buf_view(&w->message), m, &e);
	if (rc_failed(r))
		ward_cut(w, &w->guard_peer, "guard", e.text);
	else if (!handle(w, m, now))
		ward_cut(w, &w->guard_peer, "guard", "it said something out of turn");
}
