/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the label: a card of fixed width, as tall as its text, in units of a tenth of a millimetre at its least
 * width. One dark ink on white, so that a black-and-white printer loses nothing; no letter is smaller than 6 pt there.
 */
#include <stdio.h>

#include "assess/label.h"
#include "assess/label_text.h"
#include "core/codec/base64.h"
#include "core/codec/markup.h"
#include "core/codec/qr.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WIDTH 400
#define MARGIN 20
#define INNER (WIDTH - 2 * MARGIN)
#define SMALL 22 /* 6.2 pt at 40 mm */
#define SMALL_STEP 26
#define VALUE 23
#define VALUE_STEP 27
#define FACT_LINES 4
#define DATE_SIZE 49
#define QR_SIDE (10 * LABEL_QR_LEAST_MM)
#define QR_X 9
#define BESIDE_QR_X 268
#define LEVEL_X 126
#define INK "#0d2137"

/* Where and how a text goes; y is the base line of its first line. */
struct style {
	unsigned x, width, size, step, lines;
	bool bold, light; /* light: on the dark ground */
};

/* Returns the base line that a further line would have. */
static unsigned put_text(struct buf *out, const struct style *s, unsigned y, const char *text)
{
	struct label_text t;
	const struct label_text_room room = {s->width, s->size, s->bold, s->lines};
	label_text_wrap(text, &room, &t);
	for (unsigned i = 0; i < t.n; i++, y += s->step)
		markup_putf(out, "<text x=\"%u\" y=\"%u\" font-size=\"%u\" font-weight=\"%u\" fill=\"%s\">%s</text>\n",
			    s->x, y, s->size, s->bold ? 700U : 400U, s->light ? "#fff" : INK, t.line[i]);
	return y;
}

/* "31 Dec 2031": short enough to be set large. */
static void short_date(const char *date, char *out, size_t size)
{
	char whole[48], *month, *year;
	markup_date(date, whole, sizeof whole);
	month = strchr(whole, ' ');
	year = month ? strchr(month + 1, ' ') : NULL;
	if (year)
		(void)snprintf(out, size, "%.*s %.3s %s", (int)(month - whole), whole, month + 1, year + 1);
	else
		(void)snprintf(out, size, "%s", whole);
}

static void put_rule(struct buf *out, unsigned y)
{
	markup_putf(out, "<path d=\"M%u %uh%u\" stroke=\"" INK "\" stroke-width=\"1.500\"/>\n", MARGIN, y, INNER);
}

/* The name is set as large as it can be; the longest in four small lines. */
static unsigned put_name(struct buf *out, unsigned y, const char *name)
{
	static const struct {
		unsigned size, lines;
	} steps[] = {{38, 1}, {33, 2}, {28, 3}, {25, 4}};
	struct label_text t;
	size_t i = 0;
	for (; i < ARRAY_LEN(steps) - 1; i++) {
		const struct label_text_room room = {INNER, steps[i].size, true, steps[i].lines};
		label_text_wrap(name, &room, &t);
		if (!t.cut)
			break;
	}
	const struct style s = {MARGIN, INNER, steps[i].size, steps[i].size + 5, steps[i].lines, true, false};
	return put_text(out, &s, y + steps[i].size * 4 / 5, name) - steps[i].size * 4 / 5;
}

static unsigned put_head(struct buf *out, const struct label_face *f)
{
	const struct style by = {MARGIN, INNER, SMALL, SMALL_STEP, 2, false, false};
	char line[VERDICT_TEXT_SIZE + 16];
	buf_put_text(out,
		     "<path d=\"M35 14l15 5.500v13c0 10-6.500 17.500-15 21-8.500-3.500-15-11-15-21v-13z\" fill=\"" INK
		     "\"/>\n<path d=\"m28 32.500 5.500 5.500 9.500-11\" fill=\"none\" stroke=\"#fff\" "
		     "stroke-width=\"4\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n"
		     "<text x=\"62\" y=\"42\" font-size=\"24\" font-weight=\"700\">Product security</text>\n");
	put_rule(out, 64);
	unsigned y = put_name(out, 80, f->product) + 20;
	y = put_text(out, &by, y, f->maker);
	(void)snprintf(line, sizeof line, "Model %s", f->model);
	return put_text(out, &by, y, line) - SMALL_STEP + 17;
}

