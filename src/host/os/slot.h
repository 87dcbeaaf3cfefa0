/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two image slots: the halves of one disk (a file, or a block device; slot A at byte 0), or two files or block
 * devices. Writes stay inside their slot whatever the caller says.
 */
#ifndef HALLMARK_HOST_OS_SLOT_H
#define HALLMARK_HOST_OS_SLOT_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/crypto/hash.h"

/* Zero it before use. */
struct slot_disk {
	int fd[2]; /* valid if slot_bytes is not 0; the same twice for the halves of a disk */
	uint64_t offset[2];
	uint64_t slot_bytes; /* of two of different size, what fits into both */
};

/* ERR_INPUT if it cannot be halved into two slots. */
rc slot_open(const char *path, bool writable, struct slot_disk *ret, struct err *e) MUST_CHECK;

/*
 * Two files or block devices. Only slot `writable` (-1: none) is opened for writing: the other one is mounted, and a
 * kernel may refuse that.
 */
rc slot_open_pair(const char *a, const char *b, int writable, struct slot_disk *ret, struct err *e) MUST_CHECK;
/* Another descriptor of the slot's file or device that cannot write; *ret is the caller's to close. */
rc slot_open_reader(const struct slot_disk *d, int slot, int *ret, struct err *e) MUST_CHECK;
void slot_close(struct slot_disk *d); /* accepts a zeroed one */

/* The factory's empty disk file; ERR_EXISTS if the path is taken. */
rc slot_create(const char *path, uint64_t slot_bytes, struct err *e) MUST_CHECK;

/* ERR_SPACE if it would reach beyond the slot. Not durable before slot_sync. */
rc slot_write(const struct slot_disk *d, int slot, uint64_t at, struct bytes content, struct err *e) MUST_CHECK;
rc slot_sync(const struct slot_disk *d, struct err *e) MUST_CHECK; /* both slots */

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
