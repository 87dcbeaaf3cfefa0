/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the HTML report, in the order of the page; each appends its section. */
#ifndef HALLMARK_ASSESS_REPORT_HTML_H
#define HALLMARK_ASSESS_REPORT_HTML_H

#include "assess/report.h"
#include "assess/scheme.h"

/* For a product manager: what is met, what is open, what it means, what to do next. */
void report_html_summary(struct buf *out, const struct report_input *in);
/* Every scheme side by side, then row by row. */
void report_html_schemes(struct buf *out, const struct report_input *in, const struct scheme_list *list);
/* For a laboratory: what was looked at, and each verdict with its cases, facts and reasons. */
void report_html_lab(struct buf *out, const struct report_input *in);

/* A result as sign and word, so that nothing depends on colour alone. */
void report_html_mark(struct buf *out, enum verdict_result r);
/* The same with a word of the caller's. */
void report_html_mark_as(struct buf *out, enum verdict_result r, const char *word);
/* Class of a result in the style sheet. */
const char *report_html_class(enum verdict_result r);
/* A bar of five results; a decoration: the numbers stand beside it. */
void report_html_bar(struct buf *out, const struct report_tally *t);

/* Does this provision begin a section? Sections are contiguous in the catalogue. */
bool report_html_begins(const struct verdict_set *v, size_t at);
/* "5.3 Keep software updated": length of "5.3", for anchors; and the words behind it. */
size_t report_html_number(const char *section, const char **ret_words);
/* Begins and ends a table that may scroll in itself on a narrow screen. */
void report_html_table(struct buf *out, const char *name, const char *css);
void report_html_table_end(struct buf *out);

#endif
