/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label claims. libcbor's streaming half reads one token at a time from hostile bytes: nothing is allocated, nothing
 * nests deeper than this file asks for. What decodes is encoded again and compared, so that only the one deterministic
 * encoding of a claim is accepted.
 */
#include "core/model/claim.h"

#include <cbor.h>
#include <stdio.h>

#include "core/base/names.h"
#include "core/codec/base45.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define COSE_TAG_SIGN1 18
#define CLAIM_KEYS 12
#define CLAIM_COUNT_MAX 10000
#define DAYS_MAX 2932896 /* 9999-12-31 */
#define ED25519_SIGNATURE_SIZE 64

/* {1: -8}: algorithm EdDSA. Fixed, so it is compared, never interpreted. */
static const uint8_t protected_header[] = {0xa1, 0x01, 0x27};

/* ---- writing ---- */

enum major { MAJOR_UINT, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

static void put_head(struct buf *out, enum major m, uint64_t v)
{
	uint8_t head[9];
	size_t n = 0;
	switch (m) {
	case MAJOR_UINT:
		n = cbor_encode_uint(v, head, sizeof head);
		break;
	case MAJOR_BYTES:
		n = cbor_encode_bytestring_start(v, head, sizeof head);
		break;
	case MAJOR_TEXT:
		n = cbor_encode_string_start(v, head, sizeof head);
		break;
	case MAJOR_ARRAY:
		n = cbor_encode_array_start(v, head, sizeof head);
		break;
	case MAJOR_MAP:
		n = cbor_encode_map_start(v, head, sizeof head);
		break;
	case MAJOR_TAG:
		n = cbor_encode_tag(v, head, sizeof head);
		break;
	}
	buf_put(out, bytes_of(head, n));
}

static void put_bytes(struct buf *out, struct bytes b)
{
	put_head(out, MAJOR_BYTES, b.n);
	buf_put(out, b);
}

static void put_number(struct buf *out, uint64_t key, uint64_t v)
{
	put_head(out, MAJOR_UINT, key);
	put_head(out, MAJOR_UINT, v);
}

/* As days since 1970: a quarter of the text. claim_check has seen that it is a date. */
static void put_date(struct buf *out, uint64_t key, const char *date)
{
	struct wall_time t = {0};
	(void)rfc3339_parse_date(date, &t);
	put_number(out, key, (uint64_t)(t.s / SECONDS_PER_DAY));
}

static void put_hash(struct buf *out, uint64_t key, struct bytes hash)
{
	put_head(out, MAJOR_UINT, key);
	put_bytes(out, hash);
}

static void put_text(struct buf *out, uint64_t key, const char *text)
{
	put_head(out, MAJOR_UINT, key);
	put_head(out, MAJOR_TEXT, strlen(text));
	buf_put_text(out, text);
}

static void put_claim(struct buf *out, const struct claim *c)
{
	const uint32_t counts[] = {c->counts.pass, c->counts.fail, c->counts.inconclusive, c->counts.not_applicable,
				   c->counts.not_judged};
	put_head(out, MAJOR_MAP, CLAIM_KEYS);
	put_text(out, 1, c->maker);
	put_text(out, 2, c->model);
	put_text(out, 3, c->product);
	put_date(out, 4, c->support_end);
	put_date(out, 5, c->issued);
	put_text(out, 6, c->edition);
	put_head(out, MAJOR_UINT, 7);
	put_head(out, MAJOR_ARRAY, ARRAY_LEN(counts));
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		put_head(out, MAJOR_UINT, counts[i]);
	put_hash(out, 8, bytes_of(c->verdicts_sha256, sizeof c->verdicts_sha256));
	put_number(out, 9, c->level);
	put_number(out, 10, c->mandatory_open);
	put_date(out, 11, c->assessed);
	put_hash(out, 12, bytes_of(c->face, sizeof c->face));
}

/* Sig_structure of RFC 9052 section 4.4: what is signed. The address is its external_aad. */
static void put_to_be_signed(struct buf *out, struct bytes url, struct bytes payload)
{
	static const char context[] = "Signature1";
	put_head(out, MAJOR_ARRAY, 4);
	put_head(out, MAJOR_TEXT, sizeof context - 1);
	buf_put_text(out, context);
	put_bytes(out, bytes_of(protected_header, sizeof protected_header));
	put_bytes(out, url);
	put_bytes(out, payload);
}

static void put_message(struct buf *out, struct bytes payload, struct bytes signature)
{
	put_head(out, MAJOR_TAG, COSE_TAG_SIGN1);
	put_head(out, MAJOR_ARRAY, 4);
	put_bytes(out, bytes_of(protected_header, sizeof protected_header));
	put_head(out, MAJOR_MAP, 0);
	put_bytes(out, payload);
	put_bytes(out, signature);
}

static bool field_ok(const char *text)
{
	size_t n = strnlen(text, CLAIM_FIELD_SIZE);
	return n && n < CLAIM_FIELD_SIZE && name_utf8_ok(text, n);
}

bool claim_url_ok(const char *url)
{
	static const char scheme[] = "https://", others[] = "-._~:/?@!$()*+,;=%";
	size_t n = strnlen(url, CLAIM_URL_SIZE);
	if (n < sizeof scheme || n >= CLAIM_URL_SIZE || strncmp(url, scheme, sizeof scheme - 1) != 0 ||
	    strstr(url + 1, scheme))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = url[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && !strchr(others, c))
			return false;
	}
	return true;
}

