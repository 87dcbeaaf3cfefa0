/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark repo supply`, `delegate`, `accept`, `revoke`: component suppliers, from both desks. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_repo.h"
#include "core/base/mem.h"
#include "host/os/clock.h"
#include "release/supplier.h"
#include "core/base/banned.h"

#define KEYS_MAX 8

/* FILE=TARGET; the copy is the caller's to free. */
static rc split_files(const struct cli_args *a, struct supplier_order *o, char *copies[SUPPLIER_FILES_MAX],
		      struct err *e)
{
	const char *values[SUPPLIER_FILES_MAX + 1];
	size_t n = cli_values(a, "add", values, ARRAY_LEN(values));
	if (n > SUPPLIER_FILES_MAX)
		return err_set(e, ERR_LIMIT, "at most %d files in one call", SUPPLIER_FILES_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *equals = strrchr(values[i], '=');
		if (!equals || equals == values[i] || !equals[1])
			return err_set(e, ERR_INPUT, "\"%.80s\" is not FILE=TARGET, as in radio.bin=acme/radio-1.0.bin",
				       values[i]);
		copies[i] = mem_dup_text(values[i]);
		if (!copies[i])
			return err_set(e, ERR_MEMORY, "supply: out of memory");
		copies[i][equals - values[i]] = 0;
		o->add[i] = (struct supplier_file){copies[i], equals + 1};
		o->add_n++;
	}
	return RC_OK;
}

static rc open_keys(struct cli_secrets *s, struct signkey keys[KEYS_MAX], struct signer list[KEYS_MAX], size_t *ret_n,
		    struct err *e)
{
	const char *paths[KEYS_MAX + 1];
	size_t n = cli_values(s->a, "key", paths, ARRAY_LEN(paths));
	if (n > KEYS_MAX)
		return err_set(e, ERR_LIMIT, "at most %d keys in one call", KEYS_MAX);
	rc r = RC_OK;
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		r = cli_keys_open(s, paths[i], &keys[i], e);
		if (rc_ok(r))
			list[(*ret_n)++] = keys[i].signer;
	}
	return r;
}

static rc supply(const struct cli_args *a, struct supplier_order *o, int64_t *ret_version, struct err *e)
{
	struct signkey keys[KEYS_MAX] = {0};
	struct signer list[KEYS_MAX];
	char *copies[SUPPLIER_FILES_MAX] = {0};
	CLEANUP(cli_keys_secrets_done) struct cli_secrets secrets = {.a = a};
	o->signers = list;
	rc r = split_files(a, o, copies, e);
	if (rc_ok(r))
		r = open_keys(&secrets, keys, list, &o->signers_n, e);
	if (rc_ok(r))
		r = supplier_make(o, ret_version, e);
	for (size_t i = 0; i < KEYS_MAX; i++)
		signkey_done(&keys[i]);
	for (size_t i = 0; i < SUPPLIER_FILES_MAX; i++)
		mem_free(copies[i]);
	return r;
}

int cmd_repo_supply(const struct cli_args *a, const char *package)
{
	struct err e = {0};
	struct repo_terms terms;
	int64_t version = 0;
	struct supplier_order o = {
		.package = package, .role = cli_value(a, "role", NULL), .cosign = cli_flag(a, "cosign")};
	if (!o.role || !cli_value(a, "key", NULL))
		return cli_wrong("repo supply needs --role and --key");
	if (o.cosign && (cli_value(a, "add", NULL) || cli_value(a, "remove", NULL)))
		return cli_wrong("--cosign signs the package as it is: no --add, no --remove");
	if (!cmd_repo_terms(a, &terms))
		return CLI_USAGE;
	o.now = terms.now;
	o.days = terms.expires_days;
	o.dry_run = terms.dry_run;
	o.remove_n = cli_values(a, "remove", o.remove, SUPPLIER_FILES_MAX);
	rc r = supply(a, &o, &version, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:b, s:s, s:s, s:I}", "dry_run", o.dry_run, "role", o.role, "package",
					       package, "version", (json_int_t)version));
	(void)printf("%s: %s version %lld %s; send the folder to the maker\n", package, o.role, (long long)version,
		     o.dry_run ? "could be signed" : "signed");
	return CLI_OK;
}

struct job {
	struct cli_desk desk;
	struct repo_change change;
	struct supplier_package *package;
	json_t *body;
	struct holder_card cards[KEYS_MAX];
	size_t cards_n;
};

static void job_done(struct job *j)
{
	json_decref(j->body);
	supplier_free(j->package);
	for (size_t i = 0; i < j->cards_n; i++)
		holder_card_done(&j->cards[i]);
	cli_keys_desk_done(&j->desk);
}

/* What all three of the maker's actions need. */
static int begin(struct job *j, const struct cli_args *a, const char *dir, const char *what)
{
	struct err e = {0};
	const char *keys = cli_value(a, "keys", NULL);
	if (!keys || !cli_value(a, "role", NULL))
		return cli_wrong("repo %s needs --keys and --role", what);
	if (!cmd_repo_terms(a, &j->change.terms))
		return CLI_USAGE;
	j->desk.secrets.a = a;
	rc r = cli_value(a, "propose", NULL) ? cli_keys_repo(dir, keys, &j->desk.repo, &e)
					     : cli_keys_desk(&j->desk, dir, keys, NULL, &e);
	if (rc_ok(r) && !repo_body(j->desk.repo, "targets"))
		r = err_set(&e, ERR_MISSING, "%s: nothing is published yet", dir);
	if (rc_ok(r))
		r = repo_targets_next(j->desk.repo, &j->change.terms, &j->body, &e);
	return rc_failed(r) ? cli_fail(&e) : CLI_OK;
}

static rc take_package(struct job *j, const struct cli_args *a, struct err *e)
{
	const char *from = cli_value(a, "from", NULL);
	if (!from)
		return RC_OK;
	rc r = supplier_open(j->desk.repo, from, cli_value(a, "role", NULL), &j->package, e);
	if (rc_ok(r))
		supplier_join(j->package, &j->change);
	return r;
}

static rc read_terms(struct job *j, const struct cli_args *a, struct supplier_terms *ret, struct err *e)
{
	const char *paths[KEYS_MAX + 1];
	size_t n = cli_values(a, "holder", paths, ARRAY_LEN(paths));
	rc r = n > KEYS_MAX ? err_set(e, ERR_LIMIT, "at most %d keys of a supplier", KEYS_MAX) : RC_OK;
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		r = cli_keys_read_card(paths[i], &j->cards[i], e);
		j->cards_n += rc_ok(r);
	}
	ret->role = cli_value(a, "role", NULL);
	ret->cards = j->cards;
	ret->cards_n = j->cards_n;
	ret->terminating = cli_flag(a, "terminating");
	ret->paths_n = cli_values(a, "path", ret->paths, SUPPLIER_PATTERNS_MAX);
	ret->prefixes_n = cli_values(a, "hash-prefix", ret->prefixes, SUPPLIER_PATTERNS_MAX);
	return r;
}

int cmd_repo_delegate(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	long threshold = 0;
	CLEANUP(job_done) struct job j = {0};
	struct supplier_terms terms = {0};
	if (!cli_number(a, "threshold", 1, KEYS_MAX, 1, &threshold))
		return CLI_USAGE;
	int status = begin(&j, a, dir, "delegate");
	if (status != CLI_OK)
		return status;
	terms.threshold = (size_t)threshold;
	rc r = read_terms(&j, a, &terms, &e);
	if (rc_ok(r))
		r = supplier_delegate(j.body, &terms, &e);
	if (rc_ok(r))
		r = take_package(&j, a, &e);
	return rc_failed(r) ? cli_fail(&e) : cmd_repo_change_targets(a, &j.desk, j.body, &j.change);
}

int cmd_repo_revoke(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	CLEANUP(job_done) struct job j = {0};
	int status = begin(&j, a, dir, "revoke");
	if (status != CLI_OK)
		return status;
	rc r = supplier_revoke(j.body, cli_value(a, "role", NULL), &e);
	return rc_failed(r) ? cli_fail(&e) : cmd_repo_change_targets(a, &j.desk, j.body, &j.change);
}

int cmd_repo_accept(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	struct repo_committed done = {0};
	CLEANUP(job_done) struct job j = {0};
	if (!cli_value(a, "from", NULL))
		return cli_wrong("repo accept needs --from, the supplier's package");
	int status = begin(&j, a, dir, "accept");
	if (status != CLI_OK)
		return status;
	rc r = take_package(&j, a, &e);
	if (rc_ok(r))
		r = supplier_accept(j.desk.repo, j.package, &j.desk.keys, &j.change.terms, &done, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	return cmd_repo_say(a, &done);
}
