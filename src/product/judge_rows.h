/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the judgement: one row per provision, by subject in several files, and what a judge can say. */
#ifndef HALLMARK_PRODUCT_JUDGE_ROWS_H
#define HALLMARK_PRODUCT_JUDGE_ROWS_H

#include "product/judge.h"

/* What a judge sees. It reports every finding; a promise counts only when there is none. */
struct judge_case {
	const struct declaration *d;
	const struct judge_facts *facts;
	struct wall_time today;
	struct judge_answer *answer;
	struct judge_result *result; /* where findings go */
};

struct judge_row {
	const char *id; /* NULL ends the table */
	void (*judge)(struct judge_case *c);
};

extern const struct judge_row judge_login_rows[];    /* 5.1 */
extern const struct judge_row judge_care_rows[];     /* 5.2, 5.3-8, 5.3-13 to 16 */
extern const struct judge_row judge_update_rows[];   /* 5.3 but those */
extern const struct judge_row judge_secret_rows[];   /* 5.4, 5.5-6 to 8 */
extern const struct judge_row judge_channel_rows[];  /* 5.5-1 to 5 */
extern const struct judge_row judge_surface_rows[];  /* 5.6, 5.13 */
extern const struct judge_row judge_function_rows[]; /* 5.7, 5.9, 5.10, 5.12 */
extern const struct judge_row judge_data_rows[];     /* 5.8, 5.11, 6 */

void judge_promise(struct judge_case *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Beside a promise: what it does not cover, as the hint. */
void judge_note(struct judge_case *c, uint32_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* `line` of the declaration or 0; `hint` says what to declare. */
void judge_contradict(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
void judge_miss(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
void judge_open(struct judge_case *c, uint32_t line, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A plain yes/no promise: `key` is its path in the declaration. */
void judge_answer(struct judge_case *c, enum decl_answer a, const char *key, const char *yes, const char *no);
/* A text or number that must be stated. */
void judge_stated(struct judge_case *c, bool stated, const char *key, const char *yes);

bool judge_is_password(const struct decl_credential *p); /* a password or PIN */
bool judge_guessable(const struct decl_credential *p);	 /* that, or a token; accepts NULL */
bool judge_on_network(const struct decl_listener *l);
bool judge_asks(const struct decl_listener *l); /* for a credential */

/* What no single provision owns. Fills result->conflicts. */
void judge_conflicts(const struct declaration *d, struct judge_result *result);

#endif
