/* SPDX-License-Identifier: Apache-2.0 */
/* Base45 (RFC 9285): bytes in the alphabet of a QR code's alphanumeric mode. */
#ifndef HALLMARK_CORE_CODEC_BASE45_H
#define HALLMARK_CORE_CODEC_BASE45_H

#include "core/base/buf.h"

void base45_encode(struct bytes in, struct buf *out);

/* Strict: the alphabet only, no group above its range, no length of 3n+1. ERR_INPUT; `out` grows only on success. */
rc base45_decode(struct bytes text, struct buf *out, struct err *e) MUST_CHECK;

/* Is the character one of the 45? */
bool base45_has(char c);

#endif
