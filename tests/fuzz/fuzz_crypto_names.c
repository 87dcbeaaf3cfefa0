/* SPDX-License-Identifier: Apache-2.0 */
/* Names of cryptography in a declared text: what is not known is never good, and a known bad name beside it is seen. */
#include <stdlib.h>
#include <string.h>

#include "core/base/attr.h"
#include "product/crypto_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define TEXT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char bad[] = "MD5 ";
	char text[sizeof bad + TEXT_MAX];
	struct crypto_view v, beside;
	n = n < TEXT_MAX ? n : TEXT_MAX;
	memcpy(text, bad, sizeof bad - 1);
	memcpy(text + sizeof bad - 1, data, n);
	text[sizeof bad - 1 + n] = 0;
	crypto_names_look(text + sizeof bad - 1, &v);
	if (memchr(v.rest, 0, sizeof v.rest) == NULL || (v.entry == NULL) != (v.word == CRYPTO_UNKNOWN) ||
	    (v.word == CRYPTO_GOOD && v.rest[0]))
		abort();
	/* It may be part of a longer name, or denied: but it never becomes good by what stands behind it. */
	crypto_names_look(text, &beside);
	if (beside.word == CRYPTO_GOOD)
		abort();
	return 0;
}
