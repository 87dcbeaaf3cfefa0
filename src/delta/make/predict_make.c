/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the ELF files of both images, pairs them by what the operations copy, and describes the pairs that pay. */
#include "delta/make/predict_make.h"

#include "core/base/mem.h"
#include "delta/make/predict_normal.h"
#include "delta/make/predict_trial.h"
#include "delta/make/predict_votes.h"
#include "delta/predict_parts.h"
#include "core/base/banned.h"

#define STEP 512 /* files begin at blocks; the smallest there are */
#define FILES_MAX ((size_t)1 << 20)

struct predict_maker {
	struct predict_images images;
	struct predict_elf *base, *image;
	size_t base_n, image_n;
};

rc predict_make_find(struct bytes image, struct predict_elf **ret, size_t *ret_n, struct err *e)
{
	struct predict_elf *found = NULL;
	size_t n = 0, room = 0;
	for (uint64_t at = 0; at < image.n && n < FILES_MAX;) {
		uint64_t length = predict_elf_length((struct bytes){image.p + at, image.n - at});
		if (!length) {
			at += STEP;
			continue;
		}
		if (n == room) {
			struct predict_elf *more = mem_regrow(found, room, 2 * room + 64, sizeof *found);
			if (!more) {
				mem_free(found);
				return err_set(e, ERR_MEMORY, "list of ELF files: out of memory");
			}
			found = more;
			room = 2 * room + 64;
		}
		found[n++] = (struct predict_elf){at, length};
		at += (length + STEP - 1) / STEP * STEP;
	}
	*ret = found;
	*ret_n = n;
	return RC_OK;
}

rc predict_make_new(const struct predict_images *images, struct predict_maker **ret, struct err *e)
{
	struct predict_maker *m = mem_alloc(sizeof *m);
	if (!m)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	m->images = *images;
	rc r = predict_make_find(images->base, &m->base, &m->base_n, e);
	if (rc_ok(r))
		r = predict_make_find(images->image, &m->image, &m->image_n, e);
	if (rc_failed(r)) {
		predict_make_free(m);
		return r;
	}
	*ret = m;
	return RC_OK;
}

void predict_make_free(struct predict_maker *m)
{
	if (!m)
		return;
	mem_free(m->base);
	mem_free(m->image);
	mem_free(m);
}

/* The file that holds the byte, or would if it were longer; n: it is before all. */
static size_t file_at(const struct predict_elf *files, size_t n, uint64_t at)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (files[middle].at > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low ? low - 1 : n;
}

/* The file, and the operations that touch it. */
static struct predict_group part_of(const struct predict_group *group, const struct predict_elf *file)
{
	struct predict_group own = {.from = file->at, .to = file->at + file->length};
	size_t first = predict_parts_first(group->ops, group->ops_n, own.from), last = first;
	while (last < group->ops_n && group->ops[last].image < own.to)
		last++;
	own.ops = group->ops + first;
	own.ops_n = last - first;
	return own;
}

/* The file of the base that most is copied from; base_n: none. `votes`: zeroed, one for each; zeroed again. */
static size_t origin(const struct predict_maker *m, const struct patch_op *ops, size_t n, uint64_t *votes)
{
	size_t best = m->base_n;
	for (size_t i = 0; i < n; i++) {
		size_t f = file_at(m->base, m->base_n, ops[i].base);
		if (f == m->base_n || ops[i].base - m->base[f].at >= m->base[f].length)
			continue;
		votes[f] += ops[i].length;
		if (best == m->base_n || votes[f] > votes[best])
			best = f;
	}
	for (size_t i = 0; i < n; i++) {
		size_t f = file_at(m->base, m->base_n, ops[i].base);
		if (f < m->base_n)
			votes[f] = 0;
	}
	return best;
}

static rc read_file(struct bytes image, const struct predict_elf *at, struct predict_elf_file *ret, struct err *e)
{
	rc r = predict_elf_read((struct bytes){image.p + at->at, at->length}, ret, e);
	if (rc_ok(r))
		ret->at = at->at;
	return r;
}

/* Do the operations make something else of the file than what it is? Then it is worth describing. */
static bool changed(const struct predict_maker *m, const struct predict_group *file)
{
	uint64_t at = file->from;
	for (size_t i = 0; i < file->ops_n; i++) {
		const struct patch_op *op = &file->ops[i];
		if (op->image > at || op->base > m->images.base.n || op->length > m->images.base.n - op->base)
			return true;
		uint64_t into = at - op->image, end = op->image + op->length;
		end = end < file->to ? end : file->to;
		if (end > at && memcmp(m->images.image.p + at, m->images.base.p + op->base + into, end - at) != 0)
			return true;
		at = end;
	}
	return at < file->to;
}

