/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a transfer file to bytes in a slot. The header is compared with signed metadata and read here; frames go to the
 * worker as they come from the network, and what it makes of them to the parent, segment by segment. Ranges are asked
 * for; a service that has none sends the file whole, and what is not wanted of it is passed over.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/base/cur.h"
#include "core/codec/hex.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define STRETCH_MS 1200000 /* 8 MiB in it: 7 KB/s is the slowest line that makes progress */
#define WHOLE_MS 86400000
#define SHORT_MS 60000

/* Back to before the header. */
static void forget(struct engine *en)
{
	struct engine_transfer *x = &en->transfer;
	struct err e = {0};
	if (x->t && rc_failed(engine_parent_ask(en, VERB_WORKER_END, (struct bytes){0}, NULL, &e)))
		hallmarkd_log("engine", "worker: %s", e.text);
	transfer_free(x->t);
	buf_done(&x->header);
	mem_free(x->here);
	x->here = NULL;
	x->t = NULL;
	x->end = 0;
}

void engine_transfer_close(struct engine *en)
{
	forget(en);
	en->transfer = (struct engine_transfer){0};
}

/* ---- the worker ---- */

/* Its answer; what follows the code goes into `ret_rest`, if given. */
static rc await(struct engine *en, struct buf *ret_rest, struct err *e)
{
	CLEANUP(buf_done) struct buf said;
	char text[MESSAGES_TEXT_MAX + 1];
	uint16_t type = 0;
	buf_init(&said, CHANNEL_PAYLOAD_MAX);
	rc r = channel_receive(en->worker_fd, MESSAGES_WORKER_MS, &type, &said, e);
	if (rc_failed(r))
		return err_wrap(e, "worker");
	struct cur c = cur_of(buf_view(&said));
	uint8_t code = cur_u8(&c);
	channel_get_text(&c, text, sizeof text);
	struct bytes rest = cur_take(&c, ret_rest ? cur_left(&c) : 0);
	if (!cur_ok(&c) || type != WORKER_ANSWER || code >= ERR_CODE_COUNT)
		return err_set(e, ERR_INPUT, "malformed message from the worker");
	if (code != ERR_NONE)
		return err_set(e, (enum err_code)code, "%s", text);
	if (ret_rest)
		buf_put(ret_rest, rest);
	return ret_rest ? buf_check(ret_rest, "answer of the worker", e) : RC_OK;
}

static rc send_piece(struct engine *en, enum messages_worker type, uint32_t index, struct bytes piece, bool last,
		     struct err *e)
{
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	buf_put_u8(&b, last);
	if (type != WORKER_HEADER)
		buf_put_u32(&b, index);
	buf_put(&b, piece);
	rc r = buf_check(&b, "piece of a frame", e);
	return rc_ok(r) ? channel_send_within(en->worker_fd, MESSAGES_WORKER_MS, (uint16_t)type, buf_view(&b), e) : r;
}

static rc start_worker(struct engine *en, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	struct bytes header = buf_view(&x->header);
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, sizeof(uint32_t));
	buf_put_u32(&b, UINT32_C(1) << x->t->segment_log2);
	/* What an earlier worker said, or was said for it, is not this one's answer; what comes once that is gone is.
	 */
	rc r = engine_parent_ask(en, VERB_WORKER_END, (struct bytes){0}, NULL, e);
	channel_drain(en->worker_fd);
	if (rc_ok(r))
		r = engine_parent_ask(en, VERB_WORKER, buf_view(&b), NULL, e);
	for (size_t at = 0; rc_ok(r) && at < header.n; at += MESSAGES_CHUNK_MAX) {
		size_t left = header.n - at, n = left < MESSAGES_CHUNK_MAX ? left : MESSAGES_CHUNK_MAX;
		r = send_piece(en, WORKER_HEADER, 0, (struct bytes){header.p + at, n}, n == left, e);
	}
	return rc_ok(r) ? await(en, NULL, e) : r;
}

/* ---- the header ---- */

