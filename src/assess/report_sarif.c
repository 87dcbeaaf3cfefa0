/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as SARIF 2.1.0, for tools that show findings beside the file that caused them: rules are provisions,
 * results are the test cases that did not pass. Failed is kind "fail"; what the evidence does not decide is "open";
 * what a person has to look at is "review"; neither of these reads as a pass.
 */
#include <stdio.h>

#include "assess/report.h"
#include "assess/report_tree.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define MESSAGE_MAX (8 * 1024)
#define URI_MAX (4 * FACT_TARGET_SIZE)

/* In a SARIF message brackets begin a link and braces a placeholder; what a device said may begin neither. */
static void put_message(struct report_tree *t, json_t *to, const char *key, const char *text)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, MESSAGE_MAX);
	for (; *text; text++) {
		if (*text == '[' || *text == ']' || *text == '\\')
			buf_put_u8(&b, '\\');
		else if (*text == '{' || *text == '}')
			buf_put_u8(&b, (uint8_t)*text);
		buf_put_u8(&b, (uint8_t)*text);
	}
	t->broken |= b.broken != ERR_NONE;
	report_tree_text(t, report_tree_object(t, to, key), "text", buf_text(&b));
}

static void put_uri(struct report_tree *t, json_t *to, const char *file)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-/";
	char uri[URI_MAX];
	size_t n = 0;
	for (; *file && n + 4 < sizeof uri; file++) {
		if (strchr(plain, *file))
			uri[n++] = *file;
		else
			n += (size_t)snprintf(uri + n, 4, "%%%02X", (unsigned)(unsigned char)*file);
	}
	uri[n] = 0;
	report_tree_text(t, report_tree_object(t, to, "artifactLocation"), "uri", uri);
}

static void put_location(struct report_tree *t, json_t *result, const struct report_input *in, const char *provision)
{
	struct report_place place;
	json_t *location = report_tree_item(t, report_tree_list(t, result, "locations"));
	if (report_place(in->facts, provision, &place)) {
		json_t *physical = report_tree_object(t, location, "physicalLocation");
		put_uri(t, physical, place.file);
		if (place.line)
			report_tree_number(t, report_tree_object(t, physical, "region"), "startLine", place.line);
	}
	json_t *logical = report_tree_item(t, report_tree_list(t, location, "logicalLocations"));
	report_tree_text(t, logical, "name", in->verdicts->target[0] ? in->verdicts->target : "not named");
	report_tree_text(t, logical, "kind", "device");
}

static const char *level_of(const struct verdict *x, enum verdict_result r)
{
	if (r != VERDICT_FAIL)
		return "none"; /* the standard reserves the others for kind "fail" */
	return x->mandatory ? "error" : "warning";
}

static const char *kind_of(enum verdict_result r)
{
	return r == VERDICT_FAIL ? "fail" : r == VERDICT_INCONCLUSIVE ? "open" : "review";
}

/* `c` NULL: the provision has no test case. */
static void put_result(struct report_tree *t, json_t *list, const struct report_input *in, size_t rule,
		       const struct verdict_case *c)
{
	const struct verdict *x = &in->verdicts->list[rule];
	enum verdict_result r = c ? c->result : x->result;
	const char *id = c ? c->id : x->provision;
	char text[VERDICT_REASON_SIZE + VERDICT_TEXT_SIZE];
	if (r == VERDICT_PASS || r == VERDICT_NOT_APPLICABLE)
		return;
	json_t *o = report_tree_item(t, list);
	report_tree_text(t, o, "ruleId", x->provision);
	report_tree_number(t, o, "ruleIndex", (int64_t)rule);
	report_tree_text(t, o, "kind", kind_of(r));
	report_tree_text(t, o, "level", level_of(x, r));
	(void)snprintf(text, sizeof text, "%s %s: %s", id, report_word(r), c ? c->reason : x->reason);
	put_message(t, o, "message", text);
	put_location(t, o, in, x->provision);
	report_tree_text(t, report_tree_object(t, o, "partialFingerprints"), "testCase/v1", id);
	json_t *bag = report_tree_object(t, o, "properties");
	report_tree_text(t, bag, "testCase", id);
	report_tree_text(t, bag, "result", verdict_result_name(r));
	if (!c)
		return;
	report_tree_text(t, bag, "caseKind", c->functional ? "functional" : "conceptual");
	json_t *facts = report_tree_list(t, bag, "facts");
	for (size_t i = 0; i < c->facts_n; i++)
		report_tree_item_text(t, facts, c->facts[i]);
}

