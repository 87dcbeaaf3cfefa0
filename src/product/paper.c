/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two forms of a document: which blocks there are, how each begins and ends, and how a text stays a text. What the
 * documents say is in documents_*.c.
 */
#include "product/paper.h"

#include "core/codec/celltext.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "product/paper_style.h"
#include "core/base/banned.h"

#define PAPER_MAX (1024 * 1024)

struct block_form {
	const char *list, *begin, *end, *list_end;
};

/* clang-format off */
static const struct block_form forms[][PAPER_BLOCKS] = {
	[PAPER_MARKDOWN] = {
		[PAPER_NONE] = {"", "", "", ""},
		[PAPER_PARA] = {"", "", "\n\n", ""},
		[PAPER_NOTE] = {"", "", "\n\n", ""},
		[PAPER_QUOTE] = {"", "> ", "\n\n", ""},
		[PAPER_ITEM] = {"", "- ", "\n", "\n"},
		[PAPER_STEP] = {"", "", "\n", "\n"}, /* numbered */
		[PAPER_CHECK] = {"", "- [ ] ", "\n", "\n"},
		[PAPER_CELL] = {"", "", " |", "\n"},
		[PAPER_ROW] = {"", "", " |", "\n"},
		[PAPER_CARD] = {"", "### ", "\n\n", ""},
	},
	[PAPER_HTML] = {
		[PAPER_NONE] = {"", "", "", ""},
		[PAPER_PARA] = {"", "<p>", "</p>\n", ""},
		[PAPER_NOTE] = {"", "<p class=\"note\">", "</p>\n", ""},
		[PAPER_QUOTE] = {"", "<blockquote><p>", "</p></blockquote>\n", ""},
		[PAPER_ITEM] = {"<ul>\n", "<li>", "</li>\n", "</ul>\n"},
		[PAPER_STEP] = {"<ol>\n", "<li>", "</li>\n", "</ol>\n"},
		[PAPER_CHECK] = {"<ul class=\"checks\">\n", "<li>", "</li>\n", "</ul>\n"},
		[PAPER_CELL] = {"", "", "</td>", "</table>\n"},
		[PAPER_ROW] = {"", "", "</td>", "</table>\n"},
		[PAPER_CARD] = {"", "<h3>", "</h3>\n", ""},
	},
};
/* clang-format on */

void paper_init(struct paper *p, enum paper_form form)
{
	*p = (struct paper){.form = form};
	buf_init(&p->body, PAPER_MAX);
	buf_init(&p->open, PAPER_MAX);
	p->to = &p->body;
}

static void put(struct paper *p, const char *constant)
{
	buf_put_text(p->to, constant);
}

/* "1. " and "1) " at the start of a line begin a list. */
static bool is_number_mark(const char *start, const char *at)
{
	return (*at == '.' || *at == ')') && (at[1] == ' ' || !at[1]) && at > start &&
	       strspn(start, "0123456789") == (size_t)(at - start);
}

/* Renderers make links of "http://..." and "www..." by themselves. */
static bool makes_link(const char *start, const char *at)
{
	if (*at == ':')
		return at[1] == '/';
	return *at == '.' && at - start >= 3 && (at[-1] | 0x20) == 'w' && (at[-2] | 0x20) == 'w' &&
	       (at[-3] | 0x20) == 'w';
}

