/* SPDX-License-Identifier: Apache-2.0 */
/* EN303645 5.3-13 against what was published before: a support period may be extended, never shortened. */
#include "product/judge.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "product/judge_rows.h"
#include "core/base/banned.h"

static struct judge_answer *support_answer(struct judge_result *r)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (strcmp(r->answers[i].provision->id, "5.3-13") == 0)
			return &r->answers[i];
	return NULL; /* the catalogue has it, as the tests show */
}

/* REQ: EN303645-5.3-13 */
void judge_published(const struct declaration *d, struct wall_time until, struct wall_time on, struct judge_result *r)
{
	struct judge_answer *a = support_answer(r);
	struct judge_case c = {.d = d, .facts = &r->facts, .answer = a, .result = r};
	char wanted[RFC3339_DATE_SIZE], promised[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE], hint[JUDGE_REASON_MAX];
	r->clean = r->clean && a;
	if (!a || d->support.until.s >= until.s)
		return;
	rfc3339_date(d->support.until, wanted);
	rfc3339_date(until, promised);
	rfc3339_date(on, day);
	(void)snprintf(hint, sizeof hint, "extend support.until to %s or later, or keep it: it is never shortened",
		       promised);
	r->counts[a->word]--;
	judge_contradict(&c, d->support.line, hint, "support ends on %s; published until %s on %s", wanted, promised,
			 day);
	r->counts[JUDGE_CONTRADICTED]++;
	r->clean = false;
	a->needs = 0;
}
