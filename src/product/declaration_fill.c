/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the YAML tree to struct declaration, led by the table in schema.c: one walk that checks, stores and mirrors into
 * JSON, then one pass over the references. Goes on after a problem, so that one run tells all of them.
 */
#include "product/declaration_fill.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "product/scalar.h"
#include "product/schema.h"
#include "product/suggest.h"
#include "core/base/banned.h"

#define SHOWN_PATH_MAX 96
#define REFERENCES_MAX 4096

struct declaration_block {
	struct declaration_block *next;
	max_align_t memory[];
};

/* A reference seen on the way; resolved when all lists are known. */
struct reference {
	const struct schema_row *row;
	const char *text;
	struct problems_mark at;
	char shown[SHOWN_PATH_MAX];
};

struct walk {
	const struct yamltree *tree;
	struct declaration *d;
	struct declaration_problems *problems;
	struct reference *refs;
	size_t refs_n, refs_cap;
	bool no_memory;
};

/* Where the walk stands: the row, the place as people see it, the memory of the enclosing map. */
struct place {
	const struct schema_row *row;
	const struct yamltree_node *node;
	const char *shown;
	void *base;
};

static void *own(struct walk *w, size_t n)
{
	struct declaration_block *b = mem_alloc(sizeof *b + n);
	if (!b) {
		w->no_memory = true;
		return NULL;
	}
	b->next = w->d->owner->blocks;
	w->d->owner->blocks = b;
	return b->memory;
}

/* Takes the value over; a NULL one means out of memory. */
static void mirror(struct walk *w, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->no_memory = true;
}

static struct declaration_problem *wrong_type(struct walk *w, const struct place *at)
{
	struct declaration_problem *p =
		problems_add(w->problems, at->node->at, at->shown, "must be %s", schema_type_words(at->row->type));
	if (at->row->example)
		problems_hint(p, "for example: %s: %s", schema_key(at->row), at->row->example);
	return p;
}

static void remember(struct walk *w, const struct place *at, const char *text)
{
	if (w->refs_n == w->refs_cap) {
		size_t cap = w->refs_cap ? 2 * w->refs_cap : 64;
		struct reference *grown =
			cap > REFERENCES_MAX ? NULL : mem_regrow(w->refs, w->refs_n, cap, sizeof *grown);
		if (!grown) {
			w->no_memory = true;
			return;
		}
		w->refs = grown;
		w->refs_cap = cap;
	}
	struct reference *r = &w->refs[w->refs_n++];
	*r = (struct reference){.row = at->row, .text = text, .at = at->node->at};
	(void)snprintf(r->shown, sizeof r->shown, "%s", at->shown);
}

