/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of a declaration for people: what is wrong first, what is well last. */
#ifndef HALLMARK_CLI_CLI_JUDGED_H
#define HALLMARK_CLI_CLI_JUDGED_H

#include "product/judge.h"

/*
 * Summary, contradictions, what is missing, what is open, what is not followed for a reason, notes, then a line for
 * each section; with `all` a line for each provision instead. `path` stands before each line number.
 */
void cli_judged_print(const char *path, const struct declaration *d, const struct judge_result *r, bool all);

/* The words of catalogue_means bits, and a line break. */
void cli_judged_means(uint32_t bits);

#endif
