/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark grant`: let one device go back to one older release, once. */
#include <string.h>

#include "cli/cli_keys.h"
#include "core/model/grant.h"
#include "core/trust/tuf_grant.h"
#include "host/os/chance.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define DAYS 7

struct wanted {
	struct grant grant;
	bool found;
};

static bool look_at(void *ctx, const char *name, uint64_t length, const struct release_info *info)
{
	struct wanted *w = ctx;
	(void)name, (void)length;
	if (info->kind != RELEASE_IMAGE || strcmp(info->model, w->grant.model) != 0 ||
	    strcmp(info->version, w->grant.version) != 0)
		return true;
	w->grant.counter = info->counter;
	w->found = true;
	return false;
}

/* The release must be published: a device takes it from nowhere else. Its counter is what was signed. */
static rc find_release(const struct repo *r, struct wanted *w, struct err *e)
{
	repo_each(r, look_at, w);
	if (w->found)
		return RC_OK;
	(void)err_set(e, ERR_MISSING, "no image of %s %s is published", w->grant.model, w->grant.version);
	return err_hint(e, "`hallmark repo status` lists what is");
}

/* Devices believe only the grant role of their root. */
static rc check_key(const struct repo *r, const struct signkey *key, struct err *e)
{
	CLEANUP(tuf_grant_keys_done) struct tuf_grant_keys may = {0};
	char id[2 * SHA256_SIZE + 1], other[2 * SHA256_SIZE + 1];
	rc result = tuf_grant_keys(repo_root(r), &may, e);
	if (rc_ok(result))
		result = pubkey_id(key->signer.pub, id, e);
	if (rc_failed(result))
		return result;
	for (size_t i = 0; i < may.n; i++)
		if (rc_ok(pubkey_id(&may.list[i], other, NULL)) && strcmp(id, other) == 0)
			return RC_OK;
	(void)err_set(e, ERR_DENIED, "this key is not in the grant role of the root (%zu keys are)", may.n);
	return err_hint(e, "a ceremony gives it that right: `hallmark keys propose --add grant=CARD`");
}

static rc make(const struct cli_args *a, struct wanted *w, struct buf *out, struct err *e)
{
	struct repo *r = NULL;
	CLEANUP(signkey_done) struct signkey key = {0};
	CLEANUP(cli_keys_secrets_done) struct cli_secrets secrets = {.a = a};
	rc result = cli_keys_repo(cli_value(a, "repo", NULL), cli_value(a, "keys", NULL), &r, e);
	if (rc_ok(result))
		result = find_release(r, w, e);
	if (rc_ok(result))
		result = chance_fill(w->grant.serial, sizeof w->grant.serial, e);
	if (rc_ok(result))
		result = cli_keys_open(&secrets, cli_value(a, "key", NULL), &key, e);
	if (rc_ok(result))
		result = check_key(r, &key, e);
	if (rc_ok(result))
		result = grant_sign(&w->grant, &key.signer, out, e);
	repo_free(r);
	return result;
}

static int report(const struct cli_args *a, const struct grant *g, const char *path, long days)
{
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack(
			"{s:b, s:s, s:s, s:I, s:s, s:I, s:I, s:s}", "dry_run", cli_flag(a, "dry-run"), "device",
			g->device, "model", g->model, "from_counter", (json_int_t)g->from_counter, "version",
			g->version, "counter", (json_int_t)g->counter, "days", (json_int_t)days, "file", path));
	(void)printf("%s: %s may go back from counter %lld to %s (counter %lld), once, within %ld days\n",
		     cli_flag(a, "dry-run") ? "would be granted" : path, g->device, (long long)g->from_counter,
		     g->version, (long long)g->counter, days);
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	struct err e = {0};
	long from = 0, days = 0;
	struct wanted w = {.grant = {.made = clock_now().wall}};
	const char *device = cli_at(a, 0), *model = cli_value(a, "model", NULL), *to = cli_value(a, "to", NULL),
		   *out = cli_value(a, "out", NULL);
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, ENVELOPE_MAX);
	if (!model || !to || !out || !cli_value(a, "repo", NULL) || !cli_value(a, "key", NULL) ||
	    !cli_value(a, "from-counter", NULL))
		return cli_wrong("grant needs --repo, --key, --model, --from-counter, --to and --out");
	if (!cli_number(a, "from-counter", 1, RELEASE_COUNTER_MAX, 1, &from) ||
	    !cli_number(a, "days", 1, GRANT_DAYS_MAX, DAYS, &days))
		return CLI_USAGE;
	if (strlen(device) > NAME_MAX_CHARS || strlen(model) > NAME_MAX_CHARS || strlen(to) > SEMVER_MAX)
		return cli_wrong("device, model or version is too long");
	(void)snprintf(w.grant.device, sizeof w.grant.device, "%s", device);
	(void)snprintf(w.grant.model, sizeof w.grant.model, "%s", model);
	(void)snprintf(w.grant.version, sizeof w.grant.version, "%s", to);
	w.grant.from_counter = from;
	w.grant.expires.s = w.grant.made.s + days * SECONDS_PER_DAY;
	rc r = make(a, &w, &text, &e);
	buf_put_u8(&text, '\n');
	if (rc_ok(r) && !cli_flag(a, "dry-run"))
		r = file_create(out, buf_view(&text), 0644, &e);
	return rc_failed(r) ? cli_fail(&e) : report(a, &w.grant, out, days);
}

static const struct cli_option options[] = {
	{"repo", "DIR", "the repository: it must hold the older release, and its root names who may grant", false},
	{"keys", "DIR", "the keys folder: believe the maker's own root", false},
	{"key", "FILE", "a key of the grant role", false},
	{"model", "NAME", "the device's model", false},
	{"from-counter", "N", "the downgrade counter that the device has confirmed (the fleet's page shows it)", false},
	{"to", "X.Y.Z", "the older release", false},
	{"days", "N", "days until the grant is worth nothing (default 7, at most 31)", false},
	{"out", "FILE", "the grant", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	CLI_KEYS_PIN_OPTION,
	{"dry-run", NULL, "check everything, write nothing", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_grant = {
	.name = "grant",
	.summary = "let one device go back to one older release, once",
	.positional = "DEVICE",
	.positional_min = 1,
	.positional_max = 1,
	.details =
		"Devices refuse a release whose counter is lower than what they confirmed. For service, a grant makes\n"
		"one exception: this device, from exactly this counter, to this release, one time, for some days. It\n"
		"is signed with a key of the grant role, which a ceremony puts into the root; without that role "
		"nothing\n"
		"can be granted.\n\n"
		"  hallmark keys make desk.key --name 'service desk'\n"
		"  hallmark keys propose next.json --repo repo --keys keys --add grant=desk.holder.json\n"
		"  hallmark grant cam-0042 --repo repo --key desk.key --model lumen-cam1 --from-counter 7 --to 1.2.0 "
		"\\\n"
		"      --out cam-0042.grant.json",
	.options = options,
	.run = run,
};
