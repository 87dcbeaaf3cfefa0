/* SPDX-License-Identifier: Apache-2.0 */
/* EN303645 5.3-13 against what was published before: a support period may be extended, never shortened. */
#include "product/judge.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
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
	char wanted[RFC3339_DATE_SIZE], promised[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE];
	r->clean = r->clean && a;
	if (!a || d->support.until.s >= until.s)
		return;
	rfc3339_date(d->support.until, wanted);
	rfc3339_date(until, promised);
	rfc3339_date(on, day);
	r->counts[a->word]--;
	r->counts[JUDGE_CONTRADICTED]++;
	r->clean = false;
	a->word = JUDGE_CONTRADICTED;
	a->line = d->support.line;
	a->needs = 0;
	(void)snprintf(a->reason, sizeof a->reason, "support ends on %s; published until %s on %s", wanted, promised,
		       day);
	(void)snprintf(a->hint, sizeof a->hint,
		       "extend support.until to %s or later, or keep it: it is never shortened", promised);
}
