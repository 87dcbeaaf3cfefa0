/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of publications: encoding of one entry, and the check of a whole record. Begins at "broken"; each line must
 * earn its place. Leaves files to product/published_io.c (reading) and release/publish.c (adding).
 */
#include "core/model/publication.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WHAT "publication"
#define KEEP_YEARS 10 /* SI 2023/1007: the statement of compliance */

/* --- one entry --- */

rc publication_encode(const struct publication *p, struct buf *out, struct err *e)
{
	char until[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE];
	rfc3339_date(p->support_until, until);
	rfc3339_date(p->published, day);
	JSON_AUTO json_t *doc =
		json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "v", 1, "seq", (json_int_t)p->seq,
			  "previous", p->previous, "maker", p->maker, "product", p->product, "model", p->model,
			  "version", p->version, "policy_url", p->policy_url, "statement_sha256", p->statement_sha256,
			  "support_until", until, "published", day);
	if (!doc)
		return err_set(e, ERR_INPUT, "%s: a text is not UTF-8, or out of memory", WHAT);
	return json_codec_canonical(doc, out, e);
}

static rc get_text(const json_t *doc, const char *key, char *ret, size_t size, struct err *e)
{
	return json_codec_copy(doc, WHAT, key, ret, size, e);
}

static rc get_maybe(const json_t *doc, const char *key, char *ret, size_t size, struct err *e)
{
	return json_codec_copy_any(doc, WHAT, key, ret, size, e);
}

static rc get_day(const json_t *doc, const char *key, struct wall_time *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(doc, WHAT, key, RFC3339_DATE_SIZE - 1, &text, e);
	if (rc_ok(r) && !rfc3339_parse_date(text, ret))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a day", WHAT, key);
	return r;
}

static rc check_words(const struct publication *p, struct err *e)
{
	uint8_t raw[SHA256_SIZE];
	if (!name_ok(p->model))
		return err_set(e, ERR_INPUT, "%s: \"model\" is not a plain name", WHAT);
	if (!semver_ok(p->version))
		return err_set(e, ERR_INPUT, "%s: \"version\" is not a version", WHAT);
	if (!hex_decode(p->statement_sha256, raw, sizeof raw))
		return err_set(e, ERR_INPUT, "%s: \"statement_sha256\" is not a hash", WHAT);
	if (p->previous[0] && !hex_decode(p->previous, raw, sizeof raw))
		return err_set(e, ERR_INPUT, "%s: \"previous\" is not a hash", WHAT);
	if ((p->seq == 1) != (p->previous[0] == 0))
		return err_set(e, ERR_INPUT, "%s: all but the first name the one before", WHAT);
	return RC_OK;
}

static rc decode(const json_t *doc, struct publication *p, struct err *e)
{
	static const char *const keys[] = {
		"v",	   "seq",	 "previous",	  "maker",     "product",	   "model",
		"version", "policy_url", "support_until", "published", "statement_sha256", NULL};
	int64_t v = 0;
	rc r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "v", 1, 1, &v, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "seq", 1, PUBLICATION_ENTRIES_MAX, &p->seq, e);
	if (rc_ok(r))
		r = get_maybe(doc, "previous", p->previous, sizeof p->previous, e);
	if (rc_ok(r))
		r = get_text(doc, "maker", p->maker, sizeof p->maker, e);
	if (rc_ok(r))
		r = get_text(doc, "product", p->product, sizeof p->product, e);
	if (rc_ok(r))
		r = get_text(doc, "model", p->model, sizeof p->model, e);
	if (rc_ok(r))
		r = get_text(doc, "version", p->version, sizeof p->version, e);
	if (rc_ok(r))
		r = get_maybe(doc, "policy_url", p->policy_url, sizeof p->policy_url, e);
	if (rc_ok(r))
		r = get_text(doc, "statement_sha256", p->statement_sha256, sizeof p->statement_sha256, e);
	if (rc_ok(r))
		r = get_day(doc, "support_until", &p->support_until, e);
	if (rc_ok(r))
		r = get_day(doc, "published", &p->published, e);
	return rc_ok(r) ? check_words(p, e) : r;
}

rc publication_decode(struct bytes payload, struct publication *ret, struct err *e)
{
	struct publication p = {0};
	JSON_AUTO json_t *doc = NULL;
	rc r = json_codec_parse(payload, PUBLICATION_LINE_MAX, WHAT, &doc, e);
	if (rc_ok(r))
		r = decode(doc, &p, e);
	if (rc_ok(r))
		*ret = p;
	return r;
}

