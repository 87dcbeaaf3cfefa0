/* SPDX-License-Identifier: Apache-2.0 */
/* Durable files: temporary name, fsync, rename, fsync of the folder, in this order and nowhere else. */
#include "host/os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define READ_STEP 16384

rc file_pread_all(int fd, uint8_t *to, size_t n, off_t at, const char *what, struct err *e)
{
	while (n) {
		ssize_t got = pread(fd, to, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, errno, "read %s at %lld", what, (long long)at);
		if (got == 0)
			return err_set(e, ERR_INPUT, "%s ends at %lld, too early", what, (long long)at);
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return RC_OK;
}

void file_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

rc file_path(char ret[FILE_PATH_MAX], struct err *e, const char *dir, const char *name)
{
	int n = snprintf(ret, FILE_PATH_MAX, "%s/%s", dir, name);
	if (n < 0 || n >= FILE_PATH_MAX)
		return err_set(e, ERR_LIMIT, "path longer than %d bytes: %.80s...", FILE_PATH_MAX - 1, dir);
	return RC_OK;
}

/* Through a block of our own: a buffer whose limit is exactly the file's size has no room to find the end with. */
static rc read_rest(int fd, const char *path, size_t max, struct buf *out, struct err *e)
{
	uint8_t block[READ_STEP];
	size_t total = 0;
	ssize_t n;
	rc r = RC_OK;
	while (rc_ok(r) && (n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			r = err_errno(e, errno, "read %s", path);
		} else if ((size_t)n > max - total) {
			r = err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
		} else {
			total += (size_t)n;
			buf_put(out, bytes_of(block, (size_t)n));
			r = buf_check(out, path, e);
		}
	}
	mem_wipe(block, sizeof block); /* it may have been a key */
	return r;
}

rc file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	struct stat st;
	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a regular file", path);
	return read_rest(fd, path, max, out, e);
}

rc file_write_all(int fd, struct bytes content, const char *what, struct err *e)
{
	while (content.n) {
		ssize_t n = write(fd, content.p, content.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "write %s", what);
		content = bytes_of(content.p + n, content.n - (size_t)n);
	}
	return RC_OK;
}

rc file_pwrite_all(int fd, struct bytes content, off_t at, const char *what, struct err *e)
{
	while (content.n) {
		ssize_t n = pwrite(fd, content.p, content.n, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "write %s at %lld", what, (long long)at);
		content = bytes_of(content.p + n, content.n - (size_t)n);
		at += n;
	}
	return RC_OK;
}

static rc sync_folder_of(const char *path, struct err *e)
{
	char dir[FILE_PATH_MAX];
	(void)snprintf(dir, sizeof dir, "%s", path);
	char *slash = strrchr(dir, '/');
	if (slash && slash != dir)
		*slash = 0;
	else
		(void)snprintf(dir, sizeof dir, "%s", slash ? "/" : ".");
	FD_AUTO int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "open folder %s", dir);
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync folder %s", dir);
	return RC_OK;
}

/* Never into what is there: a power cut within a rename may have left the name on the file that is in use. */
static rc write_temporary(const char *tmp, struct bytes content, mode_t mode, struct err *e)
{
	(void)unlink(tmp);
	FD_AUTO int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_errno(e, errno, "create %s", tmp);
	if (fchmod(fd, mode) != 0) /* the umask must not decide */
		return err_errno(e, errno, "chmod %s", tmp);
	rc r = file_write_all(fd, content, tmp, e);
	if (rc_failed(r))
		return r;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", tmp);
	return RC_OK;
}

