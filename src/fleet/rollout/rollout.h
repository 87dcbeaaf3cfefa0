/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rollout: who gets a release, in which order, and the rule that lets the next wave go. Pure: counts and a time in,
 * at most one decision out. Only boot statements count as evidence ("confirmed" with every health check good); going
 * back, bad health and silence past the deadline are failures. EN303645 5.3-1, 5.3-9.
 */
#ifndef HALLMARK_FLEET_ROLLOUT_ROLLOUT_H
#define HALLMARK_FLEET_ROLLOUT_ROLLOUT_H

#include "core/base/err.h"
#include "core/base/names.h"
#include "core/base/units.h"

#define ROLLOUT_WAVES_MAX 8
#define ROLLOUT_NAME_SIZE (NAME_MAX_CHARS + 1)
#define ROLLOUT_VERSION_SIZE 65
#define ROLLOUT_TARGET_SIZE 128
#define ROLLOUT_TEXT_SIZE 640
#define ROLLOUT_SMALL_WAVE 3 /* in a wave of at most this many devices any failure halts */
#define ROLLOUT_FAILURES_SHOWN 4

/* How far a wave reaches, counted from the first device: "1" one device, "10%" a tenth of the members, "100%" all. */
struct rollout_wave {
	bool percent;
	uint32_t reach;
};

struct rollout_rule {
	struct rollout_wave waves[ROLLOUT_WAVES_MAX];
	size_t waves_n;
	double tolerated;	/* p0: failure rate that is still healthy */
	double false_halt;	/* alpha: chance of ever halting a healthy release */
	uint32_t gate_percent;	/* of a wave that must confirm before the next */
	uint32_t silence_s;	/* offered and then no statement for so long: a failure */
	uint32_t join_s;	/* devices that did not even ask since the wave opened so long ago hold nobody up */
	uint32_t in_flight_max; /* offered and not yet decided */
};

/* Tolerates 2 % with 1 % false halts, gate 90 %, silence 1 hour, join 1 day, 100 in flight. One wave of 100 %. */
void rollout_rule_init(struct rollout_rule *r);

/* "1,10%,100%": at most ROLLOUT_WAVES_MAX, each reaching at least as far as the one before as far as can be told. */
rc rollout_waves_parse(const char *text, struct rollout_rule *r, struct err *e) MUST_CHECK;
rc rollout_rule_check(const struct rollout_rule *r, struct err *e) MUST_CHECK;

/* The wave of the member at this place (from 0) of `members`. The last wave takes whoever is left. */
size_t rollout_wave_of(const struct rollout_rule *r, uint32_t place, uint32_t members);

enum rollout_state { ROLLOUT_RUNNING, ROLLOUT_PAUSED, ROLLOUT_HALTED, ROLLOUT_ABORTED, ROLLOUT_COMPLETE };
const char *rollout_state_name(enum rollout_state s);
bool rollout_state_parse(const char *name, enum rollout_state *ret);

enum rollout_outcome {
	ROLLOUT_WAITING,   /* not offered yet */
	ROLLOUT_OFFERED,   /* in flight */
	ROLLOUT_CONFIRMED, /* booted the release, all health checks good */
	ROLLOUT_REVERTED,  /* tried it and went back */
	ROLLOUT_UNHEALTHY, /* runs it with a bad health check */
	ROLLOUT_SILENT,	   /* offered, and no word past the deadline */
	ROLLOUT_OUTCOME_COUNT
};
const char *rollout_outcome_name(enum rollout_outcome o);
bool rollout_outcome_parse(const char *name, enum rollout_outcome *ret);
bool rollout_outcome_failed(enum rollout_outcome o);

#define ROLLOUT_DETAIL_SIZE 200

/* What a verified boot statement says about `version`; false if it is about another one. */
struct statement_boot;
bool rollout_judge(const struct statement_boot *s, const char *version, enum rollout_outcome *ret,
		   char detail[ROLLOUT_DETAIL_SIZE]);

/* Members of one wave. Excused members (a person resumed after their failure) are left out of all of it. */
struct rollout_counts {
	uint32_t members, waiting, in_flight, confirmed, failed;
};

struct rollout_failure {
	char device[ROLLOUT_NAME_SIZE];
	enum rollout_outcome outcome;
	char detail[ROLLOUT_DETAIL_SIZE];
};

struct rollout_view {
	char version[ROLLOUT_VERSION_SIZE];
	struct rollout_rule rule;
	enum rollout_state state;
	size_t wave;		    /* the open one, from 0 */
	struct wall_time wave_time; /* when it was opened */
	struct rollout_counts waves[ROLLOUT_WAVES_MAX];
	struct rollout_failure failures[ROLLOUT_FAILURES_SHOWN]; /* the latest, for the words */
	size_t failures_n;
};

enum rollout_decision_kind {
	ROLLOUT_STARTED,
	ROLLOUT_NEXT_WAVE,
	ROLLOUT_HALT_SMALL, /* a failure in a wave too small for statistics */
	ROLLOUT_HALT_RATE,  /* the e-process reached its bound */
	ROLLOUT_HALT_GATE,  /* the gate can no longer be met */
	ROLLOUT_DONE,
	ROLLOUT_BY_PERSON, /* pause, resume, abort */
	ROLLOUT_DECISION_COUNT
};
const char *rollout_decision_name(enum rollout_decision_kind k);

/* A decision with what it rests on. */
struct rollout_decision {
	enum rollout_decision_kind kind;
	enum rollout_state state; /* after it */
	size_t wave;		  /* after it */
	uint32_t reports, confirmed, failed, needed;
	double log_e; /* evidence against the release; halts at log(1/alpha) */
	char text[ROLLOUT_TEXT_SIZE];
};

/* Is there something to decide now? False: nothing changes. Call again after carrying it out. */
bool rollout_decide(const struct rollout_view *v, struct wall_time now, struct rollout_decision *ret);

/* May a member of `wave` with this outcome be offered the release now? */
bool rollout_offers(const struct rollout_view *v, size_t wave, enum rollout_outcome o);

/* A person's verb. ERR_WRONG_STATE if it makes no sense now. */
enum rollout_verb { ROLLOUT_PAUSE, ROLLOUT_RESUME, ROLLOUT_ABORT };
rc rollout_person(const struct rollout_view *v, enum rollout_verb verb, const char *who, const char *note,
		  struct rollout_decision *ret, struct err *e) MUST_CHECK;

/* Devices of the wave that must confirm. */
uint32_t rollout_needed(const struct rollout_rule *r, uint32_t members);

#endif
