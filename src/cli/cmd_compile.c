/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark compile`: writes what a declaration implies. A declaration that contradicts itself implies nothing. */
#include <string.h>

#include "cli/cli_product.h"
#include "cli/cli_published.h"
#include "product/documents.h"
#include "product/policy_compile.h"
#include "release/staging.h"
#include "core/base/banned.h"

#define POLICY_NAME "device-policy.json"

struct job {
	struct staging staging;
	bool dry;      /* nothing is written */
	json_t *files; /* names and what they are */
};

static void job_done(struct job *j)
{
	staging_done(&j->staging);
	json_decref(j->files);
}

static rc put(void *to, const struct documents_file *file, struct err *e)
{
	struct job *j = to;
	rc r = RC_OK;
	if (!j->dry)
		r = staging_put(&j->staging, file->name, buf_view(file->text), 0644, e);
	if (rc_failed(r))
		return r;
	if (json_array_append_new(j->files, json_pack("{s:s, s:s}", "file", file->name, "what", file->what)))
		return err_set(e, ERR_MEMORY, "out of memory");
	return RC_OK;
}

static rc put_policy(struct job *j, const struct declaration *d, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, POLICY_MAX);
	rc r = policy_compile(d, NULL, 0, &text, e);
	if (rc_failed(r))
		return r;
	const struct documents_file file = {POLICY_NAME, "what the device enforces; release adds the protected files",
					    &text};
	return put(j, &file, e);
}

/* All files are written before the first takes its place: a full disk leaves no mixture of old and new. */
static rc write_all(struct job *j, const char *dir, const struct declaration *d, struct wall_time today, struct err *e)
{
	rc r = j->dry ? RC_OK : staging_begin_over(&j->staging, dir, 0755, e);
	if (rc_ok(r))
		r = put_policy(j, d, e);
	if (rc_ok(r))
		r = documents_each(d, today, put, j, e);
	return rc_ok(r) && !j->dry ? staging_commit_over(&j->staging, e) : r;
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
	CLEANUP(cli_published_done) struct cli_published p = {0};
	struct err e = {0};
	CLEANUP(job_done) struct job j = {.dry = cli_flag(a, "dry-run"), .files = json_array()};
	const char *dir = cli_value(a, "out", "");
	size_t i;
	const json_t *file;
	if (rc_failed(cli_published_judge(a, cli_at(a, 0), d, today, &p, &e)))
		return cli_fail(&e);
	if (!p.judged->clean)
		return refuse(cli_at(a, 0), cli_flag(a, "json"));
	if (rc_failed(write_all(&j, dir, d, today, &e)))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_product_json(json_pack("{s:i, s:b, s:s, s:O}", "v", 1, "clean", 1, "folder", dir,
						  j.dry ? "would_write" : "written", j.files),
					CLI_OK);
	json_array_foreach(j.files, i, file)
	{
		(void)printf("%s%s%s: %s\n", dir, dir[0] ? "/" : "", json_string_value(json_object_get(file, "file")),
			     json_string_value(json_object_get(file, "what")));
	}
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	struct declaration *d = NULL;
	struct wall_time today;
	if (!cli_value(a, "out", NULL) && !cli_flag(a, "dry-run"))
		return cli_wrong("compile wants --out DIR, or --dry-run");
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
	{"dry-run", NULL, "only say which files would be written", false},
	CLI_PUBLISHED_OPTION,
	CLI_PUBLISHED_KEY_OPTION,
	{"json", NULL, "what was written, as JSON", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_compile = {
	.name = "compile",
	.summary = "write what the declaration implies: device policy, documents, firewall, sandboxes, MUD file, SBOM",
	.positional = "PRODUCT.YAML",
	.positional_min = 1,
	.positional_max = 1,
	.details = "Same declaration and --date, same bytes. The files are never edited by hand: the next run replaces "
		   "them, and the folders below as a whole. Files of your own belong elsewhere.\n\n"
		   "Example:  hallmark compile product.yaml --out build/product",
	.options = options,
	.run = run,
};
