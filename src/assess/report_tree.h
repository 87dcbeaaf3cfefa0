/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a JSON document of many parts and looking once, at the end: whatever could not be added marks the tree
 * broken, and a broken tree is never written. Objects and lists returned are borrowed from the tree; NULL is accepted.
 */
#ifndef HALLMARK_ASSESS_REPORT_TREE_H
#define HALLMARK_ASSESS_REPORT_TREE_H

#include "core/codec/json.h"

struct report_tree {
	json_t *root; /* an object */
	bool broken;
};

void report_tree_init(struct report_tree *t);
void report_tree_done(struct report_tree *t);

/* Texts may hold any bytes (json_codec_printable). */
void report_tree_text(struct report_tree *t, json_t *to, const char *key, const char *text);
void report_tree_textf(struct report_tree *t, json_t *to, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);
void report_tree_number(struct report_tree *t, json_t *to, const char *key, int64_t number);
void report_tree_bool(struct report_tree *t, json_t *to, const char *key, bool value);
json_t *report_tree_object(struct report_tree *t, json_t *to, const char *key);
json_t *report_tree_list(struct report_tree *t, json_t *to, const char *key);

/* A new object, or a text, at the end of a list. */
json_t *report_tree_item(struct report_tree *t, json_t *list);
void report_tree_item_text(struct report_tree *t, json_t *list, const char *text);

/* Indented. ERR_MEMORY when broken. `what` names the document in the error. */
rc report_tree_write(const struct report_tree *t, const char *what, struct buf *out, struct err *e) MUST_CHECK;

#endif
