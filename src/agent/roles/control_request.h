/* SPDX-License-Identifier: Apache-2.0 */
/* What a person asks for about updates (core/model/control_wire.h), whichever door it came through. Pure. */
#ifndef HALLMARK_AGENT_ROLES_CONTROL_REQUEST_H
#define HALLMARK_AGENT_ROLES_CONTROL_REQUEST_H

#include "core/base/buf.h"
#include "core/model/control_wire.h"
#include "core/model/policy.h"
#include "core/model/reason.h"

/* The fields that a kind does not use are zero. */
struct control_request {
	enum control_kind kind;
	uint32_t seconds;		     /* POSTPONE */
	char folder[CONTROL_FOLDER_MAX + 1]; /* INSTALL: "", "." or name_path_ok */
	bool choose_automatic, choose_window;
	enum policy_automatic automatic;
	uint32_t window_from, window_to;
	struct bytes grant; /* GRANT: 1..CONTROL_GRANT_MAX bytes, in the message that was decoded */
};

struct control_answer {
	enum control_result result;
	char reason[REASON_SIZE]; /* "" if none */
};

/* With the kind in front; what control_request_decode takes. */
void control_request_put(const struct control_request *q, struct buf *out);
/* Is this kind one of these at all? */
bool control_request_is(struct bytes message);
/* False: not a request of ours; the connection should end. */
bool control_request_decode(struct bytes message, struct control_request *ret);

#endif
