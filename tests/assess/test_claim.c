/* SPDX-License-Identifier: Apache-2.0 */
/* core/codec/base45 and core/model/claim: one flipped bit anywhere, another key, another encoding: refused. */
#include <openssl/evp.h>
#include <stdio.h>

#include "assess_world.h"
#include "core/codec/base45.h"
#include "core/codec/hex.h"
#include "core/model/claim.h"
#include "host/os/file.h"

/* The one of docs/label.md, too. */
static const struct claim sample = {
	.maker = "Lumen Works Ltd",
	.model = "lumen-cam1",
	.product = "Lumen Doorbell \xc3\xa9",
	.edition = "EN 303 645 V3.1.3",
	.support_end = "2031-12-31",
	.assessed = "2026-11-20",
	.issued = "2026-11-22",
	.counts = {40, 0, 3, 24, 11},
	.level = 2,
	.mandatory_open = 1,
	.verdicts_sha256 = {1, 2, 3, 255},
	.face = {9, 8, 7},
	.url = "https://lumen.example/support",
};

static void sign(const struct claim *c, struct privkey *key, struct buf *out)
{
	struct err e = {0};
	struct signer s = privkey_signer(key);
	check_ok(claim_sign(c, &s, out, &e));
}

static void test_base45_examples(void **state)
{
	(void)state;
	/* The three examples of RFC 9285 section 4.3. */
	static const char *const pairs[][2] = {{"AB", "BB8"}, {"Hello!!", "%69 VD92EX0"}, {"base-45", "UJCLQE7W581"}};
	struct err e = {0};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		CLEANUP(buf_done) struct buf text, back;
		buf_init(&text, 64);
		buf_init(&back, 64);
		base45_encode(bytes_of_text(pairs[i][0]), &text);
		assert_string_equal(buf_text(&text), pairs[i][1]);
		check_ok(base45_decode(buf_view(&text), &back, &e));
		assert_string_equal(buf_text(&back), pairs[i][0]);
	}
}

static void test_base45_refuses(void **state)
{
	(void)state;
	/* lower case, 65536 in three digits, 256 in two, a lonely digit, a character outside */
	static const char *const bad[] = {"bb8",
					  "GGW",
					  ":::",
					  "U5",
					  "::",
					  "A",
					  "BB8A",
					  "B,8",
					  ("\xc3\xa9"
					   "1")};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf out;
		buf_init(&out, 64);
		if (i == 3) /* U5 = 30 + 5*45 = 255: the largest that is allowed */
			check_ok(base45_decode(bytes_of_text(bad[i]), &out, &e));
		else
			check_fails(ERR_INPUT, base45_decode(bytes_of_text(bad[i]), &out, &e));
		assert_int_equal(out.len, i == 3);
	}
}

static void test_round_trip(void **state)
{
	(void)state;
	struct err e = {0};
	struct claim back = {0};
	CLEANUP(buf_done) struct buf text;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	buf_init(&text, CLAIM_TEXT_MAX);
	sign(&sample, &key, &text);
	assert_memory_equal(buf_text(&text), "https://lumen.example/support#HMK1:", 35);
	assert_null(strchr(buf_text(&text), ' '));
	check_ok(claim_verify(buf_view(&text), &key.pub, &back, &e));
	assert_memory_equal(&back, &sample, sizeof back);
}

static void test_round_trip_without_address(void **state)
{
	(void)state;
	struct err e = {0};
	struct claim back = {0}, c = sample;
	CLEANUP(buf_done) struct buf text;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	memset(c.url, 0, sizeof c.url);
	buf_init(&text, CLAIM_TEXT_MAX);
	sign(&c, &key, &text);
	assert_memory_equal(buf_text(&text), "HMK1:", 5);
	check_ok(claim_verify(buf_view(&text), &key.pub, &back, &e));
	assert_memory_equal(&back, &c, sizeof back);
}

