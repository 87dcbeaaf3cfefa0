/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the label: a card of fixed width and two columns, as tall as its text, in units of a tenth of a millimetre at
 * its least width. One dark ink on white, so that a black-and-white printer loses nothing; no letter is smaller than 6
 * pt there.
 */
#include <stdio.h>

#include "assess/label.h"
#include "assess/label_text.h"
#include "core/codec/base64.h"
#include "core/codec/markup.h"
#include "core/codec/qr.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WIDTH (10 * LABEL_WIDTH_LEAST_MM)
#define MARGIN 22
#define INNER (WIDTH - 2 * MARGIN)
#define SMALL 22 /* 6.2 pt at the least width */
#define SMALL_STEP 26
#define VALUE 23
#define VALUE_STEP 28
#define FACT_LINES 3
#define PASSWORD_LINES 5 /* so many leave the column no longer than the other */
#define HEAD_X 86
#define HEAD_WIDTH (WIDTH - MARGIN - HEAD_X)
#define QR_SIDE (10 * LABEL_QR_LEAST_MM)
#define LEFT_WIDTH 360
#define BETWEEN_X 396
#define QR_BORDER 4 /* modules, in QR_SIDE; it ends before the line between the columns */
#define RIGHT_X 416
#define RIGHT_WIDTH (WIDTH - MARGIN - RIGHT_X)
#define INK "#0d2137"

/* Where and how a text goes; y is the base line of its first line. */
struct style {
	unsigned x, width, size, step, lines;
	bool bold, light; /* light: on the dark ground */
};

