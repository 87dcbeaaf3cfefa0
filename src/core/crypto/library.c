/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's own start, told once what to leave out. */
#include "core/crypto/library.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/base/banned.h"

void library_start(void)
{
	/* These can only be said before the first use; a failure shows at that use. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
					  OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
				  NULL);
	/* Certificates name their digest by number, and the number is looked up in the old table. */
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
}
