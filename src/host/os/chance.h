/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness from the kernel: getrandom(2), never a seeded generator of our own. */
#ifndef HALLMARK_HOST_OS_CHANCE_H
#define HALLMARK_HOST_OS_CHANCE_H

#include "core/base/bytes.h"
#include "core/base/err.h"

/* Blocks until the kernel's generator is initialised (early boot). */
rc chance_fill(void *out, size_t n, struct err *e) MUST_CHECK;

/* n random bytes as 2n hex digits and a NUL. n <= 64. */
rc chance_hex(size_t n, char *out, struct err *e) MUST_CHECK;

#endif
