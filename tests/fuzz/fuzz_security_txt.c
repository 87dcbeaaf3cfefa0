/* SPDX-License-Identifier: Apache-2.0 */
/* security.txt and policy pages of strangers. */
#include "assess/security_txt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct security_txt t;
	char out[320];
	(void)!rc_ok(security_txt_decode(bytes_of(data, n), &t, NULL));
	(void)security_txt_time_near(bytes_of(data, n), "acknowledg", out, sizeof out);
	return 0;
}
