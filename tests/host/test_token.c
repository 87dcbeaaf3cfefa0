/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.4-1 (private keys at rest). Keys that stay in a PKCS#11 token, with SoftHSM as the token. */
#include "scratch.h"

#include <unistd.h>

#include "host/keys/signkey.h"
#include "host/os/file.h"

static const char *const modules[] = {"/usr/lib/softhsm/libsofthsm2.so",
				      "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
				      "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};

struct desk {
	struct scratch s;
	const char *module; /* NULL: no SoftHSM here */
};

static void make_tokens(struct desk *d)
{
	char text[2048];
	struct err e = {0};
	(void)snprintf(text, sizeof text, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
		       d->s.dir);
	check_ok(file_create(scratch_path(&d->s, "softhsm2.conf"), bytes_of_text(text), 0600, &e));
	assert_int_equal(setenv("SOFTHSM2_CONF", d->s.path, 1), 0);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof text,
			       "softhsm2-util --init-token --free --label %s --so-pin 987654 --pin 1234 >/dev/null",
			       i ? "ben" : "ada");
		assert_int_equal(system(text), 0);
	}
}

static int setup(void **state)
{
	struct desk *d = test_calloc(1, sizeof *d);
	d->s = scratch_new();
	for (size_t i = 0; i < ARRAY_LEN(modules) && !d->module; i++)
		if (access(modules[i], R_OK) == 0 && system("command -v softhsm2-util >/dev/null") == 0)
			d->module = modules[i];
	if (d->module)
		make_tokens(d);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct desk *d = *state;
	scratch_done(&d->s);
	test_free(d);
	return 0;
}

static void need_softhsm(const struct desk *d)
{
	if (!d->module)
		check_skip("softhsm2 is not installed");
}

static const char *uri(const struct desk *d, const char *parts)
{
	static char text[512];
	(void)snprintf(text, sizeof text, "pkcs11:%s?module-path=%s", parts, d->module);
	return text;
}

static const struct bytes pin = {(const uint8_t *)"1234", 4};

static void refuses_uris_that_name_no_key(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "ada.key",
					  "pkcs11:",
					  "pkcs11:token=ada",
					  "pkcs11:token=ada;object=root?pin-value=1234",
					  "pkcs11:token=ada;object=root?pin-source=file:/x",
					  "pkcs11:token=ada;object=root;colour=red",
					  "pkcs11:token=%zz;object=root"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		check_fails(ERR_INPUT, token_uri_check(bad[i], &e));
	}
	char longer[TOKEN_URI_MAX + 2];
	struct err e = {0};
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	memcpy(longer, "pkcs11:object=", 14);
	check_fails(ERR_INPUT, token_uri_check(longer, &e));
	longer[TOKEN_URI_MAX] = 0;
	check_ok(token_uri_check(longer, &e));
}

static void finds_exactly_one_key(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	struct token_key *k = NULL;
	need_softhsm(d);
	check_fails(ERR_MISSING, token_open(uri(d, "token=ada;object=root"), pin, &k, &e));
	check_fails(ERR_MISSING, token_open(uri(d, "token=eve;object=root"), pin, &k, &e));
	check_fails(ERR_INPUT, token_open(uri(d, "object=root"), pin, &k, &e)); /* two tokens */
	check_fails(ERR_TRUST, token_open(uri(d, "token=ada;object=root"), bytes_of_text("4321"), &k, &e));
	check_fails(ERR_INPUT, token_open(uri(d, "token=ada;object=root"), (struct bytes){0}, &k, &e));
	check_fails(ERR_MISSING, token_open("pkcs11:object=root?module-path=/nowhere.so", pin, &k, &e));
	check_fails(ERR_INPUT, token_open("pkcs11:object=root?module-path=libsofthsm2.so", pin, &k, &e));
	check_fails(ERR_UNSUPPORTED, token_generate(uri(d, "token=ada;object=root"), pin, KEY_RSA_PSS, &k, &e));
	assert_null(k);
}

