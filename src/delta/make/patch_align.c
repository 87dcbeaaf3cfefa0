/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few lanes run side by side over the image, each with its distance, its cost so far and the steps that led to it;
 * one lane is "inserted". A lane that costs more than coming back to it would is dropped. New lanes come from the
 * search, where the best lane does not match. At the end, or every PIECE bytes, the best lane's steps become
 * operations, each boundary moved to where it is cheapest.
 */
#include "delta/make/patch_align.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define PIECE ((uint64_t)1 << 20)
#define LANES_MAX 20u
#define RECENT 8u
#define LEAST_MATCH 8u
#define LEAST_RECENT 6u
#define QUIET 2u    /* bytes after a differing one in which a better distance is looked for */
#define DENSE 1024u /* inserted bytes after which only every 4th place is looked up */
#define ROOT UINT32_MAX

/* Prices in 1/16 bit. */
#define COST_DIFFER 176u
#define COST_DIFFER_NEXT 112u
#define COST_INSERT 76u
#define COST_INSERT_OPEN 160u
#define COST_RETURN 192u /* to the same distance, after inserted bytes */
#define COST_SWITCH 448u
#define COST_SWITCH_BIT 24u /* for each bit of the change of distance */
#define COST_SWITCH_MOST (COST_SWITCH + 40 * COST_SWITCH_BIT)

struct step {
	uint64_t at;
	int64_t shift;
	uint32_t before; /* step; ROOT: none */
};

struct lane {
	int64_t shift;
	uint64_t cost;
	uint32_t step;
	bool differed; /* at the last byte */
};

struct align {
	struct bytes base, image;
	const struct patch_suffix *places;
	struct lane lanes[LANES_MAX];
	size_t n, best;
	struct step *steps;
	uint32_t steps_n, steps_cap;
	int64_t recent[RECENT];
	unsigned recent_n;
	uint64_t inserting; /* since where the best lane inserts */
	uint64_t insert_at; /* where the first lane left the lane of insert_step; a step only if it becomes the best */
	uint32_t insert_step;
	struct step *path; /* of the piece that ended */
	size_t path_n, path_cap;
	bool broken;
};

static bool holds(const struct align *a, int64_t shift, uint64_t at)
{
	return shift != PATCH_ALIGN_NONE && at + (uint64_t)shift < a->base.n;
}

static uint8_t byte_of(const struct align *a, int64_t shift, uint64_t at)
{
	return a->base.p[at + (uint64_t)shift];
}

static uint32_t step_add(struct align *a, uint64_t at, int64_t shift, uint32_t before)
{
	if (a->steps_n == a->steps_cap) {
		uint32_t cap = a->steps_cap ? 2 * a->steps_cap : 4096;
		struct step *v = mem_regrow(a->steps, a->steps_cap, cap, sizeof *v);
		if (!v) {
			a->broken = true;
			return ROOT;
		}
		a->steps = v;
		a->steps_cap = cap;
	}
	a->steps[a->steps_n] = (struct step){at, shift, before};
	return a->steps_n++;
}

static uint32_t switch_cost(int64_t from, int64_t to)
{
	if (from == to)
		return COST_RETURN;
	if (from == PATCH_ALIGN_NONE)
		return COST_SWITCH;
	uint64_t by = from < to ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
	return COST_SWITCH + COST_SWITCH_BIT * (64 - (uint32_t)__builtin_clzll(by | 1));
}

/* The last distance that steps[i] or one before it had. */
static int64_t shift_of(const struct align *a, uint32_t step)
{
	while (step != ROOT && a->steps[step].shift == PATCH_ALIGN_NONE)
		step = a->steps[step].before;
	return step == ROOT ? PATCH_ALIGN_NONE : a->steps[step].shift;
}

