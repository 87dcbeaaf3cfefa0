/* SPDX-License-Identifier: Apache-2.0 */
/* Records of publications: an entry that decodes must encode to itself; a record that passes keeps its own rules. */
#include <stdlib.h>

#include "core/model/publication.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_entry(struct bytes text)
{
	struct publication p;
	CLEANUP(buf_done) struct buf one, two;
	buf_init(&one, PUBLICATION_LINE_MAX);
	buf_init(&two, PUBLICATION_LINE_MAX);
	if (rc_failed(publication_decode(text, &p, NULL)))
		return;
	if (rc_failed(publication_encode(&p, &one, NULL)) || rc_failed(publication_decode(buf_view(&one), &p, NULL)) ||
	    rc_failed(publication_encode(&p, &two, NULL)) || !bytes_equal(buf_view(&one), buf_view(&two)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	char words[PUBLICATION_WORDS_SIZE];
	check_entry(bytes_of(data, n));
	if (rc_failed(publication_record_check(bytes_of(data, n), NULL, &record, NULL)))
		return 0;
	if (!record.n || record.n > PUBLICATION_ENTRIES_MAX || record.checked || data[n - 1] != '\n')
		abort();
	for (size_t i = 0; i < record.n; i++) {
		const struct publication *before = i ? &record.entries[i - 1] : NULL, *p = &record.entries[i];
		publication_words(before, p, words);
		if (p->seq != (int64_t)i + 1 || (before && p->support_until.s < before->support_until.s) ||
		    publication_keep_until(p).s < p->support_until.s)
			abort();
	}
	return 0;
}
