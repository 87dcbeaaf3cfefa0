/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the documents: each is written once, into a paper, whose form the table of documents.c chooses. */
#ifndef HALLMARK_PRODUCT_DOCUMENTS_PAPERS_H
#define HALLMARK_PRODUCT_DOCUMENTS_PAPERS_H

#include "product/declaration.h"
#include "product/paper.h"

/* Fills `head` beyond product, model, maker and day, which are there; the day is the one it is made for. */
typedef void documents_writer(struct paper *p, const struct declaration *d, struct paper_head *head);

documents_writer documents_policy, documents_privacy, documents_setup, documents_statement, documents_user_info;

void documents_security_txt(const struct declaration *d, struct wall_time today, struct buf *out);

/* Pieces that several documents have. */
void documents_common_days(struct paper *p, unsigned days);			  /* "1 day", "14 days" */
void documents_common_texts(struct paper *p, const struct decl_texts *texts);	  /* "a, b and c" */
void documents_common_choices(struct paper *p, const struct decl_texts *texts);	  /* "a, b or c" */
void documents_common_contact(struct paper *p, const struct declaration *d);	  /* where to report */
void documents_common_report_times(struct paper *p, const struct declaration *d); /* sentences */
void documents_common_updates(struct paper *p, const struct declaration *d);	  /* items of a list */
void documents_common_erasure(struct paper *p, const struct declaration *d);	  /* rows */
void documents_common_see(struct paper *p, const char *url);			  /* a page that says more, if any */
void documents_common_support_end(struct paper *p, const struct declaration *d);  /* items of a list */
const char *documents_common_protection(enum decl_protection protection);

#endif
