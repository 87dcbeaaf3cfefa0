/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes over libqrencode: the library makes the matrix, this file draws it. */
#include "core/codec/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "core/base/banned.h"

static void code_free_at(QRcode **code)
{
	QRcode_free(*code);
}

static rc encode(const char *text, QRecLevel level, QRcode **ret, struct err *e)
{
	size_t n = strnlen(text, QR_TEXT_MAX + 1);
	if (n == 0 || n > QR_TEXT_MAX)
		return err_set(e, ERR_LIMIT, "a QR code holds 1 to %d bytes", QR_TEXT_MAX);
	QRcode *code = QRcode_encodeString(text, 0, level, QR_MODE_8, 1);
	if (!code)
		return err_set(e, errno == ENOMEM ? ERR_MEMORY : ERR_LIMIT, "QR code of %zu bytes cannot be made", n);
	*ret = code;
	return RC_OK;
}

static bool dark(const QRcode *code, int x, int y)
{
	x -= QR_QUIET;
	y -= QR_QUIET;
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

static void put_row(const QRcode *code, int y, int side, struct buf *out)
{
	for (int x = 0; x < side; x++) {
		if (!dark(code, x, y))
			continue;
		int end = x;
		while (dark(code, end, y))
			end++;
		buf_putf(out, "M%d %dh%dv1h-%dz", x, y, end - x, end - x);
		x = end;
	}
}

static rc put_path(const QRcode *code, struct buf *out, unsigned *ret_side, struct err *e)
{
	int side = code->width + 2 * QR_QUIET;
	for (int y = 0; y < side; y++)
		put_row(code, y, side, out);
	rc r = buf_check(out, "QR code", e);
	if (rc_ok(r))
		*ret_side = (unsigned)side;
	return r;
}

rc qr_svg_path(const char *text, struct buf *out, unsigned *ret_side, struct err *e)
{
	CLEANUP(code_free_at) QRcode *code = NULL;
	rc r = encode(text, QR_ECLEVEL_M, &code, e);
	return rc_ok(r) ? put_path(code, out, ret_side, e) : r;
}

rc qr_svg_path_within(const char *text, unsigned most, struct buf *out, unsigned *ret_side, struct err *e)
{
	static const QRecLevel levels[] = {QR_ECLEVEL_M, QR_ECLEVEL_L};
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(code_free_at) QRcode *code = NULL;
		rc r = encode(text, levels[i], &code, e);
		if (rc_failed(r) && r.code != ERR_LIMIT)
			return r;
		if (rc_ok(r) && (unsigned)code->width + 2 * QR_QUIET <= most)
			return put_path(code, out, ret_side, e);
	}
	return err_set(e, ERR_LIMIT, "QR code of %zu bytes: wider than %u modules", strlen(text), most);
}

rc qr_svg(const char *text, unsigned pixels, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf path;
	unsigned side = 0;
	buf_init(&path, out->max);
	rc r = qr_svg_path(text, &path, &side, e);
	if (rc_failed(r))
		return r;
	buf_putf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" "
		 "shape-rendering=\"crispEdges\"><path d=\"M0 0h%uv%uh-%uz\" fill=\"#fff\"/><path d=\"%s\"/></svg>\n",
		 pixels, pixels, side, side, side, side, side, buf_text(&path));
	return buf_check(out, "QR code", e);
}

rc qr_text(const char *text, struct buf *out, struct err *e)
{
	/* A light module is a lit half: [upper light][lower light]. */
	static const char *const halves[2][2] = {{" ", "\u2584"}, {"\u2580", "\u2588"}};
	CLEANUP(code_free_at) QRcode *code = NULL;
	rc r = encode(text, QR_ECLEVEL_M, &code, e);
	if (rc_failed(r))
		return r;
	int side = code->width + 2 * QR_QUIET;
	for (int y = 0; y < side; y += 2) {
		for (int x = 0; x < side; x++)
			buf_put_text(out, halves[!dark(code, x, y)][y + 1 < side && !dark(code, x, y + 1)]);
		buf_put_u8(out, '\n');
	}
	return buf_check(out, "QR code", e);
}
