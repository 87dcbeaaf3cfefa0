/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark keys`: a maker's first keys, the service's certificate, what is in a keys folder; the row of all actions.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_keys.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define HOSTS_MAX 16
#define ROOT_DAYS 1095 /* long enough to survive a change of staff, short enough to be practised */
#define SERVER_DAYS 397

/* A new passphrase that is typed is typed twice: a slip would lock the keys away for ever. */
rc cmd_keys_new_passphrase(const struct cli_args *a, struct secret *ret, struct err *e)
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

static rc read_cards(const struct cli_args *a, struct holder_card cards[KEYRING_HOLDERS_MAX], size_t *ret_n,
		     struct err *e)
{
	const char *paths[KEYRING_HOLDERS_MAX + 1];
	size_t n = cli_values(a, "holder", paths, ARRAY_LEN(paths));
	rc r = n > KEYRING_HOLDERS_MAX ? err_set(e, ERR_LIMIT, "at most %d holders", KEYRING_HOLDERS_MAX) : RC_OK;
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		r = cli_keys_read_card(paths[i], &cards[i], e);
		*ret_n += rc_ok(r);
	}
	return r;
}

static rc make(const struct cli_args *a, const struct keyring_plan *wanted, size_t *ret_holders, struct err *e)
{
	struct holder_card cards[KEYRING_HOLDERS_MAX] = {0};
	CLEANUP(secret_done) struct secret passphrase = {0};
	struct keyring_plan plan = *wanted;
	size_t n = 0;
	rc r = read_cards(a, cards, &n, e);
	if (rc_ok(r) && n) {
		plan.cards = cards;
		plan.holders = n;
	}
	if (rc_ok(r))
		r = cmd_keys_new_passphrase(a, &passphrase, e);
	plan.passphrase = secret_view(&passphrase);
	if (rc_ok(r))
		r = keyring_make(&plan, e);
	for (size_t i = 0; i < n; i++)
		holder_card_done(&cards[i]);
	*ret_holders = plan.holders;
	return r;
}

static void say_next(const struct cli_args *a, const struct keyring_plan *p)
{
	const char *card[1];
	if (cli_values(a, "holder", card, 1))
		(void)printf("\nRoot of trust: %zu of %zu holders must sign. Hand %s/root.proposal.json to them;\n"
			     "each runs `hallmark keys sign`. Then `hallmark keys finish %s/root.proposal.json --keys "
			     "%s`.\n",
			     p->threshold, p->holders, p->dir, p->dir, p->dir);
	else
		(void)printf("\nRoot of trust: %zu of %zu holders must sign. Made in %s.\n"
			     "Move each root-N.key to its holder and off this machine.\n",
			     p->threshold, p->holders, p->dir);
	(void)printf("Keep the keys marked offline on a medium that is only attached to sign. Day by day only\n"
		     "snapshot.key and timestamp.key are needed; the factory needs factory.key and factory-ca.key.\n");
	if (cli_flag(a, "unsealed"))
		(void)printf("These keys are NOT sealed with a passphrase: for tests only.\n");
}

static int init(const struct cli_args *a, const char *dir)
{
	struct err e = {0};
	const char *cards[1];
	long holders = 0, threshold = 0, days = 0, most = KEYRING_HOLDERS_MAX;
	bool elsewhere = cli_values(a, "holder", cards, 1) > 0;
	if (elsewhere && cli_value(a, "holders", NULL))
		return cli_wrong("--holders makes root keys here, --holder names those who made theirs; not both");
	if (!cli_number(a, "holders", 1, most, 1, &holders) ||
	    !cli_number(a, "threshold", 1, most, elsewhere ? 1 : holders, &threshold) ||
	    !cli_number(a, "root-days", 1, 36500, ROOT_DAYS, &days))
		return CLI_USAGE;
	if (elsewhere && !cli_value(a, "threshold", NULL))
		return cli_wrong("keys init with --holder needs --threshold: how many of them must sign");
	struct keyring_plan plan = {.dir = dir,
				    .maker = cli_value(a, "maker", "Hallmark maker"),
				    .holders = (size_t)holders,
				    .threshold = (size_t)threshold,
				    .now = clock_now().wall,
				    .root_days = days};
	rc r = make(a, &plan, &plan.holders, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	int status = print_keys(a, dir);
	if (status == CLI_OK && !cli_flag(a, "json"))
		say_next(a, &plan);
	return status;
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
		int (*run)(const struct cli_args *a, const char *path);
	} actions[] = {
		{"init", init},		 {"list", print_keys},		{"service-cert", service_cert},
		{"make", cmd_keys_make}, {"propose", cmd_keys_propose}, {"review", cmd_keys_review},
		{"sign", cmd_keys_sign}, {"finish", cmd_keys_finish},
	};
	if (cli_count(a) > 2 && strcmp(cli_at(a, 0), "finish") != 0) /* which takes copies */
		return cli_wrong("not expected: \"%s\"; keys %s takes one path", cli_at(a, 2), cli_at(a, 0));
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(cli_at(a, 0), actions[i].name) == 0)
			return actions[i].run(a, cli_at(a, 1));
	return cli_wrong("keys knows init, list, service-cert, make, propose, review, sign and finish, not \"%s\"",
			 cli_at(a, 0));
}