static bool date_ok(const char *date)
{
	struct wall_time t;
	return rfc3339_parse_date(date, &t) && t.s >= 0;
}

static rc claim_check(const struct claim *c, struct err *e)
{
	const uint32_t counts[] = {c->counts.pass,	     c->counts.fail,	   c->counts.inconclusive,
				   c->counts.not_applicable, c->counts.not_judged, c->mandatory_open};
	if (!field_ok(c->maker) || !field_ok(c->model) || !field_ok(c->product) || !field_ok(c->edition))
		return err_set(e, ERR_INPUT, "label claim: a text is empty, too long or not printable");
	if (c->url[0] && !claim_url_ok(c->url))
		return err_set(e, ERR_INPUT,
			       "label claim: the live page's address is too long, or not a plain https one");
	if (!date_ok(c->support_end) || !date_ok(c->issued) || !date_ok(c->assessed))
		return err_set(e, ERR_INPUT, "label claim: a date is not one (YYYY-MM-DD, from 1970 on)");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		if (counts[i] > CLAIM_COUNT_MAX)
			return err_set(e, ERR_INPUT, "label claim: a count of %u verdicts", counts[i]);
	if (c->level > CLAIM_LEVEL_MAX)
		return err_set(e, ERR_INPUT, "label claim: there is no level %u", c->level);
	return RC_OK;
}

/* Behind an address the claim is a URL's fragment, where a blank and a percent sign cannot stand as they are. */
static void put_fragment(struct buf *out, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ' || text.p[i] == '%')
			buf_put_text(out, text.p[i] == ' ' ? "%20" : "%25");
		else
			buf_put_u8(out, text.p[i]);
}

static void put_claim_text(struct buf *out, const char *url, struct bytes message)
{
	CLEANUP(buf_done) struct buf plain;
	buf_init(&plain, CLAIM_TEXT_MAX);
	base45_encode(message, &plain);
	if (url[0])
		buf_putf(out, "%s#", url);
	buf_put_text(out, CLAIM_PREFIX);
	if (url[0])
		put_fragment(out, buf_view(&plain));
	else
		buf_put(out, buf_view(&plain));
	if (plain.broken)
		out->broken = plain.broken;
}

rc claim_sign(const struct claim *c, const struct signer *s, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload, tbs, sig, message;
	buf_init(&payload, CLAIM_BYTES_MAX);
	buf_init(&tbs, CLAIM_BYTES_MAX);
	buf_init(&sig, ED25519_SIGNATURE_SIZE);
	buf_init(&message, CLAIM_BYTES_MAX);
	if (s->pub->type != KEY_ED25519)
		return err_set(e, ERR_UNSUPPORTED, "a label is signed with an Ed25519 key, not %s",
			       key_type_name(s->pub->type));
	rc r = claim_check(c, e);
	if (rc_failed(r))
		return r;
	put_claim(&payload, c);
	put_to_be_signed(&tbs, bytes_of_text(c->url), buf_view(&payload));
	if (rc_failed(r = buf_check(&tbs, "label claim", e)) || rc_failed(r = signer_sign(s, buf_view(&tbs), &sig, e)))
		return err_wrap(e, "signing the label claim");
	put_message(&message, buf_view(&payload), buf_view(&sig));
	if (rc_failed(r = buf_check(&message, "label claim", e)))
		return r;
	put_claim_text(out, c->url, buf_view(&message));
	return buf_check(out, "label claim", e);
}

