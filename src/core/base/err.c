/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error chain: keeps the text bounded and printable, whatever an attacker put into it.
 * Leaves to the roles where an error goes (terminal, log, page).
 */
#include "core/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/banned.h"

static const char *const code_names[ERR_CODE_COUNT] = {
	[ERR_NONE] = "ok",
	[ERR_INPUT] = "input",
	[ERR_LIMIT] = "limit",
	[ERR_TRUST] = "trust",
	[ERR_DENIED] = "denied",
	[ERR_MISSING] = "missing",
	[ERR_EXISTS] = "exists",
	[ERR_WRONG_STATE] = "state",
	[ERR_BUSY] = "busy",
	[ERR_TIMEOUT] = "timeout",
	[ERR_NETWORK] = "network",
	[ERR_SPACE] = "space",
	[ERR_IO] = "io",
	[ERR_MEMORY] = "memory",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_INTERNAL] = "internal",
};

const char *err_code_name(enum err_code code)
{
	if ((unsigned)code >= ERR_CODE_COUNT)
		return "unknown";
	return code_names[code];
}

/* Terminal escapes and line breaks from hostile input must not reach a terminal or a log line. */
static void printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

PRINTF_LIKE(3, 0) static void put_text(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
	e->code = code;
	e->hint[0] = 0;
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	printable(e->text);
}

rc err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		put_text(e, code, fmt, ap);
		va_end(ap);
	}
	return (rc){code};
}

static enum err_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return ERR_MISSING;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_SPACE;
	case ENOMEM:
		return ERR_MEMORY;
	case EAGAIN:
	case EBUSY:
		return ERR_BUSY;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EPIPE:
		return ERR_NETWORK;
	case ENOSYS:
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
		return ERR_UNSUPPORTED;
	default:
		return ERR_IO;
	}
}

rc err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	enum err_code code = code_of_errno(errnum);
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		put_text(e, code, fmt, ap);
		va_end(ap);
		size_t n = strlen(e->text);
		(void)snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(errnum));
	}
	return (rc){code};
}

rc err_wrap(struct err *e, const char *fmt, ...)
{
	if (!e)
		return (rc){ERR_INTERNAL};
	char inner[ERR_TEXT_MAX];
	memcpy(inner, e->text, sizeof inner);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	printable(e->text);
	size_t n = strlen(e->text);
	(void)snprintf(e->text + n, sizeof e->text - n, ": %s", inner);
	return (rc){e->code == ERR_NONE ? ERR_INTERNAL : e->code};
}

rc err_hint(struct err *e, const char *fmt, ...)
{
	if (!e)
		return (rc){ERR_INTERNAL};
	if (e->hint[0] == 0) {
		va_list ap;
		va_start(ap, fmt);
		(void)vsnprintf(e->hint, sizeof e->hint, fmt, ap);
		va_end(ap);
		printable(e->hint);
	}
	return (rc){e->code == ERR_NONE ? ERR_INTERNAL : e->code};
}

void err_clear(struct err *e)
{
	if (e)
		memset(e, 0, sizeof *e);
}
