/* SPDX-License-Identifier: Apache-2.0 */
/* The fine search: where in some parts of the base is the longest match of these bytes? A suffix array (libdivsufsort).
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_SUFFIX_H
#define HALLMARK_DELTA_MAKE_PATCH_SUFFIX_H

#include "core/base/bytes.h"
#include "core/base/err.h"

#define PATCH_SUFFIX_MEMORY 5 /* bytes for each byte of text, and the table of PATCH_SUFFIX_FIXED */
#define PATCH_SUFFIX_FIXED ((uint64_t)1 << 19)
#define PATCH_SUFFIX_TEXT_MAX ((uint64_t)1 << 30)

struct patch_suffix;

/* `parts`: numbers of parts of 1 << PATCH_INDEX_PART_LOG2 bytes of the base, rising. Together at most TEXT_MAX bytes.
 */
rc patch_suffix_new(struct bytes base, const uint32_t *parts, size_t n, struct patch_suffix **ret, struct err *e)
	MUST_CHECK;
void patch_suffix_free(struct patch_suffix *s); /* accepts NULL */

/* A place in the base, and how many bytes match there. */
struct patch_suffix_match {
	uint64_t base;
	uint32_t length;
};

/*
 * Matches of at least `least` bytes of what `wanted` begins with: the longest, and among those nearly as good the one
 * nearest to `near` in the base. Returns how many: 0 to 2.
 */
size_t patch_suffix_find(const struct patch_suffix *s, struct bytes wanted, uint32_t least, uint64_t near,
			 struct patch_suffix_match ret[2]);

#endif
