/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words and the markup of the owner's page, run by the local role. Words first: an owner who never heard of updates
 * or firewalls must understand each sentence. Semantic HTML, one style sheet, no script.
 */
#include "agent/setup/page_inner.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "core/codec/markup.h"
#include "core/base/banned.h"

/* clang-format off */
static const char style[] =
":root{color-scheme:light dark;--fg:#16202b;--soft:#4f5b68;--bg:#f5f7f9;--card:#fff;--line:#d8dee6;--edge:#6b7682;--act:#0b4f9c;--on:#fff;"
"--bad:#96121c;--bad-bg:#fdeaea;--warn:#744700;--warn-bg:#fdf0d9;--good:#14603a;--good-bg:#e4f5ea}\n"
"@media(prefers-color-scheme:dark){:root{--fg:#eef1f5;--soft:#b0bac6;--bg:#10151b;--card:#19212a;--line:#323d49;--edge:#8d99a6;"
"--act:#9cc7ff;--on:#0a1a2f;--bad:#ffaaa6;--bad-bg:#3d1518;--warn:#f5c877;--warn-bg:#38290b;--good:#8fe0ae;--good-bg:#12321f}}\n"
"*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n"
"body{margin:0;background:var(--bg);color:var(--fg);font:1.0625rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\","
"\"DejaVu Sans\",sans-serif;overflow-wrap:anywhere}\n"
"header{background:var(--card);border-bottom:1px solid var(--line)}\n"
"header>div,main{max-width:42rem;margin:0 auto;padding:0 1rem}\n"
"header>div{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.25rem 1rem;min-height:4rem;"
"padding-top:.5rem;padding-bottom:.5rem}header p{margin:0;font-weight:700}header button{margin:0}\n"
"main{padding-top:1.5rem;padding-bottom:3rem}\n"
"h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}h2{font-size:1.15rem;line-height:1.3;margin:0 0 .6rem}p{margin:.5rem 0}\n"
"section,.state,.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.25rem;margin:0 0 1rem}\n"
".state{border-left:.4rem solid var(--edge)}.state h2{display:flex;gap:.6rem;align-items:flex-start;font-size:1.25rem}"
".state>:last-child{margin-bottom:0}.state>p:first-child,.card>label:first-child,section>p:first-child{margin-top:0}\n"
".sign{flex:none;display:inline-grid;place-items:center;width:1.6rem;height:1.6rem;border-radius:50%;font-size:1rem;line-height:1;"
"background:var(--fg);color:var(--card)}\n"
".good{border-color:var(--good);background:var(--good-bg)}.good .sign{background:var(--good)}\n"
".warn{border-color:var(--warn);background:var(--warn-bg)}.warn .sign{background:var(--warn)}\n"
".bad{border-color:var(--bad);background:var(--bad-bg)}.bad .sign{background:var(--bad)}\n"
"ol{margin:.5rem 0;padding-left:1.4rem}li{margin:.3rem 0}h3{font-size:1rem;margin:1rem 0 .3rem}\n"
"dl{margin:0}dl div{display:grid;grid-template-columns:12rem 1fr;gap:0 1.25rem;padding:.5rem 0;border-bottom:1px solid var(--line)}"
"dl div:last-child{border-bottom:0}dt{color:var(--soft)}dd{margin:0}\n"
"label{display:block;margin:1rem 0 .3rem;font-weight:600}.hint{color:var(--soft);font-size:.95rem;margin:.3rem 0}\n"
"input{font:inherit;width:100%;min-height:2.75rem;padding:.4rem .7rem;border:1px solid var(--edge);border-radius:.5rem;"
"background:var(--bg);color:var(--fg)}\n"
"select{font:inherit;width:100%;min-height:2.75rem;padding:.4rem .7rem;border:1px solid var(--edge);border-radius:.5rem;"
"background:var(--bg);color:var(--fg)}fieldset{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0;padding:.4rem 1rem .8rem}"
".choice{display:flex;gap:.6rem;align-items:center;min-height:2.75rem;margin:0;font-weight:400}"
".choice input{width:1.3rem;min-height:1.3rem;flex:none}summary h3{display:inline;margin:0}\n"
"button,.button{font:inherit;font-weight:650;display:inline-block;min-height:2.75rem;margin-top:.9rem;padding:.5rem 1.2rem;"
"border:1px solid var(--act);border-radius:.5rem;background:var(--act);color:var(--on);text-decoration:none;cursor:pointer}\n"
".quiet{background:transparent;color:var(--act)}.danger{background:var(--bad);border-color:var(--bad);color:var(--card)}\n"
"summary{cursor:pointer;font-weight:600;padding:.4rem 0}summary h2{display:inline;margin:0}a{color:var(--act)}\n"
":focus-visible{outline:3px solid var(--act);outline-offset:3px}\n"
"@media(max-width:32rem){h1{font-size:1.4rem}dl div{grid-template-columns:1fr}main{padding-top:1rem}"
"main button,.button{width:100%;text-align:center}}\n";
/* clang-format on */

