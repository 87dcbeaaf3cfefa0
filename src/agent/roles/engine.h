/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine role from the inside: one process, one loop, one struct that is handed to each of its files. Private to
 * engine*.c.
 *
 *   engine.c         start, sandbox, wiring with the ward, end
 *   engine_store.c   what lies in state/: installed release, policies, blocked versions, time floor
 *   engine_parent.c  root verbs, asked of the parent
 *   engine_net.c     calls to the service, one at a time, through the net role
 *   engine_fetch.c   metadata (TUF) and policy
 *   engine_grant.c   downgrade grants: taken, asked, used
 *   engine_transfer.c image: header, frames, worker, slot
 *   engine_step.c    carries out the actions of the update step machine
 *   engine_health.c  is the release on trial healthy?
 *   engine_send.c    check-in, statements, the outbox
 */
#ifndef HALLMARK_AGENT_ROLES_ENGINE_H
#define HALLMARK_AGENT_ROLES_ENGINE_H

#include "agent/roles/device.h"
#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "agent/roles/outbox.h"
#include "agent/roles/ward.h"
#include "agent/update/update.h"
#include "agent/update/update_report.h"
#include "agent/update/update_sense_io.h"
#include "core/model/checkin.h"
#include "core/model/release.h"
#include "core/model/statement.h"
#include "core/trust/tuf.h"
#include "delta/transfer.h"
#include "host/os/bootctl.h"
#include "host/os/sandbox.h"

#define ENGINE_BLOCKED_MAX 32

struct engine;

/* ---- calls to the service ---- */

struct engine_result {
	enum err_code code; /* ERR_NONE: there is a status */
	int status;
	uint32_t retry_after_s;
	const char *text;    /* of the error */
	struct bytes answer; /* of a 2xx, unless it went to `data` */
};

struct engine_call {
	bool probe; /* not the service: does our own port answer? */
	uint16_t port;
	bool urgent; /* before the calls that wait already */
	bool update; /* a step of the update waits for its end: engine_net_drop lets go of it */
	bool post;
	char path[MESSAGES_PATH_MAX], headers[MESSAGES_HEADERS_MAX];
	struct bytes body; /* copied */
	uint32_t max, deadline_ms;
	rc (*data)(void *ctx, struct bytes piece, struct err *e); /* NULL: the answer is collected */
	void (*end)(void *ctx, const struct engine_result *result);
	void *ctx;
};

struct engine_job;

struct engine_net {
	int fd;
	struct engine_job *first; /* the first one runs, if `running` */
	bool running;
	uint32_t last_id;
	struct loop_watch *deadline;
	uint8_t sandbox_bits;
};

rc engine_net_start(struct engine *en, struct err *e) MUST_CHECK;
rc engine_net_call(struct engine *en, const struct engine_call *call, struct err *e) MUST_CHECK;
/* Calls that belong to the update (`update`) end now, and nobody is told. */
void engine_net_drop(struct engine *en);
void engine_net_done(struct engine *en);

/* ---- what lies in state/ ---- */

struct engine_installed {
	char version[SEMVER_MAX + 1];
	uint64_t counter;
};

rc engine_store_open(struct engine *en, struct err *e) MUST_CHECK;
rc engine_store_update(const struct update_state *s, struct err *e) MUST_CHECK;
/* The policy, counter and version of this release become the device's. */
rc engine_store_install(struct engine *en, const struct update_state *s, struct err *e) MUST_CHECK;
rc engine_store_block(struct engine *en, const char *version, struct err *e) MUST_CHECK;
/* Path of the policy stored for a slot. */
const char *engine_store_policy_path(int slot);
/* The policy of what runs: of the slot on trial, or the confirmed one. */
rc engine_store_running_policy(struct engine *en, struct policy **ret, struct err *e) MUST_CHECK;
/* The highest trusted time so far; a device without a clock is never before it. */
struct wall_time engine_store_time(const struct engine *en, struct wall_time clock);
rc engine_store_raise_floor(struct engine *en, struct wall_time t, struct err *e) MUST_CHECK;

/* ---- root verbs ---- */

/* Ask and wait for the answer's payload in `ret` (may be NULL). A parent that does not answer ends the engine. */
rc engine_parent_ask(struct engine *en, enum messages_verb verb, struct bytes request, struct buf *ret, struct err *e)
	MUST_CHECK;
rc engine_parent_boot(struct engine *en, struct bootctl *ret, uint64_t *ret_slot_bytes, struct err *e) MUST_CHECK;
/* What the worker made, `n` bytes of it. */
rc engine_parent_write(struct engine *en, int slot, uint64_t at, uint32_t n, struct err *e) MUST_CHECK;
rc engine_parent_switch(struct engine *en, int slot, const struct update_release *rel, struct err *e) MUST_CHECK;
rc engine_parent_confirm(struct engine *en, struct err *e) MUST_CHECK;
rc engine_parent_revert(struct engine *en, struct err *e) MUST_CHECK;
/* One bounded piece of hashing; *ret_end when `digest` is filled in. */
rc engine_parent_hash(struct engine *en, int slot, uint64_t total, bool restart, bool *ret_end,
		      uint8_t digest[SHA256_SIZE], struct err *e) MUST_CHECK;
