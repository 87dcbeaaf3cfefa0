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

/* The file as it grows, and the hash of it. */
struct draft {
	char path[FILE_PATH_MAX];
	int fd;
	struct hash hash;
	uint64_t bytes;
};

static rc put(struct draft *d, struct bytes part, struct err *e)
{
	rc r = hash_add(&d->hash, part, e);
	d->bytes += part.n;
	return rc_ok(r) ? file_write_all(d->fd, part, d->path, e) : r;
}

static rc put_frames(struct draft *d, const struct made *m, struct err *e)
{
	uint32_t g = 0;
	rc r = RC_OK;
	for (uint32_t i = 0; rc_ok(r) && i < m->t.segments_n; i++) {
		if (g < m->t.groups_n && m->t.groups[g].first == i)
			r = put(d, buf_view(&m->group_frames[g++]), e);
		if (rc_ok(r))
			r = put(d, buf_view(&m->segment_frames[i]), e);
	}
	return rc_ok(r) && m->index.len ? put(d, buf_view(&m->index), e) : r;
}

static rc fill(struct draft *d, const struct made *m, struct bytes header, struct err *e)
{
	rc r = fchmod(d->fd, 0644) == 0 ? RC_OK : err_errno(e, errno, "permissions of %s", d->path);
	if (rc_ok(r))
		r = hash_start(&d->hash, e);
	if (rc_ok(r))
		r = put(d, header, e);
	return rc_ok(r) ? put_frames(d, m, e) : r;
}

static rc put_in_place(const struct draft *d, const char *path, struct err *e)
{
	if (fsync(d->fd) != 0)
		return err_errno(e, errno, "fsync %s", d->path);
	return rename(d->path, path) == 0 ? RC_OK : err_errno(e, errno, "rename to %s", path);
}

static void draft_done(struct draft *d)
{
	hash_done(&d->hash);
	file_close(&d->fd);
}

rc made_io_write(const struct made *m, const char *path, struct made_io_file *ret, struct err *e)
{
	struct made_io_file file = {0};
	CLEANUP(draft_done) struct draft d = {.fd = -1};
	CLEANUP(buf_done) struct buf header;
	buf_init(&header, TRANSFER_HEADER_MAX);
	rc r = transfer_encode(&m->t, &header, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&header), file.header_sha256, e);
	if (rc_failed(r))
		return r;
	if (snprintf(d.path, sizeof d.path, "%s.XXXXXX", path) >= (int)sizeof d.path)
		return err_set(e, ERR_LIMIT, "%s: its path is too long", path);
	d.fd = mkostemp(d.path, O_CLOEXEC);
	if (d.fd < 0)
		return err_errno(e, errno, "create %s", d.path);
	r = fill(&d, m, buf_view(&header), e);
	if (rc_ok(r))
		r = hash_end(&d.hash, file.sha256, e);
	if (rc_ok(r))
		r = put_in_place(&d, path, e);
	file.bytes = d.bytes;
	if (rc_failed(r))
		(void)unlink(d.path);
	else
		*ret = file;
	return r;
}
