/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes under names that say what they are for. */
#ifndef HALLMARK_CORE_BASE_ATTR_H
#define HALLMARK_CORE_BASE_ATTR_H

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))
#define FALLTHROUGH __attribute__((fallthrough))

/* Run `done(&var)` when the scope ends. `done` accepts a zeroed object. */
#define CLEANUP(done) __attribute__((cleanup(done)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
