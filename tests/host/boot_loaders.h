/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot loaders as the tests play them: RAUC's documented U-Boot and GRUB scripts step by step, and systemd-boot's
 * sorting and counting. They share no code with what they test: each reads and writes its store by itself.
 */
#ifndef HALLMARK_TESTS_HOST_BOOT_LOADERS_H
#define HALLMARK_TESTS_HOST_BOOT_LOADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum boot_loaders_kind {
	BOOT_LOADERS_UBOOT,
	BOOT_LOADERS_UBOOT_SINGLE,
	BOOT_LOADERS_GRUB,
	BOOT_LOADERS_SD,
	BOOT_LOADERS_COUNT
};

#define BOOT_LOADERS_ENV_SIZE 4096
#define BOOT_LOADERS_RESCUE 2 /* GRUB's script found no slot: its rescue entry */

const char *boot_loaders_name(enum boot_loaders_kind kind);

/*
 * Below `dir`: factory/boot.json, cmdline, and the loader's store as a factory that never heard of us would leave it
 * (slot A boots, variables of others are there).
 */
void boot_loaders_factory(const char *dir, enum boot_loaders_kind kind);

/* One start. Writes the store and `cmdline`. The slot, or BOOT_LOADERS_RESCUE; -1: nothing can be started at all. */
int boot_loaders_boot(const char *dir, enum boot_loaders_kind kind);

/* Text of a variable in the store (U-Boot, GRUB); "" if unset. Valid until the next call. */
const char *boot_loaders_get(const char *dir, enum boot_loaders_kind kind, const char *name);
/* Changes one as another program would; NULL removes. */
void boot_loaders_set(const char *dir, enum boot_loaders_kind kind, const char *name, const char *value);

#endif
