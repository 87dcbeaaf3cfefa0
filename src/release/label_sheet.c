/* SPDX-License-Identifier: Apache-2.0 */
/* Draws the unit's sticker. Pure. The only place outside the device's hash where a set-up password is written. */
#include "release/label_sheet.h"

#include <stdio.h>

#include "core/codec/markup.h"
#include "core/codec/qr.h"
#include "core/base/banned.h"

#define QR_MM 33.0
#define LINE_MM 42.0
#define GLYPH_WIDTH 0.62

static void put_line(struct buf *out, double y, double size, const char *style, const char *text)
{
	/* What would run over the edge is set smaller; the estimate is for wide letters. */
	double width = (double)strlen(text) * size * GLYPH_WIDTH;
	if (width > LINE_MM)
		size *= LINE_MM / width;
	buf_putf(out, "<text x=\"39\" y=\"%.1f\" font-size=\"%.2f\"%s>", y, size, style);
	markup_text(out, text);
	buf_put_text(out, "</text>\n");
}

void label_sheet_password(const char *password, char ret[LABEL_SHEET_PASSWORD_SIZE])
{
	(void)snprintf(ret, LABEL_SHEET_PASSWORD_SIZE, "%.5s-%.4s-%.4s", password, password + 5, password + 9);
}

rc label_sheet_svg(const struct label_sheet *l, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf path;
	char password[LABEL_SHEET_PASSWORD_SIZE];
	unsigned side = 0;
	buf_init(&path, LABEL_SHEET_MAX);
	if (strlen(l->password) != 13)
		return err_set(e, ERR_INTERNAL, "label: a set-up password has 13 characters");
	rc r = qr_svg_path(l->url, &path, &side, e);
	if (rc_failed(r))
		return r;
	label_sheet_password(l->password, password);
	buf_put_text(out,
		     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"85mm\" height=\"54mm\" viewBox=\"0 0 85 54\" "
		     "font-family=\"sans-serif\" fill=\"#000\" role=\"img\">\n<title>");
	markup_text(out, l->device);
	buf_put_text(out, "</title>\n<rect x=\"0.3\" y=\"0.3\" width=\"84.4\" height=\"53.4\" rx=\"2\" fill=\"#fff\" "
			  "stroke=\"#000\" stroke-width=\"0.3\"/>\n");
	/* The path has its own quiet zone of four modules; nothing else comes nearer. */
	buf_putf(out, "<path transform=\"translate(2.5 2.5) scale(%.5f)\" d=\"%s\" shape-rendering=\"crispEdges\"/>\n",
		 QR_MM / side, buf_text(&path));
	put_line(out, 9.5, 3.2, "", l->maker);
	put_line(out, 15.5, 4.8, " font-weight=\"bold\"", l->model);
	put_line(out, 20.5, 2.8, " font-family=\"monospace\"", l->device);
	buf_put_text(out, "<path d=\"M39 24H81\" stroke=\"#000\" stroke-width=\"0.25\"/>\n");
	put_line(out, 29, 2.9, " font-weight=\"bold\"", "1. Scan, or open in a browser");
	put_line(out, 33.2, 2.8, " font-family=\"monospace\"", l->url);
	buf_put_text(out,
		     "<rect x=\"3.5\" y=\"37\" width=\"78\" height=\"14\" rx=\"1.5\" fill=\"none\" stroke=\"#000\" "
		     "stroke-width=\"0.4\"/>\n<text x=\"6\" y=\"41.6\" font-size=\"2.7\" font-weight=\"bold\">2. "
		     "Enter this password, then choose your own</text>\n");
	buf_putf(out,
		 "<text id=\"password\" x=\"6\" y=\"48.5\" font-size=\"6\" font-family=\"monospace\" "
		 "font-weight=\"bold\">%s</text>\n</svg>\n",
		 password);
	return buf_check(out, "label", e);
}
