/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The erasure receipt (docs/wire.md section 1): what was erased, and, as honestly, what could not be. EN303645 5.11-1
 * to 5.11-4. Signed by the device, kept by the owner and the service.
 */
#ifndef HALLMARK_CORE_MODEL_RECEIPT_H
#define HALLMARK_CORE_MODEL_RECEIPT_H

#include "core/base/buf.h"
#include "core/base/names.h"
#include "core/base/units.h"

#define RECEIPT_KEPT_MAX 16
#define RECEIPT_TEXT_MAX 192
#define RECEIPT_TYPE "application/vnd.hallmark.receipt+json"

/* Something that is still there. */
struct receipt_kept {
	char what[RECEIPT_TEXT_MAX + 1];
	char why[RECEIPT_TEXT_MAX + 1];
};

struct receipt {
	char device[NAME_MAX_CHARS + 1];
	struct wall_time time;
	bool key_destroyed;
	int64_t files, bytes; /* removed */
	struct receipt_kept not_erased[RECEIPT_KEPT_MAX];
	size_t not_erased_n;
	char request[8]; /* "owner" or "service" */
};

/* Add a line to not_erased; silently full at RECEIPT_KEPT_MAX - 1, where the last line says that there is more. */
void receipt_keep(struct receipt *r, const char *what, const char *why);

/* Appends the payload (canonical JSON), to be signed as RECEIPT_TYPE. */
rc receipt_encode(const struct receipt *r, struct buf *out, struct err *e) MUST_CHECK;

/* Strict; only for a payload whose envelope was opened. */
rc receipt_decode(struct bytes payload, struct receipt *ret, struct err *e) MUST_CHECK;

#endif
