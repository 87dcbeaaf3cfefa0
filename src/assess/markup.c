/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping, in one place. */
#include "assess/markup.h"

#include <stdio.h>

#include "core/base/banned.h"

void markup_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '<')
			buf_put_text(out, "&lt;");
		else if (c == '>')
			buf_put_text(out, "&gt;");
		else if (c == '&')
			buf_put_text(out, "&amp;");
		else if (c == '"')
			buf_put_text(out, "&quot;");
		else if (c == '\'')
			buf_put_text(out, "&#39;");
		else if (c < 0x20 || c == 0x7f)
			buf_put_u8(out, ' ');
		else
			buf_put_u8(out, c);
	}
}

/* One conversion; returns how many characters of the format it used. */
static size_t put_conversion(struct buf *out, const char *at, va_list *ap)
{
	switch (*at) {
	case 's':
		markup_text(out, va_arg(*ap, const char *));
		return 1;
	case 'u':
		buf_putf(out, "%u", va_arg(*ap, unsigned));
		return 1;
	case 'd':
		buf_putf(out, "%d", va_arg(*ap, int));
		return 1;
	case 'z':
		buf_putf(out, "%zu", va_arg(*ap, size_t));
		return 2;
	default:
		buf_put_u8(out, '%');
		return 1;
	}
}

void markup_putf(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	while (*fmt) {
		const char *next = strchr(fmt, '%');
		size_t n = next ? (size_t)(next - fmt) : strlen(fmt);
		buf_put(out, bytes_of(fmt, n));
		fmt += n;
		if (*fmt == '%')
			fmt += 1 + put_conversion(out, fmt + 1, &ap);
	}
	va_end(ap);
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
