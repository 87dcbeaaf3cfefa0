/* SPDX-License-Identifier: Apache-2.0 */
/* Vulnerability reports for those who handle them: the list by clock, one case, its next step. */
#include <stdio.h>

#include "core/base/mem.h"
#include "fleet/disclosure/case_db.h"
#include "fleet/web/desk.h"
#include "fleet/web/html.h"
#include "core/base/banned.h"

#define LIST_MAX 200

static void clock_of(const struct desk *d, const struct case_row *c, struct disclosure_clock *ret)
{
	const struct disclosure_terms terms = {d->pages->site->ack_days, d->pages->site->update_days};
	disclosure_clock(&terms, c->state, c->received, c->told, d->req->now.wall, ret);
}

static const char *clock_tone(const struct disclosure_clock *c)
{
	return c->overdue				? "bad"
	       : c->duty == DISCLOSURE_DUTY_ACKNOWLEDGE ? "warn"
	       : c->duty == DISCLOSURE_DUTY_UPDATE	? "info"
							: "quiet";
}

void case_page_list(const struct desk *d)
{
	struct page page = desk_page(d, "Reports", "/cases");
	struct buf *out = &d->resp->body;
	MEM_AUTO struct case_row *list = NULL;
	struct err e = {0};
	size_t n = 0;
	if (rc_failed(case_db_list(d->pages->store, LIST_MAX, &list, &n, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_begin(d->resp, 200, &page);
	markup_putf(out,
		    "<h1>Vulnerability reports</h1><p class=\"lead\">We promised an acknowledgement within %u days and "
		    "news "
		    "every %u "
		    "days.</p><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Vulnerability "
		    "reports\"><table><thead><tr><th scope=\"col\">Case</th><th "
		    "scope=\"col\">State</th>"
		    "<th scope=\"col\">What we owe</th><th scope=\"col\">Received</th></tr></thead><tbody>",
		    d->pages->site->ack_days, d->pages->site->update_days);
	for (size_t i = 0; i < n; i++) {
		struct disclosure_clock clock;
		clock_of(d, &list[i], &clock);
		markup_putf(out,
			    "<tr><th scope=\"row\"><a href=\"/cases/%s\">%s</a></th><td data-l=\"State\">%s</td><td "
			    "data-l=\"What we owe\">",
			    list[i].number, list[i].number, disclosure_state_words(list[i].state));
		page_pill(out, clock_tone(&clock), clock.words);
		buf_put_text(out, "</td><td data-l=\"Received\">");
		html_ago(out, list[i].received, d->req->now.wall);
		buf_put_text(out, "</td></tr>");
	}
	if (n == 0)
		buf_put_text(out, "<tr><td colspan=\"4\">No report yet.</td></tr>");
	buf_put_text(out, "</tbody></table></div>");
	page_end(d->resp, &page);
}

static void put_report(const struct desk *d, const struct case_row *c, const struct disclosure_report *r)
{
	struct buf *out = &d->resp->body;
	struct disclosure_clock clock;
	clock_of(d, c, &clock);
	markup_putf(out, "<h1>Case %s</h1><p>", c->number);
	page_pill(out, clock_tone(&clock), clock.words);
	markup_putf(out, " <span class=\"soft\">%s</span></p><section class=\"card\"><dl><dt>Received</dt><dd>",
		    disclosure_state_words(c->state));
	html_time(out, c->received);
	markup_putf(out,
		    "</dd><dt>Product</dt><dd>%s</dd><dt>Contact</dt><dd>%s</dd></dl><h2>The report</h2><div "
		    "class=\"pre\">%s</div>"
		    "</section>",
		    r->product[0] ? r->product : "not named",
		    r->contact[0] ? r->contact : "anonymous (they see the notes below by their private link)", r->text);
}

static void put_next(const struct desk *d, const struct case_row *c)
{
	struct buf *out = &d->resp->body;
	markup_putf(out, "<h2>Next step</h2><form class=\"card short\" method=\"post\" action=\"/cases/%s\">",
		    c->number);
	desk_csrf(d);
	buf_put_text(out, "<label for=\"state\">State</label><select id=\"state\" name=\"state\">");
	for (int i = 0; i < DISCLOSURE_STATE_COUNT; i++) {
		enum disclosure_state s = (enum disclosure_state)i;
		bool same = s == c->state, first = !same && disclosure_may(c->state, s);
		if (!same && !first)
			continue;
		markup_putf(out, "<option value=\"%s\"", disclosure_state_name(s));
		if (c->state == DISCLOSURE_NEW && s == DISCLOSURE_ACKNOWLEDGED)
			buf_put_text(out, " selected");
		markup_putf(out, ">%s%s</option>", disclosure_state_words(s), same ? " (as it is)" : "");
	}
	buf_put_text(
		out,
		"</select><label for=\"note\">Note to the reporter <span class=\"hint\">They read it by their private "
		"link.</span></label><textarea id=\"note\" name=\"note\" maxlength=\"500\"></textarea>"
		"<div class=\"row\"><button>Save</button></div></form>");
}

static void put_events(const struct desk *d, const struct case_event *list, size_t n)
{
	struct buf *out = &d->resp->body;
	if (n == 0)
		return;
	buf_put_text(out, "<h2>History</h2><ol class=\"steps\">");
	for (size_t i = 0; i < n; i++) {
		markup_putf(out, "<li class=\"info\"><strong>%s</strong><br><span class=\"soft small\">",
			    disclosure_state_words(list[i].state));
		html_time(out, list[i].at);
		markup_putf(out, "</span><p class=\"pre\">%s</p></li>", list[i].note);
	}
	buf_put_text(out, "</ol>");
}

void case_page(const struct desk *d, const char *number)
{
	struct page page = desk_page(d, number, "/cases");
	MEM_AUTO struct disclosure_report *r = mem_alloc(sizeof *r);
	MEM_AUTO struct case_event *events = NULL;
	struct case_row c;
	struct err e = {0};
	size_t n = 0;
	if (!r || rc_failed(case_db_by_number(d->pages->store, number, &c, &e)) ||
	    rc_failed(case_db_read(d->pages->store, d->pages->key, &c, r, &e)) ||
	    rc_failed(case_db_events(d->pages->store, d->pages->key, &c, &events, &n, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_begin(d->resp, 200, &page);
	put_report(d, &c, r);
	put_events(d, events, n);
	put_next(d, &c);
	page_end(d->resp, &page);
	mem_wipe(r, sizeof *r);
}

void case_page_act(const struct desk *d, const char *number)
{
	char word[24], note[DISCLOSURE_NOTE_SIZE], to[48], detail[64];
	struct case_step step = {.note = note};
	struct case_row c;
	struct err e = {0};
	desk_field(d, "state", word, sizeof word);
	desk_field(d, "note", note, sizeof note);
	if (!disclosure_state_parse(word, &step.to)) {
		desk_problem(d, 400, "Not done", "That is none of the states.");
		return;
	}
	if (rc_failed(case_db_by_number(d->pages->store, number, &c, &e)) ||
	    rc_failed(case_db_step(d->pages->store, d->pages->key, &c, &step, d->req->now.wall, &e))) {
		desk_failed(d, &e);
		return;
	}
	(void)snprintf(detail, sizeof detail, "%s: %s", c.number, disclosure_state_name(step.to));
	desk_audit(d, "case updated", detail);
	(void)snprintf(to, sizeof to, "/cases/%s", c.number);
	page_redirect(d->resp, to);
}
