/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From JSON to the tables of schemes.h. Strict and bounded: everything that is wrong is refused with its place, since
 * a scheme that was half understood would be shown to people as law.
 */
#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/json.h"
#include "product/schemes.h"
#include "core/base/banned.h"

#define TEXT_MAX 512
#define ID_MAX 24

/* Where the decoder is, for errors: "schemes: psti, requirement Sch1.2". */
struct place {
	char text[160];
};

/* By the name that the object gives itself, else by number. */
static struct place place_in(const char *outer, const char *what, const json_t *o, const char *key, size_t number)
{
	struct place p;
	const char *name = json_string_value(json_object_get(o, key));
	if (name && name[0])
		(void)snprintf(p.text, sizeof p.text, "%.80s%s %.40s", outer, what, name);
	else
		(void)snprintf(p.text, sizeof p.text, "%.80s%s number %zu", outer, what, number + 1);
	return p;
}

/* A text that may be left out; then "". */
static rc read_optional(const json_t *o, const char *what, const char *key, const char **ret, struct err *e)
{
	*ret = "";
	return json_object_get(o, key) ? json_codec_text(o, what, key, TEXT_MAX, ret, e) : RC_OK;
}

static rc read_list(const json_t *o, const char *what, const char *key, size_t max, json_t **ret, struct err *e)
{
	*ret = NULL;
	return json_object_get(o, key) ? json_codec_array(o, what, key, max, ret, e) : RC_OK;
}

static rc list_text(const json_t *list, const char *what, const char *key, size_t i, const char **ret, struct err *e)
{
	const char *text = json_string_value(json_array_get(list, i));
	if (!text || !text[0] || strlen(text) > TEXT_MAX)
		return err_set(e, ERR_INPUT, "%s: \"%s\" must be a list of texts", what, key);
	*ret = text;
	return RC_OK;
}

/* One of `n` words, in the order of an enum. */
static rc read_word(const json_t *o, const char *what, const char *key, const char *const *words, unsigned *ret,
		    struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(o, what, key, ID_MAX, &text, e);
	if (rc_failed(r))
		return r;
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return RC_OK;
		}
	return err_set(e, ERR_INPUT, "%s: \"%s\" cannot be \"%s\"", what, key, text);
}

/* "2026", "2026-11" or "2026-11-28". */
static bool date_ok(const char *t)
{
	static const char shape[] = "dddd-dd-dd";
	size_t n = strlen(t);
	if (n != 4 && n != 7 && n != 10)
		return false;
	for (size_t i = 0; i < n; i++)
		if (shape[i] == '-' ? t[i] != '-' : t[i] < '0' || t[i] > '9')
			return false;
	return (n < 7 || (strncmp(t + 5, "01", 2) >= 0 && strncmp(t + 5, "12", 2) <= 0)) &&
	       (n < 10 || (strncmp(t + 8, "01", 2) >= 0 && strncmp(t + 8, "31", 2) <= 0));
}

static rc read_date(const json_t *o, const char *what, const char *key, const char **ret, struct err *e)
{
	rc r = read_optional(o, what, key, ret, e);
	if (rc_ok(r) && **ret && !date_ok(*ret))
		return err_set(e, ERR_INPUT, "%s: \"%s\" must be a date like 2026, 2026-11 or 2026-11-28", what, key);
	return r;
}

