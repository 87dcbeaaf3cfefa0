/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder with keys and an image in it, for the tests of the release room. */
#ifndef HALLMARK_TESTS_RELEASE_WORKPLACE_H
#define HALLMARK_TESTS_RELEASE_WORKPLACE_H

#include "check.h"
#include "release/keyring.h"
#include "release/repo.h"

#define WORKPLACE_NOW ((struct wall_time){1800000000}) /* 2027-01-15 */

struct workplace {
	char dir[64], keys[96], repo[96], image[96], tree[96];
	struct privkey targets, snapshot, timestamp;
	struct signer signers[3];
	struct repo_keys roles;
	struct buf root; /* the first root */
};

int workplace_setup(void **state);
int workplace_teardown(void **state);

void workplace_write(const char *path, const char *content);
size_t workplace_count(const char *dir); /* entries, 0 if there is no such folder */

/* Where writing ends. */
struct workplace_cut {
	int left;    /* files that may still be written */
	bool murder; /* end the process there with status 77, instead of ERR_SPACE */
};

rc workplace_cut_here(void *ctx, const char *name, struct err *e);

/* Publish model cam1 with this version, counter and support end. `cut` may be NULL. */
rc workplace_publish(struct workplace *w, const char *version, int64_t counter, const char *support_end,
		     struct workplace_cut *cut, struct err *e);

/* What a device sees: refresh a new client against the folder. */
rc workplace_device_sees(struct workplace *w, const char *target, struct tuf_versions *ret, bool *ret_has,
			 struct err *e);

#endif
