/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door to the operator's pages: sign-in, sessions, form tokens, routes. Nothing behind it runs without a session;
 * nothing changes without the token of that session. Runs in the operator role.
 */
#include "fleet/web/operator.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "fleet/registry/audit_db.h"
#include "fleet/web/desk.h"
#include "fleet/web/html.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define COOKIE "hallmark_session"
#define ACTOR "operator"

static const struct page_link menu[] = {{"/", "Overview"},     {"/devices", "Devices"}, {"/rollouts", "Rollouts"},
					{"/cases", "Reports"}, {"/audit", "Audit log"}, {NULL, NULL}};

struct page desk_page(const struct desk *d, const char *title, const char *here)
{
	return (struct page){.title = title,
			     .brand = "Hallmark Fleet",
			     .here = here,
			     .menu = d->session ? menu : NULL,
			     .csrf = d->session ? d->session->csrf : NULL,
			     .foot = d->pages->site->company};
}

void desk_problem(const struct desk *d, int status, const char *title, const char *text)
{
	struct page page = desk_page(d, title, NULL);
	page_begin(d->resp, status, &page);
	markup_putf(&d->resp->body, "<h1>%s</h1><p class=\"lead\">%s</p><p><a href=\"/\">To the overview</a></p>",
		    title, text);
	page_end(d->resp, &page);
}

void desk_failed(const struct desk *d, const struct err *e)
{
	buf_reset(&d->resp->body);
	if (e->code == ERR_MISSING) {
		desk_problem(d, 404, "Nothing here", e->text);
	} else if (e->code == ERR_INPUT || e->code == ERR_WRONG_STATE || e->code == ERR_DENIED ||
		   e->code == ERR_EXISTS) {
		desk_problem(d, 400, "That was not done", e->text);
	} else {
		if (d->pages->report)
			d->pages->report(d->pages->report_ctx, e->text);
		desk_problem(d, 500, "Something failed", e->text);
	}
}

void desk_csrf(const struct desk *d)
{
	markup_putf(&d->resp->body, "<input type=\"hidden\" name=\"csrf\" value=\"%s\">", d->session->csrf);
}

void desk_field(const struct desk *d, const char *name, char *out, size_t size)
{
	if (!http_form_field(d->req->body, name, out, size))
		out[0] = 0;
}

void desk_audit(const struct desk *d, const char *action, const char *detail)
{
	struct err e = {0};
	if (rc_failed(audit_db_note(d->pages->store, d->req->now.wall, ACTOR, action, detail, &e)) && d->pages->report)
		d->pages->report(d->pages->report_ctx, e.text);
}

static void show_sign_in(const struct desk *d, int status, const char *error)
{
	struct page page = desk_page(d, "Sign in", NULL);
	struct buf *out = &d->resp->body;
	page_begin(d->resp, status, &page);
	buf_put_text(out, "<div class=\"narrow\"><h1>Sign in</h1><p class=\"lead\">The fleet's operators only.</p>");
	if (error)
		markup_putf(out, "<p class=\"error\" role=\"alert\">%s</p>", error);
	buf_put_text(
		out,
		"<form class=\"card\" method=\"post\" action=\"/sign-in\"><label for=\"password\">Operator password"
		"</label><input id=\"password\" name=\"password\" type=\"password\" required autofocus "
		"autocomplete=\"current-password\"><div class=\"row\"><button>Sign in</button></div></form></div>");
	page_end(d->resp, &page);
}

static void set_cookie(const struct desk *d, const char *value, const char *age)
{
	char text[256];
	(void)snprintf(text, sizeof text, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s%s", value,
		       d->pages->secure ? "; Secure" : "", age);
	http_response_header(d->resp, "Set-Cookie", text);
}

static void post_sign_in(const struct desk *d)
{
	struct operator_pages *p = d->pages;
	char password[PASSWORD_MAX + 1], token[SESSION_TOKEN_SIZE], csrf[SESSION_TOKEN_SIZE], text[96];
	struct err e = {0};
	int64_t wait = session_wait_ms(&p->sessions, d->req->peer->address, d->req->now.mono);
	if (wait > 0) {
		(void)snprintf(text, sizeof text, "Too many wrong passwords. Try again in %lld seconds.",
			       (long long)(wait + 999) / 1000);
		show_sign_in(d, 429, text);
		return;
	}
	desk_field(d, "password", password, sizeof password);
	bool right = password_verify(p->phc, bytes_of_text(password));
	mem_wipe(password, sizeof password);
	if (!right) {
		session_failed(&p->sessions, d->req->peer->address, d->req->now.mono);
		desk_audit(d, "sign-in refused", d->req->peer->address);
		show_sign_in(d, 403, "That is not the password.");
		return;
	}
	if (rc_failed(chance_hex(SESSION_TOKEN_BYTES, token, &e)) ||
	    rc_failed(chance_hex(SESSION_TOKEN_BYTES, csrf, &e)) ||
	    rc_failed(session_begin(&p->sessions, d->req->peer->address, token, csrf, d->req->now.mono, &e))) {
		desk_failed(d, &e);
		return;
	}
	desk_audit(d, "signed in", d->req->peer->address);
	set_cookie(d, token, "");
	page_redirect(d->resp, "/");
}

