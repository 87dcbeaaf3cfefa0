/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner sees of updates and decides about them: what waits, when, why not; install, put off, cancel; what
 * installs by itself and at which hours. CRA Annex I (2)(c), EN303645 5.3-4A, 5.3-6A, 5.3-11, 5.3-12.
 */
#include <stdio.h>

#include "agent/setup/page_inner.h"
#include "core/codec/markup.h"
#include "core/model/policy.h"
#include "core/base/banned.h"

#define MB 1000000

static void put_amount(const struct page_update *u, struct buf *out)
{
	char text[96], time[48] = "";
	if (u->seconds >= 120)
		(void)snprintf(time, sizeof time, ", about %u minutes", (u->seconds + 59) / 60);
	else if (u->seconds)
		(void)snprintf(time, sizeof time, ", about %u seconds", u->seconds);
	(void)snprintf(text, sizeof text, "%llu MB%s", (unsigned long long)((u->fetch_bytes + MB - 1) / MB), time);
	page_put_row(out, "To be fetched", text);
}

static void put_waiting(const struct page_update *u, struct buf *out)
{
	char text[160], moment[PAGE_MOMENT_SIZE];
	(void)snprintf(text, sizeof text, "%s%s", u->version, u->security ? ", which repairs a security problem" : "");
	page_put_row(out, "Waiting version", text);
	if (u->fetch_bytes)
		put_amount(u, out);
	if (u->retry_at.s) {
		page_moment(u->retry_at, u->utc_offset_s, moment);
		page_put_row(out, "Tried again", moment);
	}
	if (u->quiet[0])
		page_put_row(out, "Asked for quiet", u->quiet);
}

static void put_rows(const struct page_view *v, struct buf *out)
{
	const struct page_update *u = &v->update;
	char text[128], moment[PAGE_MOMENT_SIZE];
	if (!u->version[0] && !u->changed_at.s)
		return;
	buf_put_text(out, "<dl>\n");
	if (u->version[0])
		put_waiting(u, out);
	if (u->changed_at.s) {
		page_moment(u->changed_at, u->utc_offset_s, moment);
		(void)snprintf(text, sizeof text, "%s %s", u->failed ? "tried without success on" : "installed on",
			       moment);
		page_put_row(out, "Last update", text);
	}
	buf_put_text(out, "</dl>\n");
}

static void put_postpone(const struct page_view *v, struct buf *out)
{
	static const unsigned days[] = {1, 3, 7, 14, 30, 90};
	const struct page_update *u = &v->update;
	char text[192], moment[PAGE_MOMENT_SIZE];
	int64_t most = u->postpone_until.s - v->now.s;
	page_moment(u->postpone_until, u->utc_offset_s, moment);
	(void)snprintf(text, sizeof text, "You can do this %u more time%s, and until %s at most.", u->postpone_left,
		       u->postpone_left == 1 ? "" : "s", moment);
	buf_put_text(out, "<form method=\"post\" action=\"/update/postpone\">\n");
	page_put_csrf(v, out);
	buf_put_text(out, "<label for=\"days\">Put it off for</label>\n<select id=\"days\" name=\"days\" "
			  "aria-describedby=\"off\">\n");
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		if (i == 0 || most > (int64_t)days[i - 1] * SECONDS_PER_DAY)
			buf_putf(out, "<option value=\"%u\">%u day%s</option>\n", days[i], days[i],
				 days[i] == 1 ? "" : "s");
	buf_put_text(out, "</select>\n<p id=\"off\" class=\"hint\">");
	markup_text(out, text);
	buf_put_text(out, "</p>\n<button type=\"submit\" class=\"quiet\">Put it off</button>\n</form>\n");
}

