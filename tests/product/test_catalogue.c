/* SPDX-License-Identifier: Apache-2.0 */
/* Provisions, test cases and names of cryptography: the catalogues are whole, and what is not in them is not good. */
#include "check.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "product/catalogue.h"
#include "product/crypto_names.h"

static void provisions_are_whole(void **state)
{
	(void)state;
	size_t mandatory = 0, unconditional = 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct catalogue_provision *p = &catalogue_table[i];
		mandatory += catalogue_mandatory(p);
		unconditional += catalogue_mandatory(p) && p->status[1] == 0;
		assert_ptr_equal(catalogue_find(p->id), p);
		assert_int_equal(p->applies_if == 0, p->condition == NULL);
		assert_true(p->tests != 0 && p->means != 0);
	}
	assert_int_equal(mandatory, 36);
	assert_int_equal(unconditional, 11);
	assert_null(catalogue_find("5.1-9"));
	assert_string_equal(catalogue_find("5.0-1")->v211_id, "4-1");
	assert_null(catalogue_find("5.1-2A")->v211_id);
	assert_int_equal(catalogue_find("5.1-5")->applies_if,
			 1u << FACT_NO_CONSTRAINT_BRUTEFORCE | 1u << FACT_NET_AUTH);
	assert_string_equal(catalogue_fact_slug(FACT_AGGREGATE_ONLY), "aggregate_only");
}

static void cases_are_whole(void **state)
{
	(void)state;
	size_t conceptual = 0, functional = 0, mixed = 0, inferred = 0;
	for (size_t i = 0; i < CATALOGUE_CASES; i++) {
		const struct catalogue_case *c = &catalogue_cases[i];
		const struct catalogue_provision *p = catalogue_find(c->provision);
		conceptual += c->kind == TESTS_CONCEPTUAL;
		functional += c->kind == TESTS_FUNCTIONAL;
		mixed += c->kind == TESTS_MIXED;
		inferred += c->inferred;
		assert_non_null(p);
		assert_true(p->tests & c->kind);
		assert_ptr_equal(catalogue_case_find(c->id), c);
		assert_int_equal(c->beyond == NULL, c->kind == TESTS_FUNCTIONAL);
		/* What a declaration cannot show is never decided by a declaration. */
		assert_true(c->kind != TESTS_FUNCTIONAL || !(c->evidence & MEANS_IXIT));
		assert_true(strlen(c->looks_at) > 20 && c->evidence);
	}
	assert_int_equal(conceptual, 72);
	assert_int_equal(functional, 58);
	assert_int_equal(mixed, 1);
	assert_int_equal(inferred, 2);
	assert_null(catalogue_case_find("5.3-10-2"));
	assert_null(catalogue_case_find("5.3-10"));
}

static void cases_belong_to_provisions(void **state)
{
	(void)state;
	size_t sum = 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		size_t n = 0;
		const struct catalogue_case *list = catalogue_cases_of(&catalogue_table[i], &n);
		assert_true(n == 1 || n == 2);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(list[k].provision, catalogue_table[i].id);
		sum += n;
	}
	assert_int_equal(sum, CATALOGUE_CASES);
	assert_null(catalogue_conceptual(catalogue_find("5.11-3")));
	assert_string_equal(catalogue_conceptual(catalogue_find("5.3-10"))->id, "5.3-10-1");
	assert_string_equal(catalogue_kind_name(catalogue_case_find("5.3-10-1")->kind), "mixed");
	assert_string_equal(catalogue_kind_name(catalogue_case_find("5.8-3-1")->kind), "functional");
}

