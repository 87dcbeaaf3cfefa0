/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as hexadecimal text. */
#ifndef HALLMARK_CORE_CODEC_HEX_H
#define HALLMARK_CORE_CODEC_HEX_H

#include "core/base/bytes.h"

#define HEX_TEXT_SIZE(n) (2 * (n) + 1)

/* Lower case, NUL-terminated; `out` holds HEX_TEXT_SIZE(in.n) bytes. */
void hex_encode(struct bytes in, char *out);

/* Exactly n bytes from exactly 2n digits of either case; false leaves `out` untouched. */
bool hex_decode(const char *text, uint8_t *out, size_t n);

#endif
