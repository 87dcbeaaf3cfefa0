/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the grant role. What a grant says and when it counts is core/model/grant.h's. */
#include "core/trust/tuf_grant.h"

#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

static rc take(const json_t *body, struct tuf_grant_keys *ret, struct err *e)
{
	const json_t *role = json_object_get(json_object_get(json_object_get(body, "x-hallmark"), "roles"), "grant");
	const json_t *ids = json_object_get(role, "keyids");
	if (!role)
		return RC_OK;
	rc r = tuf_verify_role_check(role, e);
	if (rc_ok(r) && json_integer_value(json_object_get(role, "threshold")) != 1)
		r = err_set(e, ERR_UNSUPPORTED, "a grant has one signature; the grant role wants more");
	if (rc_ok(r) && json_array_size(ids) > TUF_GRANT_KEYS_MAX)
		r = err_set(e, ERR_LIMIT, "the grant role has more than %d keys", TUF_GRANT_KEYS_MAX);
	for (size_t i = 0; i < json_array_size(ids) && rc_ok(r); i++)
		ret->n += tuf_verify_key(json_object_get(body, "keys"), json_string_value(json_array_get(ids, i)),
					 &ret->list[ret->n]);
	return r;
}

rc tuf_grant_keys(struct bytes root, struct tuf_grant_keys *ret, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	CLEANUP(tuf_grant_keys_done) struct tuf_grant_keys keys = {0};
	rc r = tuf_meta_parse(root, TUF_ROLE_ROOT, &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_ok(r))
		r = tuf_verify(tuf_meta_keys(&m), tuf_meta_role(&m, TUF_ROLE_ROOT), &m, e);
	if (rc_ok(r))
		r = take(m.body, &keys, e);
	if (rc_failed(r))
		return err_wrap(e, "root: who may grant");
	*ret = keys;
	keys = (struct tuf_grant_keys){0};
	return RC_OK;
}

void tuf_grant_keys_done(struct tuf_grant_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		pubkey_done(&k->list[i]);
	k->n = 0;
}
