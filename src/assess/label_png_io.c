/* SPDX-License-Identifier: Apache-2.0 */
/* Finds hallmark-raster beside the running program or where it is installed, and runs it over two nameless files. */
#include "assess/label_png_io.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assess/label.h"
#include "host/os/file.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define TIMEOUT_MS 30000

static rc find_program(char ret[FILE_PATH_MAX], struct err *e)
{
	static const char *const places[] = {"hallmark-raster", "../libexec/hallmark-raster"};
	char self[FILE_PATH_MAX];
	rc r = spawn_self(self, sizeof self, e);
	char *slash = rc_ok(r) ? strrchr(self, '/') : NULL;
	if (!slash)
		return rc_ok(r) ? err_set(e, ERR_INTERNAL, "the running program has no folder") : r;
	*slash = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (rc_ok(file_path(ret, e, self, places[i])) && access(ret, X_OK) == 0)
			return RC_OK;
	(void)err_set(e, ERR_MISSING, "hallmark-raster is not installed");
	return err_hint(e, "install librsvg2-dev, build again, and issue the label again");
}

static rc nameless(struct bytes content, int *ret, struct err *e)
{
	int fd = memfd_create("label", MFD_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "a nameless file");
	if (write(fd, content.p, content.n) != (ssize_t)content.n || lseek(fd, 0, SEEK_SET) != 0) {
		int saved = errno;
		(void)close(fd);
		return err_errno(e, saved, "a nameless file");
	}
	*ret = fd;
	return RC_OK;
}

static rc read_back(int fd, struct buf *out, struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *room = size > 0 && size <= LABEL_PNG_IO_MAX ? buf_room(out, (size_t)size) : NULL;
	if (!room)
		return err_set(e, ERR_LIMIT, "hallmark-raster gave %lld bytes", (long long)size);
	rc r = file_pread_all(fd, room, (size_t)size, 0, "the picture", e);
	if (rc_ok(r))
		buf_grew(out, (size_t)size);
	return r;
}

rc label_png_io_draw(struct bytes svg, struct buf *out, struct err *e)
{
	CLEANUP(file_close) int in = -1, picture = -1;
	char program[FILE_PATH_MAX], dpi[16];
	int status = 0;
	rc r = find_program(program, e);
	if (rc_failed(r) || rc_failed(r = nameless(svg, &in, e)) ||
	    rc_failed(r = nameless(bytes_of(NULL, 0), &picture, e)))
		return r;
	(void)snprintf(dpi, sizeof dpi, "%d", LABEL_DPI);
	const char *const argv[] = {"hallmark-raster", dpi, NULL};
	const struct spawn s = {
		.path = program, .argv = argv, .stdin_fd = in, .stdout_fd = picture, .die_with_parent = true};
	if (rc_failed(r = spawn_wait(&s, TIMEOUT_MS, &status, e)))
		return r;
	if (status != 0)
		return err_set(e, ERR_IO, "%s ended with status %d", program, status);
	return read_back(picture, out, e);
}
