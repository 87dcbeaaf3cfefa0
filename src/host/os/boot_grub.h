/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRUB's environment block: 1024 bytes, a first line that names it, NAME=VALUE lines, comments, and '#' up to the end.
 * Pure. It has one copy and no checksum, so what matters is where a change falls: see boot_grub_span.
 */
#ifndef HALLMARK_HOST_OS_BOOT_GRUB_H
#define HALLMARK_HOST_OS_BOOT_GRUB_H

#include "host/os/boot_vars.h"

#define BOOT_GRUB_SIZE 1024
#define BOOT_GRUB_SECTOR 512
#define BOOT_GRUB_TRIES 1 /* GRUB's convention knows no number of them */

/* ERR_INPUT for anything but a whole, well-formed block. */
rc boot_grub_check(const uint8_t block[BOOT_GRUB_SIZE], struct err *e) MUST_CHECK;

/* For boot_vars_env; `block` is a checked one. Values with escapes in them are nobody's that we ask for: not found. */
bool boot_grub_get(struct bytes block, const char *name, struct bytes *ret);

/* The block with the changes made; lines of others and comments stay, byte for byte. ERR_SPACE if it is full. */
rc boot_grub_encode(const uint8_t block[BOOT_GRUB_SIZE], const struct boot_vars_set *set, uint8_t ret[BOOT_GRUB_SIZE],
		    struct err *e) MUST_CHECK;

/* Do the two differ within one sector only? Then writing that sector is a change that cannot be torn. */
bool boot_grub_span(const uint8_t was[BOOT_GRUB_SIZE], const uint8_t is[BOOT_GRUB_SIZE], size_t *ret_sector);

#endif
