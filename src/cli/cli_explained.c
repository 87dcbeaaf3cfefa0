/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what is known of one provision: its test cases, why it applies to a product, what was promised, which facts
 * decided, and what to do next. Decides nothing.
 */
#include "cli/cli_explained.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli_judged.h"
#include "core/model/verdict.h"
#include "core/base/banned.h"

void cli_explained_cases(const struct catalogue_provision *p)
{
	size_t n = 0;
	const struct catalogue_case *list = catalogue_cases_of(p, &n);
	(void)printf("\nTest cases (%s)\n", catalogue_cases_edition);
	for (size_t i = 0; i < n; i++) {
		const struct catalogue_case *c = &list[i];
		(void)printf("  %s, %s%s: %s\n", c->id, catalogue_kind_name(c->kind), c->inferred ? " (inferred)" : "",
			     c->looks_at);
		if (c->ixit[0]) {
			(void)printf("    reads");
			for (size_t k = 0; c->ixit[k]; k++)
				(void)printf("%s IXIT %s", k ? "," : "", c->ixit[k]);
			(void)printf("\n");
		}
		(void)printf("    decided by");
		cli_judged_means(c->evidence);
		if (c->beyond)
			(void)printf("    only evidence shows %s\n", c->beyond);
		if (c->note)
			(void)printf("    note: %s\n", c->note);
	}
}

static void print_facts(const char *path, const struct judge_result *r, const struct judge_answer *a)
{
	if (!a->provision->applies_if) {
		(void)printf("  It applies to every product.\n");
		return;
	}
	for (unsigned f = 0; f < FACT_COUNT; f++) {
		const struct judge_fact *fact = &r->facts.at[f];
		if (!(a->provision->applies_if & 1u << f))
			continue;
		(void)printf("  %-3s %s (%s)", fact->holds ? "yes" : "no", fact->why, catalogue_fact_slug(f));
		if (fact->line)
			(void)printf(", %s:%u", path, fact->line);
		(void)printf("\n");
	}
}

void cli_explained_declared(const char *path, const struct judge_result *r, const struct judge_answer *a)
{
	bool applies = a->word != JUDGE_NOT_APPLICABLE;
	(void)printf("\nWhy it %s here\n", applies ? "applies" : "does not apply");
	print_facts(path, r, a);
	if (!applies)
		return;
	(void)printf("\nIn %s: %s%s\n", path, judge_word_name(a->word), a->excused ? " (with a reason)" : "");
	if (!a->findings)
		(void)printf("  %s\n", a->reason);
	for (size_t i = 0; i < r->findings_n; i++) {
		const struct judge_finding *f = &r->findings[i];
		if (f->answer != a)
			continue;
		(void)printf("  %s", judge_word_name(f->word));
		if (f->line)
			(void)printf(", line %u", f->line);
		(void)printf(": %s\n    hint: %s\n", f->text, f->hint);
	}
	if (a->excused)
		(void)printf("  reason given: %s\n", a->excuse);
	if (!a->findings && a->hint[0])
		(void)printf("  note: %s\n", a->hint);
	for (size_t i = 0; i < r->conflicts_n; i++)
		if (strcmp(r->conflicts[i].provision, a->provision->id) == 0)
			(void)printf("  contradicted, line %u: %s\n    hint: %s\n", r->conflicts[i].line,
				     r->conflicts[i].text, r->conflicts[i].hint);
}

static void print_fact(const struct fact_set *facts, const char *id)
{
	const struct fact *f = facts ? fact_set_find(facts, id) : NULL;
	if (!f)
		(void)printf("    %s\n", id);
	else
		(void)printf("    %s: %s%s%s, at %s: %s\n", id, fact_state_name(f->state), f->value[0] ? " " : "",
			     f->value, f->target, f->evidence);
}

void cli_explained_verdict(const struct verdict *v, const struct fact_set *facts)
{
	(void)printf("\nAssessed: %s\n  %s\n", verdict_result_name(v->result), v->reason);
	for (size_t i = 0; i < v->cases_n; i++) {
		const struct verdict_case *c = &v->cases[i];
		(void)printf("  %s %s: %s\n", c->id, verdict_result_name(c->result), c->reason);
		for (size_t k = 0; k < c->facts_n; k++)
			print_fact(facts, c->facts[k]);
	}
}

/* The functional case that an assessment still has to exercise; NULL if there is none. */
static const struct catalogue_case *to_exercise(const struct judge_answer *a)
{
	size_t n = 0;
	const struct catalogue_case *list = catalogue_cases_of(a->provision, &n);
	return list[n - 1].kind & (TESTS_FUNCTIONAL | TESTS_MIXED) ? &list[n - 1] : NULL;
}

static void print_evidence(const struct judge_answer *a)
{
	static const uint32_t probes = MEANS_DOC | MEANS_NET | MEANS_LIB;
	const struct catalogue_case *c = to_exercise(a);
	uint32_t evidence = c ? c->evidence & ~(uint32_t)MEANS_IXIT : a->needs;
	if (c)
		(void)printf("  Exercise %s: %s\n", c->id, c->looks_at);
	if (a->tested && a->tested->beyond)
		(void)printf("  Show %s.\n", a->tested->beyond);
	if (evidence) {
		(void)printf("  Evidence:");
		cli_judged_means(evidence);
	}
	(void)printf("  %s\n", evidence & probes ? "\"hallmark assess\" collects what a probe can see of it."
						 : "No probe can see it: a laboratory, or an audit, has to look.");
}

void cli_explained_next(const struct judge_answer *a, const struct verdict *v)
{
	(void)printf("\nWhat to do next\n");
	if (a->word == JUDGE_NOT_APPLICABLE)
		(void)printf("  Nothing, as long as that is so.\n");
	else if (a->excused)
		(void)printf("  Nothing; whoever assesses the product weighs the reason.\n");
	else if (a->word != JUDGE_PROMISED)
		(void)printf("  %s%s\n", a->hint,
			     catalogue_mandatory(a->provision) ? "." : "; or give the reason under `reasons`.");
	else if (v && v->result == VERDICT_PASS)
		(void)printf("  Nothing: it is promised, and shown.\n");
	else if (v && (v->result == VERDICT_FAIL || v->result == VERDICT_INCONCLUSIVE))
		(void)printf("  Mend or bring what the reason above names, and assess again.\n");
	else
		print_evidence(a);
}
