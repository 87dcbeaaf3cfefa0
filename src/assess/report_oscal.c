/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as OSCAL assessment results 1.1.3: observations are facts, findings are verdicts. OSCAL knows only
 * "satisfied" and "not-satisfied": whatever did not pass is not satisfied, and its reason and a property say whether it
 * failed, is open or was not judged. What does not apply is listed as excluded and has no finding. Identifiers follow
 * from the content, so the same verdicts and facts give the same document.
 */
#include <stdio.h>

#include "assess/report.h"
#include "assess/report_tree.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define OSCAL_VERSION "1.1.3"
#define NAMESPACE "urn:hallmark:oscal"
#define MARKUP_MAX (8 * 1024)
#define UUID_SIZE 37

/* The sets of identifiers of one document. */
struct ids {
	char document[UUID_SIZE], result[UUID_SIZE], maker[UUID_SIZE], product[UUID_SIZE], tool[UUID_SIZE],
		facts_file[UUID_SIZE], plan[UUID_SIZE];
};

/*
 * RFC 9562's form of a name-based identifier. OSCAL wants version 4 or 5; the digest is SHA-256, for SHA-1 is not
 * among our algorithms, cut to length as version 5 cuts its own.
 */
static void make_uuid(struct report_tree *t, const char *kind, const char *a, const char *b, char ret[UUID_SIZE])
{
	CLEANUP(buf_done) struct buf name;
	uint8_t h[SHA256_SIZE] = {0};
	buf_init(&name, 4096);
	buf_putf(&name, NAMESPACE "\n%s\n%s\n%s", kind, a, b);
	if (rc_failed(buf_check(&name, "identifier", NULL)) || rc_failed(hash_sha256(buf_view(&name), h, NULL)))
		t->broken = true;
	h[6] = (uint8_t)((h[6] & 0x0f) | 0x50);
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
	(void)snprintf(ret, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0],
		       h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}

/* All verdicts in one digest: another verdict is another document. */
static void digest_verdicts(struct report_tree *t, const struct verdict_set *v, char ret[UUID_SIZE])
{
	char so_far[UUID_SIZE] = "";
	for (size_t i = 0; i < v->n; i++) {
		char one[UUID_SIZE];
		make_uuid(t, v->list[i].provision, verdict_result_name(v->list[i].result), v->list[i].reason, one);
		make_uuid(t, "verdicts", so_far, one, so_far);
	}
	make_uuid(t, v->edition, v->facts_sha256, so_far, ret);
}

static void make_ids(struct report_tree *t, const struct verdict_set *v, struct ids *ids)
{
	char digest[UUID_SIZE], product[3 * VERDICT_TEXT_SIZE];
	(void)snprintf(product, sizeof product, "%s\n%s", v->subject.model, v->subject.version);
	digest_verdicts(t, v, digest);
	make_uuid(t, "document", digest, v->subject.product, ids->document);
	make_uuid(t, "result", digest, v->subject.product, ids->result);
	make_uuid(t, "maker", v->subject.maker, "", ids->maker);
	make_uuid(t, "product", v->subject.maker, product, ids->product);
	make_uuid(t, "tool", "hallmark", HALLMARK_VERSION, ids->tool);
	make_uuid(t, "facts", v->facts_sha256, "", ids->facts_file);
	make_uuid(t, "plan", v->edition, "", ids->plan);
}

/* OSCAL's prose is Markdown: what a device or a person said must stay words. One line, never empty. */
static void put_prose(struct report_tree *t, json_t *to, const char *key, const char *text)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, MARKUP_MAX);
	for (; *text; text++) {
		if (strchr("\\`*[]<>", *text))
			buf_put_u8(&b, '\\');
		buf_put_u8(&b, (uint8_t)*text);
	}
	t->broken |= b.broken != ERR_NONE;
	report_tree_text(t, to, key, b.len ? buf_text(&b) : "not stated");
}

/* Unicode's other blanks, and its line ends: OSCAL's patterns count them as blanks too. */
static bool is_blank(const char *text, size_t len)
{
	static const char *const blanks[] = {" ",
					     "\xc2\xa0",
					     "\xe1\x9a\x80",
					     "\xe2\x80\xa8",
					     "\xe2\x80\xa9",
					     "\xe2\x80\xaf",
					     "\xe2\x81\x9f",
					     "\xe3\x80\x80",
					     "\xef\xbb\xbf"};
	for (size_t i = 0; i < ARRAY_LEN(blanks); i++)
		if (strlen(blanks[i]) == len && memcmp(text, blanks[i], len) == 0)
			return true;
	return len == 3 && memcmp(text, "\xe2\x80", 2) == 0 && (uint8_t)text[2] <= 0x8a; /* U+2000 to U+200A */
}

