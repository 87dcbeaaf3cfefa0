/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a failure travels: a code for programs, one sentence for people, and a hint that says what to do.
 *
 *     if (rc_failed(file_read(path, limit, &b, e)))
 *             return err_wrap(e, "loading the declaration");
 *
 * gives "loading the declaration: open product.yaml: No such file or directory". Rooms report, roles log:
 * nothing below roles/, cli/ and bin/ prints an error.
 */
#ifndef HALLMARK_CORE_BASE_ERR_H
#define HALLMARK_CORE_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include "core/base/attr.h"

enum err_code {
	ERR_NONE = 0,
	ERR_INPUT,	 /* malformed or contradictory input */
	ERR_LIMIT,	 /* larger, deeper or more than a named limit */
	ERR_TRUST,	 /* signature, hash, identity or freshness refused */
	ERR_DENIED,	 /* a permission is missing, or policy says no */
	ERR_MISSING,	 /* the thing asked for is not there */
	ERR_EXISTS,	 /* the thing to make is there already */
	ERR_WRONG_STATE, /* not allowed in this state */
	ERR_BUSY,	 /* try later */
	ERR_TIMEOUT,	 /* a total deadline passed */
	ERR_NETWORK,	 /* peer unreachable, or it broke the connection or the protocol */
	ERR_SPACE,	 /* disk, slot or quota full */
	ERR_IO,		 /* the operating system failed us */
	ERR_MEMORY,	 /* allocation failed */
	ERR_UNSUPPORTED, /* known, and not offered here */
	ERR_INTERNAL,	 /* our own bug */
	ERR_CODE_COUNT
};

/* The result of a fallible call. One field, so that it cannot be mixed up with an int or a bool. */
typedef struct rc {
	enum err_code code;
} rc;

#define RC_OK ((rc){ERR_NONE})

static inline bool rc_ok(rc r)
{
	return r.code == ERR_NONE;
}

static inline bool rc_failed(rc r)
{
	return r.code != ERR_NONE;
}

#define ERR_TEXT_MAX 512
#define ERR_HINT_MAX 192

/* Zero it before use: `struct err e = {0};`. No ownership, nothing to free. */
struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* outermost action first, parts joined by ": " */
	char hint[ERR_HINT_MAX]; /* what to do about it; may be empty */
};

/* Start a chain. Control characters in the text become '?'. Returns the code as rc. `e` may be NULL. */
rc err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Same, with ": strerror(errnum)" at the end; the code follows from errnum (ENOSPC gives ERR_SPACE, ...). */
rc err_errno(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put what the caller was doing in front of the chain; returns the chain's code. */
rc err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Say what to do. Keeps the first hint given, which is the nearest to the cause. Returns the chain's code. */
rc err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *e);

/* Stable word for a code ("trust", "space", ...), used in --json output and on the wire. */
const char *err_code_name(enum err_code code);

#endif
