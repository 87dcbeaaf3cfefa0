/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks out of what the equal blocks leave, and their results put together again. */
#include "delta/make/patch_match.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "delta/make/parallel_io.h"
#include "delta/make/patch_align.h"
#include "delta/make/patch_blocks.h"
#include "delta/make/patch_index.h"
#include "core/base/banned.h"

#define SURE (8 * (uint64_t)PATCH_BLOCKS_BYTES) /* a run of equal blocks this long is not looked at again */
#define TASK (8 * MIB)				/* of the image */
#define TEXT_EXTRA (4 * MIB)
#define TEXT_FACTOR 3u	/* parts of the base to search, for each byte of the task */
#define STRONG_VOTES 16 /* the neighbours of such a part come along */
#define ALIGN_MEMORY (64 * MIB)
#define PART ((uint64_t)1 << PATCH_INDEX_PART_LOG2)

struct task {
	struct patch_align_range *ranges;
	size_t n;
	struct patch_ops ops;
};

struct match {
	const struct made_job *job;
	struct patch_index *index;
	struct patch_align_range *ranges;
	size_t ranges_n;
	struct task *tasks;
	uint32_t tasks_n;
	uint64_t text_max;
	struct patch_ops sure;
};

struct vote {
	uint32_t part, votes;
};

static int by_votes(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;
	if (x->votes != y->votes)
		return x->votes > y->votes ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static int by_part(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* The parts to search, into `ret` (one place for each part of the base); `counts` is used up. */
static size_t choose_parts(uint32_t *counts, size_t n, struct vote *order, size_t most, uint32_t *ret)
{
	size_t voted = 0, got = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t own = counts[i];
		bool beside = (i > 0 && counts[i - 1] >= STRONG_VOTES) || (i + 1 < n && counts[i + 1] >= STRONG_VOTES);
		if (own > 0 || beside)
			order[voted++] = (struct vote){(uint32_t)i, beside ? own + STRONG_VOTES / 2 : own};
	}
	qsort(order, voted, sizeof *order, by_votes);
	for (; got < voted && got < most; got++)
		ret[got] = order[got].part;
	qsort(ret, got, sizeof *ret, by_part);
	return got;
}

static rc find_places(const struct match *m, const struct task *t, struct patch_suffix **ret, struct err *e)
{
	size_t parts = patch_index_parts(m->index);
	uint32_t *counts MEM_AUTO = mem_array(parts, sizeof *counts);
	uint32_t *chosen MEM_AUTO = mem_array(parts, sizeof *chosen);
	struct vote *order MEM_AUTO = mem_array(parts, sizeof *order);
	if (!counts || !chosen || !order)
		return err_set(e, ERR_MEMORY, "similar parts: out of memory");
	uint64_t bytes = 0;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t from = t->ranges[i].from, length = t->ranges[i].to - from;
		patch_index_vote(m->index, bytes_of(m->job->image.p + from, length), counts);
		bytes += length;
	}
	uint64_t text = TEXT_FACTOR * bytes + TEXT_EXTRA;
	if (text > m->text_max)
		text = m->text_max;
	size_t n = choose_parts(counts, parts, order, text / PART, chosen);
	return patch_suffix_new(m->job->base, chosen, n, ret, e);
}

static rc do_task(void *ctx, uint32_t i, struct err *e)
{
	const struct match *m = ctx;
	struct task *t = &m->tasks[i];
	struct patch_suffix *places = NULL;
	rc r = find_places(m, t, &places, e);
	for (size_t k = 0; rc_ok(r) && k < t->n; k++)
		r = patch_align(m->job->base, m->job->image, places, &t->ranges[k], &t->ops, e);
	patch_suffix_free(places);
	return r;
}

static void say_task(void *ctx, uint32_t finished)
{
	const struct match *m = ctx;
	if (m->job->progress)
		m->job->progress(m->job->ctx, "matching", finished, m->tasks_n);
}

static int64_t shift_of(const struct patch_op *op)
{
	return (int64_t)(op->base - op->image);
}

/* Keeps the long runs only. */
static void keep_sure(struct patch_ops *ops)
{
	size_t kept = 0;
	for (size_t i = 0; i < ops->n; i++) {
		if (ops->v[i].length >= SURE)
			ops->v[kept++] = ops->v[i];
	}
	ops->n = kept;
}

