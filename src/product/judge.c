/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rows over a declaration: facts first, then what applies, then the judges, then the reasons for what is not
 * followed (EN303645 5.0-1). Leaves the single decisions to judge_*.c and showing them to the commands.
 */
#include "product/judge.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "product/judge_rows.h"
#include "core/base/banned.h"

const char *judge_word_name(enum judge_word w)
{
	static const char *const names[JUDGE_WORDS] = {
		[JUDGE_NOT_YET_JUDGED] = "not-yet-judged", [JUDGE_PROMISED] = "promised",
		[JUDGE_CONTRADICTED] = "contradicted",	   [JUDGE_MISSING] = "missing",
		[JUDGE_NOT_APPLICABLE] = "not-applicable",
	};
	return (unsigned)w < JUDGE_WORDS ? names[w] : "";
}

PRINTF_LIKE(3, 0) static void say(struct judge_case *c, enum judge_word word, const char *fmt, va_list ap)
{
	c->answer->word = word;
	(void)vsnprintf(c->answer->reason, sizeof c->answer->reason, fmt, ap);
}

void judge_promise(struct judge_case *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(c, JUDGE_PROMISED, fmt, ap);
	va_end(ap);
	/* The declaration itself has been looked at; the rest is for an assessment. */
	c->answer->needs = c->answer->provision->means & ~(uint32_t)MEANS_IXIT;
}

void judge_note(struct judge_case *c, uint32_t line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(c->answer->hint, sizeof c->answer->hint, fmt, ap);
	va_end(ap);
	c->answer->line = line;
}

void judge_contradict(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(c, JUDGE_CONTRADICTED, fmt, ap);
	va_end(ap);
	c->answer->line = line;
	(void)snprintf(c->answer->hint, sizeof c->answer->hint, "%s", hint);
}

void judge_miss(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(c, JUDGE_MISSING, fmt, ap);
	va_end(ap);
	c->answer->line = line;
	(void)snprintf(c->answer->hint, sizeof c->answer->hint, "%s", hint);
}

void judge_answer(struct judge_case *c, enum decl_answer a, const char *key, const char *yes, const char *no)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "declare %s: true", key);
	switch (a) {
	case DECL_YES:
		judge_promise(c, "%s", yes);
		return;
	case DECL_NO:
		judge_contradict(c, 0, hint, "%s", no);
		return;
	case DECL_NOT_STATED:
		break;
	}
	judge_miss(c, 0, hint, "%s is not stated", key);
}

void judge_stated(struct judge_case *c, bool stated, const char *key, const char *yes)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "declare %s", key);
	if (stated)
		judge_promise(c, "%s", yes);
	else
		judge_miss(c, 0, hint, "%s is not stated", key);
}

bool judge_is_password(const struct decl_credential *p)
{
	return p->kind == CREDENTIAL_PASSWORD || p->kind == CREDENTIAL_PIN;
}

static const struct judge_row *find_row(const char *id)
{
	static const struct judge_row *const tables[] = {judge_access_rows, judge_care_rows, judge_data_rows};
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct judge_row *row = tables[t]; row->id; row++)
			if (strcmp(row->id, id) == 0)
				return row;
	return NULL;
}

/* All facts of the condition must hold; the first that does not is the reason. */
static bool applies(const struct judge_facts *facts, struct judge_answer *a)
{
	for (unsigned f = 0; f < FACT_COUNT; f++) {
		if (!(a->provision->applies_if & 1u << f) || facts->at[f].holds)
			continue;
		a->word = JUDGE_NOT_APPLICABLE;
		(void)snprintf(a->reason, sizeof a->reason, "%s", facts->at[f].why);
		return false;
	}
	return true;
}

static const struct decl_reason *reason_for(const struct declaration *d, const char *provision)
{
	for (size_t i = 0; i < d->reasons_n; i++)
		if (strcmp(d->reasons[i].provision, provision) == 0)
			return &d->reasons[i];
	return NULL;
}

static void judge_one(const struct declaration *d, struct wall_time today, struct judge_result *r, size_t i)
{
	struct judge_answer *a = &r->answers[i];
	struct judge_case c = {d, &r->facts, today, a};
	a->provision = &catalogue_table[i];
	if (!applies(&r->facts, a))
		return;
	const struct judge_row *row = find_row(a->provision->id);
	if (row)
		row->judge(&c);
	if (a->word == JUDGE_NOT_YET_JUDGED && !a->reason[0])
		(void)snprintf(a->reason, sizeof a->reason, "the declaration alone cannot tell");
	if (a->word == JUDGE_NOT_YET_JUDGED)
		a->needs = a->provision->means & ~(uint32_t)MEANS_IXIT;
	bool followed = a->word != JUDGE_CONTRADICTED && a->word != JUDGE_MISSING;
	if (!followed && !catalogue_mandatory(a->provision))
		a->excused = reason_for(d, a->provision->id) != NULL;
}

/* EN303645 5.0-1: a reason for each recommendation that is not followed. */
static void judge_reasons(const struct declaration *d, struct judge_result *r, struct judge_case *c)
{
	char list[JUDGE_REASON_MAX - 64] = "";
	size_t n = 0, open = 0;
	(void)d;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		bool followed = a->word != JUDGE_CONTRADICTED && a->word != JUDGE_MISSING;
		if (followed || catalogue_mandatory(a->provision) || a->excused)
			continue;
		open++;
		if (n < sizeof list)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", a->provision->id);
	}
	if (open)
		judge_miss(c, 0, "follow them, or give the reason under `reasons`", "no reason for not following %s",
			   list);
	else
		judge_promise(c, "every recommendation judged so far is followed or has a reason; "
				 "what does not apply says why");
}

static void count(struct judge_result *r)
{
	r->clean = r->conflicts_n == 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		r->counts[a->word]++;
		if (a->excused)
			continue;
		if (a->word == JUDGE_CONTRADICTED || (a->word == JUDGE_MISSING && catalogue_mandatory(a->provision)))
			r->clean = false;
	}
}

rc judge_declaration(const struct declaration *d, struct wall_time today, struct judge_result **ret, struct err *e)
{
	struct judge_result *r = mem_alloc(sizeof *r);
	if (!r)
		return err_set(e, ERR_MEMORY, "judging the declaration: out of memory");
	judge_facts(d, &r->facts);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		judge_one(d, today, r, i);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		struct judge_case c = {d, &r->facts, today, &r->answers[i]};
		if (strcmp(r->answers[i].provision->id, "5.0-1") == 0)
			judge_reasons(d, r, &c);
	}
	judge_conflicts(d, r);
	count(r);
	*ret = r;
	return RC_OK;
}

void judge_free(struct judge_result *r)
{
	mem_free(r);
}
