/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot record (docs/wire.md section 4.1): which slot starts, which one is on trial, what is in them. Pure: bytes to
 * record and back, and the few transitions there are; bootctl_io.h reads and writes. The boot loader and the agent's
 * parent share it. Every transition is one 512-byte write to the older of two records, so that a torn write leaves the
 * state before it. EN303645 5.3-1, 5.3-2 (updates that cannot brick), 5.9-1.
 */
#ifndef HALLMARK_HOST_OS_BOOTCTL_H
#define HALLMARK_HOST_OS_BOOTCTL_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/crypto/hash.h"

#define BOOTCTL_RECORD_SIZE 512
#define BOOTCTL_FILE_SIZE (2 * BOOTCTL_RECORD_SIZE)
#define BOOTCTL_TRIES 3 /* boots that a new slot gets before the old one comes back */

/* What lies at the start of a slot; bytes 0: nothing that may be booted. */
struct bootctl_image {
	uint64_t bytes;
	uint8_t sha256[SHA256_SIZE];
};

/* Slots are 0 (A) and 1 (B). */
struct bootctl {
	uint64_t sequence; /* as read; raised by writing */
	uint8_t active;	   /* the last confirmed slot */
	bool trying;	   /* the other slot is on trial */
	uint8_t tries;	   /* boots it has left */
	uint8_t booted;	   /* the slot that runs now, set by the boot loader */
	struct bootctl_image image[2];
};

void bootctl_encode(const struct bootctl *b, uint8_t out[BOOTCTL_RECORD_SIZE]);
/* False for anything but a whole, well-formed record. */
bool bootctl_decode(const uint8_t in[BOOTCTL_RECORD_SIZE], struct bootctl *ret);

/* The valid record of the highest sequence; *ret_at says which of the two it was. ERR_INPUT if none is valid. */
rc bootctl_choose(const uint8_t file[BOOTCTL_FILE_SIZE], struct bootctl *ret, int *ret_at, struct err *e) MUST_CHECK;

/* Letter of a slot, 'a' or 'b', and back (-1: neither). */
char bootctl_letter(int slot);
int bootctl_slot(char letter);

/* ---- transitions: ERR_WRONG_STATE leaves the record as it was ---- */

/* A factory record: slot A holds `image` and is active. */
void bootctl_factory(struct bootctl *ret, const struct bootctl_image *image);

/* Before the first byte goes into the inactive slot: nothing there may be booted any more. */
rc bootctl_stage(struct bootctl *b, struct err *e) MUST_CHECK;

/* `image` is in the inactive slot and was verified: boot it next time, on trial. */
rc bootctl_switch(struct bootctl *b, const struct bootctl_image *image, struct err *e) MUST_CHECK;

/* The slot on trial runs and is healthy: it is the active one from now on. */
rc bootctl_confirm(struct bootctl *b, struct err *e) MUST_CHECK;

/* Give the trial up: the next boot is the active slot's. */
rc bootctl_revert(struct bootctl *b, struct err *e) MUST_CHECK;

/*
 * The boot loader's decision: *ret_slot is to be started. *ret_write: the record changed (a try was spent, a trial
 * ended, another slot runs) and must be on disk before that. ERR_MISSING if there is nothing to boot.
 */
rc bootctl_boot(struct bootctl *b, int *ret_slot, bool *ret_write, struct err *e) MUST_CHECK;

#endif
