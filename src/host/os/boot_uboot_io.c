/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads all copies, writes one. A file that holds the only copy and nothing else (uboot.env on a file system) is
 * replaced as a whole; a single copy on a device is written where it is, which a power cut can damage: U-Boot offers
 * nothing better there.
 */
#include "host/os/boot_uboot_io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/boot_uboot.h"
#include "host/os/file.h"
#include "core/base/banned.h"

struct env {
	struct buf all; /* the copies, one after the other */
	struct bytes copy[BOOT_UBOOT_COPIES];
	size_t n, current;
};

static void env_done(struct env *v)
{
	buf_done(&v->all);
}

static rc open_copy(const struct boot_config_copy *c, int flags, int *ret, struct err *e)
{
	struct stat st;
	FD_AUTO int fd = open(c->path, flags | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not stop us here */
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "open %s", c->path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		(void)err_set(e, ERR_UNSUPPORTED, "%s is neither a file nor a block device", c->path);
		return err_hint(e, "raw flash (MTD, UBI volumes) must be erased before it is written: not offered");
	}
	*ret = fd;
	fd = -1;
	return RC_OK;
}

static rc read_copy(const struct boot_config_copy *c, uint8_t *room, struct err *e)
{
	FD_AUTO int fd = -1;
	rc r = open_copy(c, O_RDONLY, &fd, e);
	return rc_ok(r) ? file_pread_all(fd, room, c->size, (off_t)c->offset, c->path, e) : r;
}

static rc env_load(const struct boot_config *c, struct env *v, struct err *e)
{
	*v = (struct env){.n = c->copies};
	buf_init(&v->all, c->copies * (size_t)c->copy[0].size);
	uint8_t *room = buf_room(&v->all, c->copies * (size_t)c->copy[0].size);
	if (!room)
		return buf_check(&v->all, "U-Boot environment", e);
	for (size_t i = 0; i < c->copies; i++, room += c->copy[0].size) {
		rc r = read_copy(&c->copy[i], room, e);
		if (rc_failed(r))
			return r;
		v->copy[i] = bytes_of(room, c->copy[i].size);
	}
	return boot_uboot_choose(v->copy, v->n, &v->current, e);
}

static struct boot_vars_env vars_of(const struct env *v)
{
	return (struct boot_vars_env){boot_uboot_get, boot_uboot_texts(v->copy[v->current], v->n)};
}

rc boot_uboot_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e)
{
	CLEANUP(env_done) struct env v = {0};
	rc r = env_load(c, &v, e);
	if (rc_failed(r))
		return r;
	const struct boot_vars_env vars = vars_of(&v);
	r = boot_vars_read(BOOT_VARS_LEFT, &vars, booted, ret, e);
	return rc_failed(r) ? err_wrap(e, "U-Boot environment") : r;
}

/* From the medium, as far as the kernel can be made to: a write that went wrong must be seen now, not at the next boot.
 */
static rc read_back(int fd, const struct boot_config_copy *c, struct bytes content, struct err *e)
{
	CLEANUP(buf_done) struct buf seen;
	buf_init(&seen, content.n);
	uint8_t *room = buf_room(&seen, content.n);
	if (!room)
		return buf_check(&seen, "reading back", e);
	(void)posix_fadvise(fd, (off_t)c->offset, (off_t)content.n, POSIX_FADV_DONTNEED);
	rc r = file_pread_all(fd, room, c->size, (off_t)c->offset, c->path, e);
	if (rc_ok(r) && memcmp(room, content.p, content.n) != 0)
		return err_set(e, ERR_IO, "%s does not hold what was written to it", c->path);
	return r;
}

static rc write_in_place(const struct boot_config_copy *c, struct bytes content, struct err *e)
{
	FD_AUTO int fd = -1;
	rc r = open_copy(c, O_RDWR, &fd, e);
	if (rc_ok(r))
		r = file_pwrite_all(fd, content, (off_t)c->offset, c->path, e);
	if (rc_failed(r))
		return r;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", c->path);
	return read_back(fd, c, content, e);
}

/* A file of exactly the environment's size. */
static bool is_own_file(const struct boot_config_copy *c)
{
	struct stat st;
	return lstat(c->path, &st) == 0 && S_ISREG(st.st_mode) && c->offset == 0 && st.st_size == (off_t)c->size;
}

rc boot_uboot_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e)
{
	CLEANUP(env_done) struct env v = {0};
	CLEANUP(buf_done) struct buf next;
	struct boot_vars_set set;
	buf_init(&next, c->copy[0].size);
	rc r = env_load(c, &v, e);
	if (rc_failed(r))
		return r;
	const struct boot_vars_env vars = vars_of(&v);
	r = boot_vars_write(BOOT_VARS_LEFT, &vars, want, &set, e);
	if (rc_ok(r))
		r = boot_uboot_encode(v.copy[v.current], v.n, &set, &next, e);
	if (rc_failed(r))
		return err_wrap(e, "U-Boot environment");
	const struct boot_config_copy *target = &c->copy[v.n > 1 ? 1 - v.current : 0];
	if (v.n == 1 && is_own_file(target))
		return file_write_atomic(target->path, buf_view(&next), 0600, e);
	return write_in_place(target, buf_view(&next), e);
}
