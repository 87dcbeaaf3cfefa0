/* SPDX-License-Identifier: Apache-2.0 */
/* A patch: matching, groups, predictions, and each segment as whichever is smallest of patch, zstd and stored. */
#ifndef HALLMARK_DELTA_MAKE_PATCH_MAKE_H
#define HALLMARK_DELTA_MAKE_PATCH_MAKE_H

#include "delta/make/made.h"

/*
 * Begins, fills and finishes `m` (zeroed before) as made_full does; with t.memory, groups and frames. The same bytes
 * whatever the number of threads.
 */
rc patch_make(struct made *m, const struct made_job *job, struct err *e) MUST_CHECK;

#endif
