/* SPDX-License-Identifier: Apache-2.0 */
/* Cards of key holders: an envelope whose payload brings the key that it is checked with. Pure. */
#include "release/holder.h"

#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/model/envelope.h"
#include "core/base/banned.h"

#define TYPE ENVELOPE_TYPE("key-holder")
#define WHAT "holder's card"

static rc check_name(const char *name, struct err *e)
{
	size_t n = strnlen(name, TUFROLE_NAME_MAX + 1);
	if (n == 0 || n > TUFROLE_NAME_MAX || !name_utf8_ok(name, n))
		return err_set(e, ERR_INPUT, "a holder's name is 1 to %d bytes of printable text", TUFROLE_NAME_MAX);
	return RC_OK;
}

rc holder_card_make(const struct signer *s, const struct holder_card *about, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf pem, payload;
	char made[RFC3339_TIME_SIZE];
	buf_init(&pem, KEY_PEM_MAX);
	buf_init(&payload, HOLDER_CARD_MAX);
	rfc3339_time(about->made, made);
	rc r = check_name(about->name, e);
	if (rc_ok(r))
		r = pubkey_pem(s->pub, &pem, e);
	if (rc_failed(r))
		return r;
	JSON_AUTO json_t *doc = json_pack("{s:i, s:s, s:s, s:s, s:s}", "v", 1, "name", about->name, "grade",
					  about->grade, "made", made, "key", buf_text(&pem));
	if (!doc)
		return err_set(e, ERR_MEMORY, WHAT ": out of memory");
	r = json_codec_compact(doc, &payload, e);
	return rc_ok(r) ? envelope_sign(s, TYPE, buf_view(&payload), out, e) : r;
}

static rc read_texts(const json_t *doc, struct holder_card *ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(doc, WHAT, "v", 1, 1, &v, e);
	if (rc_ok(r))
		r = json_codec_copy(doc, WHAT, "name", ret->name, sizeof ret->name, e);
	if (rc_ok(r))
		r = json_codec_copy(doc, WHAT, "grade", ret->grade, sizeof ret->grade, e);
	return rc_ok(r) ? json_codec_time(doc, WHAT, "made", &ret->made, e) : r;
}

static rc read_payload(struct bytes payload, struct holder_card *ret, struct err *e)
{
	static const char *const keys[] = {"v", "name", "grade", "made", "key", NULL};
	JSON_AUTO json_t *doc = NULL;
	JSON_AUTO json_t *object = NULL;
	rc r = json_codec_parse(payload, HOLDER_CARD_MAX, WHAT, &doc, e);
	if (rc_ok(r))
		r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = read_texts(doc, ret, e);
	if (rc_failed(r))
		return r;
	const char *pem = json_string_value(json_object_get(doc, "key")); /* has line breaks: no text of json_codec */
	if (!pem)
		return err_set(e, ERR_INPUT, WHAT ": \"key\" must be a PEM text");
	r = pubkey_from_pem(bytes_of_text(pem), &ret->key, e);
	return rc_ok(r) ? tufmake_key(&ret->key, &object, ret->keyid, e) : r;
}

rc holder_card_read(struct bytes text, struct holder_card *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf claimed, genuine;
	CLEANUP(holder_card_done) struct holder_card card = {0};
	buf_init(&claimed, HOLDER_CARD_MAX);
	buf_init(&genuine, HOLDER_CARD_MAX);
	if (text.n > HOLDER_CARD_MAX)
		return err_set(e, ERR_LIMIT, WHAT ": %zu bytes, at most %d", text.n, HOLDER_CARD_MAX);
	rc r = envelope_unchecked(text, TYPE, &claimed, e);
	if (rc_ok(r))
		r = read_payload(buf_view(&claimed), &card, e);
	if (rc_ok(r))
		r = envelope_open(text, TYPE, &card.key, &genuine, e);
	if (rc_failed(r))
		return err_wrap(e, WHAT);
	*ret = card;
	card = (struct holder_card){0};
	return RC_OK;
}

void holder_card_done(struct holder_card *c)
{
	pubkey_done(&c->key);
}
