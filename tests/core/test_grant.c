/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.3-9 EN303645-5.3-10. One device, one older release, once; and nothing else. */
#include "check.h"

#include <stdio.h>

#include "core/codec/hex.h"
#include "core/model/grant.h"
#include "core/trust/tuf_grant.h"
#include "host/keys/keyfile.h"
#include "release/tufmake.h"
#include "release/tufrole.h"

#define NOW ((struct wall_time){1800000000})

static struct grant sample(void)
{
	return (struct grant){.device = "cam-1",
			      .model = "cam1",
			      .from_counter = 7,
			      .version = "1.2.0",
			      .counter = 5,
			      .serial = {1, 2, 3},
			      .made = NOW,
			      .expires = {NOW.s + 7 * SECONDS_PER_DAY}};
}

static struct release_info offered(void)
{
	return (struct release_info){
		.kind = RELEASE_IMAGE, .model = "cam1", .version = "1.2.0", .counter = 5, .component = "os"};
}

static void check_reason(const struct grant *g, const struct grant_case *c, const char *expected)
{
	const char *reason = NULL;
	bool allowed = grant_allows(g, c, &reason);
	assert_string_equal(reason, expected);
	assert_int_equal(allowed, strcmp(expected, "none") == 0);
}

static void allows_exactly_what_it_says(void **state)
{
	(void)state;
	struct grant g = sample();
	struct release_info o = offered();
	const uint8_t used[2][GRANT_SERIAL_SIZE] = {{9}, {1, 2, 3}};
	struct grant_case c = {.device = "cam-1", .model = "cam1", .counter = 7, .offered = &o, .now = NOW};
	check_reason(&g, &c, "none");
	c.device = "cam-2";
	check_reason(&g, &c, "grant-device");
	c.device = "cam-1";
	c.model = "cam2";
	check_reason(&g, &c, "grant-model");
	c.model = "cam1";
	memcpy(o.model, "cam2", 5);
	check_reason(&g, &c, "grant-model");
	o = offered();
	memcpy(o.version, "1.2.1", 6);
	check_reason(&g, &c, "grant-release");
	o = offered();
	o.counter = 4; /* another image under the same version */
	check_reason(&g, &c, "grant-release");
	o = offered();
	o.kind = RELEASE_DECLARATION;
	check_reason(&g, &c, "grant-release");
	o = offered();
	c.counter = 8; /* the device went on since */
	check_reason(&g, &c, "grant-counter");
	c.counter = 6;
	check_reason(&g, &c, "grant-counter");
	c.counter = 5; /* it was used, and the counter went down with it */
	check_reason(&g, &c, "grant-counter");
	c.counter = 7;
	c.used = used;
	c.used_n = 1;
	check_reason(&g, &c, "none");
	c.used_n = 2;
	check_reason(&g, &c, "grant-used");
	c.used_n = 0;
	c.now.s = g.expires.s - 1;
	check_reason(&g, &c, "none");
	c.now.s = g.expires.s;
	check_reason(&g, &c, "grant-expired");
}

static void refuses_what_is_no_downgrade(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, GRANT_MAX);
	struct grant g = sample();
	g.counter = 7;
	check_fails(ERR_INPUT, grant_encode(&g, &out, &e));
	g = sample();
	g.expires = g.made;
	check_fails(ERR_INPUT, grant_encode(&g, &out, &e));
	g.expires.s = g.made.s + (GRANT_DAYS_MAX * SECONDS_PER_DAY) + 1;
	check_fails(ERR_INPUT, grant_encode(&g, &out, &e));
	g.expires.s--;
	check_ok(grant_encode(&g, &out, &e));
	g = sample();
	memcpy(g.device, "Cam 1", 6);
	check_fails(ERR_INPUT, grant_encode(&g, &out, &e));
	g = sample();
	memcpy(g.version, "1.2", 4);
	check_fails(ERR_INPUT, grant_encode(&g, &out, &e));
}

static void decodes_strictly(void **state)
{
	(void)state;
	struct err e = {0};
	struct grant back, g = sample();
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, GRANT_MAX);
	check_ok(grant_encode(&g, &out, &e));
	check_ok(grant_decode(buf_view(&out), &back, &e));
	assert_memory_equal(&g, &back, sizeof g);
	const char *text = buf_text(&out);
	static const char *const changes[][2] = {
		{"\"v\":1", "\"v\":2"},
		{"\"counter\":5", "\"counter\":-1"},
		{"\"counter\":5", "\"counter\":9"},
		{"\"from_counter\":7", "\"from_counter\":4294967296"},
		{"\"serial\":\"0102", "\"serial\":\"02"},
		{"\"model\"", "\"mode\""},
		{"\"v\":1", "\"v\":1,\"x\":0"},
		{"2027-01-15T", "2027-13-15T"},
		{"cam-1", "../cam"},
	};
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		char other[GRANT_MAX];
		const char *at = strstr(text, changes[i][0]);
		assert_non_null(at);
		(void)snprintf(other, sizeof other, "%.*s%s%s", (int)(at - text), text, changes[i][1],
			       at + strlen(changes[i][0]));
		assert_true(rc_failed(grant_decode(bytes_of_text(other), &back, &e)));
	}
}

