/* SPDX-License-Identifier: Apache-2.0 */
/* Reference values of the protected file set, taken from the root tree that goes into the image. EN303645 5.7-1. */
#ifndef HALLMARK_RELEASE_PROTECT_H
#define HALLMARK_RELEASE_PROTECT_H

#include "product/policy_compile.h"

/* Zero it before use; protect_done frees. `files` may be given to policy_compile. */
struct protect {
	struct protected_file *files;
	size_t n;
};

/* Every regular file of `tree` that the declaration protects. ERR_LIMIT above POLICY_PROTECTED_MAX. */
rc protect_tree(const char *tree, const struct declaration *d, struct protect *ret, struct err *e) MUST_CHECK;
void protect_done(struct protect *p);

#endif
