/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of the maker and what is known of each: who they are (from the factory's signed records, never from the
 * device) and what they last said of themselves. Kept by registry_db.c.
 */
#ifndef HALLMARK_FLEET_REGISTRY_REGISTRY_H
#define HALLMARK_FLEET_REGISTRY_REGISTRY_H

#include "core/base/names.h"
#include "core/base/units.h"
#include "core/model/checkin.h"
#include "core/model/record.h"

#define REGISTRY_CAUSE_SIZE 257

struct registry_device {
	/* from the factory */
	char id[NAME_MAX_CHARS + 1], model[NAME_MAX_CHARS + 1], maker[RECORD_MAKER_MAX + 1];
	char fingerprint[2 * SHA256_SIZE + 1], key_grade[8];
	char statement_key[RECORD_PEM_MAX + 1];
	struct wall_time made;
	/* from its check-ins; last_seen 0: never */
	struct wall_time last_seen;
	char version[CHECKIN_VERSION_SIZE], state[CHECKIN_WORD_SIZE], mode[CHECKIN_WORD_SIZE],
		reason[CHECKIN_WORD_SIZE], failed_version[CHECKIN_VERSION_SIZE];
	char slot; /* 0: not known */
	int64_t counter;
	/* ours */
	char nonce[CHECKIN_NONCE_SIZE], nonce_before[CHECKIN_NONCE_SIZE];
	bool erase_ordered;
	/* its last alert */
	char cause[REGISTRY_CAUSE_SIZE];
	struct wall_time alerted; /* 0: never */
};

/* Did we give this nonce to the device lately? "" is never fresh. */
bool registry_nonce_fresh(const struct registry_device *d, const char *nonce);

#endif
