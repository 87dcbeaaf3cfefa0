/* SPDX-License-Identifier: Apache-2.0 */
/* getrandom(2) until it gave all that was asked for. */
#include "host/os/chance.h"

#include <errno.h>
#include <sys/random.h>

#include "core/codec/hex.h"
#include "core/base/banned.h"

rc chance_fill(void *out, size_t n, struct err *e)
{
	uint8_t *p = out;
	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, errno, "getrandom");
		p += got;
		n -= (size_t)got;
	}
	return RC_OK;
}

rc chance_hex(size_t n, char *out, struct err *e)
{
	uint8_t raw[64];
	if (n > sizeof raw)
		return err_set(e, ERR_INTERNAL, "more than %zu random bytes at once", sizeof raw);
	rc r = chance_fill(raw, n, e);
	if (rc_ok(r))
		hex_encode(bytes_of(raw, n), out);
	return r;
}
