/* SPDX-License-Identifier: Apache-2.0 */
/* Step by step with openat, never following a link: what is opened is what was named. */
#include "host/os/media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/names.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define STEP (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

static rc closed(const char *path, struct err *e)
{
	enum err_code code = errno == ENOENT					     ? ERR_MISSING
			     : errno == ELOOP || errno == ENOTDIR || errno == EMLINK ? ERR_DENIED
										     : ERR_IO;
	return err_set(e, code, "media: %.128s: %s", path, strerror(errno));
}

/* Follow the parts of `path` from the open folder; the last one with `flags`. Takes and closes `dir`. */
static rc walk(int dir, const char *path, int flags, int *ret, struct err *e)
{
	FD_AUTO int at = dir;
	if (strcmp(path, ".") == 0) {
		*ret = at;
		at = -1;
		return RC_OK;
	}
	if (!name_path_ok(path))
		return err_set(e, ERR_DENIED, "media: not a plain name");
	for (const char *part = path;;) {
		char name[MEDIA_NAME_BYTES + 1];
		size_t n = strcspn(part, "/");
		if (n > MEDIA_NAME_BYTES)
			return err_set(e, ERR_DENIED, "media: too long a name");
		memcpy(name, part, n);
		name[n] = 0;
		bool last = !part[n];
		int next = openat(at, name, STEP | (last ? flags : O_DIRECTORY));
		if (next < 0)
			return closed(path, e);
		file_close(&at);
		at = next;
		if (last)
			break;
		part += n + 1;
	}
	*ret = at;
	at = -1;
	return RC_OK;
}

static rc open_place(const struct media_place *at, int flags, int *ret, struct err *e)
{
	int dir = open(at->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return closed(at->root, e);
	rc r = walk(dir, at->folder, O_DIRECTORY, &dir, e);
	return rc_ok(r) ? walk(dir, at->path, flags, ret, e) : r;
}

static void close_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

rc media_list(const struct media_place *at, struct buf *out, struct err *e)
{
	int fd = -1;
	rc r = open_place(at, O_DIRECTORY, &fd, e);
	if (rc_failed(r))
		return r;
	CLEANUP(close_dir) DIR *d = fdopendir(fd);
	if (!d) {
		r = closed(at->path, e);
		file_close(&fd);
		return r;
	}
	for (size_t n = 0; n < MEDIA_NAMES_MAX; n++) {
		const struct dirent *entry = readdir(d);
		if (!entry)
			break;
		if (entry->d_name[0] == '.' || !name_path_ok(entry->d_name))
			continue;
		buf_put(out, bytes_of(entry->d_name, strlen(entry->d_name) + 1));
	}
	return buf_check(out, "names of the media folder", e);
}

rc media_read(const struct media_place *at, uint64_t from, size_t max, struct buf *out, uint64_t *ret_size,
	      struct err *e)
{
	FD_AUTO int fd = -1;
	struct stat st;
	rc r = open_place(at, 0, &fd, e);
	if (rc_failed(r))
		return r;
	if (fstat(fd, &st) != 0)
		return closed(at->path, e);
	if (!S_ISREG(st.st_mode) || st.st_size < 0)
		return err_set(e, ERR_DENIED, "media: %.128s is no plain file", at->path);
	while (max && from < (uint64_t)st.st_size) {
		uint8_t *to = buf_room(out, max);
		ssize_t n = to ? pread(fd, to, max, (off_t)from) : -1;
		if (n < 0 && to && errno == EINTR)
			continue;
		if (n < 0)
			return to ? closed(at->path, e) : buf_check(out, "piece of a file", e);
		if (n == 0)
			break;
		buf_grew(out, (size_t)n);
		from += (uint64_t)n;
		max -= (size_t)n;
	}
	*ret_size = (uint64_t)st.st_size;
	return RC_OK;
}
