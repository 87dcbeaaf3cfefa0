/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crockford base32: for secrets that a person reads from a label and types. No I, L, O, U; case does not matter; the
 * look-alikes I, L -> 1 and O -> 0 and hyphens are forgiven on input.
 */
#ifndef HALLMARK_CORE_CODEC_BASE32_H
#define HALLMARK_CORE_CODEC_BASE32_H

#include "core/base/bytes.h"

/* `chars` digits taken from the first 5*chars bits of `in`; out holds chars+1. in.n * 8 >= 5 * chars. */
void base32_encode(struct bytes in, size_t chars, char *out);

/* Upper-case canonical spelling of a typed text; false if a character cannot be one. out holds max+1. */
bool base32_normalise(const char *typed, char *out, size_t max);

#endif
