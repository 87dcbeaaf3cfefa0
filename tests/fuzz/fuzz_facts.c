/* SPDX-License-Identifier: Apache-2.0 */
/* facts.json and verdicts.json: what decodes must encode, and decode again to the same. */
#include <stdlib.h>

#include "core/model/fact.h"
#include "core/model/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void facts(struct bytes in)
{
	CLEANUP(fact_set_done) struct fact_set s = {0}, again = {0};
	CLEANUP(buf_done) struct buf out;
	struct fact_head head;
	buf_init(&out, FACT_JSON_MAX);
	if (rc_failed(fact_set_decode(in, &s, &head, NULL)) || rc_failed(fact_set_encode(&s, &head, &out, NULL)))
		return;
	if (rc_failed(fact_set_decode(buf_view(&out), &again, &head, NULL)) || s.n != again.n)
		abort();
}

static void verdicts(struct bytes in)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL, *again = NULL;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, VERDICT_JSON_MAX);
	if (rc_failed(verdict_set_decode(in, &v, NULL)) || rc_failed(verdict_set_encode(v, &out, NULL)))
		return;
	if (rc_failed(verdict_set_decode(buf_view(&out), &again, NULL)) || v->n != again->n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	facts(bytes_of(data, n));
	verdicts(bytes_of(data, n));
	return 0;
}
