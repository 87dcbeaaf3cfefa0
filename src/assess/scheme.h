/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes are views over verdicts, kept as data: here the three requirements of the UK PSTI regulations (SI 2023/1007).
 */
#ifndef HALLMARK_ASSESS_SCHEME_H
#define HALLMARK_ASSESS_SCHEME_H

#include "core/model/verdict.h"

#define SCHEME_PROVISIONS_MAX 4

struct scheme_row {
	const char *clause, *title;
	const char *provisions[SCHEME_PROVISIONS_MAX]; /* ends with NULL */
};

struct scheme {
	const char *id, *name, *note;
	const struct scheme_row *rows;
	size_t rows_n;
};

extern const struct scheme scheme_psti;

/*
 * Fail when one of its provisions failed; pass when one passed and the others passed or do not apply; otherwise
 * inconclusive. A provision that is not in the set counts as not judged.
 */
enum verdict_result scheme_result(const struct scheme_row *row, const struct verdict_set *s);

#endif
