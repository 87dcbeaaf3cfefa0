/* SPDX-License-Identifier: Apache-2.0 */
/* Envelope decoder: no input may open under a key that nobody signs with. */
#include <stdlib.h>

#include "core/model/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* RFC 8032 section 7.1, test 2: its private half signed no envelope. */
	static const uint8_t nobody[KEY_ED25519_SIZE] = {
		0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
		0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
	CLEANUP(pubkey_done) struct pubkey key = {0};
	CLEANUP(buf_done) struct buf payload;
	char keyid[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	if (rc_failed(pubkey_from_ed25519(nobody, &key, NULL)))
		abort();
	if (rc_failed(envelope_claims(bytes_of(data, n), keyid, type, NULL)))
		return 0;
	if (rc_ok(envelope_open(bytes_of(data, n), type, &key, &payload, NULL)))
		abort();
	return 0;
}