static const struct cli_option options[] = {
	{"maker", "NAME", "init: the maker's name, for the CA certificates", false},
	{"holders", "N", "init: root keys made here (default 1)", false},
	{"holder", "CARD", "init: instead, the card of a holder who made a key with `keys make`", true},
	{"threshold", "N", "init: how many root holders must sign (default: all); propose: ROLE=N", true},
	{"root-days", "N", "init, propose: days until the root must be renewed (default 1095)", false},
	{"name", "NAME", "make: whose key it is; it stands in the root, for everybody to read", false},
	{"type", "TYPE", "make: ed25519 (default), ecdsa-p256 or rsa-pss", false},
	{"token", "URI", "make: the key stays in this PKCS#11 token, as in pkcs11:token=ada;object=root", false},
	{"existing", NULL, "make: use the key that is in the token already", false},
	{"repo", "DIR", "propose, finish: the repository", false},
	{"keys", "DIR", "propose, finish: the keys folder, whose first root is believed", false},
	{"add", "ROLE=CARD", "propose: a further key for root, targets, snapshot, timestamp or grant", true},
	{"remove", "ROLE=WHO", "propose: take a key away, by its holder's name or key id", true},
	{"note", "TEXT", "propose: why, for the holders to read", false},
	{"from", "PACKAGE", "finish: the supplier's package that goes with a new delegation", false},
	{"role", "NAME", "finish: the supplier's role", false},
	{"key", "FILE", "sign: the holder's key file", false},
	{"yes", NULL, "sign: without asking", false},
	{"expires-days", "N", "propose, finish: days until targets and snapshot must be signed anew (default 365)",
	 false},
	{"timestamp-days", "N", "finish: the same for the timestamp (default 30)", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	CLI_KEYS_PIN_OPTION,
	{"unsealed", NULL, "init, make: store the keys without a passphrase (tests only)", false},
	{"host", "NAME", "service-cert: DNS name or address of the fleet service", true},
	{"out", "DIR", "service-cert: new folder for the certificate and its key", false},
	{"days", "N", "service-cert: days of validity (default 397)", false},
	{"dry-run", NULL, "propose, sign, finish: check everything, write nothing", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_keys = {
	.name = "keys",
	.summary = "make, change and list the maker's keys",
	.positional = "init|list|service-cert|make|propose|review|sign|finish PATH...",
	.positional_min = 2,
	.positional_max = 1 + CMD_KEYS_COPIES_MAX,
	.details =
		"One developer begins with one command, and can hand the root to several holders later:\n\n"
		"  hallmark keys init keys --maker 'Lumen Ltd'\n\n"
		"Several holders: each makes a key on a machine of their own and sends the card; the leader makes the\n"
		"rest and a proposal; each holder reads it and signs; two of three are enough:\n\n"
		"  hallmark keys make ada.key --name Ada                       (Ada; likewise Ben and Cid)\n"
		"  hallmark keys init keys --maker 'Lumen Ltd' --holder ada.holder.json --holder ben.holder.json \\\n"
		"      --holder cid.holder.json --threshold 2                  (the leader)\n"
		"  hallmark keys sign keys/root.proposal.json --key ada.key    (Ada, then Ben)\n"
		"  hallmark keys finish keys/root.proposal.json --keys keys    (the leader)\n\n"
		"Rotation, revocation and a new threshold are one act, for any role: here Cid's key is lost.\n\n"
		"  hallmark keys propose next.json --repo repo --keys keys --remove root=Cid \\\n"
		"      --add root=dee.holder.json --note 'Cid lost his stick'\n"
		"  hallmark keys sign next.json --key ada.key                  (then Ben, and Dee)\n"
		"  hallmark keys finish next.json --repo repo --keys keys\n\n"
		"Both the root in force and the new one must agree. Copies that were signed at the same time are "
		"given\n"
		"to finish together. init never overwrites. service-cert issues the fleet service's TLS certificate.\n"
		"review exits with 1 while signatures are missing. docs/keys.md tells the whole story.",
	.options = options,
	.run = run,
};
