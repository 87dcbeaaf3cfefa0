/* SPDX-License-Identifier: Apache-2.0 */
/* Forms and path segments: whatever comes out is clean text of the promised size. */
#include <stdlib.h>

#include "core/base/names.h"
#include "host/net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char out[32];
	if (http_form_field(bytes_of(data, n), "name", out, sizeof out)) {
		for (char *p = out; *p; p++)
			if (*p == '\r' || *p == '\n')
				*p = ' ';
		if (!name_utf8_ok(out, strlen(out)))
			abort();
	} else if (out[0] != 0) {
		abort();
	}
	if (http_segment_decode((struct http_text){(const char *)data, n}, out, sizeof out)) {
		if (!out[0] || strchr(out, '/') || !strcmp(out, "..") || !name_utf8_ok(out, strlen(out)))
			abort();
	} else if (out[0] != 0) {
		abort();
	}
	return 0;
}
