/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark repo status`: what expires when, who must sign it, and what to do about it. */
#include <string.h>

#include "cli/cmd_repo.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "release/repo_check.h"
#include "core/base/banned.h"

#define WARN_DAYS 30
#define WARN_DAYS_TIMESTAMP 3 /* it is signed anew every few days: this late means that nobody does */

struct view {
	const struct repo *repo;
	const char *keys; /* folder, or NULL */
	struct wall_time now;
	long warn_days; /* -1: by role */
	json_t *metadata;
	bool attention;
	struct err *e;
};

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

static const char *state_of(const struct view *v, const char *role, struct wall_time expires)
{
	long warn = strcmp(role, "timestamp") == 0 ? WARN_DAYS_TIMESTAMP : WARN_DAYS;
	if (v->warn_days >= 0)
		warn = v->warn_days;
	if (expires.s <= v->now.s)
		return "expired";
	return expires.s - v->now.s <= warn * SECONDS_PER_DAY ? "soon" : "good";
}

/* The role's holders, and with a keys folder who of them is here. */
static rc put_holders(const struct view *v, const struct tufrole *role, json_t *entry, struct err *e)
{
	bool here[TUFROLE_KEYS_MAX] = {false};
	json_int_t here_n = 0;
	rc r = v->keys ? keyring_role_at_hand(v->keys, role, here, e) : RC_OK;
	json_t *holders = json_array();
	for (size_t i = 0; i < role->n && rc_ok(r); i++) {
		json_t *holder = json_pack("{s:s, s:o}", "keyid", tufrole_keyid(role, i), "name",
					   json_codec_printable(tufrole_holder(role, i)));
		if (v->keys)
			(void)json_object_set_new(holder, "at_hand", json_boolean(here[i]));
		here_n += here[i];
		(void)json_array_append_new(holders, holder);
	}
	(void)json_object_set_new(entry, "threshold", json_integer((json_int_t)role->threshold));
	(void)json_object_set_new(entry, "holders", holders);
	if (v->keys)
		(void)json_object_set_new(entry, "at_hand", json_integer(here_n));
	return r;
}

static rc put_file(struct view *v, const char *name, const json_t *by, const json_t *body, struct err *e)
{
	struct tufrole role;
	struct wall_time expires = {0};
	const char *text = json_string_value(json_object_get(body, "expires"));
	if (text)
		(void)rfc3339_parse_time(text, &expires);
	const char *state = body ? state_of(v, name, expires) : "none";
	json_int_t days = (expires.s - v->now.s) / SECONDS_PER_DAY;
	json_t *entry =
		json_pack("{s:s, s:I, s:s, s:b, s:s, s:I}", "role", name, "version",
			  json_integer_value(json_object_get(body, "version")), "expires", text ? text : "", "expired",
			  body && expires.s <= v->now.s, "state", state, "days_left", body ? days : 0);
	v->attention = v->attention || (body && strcmp(state, "good") != 0);
	rc r = tufrole_of(by, name, &role) ? put_holders(v, &role, entry, e) : RC_OK;
	return json_array_append_new(v->metadata, entry) == 0 ? r : err_set(e, ERR_MEMORY, "status: out of memory");
}

static rc put_supplier(struct view *v, const json_t *role, struct err *e)
{
	static const char *const fields[] = {"paths", "path_hash_prefixes", "terminating"};
	const char *name = json_string_value(json_object_get(role, "name"));
	if (!name)
		return RC_OK;
	rc r = put_file(v, name, repo_body(v->repo, "targets"), repo_body(v->repo, name), e);
	json_t *entry = json_array_get(v->metadata, json_array_size(v->metadata) - 1);
	(void)json_object_set_new(entry, "supplier", json_true());
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (json_object_get(role, fields[i]))
			(void)json_object_set(entry, fields[i], json_object_get(role, fields[i]));
	return r;
}

static rc describe(struct view *v, json_t **ret, struct err *e)
{
	static const char *const names[] = {"root", "timestamp", "snapshot", "targets"};
	JSON_AUTO json_t *metadata = json_array();
	JSON_AUTO json_t *targets = json_array();
	const json_t *delegations = json_object_get(repo_body(v->repo, "targets"), "delegations");
	size_t i;
	const json_t *role;
	rc r = RC_OK;
	v->metadata = metadata;
	for (i = 0; i < ARRAY_LEN(names) && rc_ok(r); i++)
		r = put_file(v, names[i], repo_body(v->repo, "root"), repo_body(v->repo, names[i]), e);
	json_array_foreach(json_object_get(delegations, "roles"), i, role)
	{
		if (rc_ok(r))
			r = put_supplier(v, role, e);
	}
	repo_each(v->repo, list_one, targets);
	if (rc_failed(r))
		return r;
	*ret = json_pack("{s:b, s:O, s:O}", "attention", v->attention, "metadata", metadata, "targets", targets);
	return *ret ? RC_OK : err_set(e, ERR_MEMORY, "status: out of memory");
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static void print_holders(const json_t *entry)
{
	size_t i;
	const json_t *holder, *holders = json_object_get(entry, "holders");
	if (!holders)
		return;
	(void)printf("  %lld of %zu:", (long long)json_integer_value(json_object_get(entry, "threshold")),
		     json_array_size(holders));
	json_array_foreach(holders, i, holder)
	{
		const char *name = text_of(holder, "name");
		(void)printf("%s %.*s%s", i ? "," : "", *name ? 64 : 16, *name ? name : text_of(holder, "keyid"),
			     json_is_true(json_object_get(holder, "at_hand")) ? " (here)" : "");
	}
}

static void print_names(const json_t *entry)
{
	static const char *const fields[] = {"paths", "path_hash_prefixes"};
	for (size_t k = 0; k < ARRAY_LEN(fields); k++) {
		size_t i;
		const json_t *name;
		json_array_foreach(json_object_get(entry, fields[k]), i, name)
		{
			JSON_AUTO json_t *clean = json_codec_printable(json_string_value(name));
			(void)printf("%s%s",
				     i	 ? " "
				     : k ? "            names whose hash begins "
					 : "            names ",
				     json_string_value(clean));
		}
		if (i)
			(void)printf("%s\n",
				     json_is_true(json_object_get(entry, "terminating")) ? "  (terminating)" : "");
	}
}

static void print_file(const json_t *entry)
{
	static const char *const words[][2] = {{"expired", "EXPIRED"}, {"soon", "SOON"}, {"none", "none yet"}};
	const char *state = text_of(entry, "state");
	const char *word = "until";
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i][0], state) == 0)
			word = words[i][1];
	(void)printf("%-10s version %-4lld %s %s", text_of(entry, "role"),
		     (long long)json_integer_value(json_object_get(entry, "version")), word, text_of(entry, "expires"));
	if (strcmp(state, "soon") == 0)
		(void)printf(" (%lld days left)", (long long)json_integer_value(json_object_get(entry, "days_left")));
	print_holders(entry);
	(void)printf("\n");
	print_names(entry);
}

/* What to do about it, for each role that wants attention. */
static void print_advice(const json_t *entry)
{
	static const struct {
		const char *role, *advice;
	} all[] = {
		{"root", "a ceremony must extend it: `hallmark keys propose` without changes, signed by its holders"},
		{"timestamp", "`hallmark repo refresh` signs it anew; a fleet service can do that by itself"},
		{"snapshot", "the next release signs it anew, or `hallmark repo renew`"},
		{"targets", "the next release signs it anew, or `hallmark repo renew`"},
	};
	const char *state = text_of(entry, "state"), *role = text_of(entry, "role");
	const json_t *here = json_object_get(entry, "at_hand");
	if (strcmp(state, "good") == 0 || strcmp(state, "none") == 0)
		return;
	const char *advice = "ask the supplier for a new package, then `hallmark repo accept`";
	for (size_t i = 0; i < ARRAY_LEN(all) && !json_object_get(entry, "supplier"); i++)
		if (strcmp(all[i].role, role) == 0)
			advice = all[i].advice;
	(void)printf("%s: %s\n", role, advice);
	json_int_t wanted = json_integer_value(json_object_get(entry, "threshold"));
	if (here && json_integer_value(here) < wanted)
		(void)printf("  %lld of its keys must sign; %lld are at hand\n", (long long)wanted,
			     (long long)json_integer_value(here));
}

static void print_plain(const json_t *doc)
{
	size_t i;
	const json_t *entry;
	json_array_foreach(json_object_get(doc, "metadata"), i, entry)
	{
		print_file(entry);
	}
	json_array_foreach(json_object_get(doc, "targets"), i, entry)
	{
		(void)printf("%-11s %s  counter %lld  %lld bytes\n", text_of(entry, "kind"), text_of(entry, "target"),
			     (long long)json_integer_value(json_object_get(entry, "counter")),
			     (long long)json_integer_value(json_object_get(entry, "bytes")));
	}
	json_array_foreach(json_object_get(doc, "metadata"), i, entry)
	{
		print_advice(entry);
	}
}

int cmd_repo_status(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	CLEANUP(repo_free_at) struct repo *r = NULL;
	JSON_AUTO json_t *doc = NULL;
	struct view v = {.keys = cli_value(a, "keys", NULL), .now = clock_now().wall};
	if (!cli_number(a, "warn-days", 0, 3650, -1, &v.warn_days))
		return CLI_USAGE;
	rc result = cli_keys_repo(dir, v.keys, &r, &e);
	v.repo = r;
	if (rc_ok(result))
		result = repo_check_targets(r, &e);
	if (rc_ok(result))
		result = describe(&v, &doc, &e);
	if (rc_failed(result))
		return cli_fail(&e);
	if (cli_flag(a, "json")) {
		int status = cli_keys_json(json_incref(doc));
		return status == CLI_OK && v.attention ? CLI_NEGATIVE : status;
	}
	print_plain(doc);
	return v.attention ? CLI_NEGATIVE : CLI_OK;
}
