/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching how a device takes a release: its own fresh evidence, read again and again, and the owner's button that
 * makes it look for updates now. For the update probe.
 */
#ifndef HALLMARK_ASSESS_UPDATE_WATCH_H
#define HALLMARK_ASSESS_UPDATE_WATCH_H

#include "assess/device_link.h"

struct update_view {
	char version[STATEMENT_VERSION_SIZE];
	uint64_t counter;
	char reason[STATEMENT_VALUE_SIZE];
	bool has_reason, at_rest; /* at_rest: no update under way */
};

rc update_watch_look(const struct device_link *l, struct update_view *ret, struct err *e) MUST_CHECK;

/* Does the view tell of a release that did not fit its signature or its hash? */
bool update_watch_refused(const struct update_view *v);

/* Did a signal arrive that ends us, and waits because the repository must be put right first? */
bool update_watch_interrupted(void);

typedef bool update_watch_fn(const struct update_view *v, const void *ctx);

/*
 * Press the button, then look once a second until `enough` is content (true), the scope's wait is over, or a signal
 * waits. `last` is the last view that could be had; `e` tells of the last failure to look.
 */
bool update_watch_wait(const struct device_link *l, update_watch_fn *enough, const void *ctx, struct update_view *last,
		       struct err *e);

#endif
