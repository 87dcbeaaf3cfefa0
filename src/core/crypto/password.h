/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords and passphrases: Argon2id (RFC 9106), stored as a PHC string. EN 303 645 5.1-3, 5.4-1.
 * The cost is one of two named profiles, so that a stored string from outside cannot choose to exhaust memory.
 */
#ifndef HALLMARK_CORE_CRYPTO_PASSWORD_H
#define HALLMARK_CORE_CRYPTO_PASSWORD_H

#include "core/base/buf.h"
#include "core/base/mem.h"

#define PASSWORD_SALT_SIZE 16
#define PASSWORD_PHC_SIZE 128
#define PASSWORD_MAX 256 /* bytes */

enum password_cost {
	PASSWORD_COST_DEVICE, /* 19 MiB, 2 passes, 1 lane: for boards of 64-128 MB, one check at a time */
	PASSWORD_COST_HOST,   /* 64 MiB, 3 passes, 1 lane: workstation and service */
};

rc password_hash(enum password_cost cost, struct bytes password, const uint8_t salt[PASSWORD_SALT_SIZE],
		 char ret[PASSWORD_PHC_SIZE], struct err *e) MUST_CHECK;

/* False for a wrong password, a malformed PHC string, or one whose cost is not one of the profiles. */
bool password_verify(const char *phc, struct bytes password);

/* A key of ret_n bytes from a passphrase: what seals key files. */
rc password_key(enum password_cost cost, struct bytes passphrase, const uint8_t salt[PASSWORD_SALT_SIZE], uint8_t *ret,
		size_t ret_n, struct err *e) MUST_CHECK;

#endif
