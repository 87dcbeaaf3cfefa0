/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "declaration": what the declaration says to each provision: the conceptual side of TS 103 701. The looking was
 * done by the declaration check in the product room; here its answers become facts like all others.
 */
#include <stdio.h>

#include "assess/probe_all.h"
#include "core/base/banned.h"

static const char *word_of(const struct subject_provision *p)
{
	if (p->applies == SUBJECT_APPLIES_NOT)
		return "not-applicable";
	switch (p->promise) {
	case SUBJECT_PROMISED:
		return "promised";
	case SUBJECT_PROMISE_MISSING:
		return p->excused ? "excused" : "missing";
	case SUBJECT_PROMISE_BROKEN:
		return p->excused ? "excused" : "contradicted";
	case SUBJECT_PROMISE_OPEN:
		return "open";
	case SUBJECT_PROMISE_UNKNOWN:
		break;
	}
	return "not-decided";
}

static void run(struct probe_run *r)
{
	const struct subject *s = r->scope->subject;
	char number[16];
	for (size_t i = 0; i < s->provisions_n; i++) {
		const struct subject_provision *p = &s->provisions[i];
		char id[FACT_ID_SIZE], what[64], at[FACT_TARGET_SIZE];
		(void)snprintf(id, sizeof id, "declaration.%s", p->id);
		(void)snprintf(what, sizeof what, "what is declared for %s", p->id);
		if (p->line)
			(void)snprintf(at, sizeof at, "%s:%u", s->file, p->line);
		else
			(void)snprintf(at, sizeof at, "%s", s->file);
		probe_note(r, &(struct probe_note){id, what, at, word_of(p), FACT_SEEN}, "%s%s%s", p->why,
			   p->hint[0] ? ". To declare: " : "", p->hint);
	}
	(void)snprintf(number, sizeof number, "%zu", s->conflicts);
	probe_note(r,
		   &(struct probe_note){"declaration.conflicts", "contradictions inside the declaration", s->file,
					number, FACT_SEEN},
		   "found by the declaration check");
}

const struct probe probe_declaration = {
	.name = "declaration",
	.what = "what the maker's declaration promises, and whether it is complete and free of contradictions",
	.needs = "--declaration",
	.run = run,
};
