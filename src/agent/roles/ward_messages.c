/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoding and checking of the ward's two conversations. Which fields a kind carries is one table row; both directions
 * read it, so that they cannot disagree. Pure; used on both ends of each channel.
 */
#include "agent/roles/ward_messages.h"

#include "core/base/cur.h"
#include "core/base/names.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

static void put_sandbox(struct buf *out, const struct sandbox_state *s)
{
	buf_put_u8(out, (uint8_t)(s->user_dropped | s->no_new_privs << 1 | s->landlock << 2 | s->seccomp << 3));
}

static void get_sandbox(struct cur *c, struct sandbox_state *s)
{
	uint8_t bits = cur_u8(c);
	*s = (struct sandbox_state){bits & 1, bits & 2, bits & 4, bits & 8};
	if (bits > 15)
		c->bad = true;
}

static void get_bytes(struct cur *c, uint8_t *out, size_t n)
{
	struct bytes part = cur_take(c, n);
	if (part.n)
		memcpy(out, part.p, n);
}

/* ---- guard ---- */

static void put_files(const struct ward_guard_message *m, struct buf *out)
{
	buf_put_u32(out, m->index);
	buf_put_u16(out, (uint16_t)m->files_n);
	for (size_t i = 0; i < m->files_n; i++) {
		channel_put_text(out, m->files[i].path);
		buf_put(out, bytes_of(m->files[i].sha256, SHA256_SIZE));
		buf_put_u32(out, m->files[i].mode);
	}
}

static void get_files(struct cur *c, struct ward_guard_message *m)
{
	m->index = cur_u32(c);
	m->files_n = cur_u16(c);
	if (m->files_n > WARD_REFERENCE_BATCH) {
		m->files_n = 0;
		c->bad = true;
	}
	for (size_t i = 0; i < m->files_n; i++) {
		channel_get_text(c, m->files[i].path, sizeof m->files[i].path);
		get_bytes(c, m->files[i].sha256, SHA256_SIZE);
		m->files[i].mode = cur_u32(c);
		if (!c->bad && !name_path_ok(m->files[i].path))
			c->bad = true;
	}
}

void ward_messages_put_guard(const struct ward_guard_message *m, struct buf *out)
{
	buf_put_u32(out, m->generation);
	switch (m->kind) {
	case WARD_GUARD_HELLO:
		put_sandbox(out, &m->sandbox);
		break;
	case WARD_GUARD_POLICY:
		buf_put_u32(out, m->period_s);
		buf_put_u32(out, m->total);
		break;
	case WARD_GUARD_NEED:
	case WARD_GUARD_LOOK:
		buf_put_u32(out, m->index);
		break;
	case WARD_GUARD_REFERENCE:
		put_files(m, out);
		break;
	case WARD_GUARD_FINDING:
	case WARD_GUARD_REREAD:
		buf_put_u32(out, m->index);
		buf_put_u8(out, (uint8_t)m->what);
		break;
	case WARD_GUARD_PASS:
		buf_put_u32(out, m->checked);
		buf_put_u32(out, m->wrong);
		buf_put_u32(out, m->unreadable);
		buf_put_u32(out, m->ms);
		break;
	}
}

static void get_guard_fields(struct cur *c, struct ward_guard_message *m)
{
	switch (m->kind) {
	case WARD_GUARD_HELLO:
		get_sandbox(c, &m->sandbox);
		return;
	case WARD_GUARD_POLICY:
		m->period_s = cur_u32(c);
		m->total = cur_u32(c);
		return;
	case WARD_GUARD_NEED:
	case WARD_GUARD_LOOK:
		m->index = cur_u32(c);
		return;
	case WARD_GUARD_REFERENCE:
		get_files(c, m);
		return;
	case WARD_GUARD_FINDING:
	case WARD_GUARD_REREAD:
		m->index = cur_u32(c);
		m->what = (enum guard_what)cur_u8(c);
		if ((unsigned)m->what >= GUARD_WHAT_COUNT)
			c->bad = true;
		return;
	case WARD_GUARD_PASS:
		m->checked = cur_u32(c);
		m->wrong = cur_u32(c);
		m->unreadable = cur_u32(c);
		m->ms = cur_u32(c);
		return;
	}
	c->bad = true;
}

