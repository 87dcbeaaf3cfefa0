/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public pages, server-rendered. Runs in the public role: no file, no database, no key. A filled-in trap field or too
 * many reports are refused before anything leaves this process.
 */
#include "fleet/web/public.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "fleet/web/html.h"
#include "fleet/web/page.h"
#include "core/base/banned.h"

static const struct page_link menu[] = {{"/", "Product security"},
					{"/report", "Report a problem"},
					{"/disclosure", "Our policy"},
					{"/support", "Support periods"},
					{NULL, NULL}};

static struct page page_of(const struct public_pages *p, const char *title, const char *here)
{
	return (struct page){.title = title,
			     .brand = p->site->company,
			     .here = here,
			     .menu = menu,
			     .foot = "No account, no cookies, no scripts on these pages."};
}

static void show_home(const struct public_pages *p, struct http_response *resp)
{
	struct page page = page_of(p, "Product security", "/");
	struct buf *out = &resp->body;
	page_begin(resp, 200, &page);
	markup_putf(out,
		    "<h1>Security of our connected products</h1><p class=\"lead\">%s builds products that stay secure "
		    "after "
		    "they leave the box, and tells you plainly for how long.</p><div class=\"grid\">",
		    p->site->company);
	buf_put_text(out,
		     "<section class=\"card\"><h2>Found a problem?</h2><p>Tell us. You need no account, and you do not "
		     "have to say who you are.</p><p><a class=\"button\" href=\"/report\">Report a vulnerability</a>"
		     "</p></section>");
	markup_putf(
		out,
		"<section class=\"card\"><h2>What we promise</h2><p>A person acknowledges your report within %u days, "
		"and you "
		"hear from us at least every %u days until it is solved.</p><p><a href=\"/disclosure\">Read our "
		"policy</a></p>"
		"</section>",
		p->site->ack_days, p->site->update_days);
	buf_put_text(
		out,
		"<section class=\"card\"><h2>How long are products supported?</h2><p>Every model has an end date for "
		"security updates, known before you buy it.</p><p><a href=\"/support\">See support periods</a></p>"
		"</section></div>");
	page_end(resp, &page);
}

static void show_policy(const struct public_pages *p, struct http_response *resp)
{
	const struct site *s = p->site;
	struct page page = page_of(p, "Vulnerability disclosure policy", "/disclosure");
	struct buf *out = &resp->body;
	page_begin(resp, 200, &page);
	markup_putf(
		out,
		"<div class=\"narrow\"><h1>Vulnerability disclosure policy</h1><p class=\"lead\">How to tell %s about "
		"a "
		"security "
		"problem in a product, and what happens then.</p><section class=\"card\"><h2>How to report</h2><p>Use "
		"the "
		"<a href=\"/report\">report form</a>. It needs no account and asks for no personal data.",
		s->company);
	if (s->contact[0])
		markup_putf(out, " You can also write to <a href=\"%s\">%s</a>.", s->contact,
			    strncmp(s->contact, "mailto:", 7) == 0 ? s->contact + 7 : s->contact);
	markup_putf(
		out,
		"</p></section><section class=\"card\"><h2>What we do, and when</h2><ul><li>We "
		"<strong>acknowledge</strong> your "
		"report within <strong>%u days</strong>.</li><li>You get a <strong>status update</strong> at least "
		"every "
		"<strong>%u days</strong> until the problem is solved.</li><li>You get a private link that shows the "
		"state of "
		"your case at any time.</li><li>When a fix is out we publish what was wrong, and credit you if you "
		"wish.</li>"
		"</ul></section>",
		s->ack_days, s->update_days);
	buf_put_text(
		out,
		"<section class=\"card\"><h2>What we ask of you</h2><ul><li>Test only products that are yours, or "
		"whose "
		"owner agreed.</li><li>Do not look at, change or keep other people's data.</li><li>Give us a "
		"reasonable time "
		"to fix it before you publish.</li></ul><p>If you keep to this in good faith we will not take legal "
		"steps "
		"against you.</p></section><section class=\"card\"><h2>What happens to what you write</h2><p>Your "
		"report "
		"is encrypted when it is stored and read only by the people who handle it. Giving a contact is up to "
		"you.</p></section></div>");
	page_end(resp, &page);
}

