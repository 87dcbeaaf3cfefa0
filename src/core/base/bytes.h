/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed view of bytes: never owns, never NUL-terminated by promise. */
#ifndef HALLMARK_CORE_BASE_BYTES_H
#define HALLMARK_CORE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p; /* may be NULL only if n is 0 */
	size_t n;
};

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}

static inline struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* Not for secrets: see secret_equal. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
