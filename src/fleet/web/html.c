/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping in one place, so that it can be forgotten in none. Pure. */
#include "fleet/web/html.h"

#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

void html_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_put_text(out, "&amp;");
			break;
		case '<':
			buf_put_text(out, "&lt;");
			break;
		case '>':
			buf_put_text(out, "&gt;");
			break;
		case '"':
			buf_put_text(out, "&quot;");
			break;
		case '\'':
			buf_put_text(out, "&#39;");
			break;
		default:
			buf_put_u8(out, (uint8_t)*text);
		}
	}
}

static void put_char(struct buf *out, int c)
{
	const char one[2] = {(char)c, 0};
	html_text(out, one);
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
		html_text(out, text ? text : "");
	} else if (*f == 'c') {
		put_char(out, va_arg(*ap, int));
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

void html_f(struct buf *out, const char *fmt, ...)
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

static void put_day(struct buf *out, const char *iso)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int month = (iso[5] - '0') * 10 + (iso[6] - '0');
	buf_putf(out, "%.*s %s %.4s", 2 - (iso[8] == '0'), iso + 8 + (iso[8] == '0'), months[(month + 11) % 12], iso);
}

void html_time(struct buf *out, struct wall_time t)
{
	char iso[RFC3339_TIME_SIZE];
	if (t.s == 0) {
		buf_put_text(out, "never");
		return;
	}
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%s\">", iso);
	put_day(out, iso);
	buf_putf(out, ", %.5s UTC</time>", iso + 11);
}

void html_date(struct buf *out, struct wall_time t)
{
	char iso[RFC3339_TIME_SIZE];
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%.10s\">", iso);
	put_day(out, iso);
	buf_put_text(out, "</time>");
}

void html_ago(struct buf *out, struct wall_time t, struct wall_time now)
{
	static const struct {
		int64_t s;
		const char *one, *many;
	} units[] = {{SECONDS_PER_DAY, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}};
	char iso[RFC3339_TIME_SIZE];
	if (t.s == 0) {
		buf_put_text(out, "never");
		return;
	}
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%s\" title=\"%s\">", iso, iso);
	int64_t age = now.s - t.s;
	size_t i = 0;
	while (i < ARRAY_LEN(units) && age < units[i].s)
		i++;
	if (i == ARRAY_LEN(units))
		buf_put_text(out, "just now");
	else
		buf_putf(out, "%lld %s ago", (long long)(age / units[i].s),
			 age / units[i].s == 1 ? units[i].one : units[i].many);
	buf_put_text(out, "</time>");
}
