/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded list of problems. Texts may quote the file, so what could steer a terminal is replaced; other letters
 * than ASCII too, because a cut may have gone through one.
 */
#include "product/problems.h"

#include <stdio.h>

#include "core/base/banned.h"

static void printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
}

struct declaration_problem *problems_add(struct declaration_problems *list, struct problems_mark at, const char *path,
					 const char *fmt, ...)
{
	if (list->n == DECLARATION_PROBLEMS_MAX) {
		list->more++;
		return NULL;
	}
	struct declaration_problem *p = &list->at[list->n++];
	*p = (struct declaration_problem){.line = at.line, .column = at.column};
	(void)snprintf(p->path, sizeof p->path, "%s", path);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(p->text, sizeof p->text, fmt, ap);
	va_end(ap);
	printable(p->path);
	printable(p->text);
	return p;
}

void problems_hint(struct declaration_problem *p, const char *fmt, ...)
{
	if (!p)
		return;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(p->hint, sizeof p->hint, fmt, ap);
	va_end(ap);
	printable(p->hint);
}
