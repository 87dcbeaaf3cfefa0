/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The update step machine, pure: state + event (with time, chance and what the boot record says as arguments) in, new
 * state + actions out. The engine carries out the actions in their order; if one fails it stops, keeps the state from
 * before the event, and reports UPDATE_FAILED. An action that ends in a later event is the last of its list. What is
 * persisted is only what is already on disk; the boot record, not this state, says what will boot, so that power may
 * fail between any two actions. EN303645 5.3-1, 5.3-2, 5.3-4, 5.3-9, 5.3-10.
 *
 * At most one action that ends in a later event is under way at any time. What people ask for may come in between: it
 * starts no second one, and a cancelled release drops the one under way.
 *
 *   idle -> planned -> fetching -> written -> verified -> switched -> trying -> confirmed | reverted
 */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_H
#define HALLMARK_AGENT_UPDATE_UPDATE_H

#include "agent/update/update_plan.h"
#include "core/base/buf.h"

#define UPDATE_REASON_SIZE REASON_SIZE
#define UPDATE_STRETCH_BYTES (8 * MIB) /* of an image: fetched, written, synced and recorded at once */
#define UPDATE_STARTS_MAX 10	       /* agent starts that a release on trial may take */
#define UPDATE_FIRST_MS 1000	       /* the first check-in after a start comes within this */
#define UPDATE_BACKOFF_MS 5000	       /* first window of the full jitter */
#define UPDATE_BACKOFF_MAX_MS 3600000
#define UPDATE_WAIT_DEFAULT_S 300
#define UPDATE_BUSY_WAIT_MS 5000
#define UPDATE_HOLD_MS 60000		      /* a release that waits in the slot is looked at this often */
#define UPDATE_BUSY_MAX_MS (24 * 3600 * 1000) /* a product program postpones a switch no longer than this */

enum update_step {
	UPDATE_IDLE,
	UPDATE_PLANNED,
	UPDATE_FETCHING,
	UPDATE_WRITTEN,
	UPDATE_VERIFIED,
	UPDATE_SWITCHED,
	UPDATE_TRYING,
	UPDATE_CONFIRMED, /* at rest like idle; the last update went well */
	UPDATE_REVERTED,  /* at rest like idle; the last update failed here */
	UPDATE_STEP_COUNT
};

const char *update_step_name(enum update_step s);

/* On disk as state/update.json. */
struct update_state {
	enum update_step step;
	struct update_release release;	 /* meaningful from planned on */
	int slot;			 /* it goes there: 0 or 1 */
	uint64_t written;		 /* bytes of it that are in the slot, synced */
	uint32_t starts;		 /* agent starts on trial */
	bool patch_failed;		 /* it made nothing of what runs here */
	bool full_only;			 /* nor did the other ways, or they are not worth it */
	bool told;			 /* the statement about a revert is in the outbox */
	char reason[UPDATE_REASON_SIZE]; /* docs/wire.md section 2; "" if none */
	char failed_version[SEMVER_MAX + 1];
	bool media; /* the release comes from a folder beside the device, not from the service */
	struct update_wishes wishes;
	struct wall_time changed_at; /* the last release was confirmed or reverted; 0: never */
};

struct update {
	struct update_state state;
	/* Not persisted. */
	char offer_target[UPDATE_TARGET_SIZE], offer_version[SEMVER_MAX + 1];
	uint32_t failures;  /* in a row */
	uint32_t wait_s;    /* what the service asked for last */
	int64_t busy_since; /* monotonic ms; 0: not postponed */
	bool refresh_due;   /* look at the metadata at the next answer, offer or not */
	int64_t refreshed;  /* monotonic ms of the last such look, or of the start */
	int64_t checked;    /* monotonic ms of the last answer of the service, or failure to get one */
	bool asking;	    /* the service is asked whether it still wants what waits in the slot */
	/* The release that was looked at last and is not installed, and what was said of it; version "": none. */
	struct update_release found;
	struct update_plan plan;
};

/* What the boot record says. */
struct update_boot {
	int active, booted; /* slots, 0 or 1 */
	bool trying;
	uint64_t other_bytes; /* image recorded for the slot that is not active; 0: none */
	uint8_t other_sha256[SHA256_SIZE];
	uint64_t slot_bytes; /* room in a slot */
};

/* Without an offer the metadata is looked at this often: a service that is stuck or lies shows itself (freeze attack).
 */
#define UPDATE_REFRESH_MS ((int64_t)24 * 3600 * 1000)

