/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation made to fail in turn. The linker sends our calls of calloc here, and jansson is given the same
 * allocator: an operation must either succeed or report a failure, and leave nothing behind (the sanitizer build sees
 * leaks).
 */
#include "check.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/codec/base64.h"
#include "core/codec/json.h"
#include "core/model/envelope.h"

#define TYPE ENVELOPE_TYPE("alert")
#define NEVER (-1)

static long countdown = NEVER; /* allocations that still succeed */

void *__real_calloc(size_t count, size_t size); // NOLINT(bugprone-reserved-identifier): the linker's --wrap names it
void *__wrap_calloc(size_t count, size_t size); // NOLINT(bugprone-reserved-identifier)

void *__wrap_calloc(size_t count, size_t size) // NOLINT(bugprone-reserved-identifier)
{
	if (countdown == 0)
		return NULL;
	if (countdown > 0)
		countdown--;
	return __real_calloc(count, size);
}

static void *json_malloc(size_t size)
{
	return __wrap_calloc(1, size);
}

typedef rc operation(struct err *e);

/* Fails the 1st, 2nd, ... allocation until the operation needs no more than were granted. */
static void fail_each(operation *run, int at_least)
{
	struct err e = {0};
	int failures = 0;
	for (long granted = 0; granted < 10000; granted++) {
		err_clear(&e);
		countdown = granted;
		rc r = run(&e);
		bool used_up = countdown == 0;
		countdown = NEVER;
		if (rc_ok(r)) {
			assert_true(failures >= at_least);
			check_ok(run(&e));
			return;
		}
		assert_true(used_up);
		assert_int_not_equal(e.text[0], 0);
		failures++;
	}
	fail_msg("never succeeded");
}

static rc grow_buffer(struct err *e)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 1000);
	for (int i = 0; i < 300; i++)
		buf_put_u8(&b, 'x');
	rc r = buf_check(&b, "text", e);
	assert_int_equal(r.code, b.len == 300 ? ERR_NONE : ERR_MEMORY);
	return r;
}

static rc copy_secret(struct err *e)
{
	CLEANUP(secret_done) struct secret s = {0};
	rc r = secret_copy(&s, bytes_of_text("secret"), e);
	assert_true(rc_ok(r) == (s.p != NULL));
	return r;
}

static rc decode_base64(struct err *e)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 1000);
	return base64_decode(bytes_of_text("Zm9vYmFy"), &b, e);
}

static rc json_round(struct err *e)
{
	JSON_AUTO json_t *j = NULL;
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 1000);
	rc r = json_codec_parse(bytes_of_text("{\"b\":{\"y\":[1,2,{\"z\":null}],\"x\":\"text\"},\"a\":true}"), 100,
				"it", &j, e);
	if (rc_ok(r))
		r = json_codec_canonical(j, &b, e);
	if (rc_ok(r))
		assert_string_equal(buf_text(&b), "{\"a\":true,\"b\":{\"x\":\"text\",\"y\":[1,2,{\"z\":null}]}}");
	return r;
}

static struct privkey key;

static rc envelope_round(struct err *e)
{
	CLEANUP(buf_done) struct buf text, payload;
	struct signer s = privkey_signer(&key);
	buf_init(&text, ENVELOPE_MAX);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = envelope_sign(&s, TYPE, bytes_of_text("{\"v\":1}"), &text, e);
	if (rc_ok(r))
		r = envelope_open(buf_view(&text), TYPE, &key.pub, &payload, e);
	if (rc_ok(r))
		assert_string_equal(buf_text(&payload), "{\"v\":1}");
	return r;
}

static void buffer(void **state)
{
	(void)state;
	fail_each(grow_buffer, 3);
}

static void secret(void **state)
{
	(void)state;
	fail_each(copy_secret, 1);
}

static void base64(void **state)
{
	(void)state;
	fail_each(decode_base64, 1);
}

static void json(void **state)
{
	(void)state;
	fail_each(json_round, 10);
}

static void envelope(void **state)
{
	(void)state;
	fail_each(envelope_round, 10);
}

static void taking_an_empty_text(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 10);
	countdown = 0;
	assert_null(buf_take_text(&b));
	countdown = NEVER;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer), cmocka_unit_test(secret),   cmocka_unit_test(base64),
		cmocka_unit_test(json),	  cmocka_unit_test(envelope), cmocka_unit_test(taking_an_empty_text),
	};
	struct err e = {0};
	EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!made || rc_failed(privkey_of_pkey(made, &key, &e)))
		return 1;
	EVP_PKEY_free(made);
	json_set_alloc_funcs(json_malloc, free);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	privkey_done(&key);
	return failed;
}