rc ward_messages_get_guard(uint16_t kind, struct bytes payload, struct ward_guard_message *ret, struct err *e)
{
	struct cur c = cur_of(payload);
	*ret = (struct ward_guard_message){.kind = (enum ward_guard_kind)kind};
	ret->generation = cur_u32(&c);
	get_guard_fields(&c, ret);
	return cur_ok(&c) ? RC_OK : err_set(e, ERR_INPUT, "malformed message %u between ward and guard", kind);
}

/* ---- local ---- */

enum field {
	F_SANDBOX = 1 << 0,
	F_DIGEST = 1 << 1,
	F_TOKEN = 1 << 2,
	F_CSRF = 1 << 3,
	F_SOURCE = 1 << 4,
	F_PASSWORD = 1 << 5,
	F_FRESH = 1 << 6,
	F_NONCE = 1 << 7,
	F_CONTROL = 1 << 13, /* to the end */
	/* answers only */
	F_WAIT = 1 << 8,
	F_TEXT = 1 << 9,
	F_FRONT = 1 << 10,
	F_VIEW = 1 << 11,
	F_DATA = 1 << 12,
};

static const struct {
	unsigned request, answer;
} fields[WARD_LOCAL_KIND_END] = {
	[WARD_LOCAL_HELLO] = {F_SANDBOX, F_DATA},
	[WARD_LOCAL_SIGN] = {F_DIGEST, F_DATA},
	[WARD_LOCAL_FRONT] = {0, F_FRONT},
	[WARD_LOCAL_SIGN_IN] = {F_SOURCE | F_PASSWORD, F_WAIT | F_TOKEN},
	[WARD_LOCAL_SIGN_OUT] = {F_TOKEN | F_CSRF, 0},
	[WARD_LOCAL_VIEW] = {F_TOKEN, F_VIEW},
	[WARD_LOCAL_CHECK] = {F_TOKEN | F_CSRF, 0},
	[WARD_LOCAL_REPAIR] = {F_TOKEN | F_CSRF, 0},
	[WARD_LOCAL_ERASE] = {F_TOKEN | F_CSRF, 0},
	[WARD_LOCAL_PASSWORD] = {F_TOKEN | F_CSRF | F_SOURCE | F_PASSWORD | F_FRESH, F_WAIT | F_TOKEN | F_TEXT},
	[WARD_LOCAL_RECEIPT] = {F_TOKEN, F_DATA},
	[WARD_LOCAL_EVIDENCE] = {F_TOKEN | F_NONCE, F_DATA},
	[WARD_LOCAL_CONTROL] = {F_TOKEN | F_CSRF | F_CONTROL, F_TEXT},
};

static bool kind_ok(unsigned kind)
{
	return kind >= WARD_LOCAL_HELLO && kind < WARD_LOCAL_KIND_END;
}

void ward_messages_put_request(const struct ward_local_request *m, struct buf *out)
{
	unsigned f = kind_ok(m->kind) ? fields[m->kind].request : 0;
	if (f & F_SANDBOX)
		put_sandbox(out, &m->sandbox);
	if (f & F_DIGEST)
		buf_put(out, bytes_of(m->digest, SHA256_SIZE));
	if (f & F_TOKEN)
		buf_put(out, bytes_of(m->token, SESSION_TOKEN_SIZE));
	if (f & F_CSRF)
		buf_put(out, bytes_of(m->csrf, SESSION_TOKEN_SIZE));
	if (f & F_SOURCE)
		channel_put_text(out, m->source);
	if (f & F_PASSWORD)
		channel_put_text(out, m->password);
	if (f & F_FRESH)
		channel_put_text(out, m->fresh);
	if (f & F_NONCE)
		channel_put_text(out, m->nonce);
	if (f & F_CONTROL)
		control_request_put(&m->control, out);
}

/* A text as it may stand in a file or a fact of ours. */
static void get_text(struct cur *c, char *out, size_t size)
{
	channel_get_text(c, out, size);
	if (!c->bad && !name_utf8_ok(out, strlen(out)))
		c->bad = true;
}

