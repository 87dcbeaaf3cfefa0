/* SPDX-License-Identifier: Apache-2.0 */
/* "What needs attention first": isolated devices, halted rollouts, reports by their clock. Then the fleet in numbers.
 */
#include <stdio.h>

#include "core/base/mem.h"
#include "fleet/disclosure/case_db.h"
#include "fleet/ingest/ingest_db.h"
#include "fleet/registry/audit_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/rollout/rollout_db.h"
#include "fleet/stamp/stamp.h"
#include "fleet/web/desk.h"
#include "fleet/web/html.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define SHOWN 20
#define RECENT 12
#define AUDIT_SHOWN 200

/* A card of the list; `n` counts them. */
static void put_todo(struct buf *out, const char *tone, const char *pill, const char *href, const char *title)
{
	markup_putf(out, "<section class=\"card todo %s\"><h2>", tone);
	page_pill(out, tone, pill);
	markup_putf(out, "<a href=\"%s\">%s</a></h2>", href, title);
}

static rc put_devices(const struct desk *d, size_t *n, struct err *e)
{
	struct buf *out = &d->resp->body;
	MEM_AUTO struct registry_device *list = NULL;
	size_t list_n = 0;
	rc r = registry_db_list(d->pages->store, NULL, SHOWN, &list, &list_n, e);
	for (size_t i = 0; rc_ok(r) && i < list_n; i++) {
		const struct registry_device *dev = &list[i];
		char href[96], title[160];
		bool isolated = strcmp(dev->mode, "isolated") == 0;
		if (!isolated && strcmp(dev->mode, "suspect") != 0)
			break; /* sorted: the rest is calm */
		(void)snprintf(href, sizeof href, "/devices/%s", dev->id);
		(void)snprintf(title, sizeof title, "%s %s", dev->id,
			       isolated ? "has cut itself off" : "found something it does not trust");
		put_todo(out, isolated ? "bad" : "warn", isolated ? "Isolated" : "Suspect", href, title);
		markup_putf(
			out, "<p>It noticed an unauthorised change%s%s. %s</p><p class=\"small soft\">",
			dev->cause[0] ? ": " : "", dev->cause,
			isolated ? "Only what it needs to warn, update and recover still gets through; its owner sees "
				   "the "
				   "same message."
				 : "It is looking more closely.");
		buf_put_text(out, "Reported ");
		html_ago(out, dev->alerted, d->req->now.wall);
		buf_put_text(out, ".</p></section>");
		(*n)++;
	}
	return r;
}

static rc put_rollouts(const struct desk *d, size_t *n, struct err *e)
{
	struct buf *out = &d->resp->body;
	int64_t ids[SHOWN];
	size_t ids_n = 0;
	rc r = rollout_db_list(d->pages->store, ids, SHOWN, &ids_n, e);
	for (size_t i = 0; rc_ok(r) && i < ids_n; i++) {
		struct rollout_row row;
		MEM_AUTO struct rollout_record *why = NULL;
		size_t why_n = 0;
		char href[48], title[200];
		if (rc_failed(r = rollout_db_get(d->pages->store, ids[i], &row, e)) || row.view.state != ROLLOUT_HALTED)
			continue;
		r = rollout_db_decisions(d->pages->store, ids[i], 200, &why, &why_n, e);
		(void)snprintf(href, sizeof href, "/rollouts/%lld", (long long)ids[i]);
		(void)snprintf(title, sizeof title, "Rollout of %s to %s stopped itself", row.view.version, row.model);
		put_todo(out, "bad", "Halted", href, title);
		markup_putf(out, "<p>%s</p></section>", why_n ? why[why_n - 1].decision.text : "");
		(*n)++;
	}
	return r;
}

static rc put_cases(const struct desk *d, size_t *n, struct err *e)
{
	struct buf *out = &d->resp->body;
	const struct disclosure_terms terms = {d->pages->site->ack_days, d->pages->site->update_days};
	MEM_AUTO struct case_row *list = NULL;
	size_t list_n = 0;
	rc r = case_db_list(d->pages->store, SHOWN, &list, &list_n, e);
	for (size_t i = 0; rc_ok(r) && i < list_n; i++) {
		struct disclosure_clock clock;
		char href[48], title[96];
		disclosure_clock(&terms, list[i].state, list[i].received, list[i].told, d->req->now.wall, &clock);
		if (clock.duty == DISCLOSURE_DUTY_NONE)
			continue;
		(void)snprintf(href, sizeof href, "/cases/%s", list[i].number);
		(void)snprintf(title, sizeof title, "Vulnerability report %s", list[i].number);
		put_todo(out,
			 clock.overdue			   ? "bad"
			 : list[i].state == DISCLOSURE_NEW ? "warn"
							   : "info",
			 clock.words, href, title);
		markup_putf(out, "<p>State: %s. <span class=\"soft\">Received ", disclosure_state_words(list[i].state));
		html_ago(out, list[i].received, d->req->now.wall);
		buf_put_text(out, ".</span></p></section>");
		(*n)++;
	}
	return r;
}

