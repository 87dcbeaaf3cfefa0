/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place, as GRUB itself does it: GRUB does not replay a file system's journal, so a file that was just replaced may
 * not be there for it after a power cut. Replacing is left for the one case in which a single sector does not do.
 */
#include "host/os/boot_grub_io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/os/boot_grub.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define BLOCK_MODE 0644

static rc load_block(const char *path, uint8_t block[BOOT_GRUB_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, BOOT_GRUB_SIZE);
	rc r = file_read(path, BOOT_GRUB_SIZE, &text, e);
	if (rc_ok(r) && text.len != BOOT_GRUB_SIZE)
		r = err_set(e, ERR_INPUT, "%s has %zu bytes instead of %d", path, text.len, BOOT_GRUB_SIZE);
	if (rc_failed(r))
		return r;
	memcpy(block, text.data, BOOT_GRUB_SIZE);
	return rc_failed(boot_grub_check(block, e)) ? err_wrap(e, "%s", path) : RC_OK;
}

rc boot_grub_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e)
{
	uint8_t block[BOOT_GRUB_SIZE];
	const struct boot_vars_env vars = {boot_grub_get, bytes_of(block, sizeof block)};
	rc r = load_block(c->path, block, e);
	if (rc_failed(r))
		return r;
	r = boot_vars_read(BOOT_VARS_OK_TRY, &vars, booted, ret, e);
	return rc_failed(r) ? err_wrap(e, "%s", c->path) : r;
}

static rc write_sector(const char *path, const uint8_t block[BOOT_GRUB_SIZE], size_t at, struct err *e)
{
	uint8_t seen[BOOT_GRUB_SECTOR];
	FD_AUTO int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = file_pwrite_all(fd, bytes_of(block + at, BOOT_GRUB_SECTOR), (off_t)at, path, e);
	if (rc_failed(r))
		return r;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", path);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	ssize_t n = pread(fd, seen, sizeof seen, (off_t)at);
	if (n != (ssize_t)sizeof seen || memcmp(seen, block + at, sizeof seen) != 0)
		return err_set(e, ERR_IO, "%s does not hold what was written to it", path);
	return RC_OK;
}

rc boot_grub_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e)
{
	uint8_t was[BOOT_GRUB_SIZE], is[BOOT_GRUB_SIZE];
	const struct boot_vars_env vars = {boot_grub_get, bytes_of(was, sizeof was)};
	struct boot_vars_set set;
	size_t sector;
	rc r = load_block(c->path, was, e);
	if (rc_failed(r))
		return r;
	r = boot_vars_write(BOOT_VARS_OK_TRY, &vars, want, &set, e);
	if (rc_ok(r))
		r = boot_grub_encode(was, &set, is, e);
	if (rc_failed(r))
		return err_wrap(e, "%s", c->path);
	if (!boot_grub_span(was, is, &sector))
		return file_write_atomic(c->path, bytes_of(is, sizeof is), BLOCK_MODE, e);
	return write_sector(c->path, is, sector, e);
}
