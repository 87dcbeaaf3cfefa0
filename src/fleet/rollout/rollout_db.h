/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts, their members and every decision, in the database. What to decide is rollout.c's. */
#ifndef HALLMARK_FLEET_ROLLOUT_ROLLOUT_DB_H
#define HALLMARK_FLEET_ROLLOUT_ROLLOUT_DB_H

#include "fleet/rollout/rollout.h"
#include "host/store/store.h"

#define ROLLOUT_DB_EVIDENCE_SIZE 1024
#define ROLLOUT_DB_WAVES_SIZE 128

extern const char rollout_db_schema[];

struct rollout_start {
	const char *target, *version, *model, *actor;
	struct rollout_rule rule;
	const char *const *devices; /* device ids; the order of waves is drawn from a hash, not from this order */
	size_t devices_n;
};

/* ERR_EXISTS while another rollout of the model is not over; ERR_MISSING without devices. */
rc rollout_db_start(struct store *st, const struct rollout_start *s, struct wall_time now, int64_t *ret_id,
		    struct err *e) MUST_CHECK;

struct rollout_row {
	int64_t id;
	char target[ROLLOUT_TARGET_SIZE], model[ROLLOUT_NAME_SIZE];
	struct wall_time started, ended; /* ended 0: not yet */
	struct rollout_view view;
};

rc rollout_db_get(struct store *st, int64_t id, struct rollout_row *ret, struct err *e) MUST_CHECK;
/* The rollout of this model that is not over; *ret_id 0 if none. */
rc rollout_db_active(struct store *st, const char *model, int64_t *ret_id, struct err *e) MUST_CHECK;
/* Ids, newest first. */
rc rollout_db_list(struct store *st, int64_t *ret_ids, size_t max, size_t *ret_n, struct err *e) MUST_CHECK;

struct rollout_member {
	char device[ROLLOUT_NAME_SIZE];
	size_t wave;
	enum rollout_outcome outcome;
	bool excused;
	struct wall_time offered, resolved; /* 0: not yet */
	char boot[2 * 16 + 1];		    /* of the statement that decided it */
	char detail[ROLLOUT_DETAIL_SIZE];
};

/* A device that came later joins the last wave. */
rc rollout_db_join(struct store *st, int64_t id, const char *device, struct err *e) MUST_CHECK;
rc rollout_db_member(struct store *st, int64_t id, const char *device, struct rollout_member *ret, struct err *e)
	MUST_CHECK;
/* Failures first, then by wave and device. Free *ret with mem_free. */
rc rollout_db_members(struct store *st, int64_t id, size_t max, struct rollout_member **ret, size_t *ret_n,
		      struct err *e) MUST_CHECK;

/* The release was offered to this member now. */
rc rollout_db_offered(struct store *st, int64_t id, const char *device, struct wall_time now, struct err *e) MUST_CHECK;

/* outcome, boot and detail of `m` happened to m->device now. */
rc rollout_db_outcome(struct store *st, int64_t id, const struct rollout_member *m, struct wall_time now, struct err *e)
	MUST_CHECK;

/* Count the silent, then decide and record until there is nothing left to decide. In the caller's transaction. */
rc rollout_db_run(struct store *st, int64_t id, struct wall_time now, struct err *e) MUST_CHECK;
/* Same for all that are running; opens its own transaction. */
rc rollout_db_run_all(struct store *st, struct wall_time now, struct err *e) MUST_CHECK;

struct rollout_order {
	int64_t id;
	enum rollout_verb verb;
	const char *who, *note;
};

/* A person's verb, recorded like any decision. Opens its own transaction. */
rc rollout_db_person(struct store *st, const struct rollout_order *o, struct wall_time now, struct err *e) MUST_CHECK;

struct rollout_record {
	int64_t id;
	struct wall_time at;
	struct rollout_decision decision;
	char evidence[ROLLOUT_DB_EVIDENCE_SIZE]; /* a line for each statement it rests on */
};

/* Oldest first; free *ret with mem_free. */
rc rollout_db_decisions(struct store *st, int64_t id, size_t max, struct rollout_record **ret, size_t *ret_n,
			struct err *e) MUST_CHECK;

/* Waves as they were given: "1,10%,100%". */
void rollout_db_waves_text(const struct rollout_rule *r, char out[ROLLOUT_DB_WAVES_SIZE]);

#endif
