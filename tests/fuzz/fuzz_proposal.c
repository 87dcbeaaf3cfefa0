/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals and holders' cards, as they come from a stick: what is read can be reviewed, and written and read again. */
#include <stdlib.h>

#include "release/holder.h"
#include "release/proposal.h"
#include "release/review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(proposal_done) struct proposal p = {0}, again = {0};
	CLEANUP(holder_card_done) struct holder_card card = {0};
	CLEANUP(buf_done) struct buf text, review;
	buf_init(&text, PROPOSAL_MAX);
	buf_init(&review, REVIEW_MAX);
	(void)holder_card_read(bytes_of(data, n), &card, NULL).code;
	if (rc_failed(proposal_read(bytes_of(data, n), &p, NULL)))
		return 0;
	if (rc_failed(review_text(&p, (struct wall_time){0}, &review, NULL)))
		return 0; /* longer than anybody reads */
	for (size_t i = 0; i < review.len; i++)
		if (review.data[i] < ' ' && review.data[i] != '\n')
			abort();
	if (rc_failed(proposal_write(&p, &text, NULL)) || rc_failed(proposal_read(buf_view(&text), &again, NULL)) ||
	    rc_failed(proposal_merge(&p, &again, NULL)))
		abort();
	return 0;
}
