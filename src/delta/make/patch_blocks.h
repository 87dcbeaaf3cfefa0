/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did not change: blocks of the image that are blocks of the base, at the same place or another. Most of an image
 * ends here, at the price of one hash for each block.
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_BLOCKS_H
#define HALLMARK_DELTA_MAKE_PATCH_BLOCKS_H

#include "delta/make/patch_ops.h"

#define PATCH_BLOCKS_BYTES 4096

/* Appends the runs of equal blocks, longest runs along one distance preferred. Zeroes come from the base's zeroes. */
rc patch_blocks_find(struct bytes base, struct bytes image, struct patch_ops *ret, struct err *e) MUST_CHECK;

#endif
