/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check-in of a device with its service (docs/wire.md section 2): what it says, what it is told. Both sides use
 * both directions; texts outside the stated words are refused. Also the words for update steps and reasons.
 */
#ifndef HALLMARK_CORE_MODEL_CHECKIN_H
#define HALLMARK_CORE_MODEL_CHECKIN_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define CHECKIN_MAX 4096 /* bytes of either message */
#define CHECKIN_VERSION_SIZE 65
#define CHECKIN_WORD_SIZE 20
#define CHECKIN_NONCE_SIZE 65
#define CHECKIN_TARGET_SIZE 128
#define CHECKIN_WAIT_MAX_S (7 * 86400)

struct checkin_request {
	char version[CHECKIN_VERSION_SIZE];
	uint64_t counter;
	char slot;				   /* 'a' or 'b' */
	char state[CHECKIN_WORD_SIZE];		   /* checkin_state_ok */
	char mode[CHECKIN_WORD_SIZE];		   /* normal, suspect, isolated, recovered */
	char reason[CHECKIN_WORD_SIZE];		   /* checkin_reason_ok; "" if none */
	char failed_version[CHECKIN_VERSION_SIZE]; /* "" if none */
};

struct checkin_answer {
	char nonce[CHECKIN_NONCE_SIZE]; /* hex, not empty */
	uint32_t wait_s;		/* until the next check-in, at most CHECKIN_WAIT_MAX_S */
	bool offered;
	char target[CHECKIN_TARGET_SIZE];   /* when offered: TUF target name, [A-Za-z0-9._+-] */
	char version[CHECKIN_VERSION_SIZE]; /* when offered */
	bool erase;
	struct wall_time device_time; /* the service's clock: a hint for devices without one */
};

rc checkin_request_encode(const struct checkin_request *q, struct buf *out, struct err *e) MUST_CHECK;
rc checkin_request_decode(struct bytes text, struct checkin_request *ret, struct err *e) MUST_CHECK;
rc checkin_answer_encode(const struct checkin_answer *a, struct buf *out, struct err *e) MUST_CHECK;
rc checkin_answer_decode(struct bytes text, struct checkin_answer *ret, struct err *e) MUST_CHECK;

/* Is it one of the words of docs/wire.md? */
bool checkin_state_ok(const char *word);  /* update steps, section 4 */
bool checkin_mode_ok(const char *word);	  /* lockdown modes */
bool checkin_reason_ok(const char *word); /* reason codes, section 2 */
/* [0-9A-Za-z.+-], 1 to 64 characters, beginning with a digit: the letters of a semantic version. */
bool checkin_version_ok(const char *text);

#endif
