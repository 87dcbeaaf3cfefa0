/* SPDX-License-Identifier: Apache-2.0 */
/* The device's view of its update, from evidence that it signs for our nonce each time. */
#include "assess/update_watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "assess/device_session.h"
#include "core/base/mem.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define LOOK_EVERY_MS 1000
#define PRESS_EVERY 5 /* looks: a device that backs off is asked again */

rc update_watch_look(const struct device_link *l, struct update_view *ret, struct err *e)
{
	MEM_AUTO struct statement_evidence *ev = NULL;
	rc r = device_link_evidence(l, &ev, e);
	if (rc_failed(r))
		return r;
	const struct statement_fact *f = device_link_fact(ev, "update-reason");
	*ret = (struct update_view){.counter = ev->counter, .has_reason = f && f->state == STATEMENT_SEEN};
	(void)snprintf(ret->version, sizeof ret->version, "%s", ev->version);
	const struct statement_fact *step = device_link_fact(ev, "update-step");
	ret->at_rest = step && (strcmp(step->value, "idle") == 0 || strcmp(step->value, "confirmed") == 0 ||
				strcmp(step->value, "reverted") == 0);
	if (ret->has_reason)
		(void)snprintf(ret->reason, sizeof ret->reason, "%s", f->value);
	return RC_OK;
}

bool update_watch_refused(const struct update_view *v)
{
	return v->has_reason && (strcmp(v->reason, "signature") == 0 || strcmp(v->reason, "target-hash") == 0);
}

bool update_watch_interrupted(void)
{
	sigset_t pending;
	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 ||
					     sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1);
}

/* Press the owner's button. If that fails, the device comes by itself, later. */
static void ask_to_check(const struct device_link *l)
{
	CLEANUP(device_session_close) struct device_session s = {0};
	if (rc_ok(device_session_open(l, &s, NULL)))
		(void)!rc_ok(device_session_check_now(&s, NULL));
}

bool update_watch_wait(const struct device_link *l, update_watch_fn *enough, const void *ctx, struct update_view *last,
		       struct err *e)
{
	int64_t until = clock_now().mono.ms + l->scope->tamper_wait_s * 1000;
	for (unsigned n = 0; clock_now().mono.ms < until && !update_watch_interrupted(); n++) {
		struct update_view v;
		struct err why = {0};
		if (n % PRESS_EVERY == 0)
			ask_to_check(l);
		if (rc_ok(update_watch_look(l, &v, &why))) {
			*last = v;
			if (enough(&v, ctx))
				return true;
		} else {
			*e = why;
		}
		(void)poll(NULL, 0, LOOK_EVERY_MS);
	}
	return false;
}
