/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jump tables of position-independent x86-64 code: distances of 32 bits from the table's own start, in read-only data.
 * Nothing marks them. Code takes their addresses; what stands there and leads back into code is one.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_TABLES_H
#define HALLMARK_DELTA_MAKE_PREDICT_TABLES_H

#include "delta/make/predict_elf.h"

/* `code`: sections of kinds that walk instructions. `*ret` by mem_free, by place. */
rc predict_tables_find(const struct predict_elf_file *f, const struct predict_section *code, size_t code_n,
		       struct predict_section **ret, size_t *ret_n, struct err *e) MUST_CHECK;

#endif
