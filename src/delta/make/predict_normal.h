/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both files of a pair with every predictable field replaced by the new address that it means. What only moved becomes
 * equal, so that a matcher finds it as a whole, and tables that hold nothing but addresses become comparable at all.
 * Operations found there are good for the files themselves: places are the same.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_NORMAL_H
#define HALLMARK_DELTA_MAKE_PREDICT_NORMAL_H

#include "delta/make/predict_make.h"
#include "delta/make/predict_plan.h"

/* `base`, `image`: copies of exactly these files, changed in place. `ops`: what is known so far, to tell what moved. */
rc predict_normal_pair(const struct predict_images *images, const struct predict_elf_file *image_file,
		       const struct predict_elf_file *base_file, const struct patch_op *ops, size_t ops_n, uint8_t *image,
		       uint8_t *base, struct err *e) MUST_CHECK;

#endif
