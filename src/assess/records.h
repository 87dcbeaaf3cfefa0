/* SPDX-License-Identifier: Apache-2.0 */
/* Factory records of a batch: read, each checked with the factory's public key. */
#ifndef HALLMARK_ASSESS_RECORDS_H
#define HALLMARK_ASSESS_RECORDS_H

#include "core/model/record.h"

#define RECORDS_MAX 4096
#define RECORDS_BYTES_MAX (64 * 1024 * 1024)

struct records {
	struct record *list;
	size_t n;
	size_t refused;	       /* envelopes that the factory key did not sign, or that did not decode */
	char why_refused[256]; /* the first of them */
};

/*
 * A file with one envelope per line, or a folder: each *.json in it is one envelope. A bad record is counted, not an
 * error; no readable record at all is one (ERR_TRUST or ERR_MISSING).
 */
rc records_load(const char *path, const char *factory_pub_path, struct records *ret, struct err *e) MUST_CHECK;
void records_done(struct records *r); /* accepts a zeroed one */

/* The record whose owner page has a certificate of this fingerprint; NULL if none. */
const struct record *records_of_page(const struct records *r, const char *fingerprint);

#endif