rc publication_sign(const struct publication *p, const struct signer *maker, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, PUBLICATION_LINE_MAX);
	size_t before = out->len;
	rc r = publication_encode(p, &payload, e);
	if (rc_ok(r))
		r = envelope_sign(maker, PUBLICATION_TYPE, buf_view(&payload), out, e);
	if (rc_ok(r) && out->len - before > PUBLICATION_LINE_MAX)
		return err_set(e, ERR_LIMIT, "%s: an entry longer than %d bytes", WHAT, PUBLICATION_LINE_MAX);
	return r;
}

/* --- what may follow what --- */

rc publication_keeps(const struct publication *newest, struct wall_time support_until, struct err *e)
{
	char wanted[RFC3339_DATE_SIZE], until[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE];
	if (support_until.s >= newest->support_until.s)
		return RC_OK;
	rfc3339_date(support_until, wanted);
	rfc3339_date(newest->support_until, until);
	rfc3339_date(newest->published, day);
	(void)err_set(e, ERR_WRONG_STATE, "support would end on %s; published until %s on %s", wanted, until, day);
	return err_hint(e, "a published support period is never shortened; set support.until to %s or later", until);
}

rc publication_same(const struct publication *newest, const char *maker, const char *model, struct err *e)
{
	if (strcmp(newest->model, model) == 0 && strcmp(newest->maker, maker) == 0)
		return RC_OK;
	return err_set(e, ERR_TRUST, "the record is of %s by %s, not of %.64s by %.128s", newest->model, newest->maker,
		       model, maker);
}

rc publication_follows(const struct publication *newest, const struct publication *next, struct err *e)
{
	char day[RFC3339_DATE_SIZE];
	if (!newest)
		return RC_OK;
	rc r = publication_same(newest, next->maker, next->model, e);
	if (rc_ok(r))
		r = publication_keeps(newest, next->support_until, e);
	if (rc_failed(r) || next->published.s >= newest->published.s)
		return r;
	rfc3339_date(newest->published, day);
	return err_set(e, ERR_WRONG_STATE, "published on a day before %s, the day of the last publication", day);
}

/* --- a whole record --- */

void publication_record_done(struct publication_record *r)
{
	mem_free(r->entries);
	*r = (struct publication_record){0};
}

const struct publication *publication_newest(const struct publication_record *r)
{
	return r->n ? &r->entries[r->n - 1] : NULL;
}

struct reading {
	const struct pubkey *key; /* NULL: the signatures are not looked at */
	struct publication_record *record;
	char keyid[PUBLICATION_HASH_SIZE]; /* that the first entry names */
};

/* The hash of a line stands for its content only if the content can be written in one way. */
static rc check_spelling(struct bytes line, struct err *e)
{
	JSON_AUTO json_t *doc = NULL;
	CLEANUP(buf_done) struct buf again;
	buf_init(&again, ENVELOPE_MAX);
	rc r = json_codec_parse(line, PUBLICATION_LINE_MAX, "envelope", &doc, e);
	if (rc_ok(r))
		r = json_codec_canonical(doc, &again, e);
	if (rc_ok(r) && !bytes_equal(buf_view(&again), line))
		return err_set(e, ERR_TRUST, "written in another way than it was signed");
	return r;
}

static rc open_line(struct reading *in, struct bytes line, struct publication *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	char keyid[PUBLICATION_HASH_SIZE];
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	if (line.n > PUBLICATION_LINE_MAX)
		return err_set(e, ERR_LIMIT, "longer than %d bytes", PUBLICATION_LINE_MAX);
	rc r = in->key ? envelope_open(line, PUBLICATION_TYPE, in->key, &payload, e)
		       : envelope_unchecked(line, PUBLICATION_TYPE, &payload, e);
	if (rc_ok(r))
		r = envelope_claims(line, keyid, NULL, e);
	if (rc_ok(r))
		r = check_spelling(line, e);
	if (rc_failed(r))
		return r;
	if (!in->record->n)
		memcpy(in->keyid, keyid, sizeof keyid);
	if (strcmp(in->keyid, keyid) != 0)
		return err_set(e, ERR_TRUST, "names another key than the first entry");
	return publication_decode(buf_view(&payload), ret, e);
}