/* A text without blanks at its ends, as OSCAL's strings are; never empty. */
static void put_string(struct report_tree *t, json_t *to, const char *key, const char *text)
{
	CLEANUP(buf_done) struct buf b;
	size_t last = 0;
	buf_init(&b, MARKUP_MAX);
	for (size_t left = strlen(text); left;) {
		size_t len = name_utf8_len(text, left);
		bool blank = len && is_blank(text, len);
		len = len ? len : 1;
		if (blank && b.len)
			buf_put_u8(&b, ' ');
		else if (!blank)
			buf_put(&b, bytes_of(text, len));
		if (!blank)
			last = b.len;
		text += len;
		left -= len;
	}
	t->broken |= b.broken != ERR_NONE;
	report_tree_textf(t, to, key, "%.*s", last ? (int)last : 10, last ? buf_text(&b) : "not stated");
}

/* Returns the property, borrowed. */
static json_t *put_prop(struct report_tree *t, json_t *props, const char *name, const char *value)
{
	json_t *o = report_tree_item(t, props);
	report_tree_text(t, o, "name", name);
	report_tree_text(t, o, "ns", NAMESPACE);
	put_string(t, o, "value", value);
	return o;
}

static void put_time(struct report_tree *t, json_t *to, const char *key, struct wall_time time)
{
	char text[RFC3339_TIME_SIZE];
	rfc3339_time(time, text);
	report_tree_text(t, to, key, text);
}

static void put_metadata(struct report_tree *t, json_t *doc, const struct verdict_set *v, const struct ids *ids)
{
	json_t *o = report_tree_object(t, doc, "metadata");
	char title[2 * VERDICT_TEXT_SIZE + 32];
	(void)snprintf(title, sizeof title, "Security assessment: %s %s", v->subject.product, v->subject.version);
	put_prose(t, o, "title", title);
	put_time(t, o, "last-modified", v->assessed);
	put_string(t, o, "version", v->subject.version);
	report_tree_text(t, o, "oscal-version", OSCAL_VERSION);
	json_t *role = report_tree_item(t, report_tree_list(t, o, "roles"));
	report_tree_text(t, role, "id", "maker");
	report_tree_text(t, role, "title", "Maker of the product");
	json_t *party = report_tree_item(t, report_tree_list(t, o, "parties"));
	report_tree_text(t, party, "uuid", ids->maker);
	report_tree_text(t, party, "type", "organization");
	put_string(t, party, "name", v->subject.maker);
	json_t *responsible = report_tree_item(t, report_tree_list(t, o, "responsible-parties"));
	report_tree_text(t, responsible, "role-id", "maker");
	report_tree_item_text(t, report_tree_list(t, responsible, "party-uuids"), ids->maker);
}

static void put_component(struct report_tree *t, json_t *list, const char *uuid, const char *type, const char *title,
			  const char *description)
{
	json_t *o = report_tree_item(t, list);
	report_tree_text(t, o, "uuid", uuid);
	report_tree_text(t, o, "type", type);
	put_prose(t, o, "title", title);
	put_prose(t, o, "description", description);
	report_tree_text(t, report_tree_object(t, o, "status"), "state", "operational");
}

static void put_components(struct report_tree *t, json_t *result, const struct verdict_set *v, const struct ids *ids)
{
	char text[4 * VERDICT_TEXT_SIZE];
	json_t *list = report_tree_list(t, report_tree_object(t, result, "local-definitions"), "components");
	(void)snprintf(text, sizeof text, "Model %s, version %s, made by %s. Assessed at %s.", v->subject.model,
		       v->subject.version, v->subject.maker, v->target);
	put_component(t, list, ids->product, "this-system", v->subject.product, text);
	put_component(t, list, ids->tool, "validation", "Hallmark " HALLMARK_VERSION,
		      "The assessor: probes write facts, judges read facts and the declaration and write verdicts.");
}

/* "5.1-1" as OSCAL's token, which begins with a letter. */
static void put_control(struct report_tree *t, json_t *to, const char *key, const char *provision)
{
	report_tree_textf(t, to, key, "en303645-%s", provision);
}

