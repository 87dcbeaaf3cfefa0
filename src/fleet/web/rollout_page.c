/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts: the list, one rollout with its waves, every decision and what it rested on, and the three verbs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "fleet/registry/audit_db.h"
#include "fleet/rollout/rollout_db.h"
#include "fleet/web/desk.h"
#include "fleet/web/html.h"
#include "core/base/banned.h"

#define LIST_MAX 50
#define DECISIONS_MAX 200
#define MEMBERS_MAX 200
#define ID_DIGITS_MAX 12

static const char *tone_of(enum rollout_state s)
{
	static const char *const tones[] = {"info", "warn", "bad", "quiet", "ok"};
	return tones[s];
}

static const char *outcome_tone(enum rollout_outcome o)
{
	return o == ROLLOUT_CONFIRMED	   ? "ok"
	       : rollout_outcome_failed(o) ? "bad"
	       : o == ROLLOUT_OFFERED	   ? "info"
					   : "quiet";
}

static int64_t id_of(const char *text)
{
	size_t n = strspn(text, "0123456789");
	return n && n <= ID_DIGITS_MAX && !text[n] ? strtoll(text, NULL, 10) : -1;
}

static struct rollout_counts total_of(const struct rollout_view *v)
{
	struct rollout_counts t = {0};
	for (size_t w = 0; w < v->rule.waves_n; w++) {
		t.members += v->waves[w].members;
		t.waiting += v->waves[w].waiting;
		t.in_flight += v->waves[w].in_flight;
		t.confirmed += v->waves[w].confirmed;
		t.failed += v->waves[w].failed;
	}
	return t;
}

/* Confirmed, failed and in flight as one bar. The words beside it say the same. */
static void put_bar(struct buf *out, const struct rollout_counts *c)
{
	unsigned all = c->members ? c->members : 1;
	unsigned ok = 1000 * c->confirmed / all, bad = 1000 * c->failed / all, fly = 1000 * c->in_flight / all;
	markup_putf(
		out,
		"<svg class=\"bar\" viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<rect class=\"ok\" width=\"%u\" height=\"12\"/><rect class=\"bad\" x=\"%u\" width=\"%u\" "
		"height=\"12\"/>"
		"<rect class=\"fly\" x=\"%u\" width=\"%u\" height=\"12\"/></svg><span class=\"small\">%u confirmed, %u "
		"failed, "
		"%u on their way, %u to come</span>",
		ok, ok, bad, ok + bad, fly, c->confirmed, c->failed, c->in_flight, c->waiting);
}

static void put_list_row(const struct desk *d, const struct rollout_row *row)
{
	struct buf *out = &d->resp->body;
	struct rollout_counts t = total_of(&row->view);
	markup_putf(out, "<tr><th scope=\"row\"><a href=\"/rollouts/%lld\">%s to %s</a></th><td data-l=\"State\">",
		    (long long)row->id, row->view.version, row->model);
	page_pill(out, tone_of(row->view.state), rollout_state_name(row->view.state));
	markup_putf(out, "</td><td data-l=\"Wave\">%zu of %zu</td><td data-l=\"Devices\">", row->view.wave + 1,
		    row->view.rule.waves_n);
	put_bar(out, &t);
	buf_put_text(out, "</td><td data-l=\"Started\">");
	html_ago(out, row->started, d->req->now.wall);
	buf_put_text(out, "</td></tr>");
}

void rollout_page_list(const struct desk *d)
{
	struct page page = desk_page(d, "Rollouts", "/rollouts");
	struct buf *out = &d->resp->body;
	struct err e = {0};
	int64_t ids[LIST_MAX];
	size_t n = 0;
	rc r = rollout_db_list(d->pages->store, ids, LIST_MAX, &n, &e);
	page_begin(d->resp, 200, &page);
	buf_put_text(
		out,
		"<h1>Rollouts</h1><p class=\"lead\">A wave goes only when the one before has booted the release and "
		"is healthy.</p><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
		"aria-label=\"Rollouts\"><table><thead><tr><th scope=\"col\">Release</th>"
		"<th scope=\"col\">State</th><th scope=\"col\">Wave</th><th scope=\"col\">Devices</th>"
		"<th scope=\"col\">Started</th></tr></thead><tbody>");
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		struct rollout_row row;
		r = rollout_db_get(d->pages->store, ids[i], &row, &e);
		if (rc_ok(r))
			put_list_row(d, &row);
	}
	if (rc_failed(r)) {
		desk_failed(d, &e);
		return;
	}
	if (n == 0)
		buf_put_text(out, "<tr><td colspan=\"5\">None yet: <code>hallmark-fleet rollout start DATA --target "
				  "NAME --version "
				  "V --waves 1,10%,100%</code></td></tr>");
	buf_put_text(out, "</tbody></table></div>");
	page_end(d->resp, &page);
}

