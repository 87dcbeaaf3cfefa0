/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hallmark-raster DPI < drawing.svg > picture.png: started by `hallmark label`. A program of its own, so that the
 * command line carries no drawing library. It reads its input, then enters a sandbox in which only fonts can be read,
 * and only then looks at what it was given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/os/sandbox.h"
#include "raster/raster.h"
#include "core/base/banned.h"

#define MEMORY_MAX (1024UL * 1024 * 1024) /* of addresses; threads reserve much and use little */
#define CPU_MAX_S 20

static rc limit(int what, rlim_t most, struct err *e)
{
	const struct rlimit l = {most, most};
	return setrlimit(what, &l) == 0 ? RC_OK : err_errno(e, errno, "limit what may be used");
}

static rc limit_all(struct err *e)
{
	rc r = limit(RLIMIT_AS, MEMORY_MAX, e);
	if (rc_ok(r))
		r = limit(RLIMIT_CPU, CPU_MAX_S, e);
	if (rc_ok(r))
		r = limit(RLIMIT_CORE, 0, e);
	return rc_ok(r) ? limit(RLIMIT_FSIZE, RASTER_PNG_MAX, e) : r;
}

static rc read_all(struct buf *out, struct err *e)
{
	for (;;) {
		uint8_t *room = buf_room(out, 65536);
		if (!room)
			return buf_check(out, "the drawing", e);
		ssize_t n = read(0, room, 65536);
		if (n == 0)
			return RC_OK;
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "read the drawing");
		if (n > 0)
			buf_grew(out, (size_t)n);
	}
}

static rc write_all(struct bytes b, struct err *e)
{
	while (b.n) {
		ssize_t n = write(1, b.p, b.n);
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "write the picture");
		if (n > 0)
			b = bytes_of(b.p + n, b.n - (size_t)n);
	}
	return RC_OK;
}

static rc draw(unsigned dpi, struct err *e)
{
	static const char *const fonts[] = {"/etc/fonts",
					    "/usr/share/fonts",
					    "/usr/local/share/fonts",
					    "/usr/share/fontconfig",
					    "/var/cache/fontconfig",
					    "/usr/share/xml/fontconfig",
					    NULL};
	const struct sandbox box = {.read_paths = fonts, .keep = SANDBOX_FILES | SANDBOX_THREADS};
	CLEANUP(buf_done) struct buf svg, png;
	struct sandbox_state state;
	buf_init(&svg, RASTER_SVG_MAX + 65536);
	buf_init(&png, RASTER_PNG_MAX);
	rc r = limit_all(e);
	if (rc_failed(r) || rc_failed(r = read_all(&svg, e)) || rc_failed(r = sandbox_enter(&box, &state, e)) ||
	    rc_failed(r = raster_png(buf_view(&svg), dpi, &png, e)))
		return r;
	return write_all(buf_view(&png), e);
}

int main(int argc, char **argv)
{
	struct err e = {0};
	char *end = NULL;
	unsigned long dpi = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (argc != 2 || !end || *end || dpi > RASTER_DPI_MAX) {
		(void)fprintf(stderr, "usage: hallmark-raster DPI < drawing.svg > picture.png\n");
		return 2;
	}
	/* Fonts are cached under these; what is not there cannot be read, and nothing can be written. */
	(void)setenv("XDG_CACHE_HOME", "/nonexistent", 1);
	(void)setenv("HOME", "/nonexistent", 1);
	rc r = draw((unsigned)dpi, &e);
	if (rc_ok(r))
		return 0;
	(void)fprintf(stderr, "hallmark-raster: %s\n", e.text);
	return 3;
}
