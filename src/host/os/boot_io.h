/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's boot control: one interface over the record file, U-Boot, GRUB and systemd-boot. The transitions are those
 * of bootctl.h; each leaves a device that boots the old or the new slot wherever power fails (docs/boot.md has the
 * sequences). For the agent's parent.
 */
#ifndef HALLMARK_HOST_OS_BOOT_IO_H
#define HALLMARK_HOST_OS_BOOT_IO_H

#include "host/os/boot.h"
#include "host/os/boot_config.h"

#define BOOT_IO_CONFIG "factory/boot.json"
#define BOOT_IO_RECORD "boot.env"
#define BOOT_IO_DIR_SIZE 512

struct boot {
	struct boot_config config;
	char record[BOOT_IO_DIR_SIZE]; /* boot.env: all there is (file), or the side record */
	int booted;		       /* 0 or 1; for `file` the record says it */
};

/* Reads the configuration below `dir` and finds out which slot runs. Nothing to close. */
rc boot_io_open(const char *dir, struct boot *ret, struct err *e) MUST_CHECK;

rc boot_io_read(const struct boot *b, struct bootctl *ret, struct err *e) MUST_CHECK;

/*
 * After a start that came as far as the agent: give the confirmed slot its tries back, and clear away a trial that
 * failed. Changes nothing while a slot is on trial, or runs that is not the active one.
 */
rc boot_io_settle(const struct boot *b, struct err *e) MUST_CHECK;

/* ERR_WRONG_STATE as in bootctl.h; stage and switch: ERR_BUSY while another updater's work is not finished. */
rc boot_io_stage(const struct boot *b, struct err *e) MUST_CHECK;
rc boot_io_switch(const struct boot *b, const struct bootctl_image *image, struct err *e) MUST_CHECK;
rc boot_io_confirm(const struct boot *b, struct err *e) MUST_CHECK;
rc boot_io_revert(const struct boot *b, struct err *e) MUST_CHECK;

#endif
