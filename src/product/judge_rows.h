/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the judgement: one row per provision that the declaration alone can decide, by section in three files. */
#ifndef HALLMARK_PRODUCT_JUDGE_ROWS_H
#define HALLMARK_PRODUCT_JUDGE_ROWS_H

#include "product/judge.h"

/* What a judge sees. It says exactly one of the words below; silence is "not yet judged". */
struct judge_case {
	const struct declaration *d;
	const struct judge_facts *facts;
	struct wall_time today;
	struct judge_answer *answer;
};

struct judge_row {
	const char *id; /* NULL ends the table */
	void (*judge)(struct judge_case *c);
};

extern const struct judge_row judge_access_rows[]; /* 5.1, 5.4, 5.5, 5.6 */
extern const struct judge_row judge_care_rows[];   /* 5.2, 5.3 */
extern const struct judge_row judge_data_rows[];   /* 5.7 to 5.12, 6 */

void judge_promise(struct judge_case *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Beside a promise: what it does not cover, as the hint. */
void judge_note(struct judge_case *c, uint32_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* `line` of the declaration or 0; `hint` says what to declare. */
void judge_contradict(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
void judge_miss(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A plain yes/no promise: `key` is its path in the declaration. */
void judge_answer(struct judge_case *c, enum decl_answer a, const char *key, const char *yes, const char *no);
/* A text or number that must be stated. */
void judge_stated(struct judge_case *c, bool stated, const char *key, const char *yes);

bool judge_is_password(const struct decl_credential *p); /* a password or PIN */

/* What no single provision owns. Fills result->conflicts. */
void judge_conflicts(const struct declaration *d, struct judge_result *result);

#endif
