/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a test case is judged: applicability from the declaration, the conceptual side from what the declaration check
 * found, the functional side from needed facts. Which facts a case needs is in judging_rules.c.
 */
#include "assess/judging.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/banned.h"

void judging_fail(struct verdict_case *c, const char *fmt, ...)
{
	va_list ap;
	if (c->result == VERDICT_FAIL)
		return;
	c->result = VERDICT_FAIL;
	va_start(ap, fmt);
	(void)vsnprintf(c->reason, sizeof c->reason, fmt, ap);
	va_end(ap);
}

void judging_open(struct verdict_case *c, const char *fmt, ...)
{
	va_list ap;
	if (c->result == VERDICT_FAIL || c->result == VERDICT_INCONCLUSIVE)
		return;
	c->result = VERDICT_INCONCLUSIVE;
	va_start(ap, fmt);
	(void)vsnprintf(c->reason, sizeof c->reason, fmt, ap);
	va_end(ap);
}

void judging_cite(struct verdict_case *c, const struct fact *f)
{
	for (size_t i = 0; i < c->facts_n; i++)
		if (strcmp(c->facts[i], f->id) == 0)
			return;
	if (c->facts_n < VERDICT_FACTS_MAX)
		(void)snprintf(c->facts[c->facts_n++], FACT_ID_SIZE, "%s", f->id);
}

static bool value_fits(const struct fact *f, const struct judging_need *n)
{
	if (n->value && strncmp(f->value, n->value, strlen(n->value)) != 0)
		return false;
	if (!n->at_least)
		return true;
	char *end = NULL;
	long long v = strtoll(f->value, &end, 10);
	return end != f->value && *end == 0 && v >= n->at_least;
}

static void judge_need(const struct judging_input *in, const struct judging_need *n, struct verdict_case *c)
{
	const struct fact *f = fact_set_find(in->facts, n->fact);
	if (!f) {
		judging_open(c, "evidence missing: %s", n->missing);
		return;
	}
	judging_cite(c, f);
	if (!fact_looked(f->state)) {
		judging_open(c, "could not look (%s): %s: %s", fact_state_name(f->state), f->what, f->evidence);
		return;
	}
	if (f->state == n->good && value_fits(f, n))
		return;
	const char *found = f->state == FACT_ABSENT ? "not so" : f->value;
	if (n->soft)
		judging_open(c, "%s: %s (%s). Missing: %s", f->what, found, f->evidence, n->missing);
	else
		judging_fail(c, "%s: %s (%s)", f->what, found, f->evidence);
}

static void judge_row(const struct judging_input *in, const struct judging_case *row, struct verdict_case *c)
{
	c->result = VERDICT_PASS;
	(void)snprintf(c->reason, sizeof c->reason, "%s", row->pass);
	for (size_t i = 0; i < JUDGING_NEEDS_MAX && row->needs[i].fact; i++)
		judge_need(in, &row->needs[i], c);
	if (row->also)
		row->also(in, c);
	/* Nothing cited: then nothing was seen, and nothing passes. */
	if (c->result == VERDICT_PASS && !c->facts_n)
		judging_open(c, "evidence missing: no fact speaks to it");
}

/* The conceptual side: what the declaration check said, as a fact. */
static void judge_declared(const struct judging_input *in, const char *provision, struct verdict_case *c)
{
	char id[FACT_ID_SIZE];
	(void)snprintf(id, sizeof id, "declaration.%s", provision);
	const struct fact *f = fact_set_find(in->facts, id);
	c->result = VERDICT_PASS;
	if (!f || f->state != FACT_SEEN) {
		judging_open(c, "evidence missing: the declaration was not looked at");
		return;
	}
	judging_cite(c, f);
	if (strcmp(f->value, "promised") == 0)
		(void)snprintf(c->reason, sizeof c->reason, "declared: %.490s", f->evidence);
	else if (strcmp(f->value, "contradicted") == 0)
		judging_fail(c, "what is declared cannot meet it: %s", f->evidence);
	else if (strcmp(f->value, "excused") == 0)
		judging_fail(c, "recommendation not followed, with a stated reason: %s", f->evidence);
	else if (strcmp(f->value, "missing") == 0)
		judging_open(c, "the declaration does not say enough: %s", f->evidence);
	else if (strcmp(f->value, "open") == 0)
		judging_open(c, "from what is declared nobody can tell: %s", f->evidence);
	else {
		c->result = VERDICT_NOT_JUDGED;
		(void)snprintf(c->reason, sizeof c->reason, "the declaration check does not decide it: %.440s",
			       f->evidence);
	}
}