/* The address is signed, and one claim has one text. */
static void test_changed_address_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct claim back = {0};
	CLEANUP(buf_done) struct buf text, plain;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	buf_init(&text, CLAIM_TEXT_MAX);
	buf_init(&plain, CLAIM_TEXT_MAX);
	sign(&sample, &key, &text);
	const char *claim = strchr(buf_text(&text), '#') + 1;
	const char *const before[] = {"",
				      "https://lumen.example/supporT#",
				      "https://evil.example/support#",
				      "https://lumen.example/support/#",
				      "lumen.example/support#",
				      "https://lumen.example/support",
				      "#",
				      " https://lumen.example/support#",
				      "https://lumen.example/support##",
				      "https://lumen.example/support?#"};
	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		buf_reset(&plain);
		buf_put_text(&plain, before[i]);
		buf_put_text(&plain, claim);
		assert_true(rc_failed(claim_verify(buf_view(&plain), &key.pub, &back, &e)));
	}
	/* Every escape as what it stands for, and every other character as an escape: refused. */
	for (size_t i = (size_t)(claim - buf_text(&text)) + 5; i < text.len; i++) {
		char escape[4];
		buf_reset(&plain);
		buf_put(&plain, bytes_of(text.data, i));
		if (text.data[i] == '%') {
			buf_put_u8(&plain, text.data[i + 2] == '0' ? ' ' : '%');
			i += 2;
		} else {
			(void)snprintf(escape, sizeof escape, "%%%02X", text.data[i]);
			buf_put_text(&plain, escape);
		}
		buf_put(&plain, bytes_of(text.data + i + 1, text.len - i - 1));
		assert_true(rc_failed(claim_verify(buf_view(&plain), &key.pub, &back, &e)));
	}
	assert_int_equal(back.maker[0], 0);
}

static void test_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "https://",
					  "http://lumen.example/",
					  "https://lumen.example/#x",
					  "https://lumen.example/?a=1&b=2",
					  "https://lumen.example/<b>",
					  "https://lumen.example/\"",
					  "https://lumen.example/a b",
					  "https://l\xc3\xbcmen.example/",
					  "https://lumen.example/?to=https://evil.example",
					  "https://lumen.example/0123456789012345678901234567890123456789012"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(claim_url_ok(bad[i]));
	assert_true(claim_url_ok("https://lumen.example:8443/a_b/c.html?model=1;x=%20"));
	assert_true(claim_url_ok("https://lumen.example/012345678901234567890123456789012345678901"));
}

static void test_claim_is_found_in_a_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *claim;
	} cases[] = {
		{"HMK1:AB C", "HMK1:AB C"},
		{"HMK1:ABC \n", "HMK1:ABC"},
		{"scanned: HMK1:ABC<", "HMK1:ABC"},
		{"<a>https://a.example/x#HMK1:AB%20C</a>", "https://a.example/x#HMK1:AB%20C"},
		{"https://a.example/x#HMK1:ABC and more", "https://a.example/x#HMK1:ABC"},
		{"https://b.example/ https://a.example/x#HMK1:ABC", "https://a.example/x#HMK1:ABC"},
		{"#HMK1:ABC", "HMK1:ABC"},
		{"HMK1", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes found = {0};
		assert_int_equal(claim_find(bytes_of_text(cases[i].text), &found), cases[i].claim != NULL);
		if (cases[i].claim)
			assert_true(bytes_equal(found, bytes_of_text(cases[i].claim)));
	}
}

static void test_every_flipped_bit_is_refused(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf text, message;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	struct err e = {0};
	struct claim plain = sample;
	plain.url[0] = 0;
	buf_init(&text, CLAIM_TEXT_MAX);
	buf_init(&message, CLAIM_BYTES_MAX);
	sign(&plain, &key, &text);
	check_ok(base45_decode(bytes_of(text.data + 5, text.len - 5), &message, &e));
	for (size_t bit = 0; bit < 8 * message.len; bit++) {
		struct claim back = {0};
		CLEANUP(buf_done) struct buf changed;
		buf_init(&changed, CLAIM_TEXT_MAX);
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		buf_put_text(&changed, CLAIM_PREFIX);
		base45_encode(buf_view(&message), &changed);
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(rc_failed(claim_verify(buf_view(&changed), &key.pub, &back, NULL)));
		assert_int_equal(back.maker[0], 0);
	}
	for (size_t n = 0; n < text.len; n++) {
		struct claim back = {0};
		assert_true(rc_failed(claim_verify(bytes_of(text.data, n), &key.pub, &back, NULL)));
	}
}

static void test_another_key_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct claim back;
	CLEANUP(buf_done) struct buf text;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey other = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey p256 = assess_world_key(KEY_ECDSA_P256);
	buf_init(&text, CLAIM_TEXT_MAX);
	sign(&sample, &key, &text);
	check_fails(ERR_TRUST, claim_verify(buf_view(&text), &other.pub, &back, &e));
	check_fails(ERR_TRUST, claim_verify(buf_view(&text), &p256.pub, &back, &e));
	struct signer s = privkey_signer(&p256);
	check_fails(ERR_UNSUPPORTED, claim_sign(&sample, &s, &text, &e));
}

