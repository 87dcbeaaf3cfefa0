/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams a target into a temporary file beside its place, checks the file as it lies on the disk, and renames it. So
 * nothing unchecked ever has the target's name, and a target may be larger than the memory.
 */
#include "cli/cli_tuf_download.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/chance.h"
#include "core/base/banned.h"

#define BEGIN_MS 60000
#define SLOWEST_BYTES_PER_MS 16 /* 16 KB/s */

struct arrival {
	int fd;
	const char *path;
};

/* Is the open file the target? It is mapped, so that its size does not matter. */
static rc check_file(int fd, const struct tuf_target *t, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "%s", t->name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != t->length)
		return err_set(e, ERR_TRUST, "%s: not %llu bytes", t->name, (unsigned long long)t->length);
	if (st.st_size == 0)
		return tuf_target_check(t, (struct bytes){0}, e);
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(e, errno, "%s: map", t->name);
	rc r = tuf_target_check(t, bytes_of(p, (size_t)st.st_size), e);
	(void)munmap(p, (size_t)st.st_size);
	return r;
}

static bool is_there(const char *path, const struct tuf_target *t)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd >= 0 && rc_ok(check_file(fd, t, NULL));
}

static rc take_piece(void *ctx, struct bytes piece, struct err *e)
{
	const struct arrival *a = ctx;
	return file_write_all(a->fd, piece, a->path, e);
}

static rc fetch(struct cli_tuf_http *server, const struct tuf_target *t, struct arrival *a, struct err *e)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	http_answer_init(&answer, 4 * KIB); /* of an error's body, which nobody reads */
	if (t->length > SIZE_MAX)
		return err_set(e, ERR_LIMIT, "%s is larger than this machine can handle", t->name);
	const struct cli_tuf_request req = {.name = t->fetch_name,
					    .max = (size_t)t->length,
					    .deadline_ms = BEGIN_MS + (int64_t)(t->length / SLOWEST_BYTES_PER_MS),
					    .sink = take_piece,
					    .ctx = a};
	rc r = cli_tuf_http_get(server, &req, &answer, e);
	if (rc_ok(r) && fsync(a->fd) != 0)
		r = err_errno(e, errno, "sync %s", a->path);
	return rc_ok(r) ? check_file(a->fd, t, e) : r;
}

static rc sync_dir(const char *dir, struct err *e)
{
	FD_AUTO int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) != 0 ? err_errno(e, errno, "sync folder %s", dir) : RC_OK;
}

static rc replace(struct cli_tuf_http *server, const struct tuf_target *t, const char *dir, const char *path,
		  struct err *e)
{
	char random[17], name[sizeof random + 8], part[FILE_PATH_MAX];
	rc r = chance_hex(8, random, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(name, sizeof name, ".part-%s", random);
	r = file_path(part, e, dir, name);
	if (rc_failed(r))
		return r;
	FD_AUTO int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_errno(e, errno, "create %s", part);
	r = fetch(server, t, &(struct arrival){fd, part}, e);
	if (rc_ok(r) && rename(part, path) != 0)
		r = err_errno(e, errno, "rename to %s", path);
	if (rc_failed(r)) {
		(void)unlink(part);
		return r;
	}
	return sync_dir(dir, e);
}

rc cli_tuf_download(struct cli_tuf_http *server, const struct tuf_target *t, const char *dir,
		    char ret_path[FILE_PATH_MAX], bool *ret_kept, struct err *e)
{
	char name[TUF_FILE_NAME_MAX];
	rc r = tuf_target_file_name(t, name, e);
	if (rc_ok(r))
		r = file_make_dir(dir, 0755, e);
	if (rc_ok(r))
		r = file_path(ret_path, e, dir, name);
	if (rc_failed(r))
		return r;
	*ret_kept = is_there(ret_path, t);
	return *ret_kept ? RC_OK : replace(server, t, dir, ret_path, e);
}
