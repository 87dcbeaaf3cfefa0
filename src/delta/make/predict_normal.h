/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with every predictable field replaced by the new address that it means. What only moved becomes equal in both
 * files of a pair, so that a matcher finds it as a whole, and tables that hold nothing but addresses become comparable
 * at all. Operations found there are good for the files themselves: places are the same.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_NORMAL_H
#define HALLMARK_DELTA_MAKE_PREDICT_NORMAL_H

#include "delta/make/predict_make.h"
#include "delta/make/predict_plan.h"

/* `bytes`: a copy of exactly this file of the image, changed in place. */
rc predict_normal_image(const struct predict_elf_file *file, uint8_t *bytes, struct err *e) MUST_CHECK;

/* The same for the file of the base that the plan is about; its fixes and the operations tell what moved. */
rc predict_normal_base(const struct predict_plan *plan, const struct predict_elf_file *file,
		       const struct predict_group *group, uint8_t *bytes, struct err *e) MUST_CHECK;

#endif