static void put_waves(const struct desk *d, const struct rollout_row *row)
{
	struct buf *out = &d->resp->body;
	const struct rollout_view *v = &row->view;
	buf_put_text(out, "<div class=\"grid\">");
	for (size_t w = 0; w < v->rule.waves_n; w++) {
		bool open = w == v->wave && v->state != ROLLOUT_COMPLETE;
		const char *word = w < v->wave || v->state == ROLLOUT_COMPLETE ? "passed"
				   : open ? (v->state == ROLLOUT_RUNNING ? "open" : rollout_state_name(v->state))
					  : "not yet";
		markup_putf(out, "<section class=\"card\"><h2>Wave %zu: %u device%s</h2>", w + 1, v->waves[w].members,
			    v->waves[w].members == 1 ? "" : "s");
		page_pill(out,
			  w < v->wave || v->state == ROLLOUT_COMPLETE ? "ok"
			  : open				      ? tone_of(v->state)
								      : "quiet",
			  word);
		put_bar(out, &v->waves[w]);
		buf_put_text(out, "</section>");
	}
	buf_put_text(out, "</div>");
}

static const char *decision_tone(const struct rollout_decision *dec)
{
	return dec->state == ROLLOUT_HALTED || dec->state == ROLLOUT_ABORTED ? "bad"
	       : dec->kind == ROLLOUT_NEXT_WAVE || dec->kind == ROLLOUT_DONE ? "ok"
									     : "info";
}

/* A factor that people can read: 12, 4,900, "more than a million". */
static void put_evidence_strength(struct buf *out, double log_e)
{
	if (log_e > log(1e6))
		buf_put_text(out, "more than 1,000,000");
	else
		buf_putf(out, log_e < log(10) ? "%.2g" : "%.0f", exp(log_e));
}

static void put_decisions(const struct desk *d, const struct rollout_row *row, const struct rollout_record *list,
			  size_t n)
{
	struct buf *out = &d->resp->body;
	buf_put_text(out, "<h2>Every decision, and what it rests on</h2><ol class=\"steps\">");
	for (size_t i = n; i-- > 0;) {
		const struct rollout_decision *dec = &list[i].decision;
		markup_putf(out, "<li class=\"%s\"><span class=\"soft small\">", decision_tone(dec));
		html_time(out, list[i].at);
		markup_putf(out, "</span><p>%s</p>", dec->text);
		if (dec->kind != ROLLOUT_STARTED) {
			markup_putf(
				out,
				"<details><summary>Evidence</summary><p class=\"small\">%u reports so far: %u healthy, "
				"%u failed. "
				"Evidence that more than the tolerated %d.%d %% fail: ",
				dec->reports, dec->confirmed, dec->failed, (int)(row->view.rule.tolerated * 100),
				(int)(row->view.rule.tolerated * 1000) % 10);
			put_evidence_strength(out, dec->log_e);
			markup_putf(out, " (it halts at %d).</p><p class=\"mono pre\">%s</p></details>",
				    (int)(1 / row->view.rule.false_halt + 0.5), list[i].evidence);
		}
		buf_put_text(out, "</li>");
	}
	buf_put_text(out, "</ol>");
}

static void put_members(const struct desk *d, const struct rollout_member *list, size_t n)
{
	struct buf *out = &d->resp->body;
	buf_put_text(out, "<h2>Devices</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Devices "
			  "of this rollout\"><table><thead><tr><th scope=\"col\">Device</th>"
			  "<th scope=\"col\">Wave</th><th scope=\"col\">Outcome</th><th scope=\"col\">Why</th>"
			  "<th scope=\"col\">Boot statement</th></tr></thead><tbody>");
	for (size_t i = 0; i < n; i++) {
		markup_putf(out,
			    "<tr><th scope=\"row\"><a href=\"/devices/%s\">%s</a></th><td data-l=\"Wave\">%zu</td><td "
			    "data-l=\"Outcome\">",
			    list[i].device, list[i].device, list[i].wave + 1);
		page_pill(out, outcome_tone(list[i].outcome), rollout_outcome_name(list[i].outcome));
		markup_putf(out,
			    "%s</td><td data-l=\"Why\">%s</td><td data-l=\"Boot statement\"><code>%s</code></td></tr>",
			    list[i].excused ? " (set aside)" : "", list[i].detail[0] ? list[i].detail : "–",
			    list[i].boot[0] ? list[i].boot : "–");
	}
	buf_put_text(out, "</tbody></table></div>");
}

