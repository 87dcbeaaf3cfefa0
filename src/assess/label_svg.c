/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the label: a card of fixed width, as tall as its text. Black on white in any theme, for it is also printed.
 */
#include <stdio.h>

#include "core/codec/markup.h"
#include "assess/label.h"
#include "core/codec/qr.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WIDTH 420
#define MARGIN 24
#define VALUE_X 152
#define LINE 18
#define VALUE_CHARS 29 /* per line of the value column; what is wider for its letters is squeezed */
#define TITLE_CHARS 26 /* a longer name is set smaller, on several lines */
#define LINES_MAX 4
#define QR_SIDE 158
#define INK "#10243e"

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

/* In thousandths of the font size, on the wide side: the font of the reader is not known. */
static unsigned width_of(const char *text, bool bold)
{
	unsigned sum = 0;
	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			sum += strchr("WMmw@%", *text)	      ? 1010
			       : *text >= 'A' && *text <= 'Z' ? 760
			       : *text == ' '		      ? 350
			       : bold			      ? 650
							      : 570;
	return sum;
}

struct place {
	unsigned x, y, size, room, step; /* px; step: to the next line */
	const char *css;
};

/* One line; squeezed if it would run out of its room. */
static void put_line(struct buf *out, const struct place *at, const char *text, const char *tail)
{
	bool bold = strchr("vtu", *at->css) != NULL;
	markup_putf(out, "<text x=\"%u\" y=\"%u\" class=\"%s\"", at->x, at->y, at->css);
	if (width_of(text, bold) * at->size / 1000 > at->room)
		markup_putf(out, " textLength=\"%u\" lengthAdjust=\"spacingAndGlyphs\"", at->room);
	markup_putf(out, ">%s%s</text>\n", text, tail);
}

/* Wrapped text; returns the y below it. What does not fit in LINES_MAX ends with an ellipsis. */
static unsigned put_wrapped(struct buf *out, struct place at, size_t most, const char *text)
{
	char line[160];
	for (unsigned i = 0; i < LINES_MAX && *text; i++) {
		text += take_line(text, most, line, sizeof line);
		put_line(out, &at, line, i == LINES_MAX - 1 && *text ? "\xe2\x80\xa6" : "");
		at.y += at.step;
	}
	return at.y;
}

/* A row of the table: name left, value right, a rule below. */
static unsigned put_item(struct buf *out, unsigned y, const char *name, const char *value)
{
	const struct place at = {VALUE_X, y, 14, WIDTH - MARGIN - VALUE_X, LINE, "v"};
	markup_putf(out, "<text x=\"%u\" y=\"%u\" class=\"n\">%s</text>\n", MARGIN, y, name);
	y = put_wrapped(out, at, VALUE_CHARS, value);
	markup_putf(out, "<path d=\"M%u %uH%u\" stroke=\"#c9d1db\"/>\n", MARGIN, y - 6, WIDTH - MARGIN);
	return y + 15;
}

static unsigned put_support(struct buf *out, unsigned y, const struct claim *c)
{
	char until[48];
	markup_date(c->support_end, until, sizeof until);
	markup_putf(out,
		    "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"76\" rx=\"8\" fill=\"#e6eef8\"/>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"s\">Supported with security updates until</text>\n"
		    "<text x=\"%u\" y=\"%u\" class=\"d\">%s</text>\n",
		    MARGIN, y, WIDTH - 2 * MARGIN, MARGIN + 16, y + 27, MARGIN + 16, y + 59, until);
	return y + 76 + 28;
}

/* Three numbers side by side, each with its word: failed and open are as large as passed. */
static unsigned put_tiles(struct buf *out, unsigned y, const struct claim *c)
{
	const struct {
		unsigned n;
		const char *word, *ink, *ground;
	} tiles[] = {{c->counts.pass, "passed", "#14532d", "#e2f3e8"},
		     {c->counts.fail, "failed", "#8f1010", "#fce7e7"},
		     {c->counts.inconclusive, "open", "#6b4200", "#fcf0d8"}};
	const unsigned gap = 9, side = (WIDTH - 2 * MARGIN - 2 * gap) / 3;
	for (unsigned i = 0; i < ARRAY_LEN(tiles); i++) {
		unsigned x = MARGIN + i * (side + gap);
		markup_putf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"52\" rx=\"6\" fill=\"%s\"/>\n", x, y,
			    side, tiles[i].ground);
		markup_putf(out, "<text x=\"%u\" y=\"%u\" class=\"c\" style=\"fill:%s\">%u %s</text>\n", x + 10, y + 33,
			    tiles[i].ink, tiles[i].n, tiles[i].word);
	}
	return y + 52 + 22;
}

