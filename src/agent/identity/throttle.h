/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many guesses at the owner's password are answered (EN303645 5.1-5). Pure. One table per door of the device (the
 * owner's page, each of the product's programs), so that guesses at one keep nobody waiting at another. Per source:
 * THROTTLE_FREE tries, then delays that double up to 15 minutes. Over all sources: more tries, and delays that never
 * lock the owner out for longer than a minute.
 *
 * What a guesser gets: from one source fewer than 250 guesses a day; from any number of sources at one door at most one
 * a minute, fewer than 1,500 a day. A device with the page and two programs, all of them under attack at once for a
 * year: 1.6 million guesses, against 2^60 set-up passwords.
 *
 * Delays run on the monotonic clock and begin anew, in full, after a restart: neither pulling the plug nor setting
 * the wall clock shortens them.
 */
#ifndef HALLMARK_AGENT_IDENTITY_THROTTLE_H
#define HALLMARK_AGENT_IDENTITY_THROTTLE_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define THROTTLE_FREE 5
#define THROTTLE_FIRST_S 5
#define THROTTLE_MAX_S 900
#define THROTTLE_ALL_FREE 30
#define THROTTLE_ALL_MAX_S 60
#define THROTTLE_FORGIVE_S 900 /* one failure is forgiven after this long without another */
#define THROTTLE_SOURCES_MAX 32
#define THROTTLE_SOURCE_SIZE 97
#define THROTTLE_JSON_MAX (16 * 1024)

struct throttle_entry {
	char source[THROTTLE_SOURCE_SIZE];
	uint32_t failures;
	struct mono_time last; /* failure */
};

struct throttle {
	struct throttle_entry all; /* source "" */
	struct throttle_entry sources[THROTTLE_SOURCES_MAX];
	size_t sources_n;
};

/* Seconds to wait before this source may try; 0: now. */
uint32_t throttle_wait_s(const struct throttle *t, const char *source, struct mono_time now);

void throttle_failed(struct throttle *t, const char *source, struct mono_time now);
void throttle_succeeded(struct throttle *t, const char *source); /* forgets the source's failures, not the others' */

/* state/throttle.json. After decoding every delay starts at `now`. */
rc throttle_encode(const struct throttle *t, struct buf *out, struct err *e) MUST_CHECK;
rc throttle_decode(struct bytes text, struct mono_time now, struct throttle *ret, struct err *e) MUST_CHECK;

#endif
