/* SPDX-License-Identifier: Apache-2.0 */
/* U-Boot's environment on disk: files and block devices. */
#ifndef HALLMARK_HOST_OS_BOOT_UBOOT_IO_H
#define HALLMARK_HOST_OS_BOOT_UBOOT_IO_H

#include "host/os/boot.h"
#include "host/os/boot_config.h"

rc boot_uboot_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e) MUST_CHECK;

/* One write over the older copy, fsync, and read back. With one copy only: see docs/boot.md. */
rc boot_uboot_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e) MUST_CHECK;

#endif
