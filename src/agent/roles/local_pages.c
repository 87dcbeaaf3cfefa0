/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the owner's page (EN303645 5.5-5, 5.13-1): one table of routes, one of header lines that every response
 * carries. Nothing is remembered here between two requests; the session travels in the cookie and is judged by the
 * ward.
 */
#include "agent/roles/local_pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define ASK_MS 20000
#define COOKIE "__Host-hallmark"
#define COOKIE_SIZE (2 * SESSION_TOKEN_SIZE + 1)
#define BASIC_MAX (4 * (PASSWORD_MAX + 65) / 3 + 8)
#define HTML "text/html; charset=utf-8"
#define JSON_TYPE "application/json"

struct visit {
	struct local_pages *p;
	const struct http_request *req;
	struct http_response *resp;
	uint8_t token[SESSION_TOKEN_SIZE]; /* from the cookie; zero if there is none */
	struct page_front front;
};

void local_pages_init(struct local_pages *p, int fd)
{
	p->fd = fd;
	buf_init(&p->in, CHANNEL_PAYLOAD_MAX);
	buf_init(&p->out, CHANNEL_PAYLOAD_MAX);
}

void local_pages_done(struct local_pages *p)
{
	buf_done_wiped(&p->in);
	buf_done_wiped(&p->out);
	mem_wipe(&p->request, sizeof p->request);
}

void local_pages_begin(struct local_pages *p, enum ward_local_kind kind)
{
	mem_wipe(&p->request, sizeof p->request);
	p->request.kind = kind;
}

rc local_pages_ask(struct local_pages *p, struct ward_local_answer **ret, struct err *e)
{
	uint16_t kind;
	buf_reset(&p->out);
	ward_messages_put_request(&p->request, &p->out);
	rc r = buf_check(&p->out, "question to the ward", e);
	if (rc_ok(r))
		r = channel_send(p->fd, (uint16_t)p->request.kind, buf_view(&p->out), e);
	mem_wipe(p->out.data, p->out.len);
	if (rc_ok(r))
		r = channel_receive(p->fd, ASK_MS, &kind, &p->in, e);
	if (rc_ok(r) && kind != (uint16_t)p->request.kind)
		r = err_set(e, ERR_INPUT, "the ward answered another question");
	if (rc_ok(r))
		r = ward_messages_get_answer(kind, buf_view(&p->in), &p->answer, e);
	if (rc_ok(r))
		*ret = &p->answer;
	return r;
}

/* Ask; a ward that does not answer is a failure like any other. */
static const struct ward_local_answer *ask(struct visit *v)
{
	struct ward_local_answer *a;
	if (rc_failed(local_pages_ask(v->p, &a, NULL))) {
		v->p->answer = (struct ward_local_answer){.result = WARD_FAILED};
		return &v->p->answer;
	}
	return a;
}

static void html(struct visit *v, int status)
{
	v->resp->status = status;
	http_response_header(v->resp, "Content-Type", HTML);
}

static void redirect(struct visit *v, const char *to)
{
	v->resp->status = 303;
	http_response_header(v->resp, "Location", to);
}

