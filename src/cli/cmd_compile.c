/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark compile`: writes what a declaration implies. A declaration that contradicts itself implies nothing. */
#include <string.h>

#include "cli/cli_product.h"
#include "product/documents.h"
#include "product/judge.h"
#include "product/policy_compile.h"
#include "release/staging.h"
#include "core/base/banned.h"

#define DOCUMENT_MAX (1024 * 1024)
#define POLICY_NAME "device-policy.json"

struct job {
	struct staging staging;
	json_t *written; /* names and what they are */
};

static void job_done(struct job *j)
{
	staging_done(&j->staging);
	json_decref(j->written);
}

static rc write_one(struct job *j, const char *name, const char *what, const struct buf *text, struct err *e)
{
	rc r = buf_check(text, name, e);
	if (rc_ok(r))
		r = staging_put(&j->staging, name, buf_view(text), 0644, e);
	if (rc_failed(r))
		return r;
	if (json_array_append_new(j->written, json_pack("{s:s, s:s}", "file", name, "what", what)))
		return err_set(e, ERR_MEMORY, "out of memory");
	return RC_OK;
}

static rc write_policy(struct job *j, const struct declaration *d, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, POLICY_MAX);
	rc r = policy_compile(d, NULL, 0, &text, e);
	if (rc_failed(r))
		return r;
	return write_one(j, POLICY_NAME, "what the device enforces; release adds the protected files", &text, e);
}

/* All files are written before the first takes its place: a full disk leaves no mixture of old and new. */
static rc write_all(struct job *j, const char *dir, const struct declaration *d, struct wall_time today, struct err *e)
{
	rc r = staging_begin_over(&j->staging, dir, 0755, e);
	if (rc_ok(r))
		r = write_policy(j, d, e);
	for (const struct documents_row *row = documents_table; rc_ok(r) && row->name; row++) {
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, DOCUMENT_MAX);
		row->write(d, today, &text);
		r = write_one(j, row->name, row->what, &text, e);
	}
	return rc_ok(r) ? staging_commit_over(&j->staging, e) : r;
}

static int refuse(const char *path, bool json)
{
	if (json)
		return cli_product_json(json_pack("{s:i, s:b, s:[]}", "v", 1, "clean", 0, "written"), CLI_NEGATIVE);
	struct err e = {0};
	(void)err_set(&e, ERR_DENIED, "%s contradicts itself or leaves a mandatory promise out; nothing was written",
		      path);
	(void)err_hint(&e, "\"hallmark check %s\" shows where", path);
	(void)cli_fail(&e);
	return CLI_NEGATIVE;
}

static int compile(const struct cli_args *a, const struct declaration *d, struct wall_time today)
{
	struct judge_result *judged = NULL;
	struct err e = {0};
	CLEANUP(job_done) struct job j = {.written = json_array()};
	const char *dir = cli_value(a, "out", NULL);
	size_t i;
	const json_t *file;
	if (rc_failed(judge_declaration(d, today, &judged, &e)))
		return cli_fail(&e);
	bool clean = judged->clean;
	judge_free(judged);
	if (!clean)
		return refuse(cli_at(a, 0), cli_flag(a, "json"));
	if (rc_failed(write_all(&j, dir, d, today, &e)))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_product_json(
			json_pack("{s:i, s:b, s:s, s:O}", "v", 1, "clean", 1, "folder", dir, "written", j.written),
			CLI_OK);
	json_array_foreach(j.written, i, file)
	{
		(void)printf("%s/%s: %s\n", dir, json_string_value(json_object_get(file, "file")),
			     json_string_value(json_object_get(file, "what")));
	}
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	struct declaration *d = NULL;
	struct wall_time today;
	if (!cli_value(a, "out", NULL))
		return cli_wrong("compile wants --out DIR");
	if (!cli_product_day(a, &today))
		return CLI_USAGE;
	int status = cli_product_load(cli_at(a, 0), cli_flag(a, "json"), &d);
	if (status == CLI_OK)
		status = compile(a, d, today);
	declaration_free(d);
	return status;
}

static const struct cli_option options[] = {
	{"out", "DIR", "folder for the files (made if missing)", false},
	{"date", "YYYY-MM-DD", "day for which they are made (default: today)", false},
	{"json", NULL, "what was written, as JSON", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_compile = {
	.name = "compile",
	.summary = "write device policy, security.txt, disclosure policy, privacy notice, statement of compliance",
	.positional = "PRODUCT.YAML",
	.positional_min = 1,
	.positional_max = 1,
	.details = "Same declaration and --date, same bytes. The files are never edited by hand.\n\n"
		   "Example:  hallmark compile product.yaml --out build/product",
	.options = options,
	.run = run,
};
