/* SPDX-License-Identifier: Apache-2.0 */
/* TLS with real handshakes: who is let in, who is not, and a private key that is not in the process. */
#include <stdio.h>
#include <unistd.h>

#include "check.h"
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

/* One GET with this identity; the result of whichever step failed first. */
static rc try_get(struct tls_context *tls, const char *host, uint16_t port, struct http_answer *a, struct err *e)
{
	struct http_client *c = NULL;
	rc r = net_open(tls, host, port, &c, e);
	if (rc_ok(r))
		r = net_get(c, "/who", a, e);
	http_client_free(c);
	return r;
}

static void test_mutual(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct cert_info info = {0}, seen = {0};
	char expected[256];
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	struct tls_context *tls = net_client_tls(&world, NET_CLIENT, NET_CA);
	struct http_answer a;
	http_answer_init(&a, 1000);
	check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
	check_ok(net_get(c, "/who", &a, &e));
	check_ok(cert_read(buf_view(&world.id[NET_CLIENT].pem), &info, &e));
	(void)snprintf(expected, sizeof expected, "1 cam-1 %s 127.0.0.1", info.fingerprint);
	assert_int_equal(a.status, 200);
	assert_string_equal(buf_text(&a.body), expected);
	assert_string_equal(http_client_tls_version(c), "TLSv1.3");
	assert_string_equal(http_client_tls_cipher(c), "TLS_AES_128_GCM_SHA256");
	struct buf pem;
	buf_init(&pem, CERT_PEM_MAX);
	check_ok(http_client_peer_cert(c, &pem, &e));
	cert_info_done(&info);
	check_ok(cert_read(buf_view(&pem), &seen, &e));
	check_ok(cert_read(buf_view(&world.id[NET_SERVER].pem), &info, &e));
	assert_string_equal(seen.fingerprint, info.fingerprint);
	cert_info_done(&seen);
	cert_info_done(&info);
	buf_done(&pem);
	http_client_free(c);
	http_answer_done(&a);
	tls_context_free(tls);
	net_server_stop(&server);
}

static void test_refused_clients(void **s)
{
	static const struct {
		enum net_who who; /* NET_CA: none */
		const char *what;
	} bad[] = {
		{NET_CA, "no certificate"},
		{NET_OTHER_CLIENT, "other CA of the same name"},
		{NET_CLIENT_EXPIRED, "expired"},
		{NET_CLIENT_NOT_YET, "not yet valid"},
		{NET_SERVER, "a server's certificate"},
		{NET_CLIENT_NO_USE, "no extended key usage"},
	};
	struct net_server server;
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		struct http_answer a;
		http_answer_init(&a, 1000);
		struct tls_context *tls = net_client_tls(&world, bad[i].who, NET_CA);
		rc r = try_get(tls, "127.0.0.1", server.port, &a, &e);
		if (r.code != ERR_TRUST || a.status != 0)
			fail_msg("%s: got %s (%s), status %d", bad[i].what, err_code_name(r.code), e.text, a.status);
		assert_non_null(strstr(e.text, "refused our certificate"));
		tls_context_free(tls);
		http_answer_done(&a);
	}
	/* and a good one after all of them */
	struct err e = {0};
	struct http_answer a;
	http_answer_init(&a, 1000);
	struct tls_context *tls = net_client_tls(&world, NET_CLIENT, NET_CA);
	check_ok(try_get(tls, "localhost", server.port, &a, &e));
	assert_int_equal(a.status, 200);
	tls_context_free(tls);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void test_refused_servers(void **s)
{
	static const struct {
		enum net_who server;
		const char *host, *what, *says;
	} bad[] = {
		{NET_SERVER_ELSEWHERE, "127.0.0.1", "another address, ours in the CN", "IP address mismatch"},
		{NET_SERVER_ELSEWHERE, "localhost", "another name", "hostname mismatch"},
		{NET_SERVER_NO_NAMES, "localhost", "a name in the CN alone", "hostname mismatch"},
		{NET_SERVER_EXPIRED, "127.0.0.1", "expired", "expired"},
		{NET_OTHER_SERVER, "127.0.0.1", "other CA of the same name", "certificate"},
		{NET_CLIENT, "127.0.0.1", "a client's certificate", "certificate"},
	};
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		struct net_server server;
		struct http_client *c = NULL;
		net_server_start(&world, &(struct net_server_opts){.tls = true, .server = bad[i].server}, &server);
		struct tls_context *tls = net_client_tls(&world, NET_CA, NET_CA);
		rc r = net_open(tls, bad[i].host, server.port, &c, &e);
		if (r.code != ERR_TRUST || c || !strstr(e.text, bad[i].says))
			fail_msg("%s: got %s (%s)", bad[i].what, err_code_name(r.code), e.text);
		tls_context_free(tls);
		net_server_stop(&server);
	}
}

