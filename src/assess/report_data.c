/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs, as data/report.schema.json describes it. */
#include <stdio.h>

#include "assess/report.h"
#include "assess/report_tree.h"
#include "assess/scheme.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static void put_counts(struct report_tree *t, json_t *to, const char *key, const struct report_tally *n)
{
	json_t *o = report_tree_object(t, to, key);
	for (size_t i = 0; i < VERDICT_RESULT_COUNT; i++)
		report_tree_number(t, o, verdict_result_name((enum verdict_result)i), n->by[i]);
}

static void put_summary(struct report_tree *t, const struct verdict_set *v)
{
	char conclusion[256];
	const struct report_tally all = report_tally(v, NULL, false), mandatory = report_tally(v, NULL, true);
	report_conclusion(v, conclusion, sizeof conclusion);
	report_tree_text(t, t->root, "outcome", verdict_result_name(report_outcome(v)));
	report_tree_text(t, t->root, "conclusion", conclusion);
	put_counts(t, t->root, "counts", &all);
	put_counts(t, t->root, "mandatory_counts", &mandatory);
}

static void put_steps(struct report_tree *t, const struct verdict_set *v)
{
	json_t *list = report_tree_list(t, t->root, "next_steps");
	for (size_t i = 0; i < v->n; i++) {
		if (!report_step_leads(v, i))
			continue;
		json_t *step = report_tree_item(t, list);
		report_tree_text(t, step, "kind", v->list[i].result == VERDICT_FAIL ? "mend" : "evidence");
		report_tree_bool(t, step, "mandatory", v->list[i].mandatory);
		report_tree_text(t, step, "reason", v->list[i].reason);
		json_t *ids = report_tree_list(t, step, "provisions");
		for (size_t k = i; k < v->n; k++)
			if (report_step_same(v, i, k))
				report_tree_item_text(t, ids, v->list[k].provision);
	}
}

static void put_sums(struct report_tree *t, json_t *scheme, const struct schemes_view *view)
{
	json_t *list = report_tree_list(t, scheme, "levels");
	for (size_t k = 0; k < view->scheme->levels_n; k++) {
		const struct schemes_level *l = &view->scheme->levels[k];
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "target", l->target);
		report_tree_text(t, o, "name", l->name);
		report_tree_text(t, o, "result", schemes_result_name(view->sums[k].result));
		json_t *counts = report_tree_object(t, o, "counts");
		for (size_t i = 0; i < SCHEMES_RESULTS; i++)
			report_tree_number(t, counts, schemes_result_name((enum schemes_result)i),
					   (int64_t)view->sums[k].by[i]);
		report_tree_number(t, o, "unconfirmed", (int64_t)view->sums[k].unconfirmed);
	}
}

static void put_requirements(struct report_tree *t, json_t *scheme, const struct schemes_view *view)
{
	json_t *list = report_tree_list(t, scheme, "requirements");
	for (size_t i = 0; i < view->rows_n; i++) {
		const struct schemes_requirement *q = view->rows[i].requirement;
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "clause", q->clause);
		report_tree_text(t, o, "title", q->title);
		report_tree_bool(t, o, "confirmed", q->confirmed);
		report_tree_text(t, o, "result", schemes_result_name(view->rows[i].result));
		report_tree_text(t, o, "why", view->rows[i].why);
		json_t *levels = report_tree_list(t, o, "targets"), *ids = report_tree_list(t, o, "provisions");
		for (size_t k = 0; k < view->scheme->levels_n; k++)
			if (q->levels >> k & 1)
				report_tree_item_text(t, levels, view->scheme->levels[k].target);
		for (size_t p = 0; p < q->provisions_n; p++)
			report_tree_item_text(t, ids, catalogue_table[q->provisions[p]].id);
	}
}