/* Ids are what a person types: small letters, digits, '-'. */
static rc read_id(const json_t *o, const char *what, const char **ret, struct err *e)
{
	rc r = json_codec_text(o, what, "id", ID_MAX, ret, e);
	if (rc_failed(r))
		return r;
	size_t n = strspn(*ret, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if ((*ret)[n])
		return err_set(e, ERR_INPUT, "%s: \"id\" has small letters, digits and '-' only", what);
	return RC_OK;
}

static rc decode_asks(struct schemes_data *d, struct err *e)
{
	static const char *const keys[] = {"id", "what", "how", NULL};
	json_t *list = NULL;
	rc r = json_codec_array(d->root, "schemes", "asks", SCHEMES_ASKS_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		struct schemes_ask *a = &d->asks[i];
		const json_t *o = json_array_get(list, i);
		const struct place at = place_in("schemes: ", "ask", o, "id", i);
		if (rc_failed(r = json_codec_only(o, at.text, keys, e)) ||
		    rc_failed(r = read_id(o, at.text, &a->id, e)) ||
		    rc_failed(r = json_codec_text(o, at.text, "what", TEXT_MAX, &a->what, e)) ||
		    rc_failed(r = json_codec_text(o, at.text, "how", TEXT_MAX, &a->how, e)))
			return r;
		for (size_t k = 0; k < i; k++)
			if (strcmp(d->asks[k].id, a->id) == 0)
				return err_set(e, ERR_INPUT, "%s stands twice", at.text);
		d->asks_n++;
	}
	return r;
}

static rc read_provisions(const json_t *o, const char *at, const struct schemes_scheme *s,
			  struct schemes_requirement *q, struct err *e)
{
	json_t *list = NULL;
	rc r = read_list(o, at, "provisions", CATALOGUE_PROVISIONS, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const char *id = NULL;
		if (rc_failed(r = list_text(list, at, "provisions", i, &id, e)))
			return r;
		const struct catalogue_provision *p = catalogue_find(id);
		if (!p)
			return err_set(e, ERR_INPUT, "%s: there is no provision \"%.32s\"", at, id);
		if (strcmp(s->cites, "V2.1.1") == 0 && !p->v211_id)
			return err_set(e, ERR_INPUT, "%s: %s is not in V2.1.1, which the scheme cites", at, id);
		uint8_t place = (uint8_t)(p - catalogue_table);
		if (memchr(q->provisions, place, q->provisions_n))
			return err_set(e, ERR_INPUT, "%s: provision %s stands twice", at, id);
		q->provisions[q->provisions_n++] = place;
	}
	return r;
}

static rc read_beyond(const struct schemes_data *d, const json_t *o, const char *at, struct schemes_requirement *q,
		      struct err *e)
{
	json_t *list = NULL;
	rc r = read_list(o, at, "beyond", SCHEMES_BEYOND_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const char *id = NULL;
		size_t k = 0;
		if (rc_failed(r = list_text(list, at, "beyond", i, &id, e)))
			return r;
		while (k < d->asks_n && strcmp(d->asks[k].id, id) != 0)
			k++;
		if (k == d->asks_n)
			return err_set(e, ERR_INPUT, "%s: there is no ask \"%.32s\"", at, id);
		for (size_t j = 0; j < q->beyond_n; j++)
			if (q->beyond[j] == &d->asks[k])
				return err_set(e, ERR_INPUT, "%s: ask %s stands twice", at, id);
		q->beyond[q->beyond_n++] = &d->asks[k];
	}
	return r;
}

static rc read_levels(const json_t *o, const char *at, const struct schemes_scheme *s, struct schemes_requirement *q,
		      struct err *e)
{
	json_t *list = NULL;
	rc r = read_list(o, at, "levels", SCHEMES_LEVELS_MAX, &list, e);
	if (rc_failed(r) || !list) {
		q->levels = (1u << s->levels_n) - 1;
		return r;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = NULL;
		size_t k = 0;
		if (rc_failed(r = list_text(list, at, "levels", i, &id, e)))
			return r;
		while (k < s->levels_n && strcmp(s->levels[k].id, id) != 0)
			k++;
		if (k == s->levels_n)
			return err_set(e, ERR_INPUT, "%s: the scheme has no level \"%.24s\"", at, id);
		q->levels |= 1u << k;
	}
	if (!q->levels)
		return err_set(e, ERR_INPUT, "%s: asked at no level", at);
	return RC_OK;
}

/* What is said of the mapping must fit what is mapped. */
static rc check_mapping(const char *at, const struct schemes_requirement *q, struct err *e)
{
	bool rest = q->beyond_n || q->note[0], mapped = q->provisions_n > 0;
	if (mapped != (q->mapping == SCHEMES_FULL || q->mapping == SCHEMES_PARTIAL))
		return err_set(e, ERR_INPUT, "%s: mapping \"%s\" with %zu provisions", at,
			       schemes_mapping_name(q->mapping), q->provisions_n);
	if (q->mapping == SCHEMES_FULL && q->beyond_n)
		return err_set(e, ERR_INPUT, "%s: mapping \"full\", and something beyond it", at);
	if (q->mapping != SCHEMES_FULL && !rest)
		return err_set(e, ERR_INPUT, "%s: neither \"beyond\" nor \"note\" says what stays open", at);
	if (q->mapping == SCHEMES_UNKNOWN && q->confirmed)
		return err_set(e, ERR_INPUT, "%s: an unknown mapping cannot be confirmed", at);
	return RC_OK;
}

static rc decode_requirement(const struct schemes_data *d, const struct schemes_scheme *s, const json_t *o,
			     const char *at, struct schemes_requirement *q, struct err *e)
{
	static const char *const keys[] = {"clause",	"title",  "levels", "provisions", "mapping",
					   "confirmed", "beyond", "note",   NULL};
	static const char *const mappings[] = {"full", "partial", "none", "unknown", NULL};
	unsigned mapping = SCHEMES_UNKNOWN;
	rc r = json_codec_only(o, at, keys, e);
	if (rc_failed(r) || rc_failed(r = json_codec_text(o, at, "clause", ID_MAX, &q->clause, e)) ||
	    rc_failed(r = read_optional(o, at, "title", &q->title, e)) ||
	    rc_failed(r = read_optional(o, at, "note", &q->note, e)) ||
	    rc_failed(r = read_word(o, at, "mapping", mappings, &mapping, e)) ||
	    rc_failed(r = json_codec_bool(o, at, "confirmed", &q->confirmed, e)) ||
	    rc_failed(r = read_levels(o, at, s, q, e)) || rc_failed(r = read_provisions(o, at, s, q, e)) ||
	    rc_failed(r = read_beyond(d, o, at, q, e)))
		return r;
	q->mapping = (enum schemes_mapping)mapping;
	/* A requirement that is a provision needs no title of its own. */
	if (!q->title[0] && q->provisions_n)
		q->title = catalogue_table[q->provisions[0]].title;
	if (!q->title[0])
		return err_set(e, ERR_INPUT, "%s: no \"title\", and no provision that could lend its own", at);
	return check_mapping(at, q, e);
}

static rc decode_requirements(struct schemes_data *d, struct schemes_scheme *s, const json_t *o, const char *at,
			      struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(o, at, "requirements", SCHEMES_REQUIREMENTS_MAX, &list, e);
	if (rc_failed(r))
		return r;
	if (!json_array_size(list))
		return err_set(e, ERR_INPUT, "%s: no requirements; one with mapping \"unknown\" is honest", at);
	s->requirements = mem_array(json_array_size(list), sizeof *s->requirements);
	if (!s->requirements)
		return err_set(e, ERR_MEMORY, "schemes: out of memory");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const struct place where = place_in(at, ", requirement", one, "clause", i);
		r = decode_requirement(d, s, one, where.text, &s->requirements[i], e);
		if (rc_failed(r))
			return r;
		for (size_t k = 0; k < i; k++)
			if (strcmp(s->requirements[k].clause, s->requirements[i].clause) == 0)
				return err_set(e, ERR_INPUT, "%s stands twice", where.text);
		s->requirements_n++;
	}
	return RC_OK;
}

