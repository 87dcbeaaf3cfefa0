/* SPDX-License-Identifier: Apache-2.0 */
/* The list of used downgrade grants. Who writes it, and when, is the engine's (agent/roles/engine_grant.c). */
#include "agent/update/update_grants.h"

#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WHAT "used grants"

static bool known(const struct update_grants *u, const uint8_t serial[GRANT_SERIAL_SIZE])
{
	for (size_t i = 0; i < u->n; i++)
		if (memcmp(u->serial[i], serial, GRANT_SERIAL_SIZE) == 0)
			return true;
	return false;
}

/* The next entry, as it comes from the file. */
static rc get_use(const json_t *j, struct update_grants *u, struct err *e)
{
	static const char *const keys[] = {"serial", "from_counter", "version", "counter", "expires", NULL};
	struct update_grants_use *use = &u->use[u->n];
	rc r;
	if (rc_failed(r = json_codec_only(j, WHAT, keys, e)) ||
	    rc_failed(r = json_codec_hex(j, WHAT, "serial", u->serial[u->n], GRANT_SERIAL_SIZE, e)) ||
	    rc_failed(r = json_codec_int(j, WHAT, "from_counter", 0, RELEASE_COUNTER_MAX, &use->from_counter, e)) ||
	    rc_failed(r = json_codec_int(j, WHAT, "counter", 0, RELEASE_COUNTER_MAX, &use->counter, e)) ||
	    rc_failed(r = json_codec_copy(j, WHAT, "version", use->version, sizeof use->version, e)) ||
	    rc_failed(r = json_codec_time(j, WHAT, "expires", &use->expires, e)))
		return r;
	if (!semver_ok(use->version) || use->counter >= use->from_counter || known(u, u->serial[u->n]))
		return err_set(e, ERR_INPUT, WHAT ": entry %zu is none", u->n);
	u->n++;
	return RC_OK;
}

rc update_grants_decode(struct bytes text, struct update_grants *ret, struct err *e)
{
	static const char *const keys[] = {"v", "used", NULL};
	JSON_AUTO json_t *j = NULL;
	json_t *list = NULL;
	int64_t v = 0;
	*ret = (struct update_grants){0};
	rc r = json_codec_parse(text, UPDATE_GRANTS_BYTES, WHAT, &j, e);
	if (rc_ok(r))
		r = json_codec_only(j, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_int(j, WHAT, "v", 1, 1, &v, e);
	if (rc_ok(r))
		r = json_codec_array(j, WHAT, "used", UPDATE_GRANTS_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++)
		r = get_use(json_array_get(list, i), ret, e);
	return r;
}

static json_t *put_use(const struct update_grants *u, size_t i)
{
	char serial[HEX_TEXT_SIZE(GRANT_SERIAL_SIZE)], expires[RFC3339_TIME_SIZE];
	const struct update_grants_use *use = &u->use[i];
	hex_encode(bytes_of(u->serial[i], GRANT_SERIAL_SIZE), serial);
	rfc3339_time(use->expires, expires);
	return json_pack("{s:s,s:I,s:s,s:I,s:s}", "serial", serial, "from_counter", (json_int_t)use->from_counter,
			 "version", use->version, "counter", (json_int_t)use->counter, "expires", expires);
}

rc update_grants_encode(const struct update_grants *u, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *list = json_array();
	bool whole = list != NULL;
	for (size_t i = 0; i < u->n && whole; i++)
		whole = json_array_append_new(list, put_use(u, i)) == 0;
	JSON_AUTO json_t *j = whole ? json_pack("{s:i,s:O}", "v", 1, "used", list) : NULL;
	return j ? json_codec_canonical(j, out, e) : err_set(e, ERR_MEMORY, WHAT ": out of memory");
}

void update_grants_prune(struct update_grants *u, struct wall_time floor)
{
	size_t kept = 0;
	for (size_t i = 0; i < u->n; i++) {
		if (u->use[i].expires.s <= floor.s)
			continue;
		memmove(u->serial[kept], u->serial[i], GRANT_SERIAL_SIZE);
		u->use[kept++] = u->use[i];
	}
	u->n = kept;
}

rc update_grants_add(struct update_grants *u, const struct grant *g, struct err *e)
{
	if (known(u, g->serial))
		return err_set(e, ERR_EXISTS, WHAT ": this one was used already");
	if (u->n == UPDATE_GRANTS_MAX)
		return err_set(e, ERR_LIMIT, WHAT ": %d are remembered, and none has expired", UPDATE_GRANTS_MAX);
	memcpy(u->serial[u->n], g->serial, GRANT_SERIAL_SIZE);
	struct update_grants_use *use = &u->use[u->n++];
	*use = (struct update_grants_use){
		.from_counter = g->from_counter, .counter = g->counter, .expires = g->expires};
	(void)snprintf(use->version, sizeof use->version, "%s", g->version);
	return RC_OK;
}

bool update_grants_led(const struct update_grants *u, int64_t from_counter, const char *version, int64_t counter)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->use[i].from_counter == from_counter && u->use[i].counter == counter &&
		    strcmp(u->use[i].version, version) == 0)
			return true;
	return false;
}