static rc open_header(struct engine *en, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	const struct update_transfer *file = &x->file;
	uint8_t digest[SHA256_SIZE];
	rc r = hash_sha256(buf_view(&x->header), digest, e);
	if (rc_ok(r) && memcmp(digest, file->header_sha256, sizeof digest) != 0) {
		x->problem = "target-hash";
		return err_set(e, ERR_TRUST, "%s: its header is not the signed one", file->target);
	}
	if (rc_ok(r))
		r = transfer_decode(buf_view(&x->header), &x->t, e);
	if (rc_ok(r) && (x->t->image.length != x->length || x->t->file_bytes != file->bytes))
		r = err_set(e, ERR_TRUST, "%s brings another image than the metadata says", file->target);
	if (rc_failed(r))
		return r;
	x->worker_group = -1;
	r = start_worker(en, e);
	buf_done(&x->header);
	return r;
}

/* Bytes of the header; how many were taken. */
static rc take_header(struct engine *en, struct bytes piece, size_t *ret_taken, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	uint32_t due = x->file.header_bytes;
	size_t left = due - x->header.len, n = piece.n < left ? piece.n : left;
	if (x->header.len == 0)
		buf_init(&x->header, due);
	buf_put(&x->header, bytes_of(piece.p, n));
	rc r = buf_check(&x->header, "header", e);
	*ret_taken = n;
	return rc_ok(r) && n == left ? open_header(en, e) : r;
}

/* ---- frames ---- */

struct due {
	enum messages_worker type;
	uint32_t index;
	const struct transfer_frame *frame;
};

/* What comes next, and where it lies: the block index, a group, a segment. */
static struct due due_next(const struct engine_transfer *x)
{
	int32_t group = transfer_group_of(x->t, x->segment);
	if (x->t->index.length && !x->here && !x->whole)
		return (struct due){WORKER_INDEX, 0, &x->t->index};
	if (group != x->worker_group)
		return (struct due){WORKER_GROUP, (uint32_t)group, &x->t->groups[group].frame};
	return (struct due){WORKER_SEGMENT, x->segment, &x->t->segments[x->segment].frame};
}

static bool is_here(const struct engine_transfer *x, uint32_t segment)
{
	return x->here && (x->here[segment / 8] >> (7 - segment % 8) & 1);
}

static void begin_stretch(struct engine *en)
{
	struct engine_transfer *x = &en->transfer;
	uint64_t bytes = en->options->stretch_bytes ? en->options->stretch_bytes : UPDATE_STRETCH_BYTES;
	uint32_t n = (uint32_t)(bytes >> x->t->segment_log2);
	x->segment = (uint32_t)(x->written >> x->t->segment_log2);
	x->end = x->whole || x->t->segments_n - x->segment < n ? x->t->segments_n : x->segment + n;
	x->run = x->end;
	x->got = 0;
}

/* The worker made the segment that is due. */
static rc put_segment(struct engine *en, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	uint32_t n = (uint32_t)transfer_segment_bytes(x->t, x->segment);
	rc r = engine_parent_write(en, x->slot, transfer_segment_at(x->t, x->segment), n, e);
	if (rc_failed(r))
		x->problem = engine_step_reason(r.code);
	else
		x->segment++;
	return r;
}

/* The worker looked for blocks: is what is left to fetch less than the whole? */
static rc take_map(struct engine *en, struct bytes map, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	uint64_t left = x->t->header_bytes + x->t->index.length;
	uint32_t here = 0;
	if (map.n != (x->t->segments_n + 7) / 8)
		return err_set(e, ERR_INPUT, "malformed message from the worker");
	x->here = mem_alloc(map.n);
	if (!x->here)
		return err_set(e, ERR_MEMORY, "map of blocks: out of memory");
	memcpy(x->here, map.p, map.n);
	for (uint32_t i = 0; i < x->t->segments_n; i++) {
		here += is_here(x, i);
		left += is_here(x, i) ? 0 : x->t->segments[i].frame.length;
	}
	hallmarkd_log("engine", "image: %u of %u segments are here already; %llu bytes to fetch, %llu for the whole",
		      here, x->t->segments_n, (unsigned long long)left, (unsigned long long)x->full_bytes);
	return left <= x->full_bytes ? RC_OK : err_set(e, ERR_WRONG_STATE, "too few blocks are here to be worth it");
}

static rc finish_frame(struct engine *en, const struct due *due, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	CLEANUP(buf_done) struct buf rest;
	buf_init(&rest, CHANNEL_PAYLOAD_MAX);
	rc r = await(en, due->type == WORKER_INDEX ? &rest : NULL, e);
	if (r.code == ERR_TRUST)
		x->problem = "target-hash";
	if (rc_failed(r))
		return r;
	x->got = 0;
	if (due->type == WORKER_INDEX)
		return take_map(en, buf_view(&rest), e);
	if (due->type == WORKER_GROUP) {
		x->worker_group = (int32_t)due->index;
		return RC_OK;
	}
	return put_segment(en, e);
}