static rc add_target(struct schemes_data *d, struct schemes_scheme *s, size_t level, const char *at, struct err *e)
{
	struct schemes_level *l = &s->levels[level];
	(void)snprintf(l->target, sizeof l->target, "%s%s%s", s->id, l->id[0] ? "-" : "", l->id);
	if (schemes_find(d, l->target) || (level == 0 && schemes_find(d, s->id)))
		return err_set(e, ERR_INPUT, "%s: the id \"%s\" is taken", at, l->target);
	if (d->targets_n == SCHEMES_TARGETS_MAX)
		return err_set(e, ERR_LIMIT, "%s: more than %d schemes and levels", at, SCHEMES_TARGETS_MAX);
	d->targets[d->targets_n].scheme = (size_t)(s - d->schemes);
	d->targets[d->targets_n].level = level;
	s->levels_n = level + 1;
	return RC_OK;
}

static rc decode_level(const json_t *o, const char *outer, size_t number, struct schemes_level *l, struct err *e)
{
	static const char *const keys[] = {"id", "name", "from", "until", NULL};
	const struct place at = place_in(outer, ", level", o, "id", number);
	const char *from = "", *until = "";
	rc r = json_codec_only(o, at.text, keys, e);
	if (rc_failed(r) || rc_failed(r = read_id(o, at.text, &l->id, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "name", TEXT_MAX, &l->name, e)) ||
	    rc_failed(r = read_date(o, at.text, "from", &from, e)) ||
	    rc_failed(r = read_date(o, at.text, "until", &until, e)))
		return r;
	l->from = from[0] ? from : l->from;
	l->until = until[0] ? until : l->until;
	return RC_OK;
}

static rc decode_levels(struct schemes_data *d, struct schemes_scheme *s, const json_t *o, const char *at,
			struct err *e)
{
	json_t *list = NULL;
	struct schemes_level plain = {.id = "", .name = ""};
	rc r = read_date(o, at, "from", &plain.from, e);
	if (rc_failed(r) || rc_failed(r = read_date(o, at, "until", &plain.until, e)) ||
	    rc_failed(r = read_list(o, at, "levels", SCHEMES_LEVELS_MAX, &list, e)))
		return r;
	s->first_target = d->targets_n;
	size_t n = list ? json_array_size(list) : 1;
	if (!n)
		return err_set(e, ERR_INPUT, "%s: a list of no levels", at);
	for (size_t i = 0; i < n; i++) {
		s->levels[i] = plain;
		if (list && rc_failed(r = decode_level(json_array_get(list, i), at, i, &s->levels[i], e)))
			return r;
		if (rc_failed(r = add_target(d, s, i, at, e)))
			return r;
		d->targets_n++;
	}
	return RC_OK;
}