/* The value of our cookie in "a=b; hallmark_session=...". */
static bool read_cookie(const struct http_request *req, char out[SESSION_TOKEN_SIZE])
{
	const struct http_text *h = http_header(req->head, "cookie");
	size_t name_n = sizeof COOKIE - 1;
	for (size_t at = 0; h && at < h->n;) {
		const char *part = h->p + at;
		const char *end = memchr(part, ';', h->n - at);
		size_t n = end ? (size_t)(end - part) : h->n - at;
		at += n + 1;
		while (n && *part == ' ') {
			part++;
			n--;
		}
		if (n == name_n + SESSION_TOKEN_SIZE && memcmp(part, COOKIE, name_n) == 0 && part[name_n] == '=')
			return http_text_copy((struct http_text){part + name_n + 1, SESSION_TOKEN_SIZE - 1}, out,
					      SESSION_TOKEN_SIZE);
	}
	return false;
}

struct route {
	const char *path;
	void (*page)(const struct desk *d);
	void (*item)(const struct desk *d, const char *name);
	void (*act)(const struct desk *d, const char *name);
};

static const struct route routes[] = {
	{"/", overview_page, NULL, NULL},
	{"/devices", device_page_list, device_page, device_page_erase},
	{"/rollouts", rollout_page_list, rollout_page, rollout_page_act},
	{"/cases", case_page_list, case_page, case_page_act},
	{"/audit", audit_page, NULL, NULL},
};

static bool split_item(struct http_text path, const char *folder, char *out, size_t size)
{
	size_t n = strlen(folder);
	if (path.n <= n + 1 || memcmp(path.p, folder, n) != 0 || path.p[n] != '/')
		return false;
	return http_segment_decode((struct http_text){path.p + n + 1, path.n - n - 1}, out, size);
}

static void route(const struct desk *d, bool post)
{
	char item[80];
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const struct route *r = &routes[i];
		if (!post && http_text_is(d->req->head->path, r->path)) {
			r->page(d);
			return;
		}
		if (!r->item || !split_item(d->req->head->path, r->path, item, sizeof item))
			continue;
		(post ? r->act : r->item)(d, item);
		return;
	}
	desk_problem(d, 404, "Nothing here", "There is no page of this name.");
}

static void handle_post(struct desk *d, struct session *s)
{
	char csrf[SESSION_TOKEN_SIZE];
	desk_field(d, "csrf", csrf, sizeof csrf);
	if (!session_csrf_ok(s, csrf)) {
		desk_problem(d, 403, "Not done",
			     "This form was too old or not ours. Go back, reload the page, and try again.");
		return;
	}
	if (!http_text_is(d->req->head->path, "/sign-out")) {
		route(d, true);
		return;
	}
	desk_audit(d, "signed out", "");
	session_end(s);
	set_cookie(d, "", "; Max-Age=0");
	page_redirect(d->resp, "/sign-in");
}

void operator_handle(struct operator_pages *p, const struct http_request *req, struct http_response *resp)
{
	char token[SESSION_TOKEN_SIZE];
	struct session *s = read_cookie(req, token) ? session_find(&p->sessions, token, req->now.mono) : NULL;
	struct desk d = {.pages = p, .req = req, .resp = resp, .session = s};
	bool get = req->head->method == HTTP_GET || req->head->method == HTTP_HEAD;
	if (!get && req->head->method != HTTP_POST)
		desk_problem(&d, 405, "Not offered", "This address cannot do that.");
	else if (get && http_text_is(req->head->path, "/style.css"))
		page_style(resp);
	else if (!get && !s && http_text_is(req->head->path, "/sign-in"))
		post_sign_in(&d);
	else if (get && !s && http_text_is(req->head->path, "/sign-in"))
		show_sign_in(&d, 200, NULL);
	else if (!s)
		page_redirect(resp, "/sign-in");
	else if (http_text_is(req->head->path, "/sign-in"))
		page_redirect(resp, "/");
	else if (get)
		route(&d, false);
	else
		handle_post(&d, s);
}