static void is_signed_by_a_key_that_may(void **state)
{
	(void)state;
	struct err e = {0};
	struct grant back, g = sample();
	struct privkey keys[2] = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, ENVELOPE_MAX);
	for (int i = 0; i < 2; i++)
		check_ok(keyfile_generate(KEY_ED25519, &keys[i], &e));
	struct signer s = privkey_signer(&keys[0]);
	check_ok(grant_sign(&g, &s, &text, &e));
	const struct pubkey both[] = {keys[1].pub, keys[0].pub};
	check_fails(ERR_TRUST, grant_open(buf_view(&text), NULL, 0, &back, &e));
	check_fails(ERR_TRUST, grant_open(buf_view(&text), both, 1, &back, &e));
	check_ok(grant_open(buf_view(&text), both, 2, &back, &e));
	assert_memory_equal(&g, &back, sizeof g);
	for (size_t i = 0; i < text.len; i += 7) {
		text.data[i] ^= 1;
		assert_true(rc_failed(grant_open(buf_view(&text), both, 2, &back, &e)));
		text.data[i] ^= 1;
	}
	/* Another statement of the same key is no grant. */
	CLEANUP(buf_done) struct buf payload, wrong;
	buf_init(&payload, GRANT_MAX);
	buf_init(&wrong, ENVELOPE_MAX);
	check_ok(grant_encode(&g, &payload, &e));
	check_ok(envelope_sign(&s, ENVELOPE_TYPE("alert"), buf_view(&payload), &wrong, &e));
	check_fails(ERR_TRUST, grant_open(buf_view(&wrong), both, 2, &back, &e));
	for (int i = 0; i < 2; i++)
		privkey_done(&keys[i]);
}

/* A root of one key, with or without a grant role. */
static void make_root(struct privkey *holder, const struct privkey *granter, int threshold, struct buf *out)
{
	static const char *const roles[] = {"root", "targets", "snapshot", "timestamp"};
	struct err e = {0};
	JSON_AUTO json_t *body = NULL;
	check_ok(tufmake_root(1, NOW, &body, &e));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		check_ok(tufmake_add_key(body, roles[i], &holder->pub, "", &e));
	if (granter) {
		assert_int_equal(json_object_set_new(body, TUFROLE_EXTENSION,
						     json_pack("{s:{s:{s:[], s:i}}}", "roles", "grant", "keyids",
							       "threshold", threshold)),
				 0);
		check_ok(tufmake_add_key(body, "grant", &granter->pub, "service desk", &e));
	}
	struct signer s = privkey_signer(holder);
	check_ok(tufmake_sign(body, &s, 1, out, &e));
}

static void the_root_says_who_may(void **state)
{
	(void)state;
	struct err e = {0};
	struct privkey holder = {0}, granter = {0};
	CLEANUP(buf_done) struct buf root, none, two;
	CLEANUP(tuf_grant_keys_done) struct tuf_grant_keys keys = {0};
	char id[2][2 * SHA256_SIZE + 1];
	buf_init(&root, 65536);
	buf_init(&none, 65536);
	buf_init(&two, 65536);
	check_ok(keyfile_generate(KEY_ED25519, &holder, &e));
	check_ok(keyfile_generate(KEY_ECDSA_P256, &granter, &e));
	make_root(&holder, NULL, 1, &none);
	check_ok(tuf_grant_keys(buf_view(&none), &keys, &e));
	assert_int_equal(keys.n, 0);
	make_root(&holder, &granter, 2, &two);
	check_fails(ERR_UNSUPPORTED, tuf_grant_keys(buf_view(&two), &keys, &e));
	make_root(&holder, &granter, 1, &root);
	check_ok(tuf_grant_keys(buf_view(&root), &keys, &e));
	assert_int_equal(keys.n, 1);
	check_ok(pubkey_id(&granter.pub, id[0], &e));
	check_ok(pubkey_id(&keys.list[0], id[1], &e));
	assert_string_equal(id[0], id[1]);
	char *at = strstr((char *)root.data, "service desk");
	assert_non_null(at);
	at[0] ^= 1; /* the field is signed like any other */
	struct tuf_grant_keys other = {0};
	check_fails(ERR_TRUST, tuf_grant_keys(buf_view(&root), &other, &e));
	privkey_done(&holder);
	privkey_done(&granter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_exactly_what_it_says),
		cmocka_unit_test(refuses_what_is_no_downgrade),
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(is_signed_by_a_key_that_may),
		cmocka_unit_test(the_root_says_who_may),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
