/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-in of operators: sessions and throttle, in memory of one process, pure. A token is kept as its hash; each
 * session has its own token against forged forms. EN303645 5.1-5 (brute force made impractical).
 *
 * Wrong passwords are counted per source: an IPv4 address, or a /64 of IPv6. Over all sources there is only a short
 * pause, so that strangers cannot keep the operator out; where somebody signed in before, not even that. From one
 * source that is about 100 guesses a day, from any number of sources 43,000: choose the operator's password
 * accordingly.
 */
#ifndef HALLMARK_FLEET_WEB_SESSION_H
#define HALLMARK_FLEET_WEB_SESSION_H

#include "core/base/err.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"

#define SESSION_TOKEN_BYTES 32
#define SESSION_TOKEN_SIZE (2 * SESSION_TOKEN_BYTES + 1)
#define SESSION_MAX 32
#define SESSION_IDLE_MS (30 * 60 * 1000)
#define SESSION_TOTAL_MS (8 * 3600 * 1000)
#define SESSION_FREE_FAILURES 3 /* wrong passwords before waiting begins */
#define SESSION_ALL_FREE 30	/* over all sources */
#define SESSION_ALL_WAIT_MS 2000
#define SESSION_SOURCES_MAX 64
#define SESSION_SOURCE_SIZE 64
#define SESSION_WAIT_MAX_MS 900000 /* doubling from 2 s up to 15 minutes */

struct session {
	bool used;
	uint8_t hash[SHA256_SIZE];
	char csrf[SESSION_TOKEN_SIZE];
	struct mono_time begun, seen;
};

struct session_source {
	char name[SESSION_SOURCE_SIZE]; /* "": free */
	bool known;			/* somebody signed in from here */
	unsigned failures;
	struct mono_time last; /* failure or sign-in */
};

struct session_table {
	struct session list[SESSION_MAX];
	struct session_source sources[SESSION_SOURCES_MAX];
	unsigned failures; /* of all sources since the last sign-in */
	struct mono_time last;
};

/* Milliseconds that a sign-in from this address has to wait now; 0: go ahead. */
int64_t session_wait_ms(const struct session_table *t, const char *address, struct mono_time now);
void session_failed(struct session_table *t, const char *address, struct mono_time now);

/* A new session for the right password. token and csrf are fresh random hex. The oldest session makes room. */
rc session_begin(struct session_table *t, const char *address, const char *token, const char *csrf,
		 struct mono_time now, struct err *e) MUST_CHECK;

/* The session of this token, NULL if none or over; renews its idle clock. */
struct session *session_find(struct session_table *t, const char *token, struct mono_time now);
bool session_csrf_ok(const struct session *s, const char *csrf);
void session_end(struct session *s);

#endif
