/* SPDX-License-Identifier: Apache-2.0 */
/* The label as a PNG, made by the program hallmark-raster, which alone is linked with a drawing library. */
#ifndef HALLMARK_ASSESS_LABEL_PNG_IO_H
#define HALLMARK_ASSESS_LABEL_PNG_IO_H

#include "core/base/buf.h"

#define LABEL_PNG_IO_MAX (16 * 1024 * 1024)

/* Appends the picture of LABEL_DPI. ERR_MISSING: the program is not installed. */
rc label_png_io_draw(struct bytes svg, struct buf *out, struct err *e) MUST_CHECK;

#endif
