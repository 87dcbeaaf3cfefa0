/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may have a label, what its claim says, and what is left out of a claim that would not fit into the printed code.
 * The drawing is in label_svg.c, the page in label_page.c.
 */
#include "assess/label.h"

#include <stdio.h>

#include "core/codec/qr.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define NAME_LEAST 20	  /* bytes: no name is made shorter than this, ellipsis included */
#define CODE_TEXT_MAX 535 /* characters: of no other kind does a version 12 hold so many */
#define ELLIPSIS "\xe2\x80\xa6"

rc label_check(const struct verdict_set *v, struct wall_time issued, struct err *e)
{
	char failed[200] = "";
	size_t used = 0;
	struct wall_time end = {0};
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i].mandatory && v->list[i].result == VERDICT_FAIL && used < sizeof failed - 20)
			used += (size_t)snprintf(failed + used, sizeof failed - used, "%s%s", used ? ", " : "",
						 v->list[i].provision);
	if (used) {
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

/* At most `most` bytes, never inside a character; what was cut is marked. */
static void shorten(char *text, size_t most)
{
	size_t n = strlen(text);
	if (n <= most)
		return;
	n = most - (sizeof ELLIPSIS - 1);
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	while (n && text[n - 1] == ' ')
		n--;
	memcpy(text + n, ELLIPSIS, sizeof ELLIPSIS);
}

static void take(char out[CLAIM_FIELD_SIZE], const char *text)
{
	char whole[VERDICT_TEXT_SIZE];
	(void)snprintf(whole, sizeof whole, "%s", text);
	shorten(whole, CLAIM_FIELD_SIZE - 1);
	(void)snprintf(out, CLAIM_FIELD_SIZE, "%.64s", whole);
}

/* "EN 303 645 V3.1.3" of "ETSI EN 303 645 V3.1.3 (2024-09)": body and date of issue follow from it. */
static void take_edition(char out[CLAIM_FIELD_SIZE], const char *edition)
{
	char text[VERDICT_TEXT_SIZE];
	const char *from = strncmp(edition, "ETSI ", 5) == 0 ? edition + 5 : edition;
	const char *date = strstr(from, " (");
	size_t n = date && date > from ? (size_t)(date - from) : strlen(from);
	(void)snprintf(text, sizeof text, "%.*s", (int)n, from);
	take(out, text);
}

static rc hash_face(const struct verdict_set *v, uint8_t out[CLAIM_FACE_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf words;
	struct label_face f;
	uint8_t hash[SHA256_SIZE];
	buf_init(&words, LABEL_FACE_MAX);
	label_face(v, &f);
	rc r = label_face_encode(&f, &words, e);
	if (rc_ok(r) && rc_ok(r = hash_sha256(buf_view(&words), hash, e)))
		memcpy(out, hash, CLAIM_FACE_SIZE);
	return r;
}

rc label_claim(const struct verdict_set *v, struct bytes verdicts_json, struct wall_time issued, struct claim *ret,
	       struct err *e)
{
	struct verdict_count n = verdict_set_count(v);
	struct claim c = {.counts = {n.by[VERDICT_PASS], n.by[VERDICT_FAIL], n.by[VERDICT_INCONCLUSIVE],
				     n.by[VERDICT_NOT_APPLICABLE], n.by[VERDICT_NOT_JUDGED]},
			  .level = label_level(v),
			  .mandatory_open = n.mandatory_open};
	if (strlen(v->subject.model) >= sizeof c.model)
		return err_set(e, ERR_LIMIT, "no label: the model name has %zu bytes, and the code has room for %zu",
			       strlen(v->subject.model), sizeof c.model - 1);
	take(c.maker, v->subject.maker);
	take(c.model, v->subject.model);
	take(c.product, v->subject.product);
	take_edition(c.edition, v->edition);
	(void)snprintf(c.support_end, sizeof c.support_end, "%.10s", v->subject.support_end);
	rfc3339_date(v->assessed, c.assessed);
	rfc3339_date(issued, c.issued);
	if (claim_url_ok(v->subject.url))
		(void)snprintf(c.url, sizeof c.url, "%.64s", v->subject.url);
	rc r = hash_sha256(verdicts_json, c.verdicts_sha256, e);
	if (rc_ok(r) && rc_ok(r = hash_face(v, c.face, e)))
		*ret = c;
	return r;
}

/* One step towards a shorter claim; false when there is none left. */
static bool leave_out(struct claim *c)
{
	size_t product = strlen(c->product), maker = strlen(c->maker);
	char *longer = product >= maker ? c->product : c->maker;
	size_t most = product >= maker ? product : maker;
	if (most > NAME_LEAST) {
		shorten(longer, most - 1 > NAME_LEAST ? most - 1 : NAME_LEAST);
		return true;
	}
	bool had_url = c->url[0] != 0;
	c->url[0] = 0;
	return had_url;
}

rc label_sign(struct claim *c, const struct signer *s, struct buf *out, struct err *e)
{
	struct claim fit = *c;
	for (;;) {
		CLEANUP(buf_done) struct buf text, path;
		unsigned side = 0;
		buf_init(&text, CLAIM_TEXT_MAX);
		buf_init(&path, LABEL_SVG_MAX);
		rc r = claim_sign(&fit, s, &text, e);
		if (rc_ok(r) && text.len > CODE_TEXT_MAX) /* seen without making the code, which takes milliseconds */
			r = err_set(e, ERR_LIMIT, "%zu characters", text.len);
		if (rc_ok(r) && rc_ok(r = qr_svg_path_within(buf_text(&text), LABEL_QR_MODULES_MAX, &path, &side, e))) {
			*c = fit;
			buf_put(out, buf_view(&text));
			return buf_check(out, "label claim", e);
		}
		if (r.code != ERR_LIMIT)
			return r;
		if (!leave_out(&fit))
			return err_wrap(e, "no label: its claim does not fit into a printed code");
	}
}
