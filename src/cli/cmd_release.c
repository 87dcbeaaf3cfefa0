/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark release`: an image and its declaration become a signed release in the TUF repository. */
#include <string.h>

#include "cli/cli_keys.h"
#include "cli/cli_published.h"
#include "cli/cli_transfer.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "product/published_io.h"
#include "product/policy_compile.h"
#include "release/keyring.h"
#include "release/protect.h"
#include "release/repo.h"
#include "core/base/banned.h"

#define EXPIRES_DAYS 365
#define TIMESTAMP_DAYS 30

struct job {
	const char *repo, *keys, *declaration, *image, *tree;
	struct declaration *decl;
	struct protect protect;
	struct buf policy;
	struct cli_desk desk;
};

static void job_done(struct job *j)
{
	declaration_free(j->decl);
	protect_done(&j->protect);
	buf_done(&j->policy);
	cli_keys_desk_done(&j->desk);
}

static rc compile(struct job *j, const char *version, struct err *e)
{
	rc r = declaration_load(j->declaration, &j->decl, NULL, e);
	if (rc_failed(r))
		return err_hint(e, "`hallmark check %s` shows every problem", j->declaration);
	if (version)
		j->decl->version = version;
	if (!j->decl->model || !j->decl->version)
		return err_set(e, ERR_INPUT, "%s: model and version must be stated", j->declaration);
	buf_init(&j->policy, POLICY_MAX);
	r = protect_tree(j->tree, j->decl, &j->protect, e);
	if (rc_ok(r))
		r = policy_compile(j->decl, j->protect.files, j->protect.n, &j->policy, e);
	return rc_failed(r) ? err_wrap(e, "compiling %s", j->declaration) : r;
}

/* What was published beside this declaration, signed by the label key as far as the keys folder has it. */
static rc check_published(const struct job *j, const char *record_path, struct err *e)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	CLEANUP(pubkey_done) struct pubkey label = {0};
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, j->keys, "label.pub");
	if (rc_ok(r) && file_exists(path))
		r = cli_keys_public(path, &label, e);
	const struct published_source source = {j->declaration, record_path, label.key ? &label : NULL};
	if (rc_ok(r))
		r = published_load(&source, &record, e);
	const struct publication *newest = publication_newest(&record);
	if (rc_failed(r) || !newest)
		return r;
	r = publication_same(newest, j->decl->maker.name, j->decl->model, e);
	return rc_ok(r) ? publication_keeps(newest, j->decl->support.until, e) : r;
}

static json_t *patches_json(const struct release_info *image)
{
	json_t *list = json_array();
	for (size_t i = 0; i < image->patches_n; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "target", image->patches[i].target,
							    "bytes", (json_int_t)image->patches[i].bytes,
							    "memory_bytes", (json_int_t)image->patches[i].memory));
	return list;
}

static int report_json(const struct cli_args *a, const struct job *j, const struct repo_published *p)
{
	return cli_keys_json(json_pack(
		"{s:b, s:s, s:s, s:I, s:s, s:I, s:I, s:o, s:s, s:I, s:I, s:I, s:I}", "dry_run", cli_flag(a, "dry-run"),
		"model", p->image.model, "version", p->image.version, "counter", (json_int_t)p->image.counter, "image",
		p->image_target, "image_bytes", (json_int_t)p->image_length, "full_bytes",
		(json_int_t)p->image.full.bytes, "patches", patches_json(&p->image), "declaration", p->policy_target,
		"protected_files", (json_int_t)j->protect.n, "targets_version", (json_int_t)p->targets_version,
		"snapshot_version", (json_int_t)p->snapshot_version, "timestamp_version",
		(json_int_t)p->timestamp_version));
}

static int report(const struct cli_args *a, const struct job *j, const struct repo_published *p)
{
	if (cli_flag(a, "json"))
		return report_json(a, j, p);
	const char *did = cli_value(a, "propose", NULL) ? "proposed" : "published";
	(void)printf("%s %s %s, counter %lld\n", cli_flag(a, "dry-run") ? "would publish" : did, p->image.model,
		     p->image.version, (long long)p->image.counter);
	(void)printf("  %s, %llu bytes in a slot, %llu bytes to fetch\n", p->image_target,
		     (unsigned long long)p->image_length, (unsigned long long)p->image.full.bytes);
	if (p->image.blocks.bytes)
		(void)printf("  %s, at most %llu bytes to fetch\n", p->image.blocks.target,
			     (unsigned long long)p->image.blocks.bytes);
	for (size_t i = 0; i < p->image.patches_n; i++)
		(void)printf("  %s, %llu bytes to fetch\n", p->image.patches[i].target,
			     (unsigned long long)p->image.patches[i].bytes);
	(void)printf("  %s, %zu protected files\n  targets %lld, snapshot %lld, timestamp %lld\n", p->policy_target,
		     j->protect.n, (long long)p->targets_version, (long long)p->snapshot_version,
		     (long long)p->timestamp_version);
	return CLI_OK;
}

static rc name_release(const struct job *j, const char *component, struct release_info *ret, struct err *e)
{
	if (strlen(j->decl->model) > RELEASE_WORD_MAX || strlen(j->decl->version) > SEMVER_MAX ||
	    strlen(component) > RELEASE_WORD_MAX)
		return err_set(e, ERR_LIMIT, "model, version or component is too long");
	(void)snprintf(ret->model, sizeof ret->model, "%s", j->decl->model);
	(void)snprintf(ret->version, sizeof ret->version, "%s", j->decl->version);
	(void)snprintf(ret->component, sizeof ret->component, "%s", component);
	return RC_OK;
}

/* With --propose the targets file waits for other holders; nothing is in force yet. */
static rc propose(struct job *j, const struct cli_args *a, const struct repo_release *rel, struct repo_published *ret,
		  struct err *e)
{
	CLEANUP(proposal_done) struct proposal p = {0};
	const char *path = cli_value(a, "propose", NULL);
	if (!rel->terms.dry_run && file_exists(path))
		return err_set(e, ERR_EXISTS, "%s is there already", path);
	rc r = repo_publish_propose(j->desk.repo, rel, cli_value(a, "note", ""), &p, ret, e);
	if (rc_ok(r) && cli_flag(a, "json"))
		return rel->terms.dry_run ? r : cli_keys_write_proposal(path, &p, e);
	return rc_ok(r) ? cli_keys_tell_proposal(rel->terms.dry_run ? NULL : path, &p, e) : r;
}

static rc publish(struct job *j, const struct cli_args *a, struct repo_release *rel, struct repo_published *ret,
		  struct err *e)
{
	rc r = compile(j, cli_value(a, "version", NULL), e);
	if (rc_ok(r))
		r = check_published(j, cli_value(a, "published", NULL), e);
	if (rc_ok(r))
		r = name_release(j, cli_value(a, "component", "os"), &rel->image, e);
	rel->policy = buf_view(&j->policy);
	if (rc_ok(r) && cli_value(a, "propose", NULL)) {
		r = cli_keys_repo(j->repo, j->keys, &j->desk.repo, e);
		return rc_ok(r) ? propose(j, a, rel, ret, e) : r;
	}
	if (rc_ok(r))
		r = cli_keys_desk(&j->desk, j->repo, j->keys, NULL, e);
	return rc_ok(r) ? repo_publish(j->desk.repo, rel, &j->desk.keys, ret, e) : r;
}

static int run(const struct cli_args *a)
{
	struct err e = {0};
	long counter = 0, days = 0, timestamp_days = 0;
	CLEANUP(job_done)
	struct job j = {.repo = cli_value(a, "repo", NULL),
			.keys = cli_value(a, "keys", NULL),
			.declaration = cli_value(a, "declaration", NULL),
			.image = cli_value(a, "image", NULL),
			.tree = cli_value(a, "tree", NULL),
			.desk.secrets.a = a};
	if (!j.repo || !j.keys || !j.declaration || !j.image || !j.tree || !cli_value(a, "counter", NULL))
		return cli_wrong("release needs --repo, --keys, --declaration, --image, --tree and --counter");
	if (!cli_number(a, "counter", 0, RELEASE_COUNTER_MAX, 0, &counter) ||
	    !cli_number(a, "expires-days", 1, 3650, EXPIRES_DAYS, &days) ||
	    !cli_number(a, "timestamp-days", 1, 3650, TIMESTAMP_DAYS, &timestamp_days))
		return CLI_USAGE;
	struct repo_published done;
	const char *bases[RELEASE_PATCHES_MAX];
	struct repo_release rel = {.image_path = j.image,
				   .bases = bases,
				   .bases_n = cli_values(a, "from", bases, ARRAY_LEN(bases)),
				   .blocks = cli_flag(a, "blocks"),
				   .progress = cli_transfer_progress,
				   .image.counter = counter,
				   .image.security = cli_flag(a, "security"),
				   .terms = {.now = clock_now().wall,
					     .expires_days = days,
					     .timestamp_days = timestamp_days,
					     .dry_run = cli_flag(a, "dry-run")}};
	rc r = publish(&j, a, &rel, &done, &e);
	cli_transfer_progress_end();
	return rc_failed(r) ? cli_fail(&e) : report(a, &j, &done);
}

static const struct cli_option options[] = {
	{"repo", "DIR", "the TUF repository; made when missing", false},
	{"keys", "DIR", "the keys folder", false},
	{"declaration", "FILE", "product.yaml", false},
	{"image", "FILE", "the image to install", false},
	{"from", "FILE", "an older image that devices run: publish a patch from it; at most 8", true},
	{"blocks", NULL, "also a file for devices that look for blocks in what they run", false},
	{"tree", "DIR", "the root tree that the image was made from", false},
	{"version", "X.Y.Z", "version of this release (default: the declaration's)", false},
	{"counter", "N", "downgrade counter: devices never go below the highest they confirmed", false},
	{"security", NULL,
	 "it mends a security problem: where the owner chose so, only such releases install by themselves", false},
	{"component", "NAME", "what the image updates (default os)", false},
	{"expires-days", "N", "days until targets and snapshot must be signed anew (default 365)", false},
	{"timestamp-days", "N", "the same for the timestamp (default 30)", false},
	CLI_PUBLISHED_OPTION,
	CLI_KEYS_PASSPHRASE_OPTION,
	CLI_KEYS_PIN_OPTION,
	{"propose", "FILE", "the targets role has several holders: a proposal for them to sign, instead of publishing",
	 false},
	{"note", "TEXT", "propose: why, for the holders to read", false},
	{"dry-run", NULL, "check and sign everything, write nothing", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_release = {
	.name = "release",
	.summary = "sign an image and its declaration and publish them",
	.positional = "",
	.details =
		"Hashes the image and the protected files of the root tree, compiles the declaration into the device\n"
		"policy, signs both under the TUF roles and adds them to the repository. Refused: a version that is\n"
		"published, a counter that goes back, a support period that ends before the one of an earlier release "
		"or of the\n"
		"record of publications.\n\n"
		"Where the targets role wants more than one signature, --propose writes a proposal; the holders sign "
		"it\n"
		"(`hallmark keys sign`), and `hallmark keys finish` publishes it.\n\n"
		"  hallmark release --repo repo --keys keys --declaration product.yaml --image v2.img --tree v2.tree "
		"\\\n"
		"      --version 1.1.0 --counter 2",
	.options = options,
	.run = run,
};