/* Segments that the running image has, up to the first one that must be fetched. */
static rc take_here(struct engine *en, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	rc r = RC_OK;
	while (rc_ok(r) && x->segment < x->end && is_here(x, x->segment)) {
		r = send_piece(en, WORKER_REUSE, x->segment, (struct bytes){0}, true, e);
		if (rc_ok(r))
			r = await(en, NULL, e);
		if (rc_ok(r)) {
			r = put_segment(en, e);
		} else if (r.code == ERR_WRONG_STATE) { /* blocks that only looked like it */
			x->here[x->segment / 8] &= (uint8_t) ~(0x80u >> x->segment % 8);
			r = RC_OK;
		}
	}
	return r;
}

/* Bytes of the file from x->at on; how many were used or passed over. */
static rc take_frames(struct engine *en, struct bytes piece, size_t *ret_taken, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	const struct due due = due_next(x);
	uint64_t next = due.frame->at + x->got;
	if (x->at < next) { /* a service without ranges: not wanted */
		*ret_taken = next - x->at < piece.n ? (size_t)(next - x->at) : piece.n;
		return RC_OK;
	}
	size_t left = due.frame->length - x->got, n = piece.n < left ? piece.n : left;
	rc r = send_piece(en, due.type, due.index, bytes_of(piece.p, n), n == left, e);
	if (rc_failed(r))
		return r;
	x->got += (uint32_t)n;
	*ret_taken = n;
	return n == left ? finish_frame(en, &due, e) : RC_OK;
}

static rc on_piece(void *ctx, struct bytes piece, struct err *e)
{
	struct engine *en = ctx;
	struct engine_transfer *x = &en->transfer;
	/* From here on, what fails is ours or the worker's unless it is said to be something else. */
	x->problem = x->partial ? "base-changed" : "io";
	while (piece.n) {
		size_t taken = piece.n;
		rc r = RC_OK;
		if (!x->t)
			r = take_header(en, piece, &taken, e);
		else if (x->segment < x->run)
			r = take_frames(en, piece, &taken, e);
		if (rc_failed(r))
			return r;
		if (x->t && x->end == 0)
			begin_stretch(en);
		x->at += taken;
		piece = (struct bytes){piece.p + taken, piece.n - taken};
	}
	x->problem = NULL;
	return RC_OK;
}

/* ---- calls ---- */

static void call_next(struct engine *en);

static void failed(struct engine *en, const struct engine_result *res)
{
	struct engine_transfer *x = &en->transfer;
	const char *reason = x->problem ? x->problem : engine_step_reason(res->code);
	if (!x->problem && res->code == ERR_NONE)
		reason = x->partial && res->status == 404 ? "base-changed" : "network"; /* no such file: whole, then */
	hallmarkd_log("engine", "image: %s (status %d, bytes %llu-%llu, at %llu)", *res->text ? res->text : reason,
		      res->status, (unsigned long long)x->from, (unsigned long long)x->to, (unsigned long long)x->at);
	forget(en);
	engine_step_failed(en, reason, res->retry_after_s);
}

/* Does the service not know ranges? Then the whole file is asked for, once. */
static bool without_ranges(struct engine *en, const struct engine_result *res)
{
	struct engine_transfer *x = &en->transfer;
	bool other = res->code == ERR_LIMIT || (res->code == ERR_NONE && res->status == 200 && x->from != 0) ||
		     (res->code == ERR_TRUST && x->from != 0 && x->file.bytes <= x->to - x->from);
	if (x->whole || !other)
		return false;
	if (x->t && x->t->index.length) { /* all of it is more than the full file */
		x->problem = "base-changed";
		return false;
	}
	hallmarkd_log("engine", "image: the service sends no ranges; fetching the file whole");
	forget(en);
	x->whole = true;
	call_next(en);
	return true;
}

static uint64_t made_until(const struct engine_transfer *x)
{
	uint64_t until = x->t ? transfer_segment_at(x->t, x->segment) : 0;
	return until < x->length ? until : x->length;
}

