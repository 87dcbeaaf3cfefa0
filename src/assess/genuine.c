/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out what an input is, checking its signature, and saying in plain words what follows. */
#include "assess/genuine.h"

#include <stdio.h>

#include "core/codec/markup.h"
#include "assess/label.h"
#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/model/publication.h"
#include "core/model/record.h"
#include "core/model/statement.h"
#include "core/base/banned.h"

#define TYPE_RECORD ENVELOPE_TYPE("factory-record")

void genuine_answer_init(struct genuine_answer *a)
{
	*a = (struct genuine_answer){0};
	buf_init(&a->lines, GENUINE_LINES_MAX);
	buf_init(&a->caveat, 2048);
}

void genuine_answer_done(struct genuine_answer *a)
{
	buf_done(&a->lines);
	buf_done(&a->caveat);
}

static void set_kind(struct genuine_answer *a, const char *kind)
{
	(void)snprintf(a->kind, sizeof a->kind, "%s", kind);
}

static void line(struct genuine_answer *a, const char *name, const char *value)
{
	buf_putf(&a->lines, "%s: %s\n", name, value);
}

static void line_time(struct genuine_answer *a, const char *name, struct wall_time t)
{
	char text[RFC3339_TIME_SIZE];
	rfc3339_time(t, text);
	line(a, name, text);
}

/* ---- labels ---- */

static void line_date(struct genuine_answer *a, const char *name, const char *date)
{
	char day[48];
	markup_date(date, day, sizeof day);
	line(a, name, day);
}

static void tell_result(const struct claim *c, struct genuine_answer *a)
{
	char text[160];
	(void)snprintf(text, sizeof text, "%u of %u: %s", c->level, CLAIM_LEVEL_MAX, label_level_words(c->level));
	line(a, "level", text);
	(void)snprintf(text, sizeof text, "%u passed, %u failed, %u open, %u do not apply, %u not judged",
		       c->counts.pass, c->counts.fail, c->counts.inconclusive, c->counts.not_applicable,
		       c->counts.not_judged);
	line(a, "result", text);
	(void)snprintf(text, sizeof text, "%u", c->mandatory_open);
	line(a, "mandatory, and open or not judged", text);
}

static void tell_claim(const struct claim *c, struct genuine_answer *a)
{
	char text[2 * SHA256_SIZE + 1];
	line(a, "product", c->product);
	line(a, "model", c->model);
	line(a, "maker", c->maker);
	line_date(a, "security updates until", c->support_end);
	tell_result(c, a);
	line_date(a, "assessed", c->assessed);
	line(a, "assessed against", c->edition);
	line_date(a, "issued", c->issued);
	line(a, "latest state", c->url[0] ? c->url : "no address in the code");
	hex_encode(bytes_of(c->verdicts_sha256, SHA256_SIZE), text);
	line(a, "SHA-256 of the verdicts", text);
}

/* The claim says what these verdicts say. */
static rc compare_verdicts(const struct claim *c, struct bytes verdicts_json, struct genuine_answer *a, struct err *e)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	struct claim again;
	struct wall_time issued = {0};
	uint8_t hash[SHA256_SIZE];
	rc r = hash_sha256(verdicts_json, hash, e);
	if (rc_failed(r))
		return r;
	if (memcmp(hash, c->verdicts_sha256, sizeof hash) != 0)
		return err_set(e, ERR_TRUST, "the claim is genuine, but it is not about these verdicts");
	if (!rfc3339_parse_date(c->issued, &issued))
		return err_set(e, ERR_INTERNAL, "a claim without a date");
	if (rc_failed(r = verdict_set_decode(verdicts_json, &v, e)) ||
	    rc_failed(r = label_claim(v, verdicts_json, issued, &again, e)))
		return r;
	if (strcmp(again.model, c->model) != 0 || strcmp(again.support_end, c->support_end) != 0 ||
	    strcmp(again.assessed, c->assessed) != 0 || strcmp(again.edition, c->edition) != 0 ||
	    memcmp(&again.counts, &c->counts, sizeof c->counts) != 0 || again.level != c->level ||
	    again.mandatory_open != c->mandatory_open || memcmp(again.face, c->face, sizeof c->face) != 0)
		return err_set(e, ERR_TRUST, "the claim is signed, but says other than the verdicts that it names");
	line(a, "verdicts file", "is the one that the claim is about, and says the same");
	return RC_OK;
}

static void put_caveats(const struct claim *c, const char *picture, const struct genuine_keys *keys,
			struct genuine_answer *a)
{
	struct wall_time end = {0};
	if (keys->today.s && rfc3339_parse_date(c->support_end, &end) && end.s + SECONDS_PER_DAY <= keys->today.s)
		buf_put_text(&a->caveat, "The support period is over: there are no security updates any more. ");
	if (!picture[0])
		buf_put_text(&a->caveat, "Only the lines above are signed. Compare them with what is printed on the "
					 "label and on the product. ");
	buf_put_text(&a->caveat, "A newer label may have been issued since: the maker\xe2\x80\x99s page has the latest "
				 "state.");
}