static void put_markdown(struct paper *p, const char *text)
{
	const char *start = text;
	for (; *text; text++) {
		bool first = p->fresh && text == start;
		if (*text == '<')
			put(p, "&lt;");
		else if (*text == '>')
			put(p, "&gt;");
		else if (*text == '&')
			put(p, "&amp;");
		else if (strchr("\\`*_[]{}#|~$^", *text) || (first && strchr("-+=", *text)) ||
			 (p->fresh && is_number_mark(start, text)) || makes_link(start, text))
			buf_putf(p->to, "\\%c", *text);
		else
			buf_put_u8(p->to, (uint8_t)*text);
	}
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* A text that begins a heading, an item or a cell begins with a capital, unless it is a name like "iLock". */
static void put_first(struct paper *p, const char **text)
{
	bool prose = p->block == PAPER_CARD || p->block == PAPER_ITEM || p->block == PAPER_CELL;
	char c = (*text)[0], next = c ? (*text)[1] : 0;
	if (!prose || !p->fresh || c < 'a' || c > 'z' || (next != ' ' && (next < 'a' || next > 'z')))
		return;
	buf_put_u8(p->to, (uint8_t)(c - 'a' + 'A'));
	p->fresh = false;
	(*text)++;
}

static void put_text(struct paper *p, const char *text)
{
	CLEANUP(buf_done) struct buf plain;
	buf_init(&plain, PAPER_MAX);
	/* Four blanks at the start of a line would be program text. */
	celltext_plain(&plain, text + (p->fresh ? strspn(text, " ") : 0));
	const char *clean = buf_text(&plain);
	if (plain.broken)
		p->to->broken = plain.broken;
	put_first(p, &clean);
	if (p->form == PAPER_MARKDOWN) {
		put_markdown(p, clean);
	} else if (is_ascii(clean)) {
		markup_text(p->to, clean);
	} else { /* keeps right-to-left text from reordering its neighbours */
		put(p, "<bdi>");
		markup_text(p->to, clean);
		put(p, "</bdi>");
	}
	if (*clean)
		p->fresh = false;
}

/* One conversion after '%'. Returns the first character behind it, NULL for an unknown one. */
static const char *convert(struct paper *p, const char *f, va_list *ap)
{
	if (*f == 's') {
		const char *text = va_arg(*ap, const char *);
		put_text(p, text ? text : "");
	} else if (*f == 'u') {
		buf_putf(p->to, "%u", va_arg(*ap, unsigned));
	} else if (strncmp(f, "zu", 2) == 0) {
		buf_putf(p->to, "%zu", va_arg(*ap, size_t));
		f++;
	} else if (*f == '%') {
		put(p, "%");
	} else {
		return NULL;
	}
	return f + 1;
}

PRINTF_LIKE(2, 0) static void vputf(struct paper *p, const char *fmt, va_list *ap)
{
	while (fmt && *fmt) {
		size_t n = strcspn(fmt, "%");
		buf_put(p->to, bytes_of(fmt, n));
		p->fresh = p->fresh && n == 0;
		fmt += n;
		if (*fmt == '%')
			fmt = convert(p, fmt + 1, ap);
	}
	if (!fmt)
		p->to->broken = ERR_INTERNAL;
}

void paper_putf(struct paper *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vputf(p, fmt, &ap);
	va_end(ap);
}

/* Ends what is open, down to the list or table when the next block is of another kind. */
static void close_block(struct paper *p, enum paper_block next)
{
	const struct block_form *f = &forms[p->form][p->block];
	put(p, f->end);
	if (p->column && p->column == p->columns) {
		put(p, p->form == PAPER_HTML ? "</tr>\n" : "\n");
		p->column = 0;
	}
	if (p->block == next)
		return;
	put(p, f->list_end);
	p->columns = p->column = 0;
	p->titles = NULL;
	p->block = PAPER_NONE;
}

void paper_block(struct paper *p, enum paper_block block)
{
	const struct block_form *f = &forms[p->form][block];
	close_block(p, block);
	if (p->block != block) {
		put(p, f->list);
		p->step = 0;
	}
	put(p, f->begin);
	if (block == PAPER_STEP && p->form == PAPER_MARKDOWN)
		buf_putf(p->to, "%u. ", ++p->step);
	p->block = block;
	p->fresh = true;
}

void paper_section(struct paper *p, const char *id, const char *title)
{
	close_block(p, PAPER_NONE);
	if (p->form == PAPER_MARKDOWN)
		buf_putf(p->to, "## %s\n\n", title);
	else
		buf_putf(p->to, "%s<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
			 p->section ? "</section>\n" : "", id, id, title);
	p->section = true;
}

void paper_table(struct paper *p, const char *const *titles)
{
	bool html = p->form == PAPER_HTML;
	close_block(p, PAPER_NONE);
	p->block = PAPER_CELL;
	p->titles = titles;
	for (p->columns = 0; titles[p->columns]; p->columns++)
		continue;
	put(p, html ? "<table>\n<thead><tr>" : "|");
	for (unsigned i = 0; i < p->columns; i++)
		buf_putf(p->to, html ? "<th scope=\"col\">%s</th>" : " %s |", titles[i]);
	put(p, html ? "</tr></thead>\n" : "\n|");
	for (unsigned i = 0; i < p->columns && !html; i++)
		put(p, "---|");
	if (!html)
		put(p, "\n");
}

/* The first cell of a row begins it. A narrow screen shows the title beside each of the others. */
static void begin_cell(struct paper *p, bool head)
{
	bool html = p->form == PAPER_HTML;
	if (p->column == 0)
		put(p, html ? "<tr>" : "|");
	if (html && p->titles && p->column > 0)
		buf_putf(p->to, "<td data-label=\"%s: \">", p->titles[p->column]);
	else
		put(p, !html ? " " : head ? "<th scope=\"row\">" : "<td>");
	p->column++;
	p->fresh = true;
}

void paper_cell(struct paper *p)
{
	if (p->column)
		close_block(p, PAPER_CELL);
	begin_cell(p, false);
}

void paper_row(struct paper *p, const char *label)
{
	close_block(p, PAPER_ROW);
	if (p->block != PAPER_ROW)
		put(p, p->form == PAPER_HTML ? "<table class=\"rows\">\n" : "| | |\n|---|---|\n");
	p->block = PAPER_ROW;
	p->columns = 2;
	begin_cell(p, true);
	put(p, label);
	put(p, p->form == PAPER_HTML ? "</th>" : " |");
	begin_cell(p, false);
}

void paper_date(struct paper *p, struct wall_time day)
{
	char iso[RFC3339_DATE_SIZE], words[32];
	rfc3339_date(day, iso);
	markup_date(iso, words, sizeof words);
	if (p->form == PAPER_HTML)
		buf_putf(p->to, "<time datetime=\"%s\">%s</time>", iso, words);
	else
		put(p, words);
	p->fresh = false;
}

void paper_link(struct paper *p, const char *url, const char *label)
{
	bool web = strncmp(url, "https:", 6) == 0;
	const char *shown = web ? url : strchr(url, ':') + 1;
	if (p->form == PAPER_HTML) {
		markup_putf(p->to, "<a href=\"%s\">%s</a>", url, label ? label : shown);
	} else if (label) {
		buf_putf(p->to, "[%s](%s)", label, url);
	} else if (web) {
		buf_putf(p->to, "<%s>", url);
	} else {
		put(p, "[");
		put_markdown(p, shown);
		buf_putf(p->to, "](%s)", url);
	}
	p->fresh = false;
}

PRINTF_LIKE(2, 0) static void list_open(struct paper *p, const char *fmt, va_list *ap, bool has_place)
{
	bool html = p->form == PAPER_HTML, fresh = p->fresh;
	enum paper_block block = p->block;
	p->to = &p->open;
	p->block = PAPER_ITEM;
	p->open_n++;
	put(p, html ? "<li>" : "- ");
	if (html && has_place)
		buf_putf(p->to, "<a href=\"#open-%u\">", p->open_n);
	p->fresh = true;
	vputf(p, fmt, ap);
	put(p, html && has_place ? "</a>" : "");
	put(p, html ? "</li>\n" : "\n");
	p->to = &p->body;
	p->block = block;
	p->fresh = fresh;
}

void paper_blank(struct paper *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	list_open(p, fmt, &ap, true);
	va_end(ap);
	if (p->form == PAPER_HTML)
		buf_putf(p->to, "<span class=\"blank\" id=\"open-%u\">to be filled in</span>", p->open_n);
	else
		put(p, "\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_ *(to be filled in)*");
	p->fresh = false;
}

void paper_open(struct paper *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	list_open(p, fmt, &ap, false);
	va_end(ap);
}

static void put_head_html(const struct paper_head *h, struct buf *out)
{
	CLEANUP(buf_done) struct buf product;
	buf_init(&product, PAPER_MAX);
	celltext_plain(&product, h->product);
	buf_put_text(out,
		     "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		     "content=\"width=device-width, initial-scale=1\">\n<title>");
	markup_putf(out, "%s: %s</title>\n<style>\n", h->title, buf_text(&product));
	buf_put_text(out, paper_style());
	buf_put_text(out, "</style>\n</head>\n<body>\n<header>\n<p class=\"kicker\">");
}

/* Title, what it is about, and what is open. Uses the paper itself, so that the texts are escaped in one place. */
static void put_front(struct paper *p, const struct paper_head *h)
{
	bool html = p->form == PAPER_HTML;
	if (html)
		put_text(p, h->maker);
	put(p, html ? "</p>\n<h1>" : "# ");
	put(p, h->title);
	put(p, html ? "</h1>\n<p class=\"subject\"><strong>" : "\n\n");
	p->fresh = true;
	put_text(p, h->product);
	put(p, html ? "</strong>, model " : ", model ");
	p->fresh = false;
	put_text(p, h->model);
	if (h->version)
		paper_putf(p, ", software version %s", h->version);
	if (!html)
		paper_putf(p, ", by %s", h->maker);
	put(p, html ? "</p>\n</header>\n<main>\n" : "\n\n");
	if (!p->open_n)
		return;
	if (html)
		buf_putf(p->to,
			 "<section class=\"open%s\" aria-labelledby=\"open\">\n<h2 id=\"open\">%s (%u)</h2>\n<ul>\n",
			 h->by_hand ? " by-hand" : "", h->open, p->open_n);
	else
		buf_putf(p->to, "## %s (%u)\n\n", h->open, p->open_n);
	buf_put(p->to, buf_view(&p->open));
	put(p, html ? "</ul>\n</section>\n" : "\n");
}

static void put_foot(struct paper *p, const struct paper_head *h)
{
	bool html = p->form == PAPER_HTML;
	if (html && p->section)
		put(p, "</section>\n");
	put(p, html ? "</main>\n<footer>\n<p>" : "---\n\n");
	put(p, "Made from the product declaration, for ");
	paper_date(p, h->day);
	put(p, html ? ".</p>\n</footer>\n</body>\n</html>\n" : ".\n");
}

void paper_done(struct paper *p, const struct paper_head *head, struct buf *out)
{
	close_block(p, PAPER_NONE);
	if (p->form == PAPER_HTML)
		put_head_html(head, out);
	p->to = out;
	put_front(p, head);
	buf_put(out, buf_view(&p->body));
	put_foot(p, head);
	if (p->body.broken || p->open.broken)
		out->broken = p->body.broken ? p->body.broken : p->open.broken;
	buf_done(&p->body);
	buf_done(&p->open);
}
