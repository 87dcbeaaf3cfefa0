/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a batch of set-up passwords what a good generator makes? Pure. EN303645 5.1-1 (unique per device), 5.1-2 (no
 * obvious regularity). Finds broken generators (constant, counting, low-entropy); it cannot prove a good one.
 */
#ifndef HALLMARK_RELEASE_BATCH_H
#define HALLMARK_RELEASE_BATCH_H

#include <stddef.h>

#include "core/base/err.h"

#define BATCH_PASSWORD_CHARS 13 /* Crockford base32: 65 bits */
#define BATCH_PASSWORD_BITS (5 * BATCH_PASSWORD_CHARS)
#define BATCH_SHARED_PREFIX_MAX 7 /* one more: 40 equal bits, once in two million runs of 1000 good passwords */
#define BATCH_STATISTICS_MIN 24	  /* passwords from which the frequency tests say something */

/* ERR_TRUST with what is wrong; never shows a password. */
rc batch_check(const char *const *passwords, size_t n, struct err *e) MUST_CHECK;

#endif