static void put_controls(struct report_tree *t, json_t *result, const struct verdict_set *v)
{
	json_t *o = report_tree_object(t, result, "reviewed-controls");
	size_t excluded = 0;
	put_prose(t, o, "description", v->edition);
	json_t *selection = report_tree_item(t, report_tree_list(t, o, "control-selections"));
	json_t *list = report_tree_list(t, selection, "include-controls");
	for (size_t i = 0; i < v->n; i++) {
		put_control(t, report_tree_item(t, list), "control-id", v->list[i].provision);
		excluded += v->list[i].result == VERDICT_NOT_APPLICABLE;
	}
	if (!excluded)
		return;
	list = report_tree_list(t, selection, "exclude-controls");
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i].result == VERDICT_NOT_APPLICABLE)
			put_control(t, report_tree_item(t, list), "control-id", v->list[i].provision);
	report_tree_text(t, selection, "remarks", "Excluded provisions do not apply to the product as declared.");
}

static void fact_uuid(struct report_tree *t, const struct verdict_set *v, const char *id, char ret[UUID_SIZE])
{
	make_uuid(t, "observation", v->facts_sha256, id, ret);
}

static void put_observation(struct report_tree *t, json_t *list, const struct report_input *in, const struct ids *ids,
			    const struct fact *f)
{
	char uuid[UUID_SIZE], href[UUID_SIZE + 1];
	json_t *o = report_tree_item(t, list);
	fact_uuid(t, in->verdicts, f->id, uuid);
	report_tree_text(t, o, "uuid", uuid);
	put_prose(t, o, "title", f->what);
	put_prose(t, o, "description", f->evidence[0] ? f->evidence : f->what);
	json_t *props = report_tree_list(t, o, "props");
	(void)put_prop(t, props, "fact-id", f->id);
	(void)put_prop(t, props, "state", fact_state_name(f->state));
	(void)put_prop(t, props, "target", f->target);
	(void)put_prop(t, props, "probe", f->probe);
	if (f->value[0])
		(void)put_prop(t, props, "value", f->value);
	report_tree_item_text(t, report_tree_list(t, o, "methods"),
			      strcmp(f->probe, "declaration") == 0 || strcmp(f->probe, "documents") == 0 ? "EXAMINE"
													 : "TEST");
	json_t *actor = report_tree_item(
		t, report_tree_list(t, report_tree_item(t, report_tree_list(t, o, "origins")), "actors"));
	report_tree_text(t, actor, "type", "tool");
	report_tree_text(t, actor, "actor-uuid", ids->tool);
	json_t *subject = report_tree_item(t, report_tree_list(t, o, "subjects"));
	report_tree_text(t, subject, "subject-uuid", ids->product);
	report_tree_text(t, subject, "type", "component");
	json_t *evidence = report_tree_item(t, report_tree_list(t, o, "relevant-evidence"));
	(void)snprintf(href, sizeof href, "#%s", ids->facts_file);
	report_tree_text(t, evidence, "href", href);
	report_tree_textf(t, evidence, "description", "facts.json, entry %s", f->id);
	put_time(t, o, "collected", f->time);
}

static void put_related(struct report_tree *t, json_t *finding, const struct report_input *in, const struct verdict *x)
{
	json_t *list = NULL;
	for (size_t i = 0; i < x->cases_n; i++)
		for (size_t k = 0; k < x->cases[i].facts_n; k++) {
			char uuid[UUID_SIZE];
			/* A fact that is not there has no observation to point at. */
			if (!fact_set_find(in->facts, x->cases[i].facts[k]))
				continue;
			if (!list)
				list = report_tree_list(t, finding, "related-observations");
			fact_uuid(t, in->verdicts, x->cases[i].facts[k], uuid);
			report_tree_text(t, report_tree_item(t, list), "observation-uuid", uuid);
		}
}

static void put_target(struct report_tree *t, json_t *finding, const struct verdict *x)
{
	json_t *target = report_tree_object(t, finding, "target");
	report_tree_text(t, target, "type", "objective-id");
	put_control(t, target, "target-id", x->provision);
	json_t *status = report_tree_object(t, target, "status");
	bool passed = x->result == VERDICT_PASS;
	report_tree_text(t, status, "state", passed ? "satisfied" : "not-satisfied");
	report_tree_text(t, status, "reason", passed ? "pass" : x->result == VERDICT_FAIL ? "fail" : "other");
	if (!passed && x->result != VERDICT_FAIL)
		report_tree_textf(t, status, "remarks",
				  "%s: not satisfied for want of evidence, not because it failed.",
				  report_word(x->result));
}

