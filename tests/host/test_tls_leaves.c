/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that were verified before: what the table forgets, and who is refused although a good one is in it. */
#include "check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "host/net/tls_leaves.h"
#include "host/os/clock.h"
#include "net_world.h"

static struct net_world world;

static int make_world(void **s)
{
	(void)s;
	net_world_make(&world);
	return 0;
}

static int end_world(void **s)
{
	(void)s;
	net_world_done(&world);
	return 0;
}

static bool known(const struct tls_leaves *l, const struct tls_leaf *leaf, int64_t now)
{
	return tls_leaves_known(l, leaf->fingerprint, (struct wall_time){now});
}

static void test_table(void **s)
{
	struct tls_leaves *l = mem_alloc(sizeof *l);
	struct tls_leaf a = {.fingerprint = {1, 2, 3}, .from = {100}, .until = {200}}, b = a, zero = {0};
	(void)s;
	assert_non_null(l);
	assert_false(known(l, &zero, 0)); /* empty places are nobody */
	assert_false(known(l, &a, 150));
	tls_leaves_add(l, &a);
	assert_false(known(l, &a, 99));
	assert_true(known(l, &a, 100));
	assert_true(known(l, &a, 199));
	assert_false(known(l, &a, 200)); /* as OpenSSL: at notAfter it is over */
	assert_false(known(l, &a, INT64_MAX));
	b.fingerprint[SHA256_SIZE - 1] ^= 1; /* the same place, one bit apart */
	assert_false(known(l, &b, 150));
	tls_leaves_add(l, &b);
	assert_true(known(l, &b, 150));
	assert_false(known(l, &a, 150));
	/* Every place holds, and none reaches over the end. */
	for (unsigned i = 0; i <= 0xffff; i++) {
		struct tls_leaf c = {.fingerprint = {(uint8_t)(i >> 8), (uint8_t)i}, .from = {0}, .until = {10}};
		tls_leaves_add(l, &c);
		assert_true(known(l, &c, 5));
	}
	mem_free(l);
}

static rc try_with(uint16_t port, const struct net_id *id)
{
	struct err e = {0};
	struct tls_context *tls = NULL;
	struct http_client *c = NULL;
	struct http_answer a;
	struct tls_config config = {
		.cert_pem = buf_view(&id->pem), .key = &id->key, .peer_ca_pem = buf_view(&world.id[NET_CA].pem)};
	http_answer_init(&a, 1000);
	check_ok(tls_client_context(&config, &tls, &e));
	rc r = net_open(tls, "127.0.0.1", port, &c, &e);
	if (rc_ok(r))
		r = net_get(c, "/who", &a, &e);
	if (rc_ok(r)) {
		assert_int_equal(a.status, 200);
		assert_int_equal(buf_text(&a.body)[0], '1'); /* authenticated */
	}
	http_client_free(c);
	tls_context_free(tls);
	http_answer_done(&a);
	return r;
}

static void test_a_known_one_lets_in_nobody_else(void **s)
{
	static const enum net_who bad[] = {NET_OTHER_CLIENT, NET_CLIENT_EXPIRED, NET_CLIENT_NOT_YET, NET_SERVER,
					   NET_CLIENT_NO_USE};
	struct net_server server;
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	for (int round = 0; round < 3; round++) {
		assert_true(rc_ok(try_with(server.port, &world.id[NET_CLIENT])));
		for (size_t i = 0; i < ARRAY_LEN(bad); i++)
			assert_int_equal(try_with(server.port, &world.id[bad[i]]).code, ERR_TRUST);
	}
	net_server_stop(&server);
}

/* A bit of the CA's signature, which the holder of the key could turn: another certificate, and not a good one. */
static void test_a_tampered_copy_is_refused(void **s)
{
	struct net_server server;
	struct net_id bent = {.key = world.id[NET_CLIENT].key};
	const ASN1_BIT_STRING *signature = NULL;
	char *text = NULL;
	(void)s;
	BIO *in = BIO_new_mem_buf(world.id[NET_CLIENT].pem.data, (int)world.id[NET_CLIENT].pem.len);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	assert_non_null(x);
	X509_get0_signature(&signature, NULL, x);
	signature->data[signature->length - 1] ^= 1;
	BIO *out = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(out, x), 1);
	long n = BIO_get_mem_data(out, &text);
	buf_init(&bent.pem, CERT_PEM_MAX);
	buf_put(&bent.pem, bytes_of(text, (size_t)n));
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	for (int round = 0; round < 2; round++) {
		assert_true(rc_failed(try_with(server.port, &bent))); /* the alert says "decrypt error" */
		assert_true(rc_ok(try_with(server.port, &world.id[NET_CLIENT])));
	}
	net_server_stop(&server);
	buf_done(&bent.pem);
	BIO_free(in);
	BIO_free(out);
	X509_free(x);
}

/* The known certificate without its key: TLS asks for the signature whether the chain is known or not. */
static rc sign_with_another_key(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
{
	return privkey_sign_digest(ctx, digest, out, e);
}

static void test_the_certificate_alone_is_not_enough(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct tls_context *tls = NULL;
	struct http_client *c = NULL;
	struct http_answer a;
	struct tls_config config = {.cert_pem = buf_view(&world.id[NET_CLIENT].pem),
				    .sign = sign_with_another_key,
				    .sign_ctx = &world.id[NET_OTHER_CLIENT].key,
				    .peer_ca_pem = buf_view(&world.id[NET_CA].pem)};
	(void)s;
	http_answer_init(&a, 1000);
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	assert_true(rc_ok(try_with(server.port, &world.id[NET_CLIENT])));
	check_ok(tls_client_context(&config, &tls, &e));
	rc r = net_open(tls, "127.0.0.1", server.port, &c, &e);
	if (rc_ok(r))
		r = net_get(c, "/who", &a, &e);
	assert_true(rc_failed(r));
	assert_int_equal(a.status, 0);
	http_client_free(c);
	tls_context_free(tls);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void test_what_expires_after_it_was_known_is_refused(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct net_id brief = {0};
	int64_t now = clock_now().wall.s;
	const struct cert_request req = {.use = CERT_CLIENT,
					 .common_name = "cam-9",
					 .serial = {1, 99},
					 .not_before = {now - 10},
					 .not_after = {now + 4}};
	(void)s;
	EVP_PKEY *k = EVP_EC_gen("P-256");
	assert_non_null(k);
	check_ok(privkey_of_pkey(k, &brief.key, &e));
	EVP_PKEY_free(k);
	buf_init(&brief.pem, CERT_PEM_MAX);
	check_ok(cert_issue(&req, &brief.key.pub, &world.id[NET_CA].key, buf_view(&world.id[NET_CA].pem), &brief.pem,
			    &e));
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	assert_true(rc_ok(try_with(server.port, &brief)));
	assert_true(rc_ok(try_with(server.port, &brief)));
	while (clock_now().wall.s < req.not_after.s)
		(void)usleep(50000);
	assert_int_equal(try_with(server.port, &brief).code, ERR_TRUST);
	assert_true(rc_ok(try_with(server.port, &world.id[NET_CLIENT])));
	net_server_stop(&server);
	privkey_done(&brief.key);
	buf_done(&brief.pem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_a_known_one_lets_in_nobody_else),
		cmocka_unit_test(test_a_tampered_copy_is_refused),
		cmocka_unit_test(test_the_certificate_alone_is_not_enough),
		cmocka_unit_test(test_what_expires_after_it_was_known_is_refused),
	};
	return cmocka_run_group_tests_name("tls leaves", tests, make_world, end_world);
}
