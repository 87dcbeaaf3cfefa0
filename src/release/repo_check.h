/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an open repository against what was signed. */
#ifndef HALLMARK_RELEASE_REPO_CHECK_H
#define HALLMARK_RELEASE_REPO_CHECK_H

#include "release/repo.h"

/* Reads every target, the suppliers' too. ERR_MISSING, ERR_TRUST: the first that a device would refuse. */
rc repo_check_targets(const struct repo *r, struct err *e) MUST_CHECK;

/* The same for the targets of a document that is not published yet. */
rc repo_check_listed(const struct repo *r, const json_t *doc, struct err *e) MUST_CHECK;

#endif