/* All that a label is drawn from. */
struct source {
	const struct label_face *f;
	const struct claim *c;
	const char *claim_text;
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

static bool fits(const struct style *s, const char *text)
{
	struct label_text t;
	const struct label_text_room room = {s->width, s->size, s->bold, s->lines};
	label_text_wrap(text, &room, &t);
	return !t.cut;
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

static void put_rule(struct buf *out, unsigned x, unsigned y, unsigned width)
{
	markup_putf(out, "<path d=\"M%u %uh%u\" stroke=\"" INK "\" stroke-width=\"1.500\"/>\n", x, y, width);
}

/* The name is set as large as it can be; a long one smaller, the longest in two lines. */
static unsigned put_name(struct buf *out, unsigned y, const char *name)
{
	static const struct style steps[] = {
		{HEAD_X, HEAD_WIDTH, 40, 45, 1, true, false},
		{HEAD_X, HEAD_WIDTH, 33, 38, 1, true, false},
		{HEAD_X, HEAD_WIDTH, 28, 33, 2, true, false},
		{HEAD_X, HEAD_WIDTH, 25, 30, 2, true, false},
	};
	size_t i = 0;
	while (i < ARRAY_LEN(steps) - 1 && !fits(&steps[i], name))
		i++;
	unsigned rise = steps[i].size * 4 / 5;
	return put_text(out, &steps[i], y + rise, name) - rise;
}

static unsigned put_head(struct buf *out, const struct label_face *f)
{
	const struct style one = {HEAD_X, HEAD_WIDTH, SMALL, SMALL_STEP, 1, false, false},
			   two = {HEAD_X, HEAD_WIDTH, SMALL, SMALL_STEP, 2, false, false},
			   three = {HEAD_X, HEAD_WIDTH, SMALL, SMALL_STEP, 3, false, false};
	char model[VERDICT_TEXT_SIZE + 16], both[2 * VERDICT_TEXT_SIZE + 32];
	buf_put_text(out, "<g transform=\"translate(-8 -1) scale(1.500)\">"
			  "<path d=\"M35 14l15 5.500v13c0 10-6.500 17.500-15 21-8.500-3.500-15-11-15-21v-13z\" "
			  "fill=\"" INK "\"/><path d=\"m28 32.500 5.500 5.500 9.500-11\" fill=\"none\" stroke=\"#fff\" "
			  "stroke-width=\"4\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></g>\n");
	(void)put_text(out, &one, 38, "Product security");
	unsigned y = put_name(out, 48, f->product) + 17;
	/* One unbroken word: a model that does not fit is not pushed below its name. */
	(void)snprintf(model, sizeof model, "Model\xc2\xa0%s", f->model);
	(void)snprintf(both, sizeof both, "%s \xc2\xb7 %s", f->maker, model);
	if (fits(&one, both))
		return put_text(out, &one, y, both) - SMALL_STEP + 16;
	y = put_text(out, fits(&one, model) ? &two : &one, y, f->maker);
	return put_text(out, &three, y, model) - SMALL_STEP + 16;
}

/* The largest fact, on a dark ground from edge to edge. */
static unsigned put_support(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style words = {MARGIN, INNER, 25, 29, 1, false, true};
	const struct style date = {MARGIN, INNER, 62, 62, 1, true, true};
	char until[48];
	short_date(c->support_end, until, sizeof until);
	markup_putf(out, "<path d=\"M3 %uh%uv110h-%uz\" fill=\"" INK "\"/>\n", y, WIDTH - 6, WIDTH - 6);
	(void)put_text(out, &words, y + 33, "Supported with security updates until");
	(void)put_text(out, &date, y + 94, until);
	return y + 110;
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

struct stated {
	const char *icon, *name, *value, *none;
};

static const struct style in_column = {MARGIN, LEFT_WIDTH, VALUE, VALUE_STEP, FACT_LINES, true, false},
			  for_password = {MARGIN, LEFT_WIDTH, VALUE, VALUE_STEP, PASSWORD_LINES, true, false},
			  across = {MARGIN, INNER, SMALL, SMALL_STEP, LABEL_TEXT_LINES_MAX, false, false};

static unsigned put_fact(struct buf *out, unsigned y, const struct style *s, const struct stated *x)
{
	char text[VERDICT_TEXT_SIZE];
	(void)snprintf(text, sizeof text, "%s", x->value[0] ? x->value : x->none);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	markup_putf(out,
		    "<path transform=\"translate(%u %u) scale(1.250)\" d=\"%s\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"2.200\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n"
		    "<text x=\"%u\" y=\"%u\" font-size=\"%u\">%s</text>\n",
		    MARGIN - 2, y + 10, x->icon, MARGIN + 40, y + 33, SMALL, x->name);
	return put_text(out, s, y + 62, text) - s->step + 14;
}

static struct stated password(const struct label_face *f)
{
	return (struct stated){icon_key, "Default password", f->password, "not stated"};
}

/* How units are protected when new is never cut: what is too long for its column goes across the card. */
static bool password_is_wide(const struct label_face *f)
{
	return !fits(&for_password, f->password);
}

static unsigned put_wide_password(struct buf *out, unsigned y, const struct label_face *f)
{
	const struct stated x = password(f);
	if (!password_is_wide(f))
		return y;
	y = put_fact(out, y, &across, &x);
	put_rule(out, MARGIN, y, INNER);
	return y;
}

/* `loose`: the room to leave over and under each rule. */
static unsigned put_facts(struct buf *out, unsigned y, unsigned loose, const struct label_face *f)
{
	const struct stated facts[] = {
		{icon_update, "Updates", f->updates, "not stated"},
		password(f),
		{icon_person, "Personal data kept", f->data, "none declared"},
		{icon_eye, "Sensors", f->sensors, "none declared"},
	};
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const bool is_password = facts[i].value == f->password;
		if (is_password && password_is_wide(f))
			continue;
		if (i) {
			put_rule(out, MARGIN, y + loose, LEFT_WIDTH);
			y += 2 * loose;
		}
		y = put_fact(out, y, is_password ? &for_password : &in_column, &facts[i]);
	}
	return y;
}

/* The level's number, stairs as high as it, and what it means. */
static unsigned put_level(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style words = {RIGHT_X, RIGHT_WIDTH, SMALL, SMALL_STEP, 4, false, false};
	const unsigned bottom = y + 101;
	markup_putf(out, "<text x=\"%u\" y=\"%u\" font-size=\"36\" font-weight=\"700\">Level %u of %u</text>\n",
		    RIGHT_X, y + 43, c->level, CLAIM_LEVEL_MAX);
	for (unsigned i = 0; i < CLAIM_LEVEL_MAX; i++) {
		unsigned high = 14 + i * 9;
		markup_putf(out,
			    "<rect x=\"%u\" y=\"%u\" width=\"54\" height=\"%u\" rx=\"2\" fill=\"%s\" stroke=\"" INK
			    "\" stroke-width=\"3\"/>\n",
			    RIGHT_X + 2 + i * 68, bottom - high, high, i < c->level ? INK : "#fff");
	}
	return put_text(out, &words, bottom + 29, label_level_words(c->level)) - SMALL_STEP + 14;
}

/* Three numbers side by side, equally large. What failed is recommended only: a mandatory failure has no label. */
static unsigned put_counts(struct buf *out, unsigned y, const struct claim *c)
{
	const struct {
		unsigned n, x;
		const char *word;
	} counts[] = {{c->counts.pass, RIGHT_X, "passed"},
		      {c->counts.fail, RIGHT_X + 100, "not met"},
		      {c->counts.inconclusive + c->counts.not_judged, RIGHT_X + 200, "open"}};
	put_rule(out, RIGHT_X, y, RIGHT_WIDTH);
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++)
		markup_putf(out,
			    "<text x=\"%u\" y=\"%u\" font-size=\"34\" font-weight=\"700\">%u</text>"
			    "<text x=\"%u\" y=\"%u\" font-size=\"%u\">%s</text>\n",
			    counts[i].x, y + 38, counts[i].n, counts[i].x, y + 63, SMALL, counts[i].word);
	return y + 68;
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
	markup_putf(out, "<g transform=\"translate(%u %u) scale(%u.", RIGHT_X - QR_SIDE * QR_BORDER / side, y,
		    scale_milli / 1000);
	buf_putf(out, "%03u)\">", scale_milli % 1000);
	markup_putf(out, "<path d=\"%s\" fill=\"#000\" shape-rendering=\"crispEdges\"/></g>\n", buf_text(&path));
	return RC_OK;
}

/* A telephone that looks at the code, and why one should. */
static void put_scan(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style s = {RIGHT_X + 46, RIGHT_WIDTH - 46, SMALL, SMALL_STEP, 2, false, false};
	markup_putf(out,
		    "<g transform=\"translate(%u %u) scale(.6)\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"4.500\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
		    "<rect x=\"2\" y=\"2\" width=\"48\" height=\"84\" rx=\"8\"/>"
		    "<path d=\"M20 75h12M14 30v-9h9M38 30v-9h-9M14 46v9h9M38 46v9h-9\"/></g>\n",
		    RIGHT_X, y);
	(void)put_text(out, &s, y + 20, c->url[0] ? "Scan for the latest state" : "Signed by the maker");
}

/* What is declared on the left; on the right the level above and the code below. The shorter one is given air. */
static rc put_columns(struct buf *out, unsigned *y, const struct source *s, struct err *e)
{
	const unsigned below = QR_SIDE + 60;
	CLEANUP(buf_done) struct buf right, measured;
	buf_init(&right, LABEL_SVG_MAX);
	buf_init(&measured, LABEL_SVG_MAX);
	const unsigned left_end = put_facts(&measured, *y, 0, s->f),
		       right_end = put_counts(&right, put_level(&right, *y, s->c), s->c) + below;
	const unsigned end = left_end > right_end ? left_end : right_end, rules = password_is_wide(s->f) ? 2 : 3;
	(void)put_facts(out, *y, (end - left_end) / rules / 2, s->f);
	buf_put(out, buf_view(&right));
	rc r = put_qr(out, end - below, s->claim_text, e);
	(void)put_scan(out, end - below + QR_SIDE - 2, s->c);
	markup_putf(out, "<path d=\"M%u %uv%u\" stroke=\"" INK "\" stroke-width=\"1.500\"/>\n", BETWEEN_X, *y + 14,
		    end - *y - 24);
	*y = end + 8;
	return rc_ok(r) ? buf_check(&right, "label", e) : r;
}

/* Said as plainly as what passed: a box of its own, that no printer can lose. */
static unsigned put_open(struct buf *out, unsigned y, const struct claim *c)
{
	const struct style count = {MARGIN + 66, INNER - 66 - 8, 26, 30, 2, true, false},
			   words = {MARGIN + 66, INNER - 66 - 8, SMALL, SMALL_STEP, 1, false, false};
	char text[160];
	unsigned n = c->mandatory_open;
	if (!n) {
		put_rule(out, MARGIN, y, INNER);
		return y;
	}
	(void)snprintf(text, sizeof text, "%u mandatory requirement%s open:", n, n == 1 ? " is" : "s are");
	unsigned next = put_text(out, &count, y + 32, text);
	next = put_text(out, &words, next, "not shown to be met") - SMALL_STEP + 14;
	markup_putf(out,
		    "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"8\" fill=\"none\" stroke=\"" INK
		    "\" stroke-width=\"3\"/>\n",
		    MARGIN, y, INNER, next - y);
	markup_putf(out,
		    "<path transform=\"translate(%u %u) scale(1.500)\" d=\"M16 0l14 26h-28zm0 9v8m0 3.500v3\" "
		    "fill=\"none\" stroke=\"" INK "\" stroke-width=\"2.500\" stroke-linejoin=\"round\"/>\n",
		    MARGIN + 8, y + (next - y) / 2 - 21);
	return next + 4;
}

static const char *without_scheme(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ? url + 8 : url;
}

static unsigned put_foot(struct buf *out, unsigned y, const struct label_face *f, const struct claim *c)
{
	const struct style address = {MARGIN, LEFT_WIDTH, SMALL, SMALL_STEP, 3, true, false},
			   left = {MARGIN, LEFT_WIDTH, SMALL, SMALL_STEP, 1, false, false},
			   right = {RIGHT_X, RIGHT_WIDTH, SMALL, SMALL_STEP, 2, false, false};
	char text[VERDICT_TEXT_SIZE + 64], assessed[48];
	short_date(c->assessed, assessed, sizeof assessed);
	(void)snprintf(text, sizeof text, "Assessed %.40s", assessed);
	unsigned left_end = put_text(out, &address, y + 30, f->url[0] ? without_scheme(f->url) : f->maker);
	left_end = put_text(out, &left, left_end, text);
	(void)snprintf(text, sizeof text, "Version %.300s", f->version);
	unsigned right_end = put_text(out, &right, put_text(out, &right, y + 30, c->edition), text);
	return (left_end > right_end ? left_end : right_end) - SMALL_STEP + 22;
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
	const struct source s = {f, c, claim_text};
	CLEANUP(buf_done) struct buf body;
	buf_init(&body, LABEL_SVG_MAX);
	unsigned y = put_wide_password(&body, put_support(&body, put_head(&body, f), c), f);
	rc r = put_columns(&body, &y, &s, e);
	if (rc_failed(r))
		return err_wrap(e, "drawing the label");
	y = put_foot(&body, put_open(&body, y, c), f, c);
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
