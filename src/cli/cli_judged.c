/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a judgement on a terminal: summary, then what must be mended with the way to do it, then the sections. Decides
 * nothing; leaves JSON to judge_json.c.
 */
#include "cli/cli_judged.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/base/attr.h"
#include "product/judge_json.h"
#include "core/base/banned.h"

struct shown {
	const char *path;
	const struct judge_result *r;
	const char *good, *bad, *open, *dim, *bold, *plain; /* colours, or "" */
};

static struct shown shown_for(const char *path, const struct judge_result *r)
{
	if (!cli_colour(stdout))
		return (struct shown){path, r, "", "", "", "", "", ""};
	return (struct shown){path, r, "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m", "\033[0m"};
}

static bool missing_duty(const struct judge_answer *a)
{
	return a->word == JUDGE_MISSING && catalogue_mandatory(a->provision);
}

static const char *colour_of(const struct shown *s, const struct judge_answer *a)
{
	if (a->word == JUDGE_PROMISED)
		return s->good;
	if (a->word == JUDGE_CONTRADICTED || missing_duty(a))
		return a->excused ? s->dim : s->bad;
	return a->word == JUDGE_MISSING || a->word == JUDGE_OPEN ? s->open : s->dim;
}

static void print_place(const struct shown *s, uint32_t line)
{
	if (line)
		(void)printf("%s:%u: ", s->path, line);
	else
		(void)printf("%s: ", s->path);
}

static void print_item(const struct shown *s, uint32_t line, const char *colour, const char *word,
		       const char *provision)
{
	print_place(s, line);
	(void)printf("%s%s%s %s: ", colour, word, s->plain, provision);
}

/* A group of findings with its heading; nothing if it is empty. */
enum group { GROUP_CONTRADICTED, GROUP_DUTY_MISSING, GROUP_ADVICE_MISSING, GROUP_OPEN, GROUPS };

static enum group group_of(const struct judge_finding *f)
{
	if (f->word == JUDGE_CONTRADICTED)
		return GROUP_CONTRADICTED;
	if (f->word == JUDGE_OPEN)
		return GROUP_OPEN;
	return catalogue_mandatory(f->answer->provision) ? GROUP_DUTY_MISSING : GROUP_ADVICE_MISSING;
}

static void print_conflicts(const struct shown *s)
{
	for (size_t i = 0; i < s->r->conflicts_n; i++) {
		const struct judge_conflict *k = &s->r->conflicts[i];
		print_item(s, k->line, s->bad, "contradicted", k->provision);
		(void)printf("%s\n  hint: %s\n", k->text, k->hint);
	}
}

static void print_group(const struct shown *s, enum group g, const char *heading)
{
	bool any = g == GROUP_CONTRADICTED && s->r->conflicts_n;
	if (any)
		(void)printf("\n%s%s%s\n", s->bold, heading, s->plain);
	if (any)
		print_conflicts(s);
	for (size_t i = 0; i < s->r->findings_n; i++) {
		const struct judge_finding *f = &s->r->findings[i];
		if (group_of(f) != g || f->answer->excused)
			continue;
		if (!any)
			(void)printf("\n%s%s%s\n", s->bold, heading, s->plain);
		any = true;
		print_item(s, f->line, g < GROUP_ADVICE_MISSING ? s->bad : s->open, judge_word_name(f->word),
			   f->answer->provision->id);
		(void)printf("%s\n  hint: %s\n", f->text, f->hint);
	}
}

static void print_findings(const struct shown *s)
{
	static const char *const headings[GROUPS] = {
		[GROUP_CONTRADICTED] = "Contradicted",
		[GROUP_DUTY_MISSING] = "Missing, and mandatory",
		[GROUP_ADVICE_MISSING] = "Missing, and recommended",
		[GROUP_OPEN] = "Open: declared, and nobody can tell from it",
	};
	for (enum group g = 0; g < GROUPS; g++)
		print_group(s, g, headings[g]);
	if (s->r->findings_more)
		(void)printf("%zu more findings are not shown.\n", s->r->findings_more);
}