/* Signed by the right key, and still not a claim: other CBOR inside. Tests that nothing but the one form is decoded. */
static void test_signed_nonsense_is_refused(void **state)
{
	(void)state;
	static const uint8_t protect[] = {0xa1, 0x01, 0x27};
	/* an empty map; a map of 12 with a wrong first key; a count in a longer form than needed; an indefinite map */
	static const uint8_t payloads[][4] = {{0xa0}, {0xac, 0x02, 0x61, 'x'}, {0x18, 0x09}, {0xbf, 0x01, 0x61, 'x'}};
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	struct signer s = privkey_signer(&key);
	for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
		struct err e = {0};
		struct claim back;
		CLEANUP(buf_done) struct buf tbs, sig, message, text;
		buf_init(&tbs, 256);
		buf_init(&sig, 256);
		buf_init(&message, 256);
		buf_init(&text, 1024);
		buf_put_u8(&tbs, 0x84);
		buf_put_u8(&tbs, 0x6a);
		buf_put_text(&tbs, "Signature1");
		buf_put_u8(&tbs, 0x43);
		buf_put(&tbs, bytes_of(protect, 3));
		buf_put_u8(&tbs, 0x40);
		buf_put_u8(&tbs, 0x44);
		buf_put(&tbs, bytes_of(payloads[i], 4));
		check_ok(signer_sign(&s, buf_view(&tbs), &sig, &e));
		buf_put(&message, bytes_of("\xd2\x84\x43", 3));
		buf_put(&message, bytes_of(protect, 3));
		buf_put(&message, bytes_of("\xa0\x44", 2));
		buf_put(&message, bytes_of(payloads[i], 4));
		buf_put(&message, bytes_of("\x58\x40", 2));
		buf_put(&message, buf_view(&sig));
		buf_put_text(&text, CLAIM_PREFIX);
		base45_encode(buf_view(&message), &text);
		check_fails(ERR_INPUT, claim_verify(buf_view(&text), &key.pub, &back, &e));
		assert_non_null(strstr(e.text, "signed, but not a claim"));
	}
}

static void test_unfit_claims_are_not_signed(void **state)
{
	(void)state;
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	struct signer s = privkey_signer(&key);
	struct claim bad[] = {sample, sample, sample, sample, sample, sample, sample, sample, sample};
	bad[0].maker[0] = 0;
	(void)snprintf(bad[1].support_end, sizeof bad[1].support_end, "2031-02-30");
	(void)snprintf(bad[2].product, sizeof bad[2].product, "bell\x07");
	bad[3].counts.pass = 4000000;
	memset(bad[4].model, 'x', sizeof bad[4].model); /* no NUL */
	bad[5].level = CLAIM_LEVEL_MAX + 1;
	(void)snprintf(bad[6].url, sizeof bad[6].url, "javascript:alert(1)");
	(void)snprintf(bad[7].assessed, sizeof bad[7].assessed, "1969-12-31");
	bad[8].mandatory_open = 4000000;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf out;
		buf_init(&out, CLAIM_TEXT_MAX);
		check_fails(ERR_INPUT, claim_sign(&bad[i], &s, &out, &e));
		assert_int_equal(out.len, 0);
	}
}

static const char *doc_path;

/* What docs/label.md shows to whoever writes a verifier: that very key, signature input and text. */
static void test_worked_example(void **state)
{
	(void)state;
	struct err e = {0};
	struct claim back;
	uint8_t seed[32], raw[32];
	size_t raw_n = sizeof raw;
	char hex[65];
	CLEANUP(privkey_done) struct privkey key = {0};
	CLEANUP(buf_done) struct buf text, doc;
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	EVP_PKEY *made = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	assert_non_null(made);
	check_ok(privkey_of_pkey(made, &key, &e));
	assert_int_equal(EVP_PKEY_get_raw_public_key(made, raw, &raw_n), 1);
	EVP_PKEY_free(made);
	hex_encode(bytes_of(raw, sizeof raw), hex);
	buf_init(&text, CLAIM_TEXT_MAX);
	buf_init(&doc, 65536);
	sign(&sample, &key, &text);
	check_ok(claim_verify(buf_view(&text), &key.pub, &back, &e));
	check_ok(file_read(doc_path, 65536, &doc, &e));
	if (!strstr(buf_text(&doc), buf_text(&text)) || !strstr(buf_text(&doc), hex))
		fail_msg("docs/label.md does not show key %s and text %s", hex, buf_text(&text));
}

int main(int argc, char **argv)
{
	doc_path = argc > 1 ? argv[1] : "docs/label.md";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base45_examples),
		cmocka_unit_test(test_base45_refuses),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_without_address),
		cmocka_unit_test(test_changed_address_is_refused),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_claim_is_found_in_a_text),
		cmocka_unit_test(test_every_flipped_bit_is_refused),
		cmocka_unit_test(test_another_key_is_refused),
		cmocka_unit_test(test_signed_nonsense_is_refused),
		cmocka_unit_test(test_unfit_claims_are_not_signed),
		cmocka_unit_test(test_worked_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
