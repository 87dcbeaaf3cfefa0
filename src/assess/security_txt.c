/* SPDX-License-Identifier: Apache-2.0 */
/* Reading security.txt and looking for time frames in a policy page. Both are hostile text. */
#include "assess/security_txt.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "core/base/names.h"
#include "core/base/banned.h"

#define NEAR_BYTES 160 /* how far from the word its time frame may stand */

static void copy(char *out, struct bytes v)
{
	if (v.n < SECURITY_TXT_FIELD_SIZE && name_utf8_ok((const char *)v.p, v.n))
		(void)snprintf(out, SECURITY_TXT_FIELD_SIZE, "%.*s", (int)v.n, (const char *)v.p);
}

static bool is_named(struct bytes name, const char *literal)
{
	return name.n == strlen(literal) && strncasecmp((const char *)name.p, literal, name.n) == 0;
}

static void take_field(struct bytes name, struct bytes value, struct security_txt *t)
{
	while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
		value = bytes_of(value.p + 1, value.n - 1);
	if (is_named(name, "contact") && !t->contacts++)
		copy(t->contact, value);
	if (is_named(name, "expires") && !t->expiries++)
		copy(t->expires, value);
	if (is_named(name, "policy") && !t->policy[0])
		copy(t->policy, value);
}

rc security_txt_decode(struct bytes text, struct security_txt *ret, struct err *e)
{
	struct security_txt t = {0};
	size_t fields = 0;
	if (text.n > SECURITY_TXT_MAX)
		return err_set(e, ERR_LIMIT, "security.txt: %zu bytes", text.n);
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		size_t used = end ? n + 1 : n;
		if (n && text.p[n - 1] == '\r')
			n--;
		const uint8_t *colon = n && text.p[0] != '#' ? memchr(text.p, ':', n) : NULL;
		if (colon) {
			size_t at = (size_t)(colon - text.p);
			take_field(bytes_of(text.p, at), bytes_of(colon + 1, n - at - 1), &t);
			fields++;
		}
		text = bytes_of(text.p + used, text.n - used);
	}
	if (!fields)
		return err_set(e, ERR_INPUT, "security.txt: no field in it");
	*ret = t;
	return RC_OK;
}

void security_txt_plain(struct bytes page, struct buf *out)
{
	bool in_tag = false, blank = true;
	for (size_t i = 0; i < page.n; i++) {
		uint8_t c = page.p[i];
		if (c == '<')
			in_tag = true;
		bool is_blank = in_tag || c <= ' ' || c == 0x7f;
		if (!is_blank)
			buf_put_u8(out, c);
		else if (!blank)
			buf_put_u8(out, ' ');
		blank = is_blank;
		if (c == '>')
			in_tag = false;
	}
}

/* A number of days, hours or weeks somewhere in it? */
static bool names_a_time(const char *p, size_t n)
{
	static const char *const units[] = {"day", "hour", "week", "month"};
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)p[i]))
			continue;
		while (i < n && isdigit((unsigned char)p[i]))
			i++;
		while (i < n && (p[i] == ' ' || p[i] == '-'))
			i++;
		/* "5 working days", "2 business days" */
		for (size_t word = 0; word < 2 && i < n; word++) {
			for (size_t u = 0; u < ARRAY_LEN(units); u++)
				if (n - i >= strlen(units[u]) && strncasecmp(p + i, units[u], strlen(units[u])) == 0)
					return true;
			while (i < n && isalpha((unsigned char)p[i]))
				i++;
			while (i < n && p[i] == ' ')
				i++;
		}
	}
	return false;
}

bool security_txt_time_near(struct bytes page, const char *word, char *out, size_t size)
{
	CLEANUP(buf_done) struct buf plain;
	buf_init(&plain, page.n + 1);
	security_txt_plain(page, &plain);
	const char *text = buf_text(&plain);
	for (const char *at = text; (at = strcasestr(at, word)); at++) {
		size_t before = (size_t)(at - text) < NEAR_BYTES ? (size_t)(at - text) : NEAR_BYTES;
		size_t n = strnlen(at - before, before + NEAR_BYTES);
		if (names_a_time(at - before, n)) {
			(void)snprintf(out, size, "%.*s", (int)n, at - before);
			return true;
		}
	}
	return false;
}
