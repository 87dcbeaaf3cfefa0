/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema table for others: as JSON Schema 2020-12, for editors and checkers, and as the reference page for people.
 * Pure and deterministic.
 */
#ifndef HALLMARK_PRODUCT_SCHEMA_EXPORT_H
#define HALLMARK_PRODUCT_SCHEMA_EXPORT_H

#include "core/base/buf.h"

#define SCHEMA_EXPORT_MAX (512 * 1024)

/*
 * What JSON Schema can say: keys, types, limits, words, patterns. It cannot say that a reference leads somewhere, that
 * ids differ, or that a date exists; those stay with `hallmark check`.
 */
rc schema_export_json(struct buf *out, struct err *e) MUST_CHECK;

/* Markdown: docs/declaration.md. */
rc schema_export_page(struct buf *out, struct err *e) MUST_CHECK;

#endif