rc engine_parent_firewall(struct engine *en, enum ward_mode mode, struct err *e) MUST_CHECK;
rc engine_parent_reboot(struct engine *en, const char *why, struct err *e) MUST_CHECK;

/* ---- metadata, policy, image: each ends in an event for the step machine ---- */

/* What the TUF client is at: the metadata, then the offered image through delegations, then its policy. */
enum engine_search { ENGINE_REFRESH, ENGINE_IMAGE, ENGINE_POLICY };

struct engine_fetch {
	struct tuf *tuf;
	enum engine_search search;
	struct update_release found; /* filled in from search to search */
};

rc engine_fetch_open(struct engine *en, struct err *e) MUST_CHECK;
void engine_fetch_done(struct engine *en);
/* The root that is trusted now; `ret` holds TUF_ROOT_MAX. */
rc engine_fetch_root(struct buf *ret, struct err *e) MUST_CHECK;
/* To the service, or to the media folder in its place. */
rc engine_fetch_call(struct engine *en, const struct engine_call *call, struct err *e) MUST_CHECK;
rc engine_fetch_find(struct engine *en, struct err *e) MUST_CHECK;
rc engine_fetch_policy(struct engine *en, const struct update_state *s, struct err *e) MUST_CHECK;
/* Path of a target at the service. */
void engine_target_path(char *out, size_t size, const uint8_t sha256[SHA256_SIZE], const char *name);

/* ---- one release that is older than what was confirmed here ---- */

/* Keep it if it could be used here now; else the reason code. */
const char *engine_grant_take(struct engine *en, struct bytes envelope);
/* Does the grant that is kept allow this one? Without one *ret_reason stays as it is. */
bool engine_grant_allows(struct engine *en, const struct release_info *offered, const char **ret_reason) MUST_CHECK;
/* Before the switch: a release with a lower counter uses its grant up, on disk; en->problem says why it cannot. */
rc engine_grant_use(struct engine *en, const struct update_release *rel, struct err *e) MUST_CHECK;
/* Was a grant used for exactly this release, from the counter that is confirmed here now? */
bool engine_grant_led_to(const struct engine *en, const struct update_release *rel) MUST_CHECK;

struct engine_transfer {
	struct transfer *t; /* NULL: the header is not here yet. Else the worker runs */
	/* From the state as it will be when the fetch has begun: the engine's own is still the one before. */
	struct update_transfer file;
	bool partial; /* a patch or blocks: it rests on what runs here */
	uint64_t full_bytes;
	int slot;
	uint64_t length, written; /* of the image */
	struct buf header;	  /* while it comes */
	bool whole;		  /* the service knows no ranges */
	uint8_t *here;		  /* of the blocks way: a bit for each segment that the running image has */
	uint32_t run;		  /* first segment that does not come in this range */
	int32_t worker_group;	  /* that the worker has; -1: none */
	uint32_t segment, end;	  /* next to come, and first not to come in this stretch; end 0: not begun */
	uint32_t got;		  /* bytes of the frame that comes */
	uint64_t from, to, at;	  /* the range asked for, and where in it we are */
	const char *problem;	  /* reason code for what failed while a piece was handled */
};

/* What follows `written`; then FETCHED, or FAILED. */
rc engine_transfer_fetch(struct engine *en, const struct update_state *s, struct err *e) MUST_CHECK;
void engine_transfer_close(struct engine *en); /* ends the worker; fine if nothing is open */

/* ---- health of a release on trial ---- */

#define ENGINE_HEALTH_POLL_MS 500

struct engine_health {
	bool began;
	int64_t began_ms;
	struct statement_health results[STATEMENT_HEALTH_MAX];
	size_t n;
	size_t next;  /* the check under way in this round */
	bool running; /* a round is */
	bool late;    /* one is not good, and its time is over */
	bool bad;     /* one is not good in this round */
};

rc engine_health_begin(struct engine *en, struct err *e) MUST_CHECK;

/* ---- check-in, statements, outbox ---- */

rc engine_send_checkin(struct engine *en, struct err *e) MUST_CHECK;
rc engine_send_queue(struct engine *en, enum outbox_kind kind, struct bytes envelope, struct err *e) MUST_CHECK;
/* Sign "confirmed" for the release on trial and keep it aside until the record says so. */
rc engine_send_prepare(struct engine *en, const struct update_state *s, struct err *e) MUST_CHECK;
/* The statement of the outcome in `s`, into the outbox. */
rc engine_send_tell(struct engine *en, const struct update_state *s, struct err *e) MUST_CHECK;
/* Send what waits in the outbox, if nothing is being sent. */
void engine_send_outbox(struct engine *en);