static void signs_with(const struct desk *d, enum key_type type, const char *parts)
{
	struct err e = {0};
	struct token_key *k = NULL, *again = NULL;
	CLEANUP(buf_done) struct buf sig;
	char id[2][2 * SHA256_SIZE + 1];
	check_ok(token_generate(uri(d, parts), pin, type, &k, &e));
	check_fails(ERR_EXISTS, token_generate(uri(d, parts), pin, type, &again, &e));
	struct signer s = token_signer(k);
	assert_int_equal(s.pub->type, type);
	check_ok(pubkey_id(s.pub, id[0], &e));
	token_free(k);
	check_ok(token_open(uri(d, parts), pin, &k, &e));
	s = token_signer(k);
	check_ok(pubkey_id(s.pub, id[1], &e));
	assert_string_equal(id[0], id[1]);
	for (int i = 0; i < 64; i++) { /* of all lengths that the numbers of ECDSA may have */
		char text[16];
		(void)snprintf(text, sizeof text, "message %d", i);
		buf_init(&sig, KEY_SIGNATURE_MAX);
		check_ok(signer_sign(&s, bytes_of_text(text), &sig, &e));
		assert_true(pubkey_verify(s.pub, bytes_of_text(text), buf_view(&sig)));
		assert_false(pubkey_verify(s.pub, bytes_of_text("another"), buf_view(&sig)));
		buf_done(&sig);
	}
	token_free(k);
}

static void signs_with_p256(void **state)
{
	need_softhsm(*state);
	signs_with(*state, KEY_ECDSA_P256, "token=ada;object=p256");
}

static void signs_with_ed25519(void **state)
{
	need_softhsm(*state);
	signs_with(*state, KEY_ED25519, "token=ada;object=ed");
}

static void a_file_may_name_a_token(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	struct token_key *k = NULL;
	enum signkey_secret wants = SIGNKEY_NOTHING;
	CLEANUP(signkey_done) struct signkey key = {0};
	CLEANUP(buf_done) struct buf sig;
	need_softhsm(d);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	check_ok(token_generate(uri(d, "token=ben;object=root"), pin, KEY_ECDSA_P256, &k, &e));
	token_free(k);
	const char *path = scratch_path(&d->s, "ben.key");
	check_ok(signkey_refer(path, uri(d, "token=ben;object=root"), &e));
	check_fails(ERR_EXISTS, signkey_refer(path, uri(d, "token=ben;object=root"), &e));
	check_ok(signkey_wants(path, &wants, &e));
	assert_int_equal(wants, SIGNKEY_PIN);
	check_fails(ERR_TRUST, signkey_open(path, bytes_of_text("0000"), &key, &e));
	check_ok(signkey_open(path, pin, &key, &e));
	check_ok(signer_sign(&key.signer, bytes_of_text("m"), &sig, &e));
	assert_true(pubkey_verify(key.signer.pub, bytes_of_text("m"), buf_view(&sig)));
	assert_int_equal(chmod(path, 0644), 0); /* it names code that we load */
	CLEANUP(signkey_done) struct signkey other = {0};
	check_fails(ERR_DENIED, signkey_open(path, pin, &other, &e));
}

static void other_key_files_open_as_ever(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	enum signkey_secret wants = SIGNKEY_PIN;
	CLEANUP(privkey_done) struct privkey made = {0};
	check_ok(keyfile_generate(KEY_ED25519, &made, &e));
	for (int sealed = 0; sealed < 2; sealed++) {
		CLEANUP(signkey_done) struct signkey key = {0};
		struct bytes secret = sealed ? bytes_of_text("pass") : (struct bytes){0};
		const char *path = scratch_path(&d->s, sealed ? "sealed" : "plain");
		check_ok(keyfile_save(path, &made, secret, &e));
		check_ok(signkey_wants(path, &wants, &e));
		assert_int_equal(wants, sealed ? SIGNKEY_PASSPHRASE : SIGNKEY_NOTHING);
		check_ok(signkey_open(path, secret, &key, &e));
	}
	check_ok(file_create(scratch_path(&d->s, "odd"),
			     bytes_of_text("{\"format\":\"hallmark-token-key-9\",\"uri\":\"pkcs11:object=x\"}"), 0600,
			     &e));
	check_fails(ERR_UNSUPPORTED, signkey_wants(d->s.path, &wants, &e));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(refuses_uris_that_name_no_key),
		CASE(finds_exactly_one_key),
		CASE(signs_with_p256),
		CASE(signs_with_ed25519),
		CASE(a_file_may_name_a_token),
		CASE(other_key_files_open_as_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
