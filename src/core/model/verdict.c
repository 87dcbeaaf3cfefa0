/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: from test cases to provisions, and their counts. The file format is in verdict_codec.c. */
#include "core/model/verdict.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

static const char *const result_names[VERDICT_RESULT_COUNT] = {
	[VERDICT_NOT_JUDGED] = "not-judged",
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_NOT_APPLICABLE] = "not-applicable",
};

const char *verdict_result_name(enum verdict_result r)
{
	return r < VERDICT_RESULT_COUNT ? result_names[r] : "not-judged";
}

bool verdict_result_parse(const char *name, enum verdict_result *ret)
{
	for (size_t i = 0; i < VERDICT_RESULT_COUNT; i++)
		if (strcmp(name, result_names[i]) == 0) {
			*ret = (enum verdict_result)i;
			return true;
		}
	return false;
}

rc verdict_set_new(struct verdict_set **ret, struct err *e)
{
	struct verdict_set *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "no memory for verdicts");
	*ret = s;
	return RC_OK;
}

void verdict_set_free(struct verdict_set **s)
{
	mem_free(*s);
	*s = NULL;
}

struct verdict *verdict_set_find(struct verdict_set *s, const char *provision)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->list[i].provision, provision) == 0)
			return &s->list[i];
	return NULL;
}

static const struct verdict_case *first_with(const struct verdict *v, enum verdict_result r)
{
	for (size_t i = 0; i < v->cases_n; i++)
		if (v->cases[i].result == r)
			return &v->cases[i];
	return NULL;
}

static size_t count_with(const struct verdict *v, enum verdict_result r)
{
	size_t n = 0;
	for (size_t i = 0; i < v->cases_n; i++)
		n += v->cases[i].result == r;
	return n;
}

/* The worst case speaks for the provision: fail, then what is open, then pass. */
void verdict_conclude(struct verdict *v)
{
	if (v->result == VERDICT_NOT_APPLICABLE)
		return;
	size_t judged = v->cases_n - count_with(v, VERDICT_NOT_JUDGED);
	const struct verdict_case *why = NULL;
	v->result = VERDICT_NOT_JUDGED;
	if ((why = first_with(v, VERDICT_FAIL)))
		v->result = VERDICT_FAIL;
	else if (judged && (why = first_with(v, VERDICT_INCONCLUSIVE)))
		v->result = VERDICT_INCONCLUSIVE;
	else if (judged && (why = first_with(v, VERDICT_NOT_JUDGED)))
		v->result = VERDICT_INCONCLUSIVE;
	else if (judged && count_with(v, VERDICT_PASS) == v->cases_n) {
		v->result = VERDICT_PASS;
		why = &v->cases[v->cases_n - 1];
	} else {
		why = v->cases_n ? &v->cases[0] : NULL;
	}
	const char *reason = why ? why->reason : "no test case looks into it";
	size_t n = strnlen(reason, sizeof v->reason - 1);
	memcpy(v->reason, reason, n);
	v->reason[n] = 0;
}

struct verdict_count verdict_set_count(const struct verdict_set *s)
{
	struct verdict_count c = {0};
	for (size_t i = 0; i < s->n; i++) {
		const struct verdict *v = &s->list[i];
		c.by[v->result]++;
		c.mandatory_failed += v->mandatory && v->result == VERDICT_FAIL;
		c.mandatory_open +=
			v->mandatory && (v->result == VERDICT_INCONCLUSIVE || v->result == VERDICT_NOT_JUDGED);
	}
	return c;
}
