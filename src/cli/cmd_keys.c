/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark keys`: the ceremony, the service's certificate, and what is in a keys folder. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli_keys.h"
#include "host/os/clock.h"
#include "release/keyring.h"
#include "core/base/banned.h"

#define HOSTS_MAX 16
#define ROOT_DAYS 1095 /* long enough to survive a change of staff, short enough to be practised */
#define SERVER_DAYS 397

/* A new passphrase that is typed is typed twice: a slip would lock the keys away for ever. */
static rc ask_new(const struct cli_args *a, struct secret *ret, struct err *e)
{
	const char *path = cli_value(a, "passphrase-file", NULL);
	CLEANUP(secret_done) struct secret again = {0};
	if (cli_flag(a, "unsealed"))
		return RC_OK;
	rc r = cli_passphrase(path, "New passphrase for the keys: ", ret, e);
	if (rc_failed(r) || path || getenv("HALLMARK_PASSPHRASE_FILE"))
		return r;
	r = cli_passphrase(NULL, "The same again: ", &again, e);
	if (rc_ok(r) && !secret_equal(secret_view(ret), secret_view(&again)))
		return err_set(e, ERR_INPUT, "the two passphrases differ");
	return r;
}

static int print_keys(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	JSON_AUTO json_t *list = NULL;
	rc r = keyring_list(dir, &list, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_incref(list));
	size_t i;
	const json_t *key;
	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		(void)printf("%-12s %-11s %.16s  %-8s %s\n", json_string_value(json_object_get(key, "name")),
			     json_string_value(json_object_get(key, "type")),
			     json_string_value(json_object_get(key, "keyid")),
			     json_is_true(json_object_get(key, "offline")) ? "offline" : "online",
			     json_string_value(json_object_get(key, "use")));
	}
	return CLI_OK;
}

static int init(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	long holders = 0, threshold = 0, days = 0;
	CLEANUP(secret_done) struct secret passphrase = {0};
	if (!cli_number(a, "holders", 1, KEYRING_HOLDERS_MAX, 2, &holders) ||
	    !cli_number(a, "threshold", 1, KEYRING_HOLDERS_MAX, holders, &threshold) ||
	    !cli_number(a, "root-days", 1, 36500, ROOT_DAYS, &days))
		return CLI_USAGE;
	rc r = ask_new(a, &passphrase, &e);
	struct keyring_plan plan = {.dir = dir,
				    .maker = cli_value(a, "maker", "Hallmark maker"),
				    .holders = (size_t)holders,
				    .threshold = (size_t)threshold,
				    .passphrase = secret_view(&passphrase),
				    .now = clock_now().wall,
				    .root_days = days};
	if (rc_ok(r))
		r = keyring_make(&plan, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	int status = print_keys(a, dir);
	if (status != CLI_OK || cli_flag(a, "json"))
		return status;
	(void)printf(
		"\nRoot of trust: %ld of %ld holders must sign. Made in %s.\n"
		"Move each root-N.key to its holder and off this machine. Keep the keys marked offline on a medium\n"
		"that is only attached to sign. Day by day only snapshot.key and timestamp.key are needed; the "
		"factory\n"
		"needs factory.key and factory-ca.key.\n",
		threshold, holders, dir);
	if (!passphrase.n)
		(void)printf("These keys are NOT sealed with a passphrase: for tests only.\n");
	return CLI_OK;
}

static int service_cert(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	const char *hosts[HOSTS_MAX + 1] = {0}, *out = cli_value(a, "out", NULL);
	long days = 0;
	CLEANUP(secret_done) struct secret passphrase = {0};
	size_t n = cli_values(a, "host", hosts, HOSTS_MAX);
	if (!n || !out)
		return cli_wrong("keys service-cert needs --host and --out");
	if (!cli_number(a, "days", 1, 3650, SERVER_DAYS, &days))
		return CLI_USAGE;
	rc r = cli_keys_passphrase(a, dir, &passphrase, &e);
	struct keyring_server server = {.keys_dir = dir,
					.out_dir = out,
					.hosts = hosts,
					.passphrase = secret_view(&passphrase),
					.now = clock_now().wall,
					.days = days};
	if (rc_ok(r))
		r = keyring_server_cert(&server, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:s, s:I}", "folder", out, "days", (json_int_t)days));
	(void)printf("%s/server.pem and server.key: for the fleet service, valid %ld days\n", out, days);
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	static const struct {
		const char *name;
		int (*run)(const struct cli_args *a, const char *dir);
	} actions[] = {{"init", init}, {"list", print_keys}, {"service-cert", service_cert}};
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(cli_at(a, 0), actions[i].name) == 0)
			return actions[i].run(a, cli_at(a, 1));
	return cli_wrong("keys knows init, list and service-cert, not \"%s\"", cli_at(a, 0));
}

static const struct cli_option options[] = {
	{"holders", "N", "init: how many people hold a root key (default 2)", false},
	{"threshold", "N", "init: how many of them must sign (default: all)", false},
	{"maker", "NAME", "init: the maker's name, for the CA certificates", false},
	{"root-days", "N", "init: days until the root must be renewed (default 1095)", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	{"unsealed", NULL, "init: store the keys without a passphrase (tests only)", false},
	{"host", "NAME", "service-cert: DNS name or address of the fleet service", true},
	{"out", "DIR", "service-cert: new folder for the certificate and its key", false},
	{"days", "N", "service-cert: days of validity (default 397)", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_keys = {
	.name = "keys",
	.summary = "make and list the maker's keys",
	.positional = "init|list|service-cert DIR",
	.positional_min = 2,
	.positional_max = 2,
	.details =
		"init makes every key of the maker once: root holders, release roles, factory, device and service CA,\n"
		"labels. It never overwrites. service-cert issues the fleet service's TLS certificate.\n\n"
		"  hallmark keys init keys --maker 'Lumen Ltd' --holders 3 --threshold 2\n"
		"  hallmark keys service-cert keys --host fleet.example.com --out fleet-tls",
	.options = options,
	.run = run,
};