static void show_support(const struct public_pages *p, const struct http_request *req, struct http_response *resp)
{
	struct page page = page_of(p, "Support periods", "/support");
	struct buf *out = &resp->body;
	page_begin(resp, 200, &page);
	buf_put_text(
		out,
		"<h1>Support periods</h1><p class=\"lead\">Until when each model receives security updates. We may "
		"extend a period; we never shorten it.</p>");
	if (p->site->products_n == 0)
		buf_put_text(out, "<p class=\"card\">No product is listed here yet.</p>");
	else
		buf_put_text(
			out,
			"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Support "
			"periods\"><table><thead><tr><th scope=\"col\">Product</th><th scope=\"col\">Model"
			"</th><th scope=\"col\">Security updates until</th><th scope=\"col\">State</th></tr></thead>"
			"<tbody>");
	for (size_t i = 0; i < p->site->products_n; i++) {
		const struct site_product *row = &p->site->products[i];
		bool over = req->now.wall.s >= row->support_end.s + SECONDS_PER_DAY;
		markup_putf(
			out,
			"<tr><th scope=\"row\">%s</th><td data-l=\"Model\"><code>%s</code></td><td data-l=\"Security "
			"updates until\">",
			row->name, row->model);
		html_date(out, row->support_end);
		buf_put_text(out, "</td><td data-l=\"State\">");
		page_pill(out, over ? "bad" : "ok", over ? "Ended" : "Supported");
		buf_put_text(out, "</td></tr>");
	}
	if (p->site->products_n)
		buf_put_text(out, "</tbody></table></div>");
	page_end(resp, &page);
}

static void show_form(const struct public_pages *p, const struct disclosure_report *r, const char *error, int status,
		      struct http_response *resp)
{
	struct page page = page_of(p, "Report a vulnerability", "/report");
	struct buf *out = &resp->body;
	page_begin(resp, status, &page);
	buf_put_text(out,
		     "<div class=\"narrow\"><h1>Report a vulnerability</h1><p class=\"lead\">Only the description is "
		     "needed. You can stay anonymous.</p>");
	if (error)
		markup_putf(out, "<p class=\"error\" role=\"alert\" id=\"error\">%s</p>", error);
	buf_put_text(out,
		     "<form class=\"card\" method=\"post\" action=\"/report\"><label for=\"product\">Product or model "
		     "<span class=\"hint\">Optional. It is printed on the label of the device.</span></label>");
	markup_putf(out, "<input id=\"product\" name=\"product\" maxlength=\"60\" autocomplete=\"off\" value=\"%s\">",
		    r->product);
	markup_putf(out,
		    "<label for=\"text\">What did you find? <span class=\"hint\">What you did, what happened, and what "
		    "could happen. "
		    "At most 3,000 characters.</span></label><textarea id=\"text\" name=\"text\" required "
		    "maxlength=\"3000\"%s>%s"
		    "</textarea>",
		    error ? " aria-describedby=error aria-invalid=true" : "", r->text);
	markup_putf(
		out,
		"<label for=\"contact\">How can we reach you? <span class=\"hint\">Optional: mail, phone, anything. "
		"Without it, "
		"use the link that you get next.</span></label><input id=\"contact\" name=\"contact\" "
		"maxlength=\"120\" "
		"value=\"%s\"><div class=\"trap\" aria-hidden=\"true\"><label for=\"website\">Leave this "
		"empty</label><input "
		"id=\"website\" name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></div><div "
		"class=\"row\"><button>Send the "
		"report</button><span class=\"soft small\">It is encrypted when it is "
		"stored.</span></div></form></div>",
		r->contact);
	page_end(resp, &page);
}

static void show_thanks(const struct public_pages *p, const char *number, const char *secret,
			struct http_response *resp)
{
	struct page page = page_of(p, "Report received", "/report");
	struct buf *out = &resp->body;
	page_begin(resp, 200, &page);
	markup_putf(
		out,
		"<div class=\"narrow\"><h1>Thank you. We have your report.</h1><section class=\"card todo "
		"ok\"><h2>Your "
		"case "
		"number</h2><p class=\"casebox\">%s</p><p>A person will acknowledge it within <strong>%u "
		"days</strong>.</p>"
		"</section><section class=\"card\"><h2>Your private link</h2><p>It shows the state of your case and "
		"what we "
		"wrote about it. <strong>Keep it: it is shown only now</strong>, and who has it can see the "
		"case.</p><p><a "
		"class=\"mono\" href=\"/case/%s\">%s/case/%s</a></p></section></div>",
		number, p->site->ack_days, secret, p->site->url, secret);
	page_end(resp, &page);
}

static void show_problem(const struct public_pages *p, int status, const char *title, const char *text,
			 struct http_response *resp)
{
	struct page page = page_of(p, title, NULL);
	page_begin(resp, status, &page);
	markup_putf(&resp->body, "<h1>%s</h1><p class=\"lead\">%s</p>", title, text);
	page_end(resp, &page);
}

static void show_not_found(const struct public_pages *p, struct http_response *resp)
{
	show_problem(p, 404, "Nothing here", "There is no page of this name. The menu above shows what there is.",
		     resp);
}

static void failed(const struct public_pages *p, const struct err *e, struct http_response *resp)
{
	if (p->report)
		p->report(p->report_ctx, e->text);
	show_problem(p, 503, "Please try again",
		     "Something failed on our side. Nothing was stored; please try again shortly.", resp);
}