/* ---- what the step machine is told of the device ---- */

struct engine_plan {
	struct update_sense sense;
	struct mono_time began;
	bool any_chosen;
	struct update_choices chosen;
	uint64_t bytes_per_s; /* measured; 0: nothing yet */
	struct mono_time fetch_began;
	const char *blocked[ENGINE_BLOCKED_MAX];
	struct update_inhibitor inhibitors[UPDATE_INHIBITORS_MAX]; /* of the last report */
};

void engine_plan_open(struct engine *en); /* before the sandbox closes */
void engine_plan_load(struct engine *en);
void engine_plan_close(struct engine *en);
/* Fills en->world. */
void engine_plan_look(struct engine *en);
rc engine_plan_choose(struct engine *en, const struct update_choices *c, struct err *e) MUST_CHECK;
/* A segment is asked for; so many bytes came. */
void engine_plan_fetching(struct engine *en);
void engine_plan_fetched(struct engine *en, uint64_t bytes);

/* ---- updates from a folder beside the device ---- */

struct engine_media {
	char folder[CONTROL_FOLDER_MAX + 1]; /* below the media folder; "": the service is asked */
	struct engine_call call;
	struct loop_watch *turn;
	uint64_t size; /* of the file that was read last */
};

/* Begin; NULL, or the reason why not. */
const char *engine_media_install(struct engine *en, const char *folder);
bool engine_media_active(const struct engine *en);
rc engine_media_call(struct engine *en, const struct engine_call *call, struct err *e) MUST_CHECK;
void engine_media_drop(struct engine *en);
/* From now on the service is asked again. */
void engine_media_end(struct engine *en);

/* ---- what people ask for ---- */

/* `json` (may be NULL) gets the answer to CONTROL_STATUS. */
void engine_control(struct engine *en, const struct control_request *q, struct control_answer *ret, struct buf *json);
void engine_control_report(struct engine *en, struct update_report *ret);
void engine_control_view(struct engine *en, struct page_update *ret);

/* ---- the step machine ---- */

struct engine_event {
	enum update_event_kind kind;
	const struct checkin_answer *answer;
	const struct update_release *release;
	const uint8_t *digest;
	uint64_t bytes;
	const char *reason;
	uint32_t wait_s;
	bool person, media;
};

/* What the machine refused (a person's event), or NULL. */
const char *engine_step_feed(struct engine *en, const struct engine_event *ev);
void engine_step_failed(struct engine *en, const char *reason, uint32_t wait_s);
/* What is under way for the update comes back no more; nobody waits. */
void engine_step_drop(struct engine *en);
/* A person wants to check now: only if nothing is under way. */
void engine_step_nudge(struct engine *en);
/* The reason code for an error that has none of its own. */
const char *engine_step_reason(enum err_code code);

/* ---- the whole ---- */

struct engine {
	const struct hallmarkd_options *options;
	struct loop *loop;
	struct device device;
	int parent_fd, worker_fd;
	struct buf answer; /* of the parent */
	struct privkey tls_key, page_key, statement_key;
	struct signer statement;
	struct ward *ward;
	struct policy *policy; /* of what runs; borrowed by the ward */
	struct sandbox_state sandbox;
	struct engine_net net;
	struct engine_fetch fetch;
	struct engine_media media;
	struct engine_transfer transfer;
	struct engine_health health;
	struct outbox outbox;
	bool sending; /* an envelope is on its way */
	uint32_t send_failures;
	struct update update;
	struct engine_plan plan;
	struct update_conditions world; /* what the step machine is told of the device */
	struct bootctl boot;		/* as read last */
	uint64_t slot_bytes;
	struct loop_watch *wait;      /* the step machine waits for this timer */
	const char *problem;	      /* reason code of an action that refuses; NULL: that of its error */
	bool nudged;		      /* a person wants to check now */
	struct loop_watch *hash_turn; /* the next piece of hashing */
	bool hash_restart;
	struct engine_installed installed;
	char blocked[ENGINE_BLOCKED_MAX][SEMVER_MAX + 1];
	size_t blocked_n;
	struct wall_time floor;
	struct wall_time last_contact;
	char nonce[CHECKIN_NONCE_SIZE]; /* last from the service */
	bool firewall_loaded;
	char firewall_reason[MESSAGES_TEXT_MAX];
	int exit_code;
};

/* Version and counter of what runs: the release on trial, or the installed one. */
const char *engine_running_version(const struct engine *en);
uint64_t engine_running_counter(const struct engine *en);

/* End with this code: the parent or a partner cannot be relied on any more. */
void engine_end(struct engine *en, int code);

struct now engine_now(const struct engine *en);

#endif
