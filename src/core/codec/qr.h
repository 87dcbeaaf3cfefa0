/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes (ISO/IEC 18004, smallest version, error correction level M unless said otherwise) as SVG and as text for a
 * terminal. */
#ifndef HALLMARK_CORE_CODEC_QR_H
#define HALLMARK_CORE_CODEC_QR_H

#include "core/base/buf.h"

#define QR_TEXT_MAX 2048 /* bytes of content */
#define QR_QUIET 4	 /* modules of white border, included in every output */

/*
 * Append SVG path data in units of one module, dark modules as rectangles, quiet zone included; *ret_side is the side
 * of the square in modules. The caller scales and fills it: <path transform="scale(3)" d="..." fill="#000"/>.
 * A text of only [0-9A-Z $%*+./:-] is stored in the denser alphanumeric mode.
 */
rc qr_svg_path(const char *text, struct buf *out, unsigned *ret_side, struct err *e) MUST_CHECK;

/*
 * The same, for a code of a given printed size: at most `most` modules wide, border included, with error correction M
 * where that fits and L where only that fits. ERR_LIMIT if neither does.
 */
rc qr_svg_path_within(const char *text, unsigned most, struct buf *out, unsigned *ret_side, struct err *e) MUST_CHECK;

/* Append a whole SVG document, black on white, `pixels` wide. */
rc qr_svg(const char *text, unsigned pixels, struct buf *out, struct err *e) MUST_CHECK;

/* Append lines of half blocks (UTF-8): for terminals with a dark background. */
rc qr_text(const char *text, struct buf *out, struct err *e) MUST_CHECK;

#endif