static void get_nonce(struct cur *c, char *out, size_t size)
{
	channel_get_text(c, out, size);
	if (!c->bad && strspn(out, "0123456789abcdef") != strlen(out))
		c->bad = true;
}

rc ward_messages_get_request(uint16_t kind, struct bytes payload, struct ward_local_request *ret, struct err *e)
{
	struct cur c = cur_of(payload);
	*ret = (struct ward_local_request){.kind = (enum ward_local_kind)kind};
	if (!kind_ok(kind))
		return err_set(e, ERR_INPUT, "unknown message %u from the page", kind);
	unsigned f = fields[kind].request;
	if (f & F_SANDBOX)
		get_sandbox(&c, &ret->sandbox);
	if (f & F_DIGEST)
		get_bytes(&c, ret->digest, SHA256_SIZE);
	if (f & F_TOKEN)
		get_bytes(&c, ret->token, SESSION_TOKEN_SIZE);
	if (f & F_CSRF)
		get_bytes(&c, ret->csrf, SESSION_TOKEN_SIZE);
	if (f & F_SOURCE)
		get_text(&c, ret->source, sizeof ret->source);
	if (f & F_PASSWORD)
		channel_get_text(&c, ret->password, sizeof ret->password);
	if (f & F_FRESH)
		channel_get_text(&c, ret->fresh, sizeof ret->fresh);
	if (f & F_NONCE)
		get_nonce(&c, ret->nonce, sizeof ret->nonce);
	if (f & F_CONTROL && !control_request_decode(cur_take(&c, cur_left(&c)), &ret->control))
		c.bad = true;
	return cur_ok(&c) ? RC_OK : err_set(e, ERR_INPUT, "malformed message %u from the page", kind);
}

static void put_front(const struct page_front *f, struct buf *out)
{
	buf_put_u8(out, (uint8_t)f->mode);
	buf_put_u8(out, f->unwatched);
	channel_put_text(out, f->product);
	channel_put_text(out, f->isolated_text);
}

static void get_front(struct cur *c, struct page_front *f)
{
	f->mode = (enum page_mode)cur_u8(c);
	uint8_t unwatched = cur_u8(c);
	f->unwatched = unwatched;
	if ((unsigned)f->mode >= PAGE_MODE_COUNT || unwatched > 1)
		c->bad = true;
	channel_get_text(c, f->product, sizeof f->product);
	channel_get_text(c, f->isolated_text, sizeof f->isolated_text);
}

static void put_update(const struct page_update *u, struct buf *out)
{
	channel_put_text(out, u->version);
	channel_put_text(out, u->reason);
	buf_put_u8(out,
		   (uint8_t)(u->security | u->now << 1 | u->can_decide << 2 | u->can_turn_off << 3 | u->failed << 4));
	buf_put_u64(out, (uint64_t)u->retry_at.s);
	buf_put_u64(out, u->fetch_bytes);
	buf_put_u32(out, u->seconds);
	buf_put_u32(out, u->postpone_left);
	buf_put_u64(out, (uint64_t)u->postpone_until.s);
	buf_put_u8(out, u->automatic);
	buf_put_u8(out, u->window_from);
	buf_put_u8(out, u->window_to);
	channel_put_text(out, u->quiet);
	buf_put_u64(out, (uint64_t)u->changed_at.s);
	buf_put_u32(out, (uint32_t)u->utc_offset_s);
}

static void get_update(struct cur *c, struct page_update *u)
{
	channel_get_text(c, u->version, sizeof u->version);
	channel_get_text(c, u->reason, sizeof u->reason);
	uint8_t bits = cur_u8(c);
	u->security = bits & 1;
	u->now = bits & 2;
	u->can_decide = bits & 4;
	u->can_turn_off = bits & 8;
	u->failed = bits & 16;
	u->retry_at.s = (int64_t)cur_u64(c);
	u->fetch_bytes = cur_u64(c);
	u->seconds = cur_u32(c);
	u->postpone_left = cur_u32(c);
	u->postpone_until.s = (int64_t)cur_u64(c);
	u->automatic = cur_u8(c);
	u->window_from = cur_u8(c);
	u->window_to = cur_u8(c);
	channel_get_text(c, u->quiet, sizeof u->quiet);
	u->changed_at.s = (int64_t)cur_u64(c);
	u->utc_offset_s = (int32_t)cur_u32(c);
	if (bits > 31 || u->automatic >= POLICY_AUTO_COUNT || u->window_from > 23 || u->window_to > 23)
		c->bad = true;
}

