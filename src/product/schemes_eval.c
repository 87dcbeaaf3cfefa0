/* SPDX-License-Identifier: Apache-2.0 */
/* Results of provisions become results of requirements, and those the result of a scheme. See the header for the rules.
 */
#include "product/schemes_eval.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/base/banned.h"

const char *schemes_result_name(enum schemes_result r)
{
	static const char *const names[SCHEMES_RESULTS] = {
		[SCHEMES_OPEN] = "open",
		[SCHEMES_MET] = "met",
		[SCHEMES_PROMISED] = "promised",
		[SCHEMES_NOT_MET] = "not-met",
		[SCHEMES_NOT_APPLICABLE] = "not-applicable",
	};
	return (unsigned)r < SCHEMES_RESULTS ? names[r] : "";
}

void schemes_eval_declared(const struct judge_result *r, struct schemes_input *ret)
{
	/* All other words are open. A reason excuses a recommendation in EN 303 645, and nowhere else. */
	static const enum schemes_result results[JUDGE_WORDS] = {
		[JUDGE_PROMISED] = SCHEMES_PROMISED,
		[JUDGE_CONTRADICTED] = SCHEMES_NOT_MET,
		[JUDGE_NOT_APPLICABLE] = SCHEMES_NOT_APPLICABLE,
	};
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		ret->at[i] = results[r->answers[i].word];
	/* Contradictions between tables count against the provision they are nearest to. */
	for (size_t k = 0; k < r->conflicts_n; k++) {
		const struct catalogue_provision *p = catalogue_find(r->conflicts[k].provision);
		if (p)
			ret->at[p - catalogue_table] = SCHEMES_NOT_MET;
	}
}

/* The declaration was looked into, and promises it; the product was not. */
static bool only_promised(const struct verdict *v)
{
	bool promised = false;
	for (size_t i = 0; i < v->cases_n; i++) {
		if (v->cases[i].result == VERDICT_PASS && !v->cases[i].functional)
			promised = true;
		else if (v->cases[i].result != VERDICT_NOT_JUDGED)
			return false;
	}
	return promised;
}

static enum schemes_result judged(const struct verdict *x, bool declared, enum schemes_result before)
{
	enum verdict_result v = x->result;
	if (v == VERDICT_FAIL || (declared && before == SCHEMES_NOT_MET))
		return SCHEMES_NOT_MET;
	if (v == VERDICT_PASS)
		return SCHEMES_MET;
	if (v == VERDICT_INCONCLUSIVE)
		return only_promised(x) ? SCHEMES_PROMISED : SCHEMES_OPEN;
	if (declared)
		return before;
	return v == VERDICT_NOT_APPLICABLE ? SCHEMES_NOT_APPLICABLE : SCHEMES_OPEN;
}

rc schemes_eval_judged(const struct verdict_set *v, bool declared, struct schemes_input *io, struct err *e)
{
	struct schemes_input out = *io;
	if (strcmp(v->edition, catalogue_edition) != 0)
		return err_set(e, ERR_INPUT, "the verdicts are by \"%.80s\", the schemes by \"%s\"", v->edition,
			       catalogue_edition);
	for (size_t i = 0; i < v->n; i++) {
		const struct catalogue_provision *p = catalogue_find(v->list[i].provision);
		if (!p)
			return err_set(e, ERR_INPUT, "a verdict on \"%s\", which is no provision",
				       v->list[i].provision);
		enum schemes_result *at = &out.at[p - catalogue_table];
		*at = judged(&v->list[i], declared, *at);
	}
	out.assessed = true;
	*io = out;
	return RC_OK;
}

/* What is worst speaks for all: not met, open, promised, met; what does not apply only if all do not. */
static enum schemes_result carry(const struct schemes_requirement *q, const struct schemes_input *in)
{
	static const enum schemes_result order[] = {SCHEMES_NOT_MET, SCHEMES_OPEN, SCHEMES_PROMISED, SCHEMES_MET,
						    SCHEMES_NOT_APPLICABLE};
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < q->provisions_n; i++)
			if (in->at[q->provisions[i]] == order[k])
				return order[k];
	return SCHEMES_OPEN;
}

struct text {
	char *at;
	size_t n;
};

PRINTF_LIKE(2, 3) static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	if (t->n >= SCHEMES_WHY_SIZE)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(t->at + t->n, SCHEMES_WHY_SIZE - t->n, fmt, ap);
	va_end(ap);
	t->n += n > 0 ? (size_t)n : 0;
}

