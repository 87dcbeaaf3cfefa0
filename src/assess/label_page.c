/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the label: the same as text, for readers of screens and for search, and how to check it. */
#include <stdio.h>

#include "assess/label.h"
#include "core/codec/markup.h"
#include "core/base/banned.h"

/* clang-format off */
static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--ink:#17202b;--soft:#51606f;--line:#d3dae3;--panel:#f4f6f9;--link:#0b57a4;"
	"--open:#6d4300;--open-bg:#fdf1da}\n"
	"@media screen and (prefers-color-scheme:dark){:root{--bg:#11161d;--ink:#e8edf3;--soft:#a8b3c0;--line:#333d49;"
	"--panel:#1a212a;--link:#8abfff;--open:#f3c677;--open-bg:#3a2a0b}}\n"
	"*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"
	"'Segoe UI',Roboto,'Liberation Sans',sans-serif}\n"
	"header,main{max-width:66rem;margin:0 auto;padding:0 1.5rem}header{padding-top:2rem}main{padding-bottom:3rem}\n"
	".kicker{margin:0;letter-spacing:.08em;text-transform:uppercase;font-size:.8rem;color:var(--soft)}\n"
	"h1{margin:.2rem 0;font-size:2rem;line-height:1.2;overflow-wrap:anywhere}h2{margin:2rem 0 .6rem;font-size:1.3rem}"
	"h2:first-child{margin-top:0}.lead{margin:.2rem 0 1.6rem;color:var(--soft);overflow-wrap:anywhere}\n"
	".cols{display:grid;grid-template-columns:minmax(0,27rem) minmax(0,1fr);gap:2rem 3rem;align-items:start}"
	"@media(max-width:50rem){.cols{grid-template-columns:minmax(0,1fr)}}\n"
	".cols svg{display:block;width:100%;max-width:27rem;height:auto;margin:0 auto}\n"
	"dl{margin:0;border-top:1px solid var(--line)}dl div{display:grid;grid-template-columns:minmax(0,11rem) minmax(0,1fr);"
	"gap:1rem;padding:.5rem 0;border-bottom:1px solid var(--line)}@media(max-width:30rem){dl div{grid-template-columns:1fr;"
	"gap:0}}dt{color:var(--soft)}dd{margin:0;font-weight:600;overflow-wrap:anywhere}\n"
	"a{color:var(--link)}.open{color:var(--open);background:var(--open-bg);padding:.8rem 1rem;border-left:5px solid;"
	"border-radius:4px;font-weight:600}\n"
	"pre{background:var(--panel);padding:.8rem 1rem;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}"
	"code{font-size:.88em;overflow-wrap:anywhere}\n"
	"ol{padding-left:1.2rem}ol li.now{font-weight:700}.note{color:var(--soft);font-size:.92rem}\n"
	"@media print{.cols svg{width:80mm}}\n";
/* clang-format on */

static void put_stated(struct buf *out, const char *name, const char *value, const char *none)
{
	markup_putf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value[0] ? value : none);
}

static void put_date(struct buf *out, const char *name, const char *date)
{
	char day[48];
	markup_date(date, day, sizeof day);
	put_stated(out, name, day, "");
}

static void put_facts(struct buf *out, const struct label_face *f, const struct claim *c)
{
	buf_put_text(out, "<h2>What the label says</h2>\n<dl>\n");
	put_date(out, "Security updates until", c->support_end);
	put_stated(out, "Updates", f->updates, "not stated");
	put_stated(out, "Default password", f->password, "not stated");
	put_stated(out, "Personal data kept", f->data, "none declared");
	put_stated(out, "Sensors", f->sensors, "none declared");
	put_date(out, "Assessed on", c->assessed);
	put_stated(out, "Assessed version", f->version, "not stated");
	put_stated(out, "Assessed against", c->edition, "");
	put_date(out, "Label issued", c->issued);
	if (claim_url_ok(f->url))
		markup_putf(out, "<div><dt>Latest state</dt><dd><a href=\"%s\">%s</a></dd></div>\n", f->url, f->url);
	else if (f->url[0])
		put_stated(out, "Latest state", f->url, "");
	buf_put_text(out, "</dl>\n");
}

static void put_level(struct buf *out, const struct claim *c)
{
	const struct claim_counts *n = &c->counts;
	markup_putf(out, "<h2>Level %u of %u</h2>\n<ol>\n", c->level, CLAIM_LEVEL_MAX);
	for (unsigned i = 1; i <= CLAIM_LEVEL_MAX; i++) {
		buf_put_text(out, i == c->level ? "<li class=\"now\">" : "<li>");
		markup_putf(out, "%s: %s</li>\n", label_level_words(i), i <= c->level ? "reached" : "not reached");
	}
	markup_putf(
		out,
		"</ol>\n<p>Of %u requirements, %u passed, %u were not met (recommendations only), %u are open, %u were "
		"not judged and %u do not apply. Only what passed or does not apply counts towards a level.</p>\n",
		n->pass + n->fail + n->inconclusive + n->not_judged + n->not_applicable, n->pass, n->fail,
		n->inconclusive, n->not_judged, n->not_applicable);
	if (c->mandatory_open)
		markup_putf(
			out,
			"<p class=\"open\">Mandatory requirements that are open: %u. Nobody has shown yet that they "
			"are met, and nobody has shown that they are not.</p>\n",
			c->mandatory_open);
}

static void put_check(struct buf *out, const char *claim_text)
{
	markup_putf(
		out,
		"<h2>Check that it is genuine</h2>\n<p>A phone\xe2\x80\x99s camera opens the maker\xe2\x80\x99s page "
		"from the code. The code also holds a claim that the maker has signed. With the "
		"maker\xe2\x80\x99s public label key it can be checked without a network:</p>\n"
		"<pre><code>hallmark verify label.svg --key label.pub</code></pre>\n"
		"<p class=\"note\">What the code says: <code>%s</code></p>\n",
		claim_text);
}

rc label_html(const struct label_face *f, const struct claim *c, const char *claim_text, struct bytes svg,
	      struct buf *out, struct err *e)
{
	markup_putf(out,
		    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<title>Security label: %s</title>\n<style>\n",
		    f->product);
	buf_put_text(out, style);
	markup_putf(out,
		    "</style>\n</head>\n<body>\n<header><p class=\"kicker\">Product security label</p><h1>%s</h1>\n"
		    "<p class=\"lead\">Model %s, made by %s</p></header>\n<main><div class=\"cols\"><div>\n",
		    f->product, f->model, f->maker);
	buf_put(out, svg);
	buf_put_text(out, "</div>\n<div>");
	put_facts(out, f, c);
	put_level(out, c);
	put_check(out, claim_text);
	buf_put_text(out, "</div></div></main>\n</body>\n</html>\n");
	return buf_check(out, "label page", e);
}
