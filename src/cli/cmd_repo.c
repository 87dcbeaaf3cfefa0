/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark repo`: the row of all actions, and those that only sign anew what is published. */
#include <string.h>

#include "cli/cmd_repo.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

bool cmd_repo_terms(const struct cli_args *a, struct repo_terms *ret)
{
	long days = 0, timestamp_days = 0;
	if (!cli_number(a, "expires-days", 1, 3650, CMD_REPO_EXPIRES_DAYS, &days) ||
	    !cli_number(a, "timestamp-days", 1, 3650, CMD_REPO_TIMESTAMP_DAYS, &timestamp_days))
		return false;
	*ret = (struct repo_terms){.now = clock_now().wall,
				   .expires_days = days,
				   .timestamp_days = timestamp_days,
				   .dry_run = cli_flag(a, "dry-run")};
	return true;
}

int cmd_repo_say(const struct cli_args *a, const struct repo_committed *done)
{
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:b, s:I, s:I, s:I}", "dry_run", cli_flag(a, "dry-run"), "targets",
					       (json_int_t)done->targets, "snapshot", (json_int_t)done->snapshot,
					       "timestamp", (json_int_t)done->timestamp));
	(void)printf("%s targets %lld, snapshot %lld, timestamp %lld\n",
		     cli_flag(a, "dry-run") ? "would be in force:" : "in force:", (long long)done->targets,
		     (long long)done->snapshot, (long long)done->timestamp);
	return CLI_OK;
}

static rc propose(const struct cli_args *a, struct cli_desk *d, json_t *body, const struct repo_change *c,
		  struct err *e)
{
	const char *path = cli_value(a, "propose", NULL);
	CLEANUP(proposal_done) struct proposal p = {0};
	if (!c->terms.dry_run && file_exists(path))
		return err_set(e, ERR_EXISTS, "%s is there already", path);
	rc r = repo_targets_propose(d->repo, body, c, cli_value(a, "note", ""), &p, e);
	return rc_ok(r) ? cli_keys_tell_proposal(c->terms.dry_run ? NULL : path, &p, e) : r;
}

int cmd_repo_change_targets(const struct cli_args *a, struct cli_desk *d, json_t *body, struct repo_change *c)
{
	struct err e = {0};
	struct repo_committed done = {0};
	if (cli_value(a, "propose", NULL)) {
		rc r = propose(a, d, body, c, &e);
		return rc_failed(r) ? cli_fail(&e) : CLI_OK;
	}
	c->keys = &d->keys;
	rc r = repo_targets_publish(d->repo, body, c, &done, &e);
	return rc_failed(r) ? cli_fail(&e) : cmd_repo_say(a, &done);
}

static int refresh(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	struct repo_terms terms;
	const char *keys = cli_value(a, "keys", NULL);
	CLEANUP(cli_keys_desk_done) struct cli_desk d = {.secrets = {.a = a}};
	if (!keys)
		return cli_wrong("repo refresh needs --keys");
	if (!cmd_repo_terms(a, &terms))
		return CLI_USAGE;
	rc r = cli_keys_desk(&d, dir, keys, NULL, &e);
	if (rc_ok(r))
		r = repo_refresh(d.repo, &d.keys, &terms, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:I}", "timestamp_days", (json_int_t)terms.timestamp_days));
	(void)printf("timestamp %s for %lld days\n", terms.dry_run ? "would be signed" : "signed",
		     (long long)terms.timestamp_days);
	return CLI_OK;
}

/* The same targets for longer. */
static int renew(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	struct repo_change c = {0};
	const char *keys = cli_value(a, "keys", NULL);
	JSON_AUTO json_t *body = NULL;
	CLEANUP(cli_keys_desk_done) struct cli_desk d = {.secrets = {.a = a}};
	if (!keys)
		return cli_wrong("repo renew needs --keys");
	if (!cmd_repo_terms(a, &c.terms))
		return CLI_USAGE;
	rc r = cli_keys_desk(&d, dir, keys, NULL, &e);
	if (rc_ok(r) && !repo_body(d.repo, "targets"))
		r = err_set(&e, ERR_MISSING, "%s: nothing is published yet", dir);
	if (rc_ok(r))
		r = repo_targets_next(d.repo, &c.terms, &body, &e);
	return rc_failed(r) ? cli_fail(&e) : cmd_repo_change_targets(a, &d, body, &c);
}

static int run(const struct cli_args *a)
{
	static const struct {
		const char *name;
		int (*run)(const struct cli_args *a, const char *dir);
	} actions[] = {
		{"status", cmd_repo_status},
		{"refresh", refresh},
		{"renew", renew},
		{"supply", cmd_repo_supply},
		{"delegate", cmd_repo_delegate},
		{"accept", cmd_repo_accept},
		{"revoke", cmd_repo_revoke},
	};
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(cli_at(a, 0), actions[i].name) == 0)
			return actions[i].run(a, cli_at(a, 1));
	return cli_wrong("repo knows status, refresh, renew, supply, delegate, accept and revoke, not \"%s\"",
			 cli_at(a, 0));
}

static const struct cli_option options[] = {
	{"keys", "DIR", "the keys folder: believe the maker's own root; needed by all but status and supply", false},
	{"warn-days", "N", "status: warn so long before something expires (default 30; the timestamp 3)", false},
	{"expires-days", "N", "days until targets and snapshot must be signed anew (default 365)", false},
	{"timestamp-days", "N", "the same for the timestamp (default 30)", false},
	{"role", "NAME", "supply, delegate, accept, revoke: the supplier's role", false},
	{"holder", "CARD", "delegate: the card of a supplier's key (`hallmark keys make`)", true},
	{"threshold", "N", "delegate: how many of them must sign (default 1)", false},
	{"path", "PATTERN", "delegate: names that the supplier may list, as in acme/*; * stays within one part", true},
	{"hash-prefix", "HEX", "delegate: instead, names whose SHA-256 begins so", true},
	{"terminating", NULL, "delegate: nobody after the supplier may list those names", false},
	{"from", "PACKAGE", "delegate, accept: the supplier's package", false},
	{"key", "FILE", "supply: the supplier's key file", true},
	{"add", "FILE=TARGET", "supply: publish FILE under this name", true},
	{"remove", "TARGET", "supply: list it no longer", true},
	{"cosign", NULL, "supply: only add a signature to the package as it is", false},
	{"propose", "FILE", "renew, delegate, revoke: a proposal for the targets holders, instead of publishing",
	 false},
	{"note", "TEXT", "propose: why, for the holders to read", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	CLI_KEYS_PIN_OPTION,
	{"dry-run", NULL, "check everything as if it were written, write nothing", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_repo = {
	.name = "repo",
	.summary = "show, renew and delegate the repository of releases",
	.positional = "status|refresh|renew|supply|delegate|accept|revoke DIR",
	.positional_min = 2,
	.positional_max = 2,
	.details =
		"status verifies the repository as a device would, then lists what expires when, who must sign it, "
		"and\n"
		"with --keys whose keys are at hand; it exits with 1 when something has expired or soon will. refresh\n"
		"signs a new timestamp over the same content, renew the targets and the snapshot too.\n\n"
		"  hallmark repo status repo --keys keys\n"
		"  hallmark repo refresh repo --keys keys --timestamp-days 14\n\n"
		"A component supplier publishes below names that the maker delegates:\n\n"
		"  hallmark keys make acme.key --name 'Acme Radio'                            (the supplier)\n"
		"  hallmark repo supply pkg --role acme --key acme.key --add radio.bin=acme/radio-1.0.bin\n"
		"  hallmark repo delegate repo --keys keys --role acme --holder acme.holder.json --path 'acme/*' \\\n"
		"      --from pkg                                                             (the maker)\n"
		"  hallmark repo accept repo --keys keys --role acme --from pkg               (each later package)\n"
		"  hallmark repo revoke repo --keys keys --role acme",
	.options = options,
	.run = run,
};
