/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and the throttle. Starts from "nobody is signed in"; comparing tokens takes the same time for all. Pure. */
#include "fleet/web/session.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define WAIT_FIRST_MS 2000

int64_t session_wait_ms(const struct session_table *t, struct mono_time now)
{
	int64_t left = t->blocked_until.ms - now.ms;
	return t->failures > SESSION_FREE_FAILURES && left > 0 ? left : 0;
}

void session_failed(struct session_table *t, struct mono_time now)
{
	int64_t wait = WAIT_FIRST_MS;
	t->failures++;
	for (unsigned i = SESSION_FREE_FAILURES + 1; i < t->failures && wait < SESSION_WAIT_MAX_MS; i++)
		wait *= 2;
	t->blocked_until.ms = now.ms + (wait < SESSION_WAIT_MAX_MS ? wait : SESSION_WAIT_MAX_MS);
}

static bool over(const struct session *s, struct mono_time now)
{
	return !s->used || now.ms - s->seen.ms > SESSION_IDLE_MS || now.ms - s->begun.ms > SESSION_TOTAL_MS;
}

rc session_begin(struct session_table *t, const char *token, const char *csrf, struct mono_time now, struct err *e)
{
	struct session *slot = &t->list[0];
	for (size_t i = 0; i < SESSION_MAX; i++) {
		if (over(&t->list[i], now)) {
			slot = &t->list[i];
			break;
		}
		if (t->list[i].seen.ms < slot->seen.ms)
			slot = &t->list[i];
	}
	struct session s = {.used = true, .begun = now, .seen = now};
	rc r = hash_sha256(bytes_of_text(token), s.hash, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(s.csrf, sizeof s.csrf, "%s", csrf);
	*slot = s;
	t->failures = 0;
	return RC_OK;
}

struct session *session_find(struct session_table *t, const char *token, struct mono_time now)
{
	uint8_t hash[SHA256_SIZE];
	struct session *found = NULL;
	if (strlen(token) != SESSION_TOKEN_SIZE - 1 || rc_failed(hash_sha256(bytes_of_text(token), hash, NULL)))
		return NULL;
	for (size_t i = 0; i < SESSION_MAX; i++)
		if (t->list[i].used &&
		    secret_equal(bytes_of(t->list[i].hash, SHA256_SIZE), bytes_of(hash, SHA256_SIZE)))
			found = &t->list[i];
	if (!found)
		return NULL;
	if (over(found, now)) {
		session_end(found);
		return NULL;
	}
	found->seen = now;
	return found;
}

bool session_csrf_ok(const struct session *s, const char *csrf)
{
	return s->csrf[0] && secret_equal(bytes_of_text(s->csrf), bytes_of_text(csrf));
}

void session_end(struct session *s)
{
	mem_wipe(s, sizeof *s);
}
