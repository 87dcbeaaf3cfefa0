/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the tests' own for the tables that the product room writes: CSV by RFC 4180, and pipes of Markdown. */
#ifndef HALLMARK_TESTS_PRODUCT_TABLES_H
#define HALLMARK_TESTS_PRODUCT_TABLES_H

#include "check.h"

#define TABLES_ROWS_MAX 600
#define TABLES_COLUMNS_MAX 20

struct tables_csv {
	char memory[2 * 1024 * 1024];
	const char *at[TABLES_ROWS_MAX][TABLES_COLUMNS_MAX];
	size_t rows, columns;
};

/* One field from *p, which moves behind it; into *to, which moves too. */
static inline void tables_field(const char **p, char **to)
{
	bool quoted = **p == '"';
	if (quoted)
		(*p)++;
	for (;; (*p)++) {
		if (quoted && **p == '"' && (*p)[1] != '"')
			break;
		if (!quoted && (**p == ',' || **p == '\r'))
			break;
		if (**p == 0)
			fail_msg("a field that does not end");
		if (!quoted && **p == '"')
			fail_msg("a quote in a field without quotes");
		if (**p == '\n' || **p == '\r')
			fail_msg("a line break in a field");
		if (quoted && **p == '"')
			(*p)++;
		*(*to)++ = **p;
	}
	if (quoted)
		(*p)++;
	*(*to)++ = 0;
}

/* Reads all of it; every line must have as many fields as the first and end with CRLF. */
static inline void tables_read(const char *p, struct tables_csv *ret)
{
	char *to = ret->memory;
	ret->rows = ret->columns = 0;
	while (*p) {
		size_t n = 0;
		assert_true(ret->rows < TABLES_ROWS_MAX);
		assert_true(to + strlen(p) < ret->memory + sizeof ret->memory);
		for (;; p++) {
			assert_true(n < TABLES_COLUMNS_MAX);
			ret->at[ret->rows][n++] = to;
			tables_field(&p, &to);
			if (*p != ',')
				break;
		}
		assert_memory_equal(p, "\r\n", 2);
		p += 2;
		if (ret->rows++ == 0)
			ret->columns = n;
		assert_int_equal(n, ret->columns);
	}
}

/* Pipes that Markdown takes for the border of a cell. */
static inline size_t tables_pipes(const char *line, size_t n)
{
	size_t pipes = 0;
	for (size_t i = 0; i < n; i++) {
		if (line[i] == '\\')
			i++;
		else
			pipes += line[i] == '|';
	}
	return pipes;
}

/* Every table of a Markdown text keeps its number of columns, and nothing in it is HTML but anchors and addresses. */
static inline void tables_markdown_sound(const char *text)
{
	size_t columns = 0;
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");
		size_t pipes = line[0] == '|' ? tables_pipes(line, n) : 0;
		if (pipes && columns && pipes != columns)
			fail_msg("%zu borders where the table has %zu: %.*s", pipes, columns, (int)n, line);
		if (pipes && line[n - 1] != '|')
			fail_msg("text behind the last cell: %.*s", (int)n, line);
		columns = pipes;
		line += n + (line[n] == '\n');
	}
	for (const char *at = text; (at = strchr(at, '<')); at++)
		if (strncmp(at, "<a id=\"", 7) != 0 && strncmp(at, "</a>", 4) != 0 && strncmp(at, "<https://", 9) != 0)
			fail_msg("HTML: %.40s", at);
}

#endif
