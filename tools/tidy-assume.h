/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Given to clang-tidy ahead of each file but err.c. The analyzer sees one file at a time and would follow paths on
 * which an error is reported and counts as success; this says what err.c guarantees: the result of a report is a
 * failure.
 */
#ifndef HALLMARK_TOOLS_TIDY_ASSUME_H
#define HALLMARK_TOOLS_TIDY_ASSUME_H

#include "core/base/err.h"

#define err_set(e, code, ...) ((void)(err_set)((e), (code), __VA_ARGS__), (rc){(code)})
#define err_errno(e, errnum, ...) ((void)(err_errno)((e), (errnum), __VA_ARGS__), (rc){ERR_IO})
#define err_wrap(e, ...) ((void)(err_wrap)((e), __VA_ARGS__), (rc){ERR_INTERNAL})
#define err_hint(e, ...) ((void)(err_hint)((e), __VA_ARGS__), (rc){ERR_INTERNAL})

#endif