static void set_cookie(struct visit *v, const uint8_t token[SESSION_TOKEN_SIZE])
{
	char hex[COOKIE_SIZE], line[160];
	hex_encode(bytes_of(token, SESSION_TOKEN_SIZE), hex);
	(void)snprintf(line, sizeof line, COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict", hex);
	http_response_header(v->resp, "Set-Cookie", line);
}

static void clear_cookie(struct visit *v)
{
	http_response_header(v->resp, "Set-Cookie", COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
}

/* "name=value; name=value": the value of ours, or false. */
static bool read_cookie(const struct http_head *head, uint8_t token[SESSION_TOKEN_SIZE])
{
	const struct http_text *t = http_header(head, "Cookie");
	char line[1024], hex[COOKIE_SIZE];
	if (!t || !http_text_copy(*t, line, sizeof line))
		return false;
	for (const char *at = line; *at;) {
		size_t n = strcspn(at, ";");
		if (n == strlen(COOKIE) + COOKIE_SIZE && strncmp(at, COOKIE "=", sizeof COOKIE) == 0) {
			(void)snprintf(hex, sizeof hex, "%.*s", COOKIE_SIZE - 1, at + sizeof COOKIE);
			return hex_decode(hex, token, SESSION_TOKEN_SIZE);
		}
		at += n;
		at += strspn(at, "; ");
	}
	return false;
}

static void wait_answer(struct visit *v, uint32_t wait_s)
{
	char text[96], seconds[16];
	(void)snprintf(seconds, sizeof seconds, "%u", wait_s);
	http_response_header(v->resp, "Retry-After", seconds);
	(void)snprintf(text, sizeof text, "Too many wrong passwords. Try again in %u seconds.", wait_s);
	html(v, 429);
	page_sign_in(&v->front, text, &v->resp->body);
}

static void sign_in_page(struct visit *v, int status, const char *message)
{
	html(v, status);
	page_sign_in(&v->front, message, &v->resp->body);
}

/* What to show when an action was not done. */
static void not_done(struct visit *v, const struct ward_local_answer *a)
{
	switch (a->result) {
	case WARD_NO_SESSION:
		sign_in_page(v, 403, "Please sign in again: you were away for a while.");
		return;
	case WARD_WRONG:
		html(v, 403);
		page_note(&v->front, "Not changed", "The current password was not right.", &v->resp->body);
		return;
	case WARD_WAIT:
		wait_answer(v, a->wait_s);
		return;
	case WARD_OBJECTION:
		html(v, 400);
		page_note(&v->front, "Not changed", a->text, &v->resp->body);
		return;
	case WARD_NOTHING:
		html(v, 404);
		page_note(&v->front, "Nothing here", "There is none yet.", &v->resp->body);
		return;
	case WARD_DONE:
	case WARD_PARTLY:
	case WARD_FAILED:
	case WARD_RESULT_COUNT:
		break;
	}
	html(v, 500);
	page_note(&v->front, "That did not work", page_done_text("failed"), &v->resp->body);
}

/* The view of a signed-in owner, or NULL. */
static const struct page_view *view(struct visit *v)
{
	local_pages_begin(v->p, WARD_LOCAL_VIEW);
	memcpy(v->p->request.token, v->token, SESSION_TOKEN_SIZE);
	const struct ward_local_answer *a = ask(v);
	return a->result == WARD_DONE ? &a->view : NULL;
}

static void on_home(struct visit *v)
{
	char done[32];
	const char *message = NULL;
	const struct page_view *w = view(v);
	struct http_text q = v->req->head->query;
	if (!w) {
		sign_in_page(v, 200, NULL);
		return;
	}
	if (http_form_field(bytes_of(q.p, q.n), "done", done, sizeof done))
		message = page_done_text(done);
	html(v, 200);
	page_home(w, message, &v->resp->body);
}

static void on_style(struct visit *v)
{
	http_response_text(v->resp, 200, "text/css; charset=utf-8", page_style());
}

static void on_sign_in(struct visit *v)
{
	struct ward_local_request *q = &v->p->request;
	local_pages_begin(v->p, WARD_LOCAL_SIGN_IN);
	(void)snprintf(q->source, sizeof q->source, "%s", v->req->peer->address);
	if (!http_form_field(v->req->body, "password", q->password, sizeof q->password)) {
		sign_in_page(v, 400, "Please type the password.");
		return;
	}
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE) {
		set_cookie(v, a->token);
		redirect(v, "/");
	} else if (a->result == WARD_WRONG) {
		sign_in_page(v, 403, "That was not the password.");
	} else {
		not_done(v, a);
	}
}

/* Begin an action with the session and the form's csrf value; false after answering. */
static bool begin_action(struct visit *v, enum ward_local_kind kind)
{
	char hex[COOKIE_SIZE];
	local_pages_begin(v->p, kind);
	memcpy(v->p->request.token, v->token, SESSION_TOKEN_SIZE);
	if (http_form_field(v->req->body, "csrf", hex, sizeof hex) &&
	    hex_decode(hex, v->p->request.csrf, SESSION_TOKEN_SIZE))
		return true;
	sign_in_page(v, 403, "Please sign in again.");
	return false;
}

static void simple_action(struct visit *v, enum ward_local_kind kind, const char *then)
{
	if (!begin_action(v, kind))
		return;
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE)
		redirect(v, then);
	else
		not_done(v, a);
}

