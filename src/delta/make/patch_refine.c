/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task for each pair of files. Its operations replace the earlier ones, except where it finds nothing and they came
 * from another file.
 */
#include "delta/make/patch_refine.h"

#include "core/base/mem.h"
#include "delta/make/parallel_io.h"
#include "delta/make/patch_align.h"
#include "delta/make/patch_index.h"
#include "core/base/banned.h"

#define PART ((uint64_t)1 << PATCH_INDEX_PART_LOG2)
#define ALIGN_MEMORY (64 * MIB)
#define FOREIGN 2048u /* bytes: a copy from elsewhere that long stays */
#define WORTH 24u     /* bytes: a shorter gap is not filled again */

struct refine {
	const struct made_job *job;
	const struct predict_maker *predict;
	const struct patch_ops *old;
	struct predict_match *pairs;
	size_t pairs_n;
	struct patch_ops *found; /* for each pair, places as in the images */
	uint64_t memory;	 /* of a task */
};

static rc whole_suffix(struct bytes base, struct patch_suffix **ret, struct err *e)
{
	size_t n = (size_t)((base.n + PART - 1) / PART);
	uint32_t *parts MEM_AUTO = mem_array(n, sizeof *parts);
	if (!parts)
		return err_set(e, ERR_MEMORY, "matching again: out of memory");
	for (size_t i = 0; i < n; i++)
		parts[i] = (uint32_t)i;
	return patch_suffix_new(base, parts, n, ret, e);
}

