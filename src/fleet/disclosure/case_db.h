/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases in the database: everything a reporter or an operator wrote is sealed with report.key (AES-256-GCM, bound to
 * the case number); who can only read the file reads numbers, states and times.
 */
#ifndef HALLMARK_FLEET_DISCLOSURE_CASE_DB_H
#define HALLMARK_FLEET_DISCLOSURE_CASE_DB_H

#include "core/crypto/aead.h"
#include "fleet/disclosure/disclosure.h"
#include "host/store/store.h"

#define CASE_DB_EVENTS_MAX 64

extern const char case_db_schema[];

struct case_made {
	char number[DISCLOSURE_NUMBER_SIZE], secret[DISCLOSURE_SECRET_SIZE];
};

rc case_db_open_case(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct disclosure_report *r,
		     struct wall_time now, struct case_made *ret, struct err *e) MUST_CHECK;

struct case_row {
	int64_t id;
	char number[DISCLOSURE_NUMBER_SIZE];
	enum disclosure_state state;
	struct wall_time received, told;
};

/* Not closed ones first, oldest first. Free with mem_free. */
rc case_db_list(struct store *st, size_t max, struct case_row **ret, size_t *ret_n, struct err *e) MUST_CHECK;
rc case_db_by_number(struct store *st, const char *number, struct case_row *ret, struct err *e) MUST_CHECK;
/* ERR_MISSING for an unknown secret and for anything that is none. */
rc case_db_by_secret(struct store *st, const char *secret, struct case_row *ret, struct err *e) MUST_CHECK;

/* The report itself. ERR_TRUST if it was changed or the key is another. */
rc case_db_read(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c,
		struct disclosure_report *ret, struct err *e) MUST_CHECK;

struct case_step {
	enum disclosure_state to; /* may be the present one: only a note */
	const char *note;	  /* shown to the reporter; may be "" */
};

/* ERR_WRONG_STATE if this state cannot follow. */
rc case_db_step(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c,
		const struct case_step *step, struct wall_time now, struct err *e) MUST_CHECK;

struct case_event {
	struct wall_time at;
	enum disclosure_state state;
	char note[DISCLOSURE_NOTE_SIZE];
};

/* Oldest first. Free with mem_free. */
rc case_db_events(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c, struct case_event **ret,
		  size_t *ret_n, struct err *e) MUST_CHECK;

#endif