static void on_sign_out(struct visit *v)
{
	clear_cookie(v);
	simple_action(v, WARD_LOCAL_SIGN_OUT, "/");
}

static void on_check(struct visit *v)
{
	simple_action(v, WARD_LOCAL_CHECK, "/?done=check");
}

/* An action on updates: the form's fields are in the request already. */
static void control_action(struct visit *v, const struct control_request *q, const char *then)
{
	if (!begin_action(v, WARD_LOCAL_CONTROL))
		return;
	v->p->request.control = *q;
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE)
		redirect(v, then);
	else
		not_done(v, a);
}

/* A small whole number of the form; `most` + 1 if there is none. */
static uint32_t form_number(const struct visit *v, const char *name, uint32_t most)
{
	char text[8], *end;
	if (!http_form_field(v->req->body, name, text, sizeof text) || *text < '0' || *text > '9')
		return most + 1;
	unsigned long n = strtoul(text, &end, 10);
	return *end || n > most ? most + 1 : (uint32_t)n;
}

static void bad_form(struct visit *v)
{
	html(v, 400);
	page_note(&v->front, "Not changed", "The form was not complete.", &v->resp->body);
}

static void on_update_install(struct visit *v)
{
	control_action(v, &(struct control_request){.kind = CONTROL_INSTALL}, "/?done=install");
}

static void on_update_cancel(struct visit *v)
{
	control_action(v, &(struct control_request){.kind = CONTROL_CANCEL}, "/?done=cancel");
}

static void on_update_postpone(struct visit *v)
{
	uint32_t days = form_number(v, "days", POLICY_POSTPONE_MAX_DAYS);
	if (days == 0 || days > POLICY_POSTPONE_MAX_DAYS)
		bad_form(v);
	else
		control_action(v,
			       &(struct control_request){.kind = CONTROL_POSTPONE, .seconds = days * SECONDS_PER_DAY},
			       "/?done=postpone");
}

static void on_update_choose(struct visit *v)
{
	char word[16];
	struct control_request q = {.kind = CONTROL_CHOOSE, .choose_window = true};
	q.choose_automatic = http_form_field(v->req->body, "automatic", word, sizeof word);
	q.window_from = form_number(v, "from", 23);
	q.window_to = form_number(v, "to", 23);
	if (q.window_from > 23 || q.window_to > 23 ||
	    (q.choose_automatic && !policy_automatic_parse(word, &q.automatic)))
		bad_form(v);
	else
		control_action(v, &q, "/?done=choose");
}

static void on_repair(struct visit *v)
{
	if (!begin_action(v, WARD_LOCAL_REPAIR))
		return;
	const struct ward_local_answer *a = ask(v);
	if (a->result != WARD_DONE) {
		not_done(v, a);
		return;
	}
	html(v, 200);
	page_note(&v->front, "Restarting",
		  "The device restarts with a clean copy of its software. Wait a minute, then go back.",
		  &v->resp->body);
}

static void on_erase_ask(struct visit *v)
{
	const struct page_view *w = view(v);
	if (!w) {
		sign_in_page(v, 403, NULL);
		return;
	}
	html(v, 200);
	page_erase_confirm(w, &v->resp->body);
}

static void on_erase(struct visit *v)
{
	char confirm[8];
	if (!begin_action(v, WARD_LOCAL_ERASE))
		return;
	if (!http_form_field(v->req->body, "confirm", confirm, sizeof confirm) || strcmp(confirm, "yes") != 0) {
		redirect(v, "/erase");
		return;
	}
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE)
		redirect(v, "/?done=erased");
	else if (a->result == WARD_PARTLY)
		redirect(v, "/?done=erase-partly");
	else
		not_done(v, a);
}