static void put_verbs(const struct desk *d, const struct rollout_row *row)
{
	struct buf *out = &d->resp->body;
	enum rollout_state s = row->view.state;
	if (s == ROLLOUT_ABORTED || s == ROLLOUT_COMPLETE)
		return;
	markup_putf(out, "<h2>Step in</h2><form class=\"card short\" method=\"post\" action=\"/rollouts/%lld\">",
		    (long long)row->id);
	desk_csrf(d);
	markup_putf(
		out,
		"<label for=\"note\">Reason <span class=\"hint\">%s</span></label><textarea id=\"note\" name=\"note\" "
		"maxlength=\"300\"></textarea><div class=\"row\">",
		s == ROLLOUT_HALTED ? "Needed to resume: the failures so far will no longer count."
				    : "Goes on record.");
	if (s == ROLLOUT_RUNNING)
		buf_put_text(out, "<button name=\"verb\" value=\"pause\">Pause</button>");
	else
		markup_putf(out, "<button%s name=\"verb\" value=\"resume\">Resume</button>",
			    s == ROLLOUT_HALTED ? " class=quiet" : "");
	buf_put_text(out,
		     "<button class=\"danger\" name=\"verb\" value=\"abort\">Abort for good</button></div></form>");
}

void rollout_page(const struct desk *d, const char *id)
{
	struct rollout_row row;
	MEM_AUTO struct rollout_record *decisions = NULL;
	MEM_AUTO struct rollout_member *members = NULL;
	size_t decisions_n = 0, members_n = 0;
	char title[128];
	struct err e = {0};
	struct store *st = d->pages->store;
	if (rc_failed(rollout_db_get(st, id_of(id), &row, &e)) ||
	    rc_failed(rollout_db_decisions(st, row.id, DECISIONS_MAX, &decisions, &decisions_n, &e)) ||
	    rc_failed(rollout_db_members(st, row.id, MEMBERS_MAX, &members, &members_n, &e))) {
		desk_failed(d, &e);
		return;
	}
	(void)snprintf(title, sizeof title, "Rollout of %s", row.view.version);
	struct page page = desk_page(d, title, "/rollouts");
	struct buf *out = &d->resp->body;
	page_begin(d->resp, 200, &page);
	markup_putf(out, "<h1>%s to %s</h1><p>", title, row.model);
	page_pill(out, tone_of(row.view.state), rollout_state_name(row.view.state));
	markup_putf(out, " <span class=\"soft\"><code>%s</code></span></p>", row.target);
	put_waves(d, &row);
	put_decisions(d, &row, decisions, decisions_n);
	put_members(d, members, members_n);
	put_verbs(d, &row);
	page_end(d->resp, &page);
}

void rollout_page_act(const struct desk *d, const char *id)
{
	static const struct {
		const char *word, *action;
		enum rollout_verb verb;
	} verbs[] = {{"pause", "rollout paused", ROLLOUT_PAUSE},
		     {"resume", "rollout resumed", ROLLOUT_RESUME},
		     {"abort", "rollout aborted", ROLLOUT_ABORT}};
	char word[16], note[1201], detail[320], to[48];
	struct err e = {0};
	desk_field(d, "verb", word, sizeof word);
	desk_field(d, "note", note, sizeof note);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		const struct rollout_order o = {id_of(id), verbs[i].verb, "the operator", note};
		if (rc_failed(rollout_db_person(d->pages->store, &o, d->req->now.wall, &e))) {
			desk_failed(d, &e);
			return;
		}
		(void)snprintf(detail, sizeof detail, "rollout %lld. %.250s", (long long)o.id, note);
		desk_audit(d, verbs[i].action, detail);
		(void)snprintf(to, sizeof to, "/rollouts/%lld", (long long)o.id);
		page_redirect(d->resp, to);
		return;
	}
	desk_problem(d, 400, "Not done", "That is none of the verbs.");
}
