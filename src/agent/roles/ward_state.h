/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the ward, for ward*.c only. */
#ifndef HALLMARK_AGENT_ROLES_WARD_STATE_H
#define HALLMARK_AGENT_ROLES_WARD_STATE_H

#include "agent/guard/guard_state.h"
#include "agent/identity/owner_io.h"
#include "agent/privacy/vault_io.h"
#include "agent/roles/ward.h"
#include "agent/roles/ward_messages.h"
#include "agent/setup/session.h"
#include "core/model/product_wire.h"

#define WARD_CLIENTS_PER_USER 4 /* one program's connections: it cannot shut the others out */
#define WARD_CLIENTS_MAX (WARD_CLIENTS_PER_USER * POLICY_SERVICES_MAX)
#define WARD_HEALTH_FRESH_MS 15000
#define WARD_PROC_FILES 5

/* A process beside the ward, at the other end of a channel. */
struct ward_peer {
	int fd; /* -1: not there */
	struct loop_watch *watch;
	bool hello; /* it said what its sandbox is */
	struct sandbox_state sandbox;
};

/* A product program's connection. */
struct ward_client {
	struct ward *ward;
	int fd; /* -1: free */
	struct loop_watch *watch;
	uint32_t uid;
	bool control; /* root, or a member of the update group */
	bool busy;
	int64_t busy_until_ms; /* monotonic */
	char why[PRODUCT_WHY_MAX + 1];
	struct ward_told told;
};

struct ward_health {
	char service[NAME_MAX_CHARS + 1]; /* "": free */
	bool ok;
	struct mono_time when;
	char text[201];
};

struct ward_pass {
	bool any;
	uint32_t checked, wrong, unreadable, ms;
	struct wall_time when;
};

struct ward {
	struct ward_config config;
	const struct policy *policy; /* NULL until known */
	uint32_t generation;	     /* of the policy, in guard messages */
	char boot[GUARD_BOOT_SIZE];
	struct guard_state guard;
	struct ward_pass pass;
	struct loop_watch *silence; /* timer: no pass for too long */
	struct ward_peer guard_peer, local_peer;
	struct owner owner;
	struct vault vault;
	struct session_table sessions;
	struct buf page_cert;
	struct ward_health health[POLICY_SERVICES_MAX];
	int product_fd;
	struct loop_watch *product_watch;
	struct ward_client clients[WARD_CLIENTS_MAX];
	bool firewall;
	char firewall_reason[129];
	int proc_fds[WARD_PROC_FILES]; /* /proc/net tables and our own status; -1: could not be opened */
	struct buf message;	       /* received */
};

/* One line on standard error. */
void ward_say(const char *what, const struct err *e);

/* Send without ever waiting for a peer that does not read; cuts it off instead. */
void ward_post(struct ward *w, struct ward_peer *p, uint16_t kind, const struct buf *payload);
void ward_cut(struct ward *w, struct ward_peer *p, const char *who, const char *why);

/* Sign a payload and put it in the outbox; `keep` (may be NULL) also gets the envelope. */
rc ward_queue(struct ward *w, const char *kind, const char *type, const struct buf *payload, struct buf *keep,
	      struct err *e) MUST_CHECK;

void ward_guard_ready(void *ctx, uint32_t events, struct now now);
void ward_guard_policy(struct ward *w);
/* Time the guard's silence anew. */
void ward_guard_time(struct ward *w, struct now now);
/* Feed an event, do the actions; returns them: asking for a re-read is left to the caller, who knows the file. */
unsigned ward_guard_step(struct ward *w, const struct guard_event *ev, struct now now);
rc ward_guard_load(struct ward *w, struct now now, struct err *e) MUST_CHECK;

void ward_local_ready(void *ctx, uint32_t events, struct now now);

rc ward_product_listen(struct ward *w, struct err *e) MUST_CHECK;
void ward_product_policy(struct ward *w); /* whoever is no service of it goes */
void ward_product_close(struct ward *w);

void ward_evidence_open(struct ward *w);
void ward_evidence_close(struct ward *w);
/* Appends the signed envelope. */
rc ward_evidence_make(struct ward *w, const char *nonce, struct now now, struct buf *out, struct err *e) MUST_CHECK;

/* The last receipt's envelope; ERR_MISSING if there is none. */
rc ward_receipt_last(const struct ward *w, struct buf *out, struct err *e) MUST_CHECK;
bool ward_receipt_any(const struct ward *w);
/* Erase, sign, queue and keep; *ret_complete: nothing but what flash storage may hold is left. */
rc ward_receipt_erase(struct ward *w, bool by_service, struct now now, bool *ret_complete, struct err *e) MUST_CHECK;

#endif
