/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of one entry of verified targets metadata. Private to core/trust. */
#ifndef HALLMARK_CORE_TRUST_TUF_TARGET_H
#define HALLMARK_CORE_TRUST_TUF_TARGET_H

#include "core/codec/json.h"
#include "core/trust/tuf.h"

/* `name` is name_path_ok. tuf_target_done frees. */
rc tuf_target_decode(const json_t *entry, const char *name, bool consistent, struct tuf_target *ret, struct err *e)
	MUST_CHECK;

#endif
