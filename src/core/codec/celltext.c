/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping for cells of Markdown tables and of CSV files. One walk over the characters, two ways to write them. */
#include "core/codec/celltext.h"

#include <string.h>

#include "core/base/names.h"
#include "core/base/banned.h"

#define SEQUENCE_MAX 4

/* The character at `text` and its bytes; 0 bytes where it is no UTF-8. Control characters count as UTF-8 here. */
static size_t decode(const char *text, uint32_t *ret)
{
	static const uint8_t lead_bits[SEQUENCE_MAX + 1] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t *p = (const uint8_t *)text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : SEQUENCE_MAX;
	if (n > strnlen(text, n) || (n > 1 && !name_utf8_ok(text, n)))
		return 0;
	uint32_t c = p[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	*ret = c;
	return n;
}

/* Not seen by the reader, or changes how the rest is seen. */
static bool control(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{0x01, 0x1f},	  {0x7f, 0x9f},	    {0x061c, 0x061c}, {0x200b, 0x200b}, {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

static void walk(struct buf *out, const char *text, void (*put)(struct buf *out, struct bytes one))
{
	while (*text) {
		uint32_t c = 0;
		size_t n = decode(text, &c);
		if (n == 0)
			buf_put_text(out, "\xef\xbf\xbd");
		else if (control(c))
			buf_putf(out, "U+%04X", c);
		else
			put(out, bytes_of(text, n));
		text += n ? n : 1;
	}
}

static void put_markdown(struct buf *out, struct bytes one)
{
	uint8_t c = one.p[0];
	if (c == '<')
		buf_put_text(out, "&lt;");
	else if (c == '&')
		buf_put_text(out, "&amp;");
	else if (strchr("\\`*_[]#|~$", c))
		buf_putf(out, "\\%c", c);
	else
		buf_put(out, one);
}

void celltext_plain(struct buf *out, const char *text)
{
	walk(out, text, buf_put);
}

void celltext_markdown(struct buf *out, const char *text)
{
	walk(out, text, put_markdown);
}

static void put_csv(struct buf *out, struct bytes one)
{
	if (one.p[0] == '"')
		buf_put_u8(out, '"');
	buf_put(out, one);
}

static bool needs_quotes(const char *text)
{
	return text[strcspn(text, "\",")] || text[0] == ' ' || (text[0] && text[strlen(text) - 1] == ' ');
}

void celltext_csv(struct buf *out, const char *mark, const char *text)
{
	bool quoted = needs_quotes(mark) || needs_quotes(text);
	if (quoted)
		buf_put_u8(out, '"');
	if (mark[0])
		walk(out, mark, put_csv);
	else if (text[0] && strchr("=+-@['", text[0]))
		buf_put_u8(out, '\'');
	walk(out, text, put_csv);
	if (quoted)
		buf_put_u8(out, '"');
}
