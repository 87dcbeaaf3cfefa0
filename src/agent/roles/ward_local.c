/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ward's answers to the process that serves the owner's page. That process reads forms from the network and is
 * believed nothing: passwords are checked here, sessions are kept here, and an action needs a live session and the
 * value that only its own pages carry.
 */
#include <stdio.h>

#include "agent/roles/ward_state.h"
#include "core/codec/hex.h"
#include "host/os/chance.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

/* One request and what is being answered; `data` lives until the answer is sent. */
struct turn {
	struct ward *w;
	struct ward_local_request *req;
	struct ward_local_answer *ans;
	struct buf data;
	struct now now;
};

static void put_data(struct turn *t, rc r, const char *what, const struct err *e)
{
	t->ans->result = rc_ok(r) ? WARD_DONE : r.code == ERR_MISSING ? WARD_NOTHING : WARD_FAILED;
	if (t->ans->result == WARD_FAILED)
		ward_say(what, e);
	t->ans->data = rc_ok(r) ? buf_view(&t->data) : (struct bytes){0};
}

static void on_hello(struct turn *t)
{
	struct err e = {0};
	t->w->local_peer.hello = true;
	t->w->local_peer.sandbox = t->req->sandbox;
	buf_put(&t->data, buf_view(&t->w->page_cert));
	put_data(t, buf_check(&t->data, "certificate", &e), "page certificate", &e);
}

static void on_sign(struct turn *t)
{
	struct err e = {0};
	put_data(t, privkey_sign_digest(t->w->config.page_key, t->req->digest, &t->data, &e), "page handshake", &e);
}

static void fill_front(const struct ward *w, struct page_front *f)
{
	f->mode = (enum page_mode)w->guard.mode;
	f->unwatched = w->guard.silent;
	(void)snprintf(f->product, sizeof f->product, "%.128s", w->policy ? w->policy->product : w->config.model);
	(void)snprintf(f->isolated_text, sizeof f->isolated_text, "%.256s",
		       w->policy && w->policy->isolated_text ? w->policy->isolated_text : "");
}

static void on_front(struct turn *t)
{
	fill_front(t->w, &t->ans->front);
	t->ans->result = WARD_DONE;
}

/* Check the password; on success WARD_DONE and a fresh session. */
static void sign_in(struct turn *t, const char *password)
{
	struct err e = {0};
	struct owner_result said = {0};
	uint8_t csrf[SESSION_TOKEN_SIZE];
	const struct owner_try given = {.source = t->req->source, .password = password};
	rc r = owner_check(&t->w->owner, &given, t->now, &said, &e);
	if (rc_ok(r) && said.answer == OWNER_RIGHT) {
		r = chance_fill(t->ans->token, SESSION_TOKEN_SIZE, &e);
		if (rc_ok(r))
			r = chance_fill(csrf, sizeof csrf, &e);
		if (rc_ok(r))
			session_open(&t->w->sessions, t->ans->token, csrf, t->now.mono);
	}
	t->ans->wait_s = said.wait_s;
	if (rc_failed(r)) {
		ward_say("sign-in", &e);
		t->ans->result = WARD_FAILED;
	} else {
		t->ans->result = said.answer == OWNER_RIGHT  ? WARD_DONE
				 : said.answer == OWNER_WAIT ? WARD_WAIT
							     : WARD_WRONG;
	}
}

static void on_sign_in(struct turn *t)
{
	sign_in(t, t->req->password);
}

static void on_sign_out(struct turn *t)
{
	session_close(&t->w->sessions, t->req->token);
	t->ans->result = WARD_DONE;
}

static void fill_update(const struct ward *w, struct page_view *v)
{
	MEM_AUTO struct ward_update_view *u = mem_alloc(sizeof *u);
	if (!u)
		return;
	w->config.ops.view(w->config.ops.ctx, u);
	v->last_contact = u->last_contact;
	(void)snprintf(v->version, sizeof v->version, "%s", u->version);
	(void)snprintf(v->step, sizeof v->step, "%s", u->step);
	(void)snprintf(v->reason, sizeof v->reason, "%s", u->reason);
	v->update = u->update;
}

static void on_view(struct turn *t)
{
	struct ward *w = t->w;
	struct page_view *v = &t->ans->view;
	struct vault_count count = {0};
	const struct session *s = session_find(&w->sessions, t->req->token, t->now.mono);
	fill_front(w, &v->front);
	fill_update(w, v);
	(void)snprintf(v->model, sizeof v->model, "%.64s", w->config.model);
	(void)snprintf(v->device, sizeof v->device, "%.64s", w->config.device);
	v->support_end = w->policy ? w->policy->support_end : (struct wall_time){0};
	v->now = t->now.wall;
	v->factory_password = owner_is_factory(&w->owner);
	v->firewall = w->firewall;
	(void)snprintf(v->firewall_reason, sizeof v->firewall_reason, "%s", w->firewall_reason);
	if (rc_ok(vault_count(&w->vault, NULL, &count, NULL))) {
		v->records = (uint32_t)count.records;
		v->record_bytes = count.bytes;
	}
	v->has_receipt = ward_receipt_any(w);
	if (w->guard.mode == GUARD_ISOLATED && w->guard.findings_n)
		(void)snprintf(v->finding, sizeof v->finding, "%s", w->guard.findings[0].path);
	hex_encode(bytes_of(s->csrf, SESSION_TOKEN_SIZE), v->csrf);
	t->ans->result = WARD_DONE;
}

static void on_check(struct turn *t)
{
	t->w->config.ops.check_now(t->w->config.ops.ctx);
	t->ans->result = WARD_DONE;
}

