/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same code that predicts is run over the bytes as carried over and over the bytes as they are, and tells of each
 * field what it means; where both tell of the same place, that is a vote: this old address is that new one.
 */
#include "delta/make/predict_votes.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "delta/predict_parts.h"
#include "core/base/banned.h"

#define FIELD_PRICE 5 /* of a field predicted wrongly, in quarters of a byte, compressed; measured */
#define FIX_PRICE 5   /* of a fix, in the same */

struct meaning {
	uint64_t at, address;
};

struct meanings {
	struct meaning *all;
	size_t n, room;
	bool broken; /* out of memory */
};

struct vote {
	uint64_t old, new;
};

struct votes {
	struct vote *all;
	size_t n, room;
	uint64_t deaf_from, deaf_n; /* on these old addresses none is taken */
};

/* Room for one more; false: out of memory. */
static bool grow(void **array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return true;
	void *more = mem_regrow(*array, *room, 2 * *room + 1024, size);
	if (!more)
		return false;
	*array = more;
	*room = 2 * *room + 1024;
	return true;
}

static void meanings_done(struct meanings *m)
{
	mem_free(m->all);
}

static void votes_done(struct votes *v)
{
	mem_free(v->all);
}

static void note(struct predict_piece *piece, uint64_t at, uint64_t address)
{
	struct meanings *m = piece->ctx;
	void *all = m->all;
	m->broken = m->broken || !grow(&all, m->n, &m->room, sizeof *m->all);
	m->all = all;
	if (!m->broken)
		m->all[m->n++] = (struct meaning){at, address};
}

static int by_at(const void *a, const void *b)
{
	const struct meaning *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->address < y->address ? -1 : x->address > y->address;
}

static int by_address(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;
	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	return x->new < y->new ? -1 : x->new > y->new;
}

/* Fields that both tell of; of several meanings of one place, the first. */
static bool join(struct meanings *old, struct meanings *new, struct votes *votes)
{
	size_t i = 0, k = 0;
	if (old->n)
		qsort(old->all, old->n, sizeof *old->all, by_at);
	if (new->n)
		qsort(new->all, new->n, sizeof *new->all, by_at);
	while (i < old->n && k < new->n) {
		uint64_t at = old->all[i].at;
		if (at < new->all[k].at) {
			i++;
			continue;
		}
		if (at == new->all[k].at) {
			void *all = votes->all;
			if (!grow(&all, votes->n, &votes->room, sizeof *votes->all))
				return false;
			votes->all = all;
			if (old->all[i].address - votes->deaf_from >= votes->deaf_n)
				votes->all[votes->n++] = (struct vote){old->all[i].address, new->all[k].address};
			for (; i < old->n && old->all[i].at == at; i++)
				;
		}
		for (; k < new->n &&new->all[k].at <= at; k++)
			;
	}
	return true;
}

/* What is needed to run a kind over a section's bytes, old or new. */
struct side {
	struct predict_pair pair;
	struct meanings told;
};

struct election {
	const struct predict_images *images;
	struct side old, new;
	struct votes votes;
	uint8_t *scratch; /* of the longest section */
};

/* `piece`: section, length, addresses of the bytes that are at `from`. */
static void tell(struct election *x, struct side *side, const uint8_t *from, struct predict_piece piece)
{
	memcpy(x->scratch, from, piece.n);
	side->told.n = 0;
	piece.pair = &side->pair;
	piece.p = x->scratch;
	piece.seen = note;
	piece.ctx = &side->told;
	predict_kinds_table[piece.section->kind].piece(&piece);
}

/* `run` is where the part's beginning is loaded, here and there. */
static bool vote_part(struct election *x, const struct predict_section *s, const struct predict_part *part,
		      const struct predict_map_entry *run)
{
	const struct predict_pair *pair = &x->old.pair;
	struct predict_section self = *s; /* the new file as its own earlier self */
	self.ref[0].old = self.ref[0].new;
	self.ref[1].old = self.ref[1].new;
	struct predict_piece old = {
		.section = s, .n = run->length, .old_at = run->from, .new_at = run->from, .phase = part->image - s->at};
	struct predict_piece new = {
		.section = &self, .n = run->length, .old_at = run->to, .new_at = run->to, .phase = part->image - s->at};
	tell(x, &x->old, x->images->base.p + pair->base_at + part->base, old);
	tell(x, &x->new, x->images->image.p + pair->image_at + part->image, new);
	return !x->old.told.broken && !x->new.told.broken &&join(&x->old.told, &x->new.told, &x->votes);
}