static size_t first_reaching(const struct patch_ops *ops, uint64_t at)
{
	size_t lo = 0, hi = ops->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (ops->v[mid].image + ops->v[mid].length <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What of the earlier operations lies in [from, to), which the new ones leave open. */
static void keep_old(const struct refine *r, uint64_t from, uint64_t to, struct patch_ops *ret)
{
	if (to - from < WORTH)
		return;
	for (size_t i = first_reaching(r->old, from); i < r->old->n && r->old->v[i].image < to; i++) {
		const struct patch_op *op = &r->old->v[i];
		uint64_t begin = op->image < from ? from : op->image, end = op->image + op->length;
		if (end > to)
			end = to;
		if (end - begin >= WORTH)
			patch_ops_add(ret, begin, op->base + (begin - op->image), end - begin);
	}
}

static void place(const struct refine *r, const struct predict_match *pair, const struct patch_ops *local,
		  struct patch_ops *ret)
{
	uint64_t at = pair->image.at;
	for (size_t i = 0; i < local->n; i++) {
		const struct patch_op *op = &local->v[i];
		keep_old(r, at, pair->image.at + op->image, ret);
		patch_ops_add(ret, pair->image.at + op->image, pair->base.at + op->base, op->length);
		at = pair->image.at + op->image + op->length;
	}
	keep_old(r, at, pair->image.at + pair->image.length, ret);
}

/* Does an operation take so much from another place that this pair has no say in it? `part`: of it, in the file. */
static bool foreign(const struct predict_match *pair, const struct patch_op *op, struct patch_align_range *part)
{
	uint64_t end = pair->image.at + pair->image.length, from = op->image, to = op->image + op->length;
	from = from < pair->image.at ? pair->image.at : from;
	to = to > end ? end : to;
	part->from = from - pair->image.at;
	part->to = to - pair->image.at;
	uint64_t base = op->base + (from - op->image);
	return to - from >= FOREIGN &&
	       (base + (to - from) <= pair->base.at || base >= pair->base.at + pair->base.length);
}

/* The next range of the image's file, from `at` on, that does not come from another place; places in the file. */
static bool next_range(const struct refine *r, const struct predict_match *pair, uint64_t at,
		       struct patch_align_range *ret)
{
	struct patch_align_range part;
	*ret = (struct patch_align_range){.to = pair->image.length, .before = 0, .after = PATCH_ALIGN_NONE};
	uint64_t end = pair->image.at + pair->image.length;
	for (size_t i = first_reaching(r->old, pair->image.at + at); i < r->old->n && r->old->v[i].image < end; i++) {
		if (!foreign(pair, &r->old->v[i], &part))
			continue;
		if (part.from > at) {
			ret->to = part.from;
			break;
		}
		at = part.to;
	}
	ret->from = at;
	return at < pair->image.length;
}

static rc align(const struct refine *r, uint32_t i, struct bytes base, struct bytes image, struct err *e)
{
	struct patch_suffix *places = NULL;
	struct patch_ops local = {0};
	struct patch_align_range range = {0};
	rc done = whole_suffix(base, &places, e);
	while (rc_ok(done) && next_range(r, &r->pairs[i], range.to, &range))
		done = patch_align(base, image, places, &range, &local, e);
	patch_suffix_free(places);
	if (rc_ok(done)) {
		place(r, &r->pairs[i], &local, &r->found[i]);
		done = patch_ops_check(&r->found[i], e);
	}
	patch_ops_done(&local);
	return done;
}

static rc do_pair(void *ctx, uint32_t i, struct err *e)
{
	const struct refine *r = ctx;
	const struct predict_match *pair = &r->pairs[i];
	uint64_t text = pair->base.length + PART;
	uint64_t need = ALIGN_MEMORY + pair->image.length + pair->base.length + PATCH_SUFFIX_MEMORY * text;
	if (need > r->memory || text > PATCH_SUFFIX_TEXT_MAX) {
		keep_old(r, pair->image.at, pair->image.at + pair->image.length, &r->found[i]);
		return RC_OK;
	}
	uint8_t *image MEM_AUTO = mem_alloc((size_t)pair->image.length);
	uint8_t *base MEM_AUTO = mem_alloc((size_t)pair->base.length);
	if (!image || !base)
		return err_set(e, ERR_MEMORY, "matching again: out of memory");
	const struct predict_group all = {0, r->job->image.n, r->old->v, r->old->n};
	rc done = predict_make_normal(r->predict, pair, &all, image, base, e);
	if (rc_failed(done))
		return done;
	return align(r, i, bytes_of(base, pair->base.length), bytes_of(image, pair->image.length), e);
}

static void say_pair(void *ctx, uint32_t finished)
{
	const struct refine *r = ctx;
	if (r->job->progress)
		r->job->progress(r->job->ctx, "match again", finished, r->pairs_n);
}

/* The old ones outside the pairs, the new ones inside. */
static void merge(const struct refine *r, struct patch_ops *ret)
{
	uint64_t at = 0;
	for (size_t p = 0; p <= r->pairs_n; p++) {
		uint64_t to = p < r->pairs_n ? r->pairs[p].image.at : r->job->image.n;
		for (size_t i = first_reaching(r->old, at); i < r->old->n && r->old->v[i].image < to; i++) {
			const struct patch_op *op = &r->old->v[i];
			uint64_t begin = op->image < at ? at : op->image, end = op->image + op->length;
			if (end > to)
				end = to;
			patch_ops_add(ret, begin, op->base + (begin - op->image), end - begin);
		}
		if (p < r->pairs_n) {
			patch_ops_append(ret, &r->found[p]);
			at = r->pairs[p].image.at + r->pairs[p].image.length;
		}
	}
}

static rc run(struct refine *r, struct patch_ops *ret, struct err *e)
{
	const struct predict_group all = {0, r->job->image.n, r->old->v, r->old->n};
	rc done = predict_make_pairs(r->predict, &all, &r->pairs, &r->pairs_n, e);
	if (rc_failed(done))
		return done;
	r->found = mem_array(r->pairs_n ? r->pairs_n : 1, sizeof *r->found);
	if (!r->found)
		return err_set(e, ERR_MEMORY, "matching again: out of memory");
	r->memory = r->job->memory_max / r->job->threads;
	done = parallel_io_each(r->job->threads, (uint32_t)r->pairs_n, do_pair, say_pair, r, e);
	if (rc_failed(done))
		return done;
	merge(r, ret);
	return patch_ops_check(ret, e);
}

rc patch_refine(const struct made_job *job, const struct predict_maker *predict, struct patch_ops *ops, struct err *e)
{
	struct refine r = {.job = job, .predict = predict, .old = ops};
	struct patch_ops better = {0};
	rc done = run(&r, &better, e);
	for (size_t i = 0; r.found && i < r.pairs_n; i++)
		patch_ops_done(&r.found[i]);
	mem_free(r.found);
	mem_free(r.pairs);
	if (rc_failed(done)) {
		patch_ops_done(&better);
		return err_wrap(e, "matching programs again");
	}
	patch_ops_done(ops);
	*ops = better;
	return RC_OK;
}
