/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Greedy: first single provisions that free a scheme by themselves, the one that frees most before the others. When
 * none does, the bundle with the best ratio of schemes freed to items shows the way, and the smallest part of it that
 * frees a scheme already is the step. Ties: fewer items, then more requirements freed, then the order of the data.
 */
#include "product/schemes_plan.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

/* Provisions as bits. */
struct set {
	uint64_t w[2];
};
_Static_assert(CATALOGUE_PROVISIONS <= 128, "more provisions than bits");

static void set_add(struct set *s, size_t i)
{
	s->w[i / 64] |= (uint64_t)1 << i % 64;
}

static bool set_has(const struct set *s, size_t i)
{
	return s->w[i / 64] >> i % 64 & 1;
}

static bool set_empty(const struct set *s)
{
	return !s->w[0] && !s->w[1];
}

static bool set_within(const struct set *a, const struct set *b)
{
	return !(a->w[0] & ~b->w[0]) && !(a->w[1] & ~b->w[1]);
}

static size_t set_size(const struct set *s)
{
	size_t n = 0;
	for (size_t k = 0; k < ARRAY_LEN(s->w); k++)
		for (uint64_t left = s->w[k]; left; left &= left - 1)
			n++;
	return n;
}

struct planning {
	const struct schemes_data *d;
	struct set *rests;  /* what each requirement rests on: scheme by scheme, SCHEMES_REQUIREMENTS_MAX each */
	struct set blocked; /* provisions short of the goal, as it stands in the plan */
	struct set needs[SCHEMES_TARGETS_MAX]; /* of each target that is still blocked */
	uint64_t waiting;		       /* those targets */
};

static bool short_of_goal(enum schemes_result r, bool assessed)
{
	return r == SCHEMES_OPEN || r == SCHEMES_NOT_MET || (assessed && r == SCHEMES_PROMISED);
}

/* Blocked provisions that requirement `i` of a target's scheme rests on. */
static struct set blockers(const struct planning *p, size_t target, size_t i)
{
	struct set s = p->rests[p->d->targets[target].scheme * SCHEMES_REQUIREMENTS_MAX + i];
	s.w[0] &= p->blocked.w[0];
	s.w[1] &= p->blocked.w[1];
	return s;
}

static bool asked_at(const struct schemes_data *d, size_t target, const struct schemes_requirement *q)
{
	return q->levels >> d->targets[target].level & 1;
}

static const struct schemes_scheme *scheme_of(const struct schemes_data *d, size_t target)
{
	return &d->schemes[d->targets[target].scheme];
}

/* All that blocks a target; *carried: does it rest on provisions at all? */
static struct set target_blockers(const struct planning *p, size_t target, bool *carried)
{
	const struct schemes_scheme *s = scheme_of(p->d, target);
	struct set all = {0};
	*carried = false;
	for (size_t i = 0; i < s->requirements_n; i++) {
		if (!asked_at(p->d, target, &s->requirements[i]))
			continue;
		struct set one = blockers(p, target, i);
		all.w[0] |= one.w[0];
		all.w[1] |= one.w[1];
		*carried = *carried || s->requirements[i].provisions_n;
	}
	return all;
}

/* Requirements of a target that wait for something, and for nothing outside `items`. */
static size_t freed_in(const struct planning *p, size_t target, const struct set *items)
{
	const struct schemes_scheme *s = scheme_of(p->d, target);
	size_t n = 0;
	for (size_t i = 0; i < s->requirements_n; i++) {
		if (!asked_at(p->d, target, &s->requirements[i]))
			continue;
		struct set one = blockers(p, target, i);
		n += !set_empty(&one) && set_within(&one, items);
	}
	return n;
}

struct choice {
	struct set items;
	size_t n, opens, freed;
};

static struct choice weigh(const struct planning *p, struct set items)
{
	struct choice c = {.items = items, .n = set_size(&items)};
	for (size_t t = 0; t < p->d->targets_n; t++) {
		if (!(p->waiting >> t & 1))
			continue;
		c.opens += set_within(&p->needs[t], &items);
		c.freed += freed_in(p, t, &items);
	}
	return c;
}

static bool better(const struct choice *a, const struct choice *b)
{
	if (!b->n)
		return true;
	/* Ratios without fractions; a single item wins over every bundle. */
	if ((a->n == 1) != (b->n == 1))
		return a->n == 1;
	if (a->opens * b->n != b->opens * a->n)
		return a->opens * b->n > b->opens * a->n;
	if (a->n != b->n)
		return a->n < b->n;
	return a->freed > b->freed;
}

