/* SPDX-License-Identifier: Apache-2.0 */
/* The first bytes that a stranger's port answers to a ClientHello. */
#include "assess/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tls_hello_answer a = tls_hello_decode(bytes_of(data, n));
	(void)tls_hello_version_name(a.version);
	(void)tls_hello_cipher_name(a.cipher);
	return 0;
}
