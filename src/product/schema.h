/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of what may stand in a declaration. The parser reads it; editors' schema and reference page come from
 * it. Paths: "maker.name" is a key of the map "maker", "services[].id" a key of each entry of the list "services".
 */
#ifndef HALLMARK_PRODUCT_SCHEMA_H
#define HALLMARK_PRODUCT_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {
	SCHEMA_MAP,
	SCHEMA_LIST,	  /* of maps */
	SCHEMA_TEXTS,	  /* list of texts; `item` says of which type */
	SCHEMA_TEXT,	  /* one line for people */
	SCHEMA_ID,	  /* name_ok, unique in its list */
	SCHEMA_NAME,	  /* name_ok */
	SCHEMA_REF,	  /* id of an entry of one of the lists in `refers` */
	SCHEMA_SEMVER,	  /* 1.2.3 */
	SCHEMA_DATE,	  /* YYYY-MM-DD */
	SCHEMA_PATH,	  /* relative to the root tree */
	SCHEMA_GLOB,	  /* such a path, or one that ends in / and two stars */
	SCHEMA_HOST,	  /* host name or address */
	SCHEMA_URL,	  /* https:// */
	SCHEMA_CONTACT,	  /* mailto:, https:// or tel: */
	SCHEMA_COUNTRY,	  /* two capital letters */
	SCHEMA_PURL,	  /* pkg:... */
	SCHEMA_CPE,	  /* cpe:2.3:... */
	SCHEMA_SHA256,	  /* 64 hex digits */
	SCHEMA_PROVISION, /* id of a provision of EN 303 645 */
	SCHEMA_INT,
	SCHEMA_BOOL,
	SCHEMA_WORD, /* one of `words` */
	SCHEMA_TYPES
};

struct schema_row {
	const char *path;
	enum schema_type type;
	bool required;		  /* in its map, once that map is there (the outermost is) */
	int64_t min, max;	  /* INT: value; texts: characters, 0: POLICY_TEXT_MAX; lists: entries */
	const char *const *words; /* WORD, also as item: ends with NULL; the first is stored as 1 (0 for `from_zero`) */
	bool from_zero;
	const char *refers;    /* REF, also as item: paths of lists: "services", "personal_data telemetry" */
	const char *reserved;  /* REF: also allowed; ID: not allowed */
	enum schema_type item; /* of TEXTS */
	size_t at;	       /* where it is stored: offset in struct declaration, or in the entry of a list */
	size_t count_at, size; /* LIST: offset of the count, bytes of an entry */
	size_t line_at;	       /* DATE: where its line is stored, 0: nowhere */
	const char *help;      /* for people: what it is and why it is asked */
	const char *example;
};

/* The rows in order: NULL gives the first, the last gives NULL. */
const struct schema_row *schema_next(const struct schema_row *row);
/* The row of a whole path, "interfaces.logical"; NULL if none. */
const struct schema_row *schema_at(const char *path, size_t n);
/* The row of `key` below `parent` ("" for the outermost, "services[]" for the entries of a list); NULL if none. */
const struct schema_row *schema_find(const char *parent, const char *key, size_t key_n);
/* Is this row directly below that parent? */
bool schema_below(const struct schema_row *row, const char *parent);
/* The last part of the row's path. */
const char *schema_key(const struct schema_row *row);

const char *schema_type_words(enum schema_type t); /* "a date like 2031-12-31" */

#endif