static void enter(struct align *a, uint64_t at, int64_t shift)
{
	const struct lane *best = &a->lanes[a->best];
	uint64_t cost = best->cost + switch_cost(shift_of(a, best->step), shift);
	size_t i = 0;
	while (i < a->n && a->lanes[i].shift != shift)
		i++;
	if (i < a->n && a->lanes[i].cost <= cost)
		return;
	if (i == a->n && a->n == LANES_MAX) {
		/* The dearest makes room, never the first (inserted) nor the best. */
		i = a->best == 1 ? 2 : 1;
		for (size_t k = 1; k < a->n; k++) {
			if (k != a->best && a->lanes[k].cost > a->lanes[i].cost)
				i = k;
		}
		if (a->lanes[i].cost <= cost)
			return;
	} else if (i == a->n) {
		a->n++;
	}
	a->lanes[i] = (struct lane){shift, cost, step_add(a, at, shift, best->step), false};
}

static uint32_t matching(const struct align *a, int64_t shift, uint64_t at, uint64_t to, uint32_t most)
{
	uint32_t n = 0;
	while (n < most && at + n < to && holds(a, shift, at + n) && byte_of(a, shift, at + n) == a->image.p[at + n])
		n++;
	return n;
}

static void remember(struct align *a, int64_t shift)
{
	unsigned i = 0;
	while (i < a->recent_n && a->recent[i] != shift)
		i++;
	if (i == a->recent_n && i < RECENT)
		a->recent_n++;
	if (i == RECENT)
		i--;
	memmove(a->recent + 1, a->recent, i * sizeof *a->recent);
	a->recent[0] = shift;
}

static void look(struct align *a, uint64_t at, uint64_t to)
{
	const struct lane *best = &a->lanes[a->best];
	int64_t shift = shift_of(a, best->step);
	for (unsigned k = 0; k < a->recent_n; k++) {
		if (matching(a, a->recent[k], at, to, LEAST_RECENT) == LEAST_RECENT)
			enter(a, at, a->recent[k]);
	}
	if (!a->places)
		return;
	struct patch_suffix_match found[2];
	uint64_t near = shift == PATCH_ALIGN_NONE ? at : at + (uint64_t)shift;
	size_t n = patch_suffix_find(a->places, bytes_of(a->image.p + at, to - at), LEAST_MATCH, near, found);
	for (size_t k = 0; k < n; k++)
		enter(a, at, (int64_t)(found[k].base - at));
}

/* Every lane takes the byte at `at`. */
static void take(struct align *a, uint64_t at)
{
	uint8_t x = a->image.p[at];
	struct lane *insert = &a->lanes[0];
	const struct lane *from = &a->lanes[a->best];
	if (from->cost + COST_INSERT_OPEN < insert->cost) {
		insert->cost = from->cost + COST_INSERT_OPEN;
		a->insert_at = at;
		a->insert_step = from->step;
	}
	insert->cost += COST_INSERT;
	size_t best = 0;
	for (size_t i = 1; i < a->n; i++) {
		struct lane *l = &a->lanes[i];
		if (!holds(a, l->shift, at)) {
			l->cost += COST_SWITCH_MOST;
			l->differed = true;
		} else if (byte_of(a, l->shift, at) != x) {
			l->cost += l->differed ? COST_DIFFER_NEXT : COST_DIFFER;
			l->differed = true;
		} else {
			l->differed = false;
		}
		if (l->cost < a->lanes[best].cost)
			best = i;
	}
	if (best == 0 && a->best != 0)
		insert->step = step_add(a, a->insert_at, PATCH_ALIGN_NONE, a->insert_step);
	a->best = best;
}

static void drop_dear(struct align *a)
{
	int64_t shift = shift_of(a, a->lanes[a->best].step);
	uint64_t cost = a->lanes[a->best].cost;
	size_t kept = 1, best = 0;
	for (size_t i = 1; i < a->n; i++) {
		struct lane l = a->lanes[i];
		if (l.cost > cost + switch_cost(shift, l.shift))
			continue;
		if (i == a->best)
			best = kept;
		a->lanes[kept++] = l;
	}
	a->n = kept;
	a->best = a->best == 0 ? 0 : best;
}

