/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words and the markup of the owner's page, run by the local role. Words first: an owner who never heard of updates
 * or firewalls must understand each sentence. Semantic HTML, one style sheet, no script.
 */
#include "agent/setup/page.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static const char style[] =
	":root{color-scheme:light "
	"dark;--fg:#1b1b1f;--bg:#ffffff;--soft:#f1f3f6;--line:#6b7280;--act:#0b4f9c;--on:#ffffff;"
	"--bad:#8f1010;--good:#14532d}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#f2f2f5;--bg:#16171b;--soft:#23252b;--line:#9ca3af;--act:#9cc7ff;"
	"--on:#0a1a2f;--bad:#ffb4ab;--good:#9be7b4}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);font:1.0625rem/1.6 system-ui,sans-serif}\n"
	"main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 4rem}\n"
	"h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem}\n"
	".state{border:2px solid "
	"var(--line);border-left-width:.5rem;border-radius:.4rem;background:var(--soft);padding:.25rem 1rem}\n"
	".bad{border-color:var(--bad)}.good{border-color:var(--good)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}dt{font-weight:600}dd{margin:0;"
	"overflow-wrap:anywhere}\n"
	"label{display:block;margin:.75rem 0 .25rem;font-weight:600}\n"
	"input{font:inherit;width:100%;min-height:2.75rem;padding:.4rem .6rem;border:2px solid "
	"var(--line);border-radius:.4rem;"
	"background:var(--bg);color:var(--fg)}\n"
	"button,.button{font:inherit;font-weight:600;display:inline-block;min-height:2.75rem;margin-top:.75rem;padding:"
	".5rem 1.1rem;"
	"border:2px solid "
	"var(--act);border-radius:.4rem;background:var(--act);color:var(--on);text-decoration:none;cursor:pointer}\n"
	".quiet{background:var(--bg);color:var(--act)}.danger{background:var(--bad);border-color:var(--bad);color:var(-"
	"-bg)}\n"
	"a{color:var(--act)}\n"
	"a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--fg);outline-offset:3px}\n"
	"@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}\n";

const char *page_style(void)
{
	return style;
}

static void escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_put_text(out, "&amp;");
			break;
		case '<':
			buf_put_text(out, "&lt;");
			break;
		case '>':
			buf_put_text(out, "&gt;");
			break;
		case '"':
			buf_put_text(out, "&quot;");
			break;
		case '\'':
			buf_put_text(out, "&#39;");
			break;
		default:
			buf_put_u8(out, (uint8_t)*text);
		}
	}
}

static void open_page(const struct page_front *f, const char *title, struct buf *out)
{
	buf_put_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	escape(out, title);
	buf_put_text(out, " - ");
	escape(out, f->product);
	buf_put_text(out, "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n<h1>");
	escape(out, title);
	buf_put_text(out, "</h1>\n");
}

static void close_page(struct buf *out)
{
	buf_put_text(out, "</main>\n</body>\n</html>\n");
}

static void paragraph(struct buf *out, const char *text)
{
	buf_put_text(out, "<p>");
	escape(out, text);
	buf_put_text(out, "</p>\n");
}

static void put_state(const struct page_front *f, struct buf *out)
{
	buf_putf(out, "<div class=\"state %s\" role=\"status\">\n", f->mode == PAGE_ISOLATED ? "bad" : "good");
	switch (f->mode) {
	case PAGE_ISOLATED:
		if (f->isolated_text[0]) {
			paragraph(out, f->isolated_text);
			break;
		}
		buf_put_text(out, "<p>Your ");
		escape(out, f->product);
		buf_put_text(
			out,
			" found that one of its own files was changed by someone. It has cut itself off from the "
			"network, except for telling its maker, receiving a repair, and showing you this page.</p>\n");
		break;
	case PAGE_SUSPECT:
		paragraph(out, "The device is checking one of its own files again. Nothing is needed from you.");
		break;
	case PAGE_RECOVERED:
		paragraph(out, "The device was repaired. All of its own files are as the maker signed them.");
		break;
	case PAGE_NORMAL:
	case PAGE_MODE_COUNT:
		paragraph(out, "Everything is normal.");
		break;
	}
	buf_put_text(out, "</div>\n");
}

static void put_message(const char *message, struct buf *out)
{
	if (!message)
		return;
	buf_put_text(out, "<div class=\"state\" role=\"alert\" id=\"message\">");
	paragraph(out, message);
	buf_put_text(out, "</div>\n");
}

