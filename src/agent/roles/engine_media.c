/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An update from a folder beside the device: the same calls as to the service, answered from files that the parent
 * opens for us. So metadata, policy and image go through exactly the checks that they go through over the network: an
 * expired timestamp, an older version, a wrong hash are refused alike.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "agent/update/update_media.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/media.h"
#include "core/base/banned.h"

#define SERVICE_PREFIX "/v1/"
#define COMPONENT "os"
#define TARGETS "targets"
#define GRANT "grant.json"

bool engine_media_active(const struct engine *en)
{
	return en->media.folder[0] != 0;
}

void engine_media_drop(struct engine *en)
{
	loop_remove(en->loop, en->media.turn);
	en->media.turn = NULL;
}

void engine_media_end(struct engine *en)
{
	engine_media_drop(en);
	en->media.folder[0] = 0;
}

/* ---- one call, answered from the folder ---- */

/* A piece of the file at `from`; status 404 if there is none. */
static rc read_piece(struct engine *en, const char *path, uint64_t from, uint32_t max, struct buf *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf q = {0}, answer = {0};
	buf_init(&q, CHANNEL_PAYLOAD_MAX);
	buf_init(&answer, CHANNEL_PAYLOAD_MAX);
	channel_put_text(&q, en->media.folder);
	channel_put_text(&q, path);
	buf_put_u64(&q, from);
	buf_put_u32(&q, max < MESSAGES_CHUNK_MAX ? max : MESSAGES_CHUNK_MAX);
	rc r = buf_check(&q, "file of the media folder", e);
	if (rc_ok(r))
		r = engine_parent_ask(en, VERB_MEDIA_READ, buf_view(&q), &answer, e);
	if (rc_failed(r))
		return r;
	struct cur c = cur_of(buf_view(&answer));
	en->media.size = cur_u64(&c);
	buf_put(ret, cur_take(&c, cur_left(&c)));
	return cur_ok(&c) ? buf_check(ret, "piece of a file", e) : err_set(e, ERR_INPUT, "malformed answer");
}

/* "Range: bytes=A-B": those; without it the whole file, as far as the call wants it. */
static bool range_of(const struct engine_call *call, uint64_t *ret_from, uint64_t *ret_n)
{
	unsigned long long from, to;
	*ret_from = 0;
	*ret_n = (uint64_t)call->max + 1; /* one more: a file that is too long must be seen as such */
	if (sscanf(call->headers, "Range: bytes=%llu-%llu", &from, &to) != 2 || to < from)
		return false;
	*ret_from = from;
	*ret_n = to - from + 1;
	return true;
}

static rc deliver(const struct engine_call *call, struct bytes piece, struct buf *answer, struct err *e)
{
	if (call->data)
		return call->data(call->ctx, piece, e);
	buf_put(answer, piece);
	return buf_check(answer, "file of the media folder", e);
}

/* *ret_ours: what failed is not the folder's fault. */
static rc serve(struct engine *en, const struct engine_call *call, struct buf *answer, bool *ret_ours, struct err *e)
{
	CLEANUP(buf_done) struct buf piece = {0};
	const char *path = call->path + strlen(SERVICE_PREFIX);
	uint64_t from, left;
	rc r = RC_OK;
	(void)range_of(call, &from, &left);
	buf_init(&piece, CHANNEL_PAYLOAD_MAX);
	while (left) {
		uint32_t want = left < MESSAGES_CHUNK_MAX ? (uint32_t)left : MESSAGES_CHUNK_MAX;
		buf_reset(&piece);
		if (rc_failed(r = read_piece(en, path, from, want, &piece, e)))
			return r;
		if (piece.len && rc_failed(r = deliver(call, buf_view(&piece), answer, e)))
			return *ret_ours = true, r;
		from += piece.len;
		left -= piece.len;
		if (piece.len < want)
			break;
	}
	return RC_OK;
}

