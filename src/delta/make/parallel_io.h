/* SPDX-License-Identifier: Apache-2.0 */
/* The same job for every index, on several threads. The result may not depend on who does what when. */
#ifndef HALLMARK_DELTA_MAKE_PARALLEL_IO_H
#define HALLMARK_DELTA_MAKE_PARALLEL_IO_H

#include <stdint.h>

#include "core/base/err.h"

/*
 * Calls job(ctx, i) for every i below n, in rising order as threads come free; after the first error no new one begins.
 * Returns the error of the lowest index that failed. `done`, if given, is called after each, one at a time.
 */
rc parallel_io_each(unsigned threads, uint32_t n, rc (*job)(void *ctx, uint32_t i, struct err *e),
		    void (*done)(void *ctx, uint32_t finished), void *ctx, struct err *e) MUST_CHECK;

/* Processors that this process may use. */
unsigned parallel_io_threads(void);

#endif