/* What is in the slot is synced, and counts. */
static void finish_stretch(struct engine *en)
{
	struct engine_transfer *x = &en->transfer;
	struct err e = {0};
	rc r = engine_parent_ask(en, VERB_SYNC, (struct bytes){0}, NULL, &e);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "image: %s", e.text);
		engine_step_failed(en, engine_step_reason(r.code), 0);
		return;
	}
	(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_FETCHED, .bytes = made_until(x) - x->written});
}

static void on_end(void *ctx, const struct engine_result *res)
{
	struct engine *en = ctx;
	struct engine_transfer *x = &en->transfer;
	if (without_ranges(en, res))
		return;
	bool good = res->code == ERR_NONE && (res->status == 206 || res->status == 200);
	if (good && x->at >= x->to && (!x->t || x->segment < x->end || x->end == 0))
		call_next(en); /* the header, an index, a group, or a run: there is more to this stretch */
	else if (made_until(x) <= x->written || (!good && x->problem))
		failed(en, res);
	else /* what is in the slot stays, also when the line broke after it */
		finish_stretch(en);
}

/* The next range: the header; the index or a group's frame alone; or the segments up to one that is here. */
static void choose_range(struct engine *en)
{
	struct engine_transfer *x = &en->transfer;
	x->run = x->end;
	if (x->whole || !x->t) {
		x->from = 0;
		x->to = x->whole ? x->file.bytes : x->file.header_bytes;
		return;
	}
	const struct due due = due_next(x);
	x->run = x->segment + 1;
	while (x->run < x->end && !is_here(x, x->run))
		x->run++;
	const struct transfer_frame *last = &x->t->segments[x->run - 1].frame;
	bool alone =
		due.type == WORKER_INDEX || (due.type == WORKER_GROUP && x->t->groups[due.index].first != x->segment);
	if (alone)
		last = due.frame;
	x->from = due.frame->at;
	x->to = last->at + last->length;
}

/* All of the stretch was here. */
static void on_all_here(void *ctx, struct now now)
{
	struct engine *en = ctx;
	(void)now;
	if (en->transfer.t && en->transfer.segment >= en->transfer.end)
		finish_stretch(en);
}

static rc call(struct engine *en, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	const struct update_transfer *file = &x->file;
	if (x->t && x->end == 0)
		begin_stretch(en);
	rc r = x->t ? take_here(en, e) : RC_OK;
	if (rc_failed(r))
		return r;
	if (x->t && x->segment >= x->end)
		return loop_timer(en->loop, 0, on_all_here, en, NULL, e);
	choose_range(en);
	x->at = x->from;
	if (x->to - x->from > UINT32_MAX)
		return err_set(e, ERR_UNSUPPORTED, "the service sends no ranges, and %s is larger than 4 GiB",
			       file->target);
	struct engine_call c = {.update = true,
				.max = (uint32_t)(x->to - x->from),
				.deadline_ms = x->whole ? WHOLE_MS
					       : x->t	? STRETCH_MS
							: SHORT_MS,
				.data = on_piece,
				.end = on_end,
				.ctx = en};
	engine_target_path(c.path, sizeof c.path, file->sha256, file->target);
	if (!x->whole)
		(void)snprintf(c.headers, sizeof c.headers, "Range: bytes=%llu-%llu\r\n", (unsigned long long)x->from,
			       (unsigned long long)(x->to - 1));
	return engine_fetch_call(en, &c, e);
}

static void call_next(struct engine *en)
{
	struct err e = {0};
	rc r = call(en, &e);
	if (rc_ok(r))
		return;
	hallmarkd_log("engine", "image: %s", e.text);
	engine_step_failed(en, engine_step_reason(r.code), 0);
}

rc engine_transfer_fetch(struct engine *en, const struct update_state *s, struct err *e)
{
	struct engine_transfer *x = &en->transfer;
	const struct update_transfer *file = update_transfer_of(s);
	if (x->t && memcmp(x->file.header_sha256, file->header_sha256, SHA256_SIZE) != 0)
		engine_transfer_close(en);
	x->file = *file;
	x->partial = file != &s->release.full;
	x->full_bytes = s->release.full.bytes;
	x->slot = s->slot;
	x->length = s->release.length;
	x->written = s->written;
	x->end = 0;
	x->problem = NULL;
	return call(en, e);
}
