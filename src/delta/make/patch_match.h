/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From two images to the operations of a patch. Equal blocks first; what is left is cut into tasks, each of which looks
 * for similar parts anywhere in the base and aligns byte for byte. Tasks run in parallel; the result does not depend on
 * how many threads there are.
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_MATCH_H
#define HALLMARK_DELTA_MAKE_PATCH_MATCH_H

#include "delta/make/made.h"
#include "delta/make/patch_ops.h"

/* All operations, by place in the image. ERR_LIMIT when job->memory_max is too little. */
rc patch_match(const struct made_job *job, struct patch_ops *ret, struct err *e) MUST_CHECK;

#endif
