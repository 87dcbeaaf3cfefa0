/* SPDX-License-Identifier: Apache-2.0 */
/* verdicts.json: canonical, so that one assessment has one hash; decoded strictly, for the label is made of it alone.
 */
#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/verdict.h"
#include "core/base/banned.h"

/* The subject's texts: one table for both directions. */
static const struct {
	const char *key;
	size_t offset, size;
} subject_fields[] = {
#define FIELD(name)                                                                                                    \
	{                                                                                                              \
#name, offsetof(struct verdict_subject, name), sizeof(((struct verdict_subject *)0)->name)             \
	}
	FIELD(maker),	 FIELD(product), FIELD(model),	 FIELD(version), FIELD(support_end), FIELD(updates),
	FIELD(password), FIELD(data),	 FIELD(sensors), FIELD(contact), FIELD(url),
#undef FIELD
};

/* Judges cut long texts at a byte, perhaps inside a character: that must not cost the whole file. */
static json_t *encode_subject(const struct verdict_subject *s)
{
	json_t *o = json_object();
	for (size_t i = 0; i < ARRAY_LEN(subject_fields); i++)
		(void)json_object_set_new(o, subject_fields[i].key,
					  json_codec_printable((const char *)s + subject_fields[i].offset));
	return o;
}

static json_t *encode_case(const struct verdict_case *c)
{
	json_t *facts = json_array();
	for (size_t i = 0; i < c->facts_n; i++)
		(void)json_array_append_new(facts, json_string(c->facts[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", c->id, "kind", c->functional ? "functional" : "conceptual",
			 "result", verdict_result_name(c->result), "reason", json_codec_printable(c->reason), "facts",
			 facts);
}

static json_t *encode_verdict(const struct verdict *v)
{
	json_t *cases = json_array();
	for (size_t i = 0; i < v->cases_n; i++)
		(void)json_array_append_new(cases, encode_case(&v->cases[i]));
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o}", "provision", v->provision, "title", v->title, "section",
			 v->section, "mandatory", v->mandatory, "result", verdict_result_name(v->result), "reason",
			 json_codec_printable(v->reason), "cases", cases);
}

static json_t *encode_probes(const struct verdict_set *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->probes_n; i++) {
		const struct verdict_probe *p = &s->probes[i];
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:I, s:I}", "name", p->name, "what", p->what, "facts",
						      (json_int_t)p->facts, "not_looked", (json_int_t)p->not_looked));
	}
	return list;
}

rc verdict_set_encode(const struct verdict_set *s, struct buf *out, struct err *e)
{
	char assessed[RFC3339_TIME_SIZE];
	rfc3339_time(s->assessed, assessed);
	json_t *list = json_array();
	for (size_t i = 0; i < s->n; i++)
		(void)json_array_append_new(list, encode_verdict(&s->list[i]));
	JSON_AUTO json_t *root =
		json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "v", 1, "edition", s->edition, "target",
			  s->target, "assessed", assessed, "facts_sha256", s->facts_sha256, "subject",
			  encode_subject(&s->subject), "probes", encode_probes(s), "verdicts", list);
	/* An allocation that failed above leaves a hole: a short list is refused here, never written. */
	if (!root || json_array_size(json_object_get(root, "verdicts")) != s->n)
		return err_set(e, ERR_MEMORY, "verdicts: no memory, or a text that is not UTF-8");
	return json_codec_canonical(root, out, e);
}

static rc read_text(const json_t *o, const char *key, char *out, size_t size, struct err *e)
{
	return json_codec_copy_any(o, "verdicts", key, out, size, e);
}

static rc read_result(const json_t *o, enum verdict_result *ret, struct err *e)
{
	char word[24];
	rc r = read_text(o, "result", word, sizeof word, e);
	if (rc_ok(r) && !verdict_result_parse(word, ret))
		return err_set(e, ERR_INPUT, "verdicts: unknown result '%s'", word);
	return r;
}

static rc decode_subject(const json_t *root, struct verdict_subject *ret, struct err *e)
{
	json_t *o = NULL;
	rc r = json_codec_object(root, "verdicts", "subject", &o, e);
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(subject_fields); i++)
		r = read_text(o, subject_fields[i].key, (char *)ret + subject_fields[i].offset, subject_fields[i].size,
			      e);
	if (rc_ok(r) && json_object_size(o) != ARRAY_LEN(subject_fields))
		return err_set(e, ERR_INPUT, "verdicts: the subject has unknown fields");
	return r;
}

static rc decode_case_facts(const json_t *o, struct verdict_case *c, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(o, "test case", "facts", VERDICT_FACTS_MAX, &list, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = json_string_value(json_array_get(list, i));
		if (!id || strlen(id) >= FACT_ID_SIZE)
			return err_set(e, ERR_INPUT, "verdicts: a fact id is not a text, or too long");
		(void)snprintf(c->facts[c->facts_n++], FACT_ID_SIZE, "%s", id);
	}
	return RC_OK;
}