static rc check_place(const struct publication_record *record, const struct publication *p, struct err *e)
{
	if (p->seq != (int64_t)record->n + 1)
		return err_set(e, ERR_TRUST, "is numbered %lld: one is missing, or out of its place",
			       (long long)p->seq);
	if (strcmp(p->previous, record->head) != 0)
		return err_set(e, ERR_TRUST, "does not follow the one before it, which was changed or exchanged");
	struct err why = {0};
	rc r = publication_follows(publication_newest(record), p, &why);
	return rc_ok(r) ? r : err_set(e, ERR_TRUST, "%s", why.text);
}

static rc take_line(struct reading *in, struct bytes line, struct err *e)
{
	struct publication_record *record = in->record;
	struct publication p = {0};
	uint8_t hash[SHA256_SIZE];
	rc r = open_line(in, line, &p, e);
	if (rc_ok(r))
		r = check_place(record, &p, e);
	if (rc_ok(r))
		r = hash_sha256(line, hash, e);
	if (rc_failed(r))
		return err_wrap(e, "entry %zu", record->n + 1);
	hex_encode(bytes_of(hash, sizeof hash), record->head);
	record->entries[record->n++] = p;
	return RC_OK;
}

static rc torn(const struct publication_record *record, size_t left, struct err *e)
{
	(void)err_set(e, ERR_INPUT, "the last line is torn: %zu bytes after entry %zu without a line break", left,
		      record->n);
	return err_hint(
		e, "the entries before it are whole; bring the file back from a copy, as the lost entry may be the "
		   "newest promise");
}

static rc take_lines(struct reading *in, struct bytes text, struct err *e)
{
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		if (!end)
			return torn(in->record, text.n, e);
		size_t n = (size_t)(end - text.p);
		rc r = take_line(in, bytes_of(text.p, n), e);
		if (rc_failed(r))
			return r;
		text = bytes_of(end + 1, text.n - n - 1);
	}
	return RC_OK;
}

static size_t count_lines(struct bytes text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

rc publication_record_check(struct bytes text, const struct pubkey *key, struct publication_record *ret, struct err *e)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	struct reading in = {.key = key, .record = &record};
	size_t n = count_lines(text);
	if (n > PUBLICATION_ENTRIES_MAX || text.n > PUBLICATION_RECORD_MAX)
		return err_set(e, ERR_LIMIT, "more than %d publications", PUBLICATION_ENTRIES_MAX);
	if (!text.n)
		return err_set(e, ERR_INPUT, "no publication is in it");
	record.entries = mem_array(n + 1, sizeof *record.entries);
	if (!record.entries)
		return err_set(e, ERR_MEMORY, "record of publications: out of memory");
	rc r = take_lines(&in, text, e);
	if (rc_failed(r))
		return r;
	record.checked = key != NULL;
	*ret = record;
	record = (struct publication_record){0};
	return RC_OK;
}

/* --- for people --- */

struct wall_time publication_keep_until(const struct publication *p)
{
	char text[RFC3339_DATE_SIZE + 8];
	unsigned year = 0, month = 0, day = 0;
	struct wall_time keep = {0};
	rfc3339_date(p->published, text);
	if (sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3)
		return p->support_until;
	(void)snprintf(text, sizeof text, "%04u-%02u-%02u", year + KEEP_YEARS, month, day);
	if (!rfc3339_parse_date(text, &keep)) { /* 29 February */
		(void)snprintf(text, sizeof text, "%04u-03-01", year + KEEP_YEARS);
		if (!rfc3339_parse_date(text, &keep))
			return p->support_until; /* the calendar ends */
	}
	return keep.s > p->support_until.s ? keep : p->support_until;
}

void publication_words(const struct publication *before, const struct publication *p, char ret[PUBLICATION_WORDS_SIZE])
{
	char day[RFC3339_DATE_SIZE], until[RFC3339_DATE_SIZE], day_words[32], until_words[32];
	const char *how = "security updates until";
	rfc3339_date(p->published, day);
	rfc3339_date(p->support_until, until);
	markup_date(day, day_words, sizeof day_words);
	markup_date(until, until_words, sizeof until_words);
	if (before && p->support_until.s > before->support_until.s)
		how = "extended, security updates until";
	else if (before)
		how = "still, security updates until";
	(void)snprintf(ret, PUBLICATION_WORDS_SIZE, "published %s: %s %s (version %s)", day_words, how, until_words,
		       p->version);
}
