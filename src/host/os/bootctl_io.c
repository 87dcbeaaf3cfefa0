/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing boot.env. One pwrite of 512 bytes and one fsync per transition. */
#include "host/os/bootctl_io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/os/file.h"
#include "core/base/banned.h"

static rc load(int fd, const char *path, struct bootctl *ret, int *ret_at, struct err *e)
{
	uint8_t file[BOOTCTL_FILE_SIZE] = {0};
	ssize_t n;
	do {
		n = pread(fd, file, sizeof file, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, errno, "read %s", path);
	/* A shorter file reads as zeros: not a valid record. */
	return rc_failed(bootctl_choose(file, ret, ret_at, e)) ? err_wrap(e, "%s", path) : RC_OK;
}

rc bootctl_io_read(const char *path, struct bootctl *ret, struct err *e)
{
	int at;
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	return load(fd, path, ret, &at, e);
}

rc bootctl_io_write(const char *path, struct bootctl *b, struct err *e)
{
	struct bootctl now, next = *b;
	int at;
	uint8_t record[BOOTCTL_RECORD_SIZE];
	FD_AUTO int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = load(fd, path, &now, &at, e);
	if (rc_failed(r))
		return r;
	if (now.sequence != b->sequence)
		return err_set(e, ERR_WRONG_STATE, "%s was written by somebody else", path);
	next.sequence++;
	bootctl_encode(&next, record);
	r = file_pwrite_all(fd, bytes_of(record, sizeof record), (off_t)(1 - at) * BOOTCTL_RECORD_SIZE, path, e);
	if (rc_failed(r))
		return r;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", path);
	*b = next;
	return RC_OK;
}

rc bootctl_io_create(const char *path, const struct bootctl *b, struct err *e)
{
	uint8_t file[BOOTCTL_FILE_SIZE] = {0};
	bootctl_encode(b, file);
	return file_create(path, bytes_of(file, sizeof file), 0644, e);
}