static void put_view(const struct page_view *v, struct buf *out)
{
	put_front(&v->front, out);
	channel_put_text(out, v->model);
	channel_put_text(out, v->device);
	channel_put_text(out, v->version);
	buf_put_u64(out, (uint64_t)v->support_end.s);
	buf_put_u64(out, (uint64_t)v->last_contact.s);
	buf_put_u64(out, (uint64_t)v->now.s);
	channel_put_text(out, v->step);
	channel_put_text(out, v->reason);
	put_update(&v->update, out);
	buf_put_u8(out, (uint8_t)(v->factory_password | v->firewall << 1 | v->has_receipt << 2));
	channel_put_text(out, v->firewall_reason);
	buf_put_u32(out, v->records);
	buf_put_u64(out, v->record_bytes);
	channel_put_text(out, v->finding);
	channel_put_text(out, v->csrf);
}

static void get_view(struct cur *c, struct page_view *v)
{
	get_front(c, &v->front);
	channel_get_text(c, v->model, sizeof v->model);
	channel_get_text(c, v->device, sizeof v->device);
	channel_get_text(c, v->version, sizeof v->version);
	v->support_end.s = (int64_t)cur_u64(c);
	v->last_contact.s = (int64_t)cur_u64(c);
	v->now.s = (int64_t)cur_u64(c);
	channel_get_text(c, v->step, sizeof v->step);
	channel_get_text(c, v->reason, sizeof v->reason);
	get_update(c, &v->update);
	uint8_t bits = cur_u8(c);
	v->factory_password = bits & 1;
	v->firewall = bits & 2;
	v->has_receipt = bits & 4;
	channel_get_text(c, v->firewall_reason, sizeof v->firewall_reason);
	v->records = cur_u32(c);
	v->record_bytes = cur_u64(c);
	channel_get_text(c, v->finding, sizeof v->finding);
	channel_get_text(c, v->csrf, sizeof v->csrf);
}

void ward_messages_put_answer(const struct ward_local_answer *m, struct buf *out)
{
	unsigned f = kind_ok(m->kind) ? fields[m->kind].answer : 0;
	buf_put_u8(out, (uint8_t)m->result);
	if (f & F_WAIT)
		buf_put_u32(out, m->wait_s);
	if (f & F_TOKEN)
		buf_put(out, bytes_of(m->token, SESSION_TOKEN_SIZE));
	if (f & F_TEXT)
		channel_put_text(out, m->text);
	if (f & F_FRONT)
		put_front(&m->front, out);
	if (f & F_VIEW)
		put_view(&m->view, out);
	if (f & F_DATA)
		buf_put(out, m->data);
}

rc ward_messages_get_answer(uint16_t kind, struct bytes payload, struct ward_local_answer *ret, struct err *e)
{
	struct cur c = cur_of(payload);
	*ret = (struct ward_local_answer){.kind = (enum ward_local_kind)kind};
	if (!kind_ok(kind))
		return err_set(e, ERR_INPUT, "unknown answer %u from the ward", kind);
	unsigned f = fields[kind].answer;
	ret->result = (enum ward_result)cur_u8(&c);
	if ((unsigned)ret->result >= WARD_RESULT_COUNT)
		c.bad = true;
	if (f & F_WAIT)
		ret->wait_s = cur_u32(&c);
	if (f & F_TOKEN)
		get_bytes(&c, ret->token, SESSION_TOKEN_SIZE);
	if (f & F_TEXT)
		channel_get_text(&c, ret->text, sizeof ret->text);
	if (f & F_FRONT)
		get_front(&c, &ret->front);
	if (f & F_VIEW)
		get_view(&c, &ret->view);
	if (f & F_DATA)
		ret->data = cur_take(&c, cur_left(&c));
	return cur_ok(&c) ? RC_OK : err_set(e, ERR_INPUT, "malformed answer %u from the ward", kind);
}
