/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group: length of the operations' code, that code (their number first), the description of the prediction.
 * A segment: a byte that says what follows, the length of the code of differing bytes, that code, the inserted bytes.
 * Steps: copy from the base, predict, correct, insert.
 */
#include "delta/patch.h"

#include <zstd.h>

#include "core/base/cur.h"
#include "core/base/mem.h"
#include "delta/patch_frame.h"
#include "delta/patch_model.h"
#include "delta/patch_table.h"
#include "delta/predict.h"
#include "core/base/banned.h"

#define WINDOW ((size_t)64 * 1024) /* short operations near each other share a read of this size */
#define ZSTD_MEMORY ((size_t)192 * 1024)

/* What every segment needs anew. */
struct work {
	struct patch_model *model;
	ZSTD_DCtx *zstd;
	uint8_t window[WINDOW];
	uint64_t window_at;
	size_t window_n;
};

struct patch_group {
	struct patch_limits limits;
	struct patch_op *ops;
	size_t ops_n;
	struct predict *predict;
	struct work *work;
};

/* ---- groups ---- */

static size_t fixed_memory(void)
{
	return sizeof(struct patch_group) + sizeof(struct work) + patch_model_memory() + ZSTD_MEMORY;
}

size_t patch_memory(size_t ops_n)
{
	return fixed_memory() + ops_n * sizeof(struct patch_op);
}

static rc read_ops(struct patch_group *g, struct bytes code, size_t memory, struct err *e)
{
	struct patch_code c;
	patch_code_read(&c, code);
	struct patch_number *count MEM_AUTO = mem_alloc(sizeof *count);
	if (!count)
		return err_set(e, ERR_MEMORY, "operations: out of memory");
	patch_number_reset(count);
	uint64_t n = patch_number_code(count, &c, 0);
	if (n > PATCH_TABLE_OPS_MAX || n * sizeof *g->ops > memory)
		return err_set(e, ERR_LIMIT, "more operations than a group may have");
	g->ops = mem_array(n ? n : 1, sizeof *g->ops);
	if (!g->ops)
		return err_set(e, ERR_MEMORY, "operations: out of memory");
	g->ops_n = n;
	rc r = patch_table_code(&c, g->ops, n, &g->limits, e);
	if (rc_ok(r) && !patch_code_ok(&c))
		return err_set(e, ERR_INPUT, "operations: too short or too long");
	return r;
}

static rc fill_work(struct patch_group *g, struct err *e)
{
	g->work = mem_alloc(sizeof *g->work);
	if (!g->work)
		return err_set(e, ERR_MEMORY, "patch: out of memory");
	g->work->model = patch_model_new();
	g->work->zstd = ZSTD_createDCtx();
	if (!g->work->model || !g->work->zstd)
		return err_set(e, ERR_MEMORY, "patch: out of memory");
	return RC_OK;
}

static rc read_group(struct patch_group *g, struct bytes frame, struct err *e)
{
	struct cur c = cur_of(frame);
	struct bytes code = cur_take(&c, cur_u32(&c));
	struct bytes description = cur_take(&c, cur_left(&c));
	if (!cur_ok(&c))
		return err_set(e, ERR_INPUT, "operations: cut off");
	if (g->limits.memory < fixed_memory())
		return err_set(e, ERR_LIMIT, "a patch needs more memory than is allowed");
	size_t memory = g->limits.memory - fixed_memory();
	rc r = read_ops(g, code, memory, e);
	if (rc_ok(r))
		r = fill_work(g, e);
	if (rc_ok(r))
		r = predict_new(description, g->ops, g->ops_n, memory - g->ops_n * sizeof *g->ops, &g->predict, e);
	return r;
}

rc patch_group_decode(struct bytes frame, const struct patch_limits *limits, struct patch_group **ret, struct err *e)
{
	struct patch_group *g = mem_alloc(sizeof *g);
	if (!g)
		return err_set(e, ERR_MEMORY, "patch: out of memory");
	g->limits = *limits;
	rc r = read_group(g, frame, e);
	if (rc_failed(r)) {
		patch_group_free(g);
		return err_wrap(e, "patch");
	}
	*ret = g;
	return RC_OK;
}

void patch_group_free(struct patch_group *g)
{
	if (!g)
		return;
	if (g->work) {
		patch_model_free(g->work->model);
		(void)ZSTD_freeDCtx(g->work->zstd);
	}
	mem_free(g->work);
	predict_free(g->predict);
	mem_free(g->ops);
	mem_free(g);
}

/* ---- segments ---- */

struct segment {
	const struct patch_group *g;
	struct patch_frame_view view; /* its operations */
	const struct delta_base *base;
	uint8_t *out;
	size_t n;
};

