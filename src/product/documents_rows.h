/* SPDX-License-Identifier: Apache-2.0 */
/* The writers behind the rows of documents_table that have files of their own, and what they share. */
#ifndef HALLMARK_PRODUCT_DOCUMENTS_ROWS_H
#define HALLMARK_PRODUCT_DOCUMENTS_ROWS_H

#include <jansson.h>

#include "product/documents.h"

void documents_mud_write(const struct declaration *d, struct wall_time today, struct buf *out);
void documents_nft_normal(const struct declaration *d, struct wall_time today, struct buf *out);
void documents_nft_isolated(const struct declaration *d, struct wall_time today, struct buf *out);
void documents_sbom_write(const struct declaration *d, struct wall_time today, struct buf *out);
void documents_systemd_unit(const struct declaration *d, const struct decl_service *s, struct buf *out);
void documents_systemd_limits(const struct declaration *d, const struct decl_service *s, struct buf *out);

/* A writer that failed: the buffer is broken, so that nobody takes its content for the document. */
void documents_break(struct buf *out, rc r);

/* Appends the value, indented, and releases it. NULL, which json_pack gives when memory is short, breaks the buffer. */
void documents_json(struct buf *out, json_t *take_value);

#endif
