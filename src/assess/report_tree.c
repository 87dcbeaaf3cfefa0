/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document in the making. */
#include "assess/report_tree.h"

#include <stdio.h>

#include "core/base/banned.h"

#define TEXT_MAX 2048

void report_tree_init(struct report_tree *t)
{
	*t = (struct report_tree){.root = json_object()};
	t->broken = !t->root;
}

void report_tree_done(struct report_tree *t)
{
	json_codec_unref(&t->root);
}

static json_t *set(struct report_tree *t, json_t *to, const char *key, json_t *value)
{
	if (json_object_set_new(to, key, value)) { /* takes the value in every case, and refuses NULL */
		t->broken = true;
		return NULL;
	}
	return value;
}

static json_t *append(struct report_tree *t, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value)) {
		t->broken = true;
		return NULL;
	}
	return value;
}

void report_tree_text(struct report_tree *t, json_t *to, const char *key, const char *text)
{
	(void)set(t, to, key, json_codec_printable(text));
}

void report_tree_textf(struct report_tree *t, json_t *to, const char *key, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	report_tree_text(t, to, key, text);
}

void report_tree_number(struct report_tree *t, json_t *to, const char *key, int64_t number)
{
	(void)set(t, to, key, json_integer(number));
}

void report_tree_bool(struct report_tree *t, json_t *to, const char *key, bool value)
{
	(void)set(t, to, key, json_boolean(value));
}

json_t *report_tree_object(struct report_tree *t, json_t *to, const char *key)
{
	return set(t, to, key, json_object());
}

json_t *report_tree_list(struct report_tree *t, json_t *to, const char *key)
{
	return set(t, to, key, json_array());
}

json_t *report_tree_item(struct report_tree *t, json_t *list)
{
	return append(t, list, json_object());
}

void report_tree_item_text(struct report_tree *t, json_t *list, const char *text)
{
	(void)append(t, list, json_codec_printable(text));
}

rc report_tree_write(const struct report_tree *t, const char *what, struct buf *out, struct err *e)
{
	if (t->broken)
		return err_set(e, ERR_MEMORY, "%s: no memory", what);
	rc r = json_codec_pretty(t->root, out, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", what);
}