/* What a failed or open mandatory provision looks like on the label: said, never left out. */
static unsigned put_result(struct buf *out, unsigned y, const struct verdict_set *v, const struct claim *c)
{
	char text[240], day[48], assessed[RFC3339_DATE_SIZE];
	struct verdict_count n = verdict_set_count(v);
	struct place at = {MARGIN, 0, 13, WIDTH - 2 * MARGIN, LINE, "n"};
	rfc3339_date(v->assessed, assessed);
	markup_date(assessed, day, sizeof day);
	(void)snprintf(text, sizeof text, "%.40s, version %.60s", day, v->subject.version);
	y = put_item(out, y, "Assessed on", text);
	y = put_item(out, y, "Assessed against", c->edition);
	at.y = put_tiles(out, y - 4, c);
	(void)snprintf(text, sizeof text, "of %zu provisions; %u do not apply, %u not judged.", v->n,
		       c->counts.not_applicable, c->counts.not_judged);
	put_line(out, &at, text, "");
	if (n.mandatory_failed || n.mandatory_open) {
		at.y += LINE;
		(void)snprintf(text, sizeof text, "Of the mandatory ones: %u failed, %u open or not judged.",
			       n.mandatory_failed, n.mandatory_open);
		put_line(out, &at, text, "");
	}
	return at.y + 16;
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
	buf_put_text(
		out,
		"<style>text{font-family:'Liberation Sans',Arial,Helvetica,sans-serif;fill:" INK "}"
		".k{font-size:14px;font-weight:700;letter-spacing:.6px;fill:#fff}.t{font-size:25px;font-weight:700}.u{"
		"font-size:19px;font-weight:700}"
		".m{font-size:14px}.n{font-size:13px;fill:#3f4b59}.v{font-size:14px;font-weight:700}"
		".c{font-size:17px;font-weight:700}.s{font-size:15px}.d{font-size:27px;font-weight:700}"
		".h{font-family:'Liberation Mono',Menlo,Consolas,monospace;font-size:13px;font-weight:700}</style>\n");
	markup_putf(out,
		    "<rect x=\"1\" y=\"1\" width=\"%u\" height=\"%u\" rx=\"14\" fill=\"#fff\" stroke=\"" INK
		    "\" stroke-width=\"2\"/>\n"
		    "<path d=\"M1 48V15A14 14 0 0 1 15 1H%uA14 14 0 0 1 %u 15V48Z\" fill=\"" INK "\"/>\n",
		    WIDTH - 2, height - 2, WIDTH - 15, WIDTH - 1);
	buf_put_text(out, "<path d=\"M36 11l11 4v9c0 7-4.600 11.500-11 14-6.400-2.500-11-7-11-14v-9z\" fill=\"#fff\"/>"
			  "<path d=\"m30.500 24.500 4 4 7.500-8.500\" fill=\"none\" stroke=\"" INK
			  "\" stroke-width=\"2.600\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n");
}

static rc put_foot(struct buf *out, unsigned y, const struct claim *c, const char *claim_text, struct err *e)
{
	char day[48], text[96];
	struct place at = {MARGIN, y + 44, 13, WIDTH - QR_SIDE - 2 * MARGIN - 10, LINE, "n"};
	rc r = put_qr(out, y, claim_text, e);
	markup_date(c->issued, day, sizeof day);
	put_line(out, &at, "Signed by the maker.", "");
	at.y += 20;
	put_line(out, &at, "Check it, even offline:", "");
	at.y += 22;
	at.css = "h";
	put_line(out, &at, "hallmark verify", "");
	at.css = "n";
	at.y = y + QR_SIDE - 16;
	(void)snprintf(text, sizeof text, "Issued %s", day);
	put_line(out, &at, text, "");
	return r;
}

rc label_svg(const struct verdict_set *v, const struct claim *c, const char *claim_text, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body;
	const struct verdict_subject *s = &v->subject;
	const struct place name = {MARGIN, 84, 25, WIDTH - 2 * MARGIN, 24, "t"},
			   longer = {MARGIN, 78, 19, WIDTH - 2 * MARGIN, 23, "u"};
	struct place at = {MARGIN, 0, 14, WIDTH - 2 * MARGIN, LINE, "m"};
	char line[300];
	unsigned y = 0;
	buf_init(&body, LABEL_SVG_MAX);
	buf_put_text(&body, "<text x=\"60\" y=\"30\" class=\"k\">Product security label</text>\n");
	bool fits = strlen(c->product) <= TITLE_CHARS;
	at.y = put_wrapped(&body, fits ? name : longer, fits ? TITLE_CHARS : 32, c->product);
	(void)snprintf(line, sizeof line, "%s, model %s", c->maker, c->model);
	y = put_support(&body, put_wrapped(&body, at, 44, line), c);
	y = put_item(&body, y, "Updates", s->updates[0] ? s->updates : "not stated");
	y = put_item(&body, y, "Password", s->password[0] ? s->password : "not stated");
	y = put_item(&body, y, "Personal data", s->data[0] ? s->data : "none declared");
	y = put_item(&body, y, "Sensors", s->sensors[0] ? s->sensors : "none declared");
	y = put_result(&body, y, v, c);
	rc r = put_foot(&body, y, c, claim_text, e);
	if (rc_failed(r))
		return err_wrap(e, "drawing the label");
	put_open_tag(out, y + QR_SIDE + 12, c, claim_text);
	buf_put(out, buf_view(&body));
	buf_put_text(out, "</svg>\n");
	if (rc_failed(r = buf_check(&body, "label", e)))
		return r;
	return buf_check(out, "label", e);
}