const char *page_style(void)
{
	return style;
}

void page_put_csrf(const struct page_view *v, struct buf *out)
{
	buf_putf(out, "<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n", v->csrf);
}

void page_put_button(const struct page_view *v, const char *action, const char *attributes, const char *label,
		     struct buf *out)
{
	buf_putf(out, "<form method=\"post\" action=\"%s\">\n", action);
	page_put_csrf(v, out);
	buf_putf(out, "<button type=\"submit\"%s>", attributes);
	markup_text(out, label);
	buf_put_text(out, "</button>\n</form>\n");
}

/* `v`: signed in; then there is a button to leave. */
static void open_page(const struct page_front *f, const struct page_view *v, const char *title, struct buf *out)
{
	buf_put_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	markup_text(out, title);
	if (strcmp(title, f->product) != 0) {
		buf_put_text(out, " - ");
		markup_text(out, f->product);
	}
	buf_put_text(out,
		     "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<header><div>\n<p>");
	markup_text(out, f->product);
	buf_put_text(out, "</p>\n");
	if (v)
		page_put_button(v, "/sign-out", " class=\"quiet\"", "Sign out", out);
	buf_put_text(out, "</div></header>\n<main>\n<h1>");
	markup_text(out, title);
	buf_put_text(out, "</h1>\n");
}

static void close_page(struct buf *out)
{
	buf_put_text(out, "</main>\n</body>\n</html>\n");
}

void page_put_paragraph(struct buf *out, const char *text)
{
	buf_put_text(out, "<p>");
	markup_text(out, text);
	buf_put_text(out, "</p>\n");
}

/* The sign is for the eye; the heading says the same. */
static void open_state(struct buf *out, const char *tone, const char *sign, const char *heading)
{
	buf_putf(out,
		 "<div class=\"state %s\" role=\"status\">\n<h2><span class=\"sign\" aria-hidden=\"true\">%s</span>",
		 tone, sign);
	markup_text(out, heading);
	buf_put_text(out, "</h2>\n");
}

/* What happened, what still works, what to do. `v`: NULL before signing in. */
static void put_isolated(const struct page_front *f, const struct page_view *v, struct buf *out)
{
	open_state(out, "bad", "!", "This device has cut itself off from the network");
	if (f->isolated_text[0]) {
		page_put_paragraph(out, f->isolated_text);
	} else {
		buf_put_text(out, "<p>Your ");
		markup_text(out, f->product);
		buf_put_text(out, " found a change in its own software that nobody authorised. Someone may have broken "
				  "in, or the storage may be faulty. To protect you it has cut itself off.</p>\n");
	}
	if (v && !v->firewall)
		page_put_paragraph(
			out, "Its network protection does not work on this device, so others may still reach it. Take "
			     "it off your network until it is repaired.");
	else
		page_put_paragraph(
			out, "It can still warn its maker, fetch a repair and show you this page. Nothing else gets "
			     "in or out, and the features that need the network do not work now.");
	if (v && v->finding[0]) {
		buf_put_text(out, "<p>The changed file: <code>");
		markup_text(out, v->finding);
		buf_put_text(out, "</code></p>\n");
	}
	buf_put_text(out, "<h3>What to do</h3>\n<ol>\n");
	buf_put_text(out, v ? "<li>Press the button below. The device restarts with a clean copy of its software; this "
			      "takes about a minute. Your data stays.</li>\n"
			    : "<li>Sign in below and press \"Repair and restart\". It takes about a minute, and your "
			      "data stays.</li>\n");
	buf_put_text(out,
		     "<li>Then change your password: whoever changed the device may know it.</li>\n"
		     "<li>If this message comes back, unplug the device and ask its maker for help.</li>\n</ol>\n");
	if (v)
		page_put_button(v, "/repair", "", "Repair and restart", out);
	buf_put_text(out, "</div>\n");
}

