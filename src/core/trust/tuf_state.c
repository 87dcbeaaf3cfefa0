/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that the refresh and the search through delegations have in common, each with its stable reason. */
#include "core/trust/tuf_state.h"

#include <stdio.h>

#include "core/base/banned.h"

rc tuf_state_because(struct tuf *t, const char *reason, rc r)
{
	t->reason = reason;
	return r;
}

rc tuf_state_fresh(struct tuf *t, const struct tuf_meta *m, const char *what, struct err *e)
{
	if (m->expires.s > t->start.s)
		return RC_OK;
	return tuf_state_because(t, "expired",
				 err_set(e, ERR_TRUST, "%s version %lld has expired", what, (long long)m->version));
}

rc tuf_state_fits(struct tuf *t, const struct tuf_meta_ref *ref, const char *what, struct bytes content, struct err *e)
{
	if (ref->has_length && content.n > ref->length) /* an upper bound, as 5.5.1 has it */
		return tuf_state_because(t, "target-length",
					 err_set(e, ERR_TRUST, "%s: longer than it should be", what));
	rc r = tuf_meta_hashes_check(ref->hashes, content, what, e);
	return rc_failed(r) ? tuf_state_because(t, "target-hash", r) : RC_OK;
}

rc tuf_state_version(struct tuf *t, const struct tuf_meta_ref *ref, const struct tuf_meta *m, const char *what,
		     struct err *e)
{
	if (m->version == ref->version)
		return RC_OK;
	return tuf_state_because(t, "rollback",
				 err_set(e, ERR_TRUST, "%s: version %lld where %lld was announced", what,
					 (long long)m->version, (long long)ref->version));
}

void tuf_state_act(struct tuf_actions *actions, const char *name, struct bytes content)
{
	struct tuf_action *a = &actions->list[actions->n++];
	*a = (struct tuf_action){.kind = content.n ? TUF_STORE : TUF_DELETE, .content = content};
	(void)snprintf(a->name, sizeof a->name, "%s.json", name);
}

void tuf_state_fetch(const struct tuf *t, const char *name, const struct tuf_meta_ref *ref, size_t max,
		     struct tuf_fetch *ret)
{
	ret->max = ref->has_length && ref->length < max ? (size_t)ref->length : max;
	if (tuf_meta_consistent(tuf_state_root(t)))
		(void)snprintf(ret->name, sizeof ret->name, "%lld.%s.json", (long long)ref->version, name);
	else
		(void)snprintf(ret->name, sizeof ret->name, "%s.json", name);
}
