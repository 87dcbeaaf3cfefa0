/* SPDX-License-Identifier: Apache-2.0 */
/* The order of things: match, group, describe, encode; then what a decoder will need. */
#include "delta/make/patch_make.h"

#include "core/base/mem.h"
#include "delta/decode.h"
#include "delta/make/parallel_io.h"
#include "delta/make/patch_encode.h"
#include "delta/make/patch_match.h"
#include "delta/make/patch_refine.h"
#include "delta/make/predict_make.h"
#include "delta/patch_table.h"
#include "core/base/banned.h"

#define DECODER_BYTES (256 * 1024) /* its header and stack */
#define PREDICT_BYTES (2 * MIB)	   /* of a group: more is not described */
#define DOUBT 8			   /* a frame larger than 1/8 of its segment is compared with the plain one */

struct maker {
	struct made *m;
	const struct made_job *job;
	struct patch_ops ops;
	struct predict_maker *predict;
	struct patch_encode_group *groups;
	struct buf *descriptions;
	uint32_t groups_n;
	size_t group_memory; /* of the largest */
	size_t *rooms;	     /* of each segment, beside frame and segment */
};

/* ---- groups: as many segments as their operations allow ---- */

/* Index of the first operation that ends after `at`, from `i` on. */
static size_t reach(const struct patch_ops *ops, size_t i, uint64_t at)
{
	while (i < ops->n && ops->v[i].image + ops->v[i].length <= at)
		i++;
	return i;
}

/* Of the operations from `first` on, the parts in [from, to), at most `most`. */
static size_t cut(const struct patch_ops *ops, size_t first, uint64_t from, uint64_t to, size_t most,
		  struct patch_op *ret)
{
	size_t n = 0;
	for (size_t i = first; i < ops->n && ops->v[i].image < to && n < most; i++) {
		struct patch_op op = ops->v[i];
		uint64_t begin = op.image < from ? from : op.image;
		uint64_t end = op.image + op.length < to ? op.image + op.length : to;
		ret[n++] = (struct patch_op){begin, op.base + (begin - op.image), (uint32_t)(end - begin)};
	}
	return n;
}

static rc add_group(struct maker *k, uint64_t from, uint64_t to, size_t first, struct err *e)
{
	struct patch_encode_group *g = &k->groups[k->groups_n];
	size_t last = first;
	while (last < k->ops.n && k->ops.v[last].image < to)
		last++;
	g->from = from;
	g->to = to;
	g->ops = mem_array(last - first + 1, sizeof *g->ops);
	if (!g->ops)
		return err_set(e, ERR_MEMORY, "groups: out of memory");
	/* More than fit, in one segment: the rest of it is inserted bytes. */
	g->ops_n = cut(&k->ops, first, from, to, PATCH_TABLE_OPS_MAX, g->ops);
	buf_init(&k->descriptions[k->groups_n++], TRANSFER_FRAME_MAX / 2);
	return RC_OK;
}

static rc list_groups(struct maker *k, struct err *e)
{
	uint32_t segments = k->m->t.segments_n;
	k->groups = mem_array(segments, sizeof *k->groups);
	k->descriptions = mem_array(segments, sizeof *k->descriptions);
	if (!k->groups || !k->descriptions)
		return err_set(e, ERR_MEMORY, "groups: out of memory");
	uint64_t size = (uint64_t)1 << k->job->segment_log2, end = k->job->image.n, from = 0;
	size_t first = 0, done = 0; /* operations of the group; of the segments looked at */
	for (uint64_t at = 0; at < end; at += size) {
		uint64_t to = end - at < size ? end : at + size;
		size_t next = reach(&k->ops, done, to);
		if (next + 1 - first > PATCH_TABLE_OPS_MAX && at > from) {
			rc r = add_group(k, from, at, first, e);
			if (rc_failed(r))
				return r;
			first = done;
			from = at;
		}
		done = next;
	}
	return add_group(k, from, end, first, e);
}

static rc do_group(void *ctx, uint32_t i, struct err *e)
{
	struct maker *k = ctx;
	struct patch_encode_group *g = &k->groups[i];
	const struct predict_group group = {g->from, g->to, g->ops, g->ops_n};
	rc r = predict_make(k->predict, &group, &k->descriptions[i], e);
	if (rc_ok(r))
		r = buf_check(&k->descriptions[i], "description of the prediction", e);
	if (rc_ok(r))
		r = predict_new(buf_view(&k->descriptions[i]), g->ops, g->ops_n, PREDICT_BYTES, &g->predict, e);
	if (r.code == ERR_LIMIT) {
		/* Too much for a device: then without. */
		buf_reset(&k->descriptions[i]);
		r = predict_new(buf_view(&k->descriptions[i]), g->ops, g->ops_n, PREDICT_BYTES, &g->predict, e);
	}
	if (rc_ok(r))
		r = patch_encode_group(g, k->job->base.n, buf_view(&k->descriptions[i]), &k->m->group_frames[i], e);
	return r;
}

