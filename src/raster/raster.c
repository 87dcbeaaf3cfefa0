/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librsvg draws, cairo encodes; the one thing that neither writes is the resolution (chunk pHYs), without which a
 * printer would choose the size.
 */
#include "raster/raster.h"

#include <librsvg/rsvg.h>
#include <math.h>

#include "core/base/banned.h"

#define PNG_HEAD 33 /* signature and IHDR */

struct size {
	unsigned width, height;
};

static void drop_handle(RsvgHandle **h)
{
	g_clear_object(h);
}

static void drop_surface(cairo_surface_t **s)
{
	if (*s)
		cairo_surface_destroy(*s);
}

static void drop_cairo(cairo_t **c)
{
	if (*c)
		cairo_destroy(*c);
}

static rc failed(struct err *e, GError *g)
{
	rc r = err_set(e, ERR_INPUT, "draw: %s", g ? g->message : "not a drawing");
	g_clear_error(&g);
	return r;
}

static rc read_size(RsvgHandle *svg, struct size *ret, struct err *e)
{
	double w = 0, h = 0;
	if (!rsvg_handle_get_intrinsic_size_in_pixels(svg, &w, &h) || !(w >= 1) || !(h >= 1))
		return err_set(e, ERR_INPUT, "draw: the drawing has no size of its own");
	if (w > RASTER_SIDE_MAX || h > RASTER_SIDE_MAX || w * h > RASTER_PIXELS_MAX)
		return err_set(e, ERR_LIMIT, "draw: %.0f by %.0f pixels are too many", w, h);
	*ret = (struct size){(unsigned)lround(w), (unsigned)lround(h)};
	return RC_OK;
}

static uint32_t crc_of(const uint8_t *p, size_t n)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* pHYs: pixels per metre, both ways. */
static void put_resolution(struct buf *out, unsigned dpi)
{
	CLEANUP(buf_done) struct buf chunk;
	const uint32_t per_metre = (dpi * 10000 + 127) / 254;
	buf_init(&chunk, 64);
	buf_put_text(&chunk, "pHYs");
	buf_put_u32(&chunk, per_metre);
	buf_put_u32(&chunk, per_metre);
	buf_put_u8(&chunk, 1);
	buf_put_u32(out, (uint32_t)chunk.len - 4);
	buf_put(out, buf_view(&chunk));
	buf_put_u32(out, crc_of(chunk.data, chunk.len));
}

static cairo_status_t on_bytes(void *ctx, const unsigned char *p, unsigned n)
{
	struct buf *png = ctx;
	buf_put(png, bytes_of(p, n));
	return png->broken ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static rc encode(cairo_surface_t *picture, unsigned dpi, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf png;
	buf_init(&png, RASTER_PNG_MAX);
	cairo_status_t status = cairo_surface_write_to_png_stream(picture, on_bytes, &png);
	rc r = buf_check(&png, "picture", e);
	if (rc_failed(r))
		return r;
	if (status != CAIRO_STATUS_SUCCESS || png.len < PNG_HEAD)
		return err_set(e, ERR_INTERNAL, "draw: %s", cairo_status_to_string(status));
	buf_put(out, bytes_of(png.data, PNG_HEAD));
	put_resolution(out, dpi);
	buf_put(out, bytes_of(png.data + PNG_HEAD, png.len - PNG_HEAD));
	return buf_check(out, "picture", e);
}

static rc paint(RsvgHandle *svg, const struct size *size, cairo_surface_t *picture, struct err *e)
{
	CLEANUP(drop_cairo) cairo_t *c = cairo_create(picture);
	GError *g = NULL;
	const RsvgRectangle all = {0, 0, size->width, size->height};
	cairo_set_source_rgb(c, 1, 1, 1);
	cairo_paint(c);
	if (!rsvg_handle_render_document(svg, c, &all, &g))
		return failed(e, g);
	if (cairo_status(c) != CAIRO_STATUS_SUCCESS)
		return err_set(e, ERR_MEMORY, "draw: %s", cairo_status_to_string(cairo_status(c)));
	return RC_OK;
}

rc raster_png(struct bytes svg, unsigned dpi, struct buf *out, struct err *e)
{
	CLEANUP(drop_handle) RsvgHandle *handle = NULL;
	CLEANUP(drop_surface) cairo_surface_t *picture = NULL;
	GError *g = NULL;
	struct size size = {0};
	if (dpi < RASTER_DPI_LEAST || dpi > RASTER_DPI_MAX)
		return err_set(e, ERR_LIMIT, "draw: %u dots per inch; %d to %d can be made", dpi, RASTER_DPI_LEAST,
			       RASTER_DPI_MAX);
	if (svg.n == 0 || svg.n > RASTER_SVG_MAX)
		return err_set(e, ERR_LIMIT, "draw: a drawing of %zu bytes; 1 to %d are accepted", svg.n,
			       RASTER_SVG_MAX);
	/* Without a base address nothing can be loaded from within the drawing. */
	handle = rsvg_handle_new_from_data(svg.p, svg.n, &g);
	if (!handle)
		return failed(e, g);
	rsvg_handle_set_dpi(handle, dpi);
	rc r = read_size(handle, &size, e);
	if (rc_failed(r))
		return r;
	picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)size.width, (int)size.height);
	if (rc_failed(r = paint(handle, &size, picture, e)))
		return r;
	return encode(picture, dpi, out, e);
}
