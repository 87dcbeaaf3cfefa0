/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an open repository against what was signed. */
#ifndef HALLMARK_RELEASE_REPO_CHECK_H
#define HALLMARK_RELEASE_REPO_CHECK_H

#include "release/repo.h"

/* Reads every target. ERR_MISSING, ERR_TRUST: the first that a device would refuse. */
rc repo_check_targets(const struct repo *r, struct err *e) MUST_CHECK;

#endif
