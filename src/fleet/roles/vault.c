/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the vault's line. What a report is, is disclosure.c's; sealing it, case_db.c's. */
#include "fleet/roles/vault.h"

#include <stdio.h>

#include "core/base/cur.h"
#include "core/base/mem.h"
#include "fleet/disclosure/case_db.h"
#include "fleet/registry/audit_db.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define ANSWER_WAIT_MS 10000
#define STALE_MAX 16 /* answers to questions that a former public role asked */

static rc ask(struct vault_client *c, uint16_t type, const struct buf *question, uint16_t *ret_type, struct buf *answer,
	      struct err *e)
{
	rc r = buf_check(question, "message", e);
	if (rc_ok(r))
		r = channel_send(c->fd, type, buf_view(question), e);
	for (int i = 0; rc_ok(r) && i < STALE_MAX; i++) {
		r = channel_receive(c->fd, ANSWER_WAIT_MS, ret_type, answer, e);
		struct cur in = cur_of(buf_view(answer));
		if (rc_ok(r) && cur_u32(&in) == c->next_id)
			return r;
	}
	return rc_failed(r) ? r : err_set(e, ERR_NETWORK, "the other role answers something else");
}

static rc refused(struct bytes payload, struct err *e)
{
	struct cur in = cur_of(payload);
	char text[ERR_TEXT_MAX];
	(void)cur_u32(&in);
	unsigned code = cur_u8(&in);
	channel_get_text(&in, text, sizeof text);
	if (!cur_ok(&in) || code == ERR_NONE || code >= ERR_CODE_COUNT)
		return err_set(e, ERR_INTERNAL, "the other role sent nonsense");
	return err_set(e, (enum err_code)code, "%s", text);
}

static void begin(struct vault_client *c, struct buf *b)
{
	buf_init(b, CHANNEL_PAYLOAD_MAX);
	buf_put_u32(b, ++c->next_id);
}

static rc client_report(void *ctx, const struct disclosure_report *rep, char ret_number[DISCLOSURE_NUMBER_SIZE],
			char ret_secret[DISCLOSURE_SECRET_SIZE], struct err *e)
{
	struct vault_client *c = ctx;
	CLEANUP(buf_done_wiped) struct buf question;
	CLEANUP(buf_done) struct buf answer;
	char number[DISCLOSURE_NUMBER_SIZE], secret[DISCLOSURE_SECRET_SIZE];
	uint16_t type = 0;
	begin(c, &question);
	buf_init(&answer, CHANNEL_PAYLOAD_MAX);
	channel_put_text(&question, rep->product);
	channel_put_text(&question, rep->text);
	channel_put_text(&question, rep->contact);
	rc r = ask(c, VAULT_REPORT, &question, &type, &answer, e);
	if (rc_failed(r))
		return r;
	if (type != VAULT_MADE)
		return refused(buf_view(&answer), e);
	struct cur in = cur_of(buf_view(&answer));
	(void)cur_u32(&in);
	channel_get_text(&in, number, sizeof number);
	channel_get_text(&in, secret, sizeof secret);
	if (!cur_ok(&in) || !disclosure_number_ok(number))
		return err_set(e, ERR_INTERNAL, "the other role sent nonsense");
	memcpy(ret_number, number, sizeof number);
	memcpy(ret_secret, secret, sizeof secret);
	return RC_OK;
}

rc vault_decode_case(struct bytes payload, uint32_t id, struct public_case *ret, struct err *e)
{
	struct cur in = cur_of(payload);
	*ret = (struct public_case){0};
	bool ours = cur_u32(&in) == id;
	channel_get_text(&in, ret->number, sizeof ret->number);
	unsigned state = cur_u8(&in);
	ret->received.s = (int64_t)cur_u64(&in);
	ret->told.s = (int64_t)cur_u64(&in);
	size_t n = cur_u8(&in);
	bool ok = ours && state < DISCLOSURE_STATE_COUNT && n <= PUBLIC_EVENTS_MAX;
	for (size_t i = 0; ok && i < n; i++) {
		struct public_event *ev = &ret->events[i];
		ev->at.s = (int64_t)cur_u64(&in);
		unsigned s = cur_u8(&in);
		channel_get_text(&in, ev->note, sizeof ev->note);
		ok = s < DISCLOSURE_STATE_COUNT && !in.bad;
		ev->state = (enum disclosure_state)s;
	}
	if (!ok || !cur_ok(&in))
		return err_set(e, ERR_INTERNAL, "the other role sent nonsense");
	ret->state = (enum disclosure_state)state;
	ret->events_n = n;
	return RC_OK;
}

