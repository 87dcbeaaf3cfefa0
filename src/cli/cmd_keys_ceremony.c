/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark keys propose`, `review`, `sign`, `finish`: a ceremony in files that travel. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_keys.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "release/ceremony.h"
#include "release/review.h"
#include "release/supplier.h"
#include "core/base/banned.h"

#define CHANGES_MAX 64
#define ROOT_DAYS 1095
#define EXPIRES_DAYS 365
#define TIMESTAMP_DAYS 30

struct changes {
	struct ceremony_change list[CHANGES_MAX];
	struct holder_card cards[CHANGES_MAX];
	char roles[CHANGES_MAX][16];
	size_t n;
};

static void changes_done(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		holder_card_done(&c->cards[i]);
}

/* "ROLE=REST": the change gets its role, *ret_rest the rest. */
static rc split(struct changes *c, const char *text, const char **ret_rest, struct err *e)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;
	if (c->n >= CHANGES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d changes", CHANGES_MAX);
	if (!n || n >= sizeof c->roles[0] || !equals[1])
		return err_set(e, ERR_INPUT, "\"%.80s\" is not ROLE=..., as in root=ada.holder.json", text);
	(void)snprintf(c->roles[c->n], sizeof c->roles[0], "%.*s", (int)n, text);
	c->list[c->n].role = c->roles[c->n];
	*ret_rest = equals + 1;
	return RC_OK;
}

static rc read_change(struct changes *c, enum ceremony_kind kind, const char *text, struct err *e)
{
	const char *rest = NULL;
	rc r = split(c, text, &rest, e);
	if (rc_failed(r))
		return r;
	struct ceremony_change *change = &c->list[c->n];
	change->kind = kind;
	switch (kind) {
	case CEREMONY_ADD:
		r = cli_keys_read_card(rest, &c->cards[c->n], e);
		change->card = &c->cards[c->n];
		break;
	case CEREMONY_REMOVE:
		change->who = rest;
		break;
	case CEREMONY_THRESHOLD: {
		char *end = NULL;
		change->threshold = strtoul(rest, &end, 10);
		if (*end || change->threshold > TUFROLE_KEYS_MAX)
			r = err_set(e, ERR_INPUT, "\"%.40s\" is not a number of holders", rest);
		break;
	}
	}
	c->n += rc_ok(r);
	return r;
}

static rc read_changes(const struct cli_args *a, struct changes *c, struct err *e)
{
	static const struct {
		const char *option;
		enum ceremony_kind kind;
	} kinds[] = {{"add", CEREMONY_ADD}, {"remove", CEREMONY_REMOVE}, {"threshold", CEREMONY_THRESHOLD}};
	rc r = RC_OK;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		const char *values[CHANGES_MAX];
		size_t n = cli_values(a, kinds[k].option, values, CHANGES_MAX);
		for (size_t i = 0; i < n && rc_ok(r); i++)
			r = read_change(c, kinds[k].kind, values[i], e);
	}
	return r;
}

int cmd_keys_propose(const struct cli_args *a, const char *path)
{
	struct err e = {0};
	long root_days = 0, days = 0;
	const char *repo_dir = cli_value(a, "repo", NULL);
	struct repo *repo = NULL;
	CLEANUP(changes_done) struct changes c = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	if (!repo_dir)
		return cli_wrong("keys propose needs --repo: the repository whose root is to change");
	if (!cli_number(a, "root-days", 1, 36500, ROOT_DAYS, &root_days) ||
	    !cli_number(a, "expires-days", 1, 3650, EXPIRES_DAYS, &days))
		return CLI_USAGE;
	struct wall_time now = clock_now().wall;
	rc r = read_changes(a, &c, &e);
	if (rc_ok(r))
		r = cli_keys_repo(repo_dir, cli_value(a, "keys", NULL), &repo, &e);
	if (rc_ok(r) && !repo_document(repo, "timestamp")) {
		r = err_set(&e, ERR_WRONG_STATE, "%s: nothing is published yet, so no device knows this root",
			    repo_dir);
		r = err_hint(&e, "make the keys anew with `hallmark keys init`");
	}
	if (rc_ok(r)) {
		const struct ceremony all = {.root = repo_document(repo, "root"),
					     .targets = repo_document(repo, "targets"),
					     .changes = c.list,
					     .changes_n = c.n,
					     .note = cli_value(a, "note", ""),
					     .now = now,
					     .root_expires = {now.s + root_days * SECONDS_PER_DAY},
					     .targets_expires = {now.s + days * SECONDS_PER_DAY}};
		r = ceremony_propose(&all, &p, &e);
	}
	if (rc_ok(r))
		r = cli_keys_tell_proposal(cli_flag(a, "dry-run") ? NULL : path, &p, &e);
	repo_free(repo);
	if (rc_failed(r))
		return cli_fail(&e);
	if (!cli_flag(a, "dry-run"))
		(void)printf("\n%s: hand it to the holders; each runs `hallmark keys sign %s --key THEIRS.key`\n", path,
			     path);
	return CLI_OK;
}

static json_t *votes_json(const struct proposal *p, const struct proposal_part *part)
{
	struct proposal_need needs[PROPOSAL_NEEDS_MAX];
	size_t n = 0;
	json_t *list = json_array();
	if (rc_failed(proposal_needs(p, part, needs, &n, NULL)))
		return list;
	for (size_t i = 0; i < n; i++) {
		json_t *holders = json_array();
		for (size_t k = 0; k < needs[i].role.n; k++)
			(void)json_array_append_new(
				holders, json_pack("{s:s, s:o, s:b}", "keyid", tufrole_keyid(&needs[i].role, k), "name",
						   json_codec_printable(tufrole_holder(&needs[i].role, k)), "signed",
						   needs[i].votes.signed_by[k]));
		(void)json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:o}", "of", needs[i].whose, "threshold",
							    (json_int_t)needs[i].role.threshold, "signed",
							    (json_int_t)needs[i].votes.n, "holders", holders));
	}
	return list;
}

static int review_json(const struct proposal *p, bool complete)
{
	JSON_AUTO json_t *parts = json_array();
	for (size_t i = 0; i < p->parts_n; i++) {
		const json_t *body = json_object_get(p->parts[i].proposed, "signed");
		(void)json_array_append_new(parts, json_pack("{s:s, s:O, s:O, s:o}", "role", p->parts[i].role,
							     "version", json_object_get(body, "version"), "expires",
							     json_object_get(body, "expires"), "signatures",
							     votes_json(p, &p->parts[i])));
	}
	int status = cli_keys_json(json_pack("{s:s, s:b, s:O}", "note", p->note, "complete", complete, "parts", parts));
	return status == CLI_OK && !complete ? CLI_NEGATIVE : status;
}

int cmd_keys_review(const struct cli_args *a, const char *path)
{
	struct err e = {0}, why = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	rc r = cli_keys_read_proposal(path, &p, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	bool complete = rc_ok(proposal_complete(&p, clock_now().wall, &why));
	if (cli_flag(a, "json"))
		return review_json(&p, complete);
	r = cli_keys_tell_proposal(NULL, &p, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	(void)printf("\n%s%s%s\n", complete ? "Complete: `hallmark keys finish` makes it so" : why.text,
		     why.hint[0] ? "\n" : "", why.hint);
	return complete ? CLI_OK : CLI_NEGATIVE;
}

/* The holder has read it and agrees, at the terminal or with --yes. */
static rc agree(const struct cli_args *a, bool *ret, struct err *e)
{
	*ret = true;
	if (cli_flag(a, "yes") || cli_flag(a, "dry-run"))
		return RC_OK;
	rc r = cli_confirm("\nIs this what you want to sign?", ret, e);
	return rc_ok(r) ? r : err_hint(e, "--yes signs without asking; read it first with `hallmark keys review`");
}

static rc write_back(const char *path, const struct proposal *p, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, PROPOSAL_MAX);
	rc r = proposal_write(p, &text, e);
	return rc_ok(r) ? file_write_atomic(path, buf_view(&text), 0644, e) : r;
}

int cmd_keys_sign(const struct cli_args *a, const char *path)
{
	struct err e = {0}, why = {0};
	const char *key_path = cli_value(a, "key", NULL);
	bool agreed = false, json = cli_flag(a, "json");
	struct wall_time now = clock_now().wall;
	CLEANUP(proposal_done) struct proposal p = {0};
	CLEANUP(signkey_done) struct signkey key = {0};
	CLEANUP(cli_keys_secrets_done) struct cli_secrets secrets = {.a = a};
	if (!key_path)
		return cli_wrong("keys sign needs --key, the holder's key file");
	rc r = cli_keys_read_proposal(path, &p, &e);
	if (rc_ok(r) && !json)
		r = cli_keys_tell_proposal(NULL, &p, &e);
	if (rc_ok(r))
		r = agree(a, &agreed, &e);
	if (rc_ok(r) && !agreed)
		return CLI_NEGATIVE;
	if (rc_ok(r))
		r = cli_keys_open(&secrets, key_path, &key, &e);
	if (rc_ok(r))
		r = proposal_sign(&p, &key.signer, now, &e);
	if (rc_ok(r) && !cli_flag(a, "dry-run"))
		r = write_back(path, &p, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	bool complete = rc_ok(proposal_complete(&p, now, &why));
	if (json) {
		(void)review_json(&p, complete);
		return CLI_OK;
	}
	(void)printf("\n%s %s\n%s%s%s\n", cli_flag(a, "dry-run") ? "This key could sign" : "Signed:", path,
		     complete ? "Complete: the leader runs `hallmark keys finish`" : why.text, why.hint[0] ? "\n" : "",
		     why.hint);
	return CLI_OK;
}

/* The copies that came back, in one. */
static rc collect(const struct cli_args *a, struct proposal *ret, struct err *e)
{
	rc r = cli_keys_read_proposal(cli_at(a, 1), ret, e);
	for (size_t i = 2; i < cli_count(a) && rc_ok(r); i++) {
		CLEANUP(proposal_done) struct proposal copy = {0};
		r = cli_keys_read_proposal(cli_at(a, i), &copy, e);
		if (rc_ok(r))
			r = proposal_merge(ret, &copy, e);
		if (rc_failed(r))
			return err_wrap(e, "%s", cli_at(a, i));
	}
	return r;
}

/* The first root goes into the keys folder; there is no repository yet. */
static rc finish_first(const struct cli_args *a, const struct proposal *p, const char *keys, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, TUF_ROOT_MAX);
	rc r = proposal_complete(p, clock_now().wall, e);
	if (rc_ok(r))
		r = proposal_file(&p->parts[0], &file, e);
	if (rc_ok(r))
		r = file_path(path, e, keys, "root.json");
	if (rc_failed(r) || cli_flag(a, "dry-run"))
		return r;
	r = file_create(path, buf_view(&file), 0644, e);
	return r.code == ERR_EXISTS ? err_hint(e, "the first root is made once") : r;
}

static rc finish_in(const struct cli_args *a, const struct proposal *p, const char *keys, struct repo_committed *ret,
		    struct err *e)
{
	long days = 0, timestamp_days = 0;
	const char *from = cli_value(a, "from", NULL);
	const struct proposal_part *root = proposal_find(p, "root");
	CLEANUP(cli_keys_desk_done) struct cli_desk d = {.secrets = {.a = a}};
	struct supplier_package *package = NULL;
	if (!cli_number(a, "expires-days", 1, 3650, EXPIRES_DAYS, &days) ||
	    !cli_number(a, "timestamp-days", 1, 3650, TIMESTAMP_DAYS, &timestamp_days))
		return err_set(e, ERR_INPUT, "days");
	rc r = cli_keys_desk(&d, cli_value(a, "repo", NULL), keys,
			     root ? json_object_get(root->proposed, "signed") : NULL, e);
	struct repo_change c = {.keys = &d.keys,
				.terms = {.now = clock_now().wall,
					  .expires_days = days,
					  .timestamp_days = timestamp_days,
					  .dry_run = cli_flag(a, "dry-run")}};
	if (rc_ok(r) && from)
		r = supplier_open(d.repo, from, cli_value(a, "role", ""), &package, e);
	if (rc_ok(r) && from)
		supplier_join(package, &c);
	if (rc_ok(r))
		r = repo_targets_finish(d.repo, p, &c, ret, e);
	supplier_free(package);
	return r;
}

int cmd_keys_finish(const struct cli_args *a, const char *path)
{
	struct err e = {0};
	const char *keys = cli_value(a, "keys", NULL);
	struct repo_committed done = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	if (!keys)
		return cli_wrong("keys finish needs --keys, the folder with the keys that sign every day");
	rc r = collect(a, &p, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (p.root && !cli_value(a, "repo", NULL))
		return cli_wrong("keys finish needs --repo: %s changes a repository", path);
	r = p.root ? finish_in(a, &p, keys, &done, &e) : finish_first(a, &p, keys, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	const struct proposal_part *root = proposal_find(&p, "root");
	json_int_t version =
		root ? json_integer_value(json_object_get(json_object_get(root->proposed, "signed"), "version")) : 0;
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:b, s:I, s:I, s:I, s:I}", "dry_run", cli_flag(a, "dry-run"), "root",
					       version, "targets", (json_int_t)done.targets, "snapshot",
					       (json_int_t)done.snapshot, "timestamp", (json_int_t)done.timestamp));
	(void)printf("%s", cli_flag(a, "dry-run") ? "would be in force:" : "in force:");
	if (root)
		(void)printf(" root %lld", (long long)version);
	if (p.root)
		(void)printf(" targets %lld, snapshot %lld, timestamp %lld", (long long)done.targets,
			     (long long)done.snapshot, (long long)done.timestamp);
	(void)printf("\n");
	return CLI_OK;
}