static void put_finding(struct report_tree *t, json_t *list, const struct report_input *in, const struct ids *ids,
			const struct verdict *x)
{
	char uuid[UUID_SIZE], title[VERDICT_TEXT_SIZE + VERDICT_ID_SIZE + 2];
	json_t *o = report_tree_item(t, list);
	make_uuid(t, "finding", ids->result, x->provision, uuid);
	report_tree_text(t, o, "uuid", uuid);
	(void)snprintf(title, sizeof title, "%s %s", x->provision, x->title);
	put_prose(t, o, "title", title);
	put_prose(t, o, "description", x->reason);
	json_t *props = report_tree_list(t, o, "props");
	(void)put_prop(t, props, "result", verdict_result_name(x->result));
	(void)put_prop(t, props, "status", x->mandatory ? "mandatory" : "recommended");
	for (size_t i = 0; i < x->cases_n; i++) {
		json_t *p = put_prop(t, props, "test-case", x->cases[i].id);
		report_tree_text(t, p, "class", verdict_result_name(x->cases[i].result));
		put_prose(t, p, "remarks", x->cases[i].reason);
	}
	put_target(t, o, x);
	put_related(t, o, in, x);
}

static void put_result(struct report_tree *t, json_t *doc, const struct report_input *in, const struct ids *ids)
{
	const struct verdict_set *v = in->verdicts;
	char conclusion[256];
	json_t *o = report_tree_item(t, report_tree_list(t, doc, "results")), *list = NULL;
	report_tree_text(t, o, "uuid", ids->result);
	put_prose(t, o, "title", v->edition);
	report_conclusion(v, conclusion, sizeof conclusion);
	put_prose(t, o, "description", conclusion);
	put_time(t, o, "start", in->head->started);
	put_time(t, o, "end", in->head->ended);
	put_components(t, o, v, ids);
	put_controls(t, o, v);
	if (in->facts->n)
		list = report_tree_list(t, o, "observations");
	for (size_t i = 0; i < in->facts->n; i++)
		put_observation(t, list, in, ids, &in->facts->list[i]);
	list = NULL;
	for (size_t i = 0; i < v->n; i++) {
		if (v->list[i].result == VERDICT_NOT_APPLICABLE)
			continue;
		if (!list)
			list = report_tree_list(t, o, "findings");
		put_finding(t, list, in, ids, &v->list[i]);
	}
}

/* What the document points at: there is no plan but the standard itself, and the facts stand in a file of their own. */
static void put_resources(struct report_tree *t, json_t *doc, const struct verdict_set *v, const struct ids *ids)
{
	json_t *list = report_tree_list(t, report_tree_object(t, doc, "back-matter"), "resources");
	json_t *plan = report_tree_item(t, list);
	report_tree_text(t, plan, "uuid", ids->plan);
	put_prose(t, plan, "title", v->edition);
	report_tree_text(t, plan, "description",
			 "The provisions of this edition, judged by the test cases of TS 103 701: the plan of the "
			 "assessment.");
	json_t *facts = report_tree_item(t, list);
	report_tree_text(t, facts, "uuid", ids->facts_file);
	report_tree_text(t, facts, "title", "facts.json");
	json_t *link = report_tree_item(t, report_tree_list(t, facts, "rlinks"));
	report_tree_text(t, link, "href", "facts.json");
	report_tree_text(t, link, "media-type", "application/json");
	json_t *hash = report_tree_item(t, report_tree_list(t, link, "hashes"));
	report_tree_text(t, hash, "algorithm", "SHA-256");
	report_tree_text(t, hash, "value", v->facts_sha256);
}

rc report_oscal(const struct report_input *in, struct buf *out, struct err *e)
{
	CLEANUP(report_tree_done) struct report_tree t;
	struct ids ids;
	report_tree_init(&t);
	make_ids(&t, in->verdicts, &ids);
	json_t *doc = report_tree_object(&t, t.root, "assessment-results");
	report_tree_text(&t, doc, "uuid", ids.document);
	put_metadata(&t, doc, in->verdicts, &ids);
	report_tree_textf(&t, report_tree_object(&t, doc, "import-ap"), "href", "#%s", ids.plan);
	put_result(&t, doc, in, &ids);
	put_resources(&t, doc, in->verdicts, &ids);
	return report_tree_write(&t, "report.oscal.json", out, e);
}
