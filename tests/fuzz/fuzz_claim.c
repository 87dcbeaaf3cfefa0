/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label claims as they come out of a QR code. The input is the payload of a claim: it is signed here with a key of our
 * own, so that the decoder behind the signature is reached; and it is also given as it is, as the text.
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

static void put_length(struct buf *out, uint8_t major, size_t n)
{
	buf_put_u8(out, (uint8_t)(major << 5 | 25));
	buf_put_u16(out, (uint16_t)n);
}

/* A COSE_Sign1 of ours around it. */
static void put_message(struct bytes payload, struct buf *out)
{
	static const uint8_t protect[] = {0x43, 0xa1, 0x01, 0x27};
	CLEANUP(buf_done) struct buf tbs, sig;
	struct signer s = privkey_signer(&key);
	buf_init(&tbs, 4096);
	buf_init(&sig, 256);
	buf_put(&tbs, bytes_of("\x84\x6aSignature1", 12));
	buf_put(&tbs, bytes_of(protect, sizeof protect));
	buf_put_u8(&tbs, 0x40);
	if (payload.n < 24)
		buf_put_u8(&tbs, (uint8_t)(0x40 | payload.n));
	else if (payload.n < 256)
		buf_put(&tbs, bytes_of((const uint8_t[]){0x58, (uint8_t)payload.n}, 2));
	else
		put_length(&tbs, 2, payload.n);
	buf_put(&tbs, payload);
	if (rc_failed(signer_sign(&s, buf_view(&tbs), &sig, NULL)))
		abort();
	buf_put(out, bytes_of("\xd2\x84", 2));
	buf_put(out, bytes_of(protect, sizeof protect));
	buf_put_u8(out, 0xa0);
	if (payload.n >= 24 && payload.n < 256)
		buf_put(out, bytes_of((const uint8_t[]){0x58, (uint8_t)payload.n}, 2));
	else
		put_length(out, 2, payload.n);
	buf_put(out, payload);
	buf_put(out, bytes_of("\x58\x40", 2));
	buf_put(out, buf_view(&sig));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct claim c;
	CLEANUP(buf_done) struct buf message, text, again;
	buf_init(&message, 4096);
	buf_init(&text, 8192);
	buf_init(&again, 8192);
	if (!key.key)
		make_key();
	(void)!rc_ok(claim_verify(bytes_of(data, n), &key.pub, &c, NULL));
	if (n > 1000)
		return 0;
	put_message(bytes_of(data, n), &message);
	buf_put_text(&text, CLAIM_PREFIX);
	base45_encode(buf_view(&message), &text);
	if (rc_failed(claim_verify(buf_view(&text), &key.pub, &c, NULL)))
		return 0;
	/* One claim has one text. */
	struct signer s = privkey_signer(&key);
	if (rc_failed(claim_sign(&c, &s, &again, NULL)) || !bytes_equal(buf_view(&again), buf_view(&text)))
		abort();
	return 0;
}