static void on_password(struct visit *v)
{
	char again[PASSWORD_MAX + 1] = "";
	struct ward_local_request *q = &v->p->request;
	if (!begin_action(v, WARD_LOCAL_PASSWORD))
		return;
	(void)snprintf(q->source, sizeof q->source, "%s", v->req->peer->address);
	bool all = http_form_field(v->req->body, "current", q->password, sizeof q->password) &&
		   http_form_field(v->req->body, "fresh", q->fresh, sizeof q->fresh) &&
		   http_form_field(v->req->body, "again", again, sizeof again);
	bool same = all && strcmp(again, q->fresh) == 0;
	mem_wipe(again, sizeof again);
	if (!same) {
		html(v, 400);
		page_note(&v->front, "Not changed", "The two new passwords were not the same.", &v->resp->body);
		return;
	}
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE) {
		set_cookie(v, a->token);
		redirect(v, "/?done=password");
	} else {
		not_done(v, a);
	}
}

static void on_receipt(struct visit *v)
{
	local_pages_begin(v->p, WARD_LOCAL_RECEIPT);
	memcpy(v->p->request.token, v->token, SESSION_TOKEN_SIZE);
	const struct ward_local_answer *a = ask(v);
	if (a->result != WARD_DONE) {
		not_done(v, a);
		return;
	}
	http_response_header(v->resp, "Content-Type", JSON_TYPE);
	http_response_header(v->resp, "Content-Disposition", "attachment; filename=\"erasure-receipt.json\"");
	buf_put(&v->resp->body, a->data);
}

/* "Basic base64(user:password)", any user: the password into out. */
static bool read_basic(const struct http_head *head, char *out, size_t size)
{
	CLEANUP(buf_done_wiped) struct buf plain;
	const struct http_text *t = http_header(head, "Authorization");
	char line[BASIC_MAX + 8];
	buf_init(&plain, PASSWORD_MAX + 66);
	if (!t || !http_text_copy(*t, line, sizeof line) || strncasecmp(line, "Basic ", 6) != 0 ||
	    rc_failed(base64_decode(bytes_of_text(line + 6), &plain, NULL)))
		return false;
	const char *colon = strchr(buf_text(&plain), ':');
	if (!colon || strlen(buf_text(&plain)) != plain.len)
		return false;
	int n = snprintf(out, size, "%s", colon + 1);
	mem_wipe(line, sizeof line);
	return n > 0 && (size_t)n < size;
}

static void need_password(struct visit *v, const struct ward_local_answer *a)
{
	char seconds[16];
	if (a && a->result == WARD_WAIT) {
		(void)snprintf(seconds, sizeof seconds, "%u", a->wait_s);
		http_response_header(v->resp, "Retry-After", seconds);
		http_response_text(v->resp, 429, JSON_TYPE,
				   "{\"error\":\"busy\",\"text\":\"too many wrong passwords\"}");
		return;
	}
	http_response_header(v->resp, "WWW-Authenticate", "Basic realm=\"hallmark\", charset=\"UTF-8\"");
	http_response_text(v->resp, 401, JSON_TYPE,
			   "{\"error\":\"denied\",\"text\":\"the owner's password is needed\"}");
}

/* A session of its own for one request with HTTP Basic; false after answering. */
static bool basic_session(struct visit *v)
{
	struct ward_local_request *q = &v->p->request;
	local_pages_begin(v->p, WARD_LOCAL_SIGN_IN);
	(void)snprintf(q->source, sizeof q->source, "%s", v->req->peer->address);
	if (!read_basic(v->req->head, q->password, sizeof q->password)) {
		need_password(v, NULL);
		return false;
	}
	const struct ward_local_answer *a = ask(v);
	if (a->result != WARD_DONE) {
		need_password(v, a);
		return false;
	}
	memcpy(v->token, a->token, SESSION_TOKEN_SIZE);
	return true;
}

