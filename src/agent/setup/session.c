/* SPDX-License-Identifier: Apache-2.0 */
/* A small table of sessions; the ward asks it before it does anything for the owner's page. */
#include "agent/setup/session.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define MS_PER_S 1000

static bool alive(const struct session *s, struct mono_time now)
{
	return s->open && now.ms - s->used.ms < (int64_t)SESSION_IDLE_S * MS_PER_S &&
	       now.ms - s->began.ms < (int64_t)SESSION_LIFE_S * MS_PER_S;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return secret_equal(bytes_of(a, SESSION_TOKEN_SIZE), bytes_of(b, SESSION_TOKEN_SIZE));
}

void session_open(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE],
		  const uint8_t csrf[SESSION_TOKEN_SIZE], struct mono_time now)
{
	struct session *place = &t->at[0];
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &t->at[i];
		if (!alive(s, now)) {
			place = s;
			break;
		}
		if (s->used.ms < place->used.ms)
			place = s;
	}
	*place = (struct session){.open = true, .began = now, .used = now};
	memcpy(place->token, token, SESSION_TOKEN_SIZE);
	memcpy(place->csrf, csrf, SESSION_TOKEN_SIZE);
}

const struct session *session_find(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE],
				   struct mono_time now)
{
	struct session *found = NULL;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (alive(&t->at[i], now) && same(t->at[i].token, token))
			found = &t->at[i];
	if (found)
		found->used = now;
	return found;
}

bool session_csrf_ok(const struct session *s, const uint8_t csrf[SESSION_TOKEN_SIZE])
{
	return same(s->csrf, csrf);
}

void session_close(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE])
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (t->at[i].open && same(t->at[i].token, token))
			mem_wipe(&t->at[i], sizeof t->at[i]);
}

void session_close_all(struct session_table *t)
{
	mem_wipe(t, sizeof *t);
}
