/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.4-1 (the factory record says what a unit holds, and only the factory can say it). */
#include "check.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/codec/json.h"
#include "core/model/envelope.h"
#include "core/model/record.h"

static void make(struct privkey *k, EVP_PKEY *key)
{
	struct err e = {0};
	check_ok(privkey_of_pkey(key, k, &e));
	EVP_PKEY_free(key);
}

static void fill(struct record *rec)
{
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey tls = {0}, statement = {0};
	CLEANUP(cert_info_done) struct cert_info info = {0};
	CLEANUP(buf_done) struct buf pem, key;
	buf_init(&pem, RECORD_PEM_MAX);
	buf_init(&key, RECORD_PEM_MAX);
	make(&tls, EVP_EC_gen("P-256"));
	make(&statement, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	struct cert_request req = {.use = CERT_CLIENT, .common_name = "cam-1", .not_after = {INT64_MAX}};
	check_ok(cert_issue(&req, &tls.pub, &tls, (struct bytes){0}, &pem, &e));
	check_ok(cert_read(buf_view(&pem), &info, &e));
	check_ok(pubkey_pem(&statement.pub, &key, &e));
	*rec = (struct record){.device = "cam-1",
			       .model = "cam",
			       .maker = "Lumen \"Ltd\"",
			       .made = {1800000000},
			       .key_grade = "file",
			       .password_bits = 65};
	memcpy(rec->cert_fingerprint, info.fingerprint, sizeof rec->cert_fingerprint);
	memcpy(rec->password_id, info.fingerprint, sizeof rec->password_id);
	(void)snprintf(rec->cert, sizeof rec->cert, "%s", buf_text(&pem));
	(void)snprintf(rec->page_cert, sizeof rec->page_cert, "%s", buf_text(&pem));
	(void)snprintf(rec->statement_key, sizeof rec->statement_key, "%s", buf_text(&key));
}

static void survives_the_envelope(void **state)
{
	(void)state;
	static struct record a, b;
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey factory = {0}, other = {0};
	CLEANUP(buf_done) struct buf env;
	buf_init(&env, ENVELOPE_MAX);
	make(&factory, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	make(&other, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	fill(&a);
	struct signer signer = privkey_signer(&factory);
	check_ok(record_sign(&a, &signer, &env, &e));
	assert_null(memchr(env.data, '\n', env.len)); /* one line of records.jsonl */
	check_fails(ERR_TRUST, record_open(buf_view(&env), &other.pub, &b, &e));
	check_ok(record_open(buf_view(&env), &factory.pub, &b, &e));
	assert_memory_equal(&a, &b, sizeof a);
}

static void refuses_contradictions(void **state)
{
	(void)state;
	static struct record a, b;
	static const struct {
		const char *key, *value;
	} cases[] = {
		{"device", "cam-2"},
		{"device", "../cam"},
		{"model", ""},
		{"v", "1"},
		{"made", "yesterday"},
		{"key_grade", "sgx"},
		{"password_id", "00"},
		{"cert", "no PEM"},
		{"cert_fingerprint", "0000"},
		{"statement_key", ""},
		{"page_cert", ""},
		{"password_bits", "65"},
		{"extra", "x"},
	};
	fill(&a);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, RECORD_MAX);
		check_ok(record_encode(&a, &text, &e));
		JSON_AUTO json_t *doc = json_loadb((const char *)text.data, text.len, 0, NULL);
		(void)json_object_set_new(doc, cases[i].key, json_string(cases[i].value));
		char *changed = json_dumps(doc, 0);
		if (rc_ok(record_decode(bytes_of_text(changed), &b, &e)))
			fail_msg("accepted %s = %s", cases[i].key, cases[i].value);
		free(changed);
	}
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, RECORD_MAX);
	memset(a.cert_fingerprint, 'a', 64);
	check_ok(record_encode(&a, &text, &e));
	check_fails(ERR_INPUT, record_decode(buf_view(&text), &b, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_the_envelope),
		cmocka_unit_test(refuses_contradictions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
