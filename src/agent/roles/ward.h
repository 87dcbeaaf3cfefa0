/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The half of the engine that watches and answers: guard reports, lockdown, the owner's page, the product's programs,
 * personal data. The other half (engine.c) updates. They meet here and nowhere else.
 */
#ifndef HALLMARK_AGENT_ROLES_WARD_H
#define HALLMARK_AGENT_ROLES_WARD_H

#include "agent/roles/control_request.h"
#include "agent/setup/page.h"
#include "agent/update/update_plan.h"
#include "core/base/units.h"
#include "core/crypto/key.h"
#include "core/model/policy.h"
#include "host/os/loop.h"

enum ward_mode { WARD_NORMAL, WARD_SUSPECT, WARD_ISOLATED, WARD_RECOVERED }; /* as enum guard_mode */

struct ward;

/* What the ward shows of the update engine on the owner's page. */
struct ward_update_view {
	char version[64];
	char step[16];	 /* update step of docs/wire.md section 4 */
	char reason[32]; /* reason code, "" if none */
	struct page_update update;
	struct wall_time last_contact; /* 0: never */
	uint64_t counter;	       /* of the running release */
	char slot;		       /* 'a' or 'b', 0 if not known */
};

/* Where evidence facts go. state: "seen", "absent", "unreachable", "refused", "error". Texts are copied. */
struct ward_fact_sink {
	void *ctx;
	void (*add)(void *ctx, const char *id, const char *state, const char *value, const char *source);
};

/* What the product's programs know of the device and the agent cannot see. */
struct ward_told {
	bool metered_known, metered;
	bool power_known, outside; /* `outside`: power comes from there */
	bool percent_known;
	uint8_t percent; /* of the battery */
};

/* What the ward asks of the engine. All calls come from the engine's own loop. */
struct ward_ops {
	void *ctx;
	/* Put a signed noun into the outbox; it is sent until acknowledged. kind: "alerts", "evidence", "receipts". */
	rc (*queue)(void *ctx, const char *kind, struct bytes envelope, struct err *e);
	/* Have the parent load the firewall of this mode. */
	rc (*firewall)(void *ctx, enum ward_mode mode, struct err *e);
	/* Owner's buttons. */
	void (*check_now)(void *ctx);
	/* What people ask for about updates; `json` (may be NULL) gets the status of CONTROL_STATUS. */
	void (*control)(void *ctx, const struct control_request *q, struct control_answer *ret, struct buf *json);
	void (*reboot)(void *ctx, const char *why); /* a fresh root tree from the verified slot: the repair */
	void (*view)(void *ctx, struct ward_update_view *ret);
	/* Add what only the engine knows to the evidence (sandboxes of its roles, key grade, firewall). May be NULL. */
	void (*facts)(void *ctx, const struct ward_fact_sink *sink);
};

struct ward_config {
	struct loop *loop;
	const char *device_dir; /* DEV of docs/wire.md section 4 */
	const char *device, *model;
	const struct signer *statement; /* statement key */
	const struct privkey *page_key; /* the owner page's TLS key: signs digests for the local role */
	int guard_fd, local_fd;		/* channels; -1 if that role does not run; closed by ward_free */
	/*
	 * Names this boot; an isolation ends only with a clean scan in another boot than the one it began in. NULL:
	 * every ward_new is a boot.
	 */
	const char *boot;
	bool one_user; /* --uid-base 0: programs have no users of their own, and a policy's only service is whoever is
			  we */
	uint32_t control_gid;	   /* members of this group may control updates; 0: root alone */
	const char *page_cert_pem; /* NULL: factory/page.pem is read */
	struct ward_ops ops;
};

/*
 * Call before the engine's sandbox_enter: makes DEV/run/agent.sock and opens the socket tables of /proc. Afterwards the
 * ward needs SANDBOX_FILES with DEV/state and DEV/run (write) and DEV/factory (read), and SANDBOX_ACCEPT. Texts of the
 * config are borrowed for its life.
 */
rc ward_new(const struct ward_config *c, struct ward **ret, struct err *e) MUST_CHECK;
void ward_free(struct ward *w);

/*
 * The policy of the running version (borrowed until replaced): restarts the scan with its reference values, and calls
 * ops.firewall with the present mode, as the rules follow from the policy.
 */
rc ward_set_policy(struct ward *w, const struct policy *p, struct err *e) MUST_CHECK;

enum ward_mode ward_mode(const struct ward *w);
const char *ward_mode_name(enum ward_mode m);

/* Has this service reported itself healthy since this boot, and is the last report good? For POLICY_HEALTH_REPORT. */
bool ward_reported_healthy(const struct ward *w, const char *service);
/* A product program asked that nothing be installed now. */
bool ward_busy(const struct ward *w);
/* Who, and why; at most `max`. */
size_t ward_inhibitors(const struct ward *w, struct update_inhibitor *ret, size_t max);
/* Of several programs that say something about the same, the more careful one counts. */
void ward_told(const struct ward *w, struct ward_told *ret);

/* The engine learnt whether the firewall is loaded; "" is the reason when it is. Shown and told in evidence. */
void ward_firewall_result(struct ward *w, bool loaded, const char *reason);

/* The service ordered an erasure. request: "service". */
rc ward_erase(struct ward *w, const char *request, struct now now, struct err *e) MUST_CHECK;

#endif
