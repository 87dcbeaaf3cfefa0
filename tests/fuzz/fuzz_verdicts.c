/* SPDX-License-Identifier: Apache-2.0 */
/* verdicts.json, from which a label may be issued, and what a value becomes on a page. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/markup.h"
#include "core/model/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_markup(const uint8_t *data, size_t n)
{
	char text[257];
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, 4096);
	if (n > sizeof text - 1)
		n = sizeof text - 1;
	if (n)
		memcpy(text, data, n);
	text[n] = 0;
	markup_text(&out, text);
	if (strpbrk(buf_text(&out), "<>\"'"))
		abort();
	/* Whatever came in, a parser of XML can read what comes out. */
	for (size_t i = 0; i < out.len;) {
		size_t len = name_utf8_len((const char *)out.data + i, out.len - i);
		if (!len && out.data[i] != '\n' && out.data[i] != '\t')
			abort();
		i += len ? len : 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(verdict_set_free) struct verdict_set *set = NULL;
	check_markup(data, n);
	(void)!rc_ok(verdict_set_decode(bytes_of(data, n), &set, NULL));
	return 0;
}