static rc read_deciders(const json_t *o, const char *at, uint32_t *ret, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(o, at, "decides", 3, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const char *word = NULL;
		uint32_t bit = SCHEMES_SELF;
		if (rc_failed(r = list_text(list, at, "decides", i, &word, e)))
			return r;
		while (bit <= SCHEMES_AUTHORITY && strcmp(schemes_decider_name((enum schemes_decider)bit), word) != 0)
			bit <<= 1;
		if (bit > SCHEMES_AUTHORITY)
			return err_set(e, ERR_INPUT, "%s: \"decides\" cannot be \"%.24s\"", at, word);
		*ret |= bit;
	}
	if (rc_ok(r) && !*ret)
		return err_set(e, ERR_INPUT, "%s: nobody decides", at);
	return r;
}

static rc read_words(struct schemes_scheme *s, const json_t *o, const char *at, struct err *e)
{
	static const char *const confidences[] = {"read", "derived", "memory", NULL};
	static const char *const kinds[] = {"law", "label", "standard", NULL};
	static const char *const standings[] = {"in-force", "closed", "unsettled", NULL};
	unsigned confidence = 0, kind = 0, standing = 0;
	rc r = read_word(o, at, "confidence", confidences, &confidence, e);
	if (rc_failed(r) || rc_failed(r = read_word(o, at, "kind", kinds, &kind, e)) ||
	    rc_failed(r = read_word(o, at, "state", standings, &standing, e)))
		return r;
	s->confidence = (enum schemes_confidence)confidence;
	s->kind = (enum schemes_kind)kind;
	s->standing = (enum schemes_standing)standing;
	if (s->cites[0] && strcmp(s->cites, "V2.1.1") != 0 && strcmp(s->cites, "V3.1.3") != 0)
		return err_set(e, ERR_INPUT, "%s: \"cites\" is V2.1.1 or V3.1.3", at);
	return read_deciders(o, at, &s->decides, e);
}

static rc decode_scheme(struct schemes_data *d, const json_t *o, size_t i, struct err *e)
{
	static const char *const keys[] = {
		"id",	      "name", "title",	"jurisdiction", "edition", "dated",	 "source",
		"confidence", "kind", "state",	"from",		"until",   "state_note", "decides",
		"cites",      "note", "levels", "requirements", NULL};
	struct schemes_scheme *s = &d->schemes[i];
	const struct place at = place_in("schemes: ", "scheme", o, "id", i);
	rc r = json_codec_only(o, at.text, keys, e);
	if (rc_failed(r) || rc_failed(r = read_id(o, at.text, &s->id, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "name", 48, &s->name, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "title", TEXT_MAX, &s->title, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "jurisdiction", 48, &s->jurisdiction, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "edition", TEXT_MAX, &s->edition, e)) ||
	    rc_failed(r = json_codec_text(o, at.text, "source", TEXT_MAX, &s->source, e)) ||
	    rc_failed(r = read_date(o, at.text, "dated", &s->dated, e)) ||
	    rc_failed(r = read_optional(o, at.text, "state_note", &s->state_note, e)) ||
	    rc_failed(r = read_optional(o, at.text, "cites", &s->cites, e)) ||
	    rc_failed(r = read_optional(o, at.text, "note", &s->note, e)) ||
	    rc_failed(r = read_words(s, o, at.text, e)) || rc_failed(r = decode_levels(d, s, o, at.text, e)))
		return r;
	return decode_requirements(d, s, o, at.text, e);
}

static rc decode_schemes(struct schemes_data *d, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(d->root, "schemes", "schemes", SCHEMES_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		r = decode_scheme(d, json_array_get(list, i), i, e);
		d->n = i + 1;
	}
	if (rc_ok(r) && !d->n)
		return err_set(e, ERR_INPUT, "schemes: there are none in it");
	return r;
}

