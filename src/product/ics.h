/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The implementation conformance statement: the form of EN 303 645 Annex B with one row for each of the 78 provisions,
 * filled from the judgement of the declaration. "Y" stands only where the declaration promises it; what it leaves open
 * or contradicts is "N" and says so.
 */
#ifndef HALLMARK_PRODUCT_ICS_H
#define HALLMARK_PRODUCT_ICS_H

#include "product/declaration.h"

/* Both append; out of memory breaks the buffer. `today` is the day of the judgement. */
void ics_markdown(const struct declaration *d, struct wall_time today, struct buf *out);
void ics_csv(const struct declaration *d, struct wall_time today, struct buf *out); /* RFC 4180 with a header */

#endif
