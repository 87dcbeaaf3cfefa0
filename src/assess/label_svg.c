/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the label: a card of fixed width, as tall as its text. Black on white in any theme, for it is also printed.
 */
#include <stdio.h>

#include "assess/markup.h"
#include "assess/label.h"
#include "core/codec/qr.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WIDTH 420
#define MARGIN 24
#define LINE 19
#define LINE_CHARS 40 /* of 14px sans-serif text that fit beside the margin, with room to spare */
#define LINES_MAX 4
#define QR_SIDE 168

/* One line's worth of text: up to the last blank that fits. Returns how much of the text it used. */
static size_t take_line(const char *text, size_t most, char *out, size_t size)
{
	size_t n = strlen(text);
	if (n > most) {
		size_t cut = most;
		while (cut > most / 2 && text[cut] != ' ')
			cut--;
		/* Never inside a UTF-8 character. */
		while (cut > 1 && ((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
		n = cut;
	}
	(void)snprintf(out, size, "%.*s", (int)n, text);
	while (text[n] == ' ')
		n++;
	return n;
}

/* Wrapped text; returns the y below it. What does not fit in LINES_MAX ends with an ellipsis. */
static unsigned put_wrapped(struct buf *out, unsigned y, const char *text, const char *css)
{
	char line[160];
	for (unsigned i = 0; i < LINES_MAX && *text; i++) {
		text += take_line(text, LINE_CHARS, line, sizeof line);
		markup_putf(out, "<text x=\"%u\" y=\"%u\" class=\"%s\">%s%s</text>\n", MARGIN, y, css, line,
			    i == LINES_MAX - 1 && *text ? "\xe2\x80\xa6" : "");
		y += LINE;
	}
	return y;
}

static unsigned put_item(struct buf *out, unsigned y, const char *name, const char *value)
{
	markup_putf(out, "<text x=\"%u\" y=\"%u\" class=\"n\">%s</text>\n", MARGIN, y, name);
	return put_wrapped(out, y + LINE, value, "v") + 7;
}

static unsigned put_support(struct buf *out, unsigned y, const struct claim *c)
{
	char until[48];
	markup_date(c->support_end, until, sizeof until);
	markup_putf(out,
		    "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"74\" rx=\"8\" fill=\"#10243e\"/>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"s\">Supported with security updates until</text>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"d\">%s</text>\n",
		    MARGIN, y, WIDTH - 2 * MARGIN, MARGIN + 16, y + 27, MARGIN + 16, y + 57, until);
	return y + 74 + 30;
}

/* What a failed or open mandatory provision looks like on the label: said, never left out. */
static unsigned put_result(struct buf *out, unsigned y, const struct verdict_set *v, const struct claim *c)
{
	char text[240], day[48], assessed[RFC3339_DATE_SIZE];
	struct verdict_count n = verdict_set_count(v);
	rfc3339_date(v->assessed, assessed);
	markup_date(assessed, day, sizeof day);
	(void)snprintf(text, sizeof text,
		       "%u passed, %u failed, %u open of %zu provisions; %u do not apply, %u not judged",
		       c->counts.pass, c->counts.fail, c->counts.inconclusive, v->n, c->counts.not_applicable,
		       c->counts.not_judged);
	y = put_item(out, y, "Assessed against", c->edition);
	y = put_item(out, y, "Result", text);
	if (n.mandatory_failed || n.mandatory_open) {
		(void)snprintf(text, sizeof text, "%u failed, %u open", n.mandatory_failed, n.mandatory_open);
		y = put_item(out, y, "Of the mandatory ones", text);
	}
	(void)snprintf(text, sizeof text, "%.40s, version %.60s", day, v->subject.version);
	return put_item(out, y, "Assessed on", text);
}

static rc put_qr(struct buf *out, unsigned y, const char *claim_text, struct err *e)
{
	CLEANUP(buf_done) struct buf path;
	unsigned side = 0;
	buf_init(&path, LABEL_SVG_MAX);
	rc r = qr_svg_path(claim_text, &path, &side, e);
	if (rc_failed(r) || side == 0)
		return rc_failed(r) ? r : err_set(e, ERR_INTERNAL, "an empty QR code");
	unsigned scale_milli = QR_SIDE * 1000 / side;
	markup_putf(out, "<g transform=\"translate(%u %u) scale(%u.", WIDTH - MARGIN - QR_SIDE, y, scale_milli / 1000);
	buf_putf(out, "%03u)\">", scale_milli % 1000);
	markup_putf(out, "<path d=\"%s\" fill=\"#000\"/></g>\n", buf_text(&path));
	return RC_OK;
}

static void put_open_tag(struct buf *out, unsigned height, const struct claim *c, const char *claim_text)
{
	markup_putf(
		out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" "
		"role=\"img\" "
		"aria-labelledby=\"label-title label-desc\">\n<title id=\"label-title\">Security label of %s</title>\n"
		"<desc id=\"label-desc\">%s %s by %s, security updates until %s</desc>\n"
		"<metadata>%s</metadata>\n",
		WIDTH, height, WIDTH, height, c->product, c->product, c->model, c->maker, c->support_end, claim_text);
	buf_put_text(out, "<style>text{font-family:'Liberation Sans',Arial,Helvetica,sans-serif;fill:#10243e}"
			  ".k{font-size:12px;letter-spacing:1.5px}.t{font-size:25px;font-weight:700}.m{font-size:14px}"
			  ".n{font-size:12px;fill:#4a5563}.v{font-size:15px;font-weight:600}"
			  ".s{font-size:14px;fill:#fff}.d{font-size:25px;font-weight:700;fill:#fff}</style>\n");
	markup_putf(out,
		    "<rect x=\"1\" y=\"1\" width=\"%u\" height=\"%u\" rx=\"14\" fill=\"#fff\" stroke=\"#10243e\" "
		    "stroke-width=\"2\"/>\n",
		    WIDTH - 2, height - 2);
}

rc label_svg(const struct verdict_set *v, const struct claim *c, const char *claim_text, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body;
	const struct verdict_subject *s = &v->subject;
	char line[300];
	unsigned y = 84;
	buf_init(&body, LABEL_SVG_MAX);
	markup_putf(&body, "<text x=\"%u\" y=\"42\" class=\"k\">PRODUCT SECURITY LABEL</text>\n", MARGIN);
	(void)take_line(c->product, 28, line, sizeof line);
	markup_putf(&body, "<text x=\"%u\" y=\"74\" class=\"t\">%s</text>\n", MARGIN, line);
	(void)snprintf(line, sizeof line, "%s, model %s", c->maker, c->model);
	y = put_support(&body, put_wrapped(&body, y + 12, line, "m"), c);
	y = put_item(&body, y, "Updates", s->updates[0] ? s->updates : "not stated");
	y = put_item(&body, y, "Password as delivered", s->password[0] ? s->password : "not stated");
	y = put_item(&body, y, "Personal data", s->data[0] ? s->data : "none declared");
	y = put_item(&body, y, "Sensors", s->sensors[0] ? s->sensors : "none declared");
	markup_putf(&body, "<path d=\"M%u %uH%u\" stroke=\"#c3cad4\"/>\n", MARGIN, y - 8, WIDTH - MARGIN);
	y = put_result(&body, y + 14, v, c);
	rc r = put_qr(&body, y, claim_text, e);
	if (rc_failed(r))
		return err_wrap(e, "drawing the label");
	markup_putf(&body,
		    "<text x=\"%u\" y=\"%u\" class=\"n\">The code holds a signed claim.</text>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"n\">Check it without a network:</text>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"m\">hallmark verify</text>\n",
		    MARGIN, y + 40, MARGIN, y + 60, MARGIN, y + 82);
	markup_putf(&body, "<text x=\"%u\" y=\"%u\" class=\"n\">Issued %s</text>\n", MARGIN, y + QR_SIDE - 10,
		    c->issued);
	put_open_tag(out, y + QR_SIDE + MARGIN, c, claim_text);
	buf_put(out, buf_view(&body));
	buf_put_text(out, "</svg>\n");
	if (rc_failed(r = buf_check(&body, "label", e)))
		return r;
	return buf_check(out, "label", e);
}