/* The largest fact, on a dark ground from edge to edge. */
static unsigned put_support(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style words = {MARGIN, INNER, SMALL + 1, SMALL_STEP, 2, false, true};
	const struct style date = {MARGIN, INNER, DATE_SIZE, DATE_SIZE, 1, true, true};
	char until[48];
	short_date(c->support_end, until, sizeof until);
	markup_putf(out, "<path d=\"M3 %uh%uv126h-%uz\" fill=\"" INK "\"/>\n", y, WIDTH - 6, WIDTH - 6);
	(void)put_text(out, &words, y + 31, "Supported with security updates until");
	(void)put_text(out, &date, y + 107, until);
	return y + 126;
}

/* Pictures of 24 by 24, drawn with a line. */
static const char icon_update[] = "M20 12a8 8 0 1 1-2.500-5.800M20 2.500v5h-5";
static const char icon_key[] =
	"M12.500 15.500a4.500 4.500 0 1 1-9 0 4.500 4.500 0 0 1 9 0zM11.200 12.300 20.500 3M16 7.500l3.200 3.200";
static const char icon_person[] =
	"M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4 21c.6-4.200 3.600-6.500 8-6.500s7.400 2.300 8 6.500";
static const char icon_eye[] =
	"M2 12c2.600-4.500 6-6.800 10-6.800s7.400 2.300 10 6.800c-2.600 4.500-6 6.800-10 6.800S4.600 16.500 2 12z"
	"M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0z";

static unsigned put_fact(struct buf *out, unsigned y, const char *icon, const char *name, const char *value)
{
	const struct style body = {MARGIN, INNER, VALUE, VALUE_STEP, FACT_LINES, true, false};
	char text[VERDICT_TEXT_SIZE];
	(void)snprintf(text, sizeof text, "%s", value);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	markup_putf(out,
		    "<path transform=\"translate(%u %u) scale(1.250)\" d=\"%s\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"2.200\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n"
		    "<text x=\"%u\" y=\"%u\" font-size=\"%u\">%s</text>\n",
		    MARGIN - 2, y + 9, icon, MARGIN + 40, y + 32, SMALL, name);
	unsigned next = put_text(out, &body, y + 62, text) - VALUE_STEP + 12;
	put_rule(out, next);
	return next;
}

static unsigned put_facts(struct buf *out, unsigned y, const struct label_face *f)
{
	y = put_fact(out, y, icon_update, "Updates", f->updates[0] ? f->updates : "not stated");
	y = put_fact(out, y, icon_key, "Default password", f->password[0] ? f->password : "not stated");
	y = put_fact(out, y, icon_person, "Personal data kept", f->data[0] ? f->data : "none declared");
	return put_fact(out, y, icon_eye, "Sensors", f->sensors[0] ? f->sensors : "none declared");
}

/* Said as plainly as what passed: a box of its own, that no printer can lose. */
static unsigned put_open(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style s = {MARGIN + 46, INNER - 46 - 8, SMALL, SMALL_STEP, 4, true, false};
	char text[160];
	unsigned n = c->mandatory_open;
	if (!n)
		return y;
	(void)snprintf(text, sizeof text, "%u mandatory requirement%s open: not shown to be met", n,
		       n == 1 ? " is" : "s are");
	unsigned top = y + 10, next = put_text(out, &s, top + 30, text) - SMALL_STEP + 13;
	markup_putf(out,
		    "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"8\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"3\"/>\n",
		    MARGIN, top, INNER, next - top);
	markup_putf(out,
		    "<path d=\"M%u %ul14 26h-28zm0 9v8m0 3.500v3\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"3\" stroke-linejoin=\"round\"/>\n",
		    MARGIN + 23, top + 12);
	return next;
}

