/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label claims as they come out of a QR code. The input is the payload of a claim: it is signed here with a key of our
 * own, so that the decoder behind the signature is reached, with an
 * address before it and without; and it is also given as it is, as the text.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "core/codec/base45.h"
#include "core/model/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct privkey key;

static void make_key(void)
{
	static const uint8_t seed[32] = {1, 2, 3};
	EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	if (!p || rc_failed(privkey_of_pkey(p, &key, NULL)))
		abort();
	EVP_PKEY_free(p);
}

static void put_bytes(struct buf *out, struct bytes b)
{
	if (b.n < 24)
		buf_put_u8(out, (uint8_t)(0x40 | b.n));
	else if (b.n < 256)
		buf_put(out, bytes_of((const uint8_t[]){0x58, (uint8_t)b.n}, 2));
	else
		buf_put(out, bytes_of((const uint8_t[]){0x59, (uint8_t)(b.n >> 8), (uint8_t)b.n}, 3));
	buf_put(out, b);
}

/* A COSE_Sign1 of ours around it. */
static void put_message(const char *url, struct bytes payload, struct buf *out)
{
	static const uint8_t protect[] = {0xa1, 0x01, 0x27};
	CLEANUP(buf_done) struct buf tbs, sig;
	struct signer s = privkey_signer(&key);
	buf_init(&tbs, 4096);
	buf_init(&sig, 256);
	buf_put(&tbs, bytes_of("\x84\x6aSignature1", 12));
	put_bytes(&tbs, bytes_of(protect, sizeof protect));
	put_bytes(&tbs, bytes_of_text(url));
	put_bytes(&tbs, payload);
	if (rc_failed(signer_sign(&s, buf_view(&tbs), &sig, NULL)))
		abort();
	buf_put(out, bytes_of("\xd2\x84", 2));
	put_bytes(out, bytes_of(protect, sizeof protect));
	buf_put_u8(out, 0xa0);
	put_bytes(out, payload);
	put_bytes(out, buf_view(&sig));
}

static void put_text(const char *url, struct bytes message, struct buf *out)
{
	CLEANUP(buf_done) struct buf plain;
	buf_init(&plain, 8192);
	base45_encode(message, &plain);
	if (url[0])
		buf_putf(out, "%s#", url);
	buf_put_text(out, CLAIM_PREFIX);
	for (size_t i = 0; i < plain.len; i++)
		if (url[0] && (plain.data[i] == ' ' || plain.data[i] == '%'))
			buf_put_text(out, plain.data[i] == ' ' ? "%20" : "%25");
		else
			buf_put_u8(out, plain.data[i]);
}

/* One claim has one text, and is found in a longer one. */
static void try_signed(const char *url, struct bytes payload)
{
	struct claim c;
	struct bytes found = {0};
	CLEANUP(buf_done) struct buf message, text, again, around;
	struct signer s = privkey_signer(&key);
	buf_init(&message, 4096);
	buf_init(&text, 8192);
	buf_init(&again, 8192);
	buf_init(&around, 16384);
	put_message(url, payload, &message);
	put_text(url, buf_view(&message), &text);
	if (rc_failed(claim_verify(buf_view(&text), &key.pub, &c, NULL)))
		return;
	if (rc_failed(claim_sign(&c, &s, &again, NULL)) || !bytes_equal(buf_view(&again), buf_view(&text)))
		abort();
	buf_putf(&around, "<metadata>%s\n", buf_text(&text));
	if (!claim_find(buf_view(&around), &found) || !bytes_equal(found, buf_view(&text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct claim c;
	struct bytes found = {0};
	if (!key.key)
		make_key();
	(void)!rc_ok(claim_verify(bytes_of(data, n), &key.pub, &c, NULL));
	if (claim_find(bytes_of(data, n), &found) && (found.p < data || found.p + found.n > data + n))
		abort();
	if (n > 1000)
		return 0;
	try_signed("", bytes_of(data, n));
	try_signed("https://a.example/b?c", bytes_of(data, n));
	return 0;
}
