/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laws, labels and standards seen from EN 303 645: what each asks, which provisions carry it, what it asks beyond them,
 * and who accepts whose label. All of it is data (data/schemes.json); a newer file can be read instead of the one that
 * is built in. Pure. Whether a product meets them is in schemes_eval.h.
 */
#ifndef HALLMARK_PRODUCT_SCHEMES_H
#define HALLMARK_PRODUCT_SCHEMES_H

#include <jansson.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/units.h"
#include "product/catalogue.h"

#define SCHEMES_FILE_MAX (1024 * 1024)
#define SCHEMES_MAX 32
#define SCHEMES_TARGETS_MAX 64 /* a scheme, or one level of it */
#define SCHEMES_LEVELS_MAX 8
#define SCHEMES_REQUIREMENTS_MAX 96 /* of one scheme */
#define SCHEMES_ASKS_MAX 64
#define SCHEMES_BEYOND_MAX 8
#define SCHEMES_RECOGNITION_MAX 64

/* Something that no provision of EN 303 645 can meet. */
struct schemes_ask {
	const char *id, *what, *how;
};

enum schemes_mapping {
	SCHEMES_FULL,	 /* the provisions carry it */
	SCHEMES_PARTIAL, /* they carry a part; the rest is in `beyond` or `note` */
	SCHEMES_NONE,	 /* no provision carries any of it */
	SCHEMES_UNKNOWN, /* nobody told us */
	SCHEMES_MAPPINGS
};

struct schemes_requirement {
	const char *clause, *title, *note;	  /* note: "" if none */
	uint32_t levels;			  /* bit k: asked at level k */
	uint8_t provisions[CATALOGUE_PROVISIONS]; /* places in catalogue_table */
	size_t provisions_n;
	enum schemes_mapping mapping;
	bool confirmed; /* the mapping was read in a source; else it is our reading */
	const struct schemes_ask *beyond[SCHEMES_BEYOND_MAX];
	size_t beyond_n;
};

/* A scheme without levels has one, with id "". What can be met or not is a level: a target. */
struct schemes_level {
	const char *id, *name;
	char target[48];	  /* "cls-2", "psti" */
	const char *from, *until; /* of the level, else of the scheme; "" if not said */
};

enum schemes_kind { SCHEMES_LAW, SCHEMES_LABEL, SCHEMES_STANDARD, SCHEMES_KINDS };
enum schemes_confidence { SCHEMES_READ, SCHEMES_DERIVED, SCHEMES_MEMORY, SCHEMES_CONFIDENCES };
enum schemes_standing { SCHEMES_IN_FORCE, SCHEMES_CLOSED, SCHEMES_UNSETTLED, SCHEMES_STANDINGS };
enum schemes_decider { SCHEMES_SELF = 1, SCHEMES_LAB = 2, SCHEMES_AUTHORITY = 4 };

struct schemes_scheme {
	const char *id, *name, *title, *jurisdiction, *edition, *source;
	const char *dated, *state_note, *cites, *note; /* "" if not said; cites: edition of EN 303 645 */
	enum schemes_confidence confidence;
	enum schemes_kind kind;
	enum schemes_standing standing;
	uint32_t decides; /* bits of enum schemes_decider */
	struct schemes_level levels[SCHEMES_LEVELS_MAX];
	size_t levels_n, first_target;
	struct schemes_requirement *requirements;
	size_t requirements_n;
};

enum schemes_effect {
	SCHEMES_DEEMED,	    /* the holder is deemed to meet the clauses */
	SCHEMES_COUNTS_AS,  /* the holder gets the other label */
	SCHEMES_EXEMPTS,    /* the clauses are not looked at again */
	SCHEMES_SIMPLIFIED, /* the application is shorter */
	SCHEMES_EFFECTS
};

struct schemes_recognition {
	uint64_t from, to; /* bits of targets */
	size_t to_scheme;
	enum schemes_effect effect;
	const char *clauses[SCHEMES_REQUIREMENTS_MAX]; /* of the other scheme; none: all of it */
	size_t clauses_n;
	const char *what, *since, *source; /* since: "" if not known */
	bool both_ways;
	enum schemes_confidence confidence;
};

struct schemes_data {
	json_t *root; /* owns the texts */
	const char *edition;
	struct schemes_ask asks[SCHEMES_ASKS_MAX];
	size_t asks_n;
	struct schemes_scheme schemes[SCHEMES_MAX];
	size_t n;
	struct {
		size_t scheme, level;
	} targets[SCHEMES_TARGETS_MAX];
	size_t targets_n;
	struct schemes_recognition recognition[SCHEMES_RECOGNITION_MAX];
	size_t recognition_n;
};

/* Strict: an unknown key, a wrong type, an id that stands twice or leads nowhere is refused, and the place is named. */
rc schemes_decode(struct bytes text, struct schemes_data **ret, struct err *e) MUST_CHECK;
rc schemes_builtin(struct schemes_data **ret, struct err *e) MUST_CHECK;
void schemes_free(struct schemes_data **d); /* for CLEANUP */

/* Targets called so: "cls" is all its levels, "cls-2" one. 0: there is none. */
uint64_t schemes_find(const struct schemes_data *d, const char *name);

static inline const struct schemes_level *schemes_target(const struct schemes_data *d, size_t target)
{
	return &d->schemes[d->targets[target].scheme].levels[d->targets[target].level];
}

/* How it stands on a day. */
enum schemes_state {
	SCHEMES_STATE_IN_FORCE,
	SCHEMES_STATE_TO_COME,
	SCHEMES_STATE_ENDED,
	SCHEMES_STATE_CLOSED,
	SCHEMES_STATE_UNSETTLED
};
enum schemes_state schemes_state(const struct schemes_scheme *s, const struct schemes_level *l, struct wall_time day);
/* "in force since 2024-04-29", "from 2027-12-11", ... */
#define SCHEMES_STATE_SIZE 96
void schemes_state_text(const struct schemes_scheme *s, const struct schemes_level *l, struct wall_time day,
			char ret[SCHEMES_STATE_SIZE]);

const char *schemes_mapping_name(enum schemes_mapping m);
const char *schemes_confidence_name(enum schemes_confidence c);
const char *schemes_kind_name(enum schemes_kind k);
const char *schemes_effect_name(enum schemes_effect f);
const char *schemes_decider_name(enum schemes_decider d); /* one bit */

#endif
