/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of all pages: one column, landmarks, a skip link, no script. WCAG 2.2 AA: text 4.5:1 or better in both
 * schemes, focus visible, targets of 44 px. Style: style.c.
 */
#include "fleet/web/page.h"

#include "fleet/web/html.h"
#include "fleet/web/style.h"
#include "core/base/banned.h"

void page_headers(struct http_response *resp)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action "
					    "'self'; base-uri 'none'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
		{"X-Frame-Options", "DENY"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		http_response_header(resp, rows[i].name, rows[i].value);
}

static void put_menu(struct buf *out, const struct page *p)
{
	if (!p->menu)
		return;
	buf_put_text(out, "<nav aria-label=\"Main\"><ul>");
	for (const struct page_link *l = p->menu; l->href; l++) {
		bool here = p->here && strcmp(p->here, l->href) == 0;
		markup_putf(out, "<li><a href=\"%s\"", l->href);
		if (here)
			buf_put_text(out, " aria-current=\"page\"");
		markup_putf(out, ">%s</a></li>", l->text);
	}
	buf_put_text(out, "</ul></nav>");
	if (p->csrf)
		markup_putf(
			out,
			"<form method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">"
			"<button class=\"quiet\">Sign out</button></form>",
			p->csrf);
}

void page_begin(struct http_response *resp, int status, const struct page *p)
{
	struct buf *out = &resp->body;
	resp->status = status;
	page_headers(resp);
	http_response_header(resp, "Content-Type", "text/html; charset=utf-8");
	http_response_header(resp, "Cache-Control", "no-store");
	markup_putf(out,
		    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s · %s</title>"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		    "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">"
		    "<link rel=\"stylesheet\" href=\"/style.css\"></head><body>"
		    "<a class=\"skip\" href=\"#main\">Skip to the content</a><header><div class=\"wrap\">"
		    "<a class=\"brand\" href=\"/\"><svg width=\"26\" height=\"26\" viewBox=\"0 0 26 26\" "
		    "aria-hidden=\"true\">"
		    "<path class=\"mark\" d=\"M13 1 23 5v8c0 6-4.2 10-10 12C7.2 23 3 19 3 13V5z\"/>"
		    "<path class=\"tick\" d=\"m8 13 4 4 7-8\"/></svg>%s</a>",
		    p->title, p->brand, p->brand);
	put_menu(out, p);
	buf_put_text(out, "</div></header><main id=\"main\"><div class=\"wrap\">");
}

void page_end(struct http_response *resp, const struct page *p)
{
	markup_putf(&resp->body, "</div></main><footer><div class=\"wrap\">%s</div></footer></body></html>\n",
		    p->foot ? p->foot : "");
}

void page_style(struct http_response *resp)
{
	page_headers(resp);
	http_response_header(resp, "Cache-Control", "max-age=3600");
	http_response_text(resp, 200, "text/css; charset=utf-8", style_css);
}

void page_redirect(struct http_response *resp, const char *to)
{
	page_headers(resp);
	http_response_header(resp, "Cache-Control", "no-store");
	http_response_header(resp, "Location", to);
	resp->status = 303;
}

void page_pill(struct buf *out, const char *tone, const char *text)
{
	markup_putf(out, "<span class=\"pill %s\">%s</span>", tone, text);
}
