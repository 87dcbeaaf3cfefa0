/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of crypto_names.c: the generated tables. Keys are sorted: lower case, letters and digits only. */
#ifndef HALLMARK_PRODUCT_CRYPTO_TABLE_H
#define HALLMARK_PRODUCT_CRYPTO_TABLE_H

#include "product/crypto_names.h"

#define CRYPTO_KEY_SIZE 32

struct crypto_key {
	const char *key;
	const struct crypto_entry *entry;
};

extern const struct crypto_entry crypto_entries[];
extern const struct crypto_key crypto_keys[];
extern const size_t crypto_keys_n;

#endif