static rc decode_case(const json_t *o, struct verdict_case *c, struct err *e)
{
	static const char *const keys[] = {"id", "kind", "result", "reason", "facts", NULL};
	char kind[16];
	rc r = json_codec_only(o, "test case", keys, e);
	if (rc_failed(r) || rc_failed(r = read_text(o, "id", c->id, sizeof c->id, e)) ||
	    rc_failed(r = read_text(o, "kind", kind, sizeof kind, e)) || rc_failed(r = read_result(o, &c->result, e)) ||
	    rc_failed(r = read_text(o, "reason", c->reason, sizeof c->reason, e)))
		return r;
	c->functional = strcmp(kind, "functional") == 0;
	if (!c->functional && strcmp(kind, "conceptual") != 0)
		return err_set(e, ERR_INPUT, "verdicts: unknown kind '%s'", kind);
	return decode_case_facts(o, c, e);
}

static rc decode_verdict(const json_t *o, struct verdict *v, struct err *e)
{
	static const char *const keys[] = {"provision", "title",  "section", "mandatory",
					   "result",	"reason", "cases",   NULL};
	json_t *cases = NULL;
	rc r = json_codec_only(o, "verdict", keys, e);
	if (rc_failed(r) || rc_failed(r = read_text(o, "provision", v->provision, sizeof v->provision, e)) ||
	    rc_failed(r = read_text(o, "title", v->title, sizeof v->title, e)) ||
	    rc_failed(r = read_text(o, "section", v->section, sizeof v->section, e)) ||
	    rc_failed(r = json_codec_bool(o, "verdict", "mandatory", &v->mandatory, e)) ||
	    rc_failed(r = read_result(o, &v->result, e)) ||
	    rc_failed(r = read_text(o, "reason", v->reason, sizeof v->reason, e)) ||
	    rc_failed(r = json_codec_array(o, "verdict", "cases", VERDICT_CASES_MAX, &cases, e)))
		return r;
	for (size_t i = 0; rc_ok(r) && i < json_array_size(cases); i++)
		r = decode_case(json_array_get(cases, i), &v->cases[v->cases_n++], e);
	return r;
}

static rc decode_verdicts(const json_t *root, struct verdict_set *s, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(root, "verdicts", "verdicts", VERDICT_SET_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		r = decode_verdict(json_array_get(list, i), &s->list[i], e);
		if (rc_ok(r) && verdict_set_find(s, s->list[i].provision))
			return err_set(e, ERR_INPUT, "verdicts: %s is judged twice", s->list[i].provision);
		s->n = i + 1;
	}
	return r;
}

static rc decode_probes(const json_t *root, struct verdict_set *s, struct err *e)
{
	static const char *const keys[] = {"name", "what", "facts", "not_looked", NULL};
	json_t *list = NULL;
	rc r = json_codec_array(root, "verdicts", "probes", VERDICT_PROBES_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		struct verdict_probe *p = &s->probes[s->probes_n++];
		const json_t *o = json_array_get(list, i);
		if (rc_failed(r = json_codec_only(o, "probe", keys, e)) ||
		    rc_failed(r = read_text(o, "name", p->name, sizeof p->name, e)) ||
		    rc_failed(r = read_text(o, "what", p->what, sizeof p->what, e)) ||
		    rc_failed(r = json_codec_int(o, "probe", "facts", 0, FACT_SET_MAX, &p->facts, e)))
			return r;
		r = json_codec_int(o, "probe", "not_looked", 0, FACT_SET_MAX, &p->not_looked, e);
	}
	return r;
}

static rc decode_head(const json_t *root, struct verdict_set *s, struct err *e)
{
	static const char *const keys[] = {"v",	      "edition", "target",   "assessed", "facts_sha256",
					   "subject", "probes",	 "verdicts", NULL};
	char assessed[RFC3339_TIME_SIZE];
	uint8_t hash[SHA256_SIZE];
	int64_t v = 0;
	rc r = json_codec_only(root, "verdicts", keys, e);
	if (rc_failed(r) || rc_failed(r = json_codec_int(root, "verdicts", "v", 1, 1, &v, e)) ||
	    rc_failed(r = read_text(root, "edition", s->edition, sizeof s->edition, e)) ||
	    rc_failed(r = read_text(root, "target", s->target, sizeof s->target, e)) ||
	    rc_failed(r = read_text(root, "assessed", assessed, sizeof assessed, e)) ||
	    rc_failed(r = json_codec_hex(root, "verdicts", "facts_sha256", hash, sizeof hash, e)))
		return r;
	hex_encode(bytes_of(hash, sizeof hash), s->facts_sha256);
	if (!rfc3339_parse_time(assessed, &s->assessed))
		return err_set(e, ERR_INPUT, "verdicts: assessed: not a time");
	return RC_OK;
}

rc verdict_set_decode(struct bytes text, struct verdict_set **ret, struct err *e)
{
	JSON_AUTO json_t *root = NULL;
	CLEANUP(verdict_set_free) struct verdict_set *s = NULL;
	rc r = verdict_set_new(&s, e);
	if (rc_failed(r) || rc_failed(r = json_codec_parse(text, VERDICT_JSON_MAX, "verdicts", &root, e)) ||
	    rc_failed(r = decode_head(root, s, e)) || rc_failed(r = decode_subject(root, &s->subject, e)) ||
	    rc_failed(r = decode_probes(root, s, e)) || rc_failed(r = decode_verdicts(root, s, e)))
		return r;
	*ret = s;
	s = NULL;
	return RC_OK;
}