/* Only when something is wrong with it: a repository that goes stale stops every update, without a sound. */
static rc put_stamp(const struct desk *d, size_t *n, struct err *e)
{
	struct buf *out = &d->resp->body;
	struct stamp_status s = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, STAMP_STATUS_MAX);
	if (!d->pages->stamp_status || !file_exists(d->pages->stamp_status))
		return RC_OK;
	rc r = file_read(d->pages->stamp_status, STAMP_STATUS_MAX, &text, e);
	if (rc_ok(r))
		r = stamp_status_decode(buf_view(&text), &s, e);
	if (rc_failed(r)) /* nonsense from that role must not cost the operator the page */
		(void)snprintf(s.failure, sizeof s.failure, "its status cannot be read: %.400s", e->text);
	err_clear(e);
	struct wall_time now = d->req->now.wall;
	bool late = rc_ok(r) && now.s - s.looked.s > STAMP_LATE_S;
	if (!s.failure[0] && !late)
		return RC_OK;
	put_todo(out, "bad", "Timestamp", "/", "The repository's timestamp is not being renewed");
	if (s.failure[0])
		markup_putf(out, "<p>%s</p>", s.failure);
	if (late) {
		buf_put_text(out, "<p>Nobody has looked since ");
		html_time(out, s.looked);
		buf_put_text(out, ".</p>");
	}
	if (s.version) {
		buf_put_text(out, "<p class=\"small soft\">The one in force expires ");
		html_time(out, s.expires);
		buf_put_text(out, "; after that no device installs anything.</p>");
	}
	buf_put_text(out, "</section>");
	(*n)++;
	return RC_OK;
}

static rc put_numbers(const struct desk *d, struct err *e)
{
	struct registry_db_counts c;
	rc r = registry_db_counts(d->pages->store, &c, e);
	if (rc_ok(r))
		markup_putf(&d->resp->body,
			    "<div class=\"grid\"><div class=\"card\"><span class=\"num\">%lld</span>devices from the "
			    "factory</div>"
			    "<div class=\"card\"><span class=\"num\">%lld</span>have checked in</div>"
			    "<div class=\"card\"><span class=\"num\">%lld</span>isolated now</div>"
			    "<div class=\"card\"><span class=\"num\">%lld</span>erasures under way</div></div>",
			    (long long)c.devices, (long long)c.seen, (long long)c.isolated, (long long)c.erase_ordered);
	return r;
}

static rc put_recent(const struct desk *d, struct err *e)
{
	struct buf *out = &d->resp->body;
	MEM_AUTO struct ingest_line *list = NULL;
	size_t n = 0;
	rc r = ingest_db_recent(d->pages->store, NULL, RECENT, &list, &n, e);
	if (rc_failed(r) || n == 0)
		return r;
	buf_put_text(
		out,
		"<h2>Latest from devices</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Latest "
		"from devices\"><table><thead><tr><th scope=\"col\">When</th>"
		"<th scope=\"col\">Device</th><th scope=\"col\">Kind</th><th scope=\"col\">What it signed</th></tr>"
		"</thead><tbody>");
	for (size_t i = 0; i < n; i++) {
		buf_put_text(out, "<tr><td data-l=\"When\">");
		html_ago(out, list[i].at, d->req->now.wall);
		markup_putf(out, "</td><td data-l=\"Device\"><a href=\"/devices/%s\">%s</a></td><td data-l=\"Kind\">",
			    list[i].device, list[i].device);
		page_pill(out, list[i].bad ? "bad" : "quiet", list[i].kind);
		markup_putf(out, "</td><td data-l=\"What it signed\">%s</td></tr>", list[i].summary);
	}
	buf_put_text(out, "</tbody></table></div>");
	return RC_OK;
}

void overview_page(const struct desk *d)
{
	struct page page = desk_page(d, "Overview", "/");
	struct err e = {0};
	size_t n = 0;
	page_begin(d->resp, 200, &page);
	buf_put_text(&d->resp->body, "<h1>What needs attention</h1>");
	rc r = put_devices(d, &n, &e);
	if (rc_ok(r))
		r = put_rollouts(d, &n, &e);
	if (rc_ok(r))
		r = put_stamp(d, &n, &e);
	if (rc_ok(r))
		r = put_cases(d, &n, &e);
	if (rc_ok(r) && n == 0)
		buf_put_text(&d->resp->body,
			     "<section class=\"card todo ok\"><h2>Nothing needs you now</h2><p>No isolated device, "
			     "no halted rollout, no report with a clock running.</p></section>");
	if (rc_ok(r))
		buf_put_text(&d->resp->body, "<h2>The fleet</h2>");
	if (rc_failed(r) || rc_failed(r = put_numbers(d, &e)) || rc_failed(r = put_recent(d, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_end(d->resp, &page);
}

void audit_page(const struct desk *d)
{
	struct page page = desk_page(d, "Audit log", "/audit");
	struct buf *out = &d->resp->body;
	MEM_AUTO struct audit_entry *list = NULL;
	struct err e = {0};
	size_t n = 0;
	if (rc_failed(audit_db_list(d->pages->store, AUDIT_SHOWN, &list, &n, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_begin(d->resp, 200, &page);
	buf_put_text(out, "<h1>Audit log</h1><p class=\"lead\">Who did what. Entries can be added, never changed.</p>"
			  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Audit "
			  "log\"><table><thead><tr><th scope=\"col\">When</th><th scope=\"col\">Who</th>"
			  "<th scope=\"col\">What</th><th scope=\"col\">Details</th></tr></thead><tbody>");
	for (size_t i = 0; i < n; i++) {
		buf_put_text(out, "<tr><td data-l=\"When\">");
		html_time(out, list[i].at);
		markup_putf(
			out,
			"</td><td data-l=\"Who\">%s</td><td data-l=\"What\">%s</td><td data-l=\"Details\">%s</td></tr>",
			list[i].actor, list[i].action, list[i].detail);
	}
	buf_put_text(out, "</tbody></table></div>");
	page_end(d->resp, &page);
}