void page_sign_in(const struct page_front *f, const char *message, struct buf *out)
{
	open_page(f, "Sign in", out);
	put_state(f, out);
	put_message(message, out);
	buf_putf(
		out,
		"<form method=\"post\" action=\"/sign-in\">\n<label for=\"password\">Password</label>\n"
		"<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required "
		"maxlength=\"256\" aria-describedby=\"help%s\"%s>\n"
		"<p id=\"help\">The first time, use the password on the label of the device.</p>\n"
		"<button type=\"submit\">Sign in</button>\n</form>\n",
		message ? " message" : "", message ? " aria-invalid=\"true\"" : "");
	close_page(out);
}

static void put_row(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, "<dt>");
	escape(out, name);
	buf_put_text(out, "</dt><dd>");
	escape(out, value);
	buf_put_text(out, "</dd>\n");
}

/* Update steps and reason codes (docs/wire.md) in words. */
static const char *update_words(const struct page_view *v)
{
	static const struct {
		const char *code, *words;
	} reasons[] =
		{
			{"signature", "An offered update was refused: it is not signed by the maker."},
			{"expired", "An offered update was refused: the maker's signature on it is too old."},
			{"rollback", "An offered update was refused: it is older than what is installed."},
			{"counter", "An offered update was refused: it is older than what is installed."},
			{"wrong-model", "An offered update was refused: it is for another product."},
			{"target-hash", "An offered update was refused: it arrived damaged."},
			{"target-length", "An offered update was refused: it arrived damaged."},
			{"blocked-version", "An offered update was refused: it did not work on this device before."},
			{"no-space", "An update does not fit on this device."},
			{"network",
			 "The maker's service cannot be reached at the moment. The device works without it."},
			{"health-failed",
			 "The last update did not work here. The device went back to the version before."},
			{"io", "The last update could not be stored."},
		},
	  steps[] = {
		  {"planned", "An update will be fetched soon."},
		  {"fetching", "An update is being fetched."},
		  {"written", "An update was fetched and is being checked."},
		  {"verified", "An update is ready and will be installed soon."},
		  {"switched", "An update is installed. The device restarts."},
		  {"trying", "An update was installed and is being tried."},
		  {"confirmed", "The last update works."},
		  {"reverted", "The last update did not work here. The device went back to the version before."},
	  };
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(v->reason, reasons[i].code) == 0)
			return reasons[i].words;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (strcmp(v->step, steps[i].code) == 0)
			return steps[i].words;
	return "No update is waiting.";
}

static void put_facts(const struct page_view *v, struct buf *out)
{
	char date[RFC3339_DATE_SIZE], time[RFC3339_TIME_SIZE], text[128];
	buf_put_text(out, "<h2>This device</h2>\n<dl>\n");
	put_row(out, "Model", v->model);
	put_row(out, "Number", v->device);
	put_row(out, "Software version", v->version[0] ? v->version : "not known yet");
	rfc3339_date(v->support_end, date);
	bool ended = v->support_end.s && v->now.s >= v->support_end.s + SECONDS_PER_DAY;
	(void)snprintf(text, sizeof text, "%s%s", v->support_end.s ? date : "not known yet",
		       ended ? " - the time is over: the maker may no longer repair security problems" : "");
	put_row(out, "Security updates until", text);
	rfc3339_time(v->last_contact, time);
	put_row(out, "Last contact with the maker", v->last_contact.s ? time : "never");
	put_row(out, "Updates", update_words(v));
	if (v->offered[0])
		put_row(out, "Offered version", v->offered);
	put_row(out, "Network protection",
		v->firewall ? "on: only the declared connections are possible" : "not available");
	if (!v->firewall && v->firewall_reason[0])
		put_row(out, "Why not", v->firewall_reason);
	if (v->finding[0])
		put_row(out, "Changed file", v->finding);
	buf_put_text(out, "</dl>\n");
}

static void put_csrf(const struct page_view *v, struct buf *out)
{
	buf_putf(out, "<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n", v->csrf);
}

static void put_button(const struct page_view *v, const char *action, const char *label, struct buf *out)
{
	buf_putf(out, "<form method=\"post\" action=\"%s\">\n", action);
	put_csrf(v, out);
	buf_put_text(out, "<button type=\"submit\">");
	escape(out, label);
	buf_put_text(out, "</button>\n</form>\n");
}