static void show_case(const struct public_pages *p, const char *secret, struct http_response *resp)
{
	struct err e = {0};
	MEM_AUTO struct public_case *c = mem_alloc(sizeof *c);
	rc r = c ? p->ops.look(p->ops.ctx, secret, c, &e) : err_set(&e, ERR_MEMORY, "out of memory");
	if (r.code == ERR_MISSING) {
		show_not_found(p, resp);
		return;
	}
	if (rc_failed(r)) {
		failed(p, &e, resp);
		return;
	}
	struct page page = page_of(p, c->number, NULL);
	struct buf *out = &resp->body;
	page_begin(resp, 200, &page);
	markup_putf(out, "<div class=\"narrow\"><h1>Case %s</h1><p>", c->number);
	page_pill(out, c->state == DISCLOSURE_NEW ? "warn" : "info", disclosure_state_words(c->state));
	buf_put_text(out,
		     "</p><h2>What happened so far</h2><ol class=\"steps\"><li><strong>Report received</strong><br>"
		     "<span class=\"soft\">");
	html_time(out, c->received);
	buf_put_text(out, "</span></li>");
	for (size_t i = 0; i < c->events_n; i++) {
		markup_putf(out, "<li class=\"info\"><strong>Now: %s</strong><br><span class=\"soft\">",
			    disclosure_state_words(c->events[i].state));
		html_time(out, c->events[i].at);
		markup_putf(out, "</span><p class=\"pre\">%s</p></li>", c->events[i].note);
	}
	markup_putf(out, "</ol><p class=\"soft\">We write here at least every %u days until it is solved.</p></div>",
		    p->site->update_days);
	page_end(resp, &page);
}

static void post_report(struct public_pages *p, const struct http_request *req, struct http_response *resp)
{
	char trap[8];
	struct err e = {0};
	MEM_AUTO struct disclosure_report *r = mem_alloc(sizeof *r);
	if (!r) {
		(void)err_set(&e, ERR_MEMORY, "out of memory");
		failed(p, &e, resp);
		return;
	}
	if (!http_form_field(req->body, "product", r->product, sizeof r->product) ||
	    !http_form_field(req->body, "text", r->text, sizeof r->text) ||
	    !http_form_field(req->body, "contact", r->contact, sizeof r->contact) ||
	    !http_form_field(req->body, "website", trap, sizeof trap) || trap[0]) {
		show_form(p, r, "That did not look like our form. Please fill it in again.", 400, resp);
		return;
	}
	if (rc_failed(disclosure_check(r, &e))) {
		show_form(p, r, e.text, 400, resp);
		return;
	}
	if (!disclosure_limit_take(&p->limit, req->peer->address, req->now.mono)) {
		http_response_header(resp, "Retry-After", "3600");
		show_form(p, r, "Many reports came in within the last hour. Please try again later; nothing was sent.",
			  429, resp);
		return;
	}
	char number[DISCLOSURE_NUMBER_SIZE], secret[DISCLOSURE_SECRET_SIZE];
	if (rc_failed(p->ops.report(p->ops.ctx, r, number, secret, &e)))
		failed(p, &e, resp);
	else
		show_thanks(p, number, secret, resp);
}

static void show_security_txt(const struct public_pages *p, const struct http_request *req, struct http_response *resp)
{
	CLEANUP(buf_done) struct buf made;
	buf_init(&made, 8 * KIB);
	if (!p->security_txt)
		site_security_txt(p->site, req->now.wall, &made);
	page_headers(resp);
	http_response_header(resp, "Cache-Control", "max-age=3600");
	http_response_text(resp, 200, "text/plain; charset=utf-8", p->security_txt ? p->security_txt : buf_text(&made));
}

static void route_get(struct public_pages *p, const struct http_request *req, struct http_response *resp)
{
	static const char case_prefix[] = "/case/";
	static const struct disclosure_report empty;
	const struct http_text *path = &req->head->path;
	char secret[DISCLOSURE_SECRET_SIZE];
	struct http_text rest = {path->p + sizeof case_prefix - 1, path->n - (sizeof case_prefix - 1)};
	if (http_text_is(*path, "/"))
		show_home(p, resp);
	else if (http_text_is(*path, "/disclosure"))
		show_policy(p, resp);
	else if (http_text_is(*path, "/support"))
		show_support(p, req, resp);
	else if (http_text_is(*path, "/report"))
		show_form(p, &empty, NULL, 200, resp);
	else if (http_text_is(*path, "/.well-known/security.txt"))
		show_security_txt(p, req, resp);
	else if (http_text_is(*path, "/style.css"))
		page_style(resp);
	else if (path->n > sizeof case_prefix && memcmp(path->p, case_prefix, sizeof case_prefix - 1) == 0 &&
		 http_segment_decode(rest, secret, sizeof secret))
		show_case(p, secret, resp);
	else
		show_not_found(p, resp);
}

void public_handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct public_pages *p = ctx;
	if (req->head->method == HTTP_GET || req->head->method == HTTP_HEAD)
		route_get(p, req, resp);
	else if (req->head->method == HTTP_POST && http_text_is(req->head->path, "/report"))
		post_report(p, req, resp);
	else
		show_problem(p, 405, "Not offered", "This address cannot do that.", resp);
}