enum update_event_kind {
	UPDATE_START,	     /* the engine started; `boot` */
	UPDATE_TICK,	     /* the wait is over, or a person wants to check now (`person`) */
	UPDATE_ANSWERED,     /* check-in: `offered`, `target`, `version`, `wait_s` */
	UPDATE_FOUND,	     /* the offered release is authentic, fresh and allowed: `release` */
	UPDATE_POLICY_READY, /* its policy is stored */
	UPDATE_FETCHED,	     /* `bytes` more of the image are in the slot and synced */
	UPDATE_HASHED,	     /* the slot's content hashes to `digest` */
	UPDATE_HEALTHY,	     /* all health checks of the release on trial passed */
	UPDATE_UNHEALTHY,    /* its time is over */
	UPDATE_FAILED,	     /* the last action failed: `reason`, `wait_s` (0: none asked) */
	/* What people ask for, at any time. `refused` of the actions says whether it was granted. */
	UPDATE_CANCEL,	 /* not this release */
	UPDATE_POSTPONE, /* it, by `wait_s` seconds from now */
	UPDATE_INSTALL,	 /* it, now: consent for this release; a TICK follows */
	UPDATE_EVENT_COUNT
};

struct update_event {
	enum update_event_kind kind;
	struct now now;
	uint32_t chance;		       /* fresh random bits */
	bool person;			       /* somebody pressed the button */
	bool media;			       /* of FOUND: the release lies in a folder beside the device */
	const struct update_conditions *world; /* NULL: nothing stands against an update */
	struct update_boot boot;	       /* as it is now */
	bool offered;
	const char *target, *version, *reason;
	uint32_t wait_s;
	const struct update_release *release;
	uint64_t bytes;
	const uint8_t *digest;
};

enum update_action_kind {
	UPDATE_DO_PERSIST, /* write state/update.json */
	UPDATE_DO_CHECKIN, /* then ANSWERED or FAILED */
	/*
	 * Refresh metadata, look up and judge the offer; then FOUND or FAILED. Without an offer (offer_target "") only
	 * the refresh counts: FAILED with "no-offer" when the metadata is in order.
	 */
	UPDATE_DO_FIND,
	UPDATE_DO_FETCH_POLICY, /* fetch and verify, store for the slot; then POLICY_READY or FAILED */
	UPDATE_DO_STAGE,	/* boot record: nothing in the inactive slot may boot */
	UPDATE_DO_FETCH,	/* what follows `written`; then FETCHED, or FAILED ("base-changed": not by a patch) */
	UPDATE_DO_HASH,		/* then HASHED or FAILED */
	UPDATE_DO_SWITCH,	/* boot record: try the slot */
	UPDATE_DO_REBOOT,
	UPDATE_DO_HEALTH,  /* evaluate; then HEALTHY or UNHEALTHY */
	UPDATE_DO_PREPARE, /* sign the statement "confirmed" and keep it aside */
	UPDATE_DO_CONFIRM, /* boot record: the slot on trial is the active one; fine if it is already */
	UPDATE_DO_INSTALL, /* policy, counter and version of the release become the device's */
	UPDATE_DO_REVERT,  /* boot record: end the trial; fine if there is none */
	UPDATE_DO_BLOCK,   /* never try failed_version again */
	UPDATE_DO_TELL,	   /* statement into the outbox: confirmed (as prepared) or reverted */
	UPDATE_DO_DROP,	   /* what is under way for a release comes back no more */
	UPDATE_DO_WAIT,	   /* then TICK after wait_ms */
	UPDATE_ACTION_COUNT
};

#define UPDATE_ACTIONS_MAX 6

struct update_actions {
	enum update_action_kind list[UPDATE_ACTIONS_MAX];
	size_t n;
	int64_t wait_ms;     /* of UPDATE_DO_WAIT */
	const char *refused; /* CANCEL, POSTPONE, INSTALL: reason code; NULL: granted */
};

/* The file that the image comes from now. */
const struct update_transfer *update_transfer_of(const struct update_state *s);

/* `loaded` is what was on disk; NULL: nothing, or not readable. */
void update_init(struct update *u, const struct update_state *loaded);

/* An event that does not belong to the step is ignored: no action, no change. */
void update_step(struct update *u, const struct update_event *ev, struct update_actions *ret);

/* Would the release under way or found last be installed now? False: there is none. Changes nothing. */
bool update_explain(const struct update *u, const struct update_event *ev, struct update_plan *ret);
/* That release; NULL: there is none. */
const struct update_release *update_subject(const struct update *u);

/* Full jitter: anything from 0 to the window, which doubles with each failure up to its limit. */
int64_t update_backoff_ms(uint32_t failures, uint32_t chance);

/* state/update.json */
rc update_state_encode(const struct update_state *s, struct buf *out, struct err *e) MUST_CHECK;
rc update_state_decode(struct bytes text, struct update_state *ret, struct err *e) MUST_CHECK;

#endif
