/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prediction of addresses: when a program is linked anew, its code moves, and every field that holds an address or a
 * distance changes in a way that follows from what moved where. The maker's side reads both ELF files and describes
 * them as plain spans (a kind, a range of the image, the address it is loaded at); the device's side knows no ELF: it
 * computes the fields that the operations carried over, from the spans and the operations alone. A wrong prediction
 * costs bytes, never correctness. Pure, deterministic on every machine.
 */
#ifndef HALLMARK_DELTA_PREDICT_H
#define HALLMARK_DELTA_PREDICT_H

#include "delta/patch.h"

struct predict;

/*
 * `description` as predict_make wrote it; `ops` are the group's, in order of `image`, borrowed. Empty description: a
 * predictor that changes nothing. ERR_INPUT for a malformed one, ERR_LIMIT beyond `memory`.
 */
rc predict_new(struct bytes description, const struct patch_op *ops, size_t ops_n, size_t memory, struct predict **ret,
	       struct err *e) MUST_CHECK;
void predict_free(struct predict *p); /* accepts NULL */
/* Bytes that it takes. */
size_t predict_memory(const struct predict *p);

/*
 * `bytes`: the image's range [at, at + n) as the operations alone make it (inserted bytes are zero). Changes the fields
 * that it can predict. Fields that cross the range's ends stay as they are. Same result for every cut of the image into
 * ranges except for such fields.
 */
void predict_range(const struct predict *p, uint64_t at, uint8_t *bytes, size_t n);

#endif
