/* SPDX-License-Identifier: Apache-2.0 */
/* The schema table as JSON Schema 2020-12. Patterns say what scalar.c checks by hand; a test compares the two. */
#include <stdio.h>

#include "core/base/names.h"
#include "core/codec/json.h"
#include "core/model/policy.h"
#include "product/catalogue.h"
#include "product/schema_export.h"
#include "product/schema_rows.h"
#include "core/base/banned.h"

#define PATH_SIZE 96
#define NAME_PATTERN "^[a-z0-9](?!.*\\.\\.)[a-z0-9._-]*$"
#define LINK_CHARS "[!#-&*-;=?-Z_a-z~]"
#define ADDRESS_CHARS "[!#-&*-;=?A-Z_a-z~]"
#define PATH_PART "(?!\\.{1,2}(?:/|$))[!-)+-.0->@-Z^-~]+"
#define SEMVER_PATTERN                                                                                                 \
	"^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"                                                         \
	"(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"           \
	"(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$"

#define CPE_VALUE "(([?]*|[*]?)([a-zA-Z0-9._-]|\\\\[!-,/:-@\\[-^`{-~])+([?]*|[*]?)|[*-])"
#define CPE_LANGUAGE "([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?|[*-])"

static const char *const patterns[SCHEMA_TYPES] = {
	[SCHEMA_ID] = NAME_PATTERN,
	[SCHEMA_NAME] = NAME_PATTERN,
	[SCHEMA_REF] = NAME_PATTERN,
	[SCHEMA_SEMVER] = SEMVER_PATTERN,
	[SCHEMA_DATE] = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
	[SCHEMA_PATH] = "^" PATH_PART "(/" PATH_PART ")*$",
	[SCHEMA_GLOB] = "^" PATH_PART "(/" PATH_PART ")*(/\\*\\*)?$",
	[SCHEMA_HOST] = "^[0-9A-Za-z:][0-9A-Za-z.:-]*$",
	[SCHEMA_URL] = "^https://(?!/)" LINK_CHARS "+$",
	[SCHEMA_CONTACT] =
		"^(https://(?!/)" LINK_CHARS "+|mailto:" ADDRESS_CHARS "+@" ADDRESS_CHARS "+|tel:" LINK_CHARS "+)$",
	[SCHEMA_COUNTRY] = "^[A-Z]{2}$",
	[SCHEMA_PURL] = "^pkg:" LINK_CHARS "+$",
	[SCHEMA_CPE] = "^cpe:2\\.3:[aho*-](:" CPE_VALUE "){5}:" CPE_LANGUAGE "(:" CPE_VALUE "){4}$",
	[SCHEMA_SHA256] = "^[0-9a-f]{64}$",
};

/* json_object_set_new refuses a NULL value: one check of `broken` at the end is enough. */
struct writer {
	bool broken;
};

static void put(struct writer *w, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->broken = true;
}

static json_t *words_of(struct writer *w, const char *const *words)
{
	json_t *list = json_array();
	for (; *words; words++)
		if (json_array_append_new(list, json_string(*words)))
			w->broken = true;
	return list;
}

static json_t *provisions(struct writer *w)
{
	json_t *list = json_array();
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (json_array_append_new(list, json_string(catalogue_table[i].id)))
			w->broken = true;
	return list;
}

static int64_t longest(const struct schema_row *row, enum schema_type type)
{
	static const int64_t own[SCHEMA_TYPES] = {
		[SCHEMA_ID] = NAME_MAX_CHARS,	 [SCHEMA_NAME] = NAME_MAX_CHARS,  [SCHEMA_REF] = NAME_MAX_CHARS,
		[SCHEMA_HOST] = POLICY_HOST_MAX, [SCHEMA_PATH] = POLICY_PATH_MAX, [SCHEMA_GLOB] = POLICY_PATH_MAX,
	};
	if (row->max && type == row->type)
		return row->max;
	return own[type] ? own[type] : POLICY_TEXT_MAX;
}

static json_t *text_of(struct writer *w, const struct schema_row *row, enum schema_type type)
{
	json_t *o = json_pack("{s:s}", "type", "string");
	if (type == SCHEMA_WORD) {
		put(w, o, "enum", words_of(w, row->words));
		return o;
	}
	if (type == SCHEMA_PROVISION) {
		put(w, o, "enum", provisions(w));
		return o;
	}
	if (patterns[type])
		put(w, o, "pattern", json_string(patterns[type]));
	put(w, o, "minLength", json_integer(1));
	put(w, o, "maxLength", json_integer(longest(row, type)));
	return o;
}

static json_t *map_of(struct writer *w, const char *parent);

static json_t *list_of(struct writer *w, const struct schema_row *row)
{
	char parent[PATH_SIZE];
	(void)snprintf(parent, sizeof parent, "%s[]", row->path);
	json_t *o = json_pack("{s:s, s:I, s:I}", "type", "array", "minItems", (json_int_t)row->min, "maxItems",
			      (json_int_t)row->max);
	put(w, o, "items", row->type == SCHEMA_LIST ? map_of(w, parent) : text_of(w, row, row->item));
	return o;
}

static json_t *value_of(struct writer *w, const struct schema_row *row)
{
	switch ((int)row->type) {
	case SCHEMA_MAP:
		return map_of(w, row->path);
	case SCHEMA_LIST:
	case SCHEMA_TEXTS:
		return list_of(w, row);
	case SCHEMA_INT:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)row->min, "maximum",
				 (json_int_t)row->max);
	case SCHEMA_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	default:
		return text_of(w, row, row->type);
	}
}

static json_t *map_of(struct writer *w, const char *parent)
{
	json_t *properties = json_object(), *required = json_array();
	for (const struct schema_row *row = NULL; (row = schema_next(row));) {
		if (!schema_below(row, parent))
			continue;
		json_t *value = value_of(w, row);
		put(w, value, "description", json_string(row->help));
		if (row->example && row->type != SCHEMA_INT && row->type != SCHEMA_BOOL)
			put(w, value, "examples", json_pack("[s]", row->example));
		put(w, properties, schema_key(row), value);
		if (row->required && json_array_append_new(required, json_string(schema_key(row))))
			w->broken = true;
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0, "required", required,
			 "properties", properties);
}

rc schema_export_json(struct buf *out, struct err *e)
{
	struct writer w = {0};
	JSON_AUTO json_t *root =
		json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
			  "Hallmark product declaration", "description",
			  "What may stand in product.yaml. \"hallmark check\" also finds what a schema cannot say.");
	JSON_AUTO json_t *map = map_of(&w, "");
	if (!root || !map || w.broken || json_object_update(root, map))
		return err_set(e, ERR_MEMORY, "the schema: out of memory");
	return json_codec_pretty(root, out, e);
}