static rc check_label(struct bytes input, struct bytes claim_text, const struct genuine_keys *keys,
		      struct genuine_answer *a, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	struct claim c;
	const char *picture = "";
	buf_init(&text, CLAIM_TEXT_MAX);
	rc r = claim_verify(claim_text, keys->key, &c, e);
	if (rc_failed(r))
		return r;
	buf_put(&text, claim_text);
	if (rc_failed(r = buf_check(&text, "claim", e)) ||
	    rc_failed(r = label_compare(input, &c, buf_text(&text), &picture, e)) ||
	    (keys->verdicts_json.n && rc_failed(r = compare_verdicts(&c, keys->verdicts_json, a, e))))
		return r;
	set_kind(a, "label");
	tell_claim(&c, a);
	if (picture[0])
		line(a, "what the file shows", picture);
	put_caveats(&c, picture, keys, a);
	return RC_OK;
}

/* ---- envelopes ---- */

static void tell_record(const struct record *r, struct genuine_answer *a)
{
	char bits[24];
	line(a, "unit", r->device);
	line(a, "model", r->model);
	line(a, "maker", r->maker);
	line_time(a, "made", r->made);
	line(a, "keys kept in", strcmp(r->key_grade, "tpm") == 0 ? "a security chip" : "a file");
	(void)snprintf(bits, sizeof bits, "%lld bits", (long long)r->password_bits);
	line(a, "set-up password", bits);
}

static rc tell_receipt(struct bytes payload, struct genuine_answer *a, struct err *e)
{
	struct statement_receipt s;
	char text[64];
	rc r = statement_receipt_decode(payload, &s, e);
	if (rc_failed(r))
		return r;
	line(a, "unit", s.device);
	line_time(a, "erased", s.time);
	line(a, "asked by", s.by_service ? "the service" : "the owner");
	line(a, "key destroyed", s.key_destroyed ? "yes: what it sealed cannot be read again" : "no");
	(void)snprintf(text, sizeof text, "%llu files, %llu bytes", (unsigned long long)s.files,
		       (unsigned long long)s.bytes);
	line(a, "removed", text);
	for (size_t i = 0; i < s.not_erased_n; i++)
		buf_putf(&a->lines, "not erased: %s (%s)\n", s.not_erased[i].what, s.not_erased[i].why);
	return RC_OK;
}

static rc tell_evidence(struct bytes payload, struct genuine_answer *a, struct err *e)
{
	MEM_AUTO struct statement_evidence *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "no memory for evidence");
	rc r = statement_evidence_decode(payload, s, e);
	if (rc_failed(r))
		return r;
	line(a, "unit", s->device);
	line(a, "model", s->model);
	line_time(a, "stated", s->time);
	line(a, "version", s->version);
	line(a, "mode", s->mode);
	line(a, "nonce", s->nonce[0] ? s->nonce : "none");
	for (size_t i = 0; i < s->facts_n; i++)
		buf_putf(&a->lines, "%s: %s%s%s\n", s->facts[i].id, statement_fact_state_name(s->facts[i].state),
			 s->facts[i].value[0] ? ", " : "", s->facts[i].value);
	buf_put_text(&a->caveat, "It is fresh only for whoever chose the nonce.");
	return RC_OK;
}

static rc tell_boot(struct bytes payload, struct genuine_answer *a, struct err *e)
{
	MEM_AUTO struct statement_boot *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "no memory for a boot statement");
	rc r = statement_boot_decode(payload, s, e);
	if (rc_failed(r))
		return r;
	line(a, "unit", s->device);
	line_time(a, "stated", s->time);
	line(a, "running version", s->version);
	line(a, "outcome",
	     s->outcome == STATEMENT_CONFIRMED ? "booted and healthy" : "went back to the version before");
	if (s->failed_version[0])
		line(a, "failed version", s->failed_version);
	for (size_t i = 0; i < s->health_n; i++)
		buf_putf(&a->lines, "health %s: %s\n", s->health[i].id, s->health[i].ok ? "good" : "not good");
	return RC_OK;
}

static rc tell_alert(struct bytes payload, struct genuine_answer *a, struct err *e)
{
	MEM_AUTO struct statement_alert *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "no memory for an alert");
	rc r = statement_alert_decode(payload, s, e);
	if (rc_failed(r))
		return r;
	line(a, "unit", s->device);
	line_time(a, "stated", s->time);
	line(a, "mode", s->mode);
	line(a, "cause", s->cause);
	for (size_t i = 0; i < s->paths_n; i++)
		line(a, "changed", s->paths[i]);
	return RC_OK;
}

static const struct {
	const char *type, *kind;
	rc (*tell)(struct bytes payload, struct genuine_answer *a, struct err *e);
} nouns[] = {
	{STATEMENT_TYPE_RECEIPT, "receipt", tell_receipt},
	{STATEMENT_TYPE_EVIDENCE, "evidence", tell_evidence},
	{STATEMENT_TYPE_BOOT, "boot-statement", tell_boot},
	{STATEMENT_TYPE_ALERT, "alert", tell_alert},
};

