/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: the table, one device with everything it ever signed, and the order to erase its personal data. */
#include "core/base/mem.h"
#include "fleet/ingest/ingest_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/web/desk.h"
#include "fleet/web/html.h"
#include "core/base/banned.h"

#define LIST_MAX 500
#define LINES_MAX 60

const char *device_page_tone(const char *mode)
{
	static const struct {
		const char *mode, *tone;
	} rows[] = {{"normal", "ok"}, {"recovered", "info"}, {"suspect", "warn"}, {"isolated", "bad"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(mode, rows[i].mode) == 0)
			return rows[i].tone;
	return "quiet";
}

static void put_row(const struct desk *d, const struct registry_device *dev)
{
	struct buf *out = &d->resp->body;
	markup_putf(out,
		    "<tr><th scope=\"row\"><a href=\"/devices/%s\">%s</a></th><td data-l=\"Model\">%s</td><td "
		    "data-l=\"Version\">%s</td><td data-l=\"Mode\">",
		    dev->id, dev->id, dev->model, dev->version[0] ? dev->version : "–");
	page_pill(out, device_page_tone(dev->mode), dev->mode[0] ? dev->mode : "not seen yet");
	markup_putf(out, "</td><td data-l=\"Update\">%s%s%s</td><td data-l=\"Last seen\">",
		    dev->state[0] ? dev->state : "–", dev->reason[0] ? ": " : "", dev->reason);
	html_ago(out, dev->last_seen, d->req->now.wall);
	buf_put_text(out, "</td></tr>");
}

void device_page_list(const struct desk *d)
{
	struct page page = desk_page(d, "Devices", "/devices");
	struct buf *out = &d->resp->body;
	MEM_AUTO struct registry_device *list = NULL;
	struct err e = {0};
	size_t n = 0;
	if (rc_failed(registry_db_list(d->pages->store, NULL, LIST_MAX, &list, &n, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_begin(d->resp, 200, &page);
	markup_putf(out, "<h1>Devices</h1><p class=\"lead\">%zu device%s%s, those in trouble first.</p>", n,
		    n == 1 ? "" : "s", n == LIST_MAX ? " (more are not shown)" : "");
	buf_put_text(
		out,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Devices\"><table><thead><tr><th "
		"scope=\"col\">Device</th><th scope=\"col\">Model</th>"
		"<th scope=\"col\">Version</th><th scope=\"col\">Mode</th><th scope=\"col\">Update</th>"
		"<th scope=\"col\">Last seen</th></tr></thead><tbody>");
	for (size_t i = 0; i < n; i++)
		put_row(d, &list[i]);
	if (n == 0)
		buf_put_text(
			out,
			"<tr><td colspan=\"6\">No device was imported yet: <code>hallmark-fleet import DATA RECORDS "
			"--factory-pub KEY</code></td></tr>");
	buf_put_text(out, "</tbody></table></div>");
	page_end(d->resp, &page);
}

static void put_facts(const struct desk *d, const struct registry_device *dev)
{
	struct buf *out = &d->resp->body;
	markup_putf(out, "<h1>%s</h1><p>", dev->id);
	page_pill(out, device_page_tone(dev->mode), dev->mode[0] ? dev->mode : "not seen yet");
	buf_put_text(out, "</p>");
	if (strcmp(dev->mode, "isolated") == 0) {
		markup_putf(
			out,
			"<section class=\"card todo bad\"><h2>It has cut itself off</h2><p>What it found: %s.</p><p>It "
			"can still alert us, fetch an update and show its owner a page with a repair button. One such "
			"device may be faulty; several with the same change point to an attack.</p></section>",
			dev->cause);
	}
	markup_putf(out, "<section class=\"card\"><dl><dt>Model</dt><dd>%s, by %s</dd><dt>Made</dt><dd>", dev->model,
		    dev->maker);
	html_date(out, dev->made);
	markup_putf(out, "</dd><dt>Version</dt><dd>%s%s%c</dd><dt>Update step</dt><dd>%s%s%s</dd>",
		    dev->version[0] ? dev->version : "not known", dev->slot ? ", slot " : "",
		    dev->slot ? dev->slot : ' ', dev->state[0] ? dev->state : "not known",
		    dev->reason[0] ? ", last refusal: " : "", dev->reason);
	if (dev->failed_version[0])
		markup_putf(out, "<dt>Failed here</dt><dd>%s</dd>", dev->failed_version);
	buf_put_text(out, "<dt>Last seen</dt><dd>");
	html_time(out, dev->last_seen);
	markup_putf(
		out, "</dd><dt>Keys kept in</dt><dd>%s</dd><dt>Certificate</dt><dd><code>%s</code></dd></dl></section>",
		strcmp(dev->key_grade, "file") == 0 ? "a file (no security chip)" : dev->key_grade, dev->fingerprint);
}

static void put_erase(const struct desk *d, const struct registry_device *dev)
{
	struct buf *out = &d->resp->body;
	buf_put_text(out, "<h2>Personal data</h2>");
	if (dev->erase_ordered) {
		buf_put_text(
			out,
			"<p class=\"card todo warn\">Erasure is ordered. The device does it at its next check-in and "
			"sends a signed receipt.</p>");
		return;
	}
	markup_putf(out,
		    "<details class=\"card\"><summary>Order the erasure of its personal data</summary><p>At its next "
		    "check-in "
		    "the device destroys the key of all personal data and sends a signed receipt. This cannot be "
		    "undone.</p>"
		    "<form method=\"post\" action=\"/devices/%s\">",
		    dev->id);
	desk_csrf(d);
	buf_put_text(out, "<button class=\"danger\">Erase personal data</button></form></details>");
}

static void put_lines(const struct desk *d, const struct ingest_line *list, size_t n)
{
	struct buf *out = &d->resp->body;
	buf_put_text(out, "<h2>What it signed</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
			  "aria-label=\"What it signed\"><table><thead><tr><th scope=\"col\">Received</th>"
			  "<th scope=\"col\">Kind</th><th scope=\"col\">What it says</th><th "
			  "scope=\"col\">Fresh</th></tr></thead>"
			  "<tbody>");
	for (size_t i = 0; i < n; i++) {
		buf_put_text(out, "<tr><td data-l=\"Received\">");
		html_time(out, list[i].at);
		buf_put_text(out, "</td><td data-l=\"Kind\">");
		page_pill(out, list[i].bad ? "bad" : "quiet", list[i].kind);
		markup_putf(out, "</td><td data-l=\"What it says\">%s</td><td data-l=\"Fresh\">%s</td></tr>",
			    list[i].summary, list[i].fresh ? "our nonce" : "–");
	}
	if (n == 0)
		buf_put_text(out, "<tr><td colspan=\"4\">Nothing yet.</td></tr>");
	buf_put_text(out, "</tbody></table></div>");
}

void device_page(const struct desk *d, const char *id)
{
	struct page page = desk_page(d, id, "/devices");
	MEM_AUTO struct ingest_line *list = NULL;
	struct registry_device dev;
	struct err e = {0};
	size_t n = 0;
	if (rc_failed(registry_db_get(d->pages->store, id, &dev, &e)) ||
	    rc_failed(ingest_db_recent(d->pages->store, id, LINES_MAX, &list, &n, &e))) {
		desk_failed(d, &e);
		return;
	}
	page_begin(d->resp, 200, &page);
	put_facts(d, &dev);
	put_lines(d, list, n);
	put_erase(d, &dev);
	page_end(d->resp, &page);
}

void device_page_erase(const struct desk *d, const char *id)
{
	struct registry_device dev;
	struct err e = {0};
	if (rc_failed(registry_db_get(d->pages->store, id, &dev, &e)) ||
	    rc_failed(registry_db_erase(d->pages->store, id, true, &e))) {
		desk_failed(d, &e);
		return;
	}
	char to[96] = "/devices/";
	memcpy(to + strlen(to), dev.id, strlen(dev.id) + 1);
	desk_audit(d, "erasure ordered", dev.id);
	page_redirect(d->resp, to);
}