static rc do_groups(struct maker *k, struct err *e)
{
	rc r = list_groups(k, e);
	if (rc_ok(r))
		r = made_groups(k->m, k->groups_n, e);
	if (rc_failed(r))
		return r;
	for (uint32_t i = 0; i < k->groups_n; i++)
		k->m->t.groups[i].first = (uint32_t)(k->groups[i].from >> k->job->segment_log2);
	return parallel_io_each(k->job->threads, k->groups_n, do_group, NULL, k, e);
}

/* ---- segments ---- */

static const struct patch_encode_group *group_at(const struct maker *k, uint64_t at)
{
	uint32_t i = 0;
	while (i + 1 < k->groups_n && k->groups[i + 1].from <= at)
		i++;
	return &k->groups[i];
}

/* What a decoder holds at a segment: the group, the frame, what comes of it. */
static uint64_t memory_of(const struct maker *k, uint32_t i)
{
	return DECODER_BYTES + k->group_memory + k->m->segment_frames[i].len + k->rooms[i] +
	       ((uint64_t)1 << k->job->segment_log2);
}

static rc do_segment(void *ctx, uint32_t i, struct err *e)
{
	const struct maker *k = ctx;
	const struct made_job *job = k->job;
	uint64_t at = (uint64_t)i << job->segment_log2, left = job->image.n - at,
		 whole = (uint64_t)1 << job->segment_log2;
	struct patch_encode_segment s = {job->base, job->image, at, left < whole ? (size_t)left : (size_t)whole,
					 job->level};
	CLEANUP(buf_done) struct buf plain;
	struct buf *out = &k->m->segment_frames[i];
	buf_init(&plain, out->max);
	buf_put_u8(out, DECODE_PATCH);
	rc r = patch_encode_segment(group_at(k, at), &s, out, &k->rooms[i], e);
	bool fits = memory_of(k, i) <= TRANSFER_MEMORY_MAX;
	if (rc_failed(r) || (fits && out->len <= s.n / DOUBT))
		return r;
	r = made_plain_frame(bytes_of(job->image.p + at, s.n), job->level, &plain, e);
	if (rc_failed(r) || (fits && plain.len >= out->len))
		return r;
	k->rooms[i] = 0;
	buf_reset(out);
	buf_put(out, buf_view(&plain));
	return buf_check(out, "segment", e);
}

static void say_segment(void *ctx, uint32_t finished)
{
	const struct maker *k = ctx;
	if (k->job->progress)
		k->job->progress(k->job->ctx, "pack", finished, k->m->t.segments_n);
}

static rc do_segments(struct maker *k, struct err *e)
{
	uint32_t n = k->m->t.segments_n;
	uint64_t most = 0;
	k->rooms = mem_array(n, sizeof *k->rooms);
	if (!k->rooms)
		return err_set(e, ERR_MEMORY, "segments: out of memory");
	for (uint32_t i = 0; i < k->groups_n; i++) {
		const struct patch_encode_group *g = &k->groups[i];
		size_t bytes = patch_memory(g->ops_n) + predict_memory(g->predict) + k->m->group_frames[i].len;
		k->group_memory = bytes > k->group_memory ? bytes : k->group_memory;
	}
	rc r = parallel_io_each(k->job->threads, n, do_segment, say_segment, k, e);
	for (uint32_t i = 0; i < n; i++)
		most = memory_of(k, i) > most ? memory_of(k, i) : most;
	if (rc_ok(r) && most > TRANSFER_MEMORY_MAX) {
		(void)err_set(e, ERR_LIMIT, "a device would need %llu bytes of memory", (unsigned long long)most);
		return err_hint(e, "smaller segments need less");
	}
	k->m->t.memory = (uint32_t)most;
	return r;
}

static rc make(struct maker *k, struct err *e)
{
	rc r = made_begin(k->m, k->job, e);
	if (rc_ok(r))
		r = patch_match(k->job, &k->ops, e);
	const struct predict_images images = {k->job->base, k->job->image};
	if (rc_ok(r))
		r = predict_make_new(&images, &k->predict, e);
	if (rc_ok(r))
		r = patch_refine(k->job, k->predict, &k->ops, e);
	if (rc_ok(r))
		r = do_groups(k, e);
	if (rc_ok(r))
		r = do_segments(k, e);
	return rc_ok(r) ? made_finish(k->m, k->job, e) : r;
}

rc patch_make(struct made *m, const struct made_job *job, struct err *e)
{
	if (job->base.n == 0)
		return made_full(m, job, e);
	struct maker k = {.m = m, .job = job};
	rc r = make(&k, e);
	for (uint32_t i = 0; i < k.groups_n; i++) {
		mem_free(k.groups[i].ops);
		predict_free(k.groups[i].predict);
		buf_done(&k.descriptions[i]);
	}
	predict_make_free(k.predict);
	mem_free(k.rooms);
	mem_free(k.groups);
	mem_free(k.descriptions);
	patch_ops_done(&k.ops);
	return rc_failed(r) ? err_wrap(e, "making a patch") : RC_OK;
}
