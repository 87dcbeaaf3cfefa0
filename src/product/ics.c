/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the ICS as Markdown and as CSV. What a provision asks is in our own words; whether it is promised is for
 * judge.c. Leaves the IXIT tables, to which it refers, to ixit_write.c.
 */
#include "product/ics.h"

#include <string.h>

#include "core/codec/celltext.h"
#include "product/documents_rows.h"
#include "product/ixit_write.h"
#include "product/judge.h"
#include "core/base/banned.h"

#define DETAIL_MAX 4096

static void judge_free_at(struct judge_result **r)
{
	judge_free(*r);
}

static const char *support(const struct judge_answer *a)
{
	if (a->word == JUDGE_PROMISED)
		return "Y";
	return a->word == JUDGE_NOT_APPLICABLE ? "N/A" : "N";
}

static const char *reason_for(const struct declaration *d, const char *provision)
{
	for (size_t i = 0; i < d->reasons_n; i++)
		if (strcmp(d->reasons[i].provision, provision) == 0)
			return d->reasons[i].why;
	return NULL;
}

/* "N" without a reason that the standard accepts: somebody has to do something. */
static bool is_open(const struct judge_answer *a)
{
	return support(a)[0] == 'N' && a->word != JUDGE_NOT_APPLICABLE && !a->excused;
}

/* Detail or justification, as plain text. */
static void put_detail(const struct declaration *d, const struct judge_answer *a, struct buf *out)
{
	const char *why = reason_for(d, a->provision->id);
	bool followed = a->word == JUDGE_PROMISED, applies = a->word != JUDGE_NOT_APPLICABLE;
	if (a->excused)
		buf_put_text(out, "Not followed: ");
	else if (a->word == JUDGE_CONTRADICTED)
		buf_put_text(out, "Contradicted: ");
	else if (a->word == JUDGE_MISSING)
		buf_put_text(out, "Open, not declared: ");
	else if (applies && !followed)
		buf_put_text(out, "Open, not decided: ");
	buf_put_text(out, a->reason);
	if (!applies)
		return;
	if (followed && a->hint[0])
		buf_putf(out, "; note: %s", a->hint);
	else if (!followed && why && !catalogue_mandatory(a->provision))
		buf_putf(out, "; the manufacturer's reason: %s", why);
	else if (a->hint[0])
		buf_putf(out, "; to do: %s", a->hint);
}

/* Why the condition holds; why one does not is the detail of its provision. */
static void put_condition(const struct judge_facts *facts, const struct judge_answer *a, struct buf *out)
{
	const char *before = ": yes, ";
	if (!a->provision->condition) {
		buf_put_text(out, "none");
		return;
	}
	buf_put_text(out, a->provision->condition);
	if (a->word == JUDGE_NOT_APPLICABLE) {
		buf_put_text(out, ": no");
		return;
	}
	for (unsigned i = 0; i < FACT_COUNT; i++) {
		if (!(a->provision->applies_if & 1u << i))
			continue;
		buf_putf(out, "%s%s", before, facts->at[i].why);
		before = "; ";
	}
}

static void md_counts(const struct judge_result *r, struct buf *out)
{
	size_t no = 0, open = 0;
	const char *before = "\nOpen: ";
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		no += strcmp(support(&r->answers[i]), "N") == 0;
		open += is_open(&r->answers[i]);
	}
	buf_putf(out, "\n%d provisions: %zu Y, %zu N, %zu N/A.\n", CATALOGUE_PROVISIONS, r->counts[JUDGE_PROMISED], no,
		 r->counts[JUDGE_NOT_APPLICABLE]);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		if (!is_open(&r->answers[i]))
			continue;
		buf_putf(out, "%s%s", before, r->answers[i].provision->id);
		before = ", ";
	}
	buf_put_text(out, open ? ".\n" : "\nNothing is open.\n");
}

static void md_head(const struct declaration *d, const struct judge_result *r, struct wall_time today, struct buf *out)
{
	const struct ixit_write_title title = {"ICS", "Provisions of", catalogue_edition};
	ixit_write_head(out, &title, d, today);
	md_counts(r, out);
	buf_put_text(
		out,
		"\nMade from the product declaration; never edited by hand. Status: M mandatory, R recommended, C on "
		"a condition. Support: **Y** the declaration promises it; **N** it does not, and the detail says what "
		"is open or why the recommendation is not followed; **N/A** the condition does not hold. A promise is "
		"no verdict: that comes from an assessment. What a provision asks is told in short; the standard has "
		"the binding words.\n");
}

