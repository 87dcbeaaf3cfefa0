/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed envelopes on their way to the service: each a file state/outbox/SEQ.json, kept until the service has it
 * (EN303645 5.3-14, 5.7-2: an alert survives power loss). Bounded; when it is full the oldest evidence goes first, then
 * the oldest alert, then the oldest statement, never the newest statement and never a receipt.
 */
#ifndef HALLMARK_AGENT_ROLES_OUTBOX_H
#define HALLMARK_AGENT_ROLES_OUTBOX_H

#include "core/base/buf.h"
#include "core/model/envelope.h"

#define OUTBOX_MAX 64

enum outbox_kind { OUTBOX_STATEMENT, OUTBOX_ALERT, OUTBOX_EVIDENCE, OUTBOX_RECEIPT, OUTBOX_KIND_COUNT };

/* Last part of the service's path: "statements", "alerts", "evidence", "receipts"; back: OUTBOX_KIND_COUNT if none. */
const char *outbox_kind_name(enum outbox_kind kind);
enum outbox_kind outbox_kind_of(const char *name);

struct outbox_entry {
	uint64_t seq;
	enum outbox_kind kind;
};

struct outbox {
	char dir[64];
	struct outbox_entry entries[OUTBOX_MAX]; /* by seq */
	size_t n;
	uint64_t last;
	uint64_t dropped; /* since start */
};

/* Which entry to give up for another; n if none may be. Pure. */
size_t outbox_victim(const struct outbox_entry *entries, size_t n);

/* Which to send next: the oldest alert, else the oldest; n if empty. Pure. */
size_t outbox_next(const struct outbox_entry *entries, size_t n);

/* Read the folder. Files that are no envelope of ours are removed. */
rc outbox_open(struct outbox *ret, const char *dir, struct err *e) MUST_CHECK;

/* On disk when it returns. ERR_SPACE if nothing may be dropped for it. */
rc outbox_add(struct outbox *o, enum outbox_kind kind, struct bytes envelope, struct err *e) MUST_CHECK;

rc outbox_load(const struct outbox *o, size_t i, struct buf *ret, struct err *e) MUST_CHECK;

/* The service has it, or will never take it. */
rc outbox_remove(struct outbox *o, uint64_t seq, struct err *e) MUST_CHECK;

#endif