static rc read_targets(const struct schemes_data *d, const json_t *o, const char *at, struct schemes_recognition *g,
		       struct err *e)
{
	json_t *list = NULL;
	const char *name = NULL;
	rc r = json_codec_array(o, at, "from", SCHEMES_TARGETS_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		if (rc_failed(r = list_text(list, at, "from", i, &name, e)))
			return r;
		uint64_t found = schemes_find(d, name);
		if (!found)
			return err_set(e, ERR_INPUT, "%s: \"from\": there is no scheme \"%.48s\"", at, name);
		g->from |= found;
	}
	if (rc_failed(r) || rc_failed(r = json_codec_text(o, at, "to", 48, &name, e)))
		return r;
	g->to = schemes_find(d, name);
	if (!g->to)
		return err_set(e, ERR_INPUT, "%s: \"to\": there is no scheme \"%.48s\"", at, name);
	if (!g->from || g->from & g->to)
		return err_set(e, ERR_INPUT, "%s: from nothing, or to itself", at);
	for (size_t t = 0; t < d->targets_n; t++)
		if (g->to & (uint64_t)1 << t)
			g->to_scheme = d->targets[t].scheme;
	return RC_OK;
}

static rc read_clauses(const struct schemes_data *d, const json_t *o, const char *at, struct schemes_recognition *g,
		       struct err *e)
{
	const struct schemes_scheme *s = &d->schemes[g->to_scheme];
	json_t *list = NULL;
	rc r = read_list(o, at, "clauses", SCHEMES_REQUIREMENTS_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const char *clause = NULL;
		size_t k = 0;
		if (rc_failed(r = list_text(list, at, "clauses", i, &clause, e)))
			return r;
		while (k < s->requirements_n && strcmp(s->requirements[k].clause, clause) != 0)
			k++;
		if (k == s->requirements_n)
			return err_set(e, ERR_INPUT, "%s: %s has no clause \"%.24s\"", at, s->id, clause);
		g->clauses[g->clauses_n++] = s->requirements[k].clause;
	}
	return r;
}

static rc decode_recognition(struct schemes_data *d, struct err *e)
{
	static const char *const keys[] = {"from",  "to",	 "effect", "clauses",	 "what",
					   "since", "both_ways", "source", "confidence", NULL};
	static const char *const effects[] = {"deemed", "counts-as", "exempts", "simplified", NULL};
	static const char *const confidences[] = {"read", "derived", "memory", NULL};
	json_t *list = NULL;
	rc r = json_codec_array(d->root, "schemes", "recognition", SCHEMES_RECOGNITION_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		struct schemes_recognition *g = &d->recognition[i];
		const json_t *o = json_array_get(list, i);
		const struct place at = place_in("schemes: ", "recognition", o, "", i);
		unsigned effect = 0, confidence = 0;
		if (rc_failed(r = json_codec_only(o, at.text, keys, e)) ||
		    rc_failed(r = read_targets(d, o, at.text, g, e)) ||
		    rc_failed(r = read_clauses(d, o, at.text, g, e)) ||
		    rc_failed(r = read_word(o, at.text, "effect", effects, &effect, e)) ||
		    rc_failed(r = read_word(o, at.text, "confidence", confidences, &confidence, e)) ||
		    rc_failed(r = json_codec_text(o, at.text, "what", TEXT_MAX, &g->what, e)) ||
		    rc_failed(r = json_codec_text(o, at.text, "source", TEXT_MAX, &g->source, e)) ||
		    rc_failed(r = read_date(o, at.text, "since", &g->since, e)) ||
		    rc_failed(r = json_codec_bool(o, at.text, "both_ways", &g->both_ways, e)))
			return r;
		g->effect = (enum schemes_effect)effect;
		g->confidence = (enum schemes_confidence)confidence;
		d->recognition_n++;
	}
	return r;
}

rc schemes_decode(struct bytes text, struct schemes_data **ret, struct err *e)
{
	static const char *const keys[] = {"v", "edition", "note", "asks", "schemes", "recognition", NULL};
	CLEANUP(schemes_free) struct schemes_data *d = mem_alloc(sizeof *d);
	const char *note = NULL;
	int64_t v = 0;
	if (!d)
		return err_set(e, ERR_MEMORY, "schemes: out of memory");
	rc r = json_codec_parse(text, SCHEMES_FILE_MAX, "schemes", &d->root, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(d->root, "schemes", keys, e)) ||
	    rc_failed(r = json_codec_int(d->root, "schemes", "v", 1, 1, &v, e)) ||
	    rc_failed(r = json_codec_text(d->root, "schemes", "edition", ID_MAX, &d->edition, e)) ||
	    rc_failed(r = json_codec_text(d->root, "schemes", "note", TEXT_MAX, &note, e)) ||
	    rc_failed(r = decode_asks(d, e)) || rc_failed(r = decode_schemes(d, e)) ||
	    rc_failed(r = decode_recognition(d, e)))
		return r;
	*ret = d;
	d = NULL;
	return RC_OK;
}
