/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole TUF repository that a test changes and publishes step by step, and a client that meets it: the pure one, or
 * the real `hallmark tuf` over HTTP. So each behaviour is written once and holds for both.
 */
#ifndef HALLMARK_TESTS_CORE_TUFSIM_H
#define HALLMARK_TESTS_CORE_TUFSIM_H

#include <sys/types.h>

#include "scratch.h"
#include "tufrepo.h"

#define SIM_DAY 86400
#define SIM_ROLES_MAX 16
#define SIM_ARTIFACTS_MAX 32
#define SIM_SIGNERS_MAX 12

struct sim_role {
	char name[80];
	json_t *body;
	int signers[SIM_SIGNERS_MAX + 1]; /* ends with -1 */
	int served;			  /* versions that the server has */
};

struct sim_artifact {
	char path[80], content[64];
	bool downloaded; /* by the pure client */
	char kept[64];	 /* what it holds of it */
};

struct tufsim {
	struct tufrepo repo; /* keys, the server's files, the pure client's disk */
	struct sim_role roles[SIM_ROLES_MAX];
	size_t roles_n;
	struct sim_artifact artifacts[SIM_ARTIFACTS_MAX];
	size_t artifacts_n;
	bool hashes; /* snapshot and timestamp give hashes and lengths */
	int next_key;
	int64_t now;
	char asked[8192]; /* metadata that was asked for, without ".json", separated by blanks */
	unsigned artifact_requests;
	const char *program; /* NULL: the pure client */
	/* A server that misbehaves: true if it has answered this path itself, or left it unanswered. */
	bool (*odd)(struct tufsim *s, int fd, const char *path);
	bool full_disk; /* of the real client: no file can grow */
	struct scratch scratch;
	int listener;
	uint16_t port;
};

/* Root, timestamp, snapshot and targets of version 1, one key each. `program`: hallmark, or NULL. */
void sim_init(struct tufsim *s, const char *program);
void sim_done(struct tufsim *s);

/* ---- the repository ---- */

struct sim_role *sim_role(struct tufsim *s, const char *name);
json_t *sim_body(struct tufsim *s, const char *name);
/* keyids and threshold of a top-level role, as the root has it. */
json_t *sim_trusted(struct tufsim *s, const char *name);
int sim_new_key(struct tufsim *s);
void sim_add_signer(struct tufsim *s, const char *role, int who);
/* The root lists the key for the role, and the role signs with it. */
void sim_add_key(struct tufsim *s, const char *role, int who);
void sim_list_key(struct tufsim *s, const char *role, int who); /* only the root */
void sim_clear_keys(struct tufsim *s, const char *role);
void sim_rotate(struct tufsim *s, const char *role);
void sim_threshold(struct tufsim *s, const char *role, int threshold);
void sim_expires(struct tufsim *s, const char *role, int64_t after_s); /* seconds from now */

/* A delegation with a new key, which signs the role from now on. paths: ended by NULL. */
struct sim_delegation {
	const char *from, *name;
	const char *paths[4];
	bool terminating;
};
void sim_delegate(struct tufsim *s, const struct sim_delegation *d);
/* An artifact, listed by the role (not if NULL). */
void sim_artifact(struct tufsim *s, const char *role, const char *path, const char *content);
/* The server sends something else from now on. */
void sim_substitute(struct tufsim *s, const char *path, const char *content);

/* Sign, in this order, each role as it is now, with the next version but for the first time. Ended by NULL. */
void sim_publish(struct tufsim *s, const char *first, ...);
/* Forget all versions that the server has; the next one is 1 again. */
void sim_restart(struct tufsim *s, const char *role);
struct buf *sim_last(struct tufsim *s, const char *role);		 /* the newest file */
void sim_replace(struct tufsim *s, const char *role, const json_t *doc); /* it, with other content */
json_t *sim_parse(const struct buf *file);

/* ---- the client; each call is one run of the program ---- */

bool sim_client_init(struct tufsim *s, struct bytes root);
bool sim_client_init_first(struct tufsim *s); /* with the newest root */
bool sim_client_refresh(struct tufsim *s);
bool sim_client_refresh_after(struct tufsim *s, int64_t s_later);
bool sim_client_download(struct tufsim *s, const char *first, ...); /* names, ended by NULL */
bool sim_client_download_after(struct tufsim *s, int64_t s_later, const char *name);
/* The real client with these words after `hallmark`, ended by NULL; its exit status. */
int sim_client_run(struct tufsim *s, const char *const *words);
/* The real client's folders ("metadata", "targets") and the server's URL of the same name. Good for 64 calls. */
const char *sim_client_dir(struct tufsim *s, const char *name);
const char *sim_client_url(struct tufsim *s, const char *name);
/* Put in front of each run ("faketime", ...), ended by NULL. */
void sim_client_wrap(const char *const *words);
/* What the last run printed. */
const char *sim_client_said(struct tufsim *s);

/* Trusted files by name, "root 1 snapshot 1": what a test may be sure of. */
const char *sim_client_trusts(struct tufsim *s);
int64_t sim_client_version(struct tufsim *s, const char *role); /* 0: none */
/* Is the trusted file of the role byte for byte this? */
bool sim_client_has(struct tufsim *s, const char *role, struct bytes content);
/* Downloaded contents, sorted, separated by '|'. */
const char *sim_client_artifacts(struct tufsim *s);
/* Can this machine run the client at another time? */
bool sim_client_can_shift_time(const struct tufsim *s);

/* Answer one request for a URL path, as the server does; NULL: 404. Notes what was asked. */
const struct buf *sim_serve(struct tufsim *s, const char *path, struct buf *scratch);

#endif