/* How far nothing but the best lane needs to be looked at: it matches, and it is alone. */
static uint64_t skip(const struct align *a, uint64_t at, uint64_t to)
{
	int64_t shift = a->lanes[a->best].shift;
	uint64_t from = at + (uint64_t)shift, n = to - at;
	if (from >= a->base.n)
		return at;
	if (a->base.n - from < n)
		n = a->base.n - from;
	const uint8_t *x = a->image.p + at, *y = a->base.p + from;
	uint64_t i = 0;
	while (n - i >= 64 && memcmp(x + i, y + i, 64) == 0)
		i += 64;
	while (i < n && x[i] == y[i])
		i++;
	return at + i;
}

/* The lane of inserted bytes could have left the best one no cheaper than here. */
static void leave_at(struct align *a, uint64_t at)
{
	const struct lane *best = &a->lanes[a->best];
	a->lanes[0].cost = best->cost + COST_INSERT_OPEN;
	a->insert_at = at;
	a->insert_step = best->step;
}

static void run(struct align *a, uint64_t from, uint64_t to)
{
	unsigned quiet = 0;
	for (uint64_t at = from; at < to && !a->broken; at++) {
		const struct lane *best = &a->lanes[a->best];
		bool differs =
			a->best == 0 || !holds(a, best->shift, at) || byte_of(a, best->shift, at) != a->image.p[at];
		if (a->best != 0)
			a->inserting = at;
		if (differs || quiet < QUIET) {
			if (at - a->inserting < DENSE || at % 4 == 0)
				look(a, at, to);
		} else if (a->n == 2) {
			at = skip(a, at, to);
			leave_at(a, at);
			if (at == to)
				break;
			quiet = 0;
			at--;
			continue;
		}
		quiet = differs ? 0 : quiet + 1;
		size_t before = a->best;
		int64_t shift = a->lanes[before].shift;
		take(a, at);
		drop_dear(a);
		if (a->lanes[a->best].shift != shift && a->best != 0)
			remember(a, a->lanes[a->best].shift);
	}
}

