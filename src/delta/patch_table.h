/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of a group, coded: inserted bytes before it, which distance between image and base (one used lately,
 * one that continues the base, or a new one), length. Both sides in one, as patch_code.h.
 */
#ifndef HALLMARK_DELTA_PATCH_TABLE_H
#define HALLMARK_DELTA_PATCH_TABLE_H

#include "delta/patch.h"
#include "delta/patch_code.h"

#define PATCH_TABLE_OPS_MAX 49152u /* of a group: what bounds a decoder's memory */

/* Writes ops[0..n), or reads them into `ops`; reading, they are checked against `limits`. */
rc patch_table_code(struct patch_code *c, struct patch_op *ops, size_t n, const struct patch_limits *limits,
		    struct err *e) MUST_CHECK;

#endif