rc predict_make_pairs(const struct predict_maker *m, const struct predict_group *group, struct predict_match **ret,
		      size_t *ret_n, struct err *e)
{
	struct predict_match *pairs = mem_array(m->image_n + 1, sizeof *pairs);
	uint64_t *MEM_AUTO votes = mem_array(m->base_n + 1, sizeof *votes);
	size_t first = file_at(m->image, m->image_n, group->from), n = 0;
	if (!pairs || !votes) {
		mem_free(pairs);
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	}
	for (size_t i = first == m->image_n ? 0 : first; i < m->image_n && m->image[i].at < group->to; i++) {
		struct predict_group own = part_of(group, &m->image[i]);
		size_t f = origin(m, own.ops, own.ops_n, votes);
		if (f < m->base_n && changed(m, &own))
			pairs[n++] = (struct predict_match){m->image[i], m->base[f]};
	}
	*ret = pairs;
	*ret_n = n;
	return RC_OK;
}

/* Both files of a pair, read. */
struct both {
	struct predict_elf_file image, base;
};

static void both_done(struct both *b)
{
	predict_elf_done(&b->image);
	predict_elf_done(&b->base);
}

/* ERR_INPUT: not two files for the same machine, of a form that we know. */
static rc read_both(const struct predict_maker *m, const struct predict_match *pair, struct both *ret, struct err *e)
{
	const struct predict_elf_file *a = &ret->image, *b = &ret->base;
	rc r = read_file(m->images.image, &pair->image, &ret->image, e);
	if (rc_ok(r))
		r = read_file(m->images.base, &pair->base, &ret->base, e);
	if (rc_ok(r) && (a->machine != b->machine || a->type != b->type || a->wide != b->wide || a->big != b->big))
		r = err_set(e, ERR_INPUT, "files for different machines");
	return r;
}

rc predict_make_normal(const struct predict_maker *m, const struct predict_match *pair,
		       const struct predict_group *group, uint8_t *image, uint8_t *base, struct err *e)
{
	struct both CLEANUP(both_done) both = {0};
	rc r = read_both(m, pair, &both, e);
	memcpy(image, m->images.image.p + pair->image.at, pair->image.length);
	memcpy(base, m->images.base.p + pair->base.at, pair->base.length);
	if (r.code == ERR_INPUT)
		return RC_OK; /* as they are, then */
	struct predict_group own = part_of(group, &pair->image);
	struct predict_plan CLEANUP(predict_plan_done) plan = {0};
	if (rc_ok(r))
		r = predict_plan_init(&plan, &both.image, &both.base, e);
	if (rc_ok(r))
		r = predict_votes_fix(&plan, &m->images, own.ops, own.ops_n, e);
	if (rc_ok(r))
		r = predict_normal_image(&both.image, image, e);
	return rc_ok(r) ? predict_normal_base(&plan, &both.base, &own, base, e) : r;
}

/* A plan for the file, in `ret`; without sections if it does not pay. */
static rc plan_file(const struct predict_maker *m, const struct predict_match *pair, const struct predict_group *group,
		    struct predict_plan *ret, struct err *e)
{
	struct both CLEANUP(both_done) both = {0};
	struct predict_group own = part_of(group, &pair->image);
	rc r = read_both(m, pair, &both, e);
	if (rc_ok(r))
		r = predict_plan_init(ret, &both.image, &both.base, e);
	if (rc_ok(r))
		r = predict_votes_fix(ret, &m->images, own.ops, own.ops_n, e);
	if (rc_ok(r))
		r = predict_trial_settle(ret, &m->images, own.ops, own.ops_n, e);
	return r;
}

struct plans {
	struct predict_match *pairs;
	struct predict_plan *all;
	size_t pairs_n, n;
};

static void plans_done(struct plans *p)
{
	for (size_t i = 0; p->all && i < p->n; i++)
		predict_plan_done(&p->all[i]);
	mem_free(p->all);
	mem_free(p->pairs);
}

rc predict_make(const struct predict_maker *m, const struct predict_group *group, struct buf *out, struct err *e)
{
	struct plans CLEANUP(plans_done) plans = {0};
	rc r = predict_make_pairs(m, group, &plans.pairs, &plans.pairs_n, e);
	if (rc_failed(r))
		return r;
	plans.all = mem_array(plans.pairs_n + 1, sizeof *plans.all);
	if (!plans.all)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	for (size_t i = 0; i < plans.pairs_n; i++) {
		struct predict_plan *p = &plans.all[plans.n];
		r = plan_file(m, &plans.pairs[i], group, p, e);
		if (rc_ok(r) && p->sections_n)
			plans.n++;
		else
			predict_plan_done(p);
		if (rc_failed(r) && r.code != ERR_INPUT)
			return err_wrap(e, "the file at %llu of the image",
					(unsigned long long)plans.pairs[i].image.at);
	}
	predict_plan_encode(plans.all, plans.n, out);
	return buf_check(out, "the description of a group's files", e);
}
