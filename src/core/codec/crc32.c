/* SPDX-License-Identifier: Apache-2.0 */
/* Bit by bit: what is summed here is a few sectors, once per boot or update. */
#include "core/codec/crc32.h"

#include "core/base/banned.h"

#define POLYNOMIAL 0xedb88320u /* reflected */

uint32_t crc32_of(struct bytes content)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < content.n; i++) {
		crc ^= content.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return ~crc;
}