/* ---- reading ---- */

/* One token as libcbor's callbacks report it. */
struct token {
	enum major major;
	uint64_t value; /* the integer, tag, or number of elements */
	struct bytes content;
	bool known; /* one of the kinds we use */
};

static void got(void *ctx, enum major m, uint64_t v)
{
	struct token *t = ctx;
	t->major = m;
	t->value = v;
	t->known = true;
}

static void got_u8(void *ctx, uint8_t v)
{
	got(ctx, MAJOR_UINT, v);
}

static void got_u16(void *ctx, uint16_t v)
{
	got(ctx, MAJOR_UINT, v);
}

static void got_u32(void *ctx, uint32_t v)
{
	got(ctx, MAJOR_UINT, v);
}

static void got_u64(void *ctx, uint64_t v)
{
	got(ctx, MAJOR_UINT, v);
}

static void got_bytes(void *ctx, cbor_data p, size_t n)
{
	got(ctx, MAJOR_BYTES, n);
	((struct token *)ctx)->content = bytes_of(p, n);
}

static void got_text(void *ctx, cbor_data p, size_t n)
{
	got(ctx, MAJOR_TEXT, n);
	((struct token *)ctx)->content = bytes_of(p, n);
}

static void got_array(void *ctx, size_t n)
{
	got(ctx, MAJOR_ARRAY, n);
}

static void got_map(void *ctx, size_t n)
{
	got(ctx, MAJOR_MAP, n);
}

struct reader {
	struct bytes left;
	bool bad;
};

/* The next token, which must be of this kind; otherwise the reader is bad and the token empty. */
static struct token take(struct reader *in, enum major expected)
{
	struct token t = {0};
	struct cbor_callbacks callbacks = cbor_empty_callbacks;
	callbacks.uint8 = got_u8;
	callbacks.uint16 = got_u16;
	callbacks.uint32 = got_u32;
	callbacks.uint64 = got_u64;
	callbacks.byte_string = got_bytes;
	callbacks.string = got_text;
	callbacks.array_start = got_array;
	callbacks.map_start = got_map;
	if (in->bad || in->left.n == 0) {
		in->bad = true;
		return t;
	}
	struct cbor_decoder_result d = cbor_stream_decode(in->left.p, in->left.n, &callbacks, &t);
	if (d.status != CBOR_DECODER_FINISHED || !t.known || t.major != expected || d.read > in->left.n) {
		in->bad = true;
		return (struct token){0};
	}
	in->left = bytes_of(in->left.p + d.read, in->left.n - d.read);
	return t;
}

static void take_number(struct reader *in, enum major m, uint64_t expected)
{
	if (take(in, m).value != expected)
		in->bad = true;
}

static void take_text(struct reader *in, uint64_t key, char *out, size_t size)
{
	take_number(in, MAJOR_UINT, key);
	struct token t = take(in, MAJOR_TEXT);
	if (in->bad || t.content.n >= size || memchr(t.content.p, 0, t.content.n)) {
		in->bad = true;
		return;
	}
	memcpy(out, t.content.p, t.content.n);
	out[t.content.n] = 0;
}

static void take_count(struct reader *in, uint64_t key, uint32_t *ret)
{
	take_number(in, MAJOR_UINT, key);
	uint64_t v = take(in, MAJOR_UINT).value;
	in->bad |= v > CLAIM_COUNT_MAX;
	*ret = (uint32_t)v;
}

