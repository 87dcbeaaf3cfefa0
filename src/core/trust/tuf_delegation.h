/* SPDX-License-Identifier: Apache-2.0 */
/* The "delegations" of a targets file (specification section 4.5). Private to core/trust, its tests and its fuzz
 * target. */
#ifndef HALLMARK_CORE_TRUST_TUF_DELEGATION_H
#define HALLMARK_CORE_TRUST_TUF_DELEGATION_H

#include "core/codec/json.h"

#define TUF_DELEGATION_ROLES_MAX 4096	  /* in one file */
#define TUF_DELEGATION_PATTERNS_MAX 4096  /* path patterns in one file, over all roles */
#define TUF_DELEGATION_PREFIXES_MAX 65536 /* hash prefixes in one file, over all roles */

/*
 * Shape and limits of the whole list. One bad entry makes the list bad: leaving it out would change who comes first.
 * "succinct_roles" (TAP 15) are not part of the specification: let pass here, refused by the search that meets them.
 */
rc tuf_delegation_check(const json_t *delegations, struct err *e) MUST_CHECK;

/* Does this checked entry cover the target? `digest` is the SHA-256 of the name in lower-case hex. */
bool tuf_delegation_covers(const json_t *role, const char *name, const char *digest);

/*
 * Shell pattern against path: '*', '?' and "[...]" stay within one '/'-separated part. A leading '.' is a letter like
 * any other, and there is no escape, as in the reference clients.
 */
bool tuf_delegation_glob(const char *pattern, const char *path);

/* A role's name becomes a file name: everything but RFC 3986's unreserved letters as %XX. ERR_LIMIT if too long. */
rc tuf_delegation_encode(const char *role, char *ret, size_t size, struct err *e) MUST_CHECK;

#endif
