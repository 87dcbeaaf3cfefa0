/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 section 4, padded) with one accepted form for each value. */
#ifndef HALLMARK_CORE_CODEC_BASE64_H
#define HALLMARK_CORE_CODEC_BASE64_H

#include "core/base/buf.h"

void base64_encode(struct bytes in, struct buf *out);

/* Strict: padding required, unused bits zero, no white space. ERR_INPUT otherwise; `out` grows only on success. */
rc base64_decode(struct bytes text, struct buf *out, struct err *e) MUST_CHECK;

#endif
