/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark check`: what a declaration promises, and where it contradicts itself. */
#include "cli/cli_judged.h"
#include "cli/cli_product.h"
#include "cli/cli_published.h"
#include "product/judge_json.h"
#include "core/base/banned.h"

/* Under --strict a reason is no excuse for a recommendation, and what nobody can tell is not good. */
static bool good(const struct judge_result *r, bool strict)
{
	bool all = !r->counts[JUDGE_MISSING] && !r->counts[JUDGE_CONTRADICTED] && !r->counts[JUDGE_OPEN];
	return r->clean && (!strict || all);
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
	cli_judged_print(cli_at(a, 0), d, r, cli_flag(a, "all"));
	cli_published_print(record);
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
	{"all", NULL, "a line for each provision, also what is well", false},
	{"json", NULL, "the result as JSON, with cases, findings and facts", false},
	{"strict", NULL, "also fail on what is open, and on recommendations that are not followed for a reason", false},
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
	.details = "Decides the conceptual cases of TS 103 701 that a declaration can decide. Words: promised "
		   "(evidence is still\n"
		   "needed), contradicted, missing (what is needed is not said), open (something is said, and nobody "
		   "can tell from\n"
		   "it), not-applicable (with the reason).\n\n"
		   "Status, for use in CI: 0 nothing is contradicted and nothing mandatory is missing; 1 something is; "
		   "2 wrong call;\n"
		   "3 the file cannot be read or breaks the schema.\n"
		   "A support period that ends before the one in the record of publications (hallmark publish) is a "
		   "contradiction;\n"
		   "a damaged record is an error.\n\n"
		   "Example:  hallmark check product.yaml",
	.options = options,
	.run = run,
};
