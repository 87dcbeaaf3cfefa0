/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "batch": do the factory records of a batch show that passwords, keys and identities differ from unit to unit,
 * and how much chance is in a password (EN303645 5.1-1, 5.1-2, 5.4-4)? Records hold no secrets: only ids of secrets.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assess/probe_all.h"
#include "assess/records.h"
#include "core/base/mem.h"
#include "core/base/banned.h"

struct column {
	const char *id, *what;
	const char *(*of)(const struct record *r);
};

static const char *device_of(const struct record *r)
{
	return r->device;
}

static const char *password_of(const struct record *r)
{
	return r->password_id;
}

static const char *statement_key_of(const struct record *r)
{
	return r->statement_key;
}

static const char *certificate_of(const struct record *r)
{
	return r->cert_fingerprint;
}

static const char *page_of(const struct record *r)
{
	return r->page_cert;
}

static const struct column columns[] = {
	{"batch.unique.device", "device ids in the batch", device_of},
	{"batch.unique.password", "set-up passwords in the batch (by their ids)", password_of},
	{"batch.unique.statement-key", "statement keys in the batch", statement_key_of},
	{"batch.unique.certificate", "TLS identities in the batch", certificate_of},
	{"batch.unique.page-certificate", "owner page certificates in the batch", page_of},
};

static int by_text(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;
	return strcmp(*x, *y);
}

static void note_unique(struct probe_run *r, const struct records *all, const struct column *c)
{
	char value[64];
	size_t twice = 0;
	MEM_AUTO const char **values = mem_array(all->n, sizeof *values);
	if (!values) {
		probe_note(r, &(struct probe_note){c->id, c->what, r->scope->records, "", FACT_ERROR},
			   "no memory to compare %zu records", all->n);
		return;
	}
	for (size_t i = 0; i < all->n; i++)
		values[i] = c->of(&all->list[i]);
	qsort(values, all->n, sizeof *values, by_text);
	for (size_t i = 1; i < all->n; i++)
		twice += strcmp(values[i - 1], values[i]) == 0;
	(void)snprintf(value, sizeof value, "%zu of %zu differ", all->n - twice, all->n);
	/* "absent": looked, and there is no repetition-free batch. */
	probe_note(r, &(struct probe_note){c->id, c->what, r->scope->records, value, twice ? FACT_ABSENT : FACT_SEEN},
		   twice ? "%zu values repeat another unit's" : "%zu repetitions", twice);
}

static void note_bits(struct probe_run *r, const struct records *all)
{
	char value[32];
	int64_t least = all->list[0].password_bits;
	for (size_t i = 1; i < all->n; i++)
		least = all->list[i].password_bits < least ? all->list[i].password_bits : least;
	(void)snprintf(value, sizeof value, "%lld", (long long)least);
	probe_note(r,
		   &(struct probe_note){"batch.password-bits", "least entropy of a set-up password, in bits",
					r->scope->records, value, FACT_SEEN},
		   "as the factory signed it, over %zu units", all->n);
}

static void run(struct probe_run *r)
{
	CLEANUP(records_done) struct records all = {0};
	struct err e = {0};
	char value[64];
	rc loaded = records_load(r->scope->records, r->scope->factory_pub, &all, &e);
	if (rc_failed(loaded)) {
		probe_note(r,
			   &(struct probe_note){"batch.records", "genuine factory records", r->scope->records, "",
						probe_state_of(loaded)},
			   "%s", e.text);
		return;
	}
	(void)snprintf(value, sizeof value, "%zu genuine, %zu refused", all.n, all.refused);
	probe_note(r,
		   &(struct probe_note){"batch.records", "genuine factory records", r->scope->records, value,
					all.refused ? FACT_ABSENT : FACT_SEEN},
		   "signatures checked with the factory's public key%s%s", all.refused ? ": " : "", all.why_refused);
	(void)snprintf(value, sizeof value, "%zu", all.n);
	probe_note(r, &(struct probe_note){"batch.size", "units in the batch", r->scope->records, value, FACT_SEEN},
		   "uniqueness can be seen from two units on");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		note_unique(r, &all, &columns[i]);
	note_bits(r, &all);
}

static bool ready(const struct scope *s)
{
	return s->records && s->factory_pub;
}

const struct probe probe_batch = {
	.name = "batch",
	.what = "factory records: uniqueness of passwords, keys and identities, and the entropy of passwords",
	.needs = "--records --factory-pub",
	.ready = ready,
	.run = run,
};
