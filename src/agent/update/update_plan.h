/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would happen with a release now, and why, or why not: a pure function of the release, what the owner and the
 * maker decided, and how the device is doing. The step machine asks it before the first byte and before the switch;
 * the owner's page and hallmarkctl show what it said. CRA Annex I (2)(c), EN303645 5.3-4A, 5.3-6A, 5.3-10.
 */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_PLAN_H
#define HALLMARK_AGENT_UPDATE_UPDATE_PLAN_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/codec/semver.h"
#include "core/crypto/hash.h"
#include "core/model/policy.h"
#include "core/model/reason.h"

#define UPDATE_TARGET_SIZE 128

/* A file that brings the image (docs/transfer.md). */
struct update_transfer {
	char target[UPDATE_TARGET_SIZE];
	uint8_t sha256[SHA256_SIZE]; /* of the file */
	uint64_t bytes;		     /* 0: there is none */
	uint32_t memory, header_bytes;
	uint8_t header_sha256[SHA256_SIZE];
};

/* A release that trusted metadata offers. */
struct update_release {
	char version[SEMVER_MAX + 1];
	char declaration[UPDATE_TARGET_SIZE]; /* of the policy */
	uint64_t counter, length;	      /* of the image, as it lies in a slot */
	uint8_t sha256[SHA256_SIZE];	      /* of the image */
	uint8_t declaration_sha256[SHA256_SIZE];
	struct update_transfer full, patch, blocks; /* patch: from what runs here; blocks: whole, less what is here */
	bool security;				    /* it mends a security problem */
};

/* What people decided about single releases; kept with the step machine's state. Versions are "" if none. */
struct update_wishes {
	char asked[SEMVER_MAX + 1];	/* install this one now: the owner's own consent */
	char cancelled[SEMVER_MAX + 1]; /* not this one, until it is asked for or another comes */
	char seen[SEMVER_MAX + 1];	/* found here first at `seen_at`; the postponement is of this one */
	struct wall_time seen_at, postponed_until;
	uint32_t postponed_times;
};

/* What the owner chose for all releases. */
struct update_choices {
	enum policy_automatic automatic;
	uint32_t window_from, window_to; /* local hours; equal: any time */
};

/* state/update-choices.json */
#define UPDATE_CHOICES_MAX 1024
rc update_choices_encode(const struct update_choices *c, struct buf *out, struct err *e) MUST_CHECK;
rc update_choices_decode(struct bytes text, struct update_choices *ret, struct err *e) MUST_CHECK;
/* What holds: the owner's where the maker leaves it to the owner. `chosen` NULL: nothing yet. */
void update_choices_apply(const struct policy_update *limits, const struct update_choices *chosen,
			  struct update_choices *ret);

/* A program asked that nothing be installed now. */
struct update_inhibitor {
	char who[65]; /* the service, or "hallmarkctl" */
	char why[101];
	int64_t left_s; /* until it is over by itself */
};

/* One way to get the release into the slot. */
enum update_way_kind { UPDATE_WAY_FULL, UPDATE_WAY_PATCH, UPDATE_WAY_BLOCKS, UPDATE_WAY_COUNT };

struct update_way {
	enum update_way_kind kind;
	uint64_t fetch_bytes;  /* over the network; of blocks an estimate */
	uint64_t most_bytes;   /* it is never more than these */
	uint64_t memory_bytes; /* for unpacking */
	uint32_t work_s;       /* computing, beside the fetching */
};

#define UPDATE_SLOWER_MAX_S 1800 /* fewer bytes are worth this much more time, not more */

const char *update_plan_way_name(enum update_way_kind k);

/* A clock that is not set is waited for a while; without one at all neither window nor postponement can be kept. */
enum update_clock { UPDATE_CLOCK_GOOD, UPDATE_CLOCK_NOT_YET, UPDATE_CLOCK_NONE };

enum update_power { UPDATE_POWER_MAINS, UPDATE_POWER_BATTERY, UPDATE_POWER_UNKNOWN };

/* How the device is doing, and what holds for all releases. */
struct update_conditions {
	struct policy_update limits; /* the maker's */
	struct update_choices choices;
	int32_t utc_offset_s; /* of local time */
	enum update_clock clock;
	bool metered;
	enum update_power power;
	uint32_t battery_percent; /* of UPDATE_POWER_BATTERY */
	bool memory_known;
	uint64_t memory_bytes;	    /* free to be taken */
	uint64_t bytes_per_s;	    /* measured while fetching; 0: not known */
	uint32_t retry_s;	    /* until the next look, when nothing else says */
	bool busy;		    /* there is an inhibitor, and its time is not over */
	const char *const *blocked; /* versions that failed here */
	size_t blocked_n;
};

struct update_question {
	const struct update_release *release;
	const struct update_wishes *wishes;
	const struct update_conditions *world;
	struct wall_time now;
	uint64_t slot_bytes; /* room in the slot that would be written */
	bool fetched;	     /* it lies verified in the slot: the question is the restart */
	bool patch_failed;   /* it was tried, and made nothing of what runs here */
	bool full_only;	     /* the other ways were tried or are not worth it */
	bool media;	     /* it comes from a folder beside the device: nothing is fetched over a network */
};

struct update_plan {
	bool now;
	const char *reason;    /* of core/model/reason.h: "none" if now */
	struct update_way way; /* to take, if `chosen` */
	bool chosen;
	uint32_t seconds;	   /* predicted for it; 0: not known */
	struct wall_time retry_at; /* tried again by itself then; 0: not by itself */
};

void update_plan_make(const struct update_question *q, struct update_plan *ret);

/*
 * Of those that fit the memory and cost no more than the whole image (by 1 % at most), the one with the fewest bytes
 * that is not much slower than the fastest. Ties: less time, less memory, the simpler kind. False: none fits. While
 * fetching was not measured, time does not count.
 */
bool update_plan_choose(const struct update_conditions *world, const struct update_way *ways, size_t n,
			struct update_way *ret);
/* Predicted; 0: not known. */
uint32_t update_plan_seconds(const struct update_way *w, uint64_t bytes_per_s);

/* When the window is open next: `now` itself if it is open. */
struct wall_time update_plan_window(const struct update_choices *c, int32_t utc_offset_s, struct wall_time now);

/* The latest moment to which this release may be put off; a time that is over: no more. */
struct wall_time update_plan_postpone_end(const struct policy_update *limits, const struct update_wishes *wishes,
					  bool security);

#endif
