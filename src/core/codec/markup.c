/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping in one place, so that it can be forgotten in none. */
#include "core/codec/markup.h"

#include <stdio.h>

#include "core/base/names.h"
#include "core/base/banned.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* U+FFFE and U+FFFF: valid UTF-8, and forbidden in XML. */
static bool is_noncharacter(const char *text, size_t len)
{
	return len == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 || memcmp(text, "\xef\xbf\xbf", 3) == 0);
}

/* What no document may hold. */
static uint8_t replaced(char c)
{
	if (c == '\n' || c == '\t')
		return (uint8_t)c;
	return (unsigned char)c < 0x20 || c == 0x7f ? ' ' : '?';
}

void markup_text(struct buf *out, const char *text)
{
	for (size_t left = strlen(text); left;) {
		const char *e = entity(*text);
		size_t len = name_utf8_len(text, left);
		if (e)
			buf_put_text(out, e);
		else if (len && !is_noncharacter(text, len))
			buf_put(out, bytes_of(text, len));
		else
			buf_put_u8(out, replaced(*text));
		len = len ? len : 1;
		text += len;
		left -= len;
	}
}

static void put_char(struct buf *out, char c)
{
	const char *e = entity(c);
	if (e)
		buf_put_text(out, e);
	else
		buf_put_u8(out, name_utf8_len(&c, 1) ? (uint8_t)c : replaced(c));
}

/* One conversion after '%'. Returns the first character behind it, NULL for an unknown one. */
static const char *convert(struct buf *out, const char *f, va_list *ap)
{
	if (strncmp(f, "lld", 3) == 0) {
		buf_putf(out, "%lld", va_arg(*ap, long long));
		return f + 3;
	}
	if (strncmp(f, "zu", 2) == 0) {
		buf_putf(out, "%zu", va_arg(*ap, size_t));
		return f + 2;
	}
	if (*f == 's') {
		const char *text = va_arg(*ap, const char *);
		markup_text(out, text ? text : "");
	} else if (*f == 'c') {
		put_char(out, (char)va_arg(*ap, int));
	} else if (*f == 'd') {
		buf_putf(out, "%d", va_arg(*ap, int));
	} else if (*f == 'u') {
		buf_putf(out, "%u", va_arg(*ap, unsigned));
	} else if (*f == '%') {
		buf_put_u8(out, '%');
	} else {
		return NULL;
	}
	return f + 1;
}

void markup_putf(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	while (fmt && *fmt) {
		size_t n = strcspn(fmt, "%");
		buf_put(out, bytes_of(fmt, n));
		fmt += n;
		if (*fmt == '%')
			fmt = convert(out, fmt + 1, &ap);
	}
	va_end(ap);
	if (!fmt)
		out->broken = ERR_INTERNAL;
}

void markup_date(const char *date, char *out, size_t size)
{
	static const char *const months[] = {"January", "February", "March",	 "April",   "May",	"June",
					     "July",	"August",   "September", "October", "November", "December"};
	unsigned y = 0, m = 0, d = 0;
	if (sscanf(date, "%4u-%2u-%2u", &y, &m, &d) == 3 && m >= 1 && m <= 12)
		(void)snprintf(out, size, "%u %s %u", d, months[m - 1], y);
	else
		(void)snprintf(out, size, "%s", date);
}
