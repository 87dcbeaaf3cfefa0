/* SPDX-License-Identifier: Apache-2.0 */
/* The folder loader/entries of a boot loader that counts in file names. */
#ifndef HALLMARK_HOST_OS_BOOT_ENTRIES_IO_H
#define HALLMARK_HOST_OS_BOOT_ENTRIES_IO_H

#include "host/os/boot.h"
#include "host/os/boot_config.h"

rc boot_entries_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e) MUST_CHECK;

/* Steps that are each durable before the next; a cut between two leaves one of the two slots to be started. */
rc boot_entries_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e) MUST_CHECK;

#endif
