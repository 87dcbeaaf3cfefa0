/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A holder's card: the public half of a key with its holder's name, signed by that key itself. It is what travels to
 * the leader of a ceremony; that the key works is proved by the signature, whose it is by comparing the key id by
 * voice.
 */
#ifndef HALLMARK_RELEASE_HOLDER_H
#define HALLMARK_RELEASE_HOLDER_H

#include "core/base/units.h"
#include "core/crypto/key.h"
#include "release/tufmake.h"
#include "release/tufrole.h"

#define HOLDER_CARD_MAX 16384
#define HOLDER_GRADE_MAX 16

struct holder_card {
	char name[TUFROLE_NAME_MAX + 1];
	char grade[HOLDER_GRADE_MAX + 1]; /* where the private half is: "file", "pkcs11" */
	struct wall_time made;
	struct pubkey key;
	char keyid[TUFMAKE_KEYID_SIZE]; /* as TUF names the key */
};

rc holder_card_make(const struct signer *s, const struct holder_card *about, struct buf *out, struct err *e) MUST_CHECK;
/* ERR_TRUST if it is not signed by its own key. */
rc holder_card_read(struct bytes text, struct holder_card *ret, struct err *e) MUST_CHECK;
void holder_card_done(struct holder_card *c);

#endif