static void on_evidence(struct visit *v)
{
	char nonce[WARD_NONCE_SIZE];
	struct http_text q = v->req->head->query;
	if (!http_form_field(bytes_of(q.p, q.n), "nonce", nonce, sizeof nonce) || !*nonce ||
	    strspn(nonce, "0123456789abcdef") != strlen(nonce)) {
		http_response_text(v->resp, 400, JSON_TYPE,
				   "{\"error\":\"input\",\"text\":\"nonce: 1 to 64 lower-case hex digits\"}");
		return;
	}
	if (http_header(v->req->head, "Authorization") && !basic_session(v))
		return;
	local_pages_begin(v->p, WARD_LOCAL_EVIDENCE);
	memcpy(v->p->request.token, v->token, SESSION_TOKEN_SIZE);
	(void)snprintf(v->p->request.nonce, sizeof v->p->request.nonce, "%s", nonce);
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_NO_SESSION) {
		need_password(v, NULL);
	} else if (a->result != WARD_DONE) {
		http_response_text(v->resp, 500, JSON_TYPE,
				   "{\"error\":\"io\",\"text\":\"no evidence could be made\"}");
	} else {
		http_response_header(v->resp, "Content-Type", JSON_TYPE);
		buf_put(&v->resp->body, a->data);
	}
}

static const struct {
	enum http_method method;
	const char *path;
	void (*answer)(struct visit *v);
} routes[] = {
	{HTTP_GET, "/", on_home},
	{HTTP_GET, "/style.css", on_style},
	{HTTP_POST, "/sign-in", on_sign_in},
	{HTTP_POST, "/sign-out", on_sign_out},
	{HTTP_POST, "/check", on_check},
	{HTTP_POST, "/update/install", on_update_install},
	{HTTP_POST, "/update/cancel", on_update_cancel},
	{HTTP_POST, "/update/postpone", on_update_postpone},
	{HTTP_POST, "/update/choose", on_update_choose},
	{HTTP_POST, "/repair", on_repair},
	{HTTP_GET, "/erase", on_erase_ask},
	{HTTP_POST, "/erase", on_erase},
	{HTTP_POST, "/password", on_password},
	{HTTP_GET, "/receipt", on_receipt},
	{HTTP_GET, "/evidence", on_evidence},
};

static void put_headers(struct http_response *resp)
{
	static const char *const lines[][2] = {
		{"Content-Security-Policy",
		 "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
		 "frame-ancestors 'none'"},
		{"Cache-Control", "no-store"},
		{"Referrer-Policy", "no-referrer"},
		{"X-Frame-Options", "DENY"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		http_response_header(resp, lines[i][0], lines[i][1]);
}

/* A form that another site sent here says so: Origin is set by the browser and cannot be forged by a page. */
static bool foreign(const struct http_head *head)
{
	char origin[300], own[300], host[256];
	const struct http_text *o = http_header(head, "Origin"), *h = http_header(head, "Host");
	if (!o)
		return false;
	if (!h || !http_text_copy(*h, host, sizeof host) || !http_text_copy(*o, origin, sizeof origin))
		return true;
	(void)snprintf(own, sizeof own, "https://%s", host);
	return strcmp(origin, own) != 0;
}

static void load_front(struct visit *v)
{
	local_pages_begin(v->p, WARD_LOCAL_FRONT);
	const struct ward_local_answer *a = ask(v);
	if (a->result == WARD_DONE)
		v->front = a->front;
}

void local_pages_handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct visit v = {.p = ctx, .req = req, .resp = resp};
	bool known = false;
	enum http_method method = req->head->method == HTTP_HEAD ? HTTP_GET : req->head->method;
	put_headers(resp);
	load_front(&v);
	(void)read_cookie(req->head, v.token);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!http_text_is(req->head->path, routes[i].path))
			continue;
		known = true;
		if (routes[i].method != method)
			continue;
		if (method == HTTP_POST && foreign(req->head)) {
			html(&v, 403);
			page_note(&v.front, "Refused", "This form came from another page.", &resp->body);
			return;
		}
		routes[i].answer(&v);
		return;
	}
	html(&v, known ? 405 : 404);
	page_note(&v.front, known ? "Not possible" : "Nothing here",
		  known ? "This cannot be done here." : "There is no such page.", &resp->body);
}
