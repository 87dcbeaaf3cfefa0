/* SPDX-License-Identifier: Apache-2.0 */
/* Crockford base32 for what people type. */
#include "core/codec/base32.h"

#include "core/base/banned.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void base32_encode(struct bytes in, size_t chars, char *out)
{
	for (size_t i = 0; i < chars; i++) {
		unsigned v = 0;
		for (size_t bit = 5 * i; bit < 5 * i + 5; bit++)
			v = v << 1 | (bit / 8 < in.n ? in.p[bit / 8] >> (7 - bit % 8) & 1u : 0u);
		out[i] = alphabet[v];
	}
	out[chars] = 0;
}

static char normal(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return '1';
	if (c == 'O')
		return '0';
	return c && memchr(alphabet, c, sizeof alphabet - 1) ? c : 0;
}

bool base32_normalise(const char *typed, char *out, size_t max)
{
	size_t n = 0;
	for (; *typed; typed++) {
		if (*typed == '-' || *typed == ' ')
			continue;
		char c = normal(*typed);
		if (!c || n == max)
			return false;
		out[n++] = c;
	}
	out[n] = 0;
	return n > 0;
}