/* Three numbers side by side, each over its word: failed and open are as large as passed. */
static unsigned put_counts(struct buf *out, unsigned y, const struct claim *c)
{
	const struct {
		unsigned n;
		const char *word;
	} counts[] = {{c->counts.pass, "passed"},
		      {c->counts.fail, "failed"},
		      {c->counts.inconclusive + c->counts.not_judged, "open"}};
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
		unsigned x = MARGIN + i * (INNER / 3 + 4);
		markup_putf(out,
			    "<text x=\"%u\" y=\"%u\" font-size=\"34\" font-weight=\"700\">%u</text>"
			    "<text x=\"%u\" y=\"%u\" font-size=\"%u\">%s</text>\n",
			    x, y + 30, counts[i].n, x, y + 54, SMALL, counts[i].word);
	}
	return y + 62;
}

/* Stairs as high as the level, its number, and what it means. */
static unsigned put_level(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style words = {LEVEL_X, WIDTH - MARGIN - LEVEL_X, SMALL, SMALL_STEP, 4, false, false};
	const unsigned bottom = y + 98;
	for (unsigned i = 0; i < CLAIM_LEVEL_MAX; i++) {
		unsigned high = 22 + i * 20;
		markup_putf(out,
			    "<rect x=\"%u\" y=\"%u\" width=\"17\" height=\"%u\" rx=\"2\" fill=\"%s\" stroke=\"" INK
			    "\" stroke-width=\"3\"/>\n",
			    MARGIN + 2 + i * 24, bottom - high, high, i < c->level ? INK : "#fff");
	}
	markup_putf(out, "<text x=\"%u\" y=\"%u\" font-size=\"36\" font-weight=\"700\">Level %u of %u</text>\n",
		    LEVEL_X, y + 42, c->level, CLAIM_LEVEL_MAX);
	unsigned next = put_text(out, &words, y + 71, label_level_words(c->level)) - SMALL_STEP;
	return (next > bottom ? next : bottom) + 15;
}

static rc put_qr(struct buf *out, unsigned y, const char *claim_text, struct err *e)
{
	CLEANUP(buf_done) struct buf path;
	unsigned side = 0;
	buf_init(&path, LABEL_SVG_MAX);
	rc r = qr_svg_path_within(claim_text, LABEL_QR_MODULES_MAX, &path, &side, e);
	if (rc_failed(r) || side == 0)
		return rc_failed(r) ? r : err_set(e, ERR_INTERNAL, "an empty QR code");
	unsigned scale_milli = QR_SIDE * 1000 / side;
	markup_putf(out, "<g transform=\"translate(%u %u) scale(%u.", QR_X, y, scale_milli / 1000);
	buf_putf(out, "%03u)\">", scale_milli % 1000);
	markup_putf(out, "<path d=\"%s\" fill=\"#000\" shape-rendering=\"crispEdges\"/></g>\n", buf_text(&path));
	return RC_OK;
}

/* A telephone that looks at the code, and why one should. */
static void put_scan(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style s = {BESIDE_QR_X, WIDTH - BESIDE_QR_X - 12, SMALL, SMALL_STEP, 4, false, false};
	markup_putf(out,
		    "<g transform=\"translate(%u %u)\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"3.500\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
		    "<rect x=\"2\" y=\"2\" width=\"48\" height=\"84\" rx=\"8\"/>"
		    "<path d=\"M20 75h12M14 30v-9h9M38 30v-9h-9M14 46v9h9M38 46v9h-9\"/></g>\n",
		    BESIDE_QR_X, y + 16);
	(void)put_text(out, &s, y + 138, c->url[0] ? "Scan for the latest state" : "Signed by the maker");
}

