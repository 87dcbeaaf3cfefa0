/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark repo`: what is published and until when it is valid; a fresh timestamp. */
#include <string.h>

#include "cli/cli_keys.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "release/keyring.h"
#include "release/repo.h"
#include "release/repo_check.h"
#include "core/base/banned.h"

static void repo_free_at(struct repo **r)
{
	repo_free(*r);
}

static bool list_one(void *ctx, const char *name, uint64_t length, const struct release_info *info)
{
	json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "target", name, "kind",
				  release_kind_name(info->kind), "model", info->model, "version", info->version,
				  "counter", (json_int_t)info->counter, "bytes", (json_int_t)length);
	return json_array_append_new(ctx, entry) == 0;
}

static json_t *describe(const struct repo *r, struct wall_time now)
{
	struct repo_file files[REPO_FILES];
	JSON_AUTO json_t *metadata = json_array();
	JSON_AUTO json_t *targets = json_array();
	repo_files(r, files);
	for (size_t i = 0; i < REPO_FILES; i++) {
		char expires[RFC3339_TIME_SIZE] = "";
		if (files[i].version)
			rfc3339_time(files[i].expires, expires);
		(void)json_array_append_new(metadata, json_pack("{s:s, s:I, s:s, s:b}", "role", files[i].role,
								"version", (json_int_t)files[i].version, "expires",
								expires, "expired", files[i].expires.s <= now.s));
	}
	repo_each(r, list_one, targets);
	return json_pack("{s:O, s:O}", "metadata", metadata, "targets", targets);
}

static int print_plain(const json_t *doc)
{
	bool expired = false;
	size_t i;
	const json_t *entry;
	json_array_foreach(json_object_get(doc, "metadata"), i, entry)
	{
		bool late = json_is_true(json_object_get(entry, "expired"));
		expired = expired || late;
		(void)printf("%-10s version %-4lld %s%s\n", json_string_value(json_object_get(entry, "role")),
			     (long long)json_integer_value(json_object_get(entry, "version")),
			     late ? "EXPIRED " : "until ", json_string_value(json_object_get(entry, "expires")));
	}
	json_array_foreach(json_object_get(doc, "targets"), i, entry)
	{
		(void)printf("%-11s %s  counter %lld  %lld bytes\n", json_string_value(json_object_get(entry, "kind")),
			     json_string_value(json_object_get(entry, "target")),
			     (long long)json_integer_value(json_object_get(entry, "counter")),
			     (long long)json_integer_value(json_object_get(entry, "bytes")));
	}
	return expired ? CLI_NEGATIVE : CLI_OK;
}

static int status(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf root;
	CLEANUP(repo_free_at) struct repo *r = NULL;
	const char *keys = cli_value(a, "keys", NULL);
	buf_init(&root, TUF_ROOT_MAX);
	rc result = keys ? keyring_read(keys, "root.json", &root, &e) : RC_OK;
	if (rc_ok(result))
		result = repo_open(dir, buf_view(&root), &r, &e);
	if (rc_ok(result))
		result = repo_check_targets(r, &e);
	if (rc_failed(result))
		return cli_fail(&e);
	JSON_AUTO json_t *doc = describe(r, clock_now().wall);
	return cli_flag(a, "json") ? cli_keys_json(json_incref(doc)) : print_plain(doc);
}

static int refresh(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	long days = 0;
	const char *keys = cli_value(a, "keys", NULL);
	CLEANUP(secret_done) struct secret passphrase = {0};
	CLEANUP(privkey_done) struct privkey timestamp = {0};
	CLEANUP(buf_done) struct buf root;
	CLEANUP(repo_free_at) struct repo *r = NULL;
	buf_init(&root, TUF_ROOT_MAX);
	if (!keys)
		return cli_wrong("repo refresh needs --keys");
	if (!cli_number(a, "timestamp-days", 1, 3650, 30, &days))
		return CLI_USAGE;
	rc result = cli_keys_passphrase(a, keys, &passphrase, &e);
	if (rc_ok(result))
		result = keyring_load(keys, "timestamp", secret_view(&passphrase), &timestamp, &e);
	if (rc_ok(result))
		result = keyring_read(keys, "root.json", &root, &e);
	if (rc_ok(result))
		result = repo_open(dir, buf_view(&root), &r, &e);
	struct signer signer = privkey_signer(&timestamp);
	if (rc_ok(result))
		result = repo_refresh(r, &signer, clock_now().wall, days, &e);
	if (rc_failed(result))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:I}", "timestamp_days", (json_int_t)days));
	(void)printf("timestamp signed for %ld days\n", days);
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	if (strcmp(cli_at(a, 0), "status") == 0)
		return status(a, cli_at(a, 1));
	if (strcmp(cli_at(a, 0), "refresh") == 0)
		return refresh(a, cli_at(a, 1));
	return cli_wrong("repo knows status and refresh, not \"%s\"", cli_at(a, 0));
}

static const struct cli_option options[] = {
	{"keys", "DIR", "the keys folder: check from the maker's own root; needed by refresh", false},
	{"timestamp-days", "N", "refresh: days of validity (default 30)", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_repo = {
	.name = "repo",
	.summary = "show or refresh the repository of releases",
	.positional = "status|refresh DIR",
	.positional_min = 2,
	.positional_max = 2,
	.details = "status verifies the repository as a device would, then lists versions, expiry and targets; it "
		   "exits with\n"
		   "1 when something has expired. refresh signs a new timestamp over the same content.",
	.options = options,
	.run = run,
};