static void put_rules(struct report_tree *t, json_t *driver, const struct verdict_set *v)
{
	json_t *rules = report_tree_list(t, driver, "rules");
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		char title[VERDICT_TEXT_SIZE + 2];
		json_t *rule = report_tree_item(t, rules);
		size_t n = strlen(x->title);
		report_tree_text(t, rule, "id", x->provision);
		(void)snprintf(title, sizeof title, "%s%s", x->title, n && x->title[n - 1] == '.' ? "" : ".");
		put_message(t, rule, "shortDescription", title);
		put_message(t, rule, "fullDescription", title);
		report_tree_text(t, report_tree_object(t, rule, "defaultConfiguration"), "level",
				 x->mandatory ? "error" : "warning");
		json_t *bag = report_tree_object(t, rule, "properties");
		report_tree_text(t, bag, "result", verdict_result_name(x->result));
		json_t *tags = report_tree_list(t, bag, "tags");
		report_tree_item_text(t, tags, "security");
		report_tree_item_text(t, tags, x->mandatory ? "mandatory" : "recommended");
		report_tree_item_text(t, tags, x->section);
	}
}

static void put_tool(struct report_tree *t, json_t *run, const struct verdict_set *v)
{
	json_t *driver = report_tree_object(t, report_tree_object(t, run, "tool"), "driver");
	report_tree_text(t, driver, "name", "Hallmark");
	report_tree_text(t, driver, "fullName", "Hallmark assess " HALLMARK_VERSION);
	report_tree_text(t, driver, "version", HALLMARK_VERSION);
	report_tree_text(t, driver, "semanticVersion", HALLMARK_VERSION);
	put_rules(t, driver, v);
}

/* What could not be looked at is told here too: an assessment with holes must not look whole. */
static void put_invocation(struct report_tree *t, json_t *run, const struct report_input *in)
{
	char started[RFC3339_TIME_SIZE], ended[RFC3339_TIME_SIZE];
	json_t *o = report_tree_item(t, report_tree_list(t, run, "invocations"));
	rfc3339_time(in->head->started, started);
	rfc3339_time(in->head->ended, ended);
	report_tree_text(t, o, "startTimeUtc", started);
	report_tree_text(t, o, "endTimeUtc", ended);
	report_tree_bool(t, o, "executionSuccessful", true);
	json_t *notes = report_tree_list(t, o, "toolExecutionNotifications");
	for (size_t i = 0; i < in->facts->n; i++) {
		const struct fact *f = &in->facts->list[i];
		char text[FACT_WHAT_SIZE + FACT_EVIDENCE_SIZE + 64], time[RFC3339_TIME_SIZE];
		if (fact_looked(f->state))
			continue;
		json_t *note = report_tree_item(t, notes);
		(void)snprintf(text, sizeof text, "Could not look (%s) at %s: %s", fact_state_name(f->state), f->what,
			       f->evidence);
		put_message(t, note, "message", text);
		report_tree_text(t, note, "level", "warning");
		rfc3339_time(f->time, time);
		report_tree_text(t, note, "timeUtc", time);
		report_tree_text(t, report_tree_object(t, note, "properties"), "fact", f->id);
	}
}

static void put_run(struct report_tree *t, json_t *run, const struct report_input *in)
{
	const struct verdict_set *v = in->verdicts;
	put_tool(t, run, v);
	put_invocation(t, run, in);
	report_tree_textf(t, report_tree_object(t, run, "automationDetails"), "id", "hallmark-assess/%.200s/",
			  v->subject.model[0] ? v->subject.model : "unnamed");
	json_t *results = report_tree_list(t, run, "results");
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->list[i].cases_n; k++)
			put_result(t, results, in, i, &v->list[i].cases[k]);
		if (!v->list[i].cases_n)
			put_result(t, results, in, i, NULL);
	}
	json_t *bag = report_tree_object(t, run, "properties");
	report_tree_text(t, bag, "product", v->subject.product);
	report_tree_text(t, bag, "version", v->subject.version);
	report_tree_text(t, bag, "edition", v->edition);
	report_tree_text(t, bag, "factsSha256", v->facts_sha256);
}

rc report_sarif(const struct report_input *in, struct buf *out, struct err *e)
{
	CLEANUP(report_tree_done) struct report_tree t;
	report_tree_init(&t);
	report_tree_text(&t, t.root, "$schema",
			 "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
	report_tree_text(&t, t.root, "version", "2.1.0");
	put_run(&t, report_tree_item(&t, report_tree_list(&t, t.root, "runs")), in);
	return report_tree_write(&t, "report.sarif", out, e);
}
