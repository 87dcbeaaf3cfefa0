/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The price of a file's differing bytes with and without prediction, section by section. Only bytes that an operation
 * carries count: inserted ones cost the same either way.
 */
#include "delta/make/predict_trial.h"

#include "core/base/mem.h"
#include "delta/predict.h"
#include "core/base/banned.h"

#define DESCRIPTION_MAX (16 * MIB)
#define SECTION_PRICE 3 /* bytes, compressed, to describe a section; measured */
#define FILE_PRICE 30

struct trial {
	const struct predict_plan *plan;
	struct bytes want; /* the file as it is in the image */
	uint8_t *plain;	   /* as the operations make it; inserted bytes are right */
	uint8_t *guess;	   /* and then predicted */
};

/* Each differing byte, and each run of them once more: about what they cost compressed. */
static uint64_t price(const uint8_t *have, const uint8_t *want, uint64_t from, uint64_t to)
{
	uint64_t sum = 0;
	bool before = false;
	for (uint64_t i = from; i < to; i++) {
		bool differs = have[i] != want[i];
		sum += differs + (differs && !before);
		before = differs;
	}
	return sum;
}

/* The file as the operations make it from the base. `rest`: what stands where nothing is copied to. */
static void apply(const struct predict_pair *pair, const struct predict_images *images, const struct patch_op *ops,
		  size_t ops_n, const uint8_t *rest, uint8_t *out)
{
	uint64_t end = pair->image_at + pair->image_length;
	if (rest)
		memcpy(out, rest, pair->image_length);
	else
		memset(out, 0, pair->image_length);
	for (size_t i = 0; i < ops_n; i++) {
		uint64_t from = ops[i].image, to = ops[i].image + ops[i].length, base = ops[i].base;
		if (from < pair->image_at) {
			base += pair->image_at - from;
			from = pair->image_at;
		}
		to = to < end ? to : end;
		if (from < to && base <= images->base.n && to - from <= images->base.n - base)
			memcpy(out + (from - pair->image_at), images->base.p + base, to - from);
	}
}

static rc predict(const struct trial *t, const struct predict_images *images, const struct patch_op *ops, size_t ops_n,
		  struct err *e)
{
	const struct predict_pair *pair = &t->plan->pair;
	struct buf CLEANUP(buf_done) description = {0};
	struct predict *p = NULL;
	buf_init(&description, DESCRIPTION_MAX);
	predict_plan_encode(t->plan, 1, &description);
	rc r = buf_check(&description, "the description of a file", e);
	if (rc_ok(r))
		r = predict_new(buf_view(&description), ops, ops_n, SIZE_MAX, &p, e);
	if (rc_failed(r))
		return err_wrap(e, "trying a prediction");
	apply(pair, images, ops, ops_n, NULL, t->guess);
	predict_range(p, pair->image_at, t->guess, pair->image_length);
	predict_free(p);
	return RC_OK;
}

/* Inserted bytes must not count: give both sides what is wanted there. */
static void mask_inserted(const struct trial *t, const struct patch_op *ops, size_t ops_n)
{
	const struct predict_pair *pair = &t->plan->pair;
	uint64_t end = pair->image_at + pair->image_length, at = pair->image_at;
	for (size_t i = 0; i <= ops_n; i++) {
		uint64_t next = i < ops_n && ops[i].image < end ? ops[i].image : end;
		if (next > at)
			memcpy(t->guess + (at - pair->image_at), t->want.p + (at - pair->image_at), next - at);
		if (i < ops_n && ops[i].image + ops[i].length > at)
			at = ops[i].image + ops[i].length;
		if (at >= end)
			return;
	}
}

static void drop_sections(struct predict_plan *p, const struct trial *t)
{
	size_t kept = 0;
	uint64_t won = 0;
	for (size_t i = 0; i < p->sections_n; i++) {
		struct predict_section s = p->sections[i];
		uint64_t plain = price(t->plain, t->want.p, s.at, s.at + s.length);
		uint64_t guess = price(t->guess, t->want.p, s.at, s.at + s.length);
		if (guess + SECTION_PRICE >= plain)
			continue;
		won += plain - guess - SECTION_PRICE;
		p->sections[kept++] = s;
	}
	p->sections_n = won > FILE_PRICE ? kept : 0;
}

rc predict_trial_settle(struct predict_plan *p, const struct predict_images *images, const struct patch_op *ops,
			size_t ops_n, struct err *e)
{
	const struct predict_pair *pair = &p->pair;
	uint8_t *MEM_AUTO plain = mem_alloc(pair->image_length), *MEM_AUTO guess = mem_alloc(pair->image_length);
	if (!plain || !guess)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	struct trial t = {p, bytes_of(images->image.p + pair->image_at, pair->image_length), plain, guess};
	apply(pair, images, ops, ops_n, t.want.p, plain);
	if (price(plain, t.want.p, 0, pair->image_length) <= FILE_PRICE) {
		p->sections_n = 0;
		return RC_OK;
	}
	rc r = predict(&t, images, ops, ops_n, e);
	if (rc_failed(r))
		return r;
	mask_inserted(&t, ops, ops_n);
	drop_sections(p, &t);
	return RC_OK;
}
