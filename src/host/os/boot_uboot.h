/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block in which U-Boot keeps its environment: CRC-32, a flag byte when there are two copies of it, then
 * NUL-terminated NAME=VALUE texts up to an empty one. Pure. Variables of others are carried over byte for byte.
 */
#ifndef HALLMARK_HOST_OS_BOOT_UBOOT_H
#define HALLMARK_HOST_OS_BOOT_UBOOT_H

#include "core/base/buf.h"
#include "host/os/boot_vars.h"

#define BOOT_UBOOT_COPIES 2
#define BOOT_UBOOT_SIZE_MIN 64
#define BOOT_UBOOT_SIZE_MAX ((size_t)1024 * 1024)

/*
 * The valid copy, or of two valid ones the newer, as U-Boot chooses. `n` is 1 or 2, all of one size. ERR_INPUT if none
 * is valid: then nobody knows what was in it, and it must not be written over.
 */
rc boot_uboot_choose(const struct bytes copies[], size_t n, size_t *ret_at, struct err *e) MUST_CHECK;

/* The texts of a chosen copy. */
struct bytes boot_uboot_texts(struct bytes copy, size_t n);

/* For boot_vars_env. The last text of the name counts, as in U-Boot. */
bool boot_uboot_get(struct bytes texts, const char *name, struct bytes *ret);

/* Append to `out` (limit: at least the copy's size) the copy that follows `current`, with the changes made. */
rc boot_uboot_encode(struct bytes current, size_t n, const struct boot_vars_set *set, struct buf *out, struct err *e)
	MUST_CHECK;

#endif
