/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is likely where copied bytes differ from the image. Most differ nowhere; others in a byte of an address, and the
 * same address again in the same way. Several contexts each give a probability; their weights are learned (logistic
 * mixing). One model for a segment: it forgets everything before the next one, so that segments are independent.
 */
#ifndef HALLMARK_DELTA_PATCH_MODEL_H
#define HALLMARK_DELTA_PATCH_MODEL_H

#include "delta/patch_code.h"

struct patch_model;

struct patch_model *patch_model_new(void); /* NULL: out of memory */
void patch_model_free(struct patch_model *m);
size_t patch_model_memory(void);
void patch_model_reset(struct patch_model *m);

/*
 * `bytes`: [from, to) of a segment as copied and predicted; becomes what the image has. `actual`: what it has, when
 * writing (the whole segment, as `bytes`), or NULL. Beyond `to` nothing is touched.
 */
void patch_model_copied(struct patch_model *m, struct patch_code *c, uint8_t *bytes, const uint8_t *actual, size_t from,
			size_t to);

#endif