static void put_state(const struct page_front *f, const struct page_view *v, struct buf *out)
{
	switch (f->mode) {
	case PAGE_ISOLATED:
		put_isolated(f, v, out);
		return;
	case PAGE_SUSPECT:
		if (f->unwatched) {
			open_state(out, "warn", "?", "The device cannot check itself");
			page_put_paragraph(
				out, "The check of its own files is not running. The maker was told. Switch the "
				     "device off and on again. If this message comes back, ask its maker for help.");
			break;
		}
		open_state(out, "warn", "?", "The device is checking itself");
		page_put_paragraph(
			out, "One of its own files did not look right, so it is reading it again. This takes a few "
			     "seconds. You need to do nothing.");
		break;
	case PAGE_RECOVERED:
		open_state(out, "good", "\xe2\x9c\x93", "The device was repaired");
		page_put_paragraph(
			out, "All of its own files are again as the maker signed them. If you have not changed your "
			     "password since, change it now.");
		break;
	case PAGE_NORMAL:
	case PAGE_MODE_COUNT:
		open_state(out, "good", "\xe2\x9c\x93", "Everything is normal");
		page_put_paragraph(out, "The device runs the software that its maker signed.");
		break;
	}
	buf_put_text(out, "</div>\n");
}

static void put_message(const char *message, struct buf *out)
{
	if (!message)
		return;
	buf_put_text(out, "<div class=\"state warn\" role=\"alert\" id=\"message\">");
	page_put_paragraph(out, message);
	buf_put_text(out, "</div>\n");
}

void page_sign_in(const struct page_front *f, const char *message, struct buf *out)
{
	open_page(f, NULL, "Sign in", out);
	put_state(f, NULL, out);
	put_message(message, out);
	buf_putf(
		out,
		"<form class=\"card\" method=\"post\" action=\"/sign-in\">\n<label for=\"password\">Password</label>\n"
		"<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required "
		"maxlength=\"256\" aria-describedby=\"help%s\"%s>\n"
		"<p id=\"help\" class=\"hint\">The first time, use the password on the label of the device.</p>\n"
		"<button type=\"submit\">Sign in</button>\n</form>\n",
		message ? " message" : "", message ? " aria-invalid=\"true\"" : "");
	close_page(out);
}

void page_put_row(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, "<div><dt>");
	markup_text(out, name);
	buf_put_text(out, "</dt><dd>");
	markup_text(out, value);
	buf_put_text(out, "</dd></div>\n");
}

/* "31 December 2031" of "2031-12-31...". */
static void day_words(const char *iso, char *out, size_t size)
{
	static const char *const months[] = {"January", "February", "March",	 "April",   "May",	"June",
					     "July",	"August",   "September", "October", "November", "December"};
	unsigned month = (unsigned)(iso[5] - '0') * 10 + (unsigned)(iso[6] - '0');
	(void)snprintf(out, size, "%.*s %s %.4s", 2 - (iso[8] == '0'), iso + 8 + (iso[8] == '0'),
		       months[(month + 11) % 12], iso);
}

void page_moment(struct wall_time t, int32_t utc_offset_s, char out[PAGE_MOMENT_SIZE])
{
	char time[RFC3339_TIME_SIZE], day[32];
	rfc3339_time((struct wall_time){t.s + utc_offset_s}, time);
	day_words(time, day, sizeof day);
	(void)snprintf(out, PAGE_MOMENT_SIZE, "%s, %.5s%s", day, time + 11, utc_offset_s ? "" : " UTC");
}

static void put_support(const struct page_view *v, struct buf *out)
{
	char date[RFC3339_DATE_SIZE], day[32], text[128];
	bool ended = v->support_end.s && v->now.s >= v->support_end.s + SECONDS_PER_DAY;
	rfc3339_date(v->support_end, date);
	day_words(date, day, sizeof day);
	(void)snprintf(text, sizeof text, "%s%s", v->support_end.s ? day : "not known yet",
		       ended ? ". That is over: the maker may no longer repair security problems." : "");
	page_put_row(out, "Security updates until", text);
}

static void put_facts(const struct page_view *v, struct buf *out)
{
	char moment[PAGE_MOMENT_SIZE], text[192];
	buf_put_text(out, "<section aria-labelledby=\"device\">\n<h2 id=\"device\">This device</h2>\n<dl>\n");
	put_support(v, out);
	page_put_row(out, "Software version", v->version[0] ? v->version : "not known yet");
	page_moment(v->last_contact, v->update.utc_offset_s, moment);
	page_put_row(out, "Last contact with the maker", v->last_contact.s ? moment : "never");
	(void)snprintf(text, sizeof text, "not available%s%s", v->firewall_reason[0] ? ": " : "", v->firewall_reason);
	page_put_row(out, "Network protection",
		     v->firewall ? "on: only the connections that the maker declared are possible" : text);
	page_put_row(out, "Model", v->model);
	page_put_row(out, "Number", v->device);
	buf_put_text(out, "</dl>\n</section>\n");
}

