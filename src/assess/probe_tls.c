/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "tls": versions and ciphers of the owner page and the declared TLS listeners, each old version offered by
 * itself, and the certificate (EN303645 5.5-1, 5.5-7, 5.1-3). The handshake is only begun, never used.
 */
#include <stdio.h>

#include "assess/net_dial.h"
#include "assess/probe_all.h"
#include "assess/tls_hello.h"
#include "core/codec/rfc3339.h"
#include "core/crypto/cert.h"
#include "host/net/http_client.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define HELLO_MS 4000

static const struct {
	enum tls_hello_version version;
	const char *slug;
} offers[] = {
	{TLS_HELLO_1_3, "tls13"}, {TLS_HELLO_1_2, "tls12"}, {TLS_HELLO_1_1, "tls11"},
	{TLS_HELLO_1_0, "tls10"}, {TLS_HELLO_SSL3, "ssl3"},
};

static void note_answer(struct probe_run *r, const char *id, const char *what, enum tls_hello_version offered,
			struct tls_hello_answer a)
{
	char value[96];
	const char *cipher = tls_hello_cipher_name(a.cipher);
	switch (a.kind) {
	case TLS_HELLO_ACCEPTED:
		(void)snprintf(value, sizeof value, "%s %s%s", tls_hello_version_name(a.version),
			       tls_hello_cipher_sound(a.cipher) ? "" : "weak ", cipher ? cipher : "unknown cipher");
		/* A server may answer with a lower version than offered: what it chose is what counts. */
		probe_note(r,
			   &(struct probe_note){id, what, NULL, value, a.version == offered ? FACT_SEEN : FACT_ABSENT},
			   "offered %s, the server chose %s", tls_hello_version_name(offered), value);
		return;
	case TLS_HELLO_ALERT:
		probe_note(r, &(struct probe_note){id, what, NULL, "refused", FACT_ABSENT},
			   "the server refused with TLS alert %u", a.alert);
		return;
	case TLS_HELLO_FOREIGN:
		probe_note(r, &(struct probe_note){id, what, NULL, "not TLS", FACT_ABSENT},
			   "the server answered something that is not TLS");
		return;
	case TLS_HELLO_NOTHING:
		break;
	}
	probe_note(r, &(struct probe_note){id, what, NULL, "no answer", FACT_UNREACHABLE},
		   "the connection was made, and closed or left silent without a TLS answer");
}

static bool answered(struct bytes so_far)
{
	return tls_hello_decode(so_far).kind != TLS_HELLO_NOTHING;
}

static void offer(struct probe_run *r, const struct net_dial_address *to, uint16_t port, size_t i)
{
	char id[FACT_ID_SIZE], what[96];
	uint8_t random[TLS_HELLO_RANDOM_SIZE];
	CLEANUP(buf_done) struct buf hello, answer;
	struct err e = {0};
	buf_init(&hello, 1024);
	buf_init(&answer, TLS_HELLO_ANSWER_MAX);
	(void)snprintf(id, sizeof id, "tls.%u.%s", port, offers[i].slug);
	(void)snprintf(what, sizeof what, "%s on port %u", tls_hello_version_name(offers[i].version), port);
	rc done = chance_fill(random, sizeof random, &e);
	if (rc_ok(done)) {
		tls_hello_encode(offers[i].version, random, &hello);
		done = buf_check(&hello, "hello", &e);
	}
	if (rc_ok(done))
		done = net_dial_ask(to, buf_view(&hello), answered, HELLO_MS, &answer, &e);
	if (rc_failed(done)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(done)}, "%s", e.text);
		return;
	}
	note_answer(r, id, what, offers[i].version, tls_hello_decode(buf_view(&answer)));
}

static void drop_client(struct http_client **c)
{
	http_client_free(*c);
}

static void drop_context(struct tls_context **c)
{
	tls_context_free(*c);
}

static rc read_certificate(const struct scope *s, uint16_t port, struct cert_info *ret, struct err *e)
{
	CLEANUP(drop_context) struct tls_context *tls = NULL;
	CLEANUP(drop_client) struct http_client *c = NULL;
	CLEANUP(buf_done) struct buf pem;
	const struct tls_config config = {.insecure_any_peer = true};
	buf_init(&pem, CERT_PEM_MAX);
	rc r = tls_client_context(&config, &tls, e);
	if (rc_failed(r))
		return r;
	const struct http_client_config to = {.host = s->target, .port = port, .tls = tls, .connect_ms = HELLO_MS};
	if (rc_failed(r = http_client_open(&to, &c, e)) || rc_failed(r = http_client_peer_cert(c, &pem, e)))
		return r;
	return cert_read(buf_view(&pem), ret, e);
}

static void note_certificate(struct probe_run *r, uint16_t port)
{
	CLEANUP(cert_info_done) struct cert_info cert = {0};
	struct err e = {0};
	char id[FACT_ID_SIZE], what[64], from[RFC3339_TIME_SIZE], until[RFC3339_TIME_SIZE];
	(void)snprintf(id, sizeof id, "tls.%u.certificate", port);
	(void)snprintf(what, sizeof what, "certificate on port %u", port);
	rc read = read_certificate(r->scope, port, &cert, &e);
	if (rc_failed(read)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(read)}, "%s", e.text);
		return;
	}
	rfc3339_time(cert.not_before, from);
	rfc3339_time(cert.not_after, until);
	probe_note(r, &(struct probe_note){id, what, NULL, cert.fingerprint, FACT_SEEN},
		   "for %s, %s key, valid %s to %s%s; the value is its SHA-256 fingerprint", cert.common_name,
		   key_type_name(cert.key.type), from, until, cert.self_signed ? ", self-signed" : "");
}

static void look_at(struct probe_run *r, struct net_dial_address *to, uint16_t port)
{
	net_dial_set_port(to, port);
	for (size_t i = 0; i < ARRAY_LEN(offers); i++)
		offer(r, to, port, i);
	note_certificate(r, port);
}

static void run(struct probe_run *r)
{
	const struct subject *s = r->scope->subject;
	struct net_dial_address to;
	struct err e = {0};
	rc found = net_dial_resolve(r->scope->target, &to, &e);
	if (rc_failed(found)) {
		probe_note(r,
			   &(struct probe_note){
				   .id = "tls.target", .what = "address of the target", .state = probe_state_of(found)},
			   "%s", e.text);
		return;
	}
	if (r->scope->page_port)
		look_at(r, &to, r->scope->page_port);
	for (size_t i = 0; i < s->listeners_n; i++)
		if (s->listeners[i].tls && s->listeners[i].port != r->scope->page_port)
			look_at(r, &to, s->listeners[i].port);
}

const struct probe probe_tls = {
	.name = "tls",
	.what = "protocol versions, ciphers and certificates of the owner page and the declared TLS ports",
	.needs = "--target --page-port",
	.run = run,
};
