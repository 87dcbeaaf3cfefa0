/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two image slots on one disk (a file, or a block device): slot A at byte 0, slot B in the second half. Writes stay
 * inside their slot whatever the caller says.
 */
#ifndef HALLMARK_HOST_OS_SLOT_H
#define HALLMARK_HOST_OS_SLOT_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/crypto/hash.h"

/* Zero it before use. */
struct slot_disk {
	int fd; /* valid if slot_bytes is not 0 */
	uint64_t slot_bytes;
};

/* ERR_INPUT if it cannot be halved into two slots. */
rc slot_open(const char *path, bool writable, struct slot_disk *ret, struct err *e) MUST_CHECK;
void slot_close(struct slot_disk *d); /* accepts a zeroed one */

/* The factory's empty disk file; ERR_EXISTS if the path is taken. */
rc slot_create(const char *path, uint64_t slot_bytes, struct err *e) MUST_CHECK;

/* First byte of the slot on the disk. slot is 0 or 1. */
uint64_t slot_offset(const struct slot_disk *d, int slot);

/* ERR_SPACE if it would reach beyond the slot. Not durable before slot_sync. */
rc slot_write(const struct slot_disk *d, int slot, uint64_t at, struct bytes content, struct err *e) MUST_CHECK;
rc slot_sync(const struct slot_disk *d, struct err *e) MUST_CHECK;

/* A hash over the first `total` bytes of a slot, in steps that do not block for long. */
struct slot_hash {
	struct hash hash;
	int slot;
	uint64_t done, total;
};

rc slot_hash_start(const struct slot_disk *d, int slot, uint64_t total, struct slot_hash *ret, struct err *e)
	MUST_CHECK;
/* At most `max` bytes further; *ret_end says that `digest` was filled in. */
rc slot_hash_step(const struct slot_disk *d, struct slot_hash *h, uint64_t max, bool *ret_end,
		  uint8_t digest[SHA256_SIZE], struct err *e) MUST_CHECK;
void slot_hash_done(struct slot_hash *h); /* accepts a zeroed one */

/* All at once: for the boot loader and tests. */
rc slot_hash_all(const struct slot_disk *d, int slot, uint64_t total, uint8_t ret[SHA256_SIZE], struct err *e)
	MUST_CHECK;

#endif
