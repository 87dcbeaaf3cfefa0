/* SPDX-License-Identifier: Apache-2.0 */
/* One provision as a declaration and an assessment see it. */
#ifndef HALLMARK_CLI_CLI_EXPLAINED_H
#define HALLMARK_CLI_CLI_EXPLAINED_H

#include "product/judge.h"

struct verdict;
struct fact_set;

/* What the test cases of TS 103 701 look at, and what decides them. */
void cli_explained_cases(const struct catalogue_provision *p);

/* Why it applies, what was promised. `path` stands before each line number. */
void cli_explained_declared(const char *path, const struct judge_result *r, const struct judge_answer *a);

/* What an assessment concluded, and the facts that decided. `facts` may be NULL: then only their names are shown. */
void cli_explained_verdict(const struct verdict *v, const struct fact_set *facts);

/* What to do next. `v` is NULL when there was no assessment. */
void cli_explained_next(const struct judge_answer *a, const struct verdict *v);

#endif
