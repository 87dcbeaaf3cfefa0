/* SPDX-License-Identifier: Apache-2.0 */
/* What a proposal would change, in words for the person who is asked to sign it. Pure. */
#ifndef HALLMARK_RELEASE_REVIEW_H
#define HALLMARK_RELEASE_REVIEW_H

#include "release/proposal.h"

#define REVIEW_MAX ((size_t)4 * 1024 * 1024)

/* Append the text. Nothing in it can command a terminal. */
rc review_text(const struct proposal *p, struct wall_time now, struct buf *out, struct err *e) MUST_CHECK;

/* A key id in groups of four, as it is read out over the telephone. */
#define REVIEW_KEYID_SIZE 24
void review_keyid(const char *keyid, char ret[REVIEW_KEYID_SIZE]);

#endif
