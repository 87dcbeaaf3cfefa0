/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rows over a declaration: facts first, then what applies, then the judges, then the reasons for what is not
 * followed (EN303645 5.0-1). Leaves the single decisions to judge_*.c and showing them to the commands.
 */
#include "product/judge.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "product/judge_check.h"
#include "product/judge_rows.h"
#include "core/base/banned.h"

const char *judge_word_name(enum judge_word w)
{
	static const char *const names[JUDGE_WORDS] = {
		[JUDGE_OPEN] = "open",
		[JUDGE_PROMISED] = "promised",
		[JUDGE_CONTRADICTED] = "contradicted",
		[JUDGE_MISSING] = "missing",
		[JUDGE_NOT_APPLICABLE] = "not-applicable",
	};
	return (unsigned)w < JUDGE_WORDS ? names[w] : "";
}

static int rank(enum judge_word w)
{
	return w == JUDGE_CONTRADICTED ? 3 : w == JUDGE_MISSING ? 2 : w == JUDGE_OPEN ? 1 : 0;
}

void judge_promise(struct judge_case *c, const char *fmt, ...)
{
	va_list ap;
	if (c->answer->findings)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(c->answer->reason, sizeof c->answer->reason, fmt, ap);
	va_end(ap);
	name_utf8_clean(c->answer->reason);
	c->answer->word = JUDGE_PROMISED;
}

void judge_note(struct judge_case *c, uint32_t line, const char *fmt, ...)
{
	va_list ap;
	if (c->answer->findings)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(c->answer->hint, sizeof c->answer->hint, fmt, ap);
	va_end(ap);
	name_utf8_clean(c->answer->hint);
	c->answer->line = line;
}

struct saying {
	enum judge_word word;
	uint32_t line;
	const char *hint;
	char *text;
};

/* The answer shows the worst of its findings, the first among equals. */
static void find(struct judge_case *c, const struct saying *s)
{
	struct judge_answer *a = c->answer;
	struct judge_result *r = c->result;
	name_utf8_clean(s->text);
	if (!a->findings++ || rank(s->word) > rank(a->word)) {
		a->word = s->word;
		a->line = s->line;
		(void)snprintf(a->reason, sizeof a->reason, "%s", s->text);
		(void)snprintf(a->hint, sizeof a->hint, "%s", s->hint);
	}
	if (r->findings_n == JUDGE_FINDINGS_MAX) {
		r->findings_more++;
		return;
	}
	struct judge_finding *f = &r->findings[r->findings_n++];
	*f = (struct judge_finding){.answer = a, .word = s->word, .line = s->line};
	(void)snprintf(f->text, sizeof f->text, "%s", s->text);
	(void)snprintf(f->hint, sizeof f->hint, "%s", s->hint);
}

void judge_contradict(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...)
{
	char text[JUDGE_REASON_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	find(c, &(struct saying){JUDGE_CONTRADICTED, line, hint, text});
}

void judge_miss(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...)
{
	char text[JUDGE_REASON_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	find(c, &(struct saying){JUDGE_MISSING, line, hint, text});
}

void judge_open(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...)
{
	char text[JUDGE_REASON_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	find(c, &(struct saying){JUDGE_OPEN, line, hint, text});
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

bool judge_guessable(const struct decl_credential *p)
{
	return p && (judge_is_password(p) || p->kind == CREDENTIAL_TOKEN);
}

bool judge_on_network(const struct decl_listener *l)
{
	return l->interface != INTERFACE_LOOPBACK;
}

bool judge_asks(const struct decl_listener *l)
{
	return strcmp(l->auth, DECLARATION_NONE) != 0;
}

static const struct judge_row *find_row(const char *id)
{
	static const struct judge_row *const tables[] = {judge_login_rows,    judge_care_rows,	  judge_update_rows,
							 judge_secret_rows,   judge_channel_rows, judge_surface_rows,
							 judge_function_rows, judge_data_rows};
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct judge_row *row = tables[t]; row->id; row++)
			if (strcmp(row->id, id) == 0)
				return row;
	return NULL;
}

/* 5.0-1 looks at the answers of all others: judge_reasons. */
#define REASONS "5.0-1"

bool judge_has_row(const char *provision)
{
	return strcmp(provision, REASONS) == 0 || find_row(provision) != NULL;
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

static bool followed(const struct judge_answer *a)
{
	return a->word != JUDGE_CONTRADICTED && a->word != JUDGE_MISSING;
}

static void judge_one(const struct declaration *d, struct wall_time today, struct judge_result *r, size_t i)
{
	struct judge_answer *a = &r->answers[i];
	struct judge_case c = {d, &r->facts, today, a, r};
	a->provision = &catalogue_table[i];
	a->tested = catalogue_conceptual(a->provision);
	if (!applies(&r->facts, a))
		return;
	const struct judge_row *row = find_row(a->provision->id);
	if (row)
		row->judge(&c);
	if (row && (a->word == JUDGE_PROMISED || a->word == JUDGE_OPEN))
		a->needs = a->provision->means & ~(uint32_t)MEANS_IXIT;
	const struct decl_reason *why = followed(a) ? NULL : reason_for(d, a->provision->id);
	a->excused = why && !catalogue_mandatory(a->provision) && judge_check_says_something(why->why);
	if (a->excused)
		(void)snprintf(a->excuse, sizeof a->excuse, "%s", why->why);
	name_utf8_clean(a->excuse);
}

/* REQ: EN303645-5.0-1 TS103701-5.0-1-1: a reason for each recommendation that is not followed. */
static void judge_reasons(const struct declaration *d, struct judge_result *r, struct judge_case *c)
{
	size_t reasoned = 0;
	for (size_t i = 0; i < d->reasons_n; i++)
		if (!judge_check_says_something(d->reasons[i].why))
			judge_miss(c, d->reasons[i].line, "say it so that somebody else can weigh it",
				   "the reason for not following %s says nothing", d->reasons[i].provision);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		reasoned += a->excused;
		if (followed(a) || catalogue_mandatory(a->provision) || a->excused)
			continue;
		judge_miss(c, a->line, "follow it, or give the reason under `reasons`",
			   "no reason for not following %s", a->provision->id);
	}
	judge_promise(c,
		      "every recommendation is followed, but for %zu with a reason; what does not apply says why not",
		      reasoned);
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
		struct judge_case c = {d, &r->facts, today, &r->answers[i], r};
		if (strcmp(r->answers[i].provision->id, REASONS) == 0)
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
