/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of any length in the room it has, without knowing the reader's font: widths are those of the widest common
 * sans-serif (DejaVu Sans, Verdana), so that every other one fits too. Pure.
 */
#ifndef HALLMARK_ASSESS_LABEL_TEXT_H
#define HALLMARK_ASSESS_LABEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define LABEL_TEXT_LINES_MAX 7
#define LABEL_TEXT_LINE_SIZE 400

struct label_text {
	char line[LABEL_TEXT_LINES_MAX][LABEL_TEXT_LINE_SIZE];
	unsigned n;
	bool cut; /* there was more; the last line ends with an ellipsis, and no comma before it */
};

struct label_text_room {
	unsigned width, size; /* of the room and of the letters, same unit */
	bool bold;
	unsigned lines; /* at most */
};

/*
 * Breaks at blanks, or anywhere when a word alone is too wide. Characters that would turn the direction of what follows
 * are left out, others of no width stay with the one before.
 */
void label_text_wrap(const char *text, const struct label_text_room *room, struct label_text *ret);

#endif