static bool vote_section(struct election *x, const struct predict_section *s, const struct patch_op *ops, size_t ops_n)
{
	const struct predict_pair *pair = &x->old.pair;
	uint64_t end = s->at + s->length;
	for (size_t i = predict_parts_first(ops, ops_n, pair->image_at + s->at);
	     i < ops_n && ops[i].image < pair->image_at + end; i++) {
		struct predict_part part = predict_parts_of(pair, &ops[i], s->at, end);
		while (part.length) {
			struct predict_map_entry run = predict_parts_run(pair, &part);
			if (!vote_part(x, s, &part, &run))
				return false;
			predict_parts_skip(&part, run.length);
		}
	}
	return true;
}

/* All votes on one old address. */
struct poll {
	uint64_t old, winner, predicted;
	size_t won, right, n; /* for the winner, for the prediction, in all */
};

static struct poll poll(const struct votes *v, size_t from, const struct predict_map *map, size_t *hint)
{
	struct poll p = {.old = v->all[from].old};
	(void)predict_map_guess(map, hint, p.old, &p.predicted);
	for (size_t i = from; i < v->n && v->all[i].old == p.old;) {
		size_t same = 0;
		uint64_t new = v->all[i].new;
		for (; i < v->n && v->all[i].old == p.old && v->all[i].new == new; i++)
			same++;
		p.n += same;
		if (new == p.predicted)
			p.right = same;
		if (same > p.won) {
			p.won = same;
			p.winner = new;
		}
	}
	return p;
}

/* A run of addresses with one shift; kept if that pays. */
static void close_fix(struct predict_map *fixes, const struct predict_map_entry *fix, int64_t gain)
{
	if (gain > FIX_PRICE)
		fixes->entries[fixes->n++] = *fix;
}

static rc count_votes(struct predict_plan *p, const struct votes *v, const struct predict_map *map, struct err *e)
{
	struct predict_map fixes = {mem_array(v->n + 1, sizeof *fixes.entries), 0};
	struct predict_map_entry run = {0};
	int64_t gain = 0;
	size_t hint = 0;
	if (!fixes.entries)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	for (size_t i = 0; i < v->n;) {
		struct poll x = poll(v, i, map, &hint);
		i += x.n;
		if (run.length && x.winner - x.old != run.to - run.from) {
			close_fix(&fixes, &run, gain);
			run.length = 0;
		}
		if (x.winner == x.predicted && !run.length)
			continue;
		if (!run.length) {
			run = (struct predict_map_entry){x.old, x.winner, 0};
			gain = 0;
		}
		run.length = x.old - run.from + 1;
		gain += FIELD_PRICE * ((int64_t)x.won - (int64_t)x.right);
	}
	if (run.length)
		close_fix(&fixes, &run, gain);
	mem_free(p->pair.fixes.entries);
	p->pair.fixes = fixes;
	return RC_OK;
}

static rc elect(struct election *x, struct predict_plan *p, const struct patch_op *ops, size_t ops_n, struct err *e)
{
	struct predict_map_entry *MEM_AUTO entries = NULL;
	struct predict_map map = {0};
	for (size_t i = 0; i < p->sections_n; i++) {
		/* Slots point back into the linkage table in its own order, whatever they are for: that tells nothing.
		 */
		bool slots = p->sections[i].kind == PREDICT_KIND_POINTERS;
		x->votes.deaf_from = p->linkage_from;
		x->votes.deaf_n = slots ? p->linkage_to - p->linkage_from : 0;
		if (!vote_section(x, &p->sections[i], ops, ops_n))
			return err_set(e, ERR_MEMORY, "prediction: out of memory");
	}
	if (x->votes.n)
		qsort(x->votes.all, x->votes.n, sizeof *x->votes.all, by_address);
	rc r = predict_plan_map(&x->old.pair, ops, ops_n, &entries, &map, e);
	return rc_ok(r) ? count_votes(p, &x->votes, &map, e) : r;
}

rc predict_votes_fix(struct predict_plan *p, const struct predict_images *images, const struct patch_op *ops,
		     size_t ops_n, struct err *e)
{
	uint64_t longest = 1;
	for (size_t i = 0; i < p->sections_n; i++)
		longest = p->sections[i].length > longest ? p->sections[i].length : longest;
	uint8_t *MEM_AUTO scratch = mem_alloc(longest);
	if (!scratch)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	struct election x = {.images = images, .scratch = scratch};
	x.old.pair = predict_plan_old(p);
	x.new.pair = predict_plan_new(p);
	rc r = elect(&x, p, ops, ops_n, e);
	meanings_done(&x.old.told);
	meanings_done(&x.new.told);
	votes_done(&x.votes);
	return r;
}