static void test_looking_at_strangers(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct tls_context *any = NULL, *old = NULL;
	struct tls_config config = {.insecure_any_peer = true};
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true, .server = NET_SERVER_EXPIRED}, &server);
	check_ok(tls_client_context(&config, &any, &e));
	check_ok(net_open(any, "127.0.0.1", server.port, &c, &e));
	assert_string_equal(http_client_tls_version(c), "TLSv1.3");
	struct buf pem;
	buf_init(&pem, CERT_PEM_MAX);
	check_ok(http_client_peer_cert(c, &pem, &e));
	assert_true(pem.len > 100);
	http_client_free(c);
	/* Our server speaks nothing older. */
	config.probe_version = TLS_VERSION_1_2;
	check_ok(tls_client_context(&config, &old, &e));
	check_fails(ERR_NETWORK, net_open(old, "127.0.0.1", server.port, &c, &e));
	assert_non_null(strstr(e.text, "protocol version"));
	buf_done(&pem);
	tls_context_free(any);
	tls_context_free(old);
	net_server_stop(&server);
}

static void test_bad_configs(void **s)
{
	struct err e = {0};
	struct tls_context *t = NULL;
	const struct net_id *server = &world.id[NET_SERVER], *client = &world.id[NET_CLIENT];
	struct bytes pem = buf_view(&server->pem), ca = buf_view(&world.id[NET_CA].pem);
	struct tls_config c = {.peer_ca_pem = ca};
	(void)s;
	check_fails(ERR_INPUT, tls_server_context(&c, &t, &e)); /* no certificate */
	c = (struct tls_config){.cert_pem = pem};
	check_fails(ERR_INPUT, tls_server_context(&c, &t, &e)); /* no key */
	c.key = &client->key;
	check_fails(ERR_INPUT, tls_server_context(&c, &t, &e)); /* another's key */
	c.key = &server->key;
	c.peer_ca_pem = bytes_of_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n");
	check_fails(ERR_INPUT, tls_server_context(&c, &t, &e));
	c.peer_ca_pem = ca;
	c.insecure_any_peer = true;
	check_fails(ERR_INPUT, tls_server_context(&c, &t, &e));
	c = (struct tls_config){0};
	check_fails(ERR_INPUT, tls_client_context(&c, &t, &e)); /* nobody to trust */
	c = (struct tls_config){.peer_ca_pem = ca, .probe_version = TLS_VERSION_1_2};
	check_fails(ERR_INPUT, tls_client_context(&c, &t, &e)); /* an old version for our own traffic */
	assert_null(t);
	/* A server's context is no client's: it would ask nobody who they are. */
	struct http_client *client_of = NULL;
	uint16_t port;
	int fd = -1;
	c = (struct tls_config){.cert_pem = pem, .key = &server->key};
	check_ok(tls_server_context(&c, &t, &e));
	check_ok(http_listen("127.0.0.1", 0, &fd, &port, &e));
	check_fails(ERR_INTERNAL, net_open(t, "127.0.0.1", port, &client_of, &e));
	tls_context_free(t);
	(void)close(fd);
}

/* The floor lifts a clock that stands in the past; a later clock is not turned back. */
static void test_clock_floor(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct cert_info info = {0};
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true}, &server);
	check_ok(cert_read(buf_view(&world.id[NET_SERVER].pem), &info, &e));
	struct tls_config config = {.peer_ca_pem = buf_view(&world.id[NET_CA].pem)};
	/* A minute before the end, not a second: the CA may have been made a second earlier, and then ends earlier. */
	static const int64_t offsets[] = {-86400, -60, 1};
	for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
		struct tls_context *tls = NULL;
		config.clock_floor.s = i == 0 ? 1 : info.not_after.s + offsets[i];
		check_ok(tls_client_context(&config, &tls, &e));
		rc r = net_open(tls, "127.0.0.1", server.port, &c, &e);
		assert_int_equal(r.code, offsets[i] > 0 ? ERR_TRUST : ERR_NONE);
		if (rc_ok(r))
			http_client_free(c);
		tls_context_free(tls);
	}
	cert_info_done(&info);
	net_server_stop(&server);
}

/* A key "elsewhere". */
struct remote {
	const struct privkey *key;
	enum { HONEST, FLIPPED, EMPTY, TOO_LONG, REFUSES, OTHER_DIGEST } mood;
	int calls;
};

