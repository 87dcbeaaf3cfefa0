/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The newest image for a model in a test rig's update repository (docs/wire.md section 3). The signatures are not
 * checked here: that is the device's part, and what is being tested.
 */
#ifndef HALLMARK_ASSESS_REPO_IMAGE_H
#define HALLMARK_ASSESS_REPO_IMAGE_H

#include <sys/types.h>

#include "core/model/release.h"

struct repo_image {
	char target[RELEASE_TARGET_MAX + 1];
	char file[256]; /* path inside the repository: "targets/HASH.NAME" */
	char version[SEMVER_MAX + 1];
	uint64_t counter;
	off_t length;
};

/* Of the latest targets metadata. ERR_MISSING if no image of the model has a counter above `above`. */
rc repo_image_find(const char *repo, const char *model, uint64_t above, struct repo_image *ret, struct err *e)
	MUST_CHECK;

/* The newest in one targets metadata file. Pure. */
rc repo_image_decode(struct bytes metadata, const char *model, uint64_t above, struct repo_image *ret, struct err *e)
	MUST_CHECK;

#endif
