/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs. */
#include "assess/report.h"
#include "assess/scheme.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static json_t *scheme_rows(const struct schemes_view *s)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < s->rows_n; i++)
		(void)json_array_append_new(
			rows, json_pack("{s:s, s:s, s:b, s:s, s:s}", "clause", s->rows[i].requirement->clause, "title",
					s->rows[i].requirement->title, "confirmed", s->rows[i].requirement->confirmed,
					"result", verdict_result_name(scheme_verdict(s->rows[i].result)), "why",
					s->rows[i].why));
	if (json_array_size(rows) != s->rows_n) {
		json_decref(rows);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "id", s->scheme->id, "name", s->scheme->name, "edition",
			 s->scheme->edition, "requirements", rows);
}

static json_t *schemes_of(const struct scheme_list *s)
{
	json_t *list = json_array();
	for (size_t i = 0; s->report && i < s->report->n; i++)
		(void)json_array_append_new(list, scheme_rows(&s->report->views[i]));
	if (s->report && json_array_size(list) != s->report->n) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *counts_of(const struct verdict_set *v)
{
	struct verdict_count c = verdict_set_count(v);
	json_t *o = json_object();
	for (size_t i = 0; i < VERDICT_RESULT_COUNT; i++)
		(void)json_object_set_new(o, verdict_result_name((enum verdict_result)i), json_integer(c.by[i]));
	(void)json_object_set_new(o, "mandatory_failed", json_integer(c.mandatory_failed));
	(void)json_object_set_new(o, "mandatory_open", json_integer(c.mandatory_open));
	return o;
}

rc report_json(const struct verdict_set *v, struct buf *out, struct err *e)
{
	char assessed[RFC3339_TIME_SIZE], conclusion[256];
	CLEANUP(scheme_done) struct scheme_list schemes = {0};
	rc r = scheme_of_verdicts(v, &schemes, e);
	if (rc_failed(r))
		return r;
	json_t *list = json_array();
	rfc3339_time(v->assessed, assessed);
	report_conclusion(v, conclusion, sizeof conclusion);
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		(void)json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s}", "provision", x->provision,
							    "mandatory", x->mandatory, "result",
							    verdict_result_name(x->result), "reason", x->reason));
	}
	JSON_AUTO json_t *root =
		json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o}", "v", 1, "product",
			  v->subject.product, "model", v->subject.model, "version", v->subject.version, "edition",
			  v->edition, "assessed", assessed, "conclusion", conclusion, "counts", counts_of(v), "schemes",
			  schemes_of(&schemes), "schemes_note", schemes.why_not, "provisions", list);
	if (!root || json_array_size(json_object_get(root, "provisions")) != v->n)
		return err_set(e, ERR_MEMORY, "report: no memory");
	return json_codec_pretty(root, out, e);
}