/* "not met: 5.1-1, 5.1-2" */
static void say_provisions(struct text *t, const struct schemes_row *row, const struct schemes_input *in,
			   enum schemes_result which, const char *word)
{
	bool first = true;
	for (size_t i = 0; i < row->requirement->provisions_n; i++) {
		size_t p = row->requirement->provisions[i];
		if (in->at[p] != which)
			continue;
		say(t, "%s%s%s", first ? (t->n ? "; " : "") : ", ", first ? word : "", catalogue_table[p].id);
		first = false;
	}
}

void schemes_eval_mend(char *text)
{
	if (name_utf8_ok(text, strlen(text)))
		return;
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			*text = '?';
}

static void explain(struct schemes_row *row, const struct schemes_input *in)
{
	const struct schemes_requirement *q = row->requirement;
	struct text t = {row->why, 0};
	say_provisions(&t, row, in, SCHEMES_NOT_MET, "not met: ");
	say_provisions(&t, row, in, SCHEMES_OPEN, "open: ");
	say_provisions(&t, row, in, SCHEMES_PROMISED, "promised, without evidence: ");
	if (q->mapping == SCHEMES_UNKNOWN)
		say(&t, "which provisions carry it is not known");
	else if (q->mapping == SCHEMES_NONE)
		say(&t, "no provision carries it");
	for (size_t i = 0; i < q->beyond_n; i++)
		say(&t, "%s%s",
		    i	  ? ", "
		    : t.n ? "; beyond the provisions: "
			  : "beyond the provisions: ",
		    q->beyond[i]->what);
	if (q->mapping == SCHEMES_PARTIAL && !q->beyond_n)
		say(&t, "%sthe provisions carry a part of it only", t.n ? "; " : "");
	schemes_eval_mend(row->why);
}

static void judge_row(const struct schemes_requirement *q, const struct schemes_input *in, struct schemes_row *row)
{
	row->requirement = q;
	row->carried = carry(q, in);
	row->result = row->carried;
	/* The rest of a partial mapping is nobody's promise; but a part that is not met is enough. */
	if (q->mapping != SCHEMES_FULL && row->carried != SCHEMES_NOT_MET)
		row->result = SCHEMES_OPEN;
	explain(row, in);
}

static void sum_up(struct schemes_view *v, size_t level)
{
	static const enum schemes_result order[] = {SCHEMES_NOT_MET, SCHEMES_OPEN, SCHEMES_PROMISED, SCHEMES_MET};
	struct schemes_sum *s = &v->sums[level];
	for (size_t i = 0; i < v->rows_n; i++) {
		if (!(v->rows[i].requirement->levels & 1u << level))
			continue;
		s->by[v->rows[i].result]++;
		s->unconfirmed += !v->rows[i].requirement->confirmed;
	}
	s->result = SCHEMES_NOT_APPLICABLE;
	for (size_t k = 0; k < ARRAY_LEN(order) && s->result == SCHEMES_NOT_APPLICABLE; k++)
		if (s->by[order[k]])
			s->result = order[k];
}

void schemes_eval_free(struct schemes_report **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < SCHEMES_MAX; i++)
		mem_free((*r)->views[i].rows);
	mem_free(*r);
	*r = NULL;
}

rc schemes_eval(const struct schemes_data *d, const struct schemes_input *in, struct schemes_report **ret,
		struct err *e)
{
	CLEANUP(schemes_eval_free) struct schemes_report *r = mem_alloc(sizeof *r);
	if (!r)
		return err_set(e, ERR_MEMORY, "schemes: out of memory");
	for (size_t i = 0; i < d->n; i++) {
		struct schemes_view *v = &r->views[r->n++];
		v->scheme = &d->schemes[i];
		v->rows = mem_array(v->scheme->requirements_n, sizeof *v->rows);
		if (!v->rows)
			return err_set(e, ERR_MEMORY, "schemes: out of memory");
		v->rows_n = v->scheme->requirements_n;
		for (size_t k = 0; k < v->rows_n; k++)
			judge_row(&v->scheme->requirements[k], in, &v->rows[k]);
		for (size_t k = 0; k < v->scheme->levels_n; k++)
			sum_up(v, k);
	}
	*ret = r;
	r = NULL;
	return RC_OK;
}
