/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring and breaking the label's texts. */
#include "assess/label_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/attr.h"
#include "core/base/banned.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define ELLIPSIS_WIDTH 1000
#define WIDE 1080
#define OTHER 860
#define REGULAR_PERCENT 94 /* of the bold width, at most */

/* From ' ' to '~', bold, in thousandths of the letters' size. */
static const uint16_t ascii[] = {
	348, 456,  521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415,	 380, 365, 696, 696,  696,
	696, 696,  696, 696, 696, 696,	696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,  683,
	683, 821,  837, 372, 372, 775,	637, 995, 837, 850, 733, 850, 770, 720,	 682, 812, 774, 1103, 771,
	724, 725,  457, 365, 457, 838,	500, 500, 675, 716, 593, 716, 678, 435,	 716, 712, 343, 343,  665,
	343, 1042, 712, 687, 716, 716,	493, 595, 478, 712, 652, 924, 645, 652,	 582, 712, 365, 712,  838,
};

struct range {
	uint32_t from, to;
};

static bool within(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}

/* They would make a text read other than it was written, or are nothing to see. */
static bool is_hidden(uint32_t c)
{
	static const struct range hidden[] = {{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x200b, 0x200b}, {0x200e, 0x200f},
					      {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe0fff}};
	return c < 0x20 || within(c, hidden, ARRAY_LEN(hidden));
}

/* Marks that stand on the character before: never at the beginning of a line. */
static bool is_mark(uint32_t c)
{
	static const struct range marks[] = {{0x0300, 0x036f},	{0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
					     {0x064b, 0x065f},	{0x0900, 0x0903}, {0x093a, 0x094f}, {0x0e31, 0x0e31},
					     {0x0e34, 0x0e3a},	{0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
					     {0x200c, 0x200d},	{0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
					     {0x1f3fb, 0x1f3ff}};
	return within(c, marks, ARRAY_LEN(marks));
}

static unsigned width_of(uint32_t c, bool bold)
{
	static const struct range wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf},	  {0xac00, 0xd7a3},
					    {0xf900, 0xfaff}, {0xfe30, 0xfe6f},	  {0xff00, 0xff60},
					    {0xffe0, 0xffe6}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd}};
	if (is_mark(c))
		return 0;
	if (within(c, wide, ARRAY_LEN(wide)))
		return WIDE;
	unsigned w = c >= ' ' && c <= '~' ? ascii[c - ' '] : OTHER;
	return bold ? w : w * REGULAR_PERCENT / 100;
}

/* One character; what is not UTF-8 counts as a byte of its own. */
static uint32_t next(const char *text, size_t *ret_n)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 : 1;
	uint32_t c = n == 1 ? *p : *p & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*ret_n = 1;
			return *p;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*ret_n = n;
	return c;
}

/* How much of the text one line takes, and where the next begins. */
struct span {
	size_t used, next;
};

static struct span take_line(const char *text, const struct label_text_room *room, unsigned less)
{
	uint64_t most = (uint64_t)room->width * 1000 / (room->size ? room->size : 1), sum = less;
	struct span at = {0}, blank = {0};
	while (text[at.used]) {
		size_t n;
		uint32_t c = next(text + at.used, &n);
		sum += is_hidden(c) ? 0 : width_of(c, room->bold);
		if (c == ' ')
			blank = (struct span){at.used, at.used + 1};
		else if (sum > most && at.used)
			return blank.used ? blank : (struct span){at.used, at.used};
		at.used += n;
	}
	at.next = at.used;
	return at;
}

static void put_line(const char *text, size_t used, const char *tail, char *out)
{
	size_t len = 0;
	for (size_t i = 0, n; i < used; i += n) {
		uint32_t c = next(text + i, &n);
		if (is_hidden(c) || len + n + sizeof ELLIPSIS > LABEL_TEXT_LINE_SIZE)
			continue;
		memcpy(out + len, text + i, n);
		len += n;
	}
	(void)snprintf(out + len, LABEL_TEXT_LINE_SIZE - len, "%s", tail);
}

void label_text_wrap(const char *text, const struct label_text_room *room, struct label_text *ret)
{
	unsigned most = room->lines < LABEL_TEXT_LINES_MAX ? room->lines : LABEL_TEXT_LINES_MAX;
	memset(ret, 0, sizeof *ret);
	text += strspn(text, " ");
	while (*text && ret->n < most) {
		struct span s = take_line(text, room, 0);
		bool more = text[s.next + strspn(text + s.next, " ")] != 0;
		ret->cut = more && ret->n + 1 == most;
		if (ret->cut)
			s = take_line(text, room, ELLIPSIS_WIDTH);
		while (ret->cut && s.used > 1 && strchr(" ,;:.", text[s.used - 1]))
			s.used--;
		put_line(text, s.used, ret->cut ? ELLIPSIS : "", ret->line[ret->n++]);
		text += s.next;
		text += strspn(text, " ");
	}
}
