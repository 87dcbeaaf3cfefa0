/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark explain`: one provision in plain words, and how a declaration stands to it. */
#include <string.h>

#include "cli/cli_product.h"
#include "cli/cli_published.h"
#include "product/judge_json.h"
#include "product/schemes.h"
#include "core/base/banned.h"

static void print_list(const char *name, const char *const *list)
{
	if (!*list)
		return;
	(void)printf("%s", name);
	for (size_t i = 0; list[i]; i++)
		(void)printf("%s%s", i ? ", " : " ", list[i]);
	(void)printf("\n");
}

static void print_means(uint32_t bits)
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
		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			if (strcmp(words[k].word, means[i]) == 0)
				(void)printf("%s%s", i ? ", " : " ", words[k].meaning);
	(void)printf("\n");
}

static void print_provision(const struct catalogue_provision *p)
{
	(void)printf("%s  %s\n\n%s.\n\n", p->id, p->section_title, p->title);
	(void)printf("Status: %s%s\n", catalogue_mandatory(p) ? "mandatory" : "recommended",
		     p->condition ? ", on a condition" : "");
	if (p->condition)
		(void)printf("Applies if: %s\n", p->condition);
	(void)printf("Edition: %s\n", catalogue_edition);
	if (p->v211_id)
		(void)printf("In V2.1.1: %s (%s)\n", p->v211_id, p->v211_status ? p->v211_status : "?");
	else
		(void)printf("In V2.1.1: not there\n");
	print_list("IXIT tables:", p->ixit);
	(void)printf("Verified by:");
	print_means(p->means);
}

/* Does the requirement rest on it? */
static bool rests_on(const struct schemes_requirement *q, const struct catalogue_provision *p)
{
	return memchr(q->provisions, (int)(p - catalogue_table), q->provisions_n) != NULL;
}

static void print_requirement(const struct schemes_scheme *s, const struct schemes_requirement *q)
{
	bool first = true;
	(void)printf("  %-10s %-13s %s%s%s", s->id, q->clause, q->title,
		     q->mapping == SCHEMES_PARTIAL ? " [in part]" : "", q->confirmed ? "" : " [unconfirmed]");
	for (size_t k = 0; s->levels_n > 1 && k < s->levels_n; k++)
		if (q->levels >> k & 1) {
			(void)printf("%s%s", first ? ", at " : " ", s->levels[k].id);
			first = false;
		}
	(void)printf("\n");
}

static int print_schemes(const struct catalogue_provision *p)
{
	CLEANUP(schemes_free) struct schemes_data *d = NULL;
	struct err e = {0};
	bool any = false;
	if (rc_failed(schemes_builtin(&d, &e)))
		return cli_fail(&e);
	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; k < d->schemes[i].requirements_n; k++) {
			if (!rests_on(&d->schemes[i].requirements[k], p))
				continue;
			if (!any)
				(void)printf("Asked by:\n");
			any = true;
			print_requirement(&d->schemes[i], &d->schemes[i].requirements[k]);
		}
	return CLI_OK;
}

static void print_answer(const char *path, const struct judge_answer *a)
{
	(void)printf("\nIn %s: %s%s\n  %s\n", path, judge_word_name(a->word), a->excused ? " (with a reason)" : "",
		     a->reason);
	if (a->hint[0])
		(void)printf("  hint: %s\n", a->hint);
	if (a->line)
		(void)printf("  see line %u\n", a->line);
	if (a->needs) {
		(void)printf("  evidence still needed:");
		print_means(a->needs);
	}
}

static int explain_in(const struct cli_args *a, const struct catalogue_provision *p, struct wall_time today)
{
	struct declaration *d = NULL;
	CLEANUP(cli_published_done) struct cli_published judged = {0};
	struct err e = {0};
	int status = cli_product_load(cli_at(a, 1), false, &d);
	if (status != CLI_OK)
		return status;
	if (rc_failed(cli_published_judge(a, cli_at(a, 1), d, today, &judged, &e)))
		status = cli_fail(&e);
	else
		print_answer(cli_at(a, 1), &judged.judged->answers[p - catalogue_table]);
	declaration_free(d);
	return status;
}

static int run(const struct cli_args *a)
{
	struct wall_time today;
	struct err e = {0};
	const struct catalogue_provision *p = catalogue_find(cli_at(a, 0));
	if (!cli_product_day(a, &today))
		return CLI_USAGE;
	if (!p) {
		(void)err_set(&e, ERR_MISSING, "there is no provision \"%.32s\"", cli_at(a, 0));
		(void)err_hint(&e, "ids look like 5.3-10; \"hallmark check\" lists all");
		return cli_fail(&e);
	}
	print_provision(p);
	int status = print_schemes(p);
	if (status != CLI_OK)
		return status;
	return cli_count(a) > 1 ? explain_in(a, p, today) : CLI_OK;
}

static const struct cli_option options[] = {
	{"date", "YYYY-MM-DD", "judge as of this day (default: today)", false},
	CLI_PUBLISHED_OPTION,
	CLI_PUBLISHED_KEY_OPTION,
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_explain = {
	.name = "explain",
	.summary = "one provision of EN 303 645 in plain words",
	.positional = "PROVISION [PRODUCT.YAML]",
	.positional_min = 1,
	.positional_max = 2,
	.details = "Example:  hallmark explain 5.1-1 product.yaml",
	.options = options,
	.run = run,
};
