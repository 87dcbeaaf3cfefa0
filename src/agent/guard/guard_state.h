/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the device concludes from the scan of its protected files (EN303645 5.7-1, 5.7-2). Pure: the ward feeds events
 * and does the actions.
 *
 *     NORMAL --difference--> SUSPECT --re-read confirms--> ISOLATED --clean pass in another boot--> RECOVERED
 *        ^                      |                                                                      |
 *        +----re-read clean-----+ <------------------------ alert queued ------------------------------+
 *
 * A file that could not be read is not clean and not changed: it keeps the device suspect, tells the service, and never
 * ends an isolation. The same holds when nobody looks: without a finished pass for GUARD_SILENCE_PERIODS the device is
 * suspect and tells. It is not isolated for that: a scanner that hangs is a fault far more often than an attack, and
 * the maker's service, told at once, can still reach the device.
 */
#ifndef HALLMARK_AGENT_GUARD_GUARD_STATE_H
#define HALLMARK_AGENT_GUARD_GUARD_STATE_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define GUARD_FINDINGS_MAX 16
#define GUARD_PATH_SIZE 256
#define GUARD_BOOT_SIZE 65
#define GUARD_CAUSE_SIZE 129
#define GUARD_SILENCE_PERIODS 3
#define GUARD_SILENCE_MARGIN_MS 10000
#define GUARD_JSON_MAX (16 * 1024)

enum guard_mode { GUARD_NORMAL, GUARD_SUSPECT, GUARD_ISOLATED, GUARD_RECOVERED, GUARD_MODE_COUNT };

enum guard_what { GUARD_SAME, GUARD_CHANGED, GUARD_MISSING, GUARD_PERMISSION, GUARD_UNREADABLE, GUARD_WHAT_COUNT };

struct guard_finding {
	char path[GUARD_PATH_SIZE]; /* relative to the root tree */
	enum guard_what what;
};

/* The last isolation, kept when it is over: what an assessor is shown (EN303645 5.7-2). */
struct guard_isolation {
	bool any;
	struct wall_time began, ended; /* ended.s 0: not yet */
	char cause[GUARD_CAUSE_SIZE];
	bool told; /* its alert reached the outbox */
	bool cut;  /* the firewall of the isolation was loaded */
};

/* What stands from `awaited` on is of this run only; everything else is kept in state/guard.json. */
struct guard_state {
	enum guard_mode mode;
	char boot[GUARD_BOOT_SIZE]; /* the boot in which the isolation began; "" if unknown */
	uint64_t seq;		    /* of the last alert decided */
	bool alert_pending;	    /* the alert of `alert_mode` is decided and not yet in the outbox */
	enum guard_mode alert_mode;
	struct wall_time since; /* of the mode */
	char cause[GUARD_CAUSE_SIZE];
	struct guard_finding findings[GUARD_FINDINGS_MAX];
	size_t findings_n;
	struct guard_isolation last;
	unsigned awaited;	/* re-reads asked for and not answered */
	bool unread;		/* a file could not be read in this pass or the last */
	bool silent;		/* no pass ended for too long */
	uint32_t period_s;	/* in which a pass is promised; 0: nothing is to be looked at */
	struct mono_time heard; /* of the last pass, or since when one is awaited */
};

enum guard_event_kind {
	GUARD_EV_START,	       /* this run began; `boot` */
	GUARD_EV_POLICY,       /* other reference values: forget what was awaited; `period_s` */
	GUARD_EV_FINDING,      /* first look; `finding` */
	GUARD_EV_REREAD,       /* answer to a re-read; `finding`, GUARD_SAME if it was clean */
	GUARD_EV_PASS,	       /* a whole pass ended; `checked`, `wrong`, `unreadable`, `boot` */
	GUARD_EV_TICK,	       /* time went by, see guard_state_silence_ms */
	GUARD_EV_ALERT_QUEUED, /* the pending alert is in the outbox */
	GUARD_EV_CUT,	       /* the firewall of the mode was loaded */
};

struct guard_event {
	enum guard_event_kind kind;
	const char *boot;
	struct guard_finding finding;
	uint32_t checked, wrong, unreadable;
	uint32_t period_s;
};

enum guard_action {
	GUARD_ACT_SAVE = 1 << 0,     /* write guard.json before anything else */
	GUARD_ACT_FIREWALL = 1 << 1, /* load the firewall of the mode */
	GUARD_ACT_ALERT = 1 << 2,    /* queue the pending alert, then feed GUARD_EV_ALERT_QUEUED */
	GUARD_ACT_REREAD = 1 << 3,   /* look at the finding's file again, now */
};

/* Returns the actions, to be done in the order of the enum. */
unsigned guard_state_step(struct guard_state *s, const struct guard_event *ev, struct now now);

/* When to feed GUARD_EV_TICK: so long from now; -1: not before the next policy. */
int64_t guard_state_silence_ms(const struct guard_state *s, struct mono_time now);

const char *guard_state_mode_name(enum guard_mode m); /* "normal", ... */
const char *guard_state_what_name(enum guard_what w); /* "changed", ... */

/* state/guard.json. Decoding is strict. */
rc guard_state_encode(const struct guard_state *s, struct buf *out, struct err *e) MUST_CHECK;
rc guard_state_decode(struct bytes text, struct guard_state *ret, struct err *e) MUST_CHECK;

/* What to assume when the record is there and cannot be used: isolated, until a clean pass. */
void guard_state_damaged(struct guard_state *ret, struct now now);

#endif
