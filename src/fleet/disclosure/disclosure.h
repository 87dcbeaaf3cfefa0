/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vulnerability reports: what one is, its states, its clocks and the limits of the form. Pure. No account and no
 * personal data is demanded. EN303645 5.2-1, 5.2-2; RFC 9116.
 */
#ifndef HALLMARK_FLEET_DISCLOSURE_DISCLOSURE_H
#define HALLMARK_FLEET_DISCLOSURE_DISCLOSURE_H

#include "core/base/err.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"

#define DISCLOSURE_PRODUCT_SIZE 129
#define DISCLOSURE_TEXT_SIZE 12001 /* bytes with the NUL; the form says 3,000 characters */
#define DISCLOSURE_CONTACT_SIZE 257
#define DISCLOSURE_NOTE_SIZE 2001
#define DISCLOSURE_NUMBER_SIZE 15 /* HM-2026-XXXXXX */
#define DISCLOSURE_SECRET_CHARS 26
#define DISCLOSURE_SECRET_SIZE (DISCLOSURE_SECRET_CHARS + 1)
#define DISCLOSURE_CHANCE_SIZE 24 /* random bytes for number and secret */

struct disclosure_report {
	char product[DISCLOSURE_PRODUCT_SIZE]; /* may be "" */
	char text[DISCLOSURE_TEXT_SIZE];
	char contact[DISCLOSURE_CONTACT_SIZE]; /* may be "": anonymous */
};

/* ERR_INPUT with a sentence for the reporter. */
rc disclosure_check(const struct disclosure_report *r, struct err *e) MUST_CHECK;

/* Number for people and secret for the status link, from random bytes. */
void disclosure_name(struct wall_time now, const uint8_t chance[DISCLOSURE_CHANCE_SIZE],
		     char ret_number[DISCLOSURE_NUMBER_SIZE], char ret_secret[DISCLOSURE_SECRET_SIZE]);
bool disclosure_number_ok(const char *number);
/* What is stored instead of the secret. False for anything that cannot be one. */
bool disclosure_secret_hash(const char *secret, char ret_hex[2 * SHA256_SIZE + 1]);

enum disclosure_state {
	DISCLOSURE_NEW,
	DISCLOSURE_ACKNOWLEDGED,
	DISCLOSURE_CONFIRMED, /* it is a vulnerability */
	DISCLOSURE_FIXING,
	DISCLOSURE_FIXED,	 /* a release with the fix is out */
	DISCLOSURE_CLOSED,	 /* published, and done */
	DISCLOSURE_NOT_AFFECTED, /* not a vulnerability of ours */
	DISCLOSURE_STATE_COUNT
};
const char *disclosure_state_name(enum disclosure_state s);  /* "not-affected" */
const char *disclosure_state_words(enum disclosure_state s); /* for people, also for the reporter */
bool disclosure_state_parse(const char *name, enum disclosure_state *ret);
bool disclosure_may(enum disclosure_state from, enum disclosure_state to);

struct disclosure_terms {
	uint32_t ack_days, update_days; /* what the maker publishes */
};

enum disclosure_duty { DISCLOSURE_DUTY_NONE, DISCLOSURE_DUTY_ACKNOWLEDGE, DISCLOSURE_DUTY_UPDATE };

struct disclosure_clock {
	enum disclosure_duty duty;
	struct wall_time due;
	bool overdue;
	char words[96]; /* "acknowledge within 4 days", "status update overdue by 2 days" */
};

/* What the maker owes the reporter next. `told` is the last time the reporter could see something new. */
void disclosure_clock(const struct disclosure_terms *t, enum disclosure_state s, struct wall_time received,
		      struct wall_time told, struct wall_time now, struct disclosure_clock *ret);

/* The form's limits: per address and in all, in a sliding hour. */
#define DISCLOSURE_PER_ADDRESS 5
#define DISCLOSURE_PER_HOUR 60

struct disclosure_limit {
	struct {
		uint64_t who; /* hash of the address: addresses themselves are not kept */
		int64_t at_ms;
	} slots[DISCLOSURE_PER_HOUR];
	size_t next;
};

/* True and counted if one more report from this address is fine. */
bool disclosure_limit_take(struct disclosure_limit *l, const char *address, struct mono_time now);

#endif
