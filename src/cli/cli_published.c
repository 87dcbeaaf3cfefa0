/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the record of publications, and showing it. */
#include "cli/cli_published.h"

#include "cli/cli_keys.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

void cli_published_done(struct cli_published *p)
{
	judge_free(p->judged);
	publication_record_done(&p->record);
}

rc cli_published_judge(const struct cli_args *a, const char *path, const struct declaration *d, struct wall_time today,
		       struct cli_published *ret, struct err *e)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	const char *key_path = cli_value(a, "key", NULL);
	rc r = key_path ? cli_keys_public(key_path, &key, e) : RC_OK;
	const struct published_source source = {path, cli_value(a, "published", NULL), key_path ? &key : NULL};
	return rc_ok(r) ? published_judge(&source, d, today, &ret->judged, &ret->record, e) : r;
}

void cli_published_print(const struct publication_record *record)
{
	char words[PUBLICATION_WORDS_SIZE];
	if (!record->n)
		return;
	publication_words(record->n > 1 ? &record->entries[record->n - 2] : NULL, publication_newest(record), words);
	(void)printf("Record of publications, entry %zu: %s; %s.\n", record->n, words,
		     record->checked ? "all signatures are good"
				     : "the chain is whole, signatures were not checked (--key label.pub does)");
}

json_t *cli_published_json(const struct publication_record *record)
{
	char until[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE];
	const struct publication *p = publication_newest(record);
	if (!p)
		return json_null();
	rfc3339_date(p->support_until, until);
	rfc3339_date(p->published, day);
	return json_pack("{s:I, s:s, s:s, s:s, s:b}", "entries", (json_int_t)record->n, "support_until", until,
			 "published", day, "head", record->head, "signatures_checked", record->checked);
}
