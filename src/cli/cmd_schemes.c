/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark schemes`: one product seen by every law, label and standard, and the cheapest way on. */
#include <stdio.h>
#include <string.h>

#include "assess/stage.h"
#include "cli/cli_product.h"
#include "cli/cli_schemes.h"
#include "core/base/mem.h"
#include "host/os/file.h"
#include "product/published_io.h"
#include "product/judge_json.h"
#include "core/base/banned.h"

#define ASKED_MAX 16

/* All that the answer is made of, to be released together. */
struct gathered {
	struct schemes_data *data;
	struct declaration *d;
	struct judge_result *judged;
	struct verdict_set *verdicts;
	struct schemes_report *report;
	struct schemes_plan *plan;
	struct schemes_input input;
};

static void gathered_done(struct gathered *g)
{
	schemes_plan_free(&g->plan);
	schemes_eval_free(&g->report);
	verdict_set_free(&g->verdicts);
	judge_free(g->judged);
	declaration_free(g->d);
	schemes_free(&g->data);
}

static rc load_data(const char *path, struct schemes_data **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SCHEMES_FILE_MAX);
	if (!path)
		return schemes_builtin(ret, e);
	rc r = file_read(path, SCHEMES_FILE_MAX, &text, e);
	if (rc_ok(r))
		r = schemes_decode(buf_view(&text), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "reading schemes from %s", path);
}

/* Evidence of another product, or of another version of this one, says nothing about it. */
static rc check_same(const struct gathered *g, struct err *e)
{
	const struct verdict_subject *s = &g->verdicts->subject;
	if (!g->d || (strcmp(s->model, g->d->model) == 0 && strcmp(s->version, g->d->version) == 0))
		return RC_OK;
	(void)err_set(e, ERR_INPUT, "the verdicts are about %.80s %.80s, the declaration is about %.80s %.80s",
		      s->model, s->version, g->d->model, g->d->version);
	return err_hint(e, "assess this version, or leave out --verdicts");
}

static rc evaluate(struct gathered *g, const char *path, struct wall_time day, struct err *e)
{
	rc r = RC_OK;
	if (g->d) {
		const struct published_source source = {.declaration = path};
		if (rc_failed(r = published_judge(&source, g->d, day, &g->judged, NULL, e)))
			return r;
		schemes_eval_declared(g->judged, &g->input);
	}
	if (g->verdicts && (rc_failed(r = check_same(g, e)) ||
			    rc_failed(r = schemes_eval_judged(g->verdicts, g->d != NULL, &g->input, e))))
		return r;
	return schemes_eval(g->data, &g->input, &g->report, e);
}

PRINTF_LIKE(3, 4) static void set_todo(struct schemes_shown *s, size_t provision, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(s->todo[provision], sizeof s->todo[provision], fmt, ap);
	va_end(ap);
	schemes_eval_mend(s->todo[provision]);
}

/* The declaration has no more to say: what would show it. */
static void set_evidence(struct schemes_shown *s, size_t provision, const struct judge_answer *a)
{
	static const char *const words[JUDGE_JSON_MEANS] = {"published documents",
							    "how the maker works",
							    "the declaration",
							    "a network probe",
							    "the image or the build",
							    "hands on the device",
							    "evidence of the device agent"};
	char list[192] = "";
	size_t n = 0;
	for (unsigned i = 0; i < JUDGE_JSON_MEANS; i++)
		if (a->needs >> i & 1 && n < sizeof list)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", words[i]);
	set_todo(s, provision, "%s%s%s", a->reason, n ? "; it is shown by " : "", list);
}

/* What to do about each provision: what the declaration lacks, else what the assessment could not see. */
static void fill_todo(struct schemes_shown *s, const struct gathered *g)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = g->judged ? &g->judged->answers[i] : NULL;
		const struct verdict *v = g->verdicts ? verdict_set_find(g->verdicts, catalogue_table[i].id) : NULL;
		if (a && (a->word == JUDGE_CONTRADICTED || a->word == JUDGE_MISSING))
			set_todo(s, i, "%s: %s", a->reason, a->hint);
		else if (g->verdicts)
			set_todo(s, i, "%s", v ? v->reason : "not assessed");
		else if (a)
			set_evidence(s, i, a);
	}
	for (size_t k = 0; g->judged && k < g->judged->conflicts_n; k++) {
		const struct judge_conflict *c = &g->judged->conflicts[k];
		const struct catalogue_provision *p = catalogue_find(c->provision);
		if (p)
			set_todo(s, (size_t)(p - catalogue_table), "%s: %s", c->text, c->hint);
	}
}

static void fill_subject(struct schemes_shown *s, const struct gathered *g)
{
	s->declared = g->d != NULL;
	s->product = g->d ? g->d->product : g->verdicts->subject.product;
	s->model = g->d ? g->d->model : g->verdicts->subject.model;
	s->version = g->d ? g->d->version : g->verdicts->subject.version;
}

/* Something that is asked, in a scheme that is in force or to come, is not met. */
static bool refused(const struct gathered *g, uint64_t targets)
{
	for (size_t t = 0; t < g->data->targets_n; t++)
		if (targets >> t & 1 &&
		    g->report->views[g->data->targets[t].scheme].sums[g->data->targets[t].level].by[SCHEMES_NOT_MET])
			return true;
	return false;
}

static bool read_asked(const struct cli_args *a, const struct schemes_data *d, uint64_t *ret)
{
	const char *names[ASKED_MAX];
	size_t n = cli_values(a, "scheme", names, ASKED_MAX);
	*ret = n ? 0 : UINT64_MAX;
	for (size_t i = 0; i < n && i < ASKED_MAX; i++) {
		uint64_t found = schemes_find(d, names[i]);
		if (!found) {
			(void)cli_wrong("there is no scheme \"%.48s\"; `hallmark schemes` lists them", names[i]);
			return false;
		}
		*ret |= found;
	}
	if (d->targets_n < 64)
		*ret &= ((uint64_t)1 << d->targets_n) - 1;
	return true;
}

static int show(const struct cli_args *a, struct gathered *g, struct schemes_shown *s)
{
	struct err e = {0};
	int status = CLI_OK;
	s->data = g->data;
	if (g->d || g->verdicts) {
		uint64_t planned = s->targets & schemes_plan_worth(g->data, s->day);
		if (rc_failed(evaluate(g, cli_at(a, 0), s->day, &e)) ||
		    rc_failed(schemes_plan(g->data, &g->input, planned, &g->plan, &e)))
			return cli_fail(&e);
		s->report = g->report;
		s->plan = g->plan;
		s->input = &g->input;
		fill_todo(s, g);
		fill_subject(s, g);
		status = refused(g, planned) ? CLI_NEGATIVE : CLI_OK;
	}
	if (cli_flag(a, "json"))
		return cli_product_json(schemes_json(s), status);
	cli_schemes_print(s, cli_value(a, "scheme", NULL) != NULL);
	return status;
}

static int run(const struct cli_args *a)
{
	CLEANUP(gathered_done) struct gathered g = {0};
	struct schemes_shown s = {0};
	struct err e = {0};
	const char *verdicts = cli_value(a, "verdicts", NULL);
	if (!cli_product_day(a, &s.day))
		return CLI_USAGE;
	if (rc_failed(load_data(cli_value(a, "schemes", NULL), &g.data, &e)))
		return cli_fail(&e);
	if (!read_asked(a, g.data, &s.targets))
		return CLI_USAGE;
	if (cli_count(a)) {
		int status = cli_product_load(cli_at(a, 0), cli_flag(a, "json"), &g.d);
		if (status != CLI_OK)
			return status;
	}
	if (verdicts && rc_failed(stage_load_verdicts(verdicts, &g.verdicts, NULL, &e)))
		return cli_fail(&e);
	return show(a, &g, &s);
}

static const struct cli_option options[] = {
	{"verdicts", "FILE", "verdicts.json of an assessment: what it shows is met, not only promised", false},
	{"scheme", "ID", "only this scheme (cls) or level (cls-2), with each requirement", true},
	{"schemes", "FILE", "a newer schemes.json instead of the one that is built in", false},
	{"date", "YYYY-MM-DD", "as of this day (default: today)", false},
	{"json", NULL, "the result as JSON", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_schemes = {
	.name = "schemes",
	.summary = "one product seen by every law, label and standard, and the cheapest next steps",
	.positional = "[PRODUCT.YAML]",
	.positional_min = 0,
	.positional_max = 1,
	.details =
		"Without a product or verdicts it lists the schemes with edition, source and confidence.\n\n"
		"Words: met (an assessment shows it), promised (declared only), not-met, open (nobody can tell yet, "
		"or\n"
		"a part that no provision of EN 303 645 covers), not-applicable. [unconfirmed]: that the named\n"
		"provisions carry the requirement is our reading; nobody has confirmed it.\n\n"
		"Status 1 if something is not met in a scheme that is in force or to come, 3 if a file is refused.\n\n"
		"  hallmark schemes product.yaml\n"
		"  hallmark schemes product.yaml --verdicts assessment/verdicts.json --scheme psti --scheme jcstar",
	.options = options,
	.run = run,
};
