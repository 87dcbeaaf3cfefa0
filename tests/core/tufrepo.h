/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TUF server for tests, written against the specification alone: it shares no code with the release room, and can
 * make every kind of wrong file. Failures inside it end the test.
 */
#ifndef HALLMARK_TESTS_CORE_TUFREPO_H
#define HALLMARK_TESTS_CORE_TUFREPO_H

#include "check.h"
#include "core/codec/json.h"
#include "core/crypto/key.h"
#include "core/trust/tuf.h"

#define NOW ((struct wall_time){1800000000}) /* 2027-01-15 */
#define LATER "2030-01-01T00:00:00Z"
#define PAST "2020-01-01T00:00:00Z"

/* EK is an ECDSA key, RK an RSA key; P0 to P_LAST are for whoever needs one more. */
enum who { R0, R1, R2, T0, T1, S0, S1, M0, M1, EK, RK, P0, P_LAST = P0 + 29, WHO_COUNT };

#define REPO_ROLE_KEYS 4

struct role_spec {
	int keys[REPO_ROLE_KEYS];
	int n, threshold;
};

struct root_spec {
	int64_t version;
	const char *expires;
	bool flat; /* no consistent snapshots */
	struct role_spec root, timestamp, snapshot, targets;
};

struct served {
	char name[TUF_FILE_NAME_MAX];
	struct buf content;
};

#define SERVED_MAX 320

struct tufrepo {
	struct privkey keys[WHO_COUNT];
	const char *keytype[WHO_COUNT], *scheme[WHO_COUNT]; /* to lie about */
	const char *note[WHO_COUNT];			    /* an unknown field of the key object, NULL: none */
	const char *note_name[WHO_COUNT];		    /* its name, NULL: "x-note" */
	struct served files[SERVED_MAX];
	size_t files_n;
	struct served disk[SERVED_MAX]; /* what the client stored */
	size_t disk_n;
	char asked[2048]; /* names fetched, separated by blanks */
	const char *reason;
	size_t deletes_before_root; /* TUF_DELETE actions seen before a TUF_STORE of root.json */
};

void tufrepo_init(struct tufrepo *r);
void tufrepo_done(struct tufrepo *r);

/* For cmocka: *state is a repository with one version of everything. */
int tufrepo_setup(void **state);
int tufrepo_teardown(void **state);

static inline void tufrepo_free_client(struct tuf **t)
{
	tuf_free(*t);
}
#define TUFREPO_CLIENT CLEANUP(tufrepo_free_client) struct tuf

struct root_spec tufrepo_root_spec(int64_t version); /* 2 of R0..R2, T0, S0, M0 */

/* Bodies. The caller owns them. */
json_t *tufrepo_body(const char *type, int64_t version, const char *expires);
json_t *tufrepo_root(struct tufrepo *r, const struct root_spec *s);
json_t *tufrepo_targets(int64_t version, const char *expires);
/* A snapshot or timestamp listing `file` as `version` with length and hash of `content` (empty: none given). */
json_t *tufrepo_list(const char *type, int64_t version, const char *expires, const char *file, int64_t file_version,
		     struct bytes content);

/* Serve `take_body` signed by these keys (ends with -1). */
void tufrepo_serve(struct tufrepo *r, const char *name, json_t *take_body, const int *signers);
void tufrepo_serve_bytes(struct tufrepo *r, const char *name, struct bytes content);
void tufrepo_withdraw(struct tufrepo *r, const char *name);
struct buf *tufrepo_file(struct tufrepo *r, const char *name); /* NULL if none */
struct buf *tufrepo_stored(struct tufrepo *r, const char *name);
void tufrepo_store(struct tufrepo *r, const char *name, struct bytes content);
void tufrepo_carry_out(struct tufrepo *r, const struct tuf_actions *a);

/* Delegation: the key objects go into "keys", the role into "roles" of the targets body's "delegations". */
struct delegation_spec {
	const char *name;
	struct role_spec role;
	bool terminating;
	json_t *take_paths, *take_prefixes; /* lists; NULL: left out */
};
void tufrepo_delegate(struct tufrepo *r, json_t *targets, const struct delegation_spec *d);
void tufrepo_add_target(json_t *targets, const char *name, const char *content);
/* A list of texts, ended by NULL. */
json_t *tufrepo_texts(const char *first, ...);

#define SIGNED_BY(...) ((const int[]){__VA_ARGS__, -1})

/* Root 1, targets t, snapshot s, timestamp m, all good. */
void tufrepo_publish(struct tufrepo *r, int64_t t, int64_t s, int64_t m);

struct tuf *tufrepo_client(struct tufrepo *r);		/* trusts 1.root.json */
void tufrepo_restore(struct tufrepo *r, struct tuf *t); /* offer what is on disk */

/* A whole refresh against the server; reason in r->reason. */
rc tufrepo_refresh(struct tufrepo *r, struct tuf *t, struct err *e);
rc tufrepo_refresh_at(struct tufrepo *r, struct tuf *t, struct wall_time start, struct err *e);

/* A search after it, with what is on disk in front of the server. r->asked: what was fetched for it. */
rc tufrepo_lookup(struct tufrepo *r, struct tuf *t, const char *name, struct tuf_target *ret, struct err *e);

char *tufrepo_keyid(struct tufrepo *r, int who, json_t **ret_key); /* mem_free it */

#endif
