/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark check`: what a declaration promises, and where it contradicts itself. */
#include <string.h>

#include "cli/cli_product.h"
#include "cli/cli_published.h"
#include "product/judge_json.h"
#include "core/base/banned.h"

struct colours {
	const char *good, *bad, *open, *dim, *plain;
};

static struct colours colours_for(FILE *out)
{
	if (!cli_colour(out))
		return (struct colours){"", "", "", "", ""};
	return (struct colours){"\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[0m"};
}

static const char *colour_of(const struct colours *c, const struct judge_answer *a)
{
	if (a->word == JUDGE_PROMISED)
		return c->good;
	if (a->word == JUDGE_CONTRADICTED || (a->word == JUDGE_MISSING && catalogue_mandatory(a->provision)))
		return a->excused ? c->dim : c->bad;
	return a->word == JUDGE_MISSING ? c->open : c->dim;
}

static void print_row(const struct colours *c, const struct judge_answer *a)
{
	(void)printf("%-7s %-3s %s%-15s%s %s%s\n", a->provision->id, a->provision->status, colour_of(c, a),
		     judge_word_name(a->word), c->plain, a->reason, a->excused ? " (with a reason)" : "");
}

static void print_table(const struct colours *c, const struct judge_result *r)
{
	const char *section = "";
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct catalogue_provision *p = r->answers[i].provision;
		if (strcmp(section, p->section) != 0)
			(void)printf("\n%s%s %s%s\n", c->dim, p->section, p->section_title, c->plain);
		section = p->section;
		print_row(c, &r->answers[i]);
	}
}

static void print_place(const char *path, uint32_t line)
{
	if (line)
		(void)printf("%s:%u: ", path, line);
	else
		(void)printf("%s: ", path);
}

/* What must be mended, with the way to do it. */
static void print_to_do(const struct colours *c, const char *path, const struct judge_result *r)
{
	for (size_t i = 0; i < r->conflicts_n; i++) {
		const struct judge_conflict *k = &r->conflicts[i];
		print_place(path, k->line);
		(void)printf("%scontradicted%s %s: %s\n  hint: %s\n", c->bad, c->plain, k->provision, k->text, k->hint);
	}
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		if (a->excused || (a->word != JUDGE_CONTRADICTED && a->word != JUDGE_MISSING))
			continue;
		print_place(path, a->line);
		(void)printf("%s%s%s %s: %s\n  hint: %s\n", colour_of(c, a), judge_word_name(a->word), c->plain,
			     a->provision->id, a->reason, a->hint);
	}
}

/* What is promised and does not go as far as one might think. */
static void print_notes(const char *path, const struct judge_result *r)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		if (a->word != JUDGE_PROMISED || !*a->hint)
			continue;
		print_place(path, a->line);
		(void)printf("note %s: %s\n", a->provision->id, a->hint);
	}
}

static void print_summary(const struct judge_result *r)
{
	(void)printf("\n%d provisions: %zu promised, %zu contradicted, %zu missing, %zu not applicable, %zu not yet "
		     "judged; %zu conflicts.\n",
		     CATALOGUE_PROVISIONS, r->counts[JUDGE_PROMISED], r->counts[JUDGE_CONTRADICTED],
		     r->counts[JUDGE_MISSING], r->counts[JUDGE_NOT_APPLICABLE], r->counts[JUDGE_NOT_YET_JUDGED],
		     r->conflicts_n);
	(void)printf("A promise is not a pass: the evidence comes from an assessment (%s).\n", catalogue_edition);
}

/* Under --strict a reason is no excuse for a recommendation. */
static bool good(const struct judge_result *r, bool strict)
{
	return r->clean && !(strict && (r->counts[JUDGE_MISSING] || r->counts[JUDGE_CONTRADICTED]));
}

static int show_json(const struct declaration *d, const struct judge_result *r, const struct publication_record *record,
		     int status)
{
	json_t *doc = judge_json_result(d, r), *published = cli_published_json(record);
	if (doc && json_object_set_new(doc, "published", published)) {
		json_decref(doc);
		doc = NULL;
	}
	return cli_product_json(doc, status);
}

static int show(const struct cli_args *a, const struct declaration *d, const struct judge_result *r,
		const struct publication_record *record)
{
	int status = good(r, cli_flag(a, "strict")) ? CLI_OK : CLI_NEGATIVE;
	if (cli_flag(a, "json"))
		return show_json(d, r, record, status);
	struct colours c = colours_for(stdout);
	(void)printf("%s (%s), %s, version %s\n", d->product, d->model, d->maker.name, d->version);
	print_table(&c, r);
	print_summary(r);
	cli_published_print(record);
	print_to_do(&c, cli_at(a, 0), r);
	print_notes(cli_at(a, 0), r);
	return status;
}

static int run(const struct cli_args *a)
{
	struct declaration *d = NULL;
	CLEANUP(cli_published_done) struct cli_published p = {0};
	struct wall_time today;
	struct err e = {0};
	if (!cli_product_day(a, &today))
		return CLI_USAGE;
	int status = cli_product_load(cli_at(a, 0), cli_flag(a, "json"), &d);
	if (status != CLI_OK)
		return status;
	if (rc_ok(cli_published_judge(a, cli_at(a, 0), d, today, &p, &e)))
		status = show(a, d, p.judged, &p.record);
	else
		status = cli_fail(&e);
	declaration_free(d);
	return status;
}

static const struct cli_option options[] = {
	{"json", NULL, "the result as JSON", false},
	{"strict", NULL, "also fail on recommendations that are not followed for a reason", false},
	{"date", "YYYY-MM-DD", "judge as of this day (default: today)", false},
	CLI_PUBLISHED_OPTION,
	CLI_PUBLISHED_KEY_OPTION,
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_check = {
	.name = "check",
	.summary = "what a declaration promises for each provision, and where it contradicts itself",
	.positional = "PRODUCT.YAML",
	.positional_min = 1,
	.positional_max = 1,
	.details =
		"Words: promised (evidence is still needed), contradicted, missing, not-applicable (with the reason),\n"
		"not-yet-judged. Status 1 on a contradiction or a missing mandatory promise, 3 if the file is "
		"refused.\n"
		"A support period that ends before the one in the record of publications (hallmark publish) is a "
		"contradiction;\n"
		"a damaged record is an error.\n\n"
		"Example:  hallmark check product.yaml",
	.options = options,
	.run = run,
};