static void take_date(struct reader *in, uint64_t key, char out[RFC3339_DATE_SIZE])
{
	take_number(in, MAJOR_UINT, key);
	uint64_t days = take(in, MAJOR_UINT).value;
	in->bad |= days > DAYS_MAX;
	if (!in->bad)
		rfc3339_date((struct wall_time){(int64_t)days * SECONDS_PER_DAY}, out);
}

static void take_hash(struct reader *in, uint64_t key, uint8_t *out, size_t n)
{
	take_number(in, MAJOR_UINT, key);
	struct token hash = take(in, MAJOR_BYTES);
	if (in->bad || hash.content.n != n) {
		in->bad = true;
		return;
	}
	memcpy(out, hash.content.p, n);
}

static void take_counts(struct reader *in, struct claim_counts *c)
{
	uint32_t *const into[] = {&c->pass, &c->fail, &c->inconclusive, &c->not_applicable, &c->not_judged};
	take_number(in, MAJOR_UINT, 7);
	take_number(in, MAJOR_ARRAY, ARRAY_LEN(into));
	for (size_t i = 0; i < ARRAY_LEN(into); i++) {
		uint64_t v = take(in, MAJOR_UINT).value;
		in->bad |= v > CLAIM_COUNT_MAX;
		*into[i] = (uint32_t)v;
	}
}

static bool decode_claim(struct bytes payload, struct claim *c)
{
	struct reader in = {payload, false};
	take_number(&in, MAJOR_MAP, CLAIM_KEYS);
	take_text(&in, 1, c->maker, sizeof c->maker);
	take_text(&in, 2, c->model, sizeof c->model);
	take_text(&in, 3, c->product, sizeof c->product);
	take_date(&in, 4, c->support_end);
	take_date(&in, 5, c->issued);
	take_text(&in, 6, c->edition, sizeof c->edition);
	take_counts(&in, &c->counts);
	take_hash(&in, 8, c->verdicts_sha256, sizeof c->verdicts_sha256);
	take_count(&in, 9, &c->level);
	take_count(&in, 10, &c->mandatory_open);
	take_date(&in, 11, c->assessed);
	take_hash(&in, 12, c->face, sizeof c->face);
	return !in.bad && in.left.n == 0;
}

/* The outer message: the two parts that matter, borrowed. */
static bool read_message(struct bytes message, struct bytes *ret_payload, struct bytes *ret_signature)
{
	/* Compared, not decoded: libcbor 0.8 refuses tag 18 when it streams. */
	static const uint8_t begin[] = {0xc0 | COSE_TAG_SIGN1, 0x84};
	if (message.n < sizeof begin || memcmp(message.p, begin, sizeof begin) != 0)
		return false;
	struct reader in = {bytes_of(message.p + sizeof begin, message.n - sizeof begin), false};
	struct bytes protect = take(&in, MAJOR_BYTES).content;
	take_number(&in, MAJOR_MAP, 0);
	*ret_payload = take(&in, MAJOR_BYTES).content;
	*ret_signature = take(&in, MAJOR_BYTES).content;
	return !in.bad && in.left.n == 0 && ret_signature->n == ED25519_SIGNATURE_SIZE &&
	       bytes_equal(protect, bytes_of(protected_header, sizeof protected_header));
}

/* Signed by this key? Then decode, and accept only the one encoding that put_message gives. */
static rc open_message(struct bytes url, struct bytes message, const struct pubkey *key, struct claim *ret,
		       struct err *e)
{
	CLEANUP(buf_done) struct buf tbs, again, payload_again;
	struct bytes payload = {0}, signature = {0};
	struct claim c = {0};
	buf_init(&tbs, CLAIM_BYTES_MAX + 64);
	buf_init(&again, CLAIM_BYTES_MAX);
	buf_init(&payload_again, CLAIM_BYTES_MAX);
	if (!read_message(message, &payload, &signature))
		return err_set(e, ERR_INPUT, "label claim: not a signed claim (COSE_Sign1)");
	put_to_be_signed(&tbs, url, payload);
	rc r = buf_check(&tbs, "label claim", e);
	if (rc_failed(r))
		return r;
	if (key->type != KEY_ED25519 || !pubkey_verify(key, buf_view(&tbs), signature))
		return err_set(e, ERR_TRUST, "label claim: not signed by this key, or changed since");
	(void)snprintf(c.url, sizeof c.url, "%.*s", (int)url.n, (const char *)url.p);
	if (!decode_claim(payload, &c))
		return err_set(e, ERR_INPUT, "label claim: signed, but not a claim of this version");
	if (rc_failed(r = claim_check(&c, e)))
		return r;
	put_claim(&payload_again, &c);
	put_message(&again, buf_view(&payload_again), signature);
	if (!bytes_equal(buf_view(&again), message))
		return err_set(e, ERR_INPUT, "label claim: not in its one allowed encoding");
	*ret = c;
	return RC_OK;
}

