/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, strict: two texts never decode to the same bytes, so a signature cannot be re-spelt. */
#include "core/codec/base64.h"

#include "core/base/banned.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t left = in.n - i;
		uint32_t v = (uint32_t)in.p[i] << 16;
		if (left > 1)
			v |= (uint32_t)in.p[i + 1] << 8;
		if (left > 2)
			v |= in.p[i + 2];
		uint8_t quad[4] = {
			(uint8_t)alphabet[v >> 18],
			(uint8_t)alphabet[v >> 12 & 63],
			left > 1 ? (uint8_t)alphabet[v >> 6 & 63] : '=',
			left > 2 ? (uint8_t)alphabet[v & 63] : '=',
		};
		buf_put(out, bytes_of(quad, sizeof quad));
	}
}

static int value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static bool text_ok(struct bytes text, size_t *ret_digits)
{
	if (text.n % 4)
		return false;
	size_t digits = text.n;
	while (digits && text.n - digits < 2 && text.p[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < digits; i++)
		if (value_of(text.p[i]) < 0)
			return false;
	if (digits % 4 == 2 && value_of(text.p[digits - 1]) & 15)
		return false;
	if (digits % 4 == 3 && value_of(text.p[digits - 1]) & 3)
		return false;
	*ret_digits = digits;
	return true;
}

rc base64_decode(struct bytes text, struct buf *out, struct err *e)
{
	size_t digits = 0;
	if (!text_ok(text, &digits))
		return err_set(e, ERR_INPUT, "not base64 in its strict form");
	uint32_t acc = 0;
	for (size_t i = 0; i < digits; i++) {
		acc = acc << 6 | (uint32_t)value_of(text.p[i]);
		if (i % 4 == 1)
			buf_put_u8(out, (uint8_t)(acc >> 4));
		else if (i % 4 == 2)
			buf_put_u8(out, (uint8_t)(acc >> 2));
		else if (i % 4 == 3)
			buf_put_u8(out, (uint8_t)acc);
	}
	return buf_check(out, "decoded base64", e);
}
