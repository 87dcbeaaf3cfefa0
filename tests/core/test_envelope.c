/* SPDX-License-Identifier: Apache-2.0 */
/* core/model/envelope: what was signed opens; with any byte changed, for any other type or key, it does not. */
#include "check.h"

#include <openssl/evp.h>

#include "core/codec/base64.h"
#include "core/codec/json.h"
#include "core/model/envelope.h"

#define TYPE ENVELOPE_TYPE("boot-statement")

struct fixture {
	struct privkey key, other;
	struct buf text;
};

static struct privkey new_key(void)
{
	struct err e = {0};
	struct privkey k = {0};
	EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(made);
	check_ok(privkey_of_pkey(made, &k, &e));
	EVP_PKEY_free(made);
	return k;
}

static int set_up(void **state)
{
	static struct fixture f;
	struct err e = {0};
	f.key = new_key();
	f.other = new_key();
	buf_init(&f.text, ENVELOPE_MAX);
	struct signer s = privkey_signer(&f.key);
	check_ok(envelope_sign(&s, TYPE, bytes_of_text("{\"v\":1,\"device\":\"cam-1\"}"), &f.text, &e));
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	privkey_done(&f->key);
	privkey_done(&f->other);
	buf_done(&f->text);
	return 0;
}

static rc open_text(const struct fixture *f, struct bytes text, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = envelope_open(text, TYPE, &f->key.pub, &payload, e);
	if (rc_failed(r))
		assert_int_equal(payload.len, 0);
	return r;
}

static void opens_what_was_signed(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf payload;
	char keyid[2 * SHA256_SIZE + 1], mine[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_ok(envelope_open(buf_view(&f->text), TYPE, &f->key.pub, &payload, &e));
	assert_string_equal(buf_text(&payload), "{\"v\":1,\"device\":\"cam-1\"}");
	check_ok(envelope_claims(buf_view(&f->text), keyid, type, &e));
	check_ok(pubkey_id(&f->key.pub, mine, &e));
	assert_string_equal(keyid, mine);
	assert_string_equal(type, TYPE);
	check_ok(envelope_claims(buf_view(&f->text), keyid, NULL, &e));
}

static void is_canonical_json(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	JSON_AUTO json_t *j = NULL;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, ENVELOPE_MAX);
	check_ok(json_codec_parse(buf_view(&f->text), ENVELOPE_MAX, "it", &j, &e));
	check_ok(json_codec_canonical(j, &out, &e));
	assert_true(bytes_equal(buf_view(&out), buf_view(&f->text)));
}

static void every_changed_byte_is_refused(void **state)
{
	struct fixture *f = *state;
	static const uint8_t flips[] = {0x01, 0x02, 0x20, 0x80};
	struct err e = {0};
	for (size_t i = 0; i < f->text.len; i++)
		for (size_t k = 0; k < ARRAY_LEN(flips); k++) {
			f->text.data[i] ^= flips[k];
			if (rc_ok(open_text(f, buf_view(&f->text), &e)))
				fail_msg("opened with byte %zu changed by %#x", i, flips[k]);
			f->text.data[i] ^= flips[k];
		}
	check_ok(open_text(f, buf_view(&f->text), &e));
}

static void every_truncation_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	for (size_t n = 0; n < f->text.len; n++)
		assert_true(rc_failed(open_text(f, bytes_of(f->text.data, n), &e)));
}

static void another_key_or_type_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_fails(ERR_TRUST, envelope_open(buf_view(&f->text), TYPE, &f->other.pub, &payload, &e));
	check_fails(ERR_TRUST, envelope_open(buf_view(&f->text), ENVELOPE_TYPE("receipt"), &f->key.pub, &payload, &e));
	assert_int_equal(payload.len, 0);
}

/* The signature covers the type: a statement cannot be passed off as a receipt by renaming it. */
static void a_renamed_type_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf payload, text;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&text, ENVELOPE_MAX);
	const char *at = strstr(buf_text(&f->text), "boot-statement");
	assert_non_null(at);
	buf_put(&text, bytes_of(f->text.data, (size_t)(at - buf_text(&f->text))));
	buf_put_text(&text, "receipt");
	buf_put_text(&text, at + strlen("boot-statement"));
	check_fails(ERR_TRUST, envelope_open(buf_view(&text), ENVELOPE_TYPE("receipt"), &f->key.pub, &payload, &e));
}

static void other_shapes_are_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[]}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":{}}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[1]}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"\"}]}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AA==\",\"x\":1}"
		"]}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AA==\"}],\"x\":"
		"1}",
		"{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AA==\"},"
		"{\"keyid\":\"a\",\"sig\":\"AA==\"}]}",
		"{\"payload\":1,\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AA==\"}]}",
	};
	const struct fixture *f = *state;
	struct err e = {0};
	char keyid[2 * SHA256_SIZE + 1];
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(rc_failed(open_text(f, bytes_of_text(bad[i]), &e)));
		if (rc_ok(envelope_claims(bytes_of_text(bad[i]), keyid, NULL, &e)))
			fail_msg("claims read from %s", bad[i]);
	}
}

static void limits(void **state)
{
	static uint8_t big[ENVELOPE_MAX + 1];
	struct fixture *f = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf out, payload;
	struct signer s = privkey_signer(&f->key);
	buf_init(&out, ENVELOPE_MAX);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_fails(ERR_LIMIT, envelope_sign(&s, TYPE, bytes_of(big, ENVELOPE_PAYLOAD_MAX + 1), &out, &e));
	assert_int_equal(out.len, 0);
	/* The largest payload that may be signed can be opened again. */
	check_ok(envelope_sign(&s, TYPE, bytes_of(big, ENVELOPE_PAYLOAD_MAX), &out, &e));
	check_ok(envelope_open(buf_view(&out), TYPE, &f->key.pub, &payload, &e));
	assert_int_equal(payload.len, ENVELOPE_PAYLOAD_MAX);
	check_fails(ERR_LIMIT, open_text(f, bytes_of(big, sizeof big), &e));
	/* And an empty one. */
	buf_reset(&out);
	buf_reset(&payload);
	check_ok(envelope_sign(&s, TYPE, bytes_of(NULL, 0), &out, &e));
	check_ok(envelope_open(buf_view(&out), TYPE, &f->key.pub, &payload, &e));
	assert_int_equal(payload.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_was_signed),	  cmocka_unit_test(is_canonical_json),
		cmocka_unit_test(every_changed_byte_is_refused),  cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(another_key_or_type_is_refused), cmocka_unit_test(a_renamed_type_is_refused),
		cmocka_unit_test(other_shapes_are_refused),	  cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