static rc read_base(const struct segment *s, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	struct work *w = s->g->work;
	if (n > WINDOW / 4)
		return s->base->read(s->base->ctx, at, to, n, e);
	if (at < w->window_at || at - w->window_at > w->window_n || n > w->window_n - (size_t)(at - w->window_at)) {
		uint64_t left = s->g->limits.base_length - at;
		w->window_n = 0;
		rc r = s->base->read(s->base->ctx, at, w->window, left < WINDOW ? (size_t)left : WINDOW, e);
		if (rc_failed(r))
			return r;
		w->window_at = at;
		w->window_n = left < WINDOW ? (size_t)left : WINDOW;
	}
	memcpy(to, w->window + (at - w->window_at), n);
	return RC_OK;
}

static rc copy(const struct segment *s, struct err *e)
{
	memset(s->out, 0, s->n);
	s->g->work->window_n = 0;
	struct patch_frame_piece p;
	for (size_t i = 0; patch_frame_piece(&s->view, i, &p); i++) {
		rc r = read_base(s, p.base, s->out + p.from, p.to - p.from, e);
		if (rc_failed(r))
			return err_wrap(e, "reading the base");
	}
	return RC_OK;
}

static rc correct(const struct segment *s, struct bytes code, struct err *e)
{
	struct patch_code c;
	struct patch_frame_piece p;
	patch_code_read(&c, code);
	patch_model_reset(s->g->work->model);
	for (size_t i = 0; patch_frame_piece(&s->view, i, &p); i++)
		patch_model_copied(s->g->work->model, &c, s->out, NULL, p.from, p.to);
	return patch_code_ok(&c) ? RC_OK : err_set(e, ERR_INPUT, "differing bytes: too short or too long");
}

/* The inserted bytes stand together, `n` of them; each run to its place. */
static void spread(const struct segment *s, const uint8_t *inserted, size_t n)
{
	size_t at = 0, used = 0;
	struct patch_frame_piece p;
	for (size_t i = 0; patch_frame_piece(&s->view, i, &p); i++) {
		memcpy(s->out + at, inserted + used, p.from - at);
		used += p.from - at;
		at = p.to;
	}
	memcpy(s->out + at, inserted + used, n - used);
}

static rc insert(const struct segment *s, unsigned kind, struct bytes in, struct err *e)
{
	size_t n = s->n - s->view.covered;
	if (kind == PATCH_FRAME_INSERT_NONE)
		return in.n == 0 && n == 0 ? RC_OK : err_set(e, ERR_INPUT, "inserted bytes: another number than due");
	if (kind == PATCH_FRAME_INSERT_STORED) {
		if (in.n != n)
			return err_set(e, ERR_INPUT, "inserted bytes: another number than due");
		spread(s, in.p, n);
		return RC_OK;
	}
	if (kind != PATCH_FRAME_INSERT_ZSTD)
		return err_set(e, ERR_INPUT, "inserted bytes: unknown form");
	uint8_t *bytes MEM_AUTO = mem_alloc(n ? n : 1);
	if (!bytes)
		return err_set(e, ERR_MEMORY, "inserted bytes: out of memory");
	size_t got = ZSTD_decompressDCtx(s->g->work->zstd, bytes, n, in.p, in.n);
	if (ZSTD_isError(got) || got != n)
		return err_set(e, ERR_INPUT, "inserted bytes: not what zstd made");
	spread(s, bytes, n);
	return RC_OK;
}

rc patch_segment_decode(const struct patch_group *g, const struct patch_out *out, struct bytes frame,
			const struct delta_base *base, struct err *e)
{
	uint64_t at = out->at;
	size_t n = out->n;
	if (at < g->limits.image_from || at > g->limits.image_to || n > g->limits.image_to - at)
		return err_set(e, ERR_INTERNAL, "a segment outside its group");
	struct segment s = {.g = g, .base = base, .out = out->bytes, .n = n};
	patch_frame_view(&s.view, g->ops, g->ops_n, at, n);
	struct cur c = cur_of(frame);
	uint8_t what = cur_u8(&c);
	struct bytes code = {0};
	if (what & PATCH_FRAME_CORRECTED)
		code = cur_take(&c, (size_t)cur_be(&c, PATCH_FRAME_LENGTH_BYTES));
	struct bytes inserted = cur_take(&c, cur_left(&c));
	if (!cur_ok(&c))
		return err_set(e, ERR_INPUT, "patch: segment cut off");
	rc r = copy(&s, e);
	if (rc_failed(r))
		return r;
	predict_range(g->predict, at, out->bytes, n);
	if (what & PATCH_FRAME_CORRECTED)
		r = correct(&s, code, e);
	if (rc_ok(r))
		r = insert(&s, what & ~(unsigned)PATCH_FRAME_CORRECTED, inserted, e);
	return rc_failed(r) ? err_wrap(e, "patch") : RC_OK;
}
