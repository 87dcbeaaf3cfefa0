/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of one entry of verified targets metadata. Private to core/trust. */
#ifndef HALLMARK_CORE_TRUST_TUF_TARGET_H
#define HALLMARK_CORE_TRUST_TUF_TARGET_H

#include "core/codec/json.h"
#include "core/trust/tuf.h"

/*
 * A target's name is a relative path in UTF-8: no control characters, no '\\', no empty, "." or ".." part, shorter than
 * TUF_NAME_MAX. ERR_INPUT.
 */
rc tuf_target_name_check(const char *name, struct err *e) MUST_CHECK;

/* Everything but RFC 3986's unreserved letters as %XX. */
void tuf_target_put_encoded(struct buf *out, const char *text);

/* `name` is checked. tuf_target_done frees. */
rc tuf_target_decode(const json_t *entry, const char *name, bool consistent, struct tuf_target *ret, struct err *e)
	MUST_CHECK;

#endif
