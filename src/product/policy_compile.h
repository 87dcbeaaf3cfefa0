/* SPDX-License-Identifier: Apache-2.0 */
/* The device policy that a declaration implies (docs/wire.md section 5). */
#ifndef HALLMARK_PRODUCT_POLICY_COMPILE_H
#define HALLMARK_PRODUCT_POLICY_COMPILE_H

#include "core/model/policy.h"
#include "product/declaration.h"

/* A file of the root tree with its reference value; `path` is borrowed. */
struct protected_file {
	const char *path;
	uint8_t sha256[SHA256_SIZE];
	uint32_t mode; /* permission bits */
};

/*
 * Append the policy as canonical JSON. Of `files` (any order) those that the declaration protects are put in, the
 * others left out; n may be 0. Every plain path (not a glob) of the declaration must be among them unless n is 0:
 * ERR_MISSING. What is written decodes with policy_decode.
 */
rc policy_compile(const struct declaration *d, const struct protected_file *files, size_t n, struct buf *out_json,
		  struct err *e) MUST_CHECK;

#endif