/* Only the two escapes that put_fragment writes. */
static bool take_fragment(struct bytes text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ')
			return false;
		if (text.p[i] != '%') {
			buf_put_u8(out, text.p[i]);
			continue;
		}
		if (text.n - i < 3 || text.p[i + 1] != '2' || (text.p[i + 2] != '0' && text.p[i + 2] != '5'))
			return false;
		buf_put_u8(out, text.p[i + 2] == '0' ? ' ' : '%');
		i += 2;
	}
	return true;
}

/* Splits "URL#HMK1:BASE45". */
static bool split_text(struct bytes text, struct bytes *ret_url, struct buf *ret_base45)
{
	const size_t prefix = sizeof CLAIM_PREFIX - 1;
	const uint8_t *at = text.n > prefix ? memmem(text.p, text.n, CLAIM_PREFIX, prefix) : NULL;
	if (!at)
		return false;
	size_t before = (size_t)(at - text.p);
	struct bytes rest = bytes_of(at + prefix, text.n - before - prefix);
	*ret_url = bytes_of(text.p, before ? before - 1 : 0);
	if (!before) {
		buf_put(ret_base45, rest);
		return true;
	}
	return ret_url->n && ret_url->n < CLAIM_URL_SIZE && text.p[before - 1] == '#' &&
	       !memchr(ret_url->p, 0, ret_url->n) && take_fragment(rest, ret_base45);
}

rc claim_verify(struct bytes text, const struct pubkey *key, struct claim *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf base45, message;
	struct bytes url = {0};
	buf_init(&base45, CLAIM_TEXT_MAX);
	buf_init(&message, CLAIM_BYTES_MAX);
	if (text.n > CLAIM_TEXT_MAX)
		return err_set(e, ERR_LIMIT, "label claim: %zu characters, at most %d are accepted", text.n,
			       CLAIM_TEXT_MAX);
	if (!split_text(text, &url, &base45))
		return err_set(e, ERR_INPUT, "label claim: not " CLAIM_PREFIX "... or https://...#" CLAIM_PREFIX "...");
	rc r = buf_check(&base45, "label claim", e);
	if (rc_failed(r) || rc_failed(r = base45_decode(buf_view(&base45), &message, e)))
		return err_wrap(e, "label claim");
	return open_message(url, buf_view(&message), key, ret, e);
}

/* Back from '#' to where the address begins: at most as long as one may be. */
static size_t url_before(struct bytes text, size_t at)
{
	static const char scheme[] = "https://";
	if (!at || text.p[at - 1] != '#')
		return 0;
	for (size_t n = sizeof scheme; n < CLAIM_URL_SIZE && n < at; n++)
		if (memcmp(text.p + at - 1 - n, scheme, sizeof scheme - 1) == 0)
			return n + 1;
	return 0;
}

bool claim_find(struct bytes text, struct bytes *ret)
{
	const size_t prefix = sizeof CLAIM_PREFIX - 1;
	const uint8_t *at = text.n > prefix ? memmem(text.p, text.n, CLAIM_PREFIX, prefix) : NULL;
	if (!at)
		return false;
	size_t n = prefix, left = text.n - (size_t)(at - text.p);
	size_t before = url_before(text, (size_t)(at - text.p));
	/* As a fragment it has no blank; elsewhere a blank is a digit, but one at the very end is the file's. */
	while (n < left && base45_has((char)at[n]) && !(before && at[n] == ' '))
		n++;
	while (!before && at[n - 1] == ' ' && (n - prefix) % 3 == 1)
		n--;
	*ret = bytes_of(at - before, before + n);
	return true;
}
