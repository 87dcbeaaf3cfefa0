/* SPDX-License-Identifier: Apache-2.0 */
/* The example declaration as text, with a piece replaced: what the tests of this room begin with. */
#ifndef HALLMARK_TESTS_PRODUCT_DECLARED_H
#define HALLMARK_TESTS_PRODUCT_DECLARED_H

#include <stdio.h>

#include "check.h"
#include "host/os/file.h"
#include "product/declaration.h"

/* PRODUCT_YAML is given by the build. The example, in a buffer of the test program. */
static inline const char *declared_text(void)
{
	static struct buf text;
	struct err e = {0};
	if (text.len == 0) {
		buf_init(&text, DECLARATION_MAX);
		check_ok(file_read(PRODUCT_YAML, DECLARATION_MAX, &text, &e));
	}
	return buf_text(&text);
}

/* The example with the first `from` replaced; `from` must be there. Valid until the next call. */
static inline const char *declared_with(const char *from, const char *to)
{
	static char out[DECLARATION_MAX];
	const char *text = declared_text(), *at = strstr(text, from);
	if (!at)
		fail_msg("the example does not hold '%s'", from);
	int n = snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_true(n > 0 && (size_t)n < sizeof out);
	return out;
}

/* One replacement after the other; a row without `from` ends the list. Valid until the next call. */
struct declared_edit {
	const char *from, *to;
};

static inline const char *declared_edited(const struct declared_edit *edits)
{
	static char out[DECLARATION_MAX], next[DECLARATION_MAX];
	(void)snprintf(out, sizeof out, "%s", declared_text());
	for (; edits->from; edits++) {
		const char *at = strstr(out, edits->from);
		if (!at)
			fail_msg("the example does not hold '%s'", edits->from);
		int n = snprintf(next, sizeof next, "%.*s%s%s", (int)(at - out), out, edits->to,
				 at + strlen(edits->from));
		assert_true(n > 0 && (size_t)n < sizeof next);
		(void)snprintf(out, sizeof out, "%s", next);
	}
	return out;
}

static inline struct declaration *declared_parse(const char *yaml)
{
	struct declaration *d = NULL;
	struct err e = {0};
	check_ok(declaration_parse(bytes_of_text(yaml), &d, NULL, &e));
	return d;
}

#endif