static const char *without_scheme(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ? url + 8 : url;
}

static unsigned put_foot(struct buf *out, unsigned y, const struct label_face *f, const struct claim *c)
{
	const struct style small = {MARGIN, INNER, SMALL, SMALL_STEP, 2, false, false},
			   bold = {MARGIN, INNER, SMALL, SMALL_STEP, 4, true, false};
	char text[VERDICT_TEXT_SIZE + 64], assessed[48];
	short_date(c->assessed, assessed, sizeof assessed);
	y = put_text(out, &bold, y + 17, f->url[0] ? without_scheme(f->url) : f->maker);
	put_rule(out, y - SMALL_STEP + 12);
	(void)snprintf(text, sizeof text, "Assessed %.40s", assessed);
	y = put_text(out, &small, y + 15, text);
	y = put_text(out, &small, y, c->edition);
	(void)snprintf(text, sizeof text, "Version %.300s", f->version);
	return put_text(out, &small, y, text) - SMALL_STEP + 20;
}

/* Printed size in hundredths of a millimetre. */
static void put_size(struct buf *out, const char *name, unsigned units)
{
	unsigned hundredths = units * LABEL_WIDTH_MM * 100 / WIDTH;
	buf_putf(out, " %s=\"%u.%02umm\"", name, hundredths / 100, hundredths % 100);
}

static void put_open_tag(struct buf *out, unsigned height, const struct label_face *f, const struct claim *c)
{
	markup_putf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\"", WIDTH, height);
	put_size(out, "width", WIDTH);
	put_size(out, "height", height);
	markup_putf(out,
		    " role=\"img\" aria-labelledby=\"label-title label-desc\">\n"
		    "<title id=\"label-title\">Security label of %s</title>\n"
		    "<desc id=\"label-desc\">%s, model %s, by %s: security updates until %s, level %u of %u</desc>\n",
		    f->product, f->product, f->model, f->maker, c->support_end, c->level, CLAIM_LEVEL_MAX);
}

static rc put_metadata(struct buf *out, const struct label_face *f, const char *claim_text, struct err *e)
{
	CLEANUP(buf_done) struct buf words;
	buf_init(&words, LABEL_FACE_MAX);
	rc r = label_face_encode(f, &words, e);
	if (rc_failed(r))
		return r;
	markup_putf(out, "<metadata>%s\n", claim_text);
	base64_encode(buf_view(&words), out);
	buf_put_text(out, "</metadata>\n");
	return RC_OK;
}

rc label_svg(const struct label_face *f, const struct claim *c, const char *claim_text, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body;
	buf_init(&body, LABEL_SVG_MAX);
	unsigned y = put_support(&body, put_head(&body, f), c);
	y = put_level(&body, put_facts(&body, y, f), c);
	y = put_open(&body, put_counts(&body, y, c), c);
	put_scan(&body, y, c);
	rc r = put_qr(&body, y, claim_text, e);
	if (rc_failed(r))
		return err_wrap(e, "drawing the label");
	y = put_foot(&body, y + QR_SIDE, f, c);
	put_open_tag(out, y, f, c);
	if (rc_failed(r = put_metadata(out, f, claim_text, e)))
		return r;
	markup_putf(out,
		    "<g font-family=\"Arial, Helvetica, 'Liberation Sans', sans-serif\" fill=\"" INK "\">\n"
		    "<rect x=\"1.500\" y=\"1.500\" width=\"%u\" height=\"%u\" rx=\"16\" fill=\"#fff\" stroke=\"" INK
		    "\" stroke-width=\"3\"/>\n",
		    WIDTH - 3, y - 3);
	buf_put(out, buf_view(&body));
	buf_put_text(out, "</g>\n</svg>\n");
	if (rc_failed(r = buf_check(&body, "label", e)))
		return r;
	return buf_check(out, "label", e);
}