static void list_words(const char *const *words, char *out, size_t size)
{
	size_t n = 0;
	out[0] = 0;
	for (; *words && n < size; words++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", *words);
}

/* The number of the word among those of the row; false after reporting a problem. */
static bool word_ok(struct walk *w, const struct place *at, unsigned *ret)
{
	const char *text = yamltree_text(w->tree, at->node);
	if (at->node->kind == YAMLTREE_SCALAR && scalar_word(at->row->words, text, ret))
		return true;
	char all[160];
	struct suggest s = {.given = text};
	list_words(at->row->words, all, sizeof all);
	for (const char *const *word = at->row->words; *word; word++)
		suggest_try(&s, *word);
	struct declaration_problem *p = problems_add(w->problems, at->node->at, at->shown, "must be one of: %s", all);
	if (suggest_best(&s))
		problems_hint(p, "did you mean \"%s\"?", suggest_best(&s));
	else
		problems_hint(p, "%s", at->row->help);
	return false;
}

/* The checked text as an owned JSON string, NULL after reporting a problem. `type` may be that of a list's items. */
static json_t *take_text(struct walk *w, const struct place *at, enum schema_type type)
{
	const char *text = yamltree_text(w->tree, at->node);
	size_t max = at->row->max && type == at->row->type ? (size_t)at->row->max : POLICY_TEXT_MAX;
	if (at->node->kind != YAMLTREE_SCALAR) {
		wrong_type(w, at);
		return NULL;
	}
	if (at->node->plain && scalar_other_type(text)) {
		/* Other programs read 1.10 as 1.1, and null as nothing. */
		problems_hint(problems_add(w->problems, at->node->at, at->shown,
					   "must be %s; without quotes, YAML reads %.40s as something else",
					   schema_type_words(type), text),
			      "write it in quotes: \"%.40s\"", text);
		return NULL;
	}
	if (strlen(text) > max) {
		problems_add(w->problems, at->node->at, at->shown, "%zu characters; at most %zu are accepted",
			     strlen(text), max);
		return NULL;
	}
	if (!scalar_text_ok(type, text)) {
		struct declaration_problem *p = problems_add(w->problems, at->node->at, at->shown, "must be %s%s",
							     schema_type_words(type), *text ? "" : ", not empty");
		if (at->row->example)
			problems_hint(p, "for example: %s", at->row->example);
		return NULL;
	}
	json_t *value = json_string(text);
	if (!value)
		w->no_memory = true;
	return value;
}

static void take_int(struct walk *w, const struct place *at, json_t *object)
{
	int64_t v = 0;
	if (at->node->kind != YAMLTREE_SCALAR || !at->node->plain ||
	    !scalar_int(yamltree_text(w->tree, at->node), &v)) {
		wrong_type(w, at);
		return;
	}
	if (v < at->row->min || v > at->row->max) {
		problems_hint(problems_add(w->problems, at->node->at, at->shown, "is %lld; accepted are %lld to %lld",
					   (long long)v, (long long)at->row->min, (long long)at->row->max),
			      "%s", at->row->help);
		return;
	}
	uint32_t narrow = (uint32_t)v;
	memcpy((char *)at->base + at->row->at, &narrow, sizeof narrow);
	mirror(w, object, schema_key(at->row), json_integer(v));
}

static void take_bool(struct walk *w, const struct place *at, json_t *object)
{
	bool yes = false;
	if (at->node->kind != YAMLTREE_SCALAR || !at->node->plain ||
	    !scalar_bool(yamltree_text(w->tree, at->node), &yes)) {
		problems_hint(wrong_type(w, at), "write true or false, without quotes");
		return;
	}
	enum decl_answer answer = yes ? DECL_YES : DECL_NO;
	memcpy((char *)at->base + at->row->at, &answer, sizeof answer);
	mirror(w, object, schema_key(at->row), json_boolean(yes));
}

static void take_word(struct walk *w, const struct place *at, json_t *object)
{
	unsigned index = 0;
	if (!word_ok(w, at, &index))
		return;
	unsigned stored = at->row->from_zero ? index : index + 1;
	memcpy((char *)at->base + at->row->at, &stored, sizeof stored);
	mirror(w, object, schema_key(at->row), json_string(at->row->words[index]));
}

static void take_date(struct walk *w, const struct place *at, json_t *object)
{
	json_t *value = take_text(w, at, SCHEMA_DATE);
	struct wall_time date = {0};
	if (!value)
		return;
	if (rfc3339_parse_date(json_string_value(value), &date))
		memcpy((char *)at->base + at->row->at, &date, sizeof date);
	if (at->row->line_at)
		memcpy((char *)at->base + at->row->line_at, &at->node->at.line, sizeof at->node->at.line);
	mirror(w, object, schema_key(at->row), value);
}

static void take_plain_text(struct walk *w, const struct place *at, json_t *object)
{
	json_t *value = take_text(w, at, at->row->type);
	if (!value)
		return;
	const char *text = json_string_value(value);
	if (at->row->type == SCHEMA_ID && at->row->reserved && strcmp(text, at->row->reserved) == 0)
		problems_hint(
			problems_add(w->problems, at->node->at, at->shown, "\"%s\" has a meaning of its own", text),
			"choose another id");
	if (at->row->type == SCHEMA_REF)
		remember(w, at, text);
	memcpy((char *)at->base + at->row->at, &text, sizeof text);
	mirror(w, object, schema_key(at->row), value);
}

static bool count_ok(struct walk *w, const struct place *at)
{
	if (at->node->kind != YAMLTREE_LIST) {
		struct declaration_problem *p = wrong_type(w, at);
		problems_hint(p, "begin each entry with \"- \"; an empty list is []");
		return false;
	}
	if (at->node->children > at->row->max || at->node->children < at->row->min) {
		problems_add(w->problems, at->node->at, at->shown, "%u entries; accepted are %lld to %lld",
			     at->node->children, (long long)at->row->min, (long long)at->row->max);
		return false;
	}
	return true;
}

static void take_texts(struct walk *w, const struct place *at, json_t *object)
{
	if (!count_ok(w, at))
		return;
	json_t *list = json_array();
	struct decl_texts texts = {.at = own(w, (at->node->children + 1) * sizeof *texts.at)};
	size_t i = 0;
	for (uint32_t c = at->node->first; c && texts.at; c = w->tree->nodes[c].next, i++) {
		char shown[SHOWN_PATH_MAX];
		(void)snprintf(shown, sizeof shown, "%.80s[%zu]", at->shown, i);
		struct place item = {at->row, &w->tree->nodes[c], shown, at->base};
		unsigned word = 0;
		if (at->row->item == SCHEMA_WORD && !word_ok(w, &item, &word))
			continue;
		json_t *value = at->row->item == SCHEMA_WORD ? json_string(at->row->words[word])
							     : take_text(w, &item, at->row->item);
		if (!value)
			continue;
		texts.at[texts.n++] = json_string_value(value);
		if (at->row->item == SCHEMA_REF)
			remember(w, &item, json_string_value(value));
		if (json_array_append_new(list, value))
			w->no_memory = true;
	}
	memcpy((char *)at->base + at->row->at, &texts, sizeof texts);
	mirror(w, object, schema_key(at->row), list);
}

static void take_map(struct walk *w, const char *parent, const struct place *at, json_t *object);

static const char *text_at(const void *base, size_t offset)
{
	const char *text = NULL;
	memcpy(&text, (const char *)base + offset, sizeof text);
	return text;
}

/* Two entries of one list with the same id. `items` holds n entries, the last one is new. */
static void check_unique(struct walk *w, const struct place *at, const char *items, size_t n, const char *parent)
{
	const struct schema_row *id = schema_find(parent, "id", 2);
	if (!id)
		return;
	const char *last = text_at(items + (n - 1) * at->row->size, id->at);
	for (size_t i = 0; last && i + 1 < n; i++) {
		const char *other = text_at(items + i * at->row->size, id->at);
		if (other && strcmp(other, last) == 0) {
			problems_hint(problems_add(w->problems, at->node->at, at->shown, "the id \"%s\" is there twice",
						   last),
				      "ids must differ, other entries refer to them");
			return;
		}
	}
}

static void take_list(struct walk *w, const struct place *at, json_t *object)
{
	if (!count_ok(w, at))
		return;
	json_t *list = json_array();
	char *items = own(w, (at->node->children + 1) * at->row->size);
	char parent[SHOWN_PATH_MAX];
	(void)snprintf(parent, sizeof parent, "%s[]", at->row->path);
	size_t n = 0;
	for (uint32_t c = at->node->first; c && items; c = w->tree->nodes[c].next) {
		char shown[SHOWN_PATH_MAX];
		char *base = items + n * at->row->size;
		json_t *entry = json_object();
		(void)snprintf(shown, sizeof shown, "%.80s[%zu]", at->shown, n++);
		struct place item = {at->row, &w->tree->nodes[c], shown, base};
		memcpy(base, &item.node->at.line, sizeof item.node->at.line);
		take_map(w, parent, &item, entry);
		check_unique(w, &item, items, n, parent);
		if (json_array_append_new(list, entry))
			w->no_memory = true;
	}
	memcpy((char *)at->base + at->row->at, &items, sizeof items);
	memcpy((char *)at->base + at->row->count_at, &n, sizeof n);
	mirror(w, object, schema_key(at->row), list);
}

static void take_value(struct walk *w, const struct place *at, json_t *object)
{
	switch (at->row->type) {
	case SCHEMA_MAP: {
		json_t *inner = json_object();
		take_map(w, at->row->path, at, inner);
		mirror(w, object, schema_key(at->row), inner);
		return;
	}
	case SCHEMA_LIST:
		take_list(w, at, object);
		return;
	case SCHEMA_TEXTS:
		take_texts(w, at, object);
		return;
	case SCHEMA_INT:
		take_int(w, at, object);
		return;
	case SCHEMA_BOOL:
		take_bool(w, at, object);
		return;
	case SCHEMA_WORD:
		take_word(w, at, object);
		return;
	case SCHEMA_DATE:
		take_date(w, at, object);
		return;
	case SCHEMA_TEXT:
	case SCHEMA_ID:
	case SCHEMA_NAME:
	case SCHEMA_REF:
	case SCHEMA_SEMVER:
	case SCHEMA_PATH:
	case SCHEMA_GLOB:
	case SCHEMA_HOST:
	case SCHEMA_URL:
	case SCHEMA_CONTACT:
	case SCHEMA_COUNTRY:
	case SCHEMA_PURL:
	case SCHEMA_CPE:
	case SCHEMA_SHA256:
	case SCHEMA_PROVISION:
		take_plain_text(w, at, object);
		return;
	case SCHEMA_TYPES:
		break;
	}
	w->no_memory = true;
}

static void unknown_key(struct walk *w, const char *parent, const struct yamltree_node *node, const char *shown)
{
	const char *key = yamltree_key(w->tree, node);
	struct suggest s = {.given = key};
	struct declaration_problem *p =
		problems_add(w->problems, node->key_at, shown, "there is no key \"%.64s\" here", key);
	if (!p)
		return;
	for (const struct schema_row *row = NULL; (row = schema_next(row));)
		if (schema_below(row, parent))
			suggest_try(&s, schema_key(row));
	if (suggest_best(&s))
		problems_hint(p, "did you mean \"%s\"?", suggest_best(&s));
	else if (s.best)
		problems_hint(p, "remove it; a key of this place is, for example, \"%s\"", s.best);
}

static bool map_has(const struct yamltree *t, const struct yamltree_node *map, const char *key)
{
	for (uint32_t c = map->first; c; c = t->nodes[c].next)
		if (strcmp(yamltree_key(t, &t->nodes[c]), key) == 0)
			return true;
	return false;
}

/* Is it there under a misspelt name? Then that is the one problem to tell. */
static bool misspelt(const struct walk *w, const char *parent, const struct yamltree_node *map, const char *key)
{
	for (uint32_t c = map->first; c; c = w->tree->nodes[c].next) {
		const char *other = yamltree_key(w->tree, &w->tree->nodes[c]);
		struct suggest s = {.given = other};
		suggest_try(&s, key);
		if (suggest_best(&s) && !schema_find(parent, other, strlen(other)))
			return true;
	}
	return false;
}

static void report_missing(struct walk *w, const char *parent, const struct place *at)
{
	for (const struct schema_row *row = NULL; (row = schema_next(row));) {
		if (!row->required || !schema_below(row, parent) || map_has(w->tree, at->node, schema_key(row)))
			continue;
		if (w->problems->n < DECLARATION_PROBLEMS_MAX && misspelt(w, parent, at->node, schema_key(row)))
			continue;
		struct declaration_problem *p = problems_add(w->problems, at->node->at, at->shown,
							     "\"%s\" is missing: %s", schema_key(row), row->help);
		if (row->example)
			problems_hint(p, "add: %s: %s", schema_key(row), row->example);
	}
}

/* `parent` is the schema path of the map, at->base the memory of its keys. */
static void take_map(struct walk *w, const char *parent, const struct place *at, json_t *object)
{
	if (at->node->kind != YAMLTREE_MAP) {
		problems_hint(problems_add(w->problems, at->node->at, at->shown, "must be a map of keys"),
			      "write \"key: value\" lines below it");
		return;
	}
	report_missing(w, parent, at);
	for (uint32_t c = at->node->first; c; c = w->tree->nodes[c].next) {
		const struct yamltree_node *child = &w->tree->nodes[c];
		const char *key = yamltree_key(w->tree, child);
		char shown[SHOWN_PATH_MAX];
		(void)snprintf(shown, sizeof shown, "%.64s%s%.30s", at->shown, *at->shown ? "." : "", key);
		const struct schema_row *row = schema_find(parent, key, strlen(key));
		if (!row) {
			unknown_key(w, parent, child, shown);
			continue;
		}
		struct place value = {row, child, shown, at->base};
		take_value(w, &value, object);
	}
}

/* The id of entry i of the list; NULL past the end or if it has none. */
static bool list_id(const struct declaration *d, const struct schema_row *list, size_t i, const char **ret)
{
	char parent[SHOWN_PATH_MAX];
	size_t n = 0;
	const char *items = text_at(d, list->at);
	(void)snprintf(parent, sizeof parent, "%s[]", list->path);
	const struct schema_row *id = schema_find(parent, "id", 2);
	memcpy(&n, (const char *)d + list->count_at, sizeof n);
	if (!id || i >= n)
		return false;
	*ret = text_at(items + i * list->size, id->at);
	return true;
}

/* Looks through one list; offers its ids as suggestions. */
static bool resolves_in(const struct declaration *d, const struct schema_row *list, struct suggest *s)
{
	const char *id = NULL;
	for (size_t i = 0; list_id(d, list, i, &id); i++) {
		if (!id)
			continue;
		if (strcmp(id, s->given) == 0)
			return true;
		suggest_try(s, id);
	}
	return false;
}

static bool resolves(const struct declaration *d, const struct reference *r, struct suggest *s)
{
	if (r->row->reserved && strcmp(r->text, r->row->reserved) == 0)
		return true;
	for (const char *name = r->row->refers; *name;) {
		size_t n = strcspn(name, " ");
		const struct schema_row *list = schema_at(name, n);
		if (list && resolves_in(d, list, s))
			return true;
		name += n + (name[n] == ' ');
	}
	return false;
}

static void check_references(struct walk *w)
{
	for (size_t i = 0; i < w->refs_n; i++) {
		const struct reference *r = &w->refs[i];
		struct suggest s = {.given = r->text};
		if (resolves(w->d, r, &s))
			continue;
		struct declaration_problem *p = problems_add(
			w->problems, r->at, r->shown, "nothing under %s has the id \"%s\"", r->row->refers, r->text);
		if (suggest_best(&s))
			problems_hint(p, "did you mean \"%s\"?", suggest_best(&s));
		else if (s.best)
			problems_hint(p, "there is, for example, \"%s\"", s.best);
		else
			problems_hint(p, "add an entry to %s", r->row->refers);
	}
}

/* One manual may hold all pages. The canonical form keeps what was written. */
static void fill_documents(struct declaration *d)
{
	const char **const pages[] = {&d->documents.privacy_url,     &d->documents.setup_url,
				      &d->documents.setup_check_url, &d->documents.deletion_url,
				      &d->documents.sensors_url,     &d->documents.password_url,
				      &d->documents.maintenance_url, &d->documents.telemetry_url};
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (!*pages[i])
			*pages[i] = d->documents.manual_url;
}

rc declaration_fill(struct declaration *d, const struct yamltree *tree, struct declaration_problems *problems,
		    struct err *e)
{
	struct walk w = {.tree = tree, .d = d, .problems = problems};
	struct place at = {NULL, &tree->nodes[0], "", d};
	take_map(&w, "", &at, d->owner->document);
	check_references(&w);
	fill_documents(d);
	mem_free(w.refs);
	return w.no_memory ? err_set(e, ERR_MEMORY, "out of memory") : RC_OK;
}

void declaration_fill_undo(struct declaration *d)
{
	for (struct declaration_block *b = d->owner->blocks; b;) {
		struct declaration_block *next = b->next;
		mem_free(b);
		b = next;
	}
	d->owner->blocks = NULL;
}
