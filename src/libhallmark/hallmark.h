/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libhallmark: how a product's own program talks to the Hallmark agent on the same device. Depends on the C library
 * only. Not thread-safe: one handle per thread. Calls block for at most HALLMARK_WAIT_MS; after HALLMARK_LOST the next
 * call connects again, so a program need not care when the agent restarts.
 *
 *     struct hallmark *h = hallmark_open(NULL);
 *     hallmark_health(h, true, "picture pipeline runs");
 */
#ifndef HALLMARK_H
#define HALLMARK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HALLMARK_WAIT_MS 10000
#define HALLMARK_NAME_MAX 64	  /* [a-z0-9] then [a-z0-9._-] */
#define HALLMARK_RECORD_MAX 61440 /* bytes of one personal record */
#define HALLMARK_TEXT_MAX 200	  /* bytes of a health text */
#define HALLMARK_WHY_MAX 100	  /* bytes of the reason of hallmark_inhibit */
#define HALLMARK_PASSWORD_MAX 256 /* bytes */
#define HALLMARK_SOCKET_DEFAULT "/var/lib/hallmark/run/agent.sock"

enum hallmark_result {
	HALLMARK_OK = 0,
	HALLMARK_WRONG = 1,   /* password: not this one */
	HALLMARK_WAIT = 2,    /* password: too many tries; wait */
	HALLMARK_MISSING = 3, /* no such record */
	HALLMARK_FULL = 4,    /* no room for more records */
	HALLMARK_REFUSED = 5, /* this program is not a declared service, or the request is malformed */
	HALLMARK_LOST = 6,    /* the agent cannot be reached now */
	HALLMARK_FAILED = 7,  /* the agent could not do it */
};

struct hallmark;

/* NULL path: $HALLMARK_SOCKET, else HALLMARK_SOCKET_DEFAULT. NULL only when out of memory; connects at the first call.
 */
struct hallmark *hallmark_open(const char *path);
void hallmark_close(struct hallmark *h); /* accepts NULL; also ends "busy" */

/* Say how this service is. To be repeated; a program that ends or stays silent is no longer healthy. */
enum hallmark_result hallmark_health(struct hallmark *h, bool ok, const char *text);

/* Ask that no update be installed now (while recording, cooking, ...). Ends with false, or with the connection. */
enum hallmark_result hallmark_busy(struct hallmark *h, bool busy);
/*
 * The same, with an end (1 second to 24 hours from now) and a reason that the owner reads: "the oven is on". The agent
 * waits for all such requests together no longer than 24 hours.
 */
enum hallmark_result hallmark_inhibit(struct hallmark *h, const char *why, unsigned seconds);

/* What the agent cannot see by itself. Holds until said otherwise, or until the connection ends. */
enum hallmark_result hallmark_metered(struct hallmark *h, bool metered);
/* `percent`: charge of the battery, negative if not known; `external`: power comes from outside. */
enum hallmark_result hallmark_power(struct hallmark *h, int percent, bool external);

/* Personal data: sealed under the agent's key, erased with one button. Storing under the same name replaces. */
enum hallmark_result hallmark_store(struct hallmark *h, const char *name, const void *data, size_t size);
/* At most `size` bytes into `out`; *ret_n is the whole length. HALLMARK_FULL when it did not fit. */
enum hallmark_result hallmark_read(struct hallmark *h, const char *name, void *out, size_t size, size_t *ret_n);
enum hallmark_result hallmark_remove(struct hallmark *h, const char *name);

/*
 * Is this the owner's password? `from` names the asker (a numeric address), for the throttle that all doors of the
 * device share (EN303645 5.1-5). HALLMARK_WAIT: *ret_wait_s says how long (may be NULL).
 */
enum hallmark_result hallmark_check_password(struct hallmark *h, const char *from, const char *password,
					     unsigned *ret_wait_s);

const char *hallmark_result_name(enum hallmark_result r);

#ifdef __cplusplus
}
#endif

#endif
