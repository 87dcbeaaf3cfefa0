/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark publish`: what is said in public about the support period, signed and kept. */
#include <stdio.h>

#include "cli/cli_keys.h"
#include "cli/cli_product.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "release/publish.h"
#include "core/base/banned.h"

static json_t *entry_json(const struct publication *p)
{
	char until[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE], keep[RFC3339_DATE_SIZE];
	rfc3339_date(p->support_until, until);
	rfc3339_date(p->published, day);
	rfc3339_date(publication_keep_until(p), keep);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "seq", (json_int_t)p->seq, "published",
			 day, "support_until", until, "maker", p->maker, "product", p->product, "model", p->model,
			 "version", p->version, "policy_url", p->policy_url, "statement_sha256", p->statement_sha256,
			 "keep_statement_until", keep);
}

static int list_json(const char *path, const struct publication_record *record)
{
	JSON_AUTO json_t *list = json_array();
	for (size_t i = 0; i < record->n; i++)
		if (json_array_append_new(list, entry_json(&record->entries[i]))) {
			struct err e = {0};
			(void)err_set(&e, ERR_MEMORY, "out of memory");
			return cli_fail(&e);
		}
	return cli_keys_json(json_pack("{s:s, s:O, s:s, s:b}", "record", path, "entries", list, "head", record->head,
				       "signatures_checked", record->checked));
}

/* The history in words. Whoever wants to believe it has `hallmark verify`. */
static int list(const struct cli_args *a)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	char usual[FILE_PATH_MAX], words[PUBLICATION_WORDS_SIZE];
	struct err e = {0};
	const char *path = cli_value(a, "record", NULL);
	rc r = path ? RC_OK : published_path(cli_at(a, 0), usual, &e);
	const struct published_source source = {cli_at(a, 0), path ? path : usual, NULL};
	if (rc_ok(r))
		r = published_load(&source, &record, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	if (cli_flag(a, "json"))
		return list_json(source.record, &record);
	(void)printf("%s, %s by %s\n", source.record, record.entries->model, record.entries->maker);
	for (size_t i = 0; i < record.n; i++) {
		publication_words(i ? &record.entries[i - 1] : NULL, &record.entries[i], words);
		(void)printf("%zu. %s\n", i + 1, words);
	}
	(void)printf("head %s\nSignatures were not checked: \"hallmark verify %s --key label.pub\" does.\n",
		     record.head, source.record);
	return CLI_OK;
}

static int report(const struct cli_args *a, const struct publish_result *p)
{
	bool dry = cli_flag(a, "dry-run");
	char words[PUBLICATION_WORDS_SIZE], day[RFC3339_DATE_SIZE], keep[RFC3339_DATE_SIZE];
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:b, s:b, s:s, s:s, s:o}", "news", p->news, "dry_run", dry, "record",
					       p->path, "head", p->head, "entry", entry_json(&p->last)));
	publication_words(p->before.seq ? &p->before : NULL, &p->last, words);
	rfc3339_date(p->last.published, day);
	rfc3339_date(publication_keep_until(&p->last), keep);
	(void)printf("%s%s\n", !p->news ? "nothing new; " : dry ? "would be " : "", words);
	(void)printf("  record     %s, entry %lld\n  head       %s\n", p->path, (long long)p->last.seq, p->head);
	(void)printf("  statement  SHA-256 %s\n", p->last.statement_sha256);
	if (dry)
		return CLI_OK;
	(void)printf("Keep the head where the record is not: it shows whether the newest entries were taken away.\n"
		     "Keep the signed statement of compliance (hallmark compile --date %s) until %s.\n",
		     day, keep);
	return CLI_OK;
}

static int publish(const struct cli_args *a, const char *key_path, struct wall_time day)
{
	CLEANUP(privkey_done) struct privkey key = {0};
	struct declaration *d = NULL;
	struct publish_result done;
	struct err e = {0};
	int status = cli_product_load(cli_at(a, 0), cli_flag(a, "json"), &d);
	if (status != CLI_OK)
		return status;
	rc r = cli_keys_label(a, key_path, &key, &e);
	const struct signer maker = privkey_signer(&key);
	const struct publish_order order = {.declaration = cli_at(a, 0),
					    .record = cli_value(a, "record", NULL),
					    .maker = &maker,
					    .day = day,
					    .dry_run = cli_flag(a, "dry-run")};
	if (rc_ok(r))
		r = publish_add(&order, d, &done, &e);
	declaration_free(d);
	if (rc_ok(r))
		return report(a, &done);
	(void)cli_fail(&e);
	return r.code == ERR_WRONG_STATE ? CLI_NEGATIVE : CLI_FAILED;
}

static int run(const struct cli_args *a)
{
	const char *key_path = cli_value(a, "key", NULL);
	struct wall_time day;
	if (cli_flag(a, "list"))
		return key_path ? cli_wrong("--list takes no --key; `hallmark verify RECORD --key label.pub` checks "
					    "signatures")
				: list(a);
	if (!key_path)
		return cli_wrong("publish needs --key, the maker's label.key");
	if (!cli_product_day(a, &day))
		return CLI_USAGE;
	if (day.s > clock_now().wall.s)
		return cli_wrong("--date is in the future; a publication is recorded on its day, and never taken back");
	return publish(a, key_path, day);
}

static const struct cli_option options[] = {
	{"key", "FILE", "the maker's label key (label.key), which signs what the public is told", false},
	{"record", "FILE", "the record (default: product.published.jsonl beside product.yaml)", false},
	{"date", "YYYY-MM-DD", "day of publication (default: today)", false},
	{"dry-run", NULL, "check and sign everything, write nothing", false},
	{"list", NULL, "show what was published until now", false},
	{"passphrase-file", "FILE", "file with the passphrase of the key", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_publish = {
	.name = "publish",
	.summary = "record the published support period, signed; it can be extended, never shortened",
	.positional = "PRODUCT.YAML",
	.positional_min = 1,
	.positional_max = 1,
	.details =
		"Adds an entry to the record of publications: end of support, day, and the hash of the statement of\n"
		"compliance. Nothing in it can be changed or taken back. Refused (status 1): an earlier end of "
		"support, and a\n"
		"declaration that check does not find clean. From then on check, compile, assess and release refuse "
		"an\n"
		"earlier end too. The same again adds nothing.\n\n"
		"  hallmark publish product.yaml --key keys/label.key\n"
		"  hallmark publish product.yaml --list\n"
		"  hallmark verify product.published.jsonl --key keys/label.pub",
	.options = options,
	.run = run,
};