/* The end of a range: the lane that is cheapest with the way to what follows. */
static void choose_last(struct align *a, int64_t after)
{
	size_t best = a->best;
	uint64_t least = UINT64_MAX;
	for (size_t i = 0; i < a->n; i++) {
		int64_t shift = i == 0 ? PATCH_ALIGN_NONE : a->lanes[i].shift;
		uint64_t cost = a->lanes[i].cost;
		if (after != PATCH_ALIGN_NONE && shift != after)
			cost += switch_cost(shift, after);
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	if (best == 0 && a->best != 0)
		a->lanes[0].step = step_add(a, a->insert_at, PATCH_ALIGN_NONE, a->insert_step);
	a->best = best;
}

static void fill_path(struct align *a)
{
	size_t n = 0;
	for (uint32_t s = a->lanes[a->best].step; s != ROOT; s = a->steps[s].before)
		n++;
	if (n > a->path_cap) {
		struct step *v = mem_regrow(a->path, a->path_cap, 2 * n, sizeof *v);
		if (!v) {
			a->broken = true;
			return;
		}
		a->path = v;
		a->path_cap = 2 * n;
	}
	a->path_n = n;
	for (uint32_t s = a->lanes[a->best].step; s != ROOT; s = a->steps[s].before)
		a->path[--n] = a->steps[s];
}

static uint32_t byte_cost(const struct align *a, int64_t shift, uint64_t at)
{
	if (shift == PATCH_ALIGN_NONE)
		return COST_INSERT;
	if (!holds(a, shift, at))
		return COST_SWITCH_MOST;
	if (byte_of(a, shift, at) == a->image.p[at])
		return 0;
	bool also = holds(a, shift, at + 1) && at + 1 < a->image.n && byte_of(a, shift, at + 1) != a->image.p[at + 1];
	return also ? COST_DIFFER_NEXT : COST_DIFFER;
}

/* A lane was found where it matched; it may pay from an earlier place on. path[k] is not inserted. */
static void move_start(struct align *a, size_t k)
{
	int64_t gain = 0, most = 0;
	uint64_t at = a->path[k].at, to = at;
	size_t j = k;
	while (j > 0) {
		j--;
		for (; at > a->path[j].at; at--) {
			gain += (int64_t)byte_cost(a, a->path[j].shift, at - 1);
			gain -= (int64_t)byte_cost(a, a->path[k].shift, at - 1);
			if (gain > most) {
				most = gain;
				to = at - 1;
			} else if (gain < most - (int64_t)COST_SWITCH_MOST || to - at > 4096) {
				j = 0;
				break;
			}
		}
		if (j > 0 && a->path[j].shift != PATCH_ALIGN_NONE)
			break; /* one whole copy swallowed is enough */
	}
	for (j = k; j > 0 && a->path[j].at > to; j--)
		a->path[j].at = to;
	a->path[k].at = to;
}

static void emit(struct align *a, uint64_t to, struct patch_ops *ret)
{
	fill_path(a);
	if (a->broken)
		return;
	for (size_t k = 1; k < a->path_n; k++) {
		if (a->path[k].shift != PATCH_ALIGN_NONE)
			move_start(a, k);
	}
	for (size_t k = 0; k < a->path_n; k++) {
		const struct step *s = &a->path[k];
		uint64_t end = k + 1 < a->path_n ? a->path[k + 1].at : to;
		if (s->shift != PATCH_ALIGN_NONE && end > s->at)
			patch_ops_add(ret, s->at, s->at + (uint64_t)s->shift, end - s->at);
	}
}

/* Only the best lane goes on. */
static void restart(struct align *a, uint64_t at)
{
	int64_t shift = a->lanes[a->best].shift;
	a->steps_n = 0;
	a->lanes[0] = (struct lane){PATCH_ALIGN_NONE, shift == PATCH_ALIGN_NONE ? 0 : COST_INSERT_OPEN, ROOT, false};
	a->insert_at = at;
	a->insert_step = ROOT; /* the steps of the piece before are gone */
	a->best = 0;
	a->n = 1;
	if (shift == PATCH_ALIGN_NONE) {
		a->lanes[0].step = step_add(a, at, shift, ROOT);
	} else {
		a->lanes[1] = (struct lane){shift, 0, step_add(a, at, shift, ROOT), false};
		a->insert_step = a->lanes[1].step;
		a->best = 1;
		a->n = 2;
	}
}

rc patch_align(struct bytes base, struct bytes image, const struct patch_suffix *places,
	       const struct patch_align_range *range, struct patch_ops *ret, struct err *e)
{
	struct align a = {.base = base, .image = image, .places = places, .inserting = range->from};
	a.n = 2;
	a.best = 1;
	a.lanes[0].shift = PATCH_ALIGN_NONE;
	a.lanes[1].shift = range->before;
	if (range->before == PATCH_ALIGN_NONE)
		a.best = 0;
	if (range->after != PATCH_ALIGN_NONE)
		remember(&a, range->after);
	if (range->before != PATCH_ALIGN_NONE)
		remember(&a, range->before);
	for (uint64_t at = range->from; at < range->to && !a.broken;) {
		uint64_t to = range->to - at < 2 * PIECE ? range->to : at + PIECE;
		restart(&a, at);
		run(&a, at, to);
		if (to == range->to)
			choose_last(&a, range->after);
		emit(&a, to, ret);
		at = to;
	}
	mem_free(a.steps);
	mem_free(a.path);
	return a.broken ? err_set(e, ERR_MEMORY, "alignment: out of memory") : patch_ops_check(ret, e);
}