rc file_write_atomic(const char *path, struct bytes content, mode_t mode, struct err *e)
{
	char tmp[FILE_PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.tmp", path);
	if (n < 0 || (size_t)n >= sizeof tmp)
		return err_set(e, ERR_LIMIT, "path too long: %.80s...", path);
	rc r = write_temporary(tmp, content, mode, e);
	if (rc_ok(r) && rename(tmp, path) != 0)
		r = err_errno(e, errno, "rename %s", tmp);
	if (rc_failed(r)) {
		(void)unlink(tmp);
		return r;
	}
	return sync_folder_of(path, e);
}

rc file_create(const char *path, struct bytes content, mode_t mode, struct err *e)
{
	char tmp[FILE_PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.tmp", path);
	if (n < 0 || (size_t)n >= sizeof tmp)
		return err_set(e, ERR_LIMIT, "path too long: %.80s...", path);
	rc r = write_temporary(tmp, content, mode, e);
	if (rc_ok(r) && link(tmp, path) != 0)
		r = err_errno(e, errno, "create %s", path);
	(void)unlink(tmp);
	return rc_failed(r) ? r : sync_folder_of(path, e);
}

rc file_append_synced(const char *path, struct bytes content, mode_t mode, struct err *e)
{
	bool fresh = !file_exists(path);
	FD_AUTO int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = file_write_all(fd, content, path, e);
	if (rc_failed(r))
		return r;
	if (fsync(fd) != 0)
		return err_errno(e, errno, "fsync %s", path);
	return fresh ? sync_folder_of(path, e) : RC_OK;
}

bool file_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

rc file_remove(const char *path, struct err *e)
{
	if (unlink(path) != 0)
		return errno == ENOENT ? RC_OK : err_errno(e, errno, "remove %s", path);
	return sync_folder_of(path, e);
}

static rc overwrite(int fd, off_t size, const char *path, struct err *e)
{
	static const uint8_t zeros[4096];
	for (off_t at = 0; at < size; at += (off_t)sizeof zeros) {
		size_t n = size - at < (off_t)sizeof zeros ? (size_t)(size - at) : sizeof zeros;
		rc r = file_pwrite_all(fd, bytes_of(zeros, n), at, path, e);
		if (rc_failed(r))
			return r;
	}
	return fsync(fd) == 0 ? RC_OK : err_errno(e, errno, "fsync %s", path);
}

rc file_shred(const char *path, struct err *e)
{
	FD_AUTO int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? RC_OK : err_errno(e, errno, "open %s", path);
	struct stat st;
	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "stat %s", path);
	rc r = overwrite(fd, st.st_size, path, e);
	return rc_failed(r) ? r : file_remove(path, e);
}

/* A folder whose name is lost takes along all that was synced in it. */
static rc make_one(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode) == 0)
		return sync_folder_of(path, e);
	return errno == EEXIST ? RC_OK : err_errno(e, errno, "make folder %s", path);
}

rc file_make_dir(const char *path, mode_t mode, struct err *e)
{
	char part[FILE_PATH_MAX];
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof part)
		return err_set(e, ERR_LIMIT, "not a usable folder name: %.80s", path);
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != 0)
			continue;
		char keep = part[i];
		part[i] = 0;
		rc r = make_one(part, mode, e);
		if (rc_failed(r))
			return r;
		part[i] = keep;
	}
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_EXISTS, "%s exists and is not a folder", path);
	return RC_OK;
}

void file_list_free(char **names)
{
	for (char **p = names; p && *p; p++)
		mem_free(*p);
	mem_free(names);
}

static int by_bytes(const void *a, const void *b)
{
	char *const *na = a;
	char *const *nb = b;
	return strcmp(*na, *nb);
}

static rc collect(DIR *dir, const char *path, size_t max, char **names, size_t *ret_n, struct err *e)
{
	size_t n = 0;
	for (const struct dirent *d; (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		if (n == max)
			return err_set(e, ERR_LIMIT, "%s holds more than %zu entries", path, max);
		names[n] = mem_dup_text(d->d_name);
		if (!names[n++])
			return err_set(e, ERR_MEMORY, "list %s: out of memory", path);
	}
	qsort(names, n, sizeof *names, by_bytes);
	*ret_n = n;
	return RC_OK;
}

rc file_list_dir(const char *path, size_t max, char ***ret, size_t *ret_n, struct err *e)
{
	char **names = mem_array(max + 1, sizeof *names);
	if (!names)
		return err_set(e, ERR_MEMORY, "list %s: out of memory", path);
	DIR *dir = opendir(path);
	rc r = dir ? collect(dir, path, max, names, ret_n, e) : err_errno(e, errno, "open folder %s", path);
	if (dir)
		(void)closedir(dir);
	if (rc_failed(r)) {
		file_list_free(names);
		return r;
	}
	*ret = names;
	return RC_OK;
}
