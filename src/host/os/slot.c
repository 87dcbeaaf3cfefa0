/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded access to the slots of a disk. What is in them is the caller's business. */
#include "host/os/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/units.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define READ_STEP (512 * KIB)
#define DIRECT_ALIGN 4096 /* what every disk takes: a multiple of its blocks, in places, lengths and memory */

/* Symbolic links are fine where udev made them (/dev/disk/by-partlabel): who may make one there may write the disk. */
static rc open_one(const char *path, int flags, int *ret_fd, uint64_t *ret_bytes, struct err *e)
{
	FD_AUTO int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	off_t size = lseek(fd, 0, SEEK_END); /* a block device's size too */
	if (size < 0)
		return err_errno(e, errno, "size of %s", path);
	*ret_bytes = (uint64_t)size;
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

rc slot_open(const char *path, bool writable, struct slot_disk *ret, struct err *e)
{
	FD_AUTO int fd = -1;
	uint64_t size = 0;
	rc r = open_one(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW, &fd, &size, e);
	if (rc_failed(r))
		return r;
	if (size < 2 || size % 2)
		return err_set(e, ERR_INPUT, "%s: %llu bytes cannot hold two slots", path, (unsigned long long)size);
	*ret = (struct slot_disk){.fd = {fd, fd}, .offset = {0, size / 2}, .slot_bytes = size / 2};
	fd = -1;
	return RC_OK;
}

rc slot_open_pair(const char *a, const char *b, int writable, struct slot_disk *ret, struct err *e)
{
	FD_AUTO int fd_a = -1;
	FD_AUTO int fd_b = -1;
	uint64_t bytes_a = 0, bytes_b = 0;
	rc r = open_one(a, writable == 0 ? O_RDWR : O_RDONLY, &fd_a, &bytes_a, e);
	if (rc_ok(r))
		r = open_one(b, writable == 1 ? O_RDWR : O_RDONLY, &fd_b, &bytes_b, e);
	if (rc_failed(r))
		return r;
	uint64_t least = bytes_a < bytes_b ? bytes_a : bytes_b;
	if (least == 0)
		return err_set(e, ERR_INPUT, "%s is empty: not a slot", bytes_a ? b : a);
	*ret = (struct slot_disk){.fd = {fd_a, fd_b}, .slot_bytes = least};
	fd_a = fd_b = -1;
	return RC_OK;
}

rc slot_open_reader(const struct slot_disk *d, int slot, int *ret, struct err *e)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", d->fd[slot & 1]);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "open slot %c for reading", slot ? 'b' : 'a');
	*ret = fd;
	return RC_OK;
}

void slot_close(struct slot_disk *d)
{
	if (d->slot_bytes) {
		(void)close(d->fd[0]);
		if (d->fd[1] != d->fd[0])
			(void)close(d->fd[1]);
	}
	*d = (struct slot_disk){0};
}

rc slot_create(const char *path, uint64_t slot_bytes, struct err *e)
{
	if (slot_bytes == 0 || slot_bytes > INT64_MAX / 2)
		return err_set(e, ERR_INPUT, "a slot of %llu bytes", (unsigned long long)slot_bytes);
	FD_AUTO int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, "create %s", path);
	if (ftruncate(fd, (off_t)(2 * slot_bytes)) != 0 || fsync(fd) != 0)
		return err_errno(e, errno, "size %s", path);
	return RC_OK;
}

static rc check_range(const struct slot_disk *d, int slot, uint64_t at, uint64_t n, struct err *e)
{
	if (slot != 0 && slot != 1)
		return err_set(e, ERR_INTERNAL, "slot %d", slot);
	if (at > d->slot_bytes || n > d->slot_bytes - at)
		return err_set(e, ERR_SPACE, "%llu bytes at %llu do not fit into a slot of %llu", (unsigned long long)n,
			       (unsigned long long)at, (unsigned long long)d->slot_bytes);
	return RC_OK;
}

/* ---- past the page cache ---- */

