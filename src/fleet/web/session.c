/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and the throttle. Starts from "nobody is signed in"; comparing tokens takes the same time for all. Pure. */
#include "fleet/web/session.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define WAIT_FIRST_MS 2000

/* Whoever has one IPv6 address has 2^64 of them. */
static void source_name(const char *address, char ret[SESSION_SOURCE_SIZE])
{
	struct in6_addr a;
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	(void)snprintf(ret, SESSION_SOURCE_SIZE, "%s", *address ? address : "?");
	if (inet_pton(AF_INET6, address, &a) != 1 || memcmp(&a, mapped, sizeof mapped) == 0)
		return;
	memset(a.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &a, ret, SESSION_SOURCE_SIZE);
}

static const struct session_source *find_source(const struct session_table *t, const char *name)
{
	for (size_t i = 0; i < SESSION_SOURCES_MAX; i++)
		if (strcmp(t->sources[i].name, name) == 0)
			return &t->sources[i];
	return NULL;
}

static int64_t source_left_ms(const struct session_source *s, struct mono_time now)
{
	int64_t wait = WAIT_FIRST_MS;
	if (s->failures <= SESSION_FREE_FAILURES)
		return 0;
	for (unsigned i = SESSION_FREE_FAILURES + 1; i < s->failures && wait < SESSION_WAIT_MAX_MS; i++)
		wait *= 2;
	int64_t left = s->last.ms + (wait < SESSION_WAIT_MAX_MS ? wait : SESSION_WAIT_MAX_MS) - now.ms;
	return left > 0 ? left : 0;
}

int64_t session_wait_ms(const struct session_table *t, const char *address, struct mono_time now)
{
	char name[SESSION_SOURCE_SIZE];
	source_name(address, name);
	const struct session_source *s = find_source(t, name);
	int64_t own = s ? source_left_ms(s, now) : 0;
	int64_t all = t->failures > SESSION_ALL_FREE ? t->last.ms + SESSION_ALL_WAIT_MS - now.ms : 0;
	return (s && s->known) || own > all ? own : all > 0 ? all : 0;
}

/* Its place; when the table is full, that of the one that waits least: first strangers', then old ones'. */
static struct session_source *take_source(struct session_table *t, const char *name, struct mono_time now)
{
	struct session_source *best = &t->sources[0];
	for (size_t i = 0; i < SESSION_SOURCES_MAX; i++) {
		struct session_source *s = &t->sources[i];
		if (strcmp(s->name, name) == 0)
			return s;
		int64_t a = source_left_ms(s, now), b = source_left_ms(best, now);
		if (!*best->name)
			continue;
		if (!*s->name || s->known < best->known ||
		    (s->known == best->known && (a < b || (a == b && s->last.ms < best->last.ms))))
			best = s;
	}
	*best = (struct session_source){0};
	(void)snprintf(best->name, sizeof best->name, "%s", name);
	return best;
}

void session_failed(struct session_table *t, const char *address, struct mono_time now)
{
	char name[SESSION_SOURCE_SIZE];
	source_name(address, name);
	struct session_source *s = take_source(t, name, now);
	s->failures += s->failures < UINT_MAX;
	s->last = now;
	t->failures += t->failures < UINT_MAX;
	t->last = now;
}

static void signed_in(struct session_table *t, const char *address, struct mono_time now)
{
	char name[SESSION_SOURCE_SIZE];
	source_name(address, name);
	struct session_source *s = take_source(t, name, now);
	s->known = true;
	s->failures = 0;
	s->last = now;
	t->failures = 0;
}

static bool over(const struct session *s, struct mono_time now)
{
	return !s->used || now.ms - s->seen.ms > SESSION_IDLE_MS || now.ms - s->begun.ms > SESSION_TOTAL_MS;
}

rc session_begin(struct session_table *t, const char *address, const char *token, const char *csrf,
		 struct mono_time now, struct err *e)
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
	signed_in(t, address, now);
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
