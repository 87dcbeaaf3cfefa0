/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF metadata: each file decoded as every role, without the signature check in front, so that the decoder meets what a
 * thief of a key could send. And no bytes may become trusted by a client whose root nobody signs with.
 */
#include <stdlib.h>

#include "core/trust/tuf.h"
#include "core/trust/tuf_meta.h"
#include "core/trust/tuf_target.h"
#include "core/trust/tuf_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void find_targets(const struct tuf_meta *m)
{
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(m->body, "targets"), name, entry)
	{
		CLEANUP(tuf_target_done) struct tuf_target target = {0};
		if (rc_ok(tuf_target_decode(entry, name, true, &target, NULL)) && !target.custom)
			abort();
	}
}

static void decode(struct bytes content, enum tuf_role role)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	if (rc_failed(tuf_meta_parse(content, role, &m, NULL)) || rc_failed(tuf_meta_decode(&m, NULL)))
		return;
	if (role == TUF_ROLE_TARGETS)
		find_targets(&m);
	if (role != TUF_ROLE_ROOT)
		return;
	for (int i = 0; i < TUF_ROLE_COUNT; i++)
		if (rc_ok(tuf_verify(tuf_meta_keys(&m), tuf_meta_role(&m, (enum tuf_role)i), &m, NULL)) &&
		    m.version < 1)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tuf *t = NULL;
	for (int role = 0; role < TUF_ROLE_COUNT; role++)
		decode(bytes_of(data, n), (enum tuf_role)role);
	if (rc_ok(tuf_new(bytes_of(data, n), &t, NULL))) {
		struct tuf_actions actions;
		const char *reason = NULL;
		tuf_refresh_begin(t, (struct wall_time){0});
		(void)rc_ok(tuf_feed(t, bytes_of(data, n), &actions, &reason, NULL));
		tuf_offer_stored(t, "targets.json", bytes_of(data, n));
		if (tuf_versions(t).targets)
			abort();
	}
	tuf_free(t);
	return 0;
}