/* False: the file system cannot (tmpfs). */
static bool set_direct(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

static bool is_aligned(uint64_t at, const void *memory, size_t n)
{
	return at % DIRECT_ALIGN == 0 && (uintptr_t)memory % DIRECT_ALIGN == 0 && n % DIRECT_ALIGN == 0;
}

/*
 * What is written past the cache is read back from the medium and not from memory; it costs no copy, and an install
 * does not push the product's own files out of memory. False: it must be done the ordinary way, which tells the reason.
 */
static bool write_direct(int fd, struct bytes content, uint64_t at)
{
	if (!is_aligned(at, content.p, content.n) || !set_direct(fd, true))
		return false;
	ssize_t n = pwrite(fd, content.p, content.n, (off_t)at);
	return set_direct(fd, false) && n >= 0 && (size_t)n == content.n;
}

static bool read_direct(int fd, uint8_t *to, size_t n, uint64_t at)
{
	if (!is_aligned(at, to, n) || !set_direct(fd, true))
		return false;
	ssize_t got = pread(fd, to, n, (off_t)at);
	return set_direct(fd, false) && got >= 0 && (size_t)got == n;
}

rc slot_write(const struct slot_disk *d, int slot, uint64_t at, struct bytes content, struct err *e)
{
	rc r = check_range(d, slot, at, content.n, e);
	if (rc_failed(r) || write_direct(d->fd[slot], content, d->offset[slot] + at))
		return r;
	return file_pwrite_all(d->fd[slot], content, (off_t)(d->offset[slot] + at), "slot", e);
}

rc slot_sync(const struct slot_disk *d, struct err *e)
{
	if (fsync(d->fd[0]) != 0 || (d->fd[1] != d->fd[0] && fsync(d->fd[1]) != 0))
		return err_errno(e, errno, "fsync the slots");
	return RC_OK;
}

rc slot_hash_start(const struct slot_disk *d, int slot, uint64_t total, struct slot_hash *ret, struct err *e)
{
	rc r = check_range(d, slot, 0, total, e);
	if (rc_failed(r))
		return r;
	slot_hash_done(ret);
	*ret = (struct slot_hash){.slot = slot, .total = total};
	return hash_start(&ret->hash, e);
}

void slot_hash_done(struct slot_hash *h)
{
	hash_done(&h->hash);
	*h = (struct slot_hash){0};
}

static rc add_piece(const struct slot_disk *d, struct slot_hash *h, uint8_t *room, size_t n, struct err *e)
{
	uint64_t at = d->offset[h->slot] + h->done;
	rc r = RC_OK;
	if (!read_direct(d->fd[h->slot], room, n, at))
		r = file_pread_all(d->fd[h->slot], room, n, (off_t)at, "slot", e);
	h->done += n;
	return rc_ok(r) ? hash_add(&h->hash, bytes_of(room, n), e) : r;
}

rc slot_hash_step(const struct slot_disk *d, struct slot_hash *h, uint64_t max, bool *ret_end,
		  uint8_t digest[SHA256_SIZE], struct err *e)
{
	MEM_AUTO uint8_t *memory = mem_alloc(READ_STEP + DIRECT_ALIGN);
	if (!memory)
		return err_set(e, ERR_MEMORY, "hashing a slot: out of memory");
	uint8_t *room = memory + DIRECT_ALIGN - (uintptr_t)memory % DIRECT_ALIGN;
	uint64_t until = h->total - h->done > max ? h->done + max : h->total;
	while (h->done < until) {
		uint64_t left = until - h->done;
		rc r = add_piece(d, h, room, left < READ_STEP ? (size_t)left : READ_STEP, e);
		if (rc_failed(r))
			return r;
	}
	bool end = h->done == h->total;
	rc r = end ? hash_end(&h->hash, digest, e) : RC_OK;
	if (rc_ok(r))
		*ret_end = end;
	return r;
}

rc slot_hash_all(const struct slot_disk *d, int slot, uint64_t total, uint8_t ret[SHA256_SIZE], struct err *e)
{
	CLEANUP(slot_hash_done) struct slot_hash h = {0};
	bool end = false;
	rc r = slot_hash_start(d, slot, total, &h, e);
	return rc_failed(r) ? r : slot_hash_step(d, &h, UINT64_MAX, &end, ret, e);
}