static rc list_ranges(struct match *m, struct err *e)
{
	const struct patch_ops *sure = &m->sure;
	size_t cuts = (size_t)(m->job->image.n / TASK) + 1;
	m->ranges = mem_array(sure->n + 1 + cuts, sizeof *m->ranges);
	m->tasks = mem_array(sure->n + 1 + cuts, sizeof *m->tasks);
	if (!m->ranges || !m->tasks)
		return err_set(e, ERR_MEMORY, "ranges to match: out of memory");
	uint64_t at = 0;
	for (size_t i = 0; i <= sure->n; i++) {
		uint64_t to = i < sure->n ? sure->v[i].image : m->job->image.n;
		while (at < to) {
			uint64_t cut = to - at <= TASK ? to : at + TASK;
			bool first = i > 0 && at == sure->v[i - 1].image + sure->v[i - 1].length;
			m->ranges[m->ranges_n++] = (struct patch_align_range){
				.from = at,
				.to = cut,
				.before = first ? shift_of(&sure->v[i - 1]) : PATCH_ALIGN_NONE,
				.after = cut == to && i < sure->n ? shift_of(&sure->v[i]) : PATCH_ALIGN_NONE};
			at = cut;
		}
		if (i < sure->n)
			at = sure->v[i].image + sure->v[i].length;
	}
	return RC_OK;
}

static void list_tasks(struct match *m)
{
	uint64_t bytes = TASK;
	for (size_t i = 0; i < m->ranges_n; i++) {
		uint64_t length = m->ranges[i].to - m->ranges[i].from;
		if (bytes + length > TASK) {
			m->tasks[m->tasks_n++].ranges = &m->ranges[i];
			bytes = 0;
		}
		m->tasks[m->tasks_n - 1].n++;
		bytes += length;
	}
}

static void merge(const struct match *m, struct patch_ops *ret)
{
	size_t next = 0;
	for (uint32_t t = 0; t < m->tasks_n; t++) {
		const struct patch_ops *ops = &m->tasks[t].ops;
		for (size_t i = 0; i < ops->n; i++) {
			for (; next < m->sure.n && m->sure.v[next].image < ops->v[i].image; next++)
				patch_ops_add(ret, m->sure.v[next].image, m->sure.v[next].base, m->sure.v[next].length);
			patch_ops_add(ret, ops->v[i].image, ops->v[i].base, ops->v[i].length);
		}
	}
	for (; next < m->sure.n; next++)
		patch_ops_add(ret, m->sure.v[next].image, m->sure.v[next].base, m->sure.v[next].length);
}

static rc share_memory(struct match *m, struct err *e)
{
	const struct made_job *job = m->job;
	uint64_t index = job->memory_max / 4, fixed = ALIGN_MEMORY + PATCH_SUFFIX_FIXED;
	uint64_t each = (job->memory_max - index) / job->threads;
	if (each < fixed + MIB * PATCH_SUFFIX_MEMORY) {
		(void)err_set(e, ERR_LIMIT, "too little memory to make a patch");
		return err_hint(e, "allow at least %u MiB, or fewer threads", (unsigned)(job->threads * 96 + 32));
	}
	m->text_max = (each - fixed) / PATCH_SUFFIX_MEMORY;
	if (m->text_max > PATCH_SUFFIX_TEXT_MAX)
		m->text_max = PATCH_SUFFIX_TEXT_MAX;
	return patch_index_new(job->base, index, &m->index, e);
}

static rc run(struct match *m, struct patch_ops *ret, struct err *e)
{
	rc r = patch_blocks_find(m->job->base, m->job->image, &m->sure, e);
	if (rc_failed(r))
		return r;
	keep_sure(&m->sure);
	r = list_ranges(m, e);
	if (rc_ok(r))
		r = share_memory(m, e);
	if (rc_failed(r))
		return r;
	list_tasks(m);
	r = parallel_io_each(m->job->threads, m->tasks_n, do_task, say_task, m, e);
	if (rc_failed(r))
		return r;
	merge(m, ret);
	return patch_ops_check(ret, e);
}

rc patch_match(const struct made_job *job, struct patch_ops *ret, struct err *e)
{
	struct match m = {.job = job};
	rc r = run(&m, ret, e);
	for (uint32_t i = 0; i < m.tasks_n; i++)
		patch_ops_done(&m.tasks[i].ops);
	mem_free(m.tasks);
	mem_free(m.ranges);
	patch_ops_done(&m.sure);
	patch_index_free(m.index);
	return rc_failed(r) ? err_wrap(e, "matching the images") : RC_OK;
}