static void put_actions(const struct page_view *v, struct buf *out)
{
	const struct page_update *u = &v->update;
	if (!u->can_decide) {
		page_put_button(v, "/check", " class=\"quiet\"", "Check for updates", out);
		return;
	}
	page_put_paragraph(out,
			   "To install it the device restarts, which takes about a minute. If the new version does "
			   "not work, it goes back to the one before by itself.");
	page_put_button(v, "/update/install", "", "Install now", out);
	if (u->postpone_left)
		put_postpone(v, out);
	page_put_button(v, "/update/cancel", " class=\"quiet\"", "Do not install this version", out);
}

static void put_radio(const struct page_update *u, enum policy_automatic which, const char *label, struct buf *out)
{
	buf_putf(out, "<label class=\"choice\"><input type=\"radio\" name=\"automatic\" value=\"%s\"%s> ",
		 policy_automatic_name(which), u->automatic == (uint8_t)which ? " checked" : "");
	markup_text(out, label);
	buf_put_text(out, "</label>\n");
}

static void put_hours(const char *id, const char *label, unsigned chosen, struct buf *out)
{
	buf_putf(out, "<label for=\"%s\">%s</label>\n<select id=\"%s\" name=\"%s\" aria-describedby=\"hours\">\n", id,
		 label, id, id);
	for (unsigned h = 0; h < 24; h++)
		buf_putf(out, "<option value=\"%u\"%s>%02u:00</option>\n", h, h == chosen ? " selected" : "", h);
	buf_put_text(out, "</select>\n");
}

static void put_choices(const struct page_view *v, struct buf *out)
{
	const struct page_update *u = &v->update;
	buf_put_text(out, "<details>\n<summary><h3>Automatic updates</h3></summary>\n"
			  "<form method=\"post\" action=\"/update/choose\">\n");
	page_put_csrf(v, out);
	if (u->can_turn_off) {
		buf_put_text(out, "<fieldset>\n<legend>What installs by itself</legend>\n");
		put_radio(u, POLICY_AUTO_ALL, "All updates (recommended)", out);
		put_radio(u, POLICY_AUTO_SECURITY, "Only updates that repair a security problem", out);
		put_radio(u, POLICY_AUTO_OFF, "Nothing: I press \"Install now\" for each", out);
		buf_put_text(out, "</fieldset>\n");
	} else {
		page_put_paragraph(out, "Updates install by themselves on this product.");
	}
	put_hours("from", "The device may restart from", u->window_from, out);
	put_hours("to", "until", u->window_to, out);
	buf_put_text(out, "<p id=\"hours\" class=\"hint\">In the time zone of the device. The same hour twice: at any "
			  "time.</p>\n<button type=\"submit\" class=\"quiet\">Save</button>\n</form>\n</details>\n");
}

void page_update_section(const struct page_view *v, struct buf *out)
{
	buf_put_text(out, "<section aria-labelledby=\"updates\">\n<h2 id=\"updates\">Updates</h2>\n");
	page_put_paragraph(out, page_update_words(v));
	put_rows(v, out);
	put_actions(v, out);
	put_choices(v, out);
	buf_put_text(out, "</section>\n");
}

/* Update steps and reason codes (docs/wire.md) in words. */
const char *page_update_words(const struct page_view *v)
{
	static const struct {
		const char *code, *words;
	} steps[] = {
		{"planned", "An update will be fetched soon."},
		{"fetching", "An update is being fetched."},
		{"written", "An update was fetched and is being checked."},
		{"verified", "An update is ready and will be installed soon."},
		{"switched", "An update is installed. The device restarts."},
		{"trying", "An update was installed and is being tried."},
		{"confirmed", "The last update works."},
		{"reverted", "The last update did not work here. The device went back to the version before."},
	};
	if (v->update.version[0] && strcmp(v->update.reason, "none") != 0 && v->update.reason[0])
		return reason_sentence(v->update.reason);
	if (v->reason[0] && strcmp(v->reason, "none") != 0)
		return reason_sentence(v->reason);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (strcmp(v->step, steps[i].code) == 0)
			return steps[i].words;
	return reason_sentence("no-offer");
}
