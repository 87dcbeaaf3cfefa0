/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at one file of the root tree, by the guard role. Walks the path part by part from the root's descriptor, so
 * that a planted link cannot send it elsewhere. What a difference means is guard_state's business.
 */
#include "agent/guard/scan_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define PERMISSION_BITS 07777

static enum guard_what what_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
		return GUARD_MISSING;
	case ELOOP:   /* a link where a file or folder was */
	case ENOTDIR: /* something else where a folder was */
	case ENXIO:   /* a socket or pipe where a file was */
		return GUARD_CHANGED;
	default:
		return GUARD_UNREADABLE;
	}
}

/* Opens the file, or gives -1 and the reason. */
static int open_beneath(int root_fd, const char *path, enum guard_what *ret_why)
{
	char part[GUARD_PATH_SIZE];
	FD_AUTO int dir = dup(root_fd);
	*ret_why = GUARD_UNREADABLE;
	while (dir >= 0) {
		size_t n = strcspn(path, "/");
		(void)snprintf(part, sizeof part, "%.*s", (int)n, path);
		bool last = path[n] == 0;
		int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
		int fd = openat(dir, part, flags | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			*ret_why = what_of_errno(errno);
		if (fd < 0 || last)
			return fd;
		file_close(&dir);
		dir = fd;
		path += n + 1;
	}
	return -1;
}

static rc hash_fd(int fd, uint8_t ret[SHA256_SIZE], scan_rest_fn *rest, void *ctx)
{
	CLEANUP(hash_done) struct hash h = {0};
	MEM_AUTO uint8_t *chunk = mem_alloc(SCAN_CHUNK_BYTES);
	if (!chunk || rc_failed(hash_start(&h, NULL)))
		return (rc){ERR_MEMORY};
	for (;;) {
		ssize_t n = read(fd, chunk, SCAN_CHUNK_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (rc){ERR_IO};
		if (n == 0)
			return hash_end(&h, ret, NULL);
		rc r = hash_add(&h, bytes_of(chunk, (size_t)n), NULL);
		if (rc_failed(r))
			return r;
		if (rest)
			rest(ctx);
	}
}

enum guard_what scan_io_file(int root_fd, const struct scan_file *f, scan_rest_fn *rest, void *ctx)
{
	enum guard_what why;
	struct stat st;
	uint8_t seen[SHA256_SIZE];
	if (!name_path_ok(f->path))
		return GUARD_UNREADABLE;
	FD_AUTO int fd = open_beneath(root_fd, f->path, &why);
	if (fd < 0)
		return why;
	if (fstat(fd, &st) != 0)
		return GUARD_UNREADABLE;
	if (!S_ISREG(st.st_mode))
		return GUARD_CHANGED;
	if (rc_failed(hash_fd(fd, seen, rest, ctx)))
		return GUARD_UNREADABLE;
	if (!bytes_equal(bytes_of(seen, sizeof seen), bytes_of(f->sha256, sizeof f->sha256)))
		return GUARD_CHANGED;
	return (st.st_mode & PERMISSION_BITS) == f->mode ? GUARD_SAME : GUARD_PERMISSION;
}

int64_t scan_io_rest_us(int64_t worked_us)
{
	return worked_us > 0 ? worked_us * (100 - SCAN_CPU_PERCENT) / SCAN_CPU_PERCENT : 0;
}

int64_t scan_io_gap_ms(uint32_t period_s, size_t files, int64_t spent_ms)
{
	int64_t slot = files ? (int64_t)period_s * 1000 / (int64_t)files : (int64_t)period_s * 1000;
	return slot > spent_ms ? slot - spent_ms : 0;
}