static const struct {
	const char *text;
	enum crypto_word word;
	const char *name; /* that decided; NULL: nothing known */
} names[] = {
	/* what must not pass */
	{"MD5", CRYPTO_BROKEN, "MD5"},
	{"sha1", CRYPTO_BROKEN, "SHA-1"},
	{"RSA with SHA-1", CRYPTO_BROKEN, "SHA-1"},
	{"TLS 1.3 and TLS 1.0", CRYPTO_BROKEN, "TLS 1.0"},
	{"TLSv1.1", CRYPTO_BROKEN, "TLS 1.1"},
	{"DES-EDE3-CBC", CRYPTO_BROKEN, "3DES"},
	{"AES-256-ECB", CRYPTO_BROKEN, "ECB"},
	{"RSA-1024", CRYPTO_BROKEN, "RSA-1024"},
	{"none", CRYPTO_BROKEN, "none"},
	{"our own cipher with RC4", CRYPTO_BROKEN, "RC4"},
	{"WPA", CRYPTO_BROKEN, "WPA"},
	{"our own cipher", CRYPTO_UNKNOWN, NULL},
	{"AES-256-GCM-LUMEN", CRYPTO_UNKNOWN, NULL},
	{"TLS 1.4", CRYPTO_UNKNOWN, NULL},
	{"Ed25519 in our own envelope", CRYPTO_UNKNOWN, NULL},
	{"no TLS 1.0", CRYPTO_UNKNOWN, NULL},
	{"TLS 1.3 without MD5", CRYPTO_UNKNOWN, NULL},
	{"", CRYPTO_UNKNOWN, NULL},
	{" - ", CRYPTO_UNKNOWN, NULL},
	{"with and over", CRYPTO_UNKNOWN, NULL},
	{"TLS", CRYPTO_PARTIAL, "TLS"},
	{"TLS with RSA", CRYPTO_PARTIAL, "TLS"},
	{"ECDSA with SHA-256", CRYPTO_PARTIAL, "ECDSA"},
	{"AES-256", CRYPTO_PARTIAL, "AES-256"},
	{"RSA-2048", CRYPTO_LEGACY, "RSA-2048"},
	{"aes-128-cbc with hmac-sha256", CRYPTO_LEGACY, "AES-CBC"},
	{"WPA2-PSK", CRYPTO_LEGACY, "WPA2"},
	/* what may */
	{"TLS 1.3", CRYPTO_GOOD, "TLS 1.3"},
	{"tls1.2", CRYPTO_GOOD, "TLS 1.2"},
	{"TLS 1.3 with AES-256-GCM", CRYPTO_GOOD, "TLS 1.3"},
	{"ECDHE-RSA-AES128-GCM-SHA256", CRYPTO_GOOD, NULL},
	{"TLS_AES_128_GCM_SHA256", CRYPTO_GOOD, NULL},
	{"ECDSA with P-256", CRYPTO_GOOD, NULL},
	{"HTTP over TLS 1.3", CRYPTO_GOOD, NULL},
	{"HMAC with SHA-256", CRYPTO_GOOD, NULL},
	{"Ed25519", CRYPTO_GOOD, "Ed25519"},
	{"Argon2id", CRYPTO_GOOD, "Argon2id"},
	{"SHA 256", CRYPTO_GOOD, "SHA-256"},
};

static void names_are_graded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct crypto_view v;
		crypto_names_look(names[i].text, &v);
		if (v.word != names[i].word)
			fail_msg("\"%s\" is %d, not %d (%s)", names[i].text, (int)v.word, (int)names[i].word,
				 v.entry ? v.entry->name : v.rest);
		if (names[i].name && (!v.entry || strcmp(v.entry->name, names[i].name) != 0))
			fail_msg("\"%s\" was decided by %s", names[i].text, v.entry ? v.entry->name : "nothing");
		if (v.word == CRYPTO_UNKNOWN)
			assert_null(v.entry);
		else
			assert_true(v.entry->source[0] && (v.word == CRYPTO_GOOD || v.entry->why));
	}
}

static void long_texts_are_not_good(void **state)
{
	(void)state;
	char text[2048] = "";
	for (size_t i = 0; i < 200; i++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "TLS 1.3 ");
	struct crypto_view v;
	crypto_names_look(text, &v);
	assert_int_equal(v.word, CRYPTO_UNKNOWN);
	memset(text, 'a', sizeof text - 1);
	crypto_names_look(text, &v);
	assert_int_equal(v.word, CRYPTO_UNKNOWN);
	assert_int_equal(strlen(v.rest), CRYPTO_REST_MAX - 1);
}

static void what_is_tolerated_has_an_end(void **state)
{
	(void)state;
	struct crypto_view v;
	char date[RFC3339_DATE_SIZE];
	crypto_names_look("RSA-2048", &v);
	rfc3339_date(v.entry->until, date);
	assert_string_equal(date, "2030-12-31");
	crypto_names_look("WPA2", &v);
	assert_int_equal(v.entry->until.s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(provisions_are_whole),	      cmocka_unit_test(cases_are_whole),
		cmocka_unit_test(cases_belong_to_provisions), cmocka_unit_test(names_are_graded),
		cmocka_unit_test(long_texts_are_not_good),    cmocka_unit_test(what_is_tolerated_has_an_end),
	};
	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
