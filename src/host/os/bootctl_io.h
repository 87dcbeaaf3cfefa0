/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record on disk: `boot.env`, two records, always the older one written. */
#ifndef HALLMARK_HOST_OS_BOOTCTL_IO_H
#define HALLMARK_HOST_OS_BOOTCTL_IO_H

#include "host/os/bootctl.h"

/* ERR_MISSING without the file, ERR_INPUT if no record in it is valid. */
rc bootctl_io_read(const char *path, struct bootctl *ret, struct err *e) MUST_CHECK;

/*
 * Write `b`, that was read and then changed by one transition, over the older record and fsync; raises b->sequence.
 * ERR_WRONG_STATE if somebody else wrote in between.
 */
rc bootctl_io_write(const char *path, struct bootctl *b, struct err *e) MUST_CHECK;

/* The factory's first record; ERR_EXISTS if there is a file. */
rc bootctl_io_create(const char *path, const struct bootctl *b, struct err *e) MUST_CHECK;

#endif