static void put_password_form(const struct page_view *v, struct buf *out)
{
	buf_put_text(out, "<section aria-labelledby=\"change\">\n<h2 id=\"change\">Password</h2>\n");
	if (v->factory_password)
		page_put_paragraph(out,
				   "You still use the password on the label. Change it to one that only you know.");
	buf_put_text(out, "<form method=\"post\" action=\"/password\">\n");
	page_put_csrf(v, out);
	buf_put_text(
		out,
		"<label for=\"current\">Current password</label>\n<input id=\"current\" name=\"current\" "
		"type=\"password\" autocomplete=\"current-password\" required maxlength=\"256\">\n"
		"<label for=\"fresh\">New password</label>\n<input id=\"fresh\" name=\"fresh\" type=\"password\" "
		"autocomplete=\"new-password\" required minlength=\"10\" maxlength=\"256\" aria-describedby=\"rule\">\n"
		"<p id=\"rule\" class=\"hint\">At least 10 characters. A short sentence is easy to remember and hard "
		"to guess.</p>\n"
		"<label for=\"again\">New password, again</label>\n<input id=\"again\" name=\"again\" "
		"type=\"password\" "
		"autocomplete=\"new-password\" required minlength=\"10\" maxlength=\"256\">\n"
		"<button type=\"submit\">Change password</button>\n</form>\n</section>\n");
}

static void put_restart(const struct page_view *v, struct buf *out)
{
	buf_put_text(out, "<section aria-labelledby=\"restart\">\n<h2 id=\"restart\">Restart</h2>\n");
	page_put_paragraph(out,
			   "If something seems wrong: a restart loads a clean, checked copy of the software. It takes "
			   "about a minute.");
	page_put_button(v, "/repair", " class=\"quiet\"", "Restart with a clean copy", out);
	buf_put_text(out, "</section>\n");
}

static void put_amount(const struct page_view *v, char *out, size_t size)
{
	(void)snprintf(out, size, "%u record%s (%llu KB)", v->records, v->records == 1 ? "" : "s",
		       (unsigned long long)((v->record_bytes + 1023) / 1024));
}

static void put_data(const struct page_view *v, struct buf *out)
{
	char amount[64], text[160];
	put_amount(v, amount, sizeof amount);
	(void)snprintf(text, sizeof text, "This device stores %s about you, such as recordings. They are encrypted.",
		       amount);
	buf_put_text(out, "<section aria-labelledby=\"data\">\n<h2 id=\"data\">Your data</h2>\n");
	page_put_paragraph(out, v->records ? text : "This device stores no records about you.");
	buf_put_text(out, "<p><a class=\"button quiet\" href=\"/erase\">Erase my data</a></p>\n");
	if (v->has_receipt)
		buf_put_text(out, "<p><a href=\"/receipt\">Download the receipt of the last erasure</a></p>\n");
	buf_put_text(out, "</section>\n");
}

void page_home(const struct page_view *v, const char *message, struct buf *out)
{
	open_page(&v->front, v, "Your device", out);
	put_message(message, out);
	put_state(&v->front, v, out);
	if (v->factory_password)
		put_password_form(v, out);
	page_update_section(v, out);
	put_facts(v, out);
	put_data(v, out);
	if (!v->factory_password)
		put_password_form(v, out);
	if (v->front.mode != PAGE_ISOLATED)
		put_restart(v, out);
	close_page(out);
}

void page_erase_confirm(const struct page_view *v, struct buf *out)
{
	char amount[64], text[160];
	open_page(&v->front, v, "Erase my data?", out);
	put_amount(v, amount, sizeof amount);
	(void)snprintf(text, sizeof text, "%s on this device will be erased. This cannot be undone.", amount);
	buf_put_text(out, "<section>\n");
	page_put_paragraph(out, text);
	page_put_paragraph(out, "You get a signed receipt. A copy of it goes to the maker's service.");
	buf_put_text(out, "<form method=\"post\" action=\"/erase\">\n");
	page_put_csrf(v, out);
	buf_put_text(out, "<input type=\"hidden\" name=\"confirm\" value=\"yes\">\n"
			  "<button type=\"submit\" class=\"danger\">Erase everything about me</button>\n</form>\n"
			  "<p><a class=\"button quiet\" href=\"/\">Keep my data</a></p>\n</section>\n");
	close_page(out);
}

void page_note(const struct page_front *f, const char *title, const char *text, struct buf *out)
{
	open_page(f, NULL, title, out);
	page_put_paragraph(out, text);
	buf_put_text(out, "<p><a class=\"button quiet\" href=\"/\">Back to the start</a></p>\n");
	close_page(out);
}

const char *page_done_text(const char *code)
{
	static const struct {
		const char *code, *text;
	} done[] = {
		{"check", "The device asks the maker for updates now."},
		{"install", "The update is installed now, as soon as nothing else stands against it."},
		{"cancel", "That version is not installed unless you ask for it."},
		{"postpone", "The update was put off."},
		{"choose", "Your choice was saved."},
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
