/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check-in and signed nouns: wires registry, rollout and ingest, each call one transaction. What an offer depends on is
 * rollout.c's rule; what a noun is worth, ingest.c's.
 */
#include "fleet/api/api_device.h"

#include <stdio.h>

#include "core/codec/hex.h"
#include "fleet/ingest/ingest_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/rollout/rollout_db.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define NONCE_BYTES 16

/* Around checkin_s, 3/4 to 5/4 of it, so that devices which came together part again. */
static uint32_t wait_of(uint32_t checkin_s, uint32_t chance)
{
	uint32_t half = checkin_s / 2, wait = checkin_s - checkin_s / 4 + (half ? chance % (half + 1) : 0);
	if (wait < API_CHECKIN_MIN_S)
		wait = API_CHECKIN_MIN_S;
	return wait > CHECKIN_WAIT_MAX_S ? CHECKIN_WAIT_MAX_S : wait;
}

/* A member that has to be offered the release of the rollout that runs for its model. */
static rc put_offer(struct store *st, const struct registry_device *d, const char *running, struct wall_time now,
		    struct checkin_answer *answer, struct err *e)
{
	int64_t id = 0;
	struct rollout_row row;
	struct rollout_member m;
	struct err missing = {0};
	rc r = rollout_db_active(st, d->model, &id, e);
	if (rc_failed(r) || id == 0)
		return r;
	if (rc_failed(r = rollout_db_run(st, id, now, e)) || rc_failed(r = rollout_db_get(st, id, &row, e)))
		return r;
	if (row.view.state != ROLLOUT_RUNNING || strcmp(running, row.view.version) == 0)
		return RC_OK;
	r = rollout_db_member(st, id, d->id, &m, &missing);
	if (r.code == ERR_MISSING && rc_ok(r = rollout_db_join(st, id, d->id, e)))
		r = rollout_db_member(st, id, d->id, &m, e);
	if (rc_failed(r))
		return r;
	if (!rollout_offers(&row.view, m.wave, m.outcome))
		return RC_OK;
	answer->offered = true;
	(void)snprintf(answer->target, sizeof answer->target, "%s", row.target);
	(void)snprintf(answer->version, sizeof answer->version, "%s", row.view.version);
	return rollout_db_offered(st, id, d->id, now, e);
}

rc api_device_checkin(const struct api *a, const struct registry_device *d, struct bytes body, struct wall_time now,
		      struct buf *out, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	struct checkin_request q;
	struct checkin_answer answer = {.erase = d->erase_ordered, .device_time = now};
	uint32_t chance = 0;
	rc r = checkin_request_decode(body, &q, e);
	if (rc_failed(r) || rc_failed(r = chance_hex(NONCE_BYTES, answer.nonce, e)) ||
	    rc_failed(r = chance_fill(&chance, sizeof chance, e)))
		return r;
	answer.wait_s = wait_of(a->checkin_s, chance);
	if (rc_failed(r = store_begin(a->store, &tx, e)) ||
	    rc_failed(r = registry_db_checkin(a->store, d->id, &q, answer.nonce, now, e)) ||
	    rc_failed(r = put_offer(a->store, d, q.version, now, &answer, e)) || rc_failed(r = store_commit(&tx, e)))
		return r;
	return checkin_answer_encode(&answer, out, e);
}

static rc note_statement(struct store *st, const struct registry_device *d, const struct statement_boot *b,
			 struct wall_time now, struct err *e)
{
	int64_t id = 0;
	struct rollout_row row;
	struct rollout_member m = {0}, known;
	struct err missing = {0};
	rc r = registry_db_version(st, d->id, b->version, e);
	if (rc_failed(r) || rc_failed(r = rollout_db_active(st, d->model, &id, e)) || id == 0 ||
	    rc_failed(r = rollout_db_get(st, id, &row, e)))
		return r;
	if (!rollout_judge(b, row.view.version, &m.outcome, m.detail))
		return RC_OK;
	r = rollout_db_member(st, id, d->id, &known, &missing);
	if (r.code == ERR_MISSING)
		return RC_OK; /* it had the release before the rollout began */
	if (rc_failed(r))
		return err_set(e, r.code, "%s", missing.text);
	(void)snprintf(m.device, sizeof m.device, "%s", d->id);
	hex_encode(bytes_of(b->boot, sizeof b->boot), m.boot);
	if (rc_failed(r = rollout_db_outcome(st, id, &m, now, e)))
		return r;
	return rollout_db_run(st, id, now, e);
}

static rc note(struct store *st, const struct registry_device *d, const struct ingest_noun *n, struct wall_time now,
	       struct err *e)
{
	switch (n->kind) {
	case INGEST_STATEMENT:
		return note_statement(st, d, &n->boot, now, e);
	case INGEST_ALERT:
		return registry_db_alert(st, d->id, n->alert.mode, n->alert.cause, now, e);
	case INGEST_RECEIPT: /* only a receipt of a destroyed key that we asked for ends our order */
		if (!n->receipt.by_service || !n->receipt.key_destroyed)
			return RC_OK;
		return registry_db_erase(st, d->id, false, e);
	case INGEST_EVIDENCE:
	case INGEST_KIND_COUNT:
		break;
	}
	return RC_OK;
}

rc api_device_noun(const struct api *a, const struct registry_device *d, enum ingest_kind kind, struct bytes body,
		   struct wall_time now, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	const struct ingest_sender from = {d->id, d->model, d->statement_key};
	MEM_AUTO struct ingest_noun *n = NULL;
	bool is_new = false;
	rc r = ingest_open(kind, body, &from, &n, e);
	if (rc_failed(r))
		return r;
	const struct ingest_arrival arrival = {d->id, n, body, registry_nonce_fresh(d, ingest_nonce(n)), now};
	if (rc_failed(r = store_begin(a->store, &tx, e)) ||
	    rc_failed(r = ingest_db_store(a->store, &arrival, &is_new, e)))
		return r;
	if (is_new && rc_failed(r = note(a->store, d, n, now, e)))
		return r;
	return store_commit(&tx, e);
}
