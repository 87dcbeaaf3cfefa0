/* SPDX-License-Identifier: Apache-2.0 */
/* A drawing (SVG) to a picture (PNG) at its own printed size: opaque, white ground, the resolution written into it. */
#ifndef HALLMARK_RASTER_RASTER_H
#define HALLMARK_RASTER_RASTER_H

#include "core/base/buf.h"

#define RASTER_SVG_MAX (512 * 1024)
#define RASTER_PNG_MAX (16 * 1024 * 1024)
#define RASTER_DPI_LEAST 72
#define RASTER_DPI_MAX 1200
#define RASTER_SIDE_MAX 12000 /* pixels */
#define RASTER_PIXELS_MAX (40 * 1000 * 1000)

/* Appends a PNG. ERR_INPUT: not a drawing with a size of its own. ERR_LIMIT: too many pixels. */
rc raster_png(struct bytes svg, unsigned dpi, struct buf *out, struct err *e) MUST_CHECK;

#endif
