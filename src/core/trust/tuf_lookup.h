/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a search that tuf.c passes on. Private to core/trust. */
#ifndef HALLMARK_CORE_TRUST_TUF_LOOKUP_H
#define HALLMARK_CORE_TRUST_TUF_LOOKUP_H

#include "core/trust/tuf_state.h"

/* Choose the next role, and what to fetch for it; *ret_done when the search has ended. */
rc tuf_lookup_next(struct tuf *t, struct tuf_fetch *ret, bool *ret_done, struct err *e) MUST_CHECK;

/* The bytes of the due role, fetched. */
rc tuf_lookup_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, struct err *e) MUST_CHECK;

/* The entry of this name, if the last search found it. NULL: it did not, or was for another. */
const json_t *tuf_lookup_found(const struct tuf *t, const char *name);

void tuf_lookup_reset(struct tuf *t);

#endif