static void put_ixit(const struct catalogue_provision *p, bool linked, struct buf *out)
{
	if (!p->ixit[0])
		buf_put_text(out, "none");
	for (const char *const *name = p->ixit; *name; name++) {
		buf_put_text(out, name == p->ixit ? "" : ", ");
		if (!linked) {
			buf_put_text(out, *name);
			continue;
		}
		buf_putf(out, "[%s](ixit.md#", *name);
		ixit_write_anchor(out, *name);
		buf_put_u8(out, ')');
	}
}

static void md_row(const struct declaration *d, const struct judge_result *r, size_t i, struct buf *out)
{
	const struct judge_answer *a = &r->answers[i];
	CLEANUP(buf_done) struct buf detail, condition;
	buf_init(&detail, DETAIL_MAX);
	buf_init(&condition, DETAIL_MAX);
	put_detail(d, a, &detail);
	put_condition(&r->facts, a, &condition);
	buf_putf(out, "| **%s** ", a->provision->id);
	celltext_markdown(out, a->provision->title);
	buf_putf(out, " | %s | ", a->provision->status);
	celltext_markdown(out, buf_text(&condition));
	buf_putf(out, " | **%s** | ", support(a));
	celltext_markdown(out, buf_text(&detail));
	buf_put_text(out, " | ");
	put_ixit(a->provision, true, out);
	buf_put_text(out, " |\n");
	if (detail.broken != ERR_NONE || condition.broken != ERR_NONE)
		out->broken = detail.broken != ERR_NONE ? detail.broken : condition.broken;
}

static void md_facts(const struct judge_facts *facts, struct buf *out)
{
	buf_put_text(out, "\n## Conditions\n\nThe facts that decide what applies, as the declaration has them.\n\n"
			  "| Fact | Holds | Because |\n|---|---|---|\n");
	for (unsigned i = 0; i < FACT_COUNT; i++) {
		buf_put_text(out, "| ");
		celltext_markdown(out, catalogue_fact_slug(i));
		buf_putf(out, " | %s | ", facts->at[i].holds ? "yes" : "no");
		celltext_markdown(out, facts->at[i].why);
		buf_put_text(out, " |\n");
	}
}

void ics_markdown(const struct declaration *d, struct wall_time today, struct buf *out)
{
	CLEANUP(judge_free_at) struct judge_result *r = NULL;
	const char *section = "";
	documents_break(out, judge_declaration(d, today, &r, NULL));
	if (!r)
		return;
	md_head(d, r, today, out);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct catalogue_provision *p = r->answers[i].provision;
		if (strcmp(section, p->section) != 0)
			buf_putf(out,
				 "\n## %s %s\n\n| Provision | Status | Condition | Support | Detail | IXIT |\n"
				 "|---|---|---|---|---|---|\n",
				 p->section, p->section_title);
		section = p->section;
		md_row(d, r, i, out);
	}
	md_facts(&r->facts, out);
}

static void csv_next(struct buf *out, const char *text)
{
	buf_put_u8(out, ',');
	celltext_csv(out, "", text);
}

/* The scratch text as the next field; it is empty afterwards. */
static void csv_take(struct buf *out, struct buf *text)
{
	csv_next(out, buf_text(text));
	if (text->broken != ERR_NONE)
		out->broken = text->broken;
	buf_reset(text);
}

static void csv_row(const struct declaration *d, const struct judge_result *r, size_t i, struct buf *out)
{
	const struct judge_answer *a = &r->answers[i];
	const char *old = a->provision->v211_id;
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, DETAIL_MAX);
	/* "6-1" alone would become the sixth of January in a spreadsheet. */
	buf_putf(out, "Provision %s", a->provision->id);
	buf_putf(&text, "%s%s", old ? "Provision " : "none", old ? old : "");
	csv_take(out, &text);
	csv_next(out, a->provision->title);
	csv_next(out, a->provision->status);
	put_condition(&r->facts, a, &text);
	csv_take(out, &text);
	csv_next(out, support(a));
	csv_next(out, is_open(a) ? "yes" : "no");
	put_detail(d, a, &text);
	csv_take(out, &text);
	put_ixit(a->provision, false, &text);
	csv_take(out, &text);
	buf_put_text(out, "\r\n");
}

void ics_csv(const struct declaration *d, struct wall_time today, struct buf *out)
{
	CLEANUP(judge_free_at) struct judge_result *r = NULL;
	documents_break(out, judge_declaration(d, today, &r, NULL));
	if (!r)
		return;
	buf_put_text(out, "Reference,In V2.1.1,What it asks,Status,Condition,Support,Open,Detail,IXIT\r\n");
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		csv_row(d, r, i, out);
}
