/* SPDX-License-Identifier: Apache-2.0 */
/* From verdicts to what the schemes say of them. The rules are in src/product/schemes_eval.c. */
#include "assess/scheme.h"

#include <stdio.h>

#include "core/base/banned.h"

rc scheme_of_verdicts(const struct verdict_set *v, struct scheme_list *ret, struct err *e)
{
	rc r = schemes_builtin(&ret->data, e);
	struct err why = {0};
	if (rc_failed(r))
		return r;
	if (rc_failed(schemes_eval_judged(v, false, &ret->input, &why))) {
		(void)snprintf(ret->why_not, sizeof ret->why_not, "%s", why.text);
		return RC_OK;
	}
	r = schemes_eval(ret->data, &ret->input, &ret->report, e);
	if (rc_failed(r))
		return r;
	return schemes_plan(ret->data, &ret->input, schemes_plan_worth(ret->data, v->assessed), &ret->plan, e);
}

void scheme_done(struct scheme_list *s)
{
	schemes_plan_free(&s->plan);
	schemes_eval_free(&s->report);
	schemes_free(&s->data);
}

const struct schemes_view *scheme_find(const struct scheme_list *s, const char *id)
{
	for (size_t i = 0; s->report && i < s->report->n; i++)
		if (strcmp(s->report->views[i].scheme->id, id) == 0)
			return &s->report->views[i];
	return NULL;
}

enum verdict_result scheme_verdict(enum schemes_result r)
{
	static const enum verdict_result verdicts[SCHEMES_RESULTS] = {
		[SCHEMES_OPEN] = VERDICT_INCONCLUSIVE,
		[SCHEMES_MET] = VERDICT_PASS,
		[SCHEMES_PROMISED] = VERDICT_INCONCLUSIVE,
		[SCHEMES_NOT_MET] = VERDICT_FAIL,
		[SCHEMES_NOT_APPLICABLE] = VERDICT_NOT_APPLICABLE,
	};
	return r < SCHEMES_RESULTS ? verdicts[r] : VERDICT_INCONCLUSIVE;
}
