/* SPDX-License-Identifier: Apache-2.0 */
/* What hallmarkctl shows: the state of updates and the plan as JSON (docs/update.md). Pure. */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_REPORT_H
#define HALLMARK_AGENT_UPDATE_UPDATE_REPORT_H

#include "agent/update/update.h"

#define UPDATE_REPORT_MAX 16384
#define UPDATE_INHIBITORS_MAX 16

struct update_report {
	const struct update *update;
	const struct update_conditions *world;
	struct wall_time now, support_end; /* 0: not known */
	bool any;			   /* `plan` is of update_subject() */
	struct update_plan plan;
	const char *version; /* that runs */
	uint64_t counter;
	char slot; /* 'a' or 'b' */
	const struct update_inhibitor *inhibitors;
	size_t inhibitors_n;
	const char *media; /* folder from which updates may be installed; "": none */
};

/* How often and until when the present release may still be put off. False: not at all. */
bool update_report_postpone(const struct update_report *r, uint32_t *ret_left, struct wall_time *ret_until);

rc update_report_encode(const struct update_report *r, struct buf *out, struct err *e) MUST_CHECK;

#endif
