/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going back, once (docs/wire.md section 9): one grant is kept in state/grant.json, and believed anew by the keys of
 * the root of the moment whenever it counts: at the door, for the offer, before the switch. The switch uses it up.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "agent/update/update_grants.h"
#include "core/model/control_wire.h"
#include "core/trust/tuf_grant.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define KEPT "state/grant.json"
#define USED "state/grants-used.json"

_Static_assert(CONTROL_GRANT_MAX == 2 * GRANT_MAX, "a request brings what grant_open takes");

/* ---- the two files ---- */

static rc open_grant(struct bytes envelope, struct grant *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf root;
	CLEANUP(tuf_grant_keys_done) struct tuf_grant_keys keys = {0};
	buf_init(&root, TUF_ROOT_MAX + 1);
	rc r = engine_fetch_root(&root, e);
	if (rc_ok(r))
		r = tuf_grant_keys(buf_view(&root), &keys, e);
	return rc_ok(r) ? grant_open(envelope, keys.list, keys.n, ret, e) : r;
}

/* ERR_MISSING: none was brought. */
static rc open_kept(struct grant *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, CONTROL_GRANT_MAX + 1);
	rc r = file_read(KEPT, CONTROL_GRANT_MAX, &text, e);
	return rc_ok(r) ? open_grant(buf_view(&text), ret, e) : r;
}

/* A list that cannot be read is not an empty one: then nothing is granted. */
static rc load_used(struct update_grants *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, UPDATE_GRANTS_BYTES + 1);
	*ret = (struct update_grants){0};
	rc r = file_read(USED, UPDATE_GRANTS_BYTES, &text, e);
	if (r.code == ERR_MISSING)
		return RC_OK;
	return rc_ok(r) ? update_grants_decode(buf_view(&text), ret, e) : r;
}

static rc save_used(const struct update_grants *u, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, UPDATE_GRANTS_BYTES);
	rc r = update_grants_encode(u, &text, e);
	return rc_ok(r) ? file_write_atomic(USED, buf_view(&text), 0600, e) : r;
}

/* ---- the one question ---- */

static struct release_info image(const char *model, const char *version, int64_t counter)
{
	struct release_info info = {.kind = RELEASE_IMAGE, .counter = counter};
	(void)snprintf(info.model, sizeof info.model, "%s", model);
	(void)snprintf(info.version, sizeof info.version, "%s", version);
	return info;
}

static bool allows(const struct engine *en, const struct grant *g, const struct release_info *offered,
		   const struct update_grants *used, const char **ret_reason)
{
	const struct grant_case c = {.device = en->device.id,
				     .model = en->device.model,
				     .counter = (int64_t)en->installed.counter,
				     .offered = offered,
				     .used = used->serial,
				     .used_n = used->n,
				     .now = engine_now(en).wall};
	return grant_allows(g, &c, ret_reason);
}

/* The reason code for a grant that cannot be opened. */
static const char *unopened(rc r)
{
	return r.code == ERR_IO || r.code == ERR_MEMORY || r.code == ERR_DENIED ? "io" : "grant-signature";
}

/* Is a release on its way that the kept grant stands for? */
static bool needed(const struct engine *en)
{
	const struct update_state *s = &en->update.state;
	return s->step >= UPDATE_PLANNED && s->step <= UPDATE_TRYING && s->release.counter < en->installed.counter;
}

const char *engine_grant_take(struct engine *en, struct bytes envelope)
{
	MEM_AUTO struct update_grants *used = mem_alloc(sizeof *used);
	struct grant g;
	struct err e = {0};
	const char *reason = "io";
	if (needed(en))
		return "busy";
	rc r = used ? load_used(used, &e) : err_set(&e, ERR_MEMORY, "out of memory");
	if (rc_ok(r) && rc_failed(r = open_grant(envelope, &g, &e)))
		reason = unopened(r);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "grant: %s", e.text);
		return reason;
	}
	const struct release_info named = image(g.model, g.version, g.counter);
	if (!allows(en, &g, &named, used, &reason))
		return reason;
	if (rc_failed(file_write_atomic(KEPT, envelope, 0600, &e))) {
		hallmarkd_log("engine", "grant: %s", e.text);
		return "io";
	}
	hallmarkd_log("engine", "grant: may go back to %s, once", g.version);
	return NULL;
}

bool engine_grant_allows(struct engine *en, const struct release_info *offered, const char **ret_reason)
{
	MEM_AUTO struct update_grants *used = mem_alloc(sizeof *used);
	struct grant g;
	struct err e = {0};
	rc r = open_kept(&g, &e);
	if (r.code == ERR_MISSING)
		return false;
	if (rc_failed(r)) {
		*ret_reason = unopened(r);
	} else if (rc_failed(r = used ? load_used(used, &e) : err_set(&e, ERR_MEMORY, "out of memory"))) {
		*ret_reason = "io";
	} else {
		return allows(en, &g, offered, used, ret_reason);
	}
	hallmarkd_log("engine", "grant: %s", e.text);
	return false;
}

/* ---- using it up ---- */

static rc use(struct engine *en, const struct update_release *rel, struct update_grants *used, struct err *e)
{
	const struct release_info named = image(en->device.model, rel->version, (int64_t)rel->counter);
	const char *reason = "none";
	struct grant g;
	rc r = open_kept(&g, e);
	if (rc_failed(r)) {
		en->problem = r.code == ERR_MISSING ? "grant-release" : unopened(r);
		return r;
	}
	if (!allows(en, &g, &named, used, &reason)) {
		/* Ours, written before a cut that kept the boot flow as it was: only a search lets a used one in. */
		if (strcmp(reason, "grant-used") == 0 && engine_grant_led_to(en, rel))
			return RC_OK;
		en->problem = reason;
		return err_set(e, ERR_DENIED, "version %s may not be switched to: %s", rel->version, reason);
	}
	update_grants_prune(used, en->floor);
	r = update_grants_add(used, &g, e);
	return rc_ok(r) ? save_used(used, e) : r;
}

rc engine_grant_use(struct engine *en, const struct update_release *rel, struct err *e)
{
	if (rel->counter >= en->installed.counter)
		return RC_OK;
	MEM_AUTO struct update_grants *used = mem_alloc(sizeof *used);
	rc r = used ? load_used(used, e) : err_set(e, ERR_MEMORY, "out of memory");
	return rc_ok(r) ? use(en, rel, used, e) : r;
}

bool engine_grant_led_to(const struct engine *en, const struct update_release *rel)
{
	MEM_AUTO struct update_grants *used = mem_alloc(sizeof *used);
	struct err e = {0};
	rc r = used ? load_used(used, &e) : err_set(&e, ERR_MEMORY, "out of memory");
	if (rc_failed(r))
		hallmarkd_log("engine", "grant: %s", e.text);
	return rc_ok(r) && update_grants_led(used, (int64_t)en->installed.counter, rel->version, (int64_t)rel->counter);
}
