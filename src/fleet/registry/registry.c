/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a device without a database. */
#include "fleet/registry/registry.h"

#include "core/base/banned.h"

/* The one before too: a statement may be on its way while a check-in brings a new nonce. */
bool registry_nonce_fresh(const struct registry_device *d, const char *nonce)
{
	return nonce[0] && (strcmp(nonce, d->nonce) == 0 || strcmp(nonce, d->nonce_before) == 0);
}
