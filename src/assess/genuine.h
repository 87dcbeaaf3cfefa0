/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Is this genuine, and what does it say?" for anything that a party of the house signs: a label's claim, a factory
 * record, a receipt, evidence, a boot statement, an alert, a record of
 * publications. Offline and pure. Begins at "no"; one line grants.
 */
#ifndef HALLMARK_ASSESS_GENUINE_H
#define HALLMARK_ASSESS_GENUINE_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/key.h"

#define GENUINE_INPUT_MAX (2 * 1024 * 1024)
#define GENUINE_LINES_MAX 65536

struct genuine_keys {
	const struct pubkey *key;   /* label key, factory key, or the device's statement key */
	struct bytes record;	    /* the device's factory record, when `key` is the factory's; else empty */
	struct bytes verdicts_json; /* to compare a label with what it was made of; else empty */
	struct wall_time today;	    /* to say that a label's support period is over; zero: not said */
};

struct genuine_answer {
	char kind[32];	   /* "label", "factory-record", "receipt", ... */
	struct buf lines;  /* what is true, one "name: value" per line, values cleaned */
	struct buf caveat; /* what is *not* vouched for */
};

void genuine_answer_init(struct genuine_answer *a);
void genuine_answer_done(struct genuine_answer *a);

/*
 * ERR_TRUST: changed, or signed by somebody else. ERR_INPUT: nothing in it that we could check. Nothing of the content
 * is in `ret` unless the signature is good.
 */
rc genuine_check(struct bytes input, const struct genuine_keys *keys, struct genuine_answer *ret, struct err *e)
	MUST_CHECK;

#endif
