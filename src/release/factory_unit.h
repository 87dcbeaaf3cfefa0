/* SPDX-License-Identifier: Apache-2.0 */
/* One unit in the making. Private to release. */
#ifndef HALLMARK_RELEASE_FACTORY_UNIT_H
#define HALLMARK_RELEASE_FACTORY_UNIT_H

#include "core/crypto/cert.h"
#include "release/batch.h"
#include "release/factory.h"
#include "release/staging.h"

/* What all units of a run share. Texts are PEM and JSON files as they lie in the keys folder. */
struct factory_line {
	const struct factory_run *run;
	struct privkey factory, ca;
	struct buf ca_pem, service_ca_pem, root;
};

struct factory_draft {
	struct factory_unit told;
	struct staging staging;
	char password[BATCH_PASSWORD_CHARS + 1];
	char url[FACTORY_HOST_MAX + 32];
	char password_id[2 * SHA256_SIZE + 1];
	struct buf record; /* the signed envelope */
};

/* Fill a unit's folder, not yet in its place. `d->told` has id and dir. */
rc factory_unit_make(struct factory_line *line, struct factory_draft *d, struct err *e) MUST_CHECK;
void factory_unit_done(struct factory_draft *d); /* wipes the password; removes a folder that was not committed */

#endif
