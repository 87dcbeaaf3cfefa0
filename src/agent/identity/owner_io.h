/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's password (EN303645 5.1-1 to 5.1-5): the unit's own set-up value from the factory until the owner changes
 * it, the owner's afterwards, the unit's own again after a reset. Only Argon2id hashes are stored. Every check goes
 * through the throttle, whose state is on disk before the answer is given.
 */
#ifndef HALLMARK_AGENT_IDENTITY_OWNER_IO_H
#define HALLMARK_AGENT_IDENTITY_OWNER_IO_H

#include "agent/identity/throttle.h"
#include "core/base/names.h"
#include "host/os/file.h"

#define OWNER_PASSWORD_MIN 10 /* characters */

/* Counts of the owner's page and of the programs that asked last; the others' wait on disk. */
#define OWNER_DOORS_MAX 9

struct owner_door {
	char service[NAME_MAX_CHARS + 1]; /* "": the owner's page, always the first */
	struct throttle throttle;
};

struct owner {
	char factory_path[FILE_PATH_MAX]; /* factory/password.phc */
	char owner_path[FILE_PATH_MAX];	  /* state/owner.phc */
	char state_dir[FILE_PATH_MAX];	  /* of throttle.json and throttle-SERVICE.json */
	struct owner_door doors[OWNER_DOORS_MAX];
	size_t doors_n, turn;
};

enum owner_answer { OWNER_WRONG, OWNER_RIGHT, OWNER_WAIT };

struct owner_result {
	enum owner_answer answer;
	uint32_t wait_s; /* with OWNER_WAIT, > 0 */
};

struct owner_try {
	const char *service; /* of the program that asks; NULL: the owner's page */
	const char *source, *password;
};

/* Loads the throttle; a damaged one counts as one failed try too many for everybody. Nothing to free. */
rc owner_init(struct owner *o, const char *device_dir, struct now now, struct err *e) MUST_CHECK;

/* Is it the one in force? OWNER_WAIT: it was not even looked at. Takes ~50 ms and 19 MiB. */
rc owner_check(struct owner *o, const struct owner_try *t, struct now now, struct owner_result *ret, struct err *e)
	MUST_CHECK;

/* Good enough to become the password? NULL, or what is wrong with it, in words for the owner. */
const char *owner_objection(const struct owner *o, const char *password);

/* Replace it. The caller has checked the old one. ERR_INPUT with the objection. */
rc owner_change(struct owner *o, const char *password, struct err *e) MUST_CHECK;

/* Back to the unit's own value, never to a common one. */
rc owner_reset(struct owner *o, struct err *e) MUST_CHECK;

/* Is the factory value still in force? */
bool owner_is_factory(const struct owner *o);

#endif
