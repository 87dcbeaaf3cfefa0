/* SPDX-License-Identifier: Apache-2.0 */
/* Argon2id over libargon2. */
#include "core/crypto/password.h"

#include <argon2.h>
#include <stdio.h>

#include "core/base/banned.h"

#define PASSWORD_HASH_SIZE 32

static const struct cost {
	uint32_t passes;
	uint32_t kib;
	uint32_t lanes;
} costs[] = {
	[PASSWORD_COST_DEVICE] = {2, 19 * 1024, 1},
	[PASSWORD_COST_HOST] = {3, 64 * 1024, 1},
};

static rc failed(int code, struct err *e)
{
	return err_set(e, code == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_MEMORY : ERR_INTERNAL, "Argon2id: %s",
		       argon2_error_message(code));
}

rc password_hash(enum password_cost cost, struct bytes password, const uint8_t salt[PASSWORD_SALT_SIZE],
		 char ret[PASSWORD_PHC_SIZE], struct err *e)
{
	if (password.n == 0 || password.n > PASSWORD_MAX)
		return err_set(e, ERR_LIMIT, "a password has 1 to %d bytes", PASSWORD_MAX);
	const struct cost *c = &costs[cost];
	int code = argon2id_hash_encoded(c->passes, c->kib, c->lanes, password.p, password.n, salt, PASSWORD_SALT_SIZE,
					 PASSWORD_HASH_SIZE, ret, PASSWORD_PHC_SIZE);
	return code == ARGON2_OK ? RC_OK : failed(code, e);
}

static bool cost_known(const char *phc)
{
	for (size_t i = 0; i < ARRAY_LEN(costs); i++) {
		char prefix[64];
		int n = snprintf(prefix, sizeof prefix, "$argon2id$v=19$m=%u,t=%u,p=%u$", costs[i].kib, costs[i].passes,
				 costs[i].lanes);
		if (strncmp(phc, prefix, (size_t)n) == 0)
			return true;
	}
	return false;
}

bool password_verify(const char *phc, struct bytes password)
{
	if (password.n == 0 || password.n > PASSWORD_MAX)
		return false;
	if (strnlen(phc, PASSWORD_PHC_SIZE) >= PASSWORD_PHC_SIZE || !cost_known(phc))
		return false;
	return argon2id_verify(phc, password.p, password.n) == ARGON2_OK;
}

rc password_key(enum password_cost cost, struct bytes passphrase, const uint8_t salt[PASSWORD_SALT_SIZE], uint8_t *ret,
		size_t ret_n, struct err *e)
{
	if (passphrase.n == 0 || passphrase.n > PASSWORD_MAX)
		return err_set(e, ERR_LIMIT, "a passphrase has 1 to %d bytes", PASSWORD_MAX);
	const struct cost *c = &costs[cost];
	int code = argon2id_hash_raw(c->passes, c->kib, c->lanes, passphrase.p, passphrase.n, salt, PASSWORD_SALT_SIZE,
				     ret, ret_n);
	return code == ARGON2_OK ? RC_OK : failed(code, e);
}
