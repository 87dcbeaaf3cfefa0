/* SPDX-License-Identifier: Apache-2.0 */
/*
 * factory/boot.json (docs/boot.md): which boot loader this device has, where its store is, and where the slots are.
 * Written by the maker's factory step, root's from then on. Pure: bytes in.
 */
#ifndef HALLMARK_HOST_OS_BOOT_CONFIG_H
#define HALLMARK_HOST_OS_BOOT_CONFIG_H

#include "core/base/bytes.h"
#include "core/base/err.h"

#define BOOT_CONFIG_MAX 4096
#define BOOT_CONFIG_PATH_SIZE 256

enum boot_config_kind { BOOT_CONFIG_FILE, BOOT_CONFIG_UBOOT, BOOT_CONFIG_GRUB, BOOT_CONFIG_ENTRIES, BOOT_CONFIG_COUNT };

/* One copy of U-Boot's environment: the columns of fw_env.config. */
struct boot_config_copy {
	char path[BOOT_CONFIG_PATH_SIZE];
	uint64_t offset;
	uint32_t size;
};

struct boot_config {
	enum boot_config_kind kind;
	struct boot_config_copy copy[2];
	size_t copies;
	char path[BOOT_CONFIG_PATH_SIZE];    /* grubenv, or the folder of the entries */
	char slot[2][BOOT_CONFIG_PATH_SIZE]; /* "": the halves of disk.img */
	char cmdline[BOOT_CONFIG_PATH_SIZE]; /* where the kernel's command line can be read */
};

/* A device without a boot.json: the record file, and the halves of disk.img. */
void boot_config_default(struct boot_config *ret);

rc boot_config_decode(struct bytes text, struct boot_config *ret, struct err *e) MUST_CHECK;

#endif