/* The key to check a device's statement with: from its factory record, or the one given. */
static rc statement_key(const struct genuine_keys *keys, struct pubkey *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf pem;
	MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
	buf_init(&pem, KEY_PEM_MAX);
	if (!unit)
		return err_set(e, ERR_MEMORY, "no memory for a factory record");
	if (!keys->record.n) {
		rc r = pubkey_pem(keys->key, &pem, e);
		return rc_ok(r) ? pubkey_from_pem(buf_view(&pem), ret, e) : r;
	}
	rc r = record_open(keys->record, keys->key, unit, e);
	if (rc_failed(r))
		return err_wrap(e, "the device's factory record");
	return pubkey_from_pem(bytes_of_text(unit->statement_key), ret, e);
}

static rc check_statement(struct bytes input, size_t noun, const struct genuine_keys *keys, struct genuine_answer *a,
			  struct err *e)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = statement_key(keys, &key, e);
	if (rc_failed(r) || rc_failed(r = envelope_open(input, nouns[noun].type, &key, &payload, e)))
		return r;
	set_kind(a, nouns[noun].kind);
	return nouns[noun].tell(buf_view(&payload), a, e);
}

/* ---- records of publications ---- */

/* Is the first line of it an entry? A record that is torn there is no longer one. */
static bool is_record(struct bytes input)
{
	char keyid[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	const uint8_t *end = input.n ? memchr(input.p, '\n', input.n) : NULL;
	return end && rc_ok(envelope_claims(bytes_of(input.p, (size_t)(end - input.p)), keyid, type, NULL)) &&
	       strcmp(type, PUBLICATION_TYPE) == 0;
}

static void tell_published(const struct publication_record *record, struct genuine_answer *a)
{
	char name[32], words[PUBLICATION_WORDS_SIZE], day[RFC3339_DATE_SIZE];
	const struct publication *newest = publication_newest(record);
	line(a, "product", newest->product);
	line(a, "model", newest->model);
	line(a, "maker", newest->maker);
	for (size_t i = 0; i < record->n; i++) {
		publication_words(i ? &record->entries[i - 1] : NULL, &record->entries[i], words);
		(void)snprintf(name, sizeof name, "entry %zu", i + 1);
		line(a, name, words);
	}
	line(a, "SHA-256 of the statement of compliance", newest->statement_sha256);
	rfc3339_date(publication_keep_until(newest), day);
	markup_date(day, words, sizeof words);
	line(a, "statement to be kept until", words);
	line(a, "head", record->head);
}

static rc check_published(struct bytes input, const struct pubkey *key, struct genuine_answer *a, struct err *e)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	rc r = publication_record_check(input, key, &record, e);
	if (rc_failed(r))
		return r;
	set_kind(a, "publication-record");
	tell_published(&record, a);
	buf_put_text(&a->caveat,
		     "Whether newer entries were taken away cannot be seen from the file: compare the head with the "
		     "one that was kept elsewhere.");
	return buf_check(&a->lines, "the history", e);
}

static rc check_envelope(struct bytes input, const struct genuine_keys *keys, struct genuine_answer *a, struct err *e)
{
	char keyid[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	if (is_record(input))
		return check_published(input, keys->key, a, e);
	rc r = envelope_claims(input, keyid, type, e);
	if (rc_failed(r))
		return err_wrap(e, "neither a label nor a signed statement");
	if (strcmp(type, TYPE_RECORD) == 0) {
		MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
		if (!unit)
			return err_set(e, ERR_MEMORY, "no memory for a factory record");
		if (rc_failed(r = record_open(input, keys->key, unit, e)))
			return r;
		set_kind(a, "factory-record");
		tell_record(unit, a);
		return RC_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		if (strcmp(type, nouns[i].type) == 0)
			return check_statement(input, i, keys, a, e);
	return err_set(e, ERR_UNSUPPORTED, "a signed statement of a kind that is not known here");
}

rc genuine_check(struct bytes input, const struct genuine_keys *keys, struct genuine_answer *ret, struct err *e)
{
	struct bytes claim_text = {0};
	if (input.n > GENUINE_INPUT_MAX)
		return err_set(e, ERR_LIMIT, "%zu bytes are more than any of our files has", input.n);
	static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
	if (input.n >= sizeof png && memcmp(input.p, png, sizeof png) == 0) {
		(void)err_set(e, ERR_UNSUPPORTED, "a PNG holds only pixels, and what they show is not signed");
		return err_hint(e, "scan its QR code and give the text, or give label.svg");
	}
	bool envelope = input.n && input.p[0] == '{';
	rc r = !envelope && claim_find(input, &claim_text) ? check_label(input, claim_text, keys, ret, e)
							   : check_envelope(input, keys, ret, e);
	if (rc_failed(r)) {
		buf_reset(&ret->lines);
		ret->kind[0] = 0;
	}
	return r;
}