/*
 * Which way to go: what some waiting target needs, whole, and such needs joined in pairs, for three items may free one
 * scheme and a fourth the next.
 */
static struct choice direction(const struct planning *p)
{
	struct choice best = {0};
	for (size_t a = 0; a < p->d->targets_n; a++) {
		if (!(p->waiting >> a & 1))
			continue;
		for (size_t b = a; b < p->d->targets_n; b++) {
			if (!(p->waiting >> b & 1))
				continue;
			struct set both = {{p->needs[a].w[0] | p->needs[b].w[0], p->needs[a].w[1] | p->needs[b].w[1]}};
			struct choice c = weigh(p, both);
			if (better(&c, &best))
				best = c;
		}
	}
	return best;
}

/* The first part of the way that frees something. */
static struct choice choose(const struct planning *p)
{
	const struct choice way = direction(p);
	struct choice first = way;
	for (size_t t = 0; t < p->d->targets_n; t++) {
		if (!(p->waiting >> t & 1) || !set_within(&p->needs[t], &way.items))
			continue;
		struct choice c = weigh(p, p->needs[t]);
		if (c.n < first.n || (c.n == first.n && better(&c, &first)))
			first = c;
	}
	return first;
}

static void take(struct planning *p, const struct choice *c, struct schemes_step *step)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (set_has(&c->items, i))
			step->provisions[step->n++] = (uint8_t)i;
	for (size_t t = 0; t < p->d->targets_n; t++) {
		if (!(p->waiting >> t & 1))
			continue;
		if (set_within(&p->needs[t], &c->items))
			step->opens |= (uint64_t)1 << t;
		else
			step->also[t] = (uint8_t)freed_in(p, t, &c->items);
	}
	p->waiting &= ~step->opens;
	for (size_t k = 0; k < ARRAY_LEN(p->blocked.w); k++) {
		p->blocked.w[k] &= ~c->items.w[k];
		for (size_t t = 0; t < p->d->targets_n; t++)
			p->needs[t].w[k] &= ~c->items.w[k];
	}
}

static void read_rests(struct planning *p)
{
	for (size_t k = 0; k < p->d->n; k++)
		for (size_t i = 0; i < p->d->schemes[k].requirements_n; i++) {
			const struct schemes_requirement *q = &p->d->schemes[k].requirements[i];
			for (size_t j = 0; j < q->provisions_n; j++)
				set_add(&p->rests[k * SCHEMES_REQUIREMENTS_MAX + i], q->provisions[j]);
		}
}

static void start(struct planning *p, const struct schemes_input *in, uint64_t targets, struct schemes_plan *plan)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (short_of_goal(in->at[i], in->assessed))
			set_add(&p->blocked, i);
	for (size_t t = 0; t < p->d->targets_n; t++) {
		bool carried = false;
		if (!(targets >> t & 1))
			continue;
		p->needs[t] = target_blockers(p, t, &carried);
		if (!carried)
			continue;
		if (set_empty(&p->needs[t]))
			plan->free_before |= (uint64_t)1 << t;
		else
			p->waiting |= (uint64_t)1 << t;
		for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
			plan->blocks[i] = plan->blocks[i] || set_has(&p->needs[t], i);
	}
}

void schemes_plan_free(struct schemes_plan **p)
{
	mem_free(*p);
	*p = NULL;
}

uint64_t schemes_plan_worth(const struct schemes_data *d, struct wall_time day)
{
	uint64_t out = 0;
	for (size_t t = 0; t < d->targets_n; t++) {
		enum schemes_state state = schemes_state(&d->schemes[d->targets[t].scheme], schemes_target(d, t), day);
		if (state == SCHEMES_STATE_IN_FORCE || state == SCHEMES_STATE_TO_COME)
			out |= (uint64_t)1 << t;
	}
	return out;
}

rc schemes_plan(const struct schemes_data *d, const struct schemes_input *in, uint64_t targets,
		struct schemes_plan **ret, struct err *e)
{
	struct schemes_plan *plan = mem_alloc(sizeof *plan);
	MEM_AUTO struct set *rests = mem_array((size_t)SCHEMES_MAX * SCHEMES_REQUIREMENTS_MAX, sizeof *rests);
	struct planning p = {.d = d, .rests = rests};
	if (!plan || !rests) {
		mem_free(plan);
		return err_set(e, ERR_MEMORY, "schemes: out of memory");
	}
	read_rests(&p);
	start(&p, in, targets, plan);
	/* Each step frees a target at least, so there are not more of them than targets. */
	while (p.waiting) {
		struct choice c = choose(&p);
		take(&p, &c, &plan->steps[plan->n++]);
	}
	*ret = plan;
	return RC_OK;
}
