/* SPDX-License-Identifier: Apache-2.0 */
/* Base45: two bytes in three digits, a last single byte in two, least significant digit first. */
#include "core/codec/base45.h"

#include "core/base/banned.h"

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

static int digit(uint8_t c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

bool base45_has(char c)
{
	return digit((uint8_t)c) >= 0;
}

void base45_encode(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i += 2) {
		bool pair = i + 1 < in.n;
		unsigned v = pair ? (unsigned)in.p[i] << 8 | in.p[i + 1] : in.p[i];
		buf_put_u8(out, (uint8_t)alphabet[v % 45]);
		buf_put_u8(out, (uint8_t)alphabet[v / 45 % 45]);
		if (pair)
			buf_put_u8(out, (uint8_t)alphabet[v / 45 / 45]);
	}
}

/* One group of two or three digits into one or two bytes. */
static bool decode_group(struct bytes group, struct buf *out)
{
	static const unsigned weight[] = {1, 45, 45 * 45};
	unsigned v = 0;
	for (size_t i = 0; i < group.n; i++) {
		int d = digit(group.p[i]);
		if (d < 0)
			return false;
		v += (unsigned)d * weight[i];
	}
	if (v > (group.n == 3 ? 0xffffU : 0xffU))
		return false;
	if (group.n == 3)
		buf_put_u8(out, (uint8_t)(v >> 8));
	buf_put_u8(out, (uint8_t)v);
	return true;
}

rc base45_decode(struct bytes text, struct buf *out, struct err *e)
{
	if (text.n % 3 == 1)
		return err_set(e, ERR_INPUT, "base45: %zu characters, which no text of bytes has", text.n);
	CLEANUP(buf_done) struct buf plain;
	buf_init(&plain, text.n);
	for (size_t i = 0; i < text.n; i += 3) {
		size_t left = text.n - i;
		if (!decode_group(bytes_of(text.p + i, left < 3 ? left : 3), &plain))
			return err_set(e, ERR_INPUT, "base45: not a base45 text (at character %zu)", i + 1);
	}
	rc r = buf_check(&plain, "base45", e);
	if (rc_failed(r))
		return r;
	buf_put(out, buf_view(&plain));
	return buf_check(out, "base45", e);
}