static rc remote_sign(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
{
	struct remote *r = ctx;
	uint8_t other[SHA256_SIZE];
	r->calls++;
	switch (r->mood) {
	case REFUSES:
		return err_set(e, ERR_DENIED, "the engine is not listening");
	case EMPTY:
		return RC_OK;
	case TOO_LONG:
		for (int i = 0; i < 1000; i++)
			buf_put_u8(out, 0x30);
		return RC_OK;
	case OTHER_DIGEST:
		memcpy(other, digest, sizeof other);
		other[0] ^= 1;
		return privkey_sign_digest(r->key, other, out, e);
	case HONEST:
	case FLIPPED:
		break;
	}
	rc done = privkey_sign_digest(r->key, digest, out, e);
	if (rc_ok(done) && r->mood == FLIPPED)
		out->data[out->len - 1] ^= 1;
	return done;
}

static struct tls_context *remote_client_tls(struct remote *r)
{
	struct err e = {0};
	struct tls_context *t = NULL;
	struct tls_config c = {.cert_pem = buf_view(&world.id[NET_CLIENT].pem),
			       .sign = remote_sign,
			       .sign_ctx = r,
			       .peer_ca_pem = buf_view(&world.id[NET_CA].pem)};
	check_ok(tls_client_context(&c, &t, &e));
	return t;
}

static void test_remote_key_both_sides(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct remote ours = {&world.id[NET_CLIENT].key, HONEST, 0}, theirs = {&world.id[NET_SERVER].key, HONEST, 0};
	(void)s;
	net_server_start(
		&world,
		&(struct net_server_opts){.tls = true, .ask_client = true, .sign = remote_sign, .sign_ctx = &theirs},
		&server);
	struct tls_context *tls = remote_client_tls(&ours);
	for (int i = 1; i <= 3; i++) {
		struct http_answer a;
		http_answer_init(&a, 1000);
		check_ok(try_get(tls, "127.0.0.1", server.port, &a, &e));
		assert_int_equal(a.status, 200);
		assert_int_equal(ours.calls, i); /* the callback signs, and nobody else */
		http_answer_done(&a);
	}
	tls_context_free(tls);
	net_server_stop(&server);
}

static void test_remote_key_wrong_client(void **s)
{
	struct net_server server;
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	for (int mood = FLIPPED; mood <= OTHER_DIGEST; mood++) {
		struct err e = {0};
		struct remote ours = {&world.id[NET_CLIENT].key, mood, 0};
		struct http_answer a;
		http_answer_init(&a, 1000);
		struct tls_context *tls = remote_client_tls(&ours);
		rc r = try_get(tls, "127.0.0.1", server.port, &a, &e);
		if (rc_ok(r) || a.status != 0 || ours.calls == 0)
			fail_msg("mood %d: got %s, status %d", mood, err_code_name(r.code), a.status);
		if (mood == REFUSES) {
			assert_int_equal(r.code, ERR_DENIED);
			assert_non_null(strstr(e.text, "the engine is not listening"));
		}
		tls_context_free(tls);
		http_answer_done(&a);
	}
	net_server_stop(&server);
}

static void test_remote_key_wrong_server(void **s)
{
	(void)s;
	for (int mood = FLIPPED; mood <= OTHER_DIGEST; mood++) {
		struct err e = {0};
		struct net_server server;
		struct http_client *c = NULL;
		struct remote theirs = {&world.id[NET_SERVER].key, mood, 0};
		net_server_start(&world,
				 &(struct net_server_opts){.tls = true, .sign = remote_sign, .sign_ctx = &theirs},
				 &server);
		struct tls_context *tls = net_client_tls(&world, NET_CA, NET_CA);
		rc r = net_open(tls, "127.0.0.1", server.port, &c, &e);
		assert_true(rc_failed(r));
		assert_null(c);
		tls_context_free(tls);
		net_server_stop(&server);
	}
}

/* A handshake that never ends is ended by the server, however the bytes come. */
static void test_slow_handshake(void **s)
{
	struct net_server server;
	struct buf out;
	(void)s;
	buf_init(&out, 4096);
	net_server_start(&world, &(struct net_server_opts){.tls = true, .handshake_ms = 200}, &server);
	int fd = net_raw_connect(server.port);
	bool closed = false;
	net_raw_send(fd, "\x16\x03\x01\x02");
	for (int i = 0; i < 30 && !closed; i++) {
		net_raw_send(fd, "\x01");
		closed = net_raw_drain(fd, 50, &out);
	}
	assert_true(closed);
	(void)close(fd);
	buf_done(&out);
	net_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutual),
		cmocka_unit_test(test_refused_clients),
		cmocka_unit_test(test_refused_servers),
		cmocka_unit_test(test_looking_at_strangers),
		cmocka_unit_test(test_bad_configs),
		cmocka_unit_test(test_clock_floor),
		cmocka_unit_test(test_remote_key_both_sides),
		cmocka_unit_test(test_remote_key_wrong_client),
		cmocka_unit_test(test_remote_key_wrong_server),
		cmocka_unit_test(test_slow_handshake),
	};
	return cmocka_run_group_tests_name("host tls", tests, make_world, end_world);
}