/* What the step machine refuses is said in its reason's sentence. A folder and a grant are not for a page to bring. */
static void on_control(struct turn *t)
{
	const struct control_request *q = &t->req->control;
	struct control_answer a = {.result = CONTROL_DENIED};
	if (q->kind != CONTROL_STATUS && q->kind != CONTROL_GRANT && !q->folder[0])
		t->w->config.ops.control(t->w->config.ops.ctx, q, &a, NULL);
	t->ans->result = a.result == CONTROL_DONE      ? WARD_DONE
			 : a.result == CONTROL_REFUSED ? WARD_OBJECTION
						       : WARD_FAILED;
	if (a.result == CONTROL_REFUSED)
		(void)snprintf(t->ans->text, sizeof t->ans->text, "%s", reason_sentence(a.reason));
}

static void on_repair(struct turn *t)
{
	t->w->config.ops.reboot(t->w->config.ops.ctx, "the owner asked for a restart with a clean copy");
	t->ans->result = WARD_DONE;
}

static void on_erase(struct turn *t)
{
	struct err e = {0};
	bool complete = false;
	rc r = ward_receipt_erase(t->w, false, t->now, &complete, &e);
	if (rc_failed(r))
		ward_say("the owner's erasure", &e);
	t->ans->result = rc_failed(r) ? WARD_FAILED : complete ? WARD_DONE : WARD_PARTLY;
}

/* The old password again, because a browser may have been left signed in. */
static void on_password(struct turn *t)
{
	struct err e = {0};
	const char *objection = owner_objection(&t->w->owner, t->req->fresh);
	if (objection) {
		t->ans->result = WARD_OBJECTION;
		(void)snprintf(t->ans->text, sizeof t->ans->text, "%s", objection);
		return;
	}
	sign_in(t, t->req->password);
	if (t->ans->result != WARD_DONE)
		return;
	rc r = owner_change(&t->w->owner, t->req->fresh, &e);
	session_close_all(&t->w->sessions);
	if (rc_ok(r)) {
		sign_in(t, t->req->fresh); /* a session of the new password only */
		return;
	}
	ward_say("password change", &e);
	t->ans->result = WARD_FAILED;
}

static void on_receipt(struct turn *t)
{
	struct err e = {0};
	put_data(t, ward_receipt_last(t->w, &t->data, &e), "receipt", &e);
}

static void on_evidence(struct turn *t)
{
	struct err e = {0};
	put_data(t, ward_evidence_make(t->w, t->req->nonce, t->now, &t->data, &e), "evidence", &e);
}

enum need { NEED_NOTHING, NEED_SESSION, NEED_CSRF };

static const struct {
	enum need need;
	void (*answer)(struct turn *t);
} answers[WARD_LOCAL_KIND_END] = {
	[WARD_LOCAL_HELLO] = {NEED_NOTHING, on_hello},	     [WARD_LOCAL_SIGN] = {NEED_NOTHING, on_sign},
	[WARD_LOCAL_FRONT] = {NEED_NOTHING, on_front},	     [WARD_LOCAL_SIGN_IN] = {NEED_NOTHING, on_sign_in},
	[WARD_LOCAL_SIGN_OUT] = {NEED_CSRF, on_sign_out},    [WARD_LOCAL_VIEW] = {NEED_SESSION, on_view},
	[WARD_LOCAL_CHECK] = {NEED_CSRF, on_check},	     [WARD_LOCAL_REPAIR] = {NEED_CSRF, on_repair},
	[WARD_LOCAL_ERASE] = {NEED_CSRF, on_erase},	     [WARD_LOCAL_PASSWORD] = {NEED_CSRF, on_password},
	[WARD_LOCAL_CONTROL] = {NEED_CSRF, on_control},	     [WARD_LOCAL_RECEIPT] = {NEED_SESSION, on_receipt},
	[WARD_LOCAL_EVIDENCE] = {NEED_SESSION, on_evidence},
};

static bool may(struct turn *t)
{
	enum need need = answers[t->req->kind].need;
	if (need == NEED_NOTHING)
		return true;
	const struct session *s = session_find(&t->w->sessions, t->req->token, t->now.mono);
	return s && (need == NEED_SESSION || session_csrf_ok(s, t->req->csrf));
}

static void answer(struct ward *w, struct ward_local_request *req, struct ward_local_answer *ans, struct now now)
{
	CLEANUP(buf_done) struct buf out;
	struct turn t = {.w = w, .req = req, .ans = ans, .now = now};
	buf_init(&t.data, ENVELOPE_MAX - 1);
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	ans->kind = req->kind;
	ans->result = WARD_NO_SESSION;
	if (may(&t))
		answers[req->kind].answer(&t);
	ward_messages_put_answer(ans, &out);
	ward_post(w, &w->local_peer, (uint16_t)req->kind, &out);
	buf_done(&t.data);
}

void ward_local_ready(void *ctx, uint32_t events, struct now now)
{
	struct ward *w = ctx;
	struct err e = {0};
	uint16_t kind;
	(void)events;
	MEM_AUTO struct ward_local_request *req = mem_alloc(sizeof *req);
	MEM_AUTO struct ward_local_answer *ans = mem_alloc(sizeof *ans);
	rc r = req && ans ? channel_receive(w->local_peer.fd, 0, &kind, &w->message, &e)
			  : err_set(&e, ERR_MEMORY, "out of memory");
	if (rc_ok(r))
		r = ward_messages_get_request(kind, buf_view(&w->message), req, &e);
	if (rc_failed(r))
		ward_cut(w, &w->local_peer, "page", e.text);
	else
		answer(w, req, ans, now);
	if (w->message.data)
		mem_wipe(w->message.data, w->message.len); /* it may have held a password */
	if (req)
		mem_wipe(req, sizeof *req);
}
