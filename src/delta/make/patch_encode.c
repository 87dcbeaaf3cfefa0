/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the device will do, and writes down where the result is not the image. */
#include "delta/make/patch_encode.h"

#include <zstd.h>

#include "core/base/mem.h"
#include "delta/patch_frame.h"
#include "delta/patch_model.h"
#include "delta/patch_table.h"
#include "core/base/banned.h"

#define CODE_MAX ((size_t)1 << 24) /* what PATCH_FRAME_LENGTH_BYTES can say */

rc patch_encode_group(const struct patch_encode_group *g, uint64_t base_length, struct bytes description,
		      struct buf *out, struct err *e)
{
	struct patch_limits limits = {.image_from = g->from, .image_to = g->to, .base_length = base_length};
	CLEANUP(buf_done) struct buf code;
	buf_init(&code, CODE_MAX);
	struct patch_code c;
	struct patch_number *count MEM_AUTO = mem_alloc(sizeof *count);
	if (!count)
		return err_set(e, ERR_MEMORY, "operations: out of memory");
	patch_number_reset(count);
	patch_code_write(&c, &code);
	(void)patch_number_code(count, &c, g->ops_n);
	rc r = patch_table_code(&c, g->ops, g->ops_n, &limits, e);
	if (rc_failed(r))
		return r;
	patch_code_flush(&c);
	r = buf_check(&code, "operations", e);
	if (rc_failed(r))
		return r;
	buf_put_u32(out, (uint32_t)code.len);
	buf_put(out, buf_view(&code));
	buf_put(out, description);
	return buf_check(out, "group", e);
}

struct work {
	uint8_t *bytes, *inserted; /* as copied and predicted; what is not copied */
	size_t inserted_n;
	struct patch_model *model;
	struct buf code;
};

static void work_done(struct work *w)
{
	mem_free(w->bytes);
	mem_free(w->inserted);
	patch_model_free(w->model);
	buf_done(&w->code);
}

static rc work_init(struct work *w, size_t n, struct err *e)
{
	w->bytes = mem_alloc(n);
	w->inserted = mem_alloc(n);
	w->model = patch_model_new();
	buf_init(&w->code, CODE_MAX - 1);
	if (!w->bytes || !w->inserted || !w->model)
		return err_set(e, ERR_MEMORY, "encoding a segment: out of memory");
	return RC_OK;
}

static void prepare(struct work *w, const struct patch_frame_view *v, const struct patch_encode_segment *s)
{
	const uint8_t *actual = s->image.p + s->at;
	size_t at = 0;
	struct patch_frame_piece p;
	for (size_t i = 0; patch_frame_piece(v, i, &p); i++) {
		memcpy(w->bytes + p.from, s->base.p + p.base, p.to - p.from);
		memcpy(w->inserted + w->inserted_n, actual + at, p.from - at);
		w->inserted_n += p.from - at;
		at = p.to;
	}
	memcpy(w->inserted + w->inserted_n, actual + at, s->n - at);
	w->inserted_n += s->n - at;
}

/* Does anything that was copied differ? */
static bool any_differs(const struct work *w, const struct patch_frame_view *v, const uint8_t *actual)
{
	struct patch_frame_piece p;
	for (size_t i = 0; patch_frame_piece(v, i, &p); i++) {
		if (memcmp(w->bytes + p.from, actual + p.from, p.to - p.from) != 0)
			return true;
	}
	return false;
}

static rc correct(struct work *w, const struct patch_frame_view *v, const uint8_t *actual, struct err *e)
{
	struct patch_code c;
	struct patch_frame_piece p;
	patch_code_write(&c, &w->code);
	patch_model_reset(w->model);
	for (size_t i = 0; patch_frame_piece(v, i, &p); i++)
		patch_model_copied(w->model, &c, w->bytes, actual, p.from, p.to);
	patch_code_flush(&c);
	return buf_check(&w->code, "differing bytes", e);
}

static rc put_frame(struct work *w, bool corrected, int level, struct buf *out, size_t *ret_room, struct err *e)
{
	uint8_t form = w->inserted_n ? PATCH_FRAME_INSERT_STORED : PATCH_FRAME_INSERT_NONE;
	struct bytes inserted = bytes_of(w->inserted, w->inserted_n);
	size_t room = ZSTD_compressBound(w->inserted_n);
	uint8_t *packed MEM_AUTO = mem_alloc(room);
	if (!packed)
		return err_set(e, ERR_MEMORY, "inserted bytes: out of memory");
	size_t n = w->inserted_n ? ZSTD_compress(packed, room, w->inserted, w->inserted_n, level) : 0;
	if (ZSTD_isError(n))
		return err_set(e, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
	if (n < w->inserted_n) {
		form = PATCH_FRAME_INSERT_ZSTD;
		inserted = bytes_of(packed, n);
	}
	buf_put_u8(out, form | (corrected ? PATCH_FRAME_CORRECTED : 0));
	if (corrected) {
		buf_put_u8(out, (uint8_t)(w->code.len >> 16));
		buf_put_u16(out, (uint16_t)w->code.len);
		buf_put(out, buf_view(&w->code));
	}
	buf_put(out, inserted);
	*ret_room = form == PATCH_FRAME_INSERT_ZSTD ? w->inserted_n : 0;
	return buf_check(out, "segment", e);
}

rc patch_encode_segment(const struct patch_encode_group *g, const struct patch_encode_segment *s, struct buf *out,
			size_t *ret_room, struct err *e)
{
	CLEANUP(work_done) struct work w = {0};
	struct patch_frame_view v;
	rc r = work_init(&w, s->n, e);
	if (rc_failed(r))
		return r;
	patch_frame_view(&v, g->ops, g->ops_n, s->at, s->n);
	prepare(&w, &v, s);
	predict_range(g->predict, s->at, w.bytes, s->n);
	bool corrected = any_differs(&w, &v, s->image.p + s->at);
	if (corrected)
		r = correct(&w, &v, s->image.p + s->at, e);
	return rc_ok(r) ? put_frame(&w, corrected, s->level, out, ret_room, e) : r;
}
