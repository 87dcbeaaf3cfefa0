/* SPDX-License-Identifier: Apache-2.0 */
/* Statement decoders: what one of them accepts must be writable again, byte for byte the same meaning. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void again(rc r)
{
	if (rc_failed(r))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bytes in = bytes_of(data, n);
	struct statement_boot boot;
	struct statement_alert alert;
	struct statement_receipt receipt;
	MEM_AUTO struct statement_evidence *evidence = mem_alloc(sizeof *evidence);
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, 4 * ENVELOPE_PAYLOAD_MAX);
	if (rc_ok(statement_boot_decode(in, &boot, NULL)))
		again(statement_boot_encode(&boot, &out, NULL));
	if (rc_ok(statement_alert_decode(in, &alert, NULL)))
		again(statement_alert_encode(&alert, &out, NULL));
	if (rc_ok(statement_receipt_decode(in, &receipt, NULL)))
		again(statement_receipt_encode(&receipt, &out, NULL));
	if (evidence && rc_ok(statement_evidence_decode(in, evidence, NULL)))
		again(statement_evidence_encode(evidence, &out, NULL));
	return 0;
}