static rc client_look(void *ctx, const char *secret, struct public_case *ret, struct err *e)
{
	struct vault_client *c = ctx;
	CLEANUP(buf_done) struct buf question, answer;
	uint16_t type = 0;
	begin(c, &question);
	buf_init(&answer, CHANNEL_PAYLOAD_MAX);
	channel_put_text(&question, secret);
	rc r = ask(c, VAULT_LOOK, &question, &type, &answer, e);
	if (rc_failed(r))
		return r;
	return type == VAULT_CASE ? vault_decode_case(buf_view(&answer), c->next_id, ret, e)
				  : refused(buf_view(&answer), e);
}

struct public_ops vault_client_ops(struct vault_client *c)
{
	return (struct public_ops){.ctx = c, .report = client_report, .look = client_look};
}

static rc take_report(struct vault *v, struct cur *in, struct now now, struct case_made *made, struct err *e)
{
	MEM_AUTO struct disclosure_report *rep = mem_alloc(sizeof *rep);
	if (!rep)
		return err_set(e, ERR_MEMORY, "out of memory");
	channel_get_text(in, rep->product, sizeof rep->product);
	channel_get_text(in, rep->text, sizeof rep->text);
	channel_get_text(in, rep->contact, sizeof rep->contact);
	if (!cur_ok(in))
		return err_set(e, ERR_INTERNAL, "malformed");
	/* Whoever owns the public role may lie about addresses; so here only the sum counts. */
	char anybody[16];
	(void)snprintf(anybody, sizeof anybody, "%u", (unsigned)(v->limit.next / DISCLOSURE_PER_ADDRESS));
	if (!disclosure_limit_take(&v->limit, anybody, now.mono))
		return err_set(e, ERR_BUSY, "too many reports within an hour");
	rc r = case_db_open_case(v->store, v->key, rep, now.wall, made, e);
	mem_wipe(rep, sizeof *rep);
	return rc_ok(r) ? audit_db_note(v->store, now.wall, "public", "report received", made->number, e) : r;
}

static rc put_case(struct vault *v, struct cur *in, struct buf *out, struct err *e)
{
	char secret[DISCLOSURE_SECRET_SIZE];
	struct case_row c;
	MEM_AUTO struct case_event *events = NULL;
	size_t n = 0;
	channel_get_text(in, secret, sizeof secret);
	if (!cur_ok(in))
		return err_set(e, ERR_INTERNAL, "malformed");
	rc r = case_db_by_secret(v->store, secret, &c, e);
	if (rc_failed(r) || rc_failed(r = case_db_events(v->store, v->key, &c, &events, &n, e)))
		return r;
	size_t first = n > PUBLIC_EVENTS_MAX ? n - PUBLIC_EVENTS_MAX : 0;
	channel_put_text(out, c.number);
	buf_put_u8(out, (uint8_t)c.state);
	buf_put_u64(out, (uint64_t)c.received.s);
	buf_put_u64(out, (uint64_t)c.told.s);
	buf_put_u8(out, (uint8_t)(n - first));
	for (size_t i = first; i < n; i++) {
		buf_put_u64(out, (uint64_t)events[i].at.s);
		buf_put_u8(out, (uint8_t)events[i].state);
		channel_put_text(out, events[i].note);
	}
	return buf_check(out, "case", e);
}

rc vault_answer(struct vault *v, uint16_t type, struct bytes payload, struct now now, uint16_t *ret_type,
		struct buf *out)
{
	struct cur in = cur_of(payload);
	struct err e = {0};
	struct case_made made = {0};
	uint32_t id = cur_u32(&in);
	rc r = err_set(&e, ERR_INTERNAL, "malformed");
	buf_put_u32(out, id);
	if (type == VAULT_REPORT && rc_ok(r = take_report(v, &in, now, &made, &e))) {
		channel_put_text(out, made.number);
		channel_put_text(out, made.secret);
		*ret_type = VAULT_MADE;
		return RC_OK;
	}
	if (type == VAULT_LOOK && rc_ok(r = put_case(v, &in, out, &e))) {
		*ret_type = VAULT_CASE;
		return RC_OK;
	}
	if (in.bad || (type != VAULT_REPORT && type != VAULT_LOOK))
		return (rc){ERR_INPUT};
	buf_reset(out);
	buf_put_u32(out, id);
	buf_put_u8(out, (uint8_t)r.code);
	channel_put_text(out, e.text);
	*ret_type = VAULT_NO;
	return RC_OK;
}
