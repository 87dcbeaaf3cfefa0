/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have a label, what its claim says, and the page around it. The drawing is in label_svg.c. */
#include "assess/label.h"

#include <stdio.h>

#include "core/codec/markup.h"
#include "assess/report.h"
#include "core/codec/base45.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

rc label_check(const struct verdict_set *v, struct wall_time issued, struct err *e)
{
	char failed[200] = "";
	struct wall_time end;
	for (size_t i = 0; i < v->n; i++) {
		size_t n = strlen(failed);
		if (v->list[i].mandatory && v->list[i].result == VERDICT_FAIL)
			(void)snprintf(failed + n, sizeof failed - n, "%s%s", n ? ", " : "", v->list[i].provision);
	}
	if (failed[0]) {
		(void)err_set(e, ERR_DENIED, "no label: mandatory provisions failed: %s", failed);
		return err_hint(e, "mend what the report names, and assess again");
	}
	if (!v->n)
		return err_set(e, ERR_DENIED, "no label: nothing was judged");
	if (!verdict_set_count(v).by[VERDICT_PASS])
		return err_set(e, ERR_DENIED, "no label: not one provision passed");
	if (!rfc3339_parse_date(v->subject.support_end, &end))
		return err_set(e, ERR_DENIED, "no label: the support period has no end date");
	if (end.s + SECONDS_PER_DAY <= issued.s)
		return err_set(e, ERR_DENIED, "no label: the support period ended on %s", v->subject.support_end);
	return RC_OK;
}

#define COPY(field, text) ((void)snprintf(field, sizeof(field), "%.128s", text))

rc label_claim(const struct verdict_set *v, struct bytes verdicts_json, struct wall_time issued, struct claim *ret,
	       struct err *e)
{
	struct verdict_count n = verdict_set_count(v);
	struct claim c = {.counts = {n.by[VERDICT_PASS], n.by[VERDICT_FAIL], n.by[VERDICT_INCONCLUSIVE],
				     n.by[VERDICT_NOT_APPLICABLE], n.by[VERDICT_NOT_JUDGED]}};
	COPY(c.maker, v->subject.maker);
	COPY(c.model, v->subject.model);
	COPY(c.product, v->subject.product);
	(void)snprintf(c.support_end, sizeof c.support_end, "%.10s", v->subject.support_end);
	rfc3339_date(issued, c.issued);
	COPY(c.edition, v->edition);
	COPY(c.url, v->subject.url);
	rc r = hash_sha256(verdicts_json, c.verdicts_sha256, e);
	if (rc_ok(r))
		*ret = c;
	return r;
}

bool label_find_claim(struct bytes text, struct bytes *ret)
{
	const uint8_t *at = text.n ? memmem(text.p, text.n, CLAIM_PREFIX, sizeof CLAIM_PREFIX - 1) : NULL;
	if (!at)
		return false;
	size_t n = 0, left = text.n - (size_t)(at - text.p);
	while (n < left && base45_has((char)at[n]))
		n++;
	/* A blank is a Base45 digit; one at the very end is the file's, and makes no whole group. */
	while (n && at[n - 1] == ' ' && (n - (sizeof CLAIM_PREFIX - 1)) % 3 == 1)
		n--;
	*ret = bytes_of(at, n);
	return true;
}

static void put_stated(struct buf *out, const char *name, const char *value, const char *none)
{
	markup_putf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value[0] ? value : none);
}

/* The label is a picture to some readers; the same as text. */
static void put_text(struct buf *out, const struct verdict_set *v, const struct claim *c)
{
	char until[48], issued[48], assessed[RFC3339_DATE_SIZE], day[48], text[160];
	struct verdict_count n = verdict_set_count(v);
	markup_date(c->support_end, until, sizeof until);
	markup_date(c->issued, issued, sizeof issued);
	rfc3339_date(v->assessed, assessed);
	markup_date(assessed, day, sizeof day);
	buf_put_text(out, "<h2>What the label says</h2>\n<dl class=\"facts\">\n");
	put_stated(out, "Security updates until", until, "");
	put_stated(out, "Updates", v->subject.updates, "not stated");
	put_stated(out, "Password as delivered", v->subject.password, "not stated");
	put_stated(out, "Personal data", v->subject.data, "none declared");
	put_stated(out, "Sensors", v->subject.sensors, "none declared");
	(void)snprintf(text, sizeof text, "%s, version %.64s", day, v->subject.version);
	put_stated(out, "Assessed on", text, "");
	put_stated(out, "Assessed against", c->edition, "");
	put_stated(out, "Label issued", issued, "");
	markup_putf(out,
		    "</dl>\n<p>Of %zu provisions, %u passed, %u failed, %u are open, %u do not apply and %u were not "
		    "judged. Of the mandatory ones, %u failed and %u are open or not judged.</p>\n",
		    v->n, c->counts.pass, c->counts.fail, c->counts.inconclusive, c->counts.not_applicable,
		    c->counts.not_judged, n.mandatory_failed, n.mandatory_open);
}

rc label_html(const struct verdict_set *v, const struct claim *c, const char *claim_text, struct bytes svg,
	      struct buf *out, struct err *e)
{
	markup_putf(out,
		    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<title>Security label: %s</title>\n<style>\n",
		    c->product);
	buf_put_text(out, report_css());
	markup_putf(out,
		    "</style>\n</head>\n<body>\n<header><p class=\"kicker\">Security label</p><h1>%s</h1>\n"
		    "<p class=\"lead\">Model %s, made by %s</p></header>\n<main><div class=\"labelpage\"><div>\n",
		    c->product, c->model, c->maker);
	buf_put(out, svg);
	buf_put_text(out, "</div>\n<div>");
	put_text(out, v, c);
	markup_putf(out,
		    "<h2>Check that it is genuine</h2>\n<p>The QR code holds a claim signed by the maker. With the "
		    "maker\xe2\x80\x99s public label key it can be checked without a network:</p>\n"
		    "<pre><code>hallmark verify label.svg --key label.pub</code></pre>\n"
		    "<p class=\"note\">Only what that command prints is signed. The claim: "
		    "<code>%s</code></p>\n</div></div>"
		    "</main>\n</body>\n</html>\n",
		    claim_text);
	return buf_check(out, "label page", e);
}
