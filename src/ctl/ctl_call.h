/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the agent over run/agent.sock, and its answer (core/model/control_wire.h). */
#ifndef HALLMARK_CTL_CTL_CALL_H
#define HALLMARK_CTL_CTL_CALL_H

#include "core/base/buf.h"
#include "core/model/control_wire.h"
#include "core/model/reason.h"

struct ctl_call {
	int fd;		    /* -1: not connected */
	const char *socket; /* path; NULL: $HALLMARK_SOCKET, else where the agent is installed */
};

struct ctl_answer {
	enum control_result result;
	char reason[REASON_SIZE]; /* "" if none */
	struct buf json;
};

rc ctl_call_open(struct ctl_call *c, const char *path, struct err *e) MUST_CHECK;
void ctl_call_close(struct ctl_call *c);

/* `fields` follow the kind. ERR_DENIED: this user may not. */
rc ctl_call_ask(struct ctl_call *c, enum control_kind kind, struct bytes fields, struct ctl_answer *ret, struct err *e)
	MUST_CHECK;
void ctl_answer_done(struct ctl_answer *a);

/* Ask for quiet over this connection, until it is closed or the seconds are over (0: as long as is allowed). */
rc ctl_call_inhibit(struct ctl_call *c, const char *why, uint32_t seconds, struct err *e) MUST_CHECK;

#endif
