/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark explain`: one provision in plain words, and how a declaration and an assessment stand to it. */
#include <stdio.h>
#include <string.h>

#include "assess/stage.h"
#include "cli/cli_explained.h"
#include "cli/cli_judged.h"
#include "cli/cli_product.h"
#include "cli/cli_published.h"
#include "host/os/file.h"
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
	cli_judged_means(p->means);
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

struct assessed {
	struct verdict_set *verdicts;
	struct fact_set facts;
	struct fact_head head;
	bool has_facts;
};

static void assessed_done(struct assessed *s)
{
	verdict_set_free(&s->verdicts);
	fact_set_done(&s->facts);
}

/* The folder of an assessment, or the verdicts file in it. Facts that do not fit are left out: then only names show. */
static rc load_assessed(const char *given, struct assessed *ret, struct err *e)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	const char *slash = strrchr(given, '/');
	size_t n = strlen(given), tail = sizeof ".json" - 1;
	bool file = n > tail && strcmp(given + n - tail, ".json") == 0;
	rc r = RC_OK;
	if (!file)
		(void)snprintf(dir, sizeof dir, "%s", given);
	else
		(void)snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - given) : 1, slash ? given : ".");
	if (!file)
		r = file_path(path, e, dir, "verdicts.json");
	else
		(void)snprintf(path, sizeof path, "%s", given);
	if (rc_ok(r))
		r = stage_load_verdicts(path, &ret->verdicts, NULL, e);
	if (rc_ok(r))
		ret->has_facts = rc_ok(stage_load_facts(dir, ret->verdicts, &ret->facts, &ret->head, NULL));
	return r;
}

static const struct verdict *verdict_of(const struct verdict_set *v, const char *provision)
{
	for (size_t i = 0; v && i < v->n; i++)
		if (strcmp(v->list[i].provision, provision) == 0)
			return &v->list[i];
	return NULL;
}

static int explain_in(const struct cli_args *a, const struct catalogue_provision *p, struct wall_time today)
{
	CLEANUP(assessed_done) struct assessed seen = {0};
	struct declaration *d = NULL;
	CLEANUP(cli_published_done) struct cli_published judged = {0};
	struct err e = {0};
	const char *given = cli_value(a, "verdicts", NULL);
	if (given && rc_failed(load_assessed(given, &seen, &e)))
		return cli_fail(&e);
	int status = cli_product_load(cli_at(a, 1), false, &d);
	if (status != CLI_OK)
		return status;
	if (rc_failed(cli_published_judge(a, cli_at(a, 1), d, today, &judged, &e))) {
		status = cli_fail(&e);
	} else {
		const struct judge_answer *answer = &judged.judged->answers[p - catalogue_table];
		const struct verdict *v = verdict_of(seen.verdicts, p->id);
		cli_explained_declared(cli_at(a, 1), judged.judged, answer);
		if (v)
			cli_explained_verdict(v, seen.has_facts ? &seen.facts : NULL);
		cli_explained_next(answer, v);
	}
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
	if (cli_value(a, "verdicts", NULL) && cli_count(a) < 2)
		return cli_wrong("--verdicts needs the declaration of the product that was assessed");
	if (!p) {
		(void)err_set(&e, ERR_MISSING, "there is no provision \"%.32s\"", cli_at(a, 0));
		(void)err_hint(&e, "ids look like 5.3-10; \"hallmark check --all\" lists them");
		return cli_fail(&e);
	}
	print_provision(p);
	int status = print_schemes(p);
	if (status != CLI_OK)
		return status;
	cli_explained_cases(p);
	return cli_count(a) > 1 ? explain_in(a, p, today) : CLI_OK;
}

static const struct cli_option options[] = {
	{"verdicts", "PATH", "verdicts.json, or the folder of an assessment: what it concluded, and from which facts",
	 false},
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
	.details = "What it asks, why it applies to the product, what was promised, which test cases there are, which "
		   "facts "
		   "decided, and\nwhat to do next.\n\n"
		   "Example:  hallmark explain 5.3-10 product.yaml --verdicts assessment/",
	.options = options,
	.run = run,
};
