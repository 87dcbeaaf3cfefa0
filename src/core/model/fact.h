/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact: one observation by one probe, and nothing but what was observed. "Could not look" is a state of its own and
 * never reads as "not there". Facts know nothing of verdicts.
 */
#ifndef HALLMARK_CORE_MODEL_FACT_H
#define HALLMARK_CORE_MODEL_FACT_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define FACT_ID_SIZE 96
#define FACT_WHAT_SIZE 192
#define FACT_TARGET_SIZE 128
#define FACT_PROBE_SIZE 24
#define FACT_VALUE_SIZE 320
#define FACT_EVIDENCE_SIZE 768
#define FACT_SET_MAX 2048
#define FACT_JSON_MAX (4 * 1024 * 1024)

enum fact_state {
	FACT_SEEN,	  /* looked, and it is there: `value` says what */
	FACT_ABSENT,	  /* looked, and it is not there */
	FACT_UNREACHABLE, /* could not look: no answer */
	FACT_REFUSED,	  /* could not look: the other side said no */
	FACT_ERROR,	  /* could not look: something broke, `evidence` says what */
	FACT_STATE_COUNT
};

const char *fact_state_name(enum fact_state s);
bool fact_state_parse(const char *name, enum fact_state *ret);

/* Was it really looked at (seen or absent)? */
static inline bool fact_looked(enum fact_state s)
{
	return s == FACT_SEEN || s == FACT_ABSENT;
}

struct fact {
	char id[FACT_ID_SIZE]; /* stable name, the same in every run: "tls.page.cipher"; [A-Za-z0-9._:/-] */
	char what[FACT_WHAT_SIZE];
	char target[FACT_TARGET_SIZE]; /* what was looked at: address, file, record */
	char probe[FACT_PROBE_SIZE];
	struct wall_time time;
	enum fact_state state;
	char value[FACT_VALUE_SIZE];	   /* machine-readable observation, "" if none */
	char evidence[FACT_EVIDENCE_SIZE]; /* for people: what was received, or why it could not be looked at */
};

struct fact_set {
	struct fact *list;
	size_t n, cap;
};

void fact_set_done(struct fact_set *s); /* accepts a zeroed set */

/*
 * Copies it in. The texts may come from a hostile device: control characters and broken UTF-8 become '?'. ERR_EXISTS
 * for a known id, ERR_INPUT for a malformed one, ERR_LIMIT beyond FACT_SET_MAX.
 */
rc fact_set_add(struct fact_set *s, const struct fact *f, struct err *e) MUST_CHECK;

/* NULL if there is none. Borrowed until the next add. */
const struct fact *fact_set_find(const struct fact_set *s, const char *id);

/* The next fact whose id starts with `prefix`, from *at on (start with 0); NULL when there is none left. */
const struct fact *fact_set_next(const struct fact_set *s, const char *prefix, size_t *at);

/* What a facts file says of itself. */
struct fact_head {
	char target[FACT_TARGET_SIZE];
	struct wall_time started, ended;
};

/* facts.json, indented. */
rc fact_set_encode(const struct fact_set *s, const struct fact_head *head, struct buf *out, struct err *e) MUST_CHECK;
/* Strict; `ret` is a zeroed set, filled only on success. */
rc fact_set_decode(struct bytes text, struct fact_set *ret, struct fact_head *ret_head, struct err *e) MUST_CHECK;

#endif
