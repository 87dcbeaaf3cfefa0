/* SPDX-License-Identifier: Apache-2.0 */
/* GRUB's environment block on disk. */
#ifndef HALLMARK_HOST_OS_BOOT_GRUB_IO_H
#define HALLMARK_HOST_OS_BOOT_GRUB_IO_H

#include "host/os/boot.h"
#include "host/os/boot_config.h"

rc boot_grub_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e) MUST_CHECK;

/* One sector in place, fsync, read back; a change that would take two is made by replacing the file. */
rc boot_grub_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e) MUST_CHECK;

#endif