static const struct judging_case *find_row(const char *provision, bool functional)
{
	for (size_t i = 0; judging_table[i].provision; i++)
		if (judging_table[i].functional == functional && strcmp(judging_table[i].provision, provision) == 0)
			return &judging_table[i];
	return NULL;
}

static struct verdict_case *add_case(struct verdict *v, bool functional)
{
	struct verdict_case *c = &v->cases[v->cases_n++];
	char provision[sizeof v->provision]; /* gcc cannot see that source and target, in one struct, never overlap */
	memcpy(provision, v->provision, sizeof provision);
	(void)snprintf(c->id, sizeof c->id, "%.10s-%zu", provision, v->cases_n);
	c->functional = functional;
	return c;
}

/* A case with units of both kinds: what is declared first, then what was seen. */
static void judge_mixed(const struct judging_input *in, struct verdict *v)
{
	struct verdict_case *c = add_case(v, true);
	const struct judging_case *row = find_row(v->provision, true);
	judge_declared(in, v->provision, c);
	if (c->result != VERDICT_PASS)
		return;
	if (!row) {
		judging_open(c, "no probe of this edition exercises it; a laboratory has to look");
		return;
	}
	judge_row(in, row, c);
}

static void judge_case(const struct judging_input *in, struct verdict *v, bool functional)
{
	struct verdict_case *c = add_case(v, functional);
	const struct judging_case *row = find_row(v->provision, functional);
	if (!functional)
		judge_declared(in, v->provision, c);
	if (row && !functional && c->result == VERDICT_PASS) {
		/* A declaration that evidence can back must be backed. */
		for (size_t i = 0; i < JUDGING_NEEDS_MAX && row->needs[i].fact; i++)
			judge_need(in, &row->needs[i], c);
	} else if (row && functional) {
		judge_row(in, row, c);
	} else if (functional) {
		(void)snprintf(c->reason, sizeof c->reason,
			       "no probe of this edition exercises it; a laboratory has to look");
	}
}

static void judge_provision(const struct judging_input *in, const struct subject_provision *p, struct verdict *v)
{
	(void)snprintf(v->provision, sizeof v->provision, "%s", p->id);
	(void)snprintf(v->title, sizeof v->title, "%s", p->title);
	(void)snprintf(v->section, sizeof v->section, "%s", p->section);
	v->mandatory = p->mandatory;
	if (p->applies == SUBJECT_APPLIES_NOT) {
		v->result = VERDICT_NOT_APPLICABLE;
		(void)snprintf(v->reason, sizeof v->reason, "%s", p->why);
		return;
	}
	if (p->mixed)
		judge_mixed(in, v);
	if (p->conceptual && !p->mixed)
		judge_case(in, v, false);
	if (p->functional && !p->mixed)
		judge_case(in, v, true);
	verdict_conclude(v);
}

rc judging_run(const struct judging_input *in, struct verdict_set **ret, struct err *e)
{
	CLEANUP(verdict_set_free) struct verdict_set *s = NULL;
	rc r = verdict_set_new(&s, e);
	if (rc_failed(r))
		return r;
	if (!in->subject->provisions_n || in->subject->provisions_n > VERDICT_SET_MAX)
		return err_set(e, ERR_INTERNAL, "a catalogue of %zu provisions", in->subject->provisions_n);
	s->subject = in->subject->words;
	(void)snprintf(s->edition, sizeof s->edition, "%s", in->subject->edition);
	for (size_t i = 0; i < in->subject->provisions_n; i++)
		judge_provision(in, &in->subject->provisions[i], &s->list[s->n++]);
	*ret = s;
	s = NULL;
	return RC_OK;
}