static void put_password_form(const struct page_view *v, struct buf *out)
{
	buf_put_text(out, "<h2>Password</h2>\n");
	if (v->factory_password)
		paragraph(out, "You still use the password on the label. Change it to one that only you know.");
	buf_put_text(out, "<form method=\"post\" action=\"/password\">\n");
	put_csrf(v, out);
	buf_put_text(
		out,
		"<label for=\"current\">Current password</label>\n<input id=\"current\" name=\"current\" "
		"type=\"password\" autocomplete=\"current-password\" required maxlength=\"256\">\n"
		"<label for=\"fresh\">New password</label>\n<input id=\"fresh\" name=\"fresh\" type=\"password\" "
		"autocomplete=\"new-password\" required minlength=\"10\" maxlength=\"256\" aria-describedby=\"rule\">\n"
		"<p id=\"rule\">At least 10 characters. A short sentence is easy to remember and hard to guess.</p>\n"
		"<label for=\"again\">New password, again</label>\n<input id=\"again\" name=\"again\" "
		"type=\"password\" "
		"autocomplete=\"new-password\" required minlength=\"10\" maxlength=\"256\">\n"
		"<button type=\"submit\">Change password</button>\n</form>\n");
}

void page_home(const struct page_view *v, const char *message, struct buf *out)
{
	char text[128];
	open_page(&v->front, v->front.product, out);
	put_message(message, out);
	put_state(&v->front, out);
	if (v->front.mode == PAGE_ISOLATED) {
		paragraph(out, "A repair restarts the device with a clean copy of its software. Your recordings stay.");
		put_button(v, "/repair", "Repair and restart", out);
	}
	put_facts(v, out);
	put_button(v, "/check", "Check for updates", out);
	if (v->front.mode != PAGE_ISOLATED) {
		buf_put_text(out, "<h2>Restart</h2>\n");
		paragraph(out, "A restart loads a clean, checked copy of the software.");
		put_button(v, "/repair", "Restart with a clean copy", out);
	}
	put_password_form(v, out);
	buf_put_text(out, "<h2>Your data</h2>\n");
	(void)snprintf(text, sizeof text,
		       "%u recordings and records about you are stored on this device (%llu KB), sealed.", v->records,
		       (unsigned long long)(v->record_bytes / 1024));
	paragraph(out, text);
	buf_put_text(out, "<p><a class=\"button quiet\" href=\"/erase\">Erase my data</a></p>\n");
	if (v->has_receipt)
		buf_put_text(out, "<p><a href=\"/receipt\">Download the receipt of the last erasure</a></p>\n");
	buf_put_text(out, "<h2>Leave</h2>\n");
	put_button(v, "/sign-out", "Sign out", out);
	close_page(out);
}

void page_erase_confirm(const struct page_view *v, struct buf *out)
{
	char text[160];
	open_page(&v->front, "Erase my data?", out);
	(void)snprintf(text, sizeof text, "%u records (%llu KB) on this device will be erased. This cannot be undone.",
		       v->records, (unsigned long long)(v->record_bytes / 1024));
	paragraph(out, text);
	paragraph(out, "You get a signed receipt. A copy of it goes to the maker's service.");
	buf_put_text(out, "<form method=\"post\" action=\"/erase\">\n");
	put_csrf(v, out);
	buf_put_text(out, "<input type=\"hidden\" name=\"confirm\" value=\"yes\">\n"
			  "<button type=\"submit\" class=\"danger\">Erase everything about me</button>\n</form>\n"
			  "<p><a class=\"button quiet\" href=\"/\">Keep my data</a></p>\n");
	close_page(out);
}

void page_note(const struct page_front *f, const char *title, const char *text, struct buf *out)
{
	open_page(f, title, out);
	paragraph(out, text);
	buf_put_text(out, "<p><a href=\"/\">Back to the start</a></p>\n");
	close_page(out);
}

const char *page_done_text(const char *code)
{
	static const struct {
		const char *code, *text;
	} done[] = {
		{"check", "The device asks the maker for updates now."},
		{"password", "The password was changed. Other browsers were signed out."},
		{"erased", "Your data was erased. The receipt is below, under \"Your data\"."},
		{"erase-partly",
		 "The key of your data is destroyed or being destroyed, but something could not be removed. "
		 "The receipt says what."},
		{"failed", "That did not work. Try again; if it stays so, restart the device."},
	};
	for (size_t i = 0; i < ARRAY_LEN(done); i++)
		if (strcmp(code, done[i].code) == 0)
			return done[i].text;
	return NULL;
}
