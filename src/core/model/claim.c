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
#define CLAIM_KEYS 9
#define CLAIM_COUNT_MAX 10000
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
	put_text(out, 4, c->support_end);
	put_text(out, 5, c->issued);
	put_text(out, 6, c->edition);
	put_head(out, MAJOR_UINT, 7);
	put_head(out, MAJOR_ARRAY, ARRAY_LEN(counts));
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		put_head(out, MAJOR_UINT, counts[i]);
	put_head(out, MAJOR_UINT, 8);
	put_bytes(out, bytes_of(c->verdicts_sha256, sizeof c->verdicts_sha256));
	put_text(out, 9, c->url);
}

/* Sig_structure of RFC 9052 section 4.4: what is signed. */
static void put_to_be_signed(struct buf *out, struct bytes payload)
{
	static const char context[] = "Signature1";
	put_head(out, MAJOR_ARRAY, 4);
	put_head(out, MAJOR_TEXT, sizeof context - 1);
	buf_put_text(out, context);
	put_bytes(out, bytes_of(protected_header, sizeof protected_header));
	put_bytes(out, bytes_of(NULL, 0));
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

static bool field_ok(const char *text, bool may_be_empty)
{
	size_t n = strnlen(text, CLAIM_FIELD_SIZE);
	return n < CLAIM_FIELD_SIZE && (n || may_be_empty) && name_utf8_ok(text, n);
}

static rc claim_check(const struct claim *c, struct err *e)
{
	struct wall_time t;
	const uint32_t counts[] = {c->counts.pass, c->counts.fail, c->counts.inconclusive, c->counts.not_applicable,
				   c->counts.not_judged};
	if (!field_ok(c->maker, false) || !field_ok(c->model, false) || !field_ok(c->product, false) ||
	    !field_ok(c->edition, false) || !field_ok(c->url, true))
		return err_set(e, ERR_INPUT, "label claim: a text is empty, too long or not printable");
	if (!rfc3339_parse_date(c->support_end, &t) || !rfc3339_parse_date(c->issued, &t))
		return err_set(e, ERR_INPUT, "label claim: support end and issue must be dates (YYYY-MM-DD)");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		if (counts[i] > CLAIM_COUNT_MAX)
			return err_set(e, ERR_INPUT, "label claim: a count of %u verdicts", counts[i]);
	return RC_OK;
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
	put_to_be_signed(&tbs, buf_view(&payload));
	if (rc_failed(r = buf_check(&tbs, "label claim", e)) || rc_failed(r = signer_sign(s, buf_view(&tbs), &sig, e)))
		return err_wrap(e, "signing the label claim");
	put_message(&message, buf_view(&payload), buf_view(&sig));
	if (rc_failed(r = buf_check(&message, "label claim", e)))
		return r;
	buf_put_text(out, CLAIM_PREFIX);
	base45_encode(buf_view(&message), out);
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
	take_text(&in, 4, c->support_end, sizeof c->support_end);
	take_text(&in, 5, c->issued, sizeof c->issued);
	take_text(&in, 6, c->edition, sizeof c->edition);
	take_counts(&in, &c->counts);
	take_number(&in, MAJOR_UINT, 8);
	struct token hash = take(&in, MAJOR_BYTES);
	if (in.bad || hash.content.n != SHA256_SIZE)
		return false;
	memcpy(c->verdicts_sha256, hash.content.p, SHA256_SIZE);
	take_text(&in, 9, c->url, sizeof c->url);
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
static rc open_message(struct bytes message, const struct pubkey *key, struct claim *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf tbs, again, payload_again;
	struct bytes payload = {0}, signature = {0};
	struct claim c = {0};
	buf_init(&tbs, CLAIM_BYTES_MAX + 64);
	buf_init(&again, CLAIM_BYTES_MAX);
	buf_init(&payload_again, CLAIM_BYTES_MAX);
	if (!read_message(message, &payload, &signature))
		return err_set(e, ERR_INPUT, "label claim: not a signed claim (COSE_Sign1)");
	put_to_be_signed(&tbs, payload);
	rc r = buf_check(&tbs, "label claim", e);
	if (rc_failed(r))
		return r;
	if (key->type != KEY_ED25519 || !pubkey_verify(key, buf_view(&tbs), signature))
		return err_set(e, ERR_TRUST, "label claim: not signed by this key, or changed since");
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

rc claim_verify(struct bytes text, const struct pubkey *key, struct claim *ret, struct err *e)
{
	const size_t prefix = sizeof CLAIM_PREFIX - 1;
	CLEANUP(buf_done) struct buf message;
	buf_init(&message, CLAIM_BYTES_MAX);
	if (text.n > CLAIM_TEXT_MAX)
		return err_set(e, ERR_LIMIT, "label claim: %zu characters, at most %d are accepted", text.n,
			       CLAIM_TEXT_MAX);
	if (text.n <= prefix || memcmp(text.p, CLAIM_PREFIX, prefix) != 0)
		return err_set(e, ERR_INPUT, "label claim: does not begin with " CLAIM_PREFIX);
	rc r = base45_decode(bytes_of(text.p + prefix, text.n - prefix), &message, e);
	if (rc_failed(r))
		return err_wrap(e, "label claim");
	return open_message(buf_view(&message), key, ret, e);
}
