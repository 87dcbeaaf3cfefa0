/* SPDX-License-Identifier: Apache-2.0 */
/* The order of frames on disk is the one that delta/transfer.c works out places by. */
#include "delta/make/made_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"
#include "core/base/banned.h"

rc made_io_map(const char *path, struct made_io_map *ret, struct err *e)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	struct stat st;
	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "look at %s", path);
	off_t size = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : -1;
	if (size < 0)
		return err_set(e, ERR_INPUT, "%s is neither a file nor a block device", path);
	if (size == 0)
		return err_set(e, ERR_INPUT, "%s is empty", path);
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(e, errno, "map %s", path);
	ret->content = bytes_of(p, (size_t)size);
	return RC_OK;
}

void made_io_unmap(struct made_io_map *m)
{
	if (m->content.p)
		(void)munmap((void *)(uintptr_t)m->content.p, m->content.n);
	*m = (struct made_io_map){0};
}

static rc write_frames(int fd, const struct made *m, const char *path, struct err *e)
{
	uint32_t g = 0;
	rc r = RC_OK;
	for (uint32_t i = 0; rc_ok(r) && i < m->t.segments_n; i++) {
		if (g < m->t.groups_n && m->t.groups[g].first == i)
			r = file_write_all(fd, buf_view(&m->group_frames[g++]), path, e);
		if (rc_ok(r))
			r = file_write_all(fd, buf_view(&m->segment_frames[i]), path, e);
	}
	return rc_ok(r) && m->index.len ? file_write_all(fd, buf_view(&m->index), path, e) : r;
}

static rc put_in_place(int fd, const char *draft, const char *path, uint64_t *ret_bytes, struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return err_errno(e, errno, "size of %s", draft);
	*ret_bytes = (uint64_t)size;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", draft);
	return rename(draft, path) == 0 ? RC_OK : err_errno(e, errno, "rename to %s", path);
}

rc made_io_write(const struct made *m, const char *path, uint8_t ret_header_sha256[SHA256_SIZE], uint64_t *ret_bytes,
		 struct err *e)
{
	char draft[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf header;
	buf_init(&header, TRANSFER_HEADER_MAX);
	rc r = transfer_encode(&m->t, &header, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&header), ret_header_sha256, e);
	if (rc_failed(r))
		return r;
	if (snprintf(draft, sizeof draft, "%s.XXXXXX", path) >= (int)sizeof draft)
		return err_set(e, ERR_LIMIT, "%s: its path is too long", path);
	FD_AUTO int fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "create %s", draft);
	r = fchmod(fd, 0644) == 0 ? RC_OK : err_errno(e, errno, "permissions of %s", draft);
	if (rc_ok(r))
		r = file_write_all(fd, buf_view(&header), draft, e);
	if (rc_ok(r))
		r = write_frames(fd, m, draft, e);
	if (rc_ok(r))
		r = put_in_place(fd, draft, path, ret_bytes, e);
	if (rc_failed(r))
		(void)unlink(draft);
	return r;
}