static void print_excused(const struct shown *s)
{
	bool any = false;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &s->r->answers[i];
		if (!a->excused)
			continue;
		if (!any)
			(void)printf("\n%sNot followed, with a reason%s\n", s->bold, s->plain);
		any = true;
		(void)printf("  %-7s %s: %s\n", a->provision->id, a->reason, a->excuse);
	}
}

/* What is promised and does not go as far as one might think. */
static void print_notes(const struct shown *s)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &s->r->answers[i];
		if (a->word != JUDGE_PROMISED || !*a->hint)
			continue;
		print_item(s, a->line, s->dim, "note", a->provision->id);
		(void)printf("%s\n", a->hint);
	}
}

static void print_rows(const struct shown *s)
{
	const char *section = "";
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &s->r->answers[i];
		const struct catalogue_provision *p = a->provision;
		if (strcmp(section, p->section) != 0)
			(void)printf("\n%s%s %s%s\n", s->dim, p->section, p->section_title, s->plain);
		section = p->section;
		(void)printf("%-7s %-3s %s%-15s%s %s%s\n", p->id, p->status, colour_of(s, a), judge_word_name(a->word),
			     s->plain, a->reason, a->excused ? " (with a reason)" : "");
	}
}

static void print_counts(const size_t counts[JUDGE_WORDS])
{
	static const enum judge_word order[] = {JUDGE_CONTRADICTED, JUDGE_MISSING, JUDGE_OPEN, JUDGE_PROMISED,
						JUDGE_NOT_APPLICABLE};
	bool any = false;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (counts[order[i]])
			(void)printf("%s%zu %s", any ? ", " : "", counts[order[i]], judge_word_name(order[i]));
		any = any || counts[order[i]];
	}
	(void)printf("\n");
}

static void print_sections(const struct shown *s)
{
	(void)printf("\n");
	for (size_t i = 0; i < CATALOGUE_PROVISIONS;) {
		const struct catalogue_provision *p = &catalogue_table[i];
		size_t counts[JUDGE_WORDS] = {0};
		for (; i < CATALOGUE_PROVISIONS && strcmp(catalogue_table[i].section, p->section) == 0; i++)
			counts[s->r->answers[i].word]++;
		(void)printf("%-4s %-45.45s ", p->section, p->section_title);
		print_counts(counts);
	}
	(void)printf("\"--all\" shows each provision; \"hallmark explain 5.1-1 %s\" one of them.\n", s->path);
}

static void print_summary(const struct shown *s)
{
	const struct judge_result *r = s->r;
	(void)printf("%d provisions: %zu promised, %zu contradicted, %zu missing, %zu open, %zu not applicable; "
		     "%zu contradictions between parts.\n",
		     CATALOGUE_PROVISIONS, r->counts[JUDGE_PROMISED], r->counts[JUDGE_CONTRADICTED],
		     r->counts[JUDGE_MISSING], r->counts[JUDGE_OPEN], r->counts[JUDGE_NOT_APPLICABLE], r->conflicts_n);
	(void)printf("%s%s%s A promise is not a pass: the evidence comes from an assessment (%s).\n",
		     r->clean ? s->good : s->bad,
		     r->clean ? "Nothing is contradicted, and nothing mandatory is missing."
			      : "Something is contradicted, or mandatory and missing.",
		     s->plain, catalogue_edition);
}

void cli_judged_print(const char *path, const struct declaration *d, const struct judge_result *r, bool all)
{
	struct shown s = shown_for(path, r);
	(void)printf("%s (%s), %s, version %s\n", d->product, d->model, d->maker.name, d->version);
	print_summary(&s);
	print_findings(&s);
	print_excused(&s);
	print_notes(&s);
	if (all)
		print_rows(&s);
	else
		print_sections(&s);
}

void cli_judged_means(uint32_t bits)
{
	static const struct {
		const char *word, *meaning;
	} words[] = {
		{"doc", "published documents"},
		{"process", "how the maker works"},
		{"ixit", "the declaration"},
		{"net", "network probe"},
		{"fw", "the image or the build"},
		{"device", "hands on the device"},
		{"lib", "evidence of the device agent"},
	};
	const char *means[JUDGE_JSON_MEANS];
	size_t n = judge_json_means(bits, means);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (strcmp(words[k].word, means[i]) == 0)
				(void)printf("%s%s", i ? ", " : " ", words[k].meaning);
	(void)printf("\n");
}
