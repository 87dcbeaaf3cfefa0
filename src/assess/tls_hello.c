/* SPDX-License-Identifier: Apache-2.0 */
/* ClientHello out, first record in. RFC 8446 sections 4.1 and 5.1, RFC 5246 section 7.4.1. */
#include "assess/tls_hello.h"

#include "core/base/cur.h"
#include "core/base/banned.h"

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define HANDSHAKE_SERVER_HELLO 2
#define EXT_SUPPORTED_VERSIONS 43

static const struct {
	uint16_t id;
	bool sound;
	const char *name;
} ciphers[] = {
	{0x1301, true, "TLS_AES_128_GCM_SHA256"},
	{0x1302, true, "TLS_AES_256_GCM_SHA384"},
	{0x1303, true, "TLS_CHACHA20_POLY1305_SHA256"},
	{0xc02b, true, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
	{0xc02c, true, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
	{0xc02f, true, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
	{0xc030, true, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
	{0xcca8, true, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xcca9, true, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xc009, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
	{0xc00a, false, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
	{0xc013, false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
	{0xc014, false, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
	{0x009c, false, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
	{0x002f, false, "TLS_RSA_WITH_AES_128_CBC_SHA"},
	{0x0035, false, "TLS_RSA_WITH_AES_256_CBC_SHA"},
	{0x000a, false, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
	{0x0005, false, "TLS_RSA_WITH_RC4_128_SHA"},
};

static void put_extension(struct buf *out, uint16_t type, struct bytes body)
{
	buf_put_u16(out, type);
	buf_put_u16(out, (uint16_t)body.n);
	buf_put(out, body);
}

static void put_extensions(struct buf *out, enum tls_hello_version v, const uint8_t *share)
{
	static const uint8_t groups[] = {0, 6, 0, 29, 0, 23, 0, 24}; /* x25519, P-256, P-384 */
	static const uint8_t points[] = {1, 0};			     /* uncompressed */
	static const uint8_t signatures[] = {0, 18, 4, 3, 5, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 8, 7, 2, 1};
	static const uint8_t tls13[] = {2, 3, 4};
	put_extension(out, 10, bytes_of(groups, sizeof groups));
	put_extension(out, 11, bytes_of(points, sizeof points));
	put_extension(out, 13, bytes_of(signatures, sizeof signatures));
	if (v != TLS_HELLO_1_3)
		return;
	uint8_t key_share[38] = {0, 36, 0, 29, 0, 32};
	memcpy(key_share + 6, share, 32);
	put_extension(out, EXT_SUPPORTED_VERSIONS, bytes_of(tls13, sizeof tls13));
	put_extension(out, 51, bytes_of(key_share, sizeof key_share));
}

static void put_body(struct buf *out, enum tls_hello_version v, const uint8_t *random, struct bytes extensions)
{
	/* Since 1.3 the version field stays at 1.2, and the extension says the truth. */
	buf_put_u16(out, v == TLS_HELLO_1_3 ? TLS_HELLO_1_2 : (uint16_t)v);
	buf_put(out, bytes_of(random, TLS_HELLO_RANDOM_SIZE));
	buf_put_u8(out, 0);
	buf_put_u16(out, (uint16_t)(2 * ARRAY_LEN(ciphers)));
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		buf_put_u16(out, ciphers[i].id);
	buf_put_u8(out, 1);
	buf_put_u8(out, 0);
	if (v == TLS_HELLO_SSL3)
		return;
	buf_put_u16(out, (uint16_t)extensions.n);
	buf_put(out, extensions);
}

void tls_hello_encode(enum tls_hello_version v, const uint8_t random[TLS_HELLO_RANDOM_SIZE], struct buf *out)
{
	CLEANUP(buf_done) struct buf extensions, body;
	buf_init(&extensions, 512);
	buf_init(&body, 1024);
	put_extensions(&extensions, v, random);
	put_body(&body, v, random, buf_view(&extensions));
	buf_put_u8(out, RECORD_HANDSHAKE);
	buf_put_u16(out, v == TLS_HELLO_SSL3 ? 0x0300 : 0x0301);
	buf_put_u16(out, (uint16_t)(body.len + 4));
	buf_put_u8(out, 1); /* client_hello, 24-bit length */
	buf_put_u8(out, 0);
	buf_put_u16(out, (uint16_t)body.len);
	buf_put(out, buf_view(&body));
}

/* The version that the extensions name, or the one of the old field. */
static uint16_t chosen_version(struct bytes extensions, uint16_t old)
{
	struct cur c = cur_of(extensions);
	while (!c.bad && cur_left(&c)) {
		uint16_t type = cur_u16(&c);
		struct bytes body = cur_take(&c, cur_u16(&c));
		if (type == EXT_SUPPORTED_VERSIONS && body.n == 2)
			return (uint16_t)(body.p[0] << 8 | body.p[1]);
	}
	return old;
}

static struct tls_hello_answer decode_server_hello(struct bytes body)
{
	struct tls_hello_answer a = {.kind = TLS_HELLO_NOTHING};
	struct cur c = cur_of(body);
	uint16_t old = cur_u16(&c);
	(void)cur_take(&c, TLS_HELLO_RANDOM_SIZE);
	(void)cur_take(&c, cur_u8(&c));
	a.cipher = cur_u16(&c);
	(void)cur_u8(&c);
	if (c.bad)
		return a;
	struct bytes extensions = {0};
	if (cur_left(&c) >= 2)
		extensions = cur_take(&c, cur_u16(&c));
	if (c.bad)
		return a;
	a.kind = TLS_HELLO_ACCEPTED;
	a.version = chosen_version(extensions, old);
	return a;
}

struct tls_hello_answer tls_hello_decode(struct bytes in)
{
	struct tls_hello_answer a = {.kind = TLS_HELLO_NOTHING};
	struct cur c = cur_of(in);
	uint8_t type = cur_u8(&c);
	uint16_t version = cur_u16(&c);
	struct bytes body = cur_take(&c, cur_u16(&c));
	if (in.n && type != RECORD_ALERT && type != RECORD_HANDSHAKE)
		a.kind = TLS_HELLO_FOREIGN;
	if (c.bad || a.kind == TLS_HELLO_FOREIGN)
		return a;
	if (version >> 8 != 3) {
		a.kind = TLS_HELLO_FOREIGN;
		return a;
	}
	struct cur b = cur_of(body);
	if (type == RECORD_ALERT) {
		(void)cur_u8(&b);
		a.alert = cur_u8(&b);
		a.kind = b.bad ? TLS_HELLO_NOTHING : TLS_HELLO_ALERT;
		return a;
	}
	uint8_t message = cur_u8(&b);
	struct bytes hello = cur_take(&b, (size_t)cur_be(&b, 3));
	if (b.bad || message != HANDSHAKE_SERVER_HELLO)
		return a;
	return decode_server_hello(hello);
}

const char *tls_hello_version_name(uint16_t v)
{
	static const char *const names[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
	return v >= TLS_HELLO_SSL3 && v <= TLS_HELLO_1_3 ? names[v - TLS_HELLO_SSL3] : "unknown version";
}

const char *tls_hello_cipher_name(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		if (ciphers[i].id == id)
			return ciphers[i].name;
	return NULL;
}

bool tls_hello_cipher_sound(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		if (ciphers[i].id == id)
			return ciphers[i].sound;
	return false;
}