static void on_turn(void *ctx, struct now now)
{
	struct engine *en = ctx;
	const struct engine_call call = en->media.call;
	CLEANUP(buf_done) struct buf answer = {0};
	struct err e = {0};
	uint64_t from, n;
	(void)now;
	en->media.turn = NULL;
	buf_init(&answer, call.max);
	bool ours = false;
	rc r = serve(en, &call, &answer, &ours, &e);
	struct engine_result res = {
		.status = range_of(&call, &from, &n) ? 206 : 200, .text = "", .answer = buf_view(&answer)};
	if (r.code == ERR_MISSING && !ours) {
		res.status = 404;
	} else if (rc_failed(r)) {
		res.code = ours ? r.code : ERR_NETWORK; /* as a service that cannot be read from */
		res.text = e.text;
	}
	call.end(call.ctx, &res);
}

rc engine_media_call(struct engine *en, const struct engine_call *call, struct err *e)
{
	if (strncmp(call->path, SERVICE_PREFIX, strlen(SERVICE_PREFIX)) != 0 || en->media.turn)
		return err_set(e, ERR_INTERNAL, "media: not a call for a folder");
	en->media.call = *call;
	return loop_timer(en->loop, 0, on_turn, en, &en->media.turn, e);
}

/* ---- beginning ---- */

static rc pick(struct engine *en, struct update_media_offer *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf q = {0}, names = {0};
	buf_init(&q, CHANNEL_PAYLOAD_MAX);
	buf_init(&names, CHANNEL_PAYLOAD_MAX);
	channel_put_text(&q, en->media.folder);
	channel_put_text(&q, TARGETS);
	rc r = engine_parent_ask(en, VERB_MEDIA_LIST, buf_view(&q), &names, e);
	engine_plan_look(en);
	if (rc_ok(r) && !update_media_pick(buf_view(&names), en->device.model, COMPONENT, &en->world, ret))
		r = err_set(e, ERR_MISSING, "media: no release for %s in %s", en->device.model, en->media.folder);
	return r;
}

/* A grant beside the repository, if there is one. One that is refused here stands in the way of nothing else. */
static void look_for_grant(struct engine *en)
{
	CLEANUP(buf_done) struct buf text = {0};
	struct err e = {0};
	buf_init(&text, CHANNEL_PAYLOAD_MAX);
	rc r = read_piece(en, GRANT, 0, CONTROL_GRANT_MAX + 1, &text, &e);
	if (r.code == ERR_MISSING)
		return;
	const char *reason = rc_ok(r) ? engine_grant_take(en, buf_view(&text)) : e.text;
	if (reason)
		hallmarkd_log("engine", "the grant in %s: %s", en->media.folder, reason);
}

static bool may_begin(enum update_step s)
{
	return s == UPDATE_IDLE || s == UPDATE_CONFIRMED || s == UPDATE_REVERTED || s == UPDATE_PLANNED ||
	       s == UPDATE_FETCHING;
}

const char *engine_media_install(struct engine *en, const char *folder)
{
	struct update_media_offer offer;
	struct err e = {0};
	if (!may_begin(en->update.state.step) || en->boot.trying)
		return en->update.state.step < UPDATE_SWITCHED && !en->boot.trying ? "busy" : "switched";
	engine_step_drop(en);
	(void)snprintf(en->media.folder, sizeof en->media.folder, "%s", folder);
	rc r = pick(en, &offer, &e);
	if (rc_ok(r)) {
		look_for_grant(en);
		(void)snprintf(en->update.offer_target, sizeof en->update.offer_target, "%s", offer.target);
		(void)snprintf(en->update.offer_version, sizeof en->update.offer_version, "%s", offer.version);
		r = engine_fetch_find(en, &e);
	}
	if (rc_ok(r))
		return NULL;
	hallmarkd_log("engine", "%s", e.text);
	engine_step_failed(en, "media", 0);
	return "media";
}