static void put_schemes(struct report_tree *t, const struct scheme_list *schemes)
{
	json_t *list = report_tree_list(t, t->root, "schemes");
	for (size_t i = 0; schemes->report && i < schemes->report->n; i++) {
		const struct schemes_view *view = &schemes->report->views[i];
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "id", view->scheme->id);
		report_tree_text(t, o, "name", view->scheme->name);
		report_tree_text(t, o, "title", view->scheme->title);
		report_tree_text(t, o, "jurisdiction", view->scheme->jurisdiction);
		report_tree_text(t, o, "edition", view->scheme->edition);
		report_tree_text(t, o, "confidence", schemes_confidence_name(view->scheme->confidence));
		put_sums(t, o, view);
		put_requirements(t, o, view);
	}
	report_tree_text(t, t->root, "schemes_note", schemes->why_not);
}

static void put_cases(struct report_tree *t, json_t *to, const struct verdict *x)
{
	json_t *list = report_tree_list(t, to, "cases");
	for (size_t i = 0; i < x->cases_n; i++) {
		const struct verdict_case *c = &x->cases[i];
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "id", c->id);
		report_tree_text(t, o, "kind", c->functional ? "functional" : "conceptual");
		report_tree_text(t, o, "result", verdict_result_name(c->result));
		report_tree_text(t, o, "reason", c->reason);
		json_t *facts = report_tree_list(t, o, "facts");
		for (size_t k = 0; k < c->facts_n; k++)
			report_tree_item_text(t, facts, c->facts[k]);
	}
}

static void put_provisions(struct report_tree *t, const struct verdict_set *v)
{
	json_t *list = report_tree_list(t, t->root, "provisions");
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "provision", x->provision);
		report_tree_text(t, o, "section", x->section);
		report_tree_text(t, o, "title", x->title);
		report_tree_bool(t, o, "mandatory", x->mandatory);
		report_tree_text(t, o, "result", verdict_result_name(x->result));
		report_tree_text(t, o, "reason", x->reason);
		put_cases(t, o, x);
	}
}

static void put_coverage(struct report_tree *t, const struct verdict_set *v)
{
	json_t *list = report_tree_list(t, t->root, "probes");
	for (size_t i = 0; i < v->probes_n; i++) {
		json_t *o = report_tree_item(t, list);
		report_tree_text(t, o, "name", v->probes[i].name);
		report_tree_text(t, o, "what", v->probes[i].what);
		report_tree_number(t, o, "facts", v->probes[i].facts);
		report_tree_number(t, o, "not_looked", v->probes[i].not_looked);
	}
}

rc report_json(const struct report_input *in, struct buf *out, struct err *e)
{
	CLEANUP(report_tree_done) struct report_tree t;
	const struct verdict_set *v = in->verdicts;
	CLEANUP(scheme_done) struct scheme_list schemes = {0};
	char assessed[RFC3339_TIME_SIZE];
	report_tree_init(&t);
	rc r = scheme_of_verdicts(v, &schemes, e);
	if (rc_failed(r))
		return r;
	rfc3339_time(v->assessed, assessed);
	report_tree_number(&t, t.root, "v", 2);
	report_tree_text(&t, t.root, "product", v->subject.product);
	report_tree_text(&t, t.root, "model", v->subject.model);
	report_tree_text(&t, t.root, "version", v->subject.version);
	report_tree_text(&t, t.root, "maker", v->subject.maker);
	report_tree_text(&t, t.root, "support_end", v->subject.support_end);
	report_tree_text(&t, t.root, "edition", v->edition);
	report_tree_text(&t, t.root, "target", v->target);
	report_tree_text(&t, t.root, "assessed", assessed);
	report_tree_text(&t, t.root, "facts_sha256", v->facts_sha256);
	put_summary(&t, v);
	put_steps(&t, v);
	put_schemes(&t, &schemes);
	put_coverage(&t, v);
	put_provisions(&t, v);
	return report_tree_write(&t, "report.json", out, e);
}
