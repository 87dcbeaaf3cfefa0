/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked names: which characters an identifier from outside may have before it becomes part of a path, a URL, a
 * nftables rule or a log line.
 */
#ifndef HALLMARK_CORE_BASE_NAMES_H
#define HALLMARK_CORE_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_MAX_CHARS 64

/* [a-z0-9] then [a-z0-9._-], at most NAME_MAX_CHARS, never ".." inside. Safe as a file name. */
bool name_ok(const char *text);

/* A relative path of printable parts: no leading '/', no "." or ".." or empty part; at most 255 characters. */
bool name_path_ok(const char *path);

/* Valid UTF-8 (RFC 3629: no overlong forms, no surrogates) without control characters. */
bool name_utf8_ok(const char *text, size_t n);

/* Bytes of the one such character at the start of the text; 0 if there is none. */
size_t name_utf8_len(const char *text, size_t n);

/* Makes any text printable, in place: whole valid characters stay, every other byte becomes '?'. */
void name_utf8_clean(char *text);

#endif
