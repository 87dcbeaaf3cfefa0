/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downgrade grants: the statement and the one decision about it. Pure. That it is used once is kept by whoever
 * installs, who writes the serial down before the boot flow is switched.
 */
#include "core/model/grant.h"

#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define WHAT "downgrade grant"

static rc check(const struct grant *g, struct err *e)
{
	if (!name_ok(g->device) || !name_ok(g->model))
		return err_set(e, ERR_INPUT, WHAT ": device and model must be plain names");
	if (!semver_ok(g->version))
		return err_set(e, ERR_INPUT, WHAT ": \"version\" is not a semantic version");
	if (g->from_counter < 0 || g->from_counter > RELEASE_COUNTER_MAX || g->counter < 0 ||
	    g->counter >= g->from_counter)
		return err_set(e, ERR_INPUT, WHAT ": it leads from counter %lld to %lld, which is no downgrade",
			       (long long)g->from_counter, (long long)g->counter);
	if (g->expires.s <= g->made.s || g->expires.s - g->made.s > GRANT_DAYS_MAX * SECONDS_PER_DAY)
		return err_set(e, ERR_INPUT, WHAT ": it is valid for at most %d days", GRANT_DAYS_MAX);
	return RC_OK;
}

rc grant_encode(const struct grant *g, struct buf *out, struct err *e)
{
	char serial[HEX_TEXT_SIZE(GRANT_SERIAL_SIZE)], made[RFC3339_TIME_SIZE], expires[RFC3339_TIME_SIZE];
	rc r = check(g, e);
	if (rc_failed(r))
		return r;
	hex_encode(bytes_of(g->serial, sizeof g->serial), serial);
	rfc3339_time(g->made, made);
	rfc3339_time(g->expires, expires);
	JSON_AUTO json_t *doc =
		json_pack("{s:i, s:s, s:s, s:I, s:s, s:I, s:s, s:s, s:s}", "v", 1, "device", g->device, "model",
			  g->model, "from_counter", (json_int_t)g->from_counter, "version", g->version, "counter",
			  (json_int_t)g->counter, "serial", serial, "made", made, "expires", expires);
	if (!doc)
		return err_set(e, ERR_MEMORY, WHAT ": out of memory");
	return json_codec_canonical(doc, out, e);
}

rc grant_decode(struct bytes payload, struct grant *ret, struct err *e)
{
	static const char *const keys[] = {"v",	      "device", "model", "from_counter", "version",
					   "counter", "serial", "made",	 "expires",	 NULL};
	JSON_AUTO json_t *doc = NULL;
	struct grant g = {0};
	int64_t v = 0;
	rc r = json_codec_parse(payload, GRANT_MAX, WHAT, &doc, e);
	if (rc_ok(r))
		r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "v", 1, 1, &v, e);
	if (rc_ok(r))
		r = json_codec_copy(doc, WHAT, "device", g.device, sizeof g.device, e);
	if (rc_ok(r))
		r = json_codec_copy(doc, WHAT, "model", g.model, sizeof g.model, e);
	if (rc_ok(r))
		r = json_codec_copy(doc, WHAT, "version", g.version, sizeof g.version, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "from_counter", 0, RELEASE_COUNTER_MAX, &g.from_counter, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "counter", 0, RELEASE_COUNTER_MAX, &g.counter, e);
	if (rc_ok(r))
		r = json_codec_hex(doc, WHAT, "serial", g.serial, sizeof g.serial, e);
	if (rc_ok(r))
		r = json_codec_time(doc, WHAT, "made", &g.made, e);
	if (rc_ok(r))
		r = json_codec_time(doc, WHAT, "expires", &g.expires, e);
	if (rc_ok(r))
		r = check(&g, e);
	if (rc_ok(r))
		*ret = g;
	return r;
}

rc grant_sign(const struct grant *g, const struct signer *s, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, GRANT_MAX);
	rc r = grant_encode(g, &payload, e);
	return rc_ok(r) ? envelope_sign(s, GRANT_TYPE, buf_view(&payload), out, e) : r;
}

rc grant_open(struct bytes envelope, const struct pubkey *keys, size_t keys_n, struct grant *ret, struct err *e)
{
	char claimed[2 * SHA256_SIZE + 1], id[2 * SHA256_SIZE + 1];
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, GRANT_MAX);
	if (envelope.n > 2 * GRANT_MAX)
		return err_set(e, ERR_LIMIT, WHAT ": %zu bytes, at most %d", envelope.n, 2 * GRANT_MAX);
	rc r = envelope_claims(envelope, claimed, NULL, e);
	if (rc_failed(r))
		return err_wrap(e, WHAT);
	for (size_t i = 0; i < keys_n; i++) {
		if (rc_failed(pubkey_id(&keys[i], id, NULL)) || strcmp(id, claimed) != 0)
			continue;
		r = envelope_open(envelope, GRANT_TYPE, &keys[i], &payload, e);
		return rc_ok(r) ? grant_decode(buf_view(&payload), ret, e) : err_wrap(e, WHAT);
	}
	return err_set(e, ERR_TRUST, WHAT ": signed by none of the %zu keys that may grant", keys_n);
}

static bool is_used(const struct grant *g, const struct grant_case *c)
{
	for (size_t i = 0; i < c->used_n; i++)
		if (memcmp(c->used[i], g->serial, GRANT_SERIAL_SIZE) == 0)
			return true;
	return false;
}

bool grant_allows(const struct grant *g, const struct grant_case *c, const char **ret_reason)
{
	const struct release_info *o = c->offered;
	const char *reason = "none";
	if (strcmp(g->device, c->device) != 0)
		reason = "grant-device";
	else if (strcmp(g->model, c->model) != 0 || strcmp(o->model, c->model) != 0)
		reason = "grant-model";
	else if (o->kind != RELEASE_IMAGE || strcmp(o->version, g->version) != 0 || o->counter != g->counter)
		reason = "grant-release";
	else if (g->from_counter != c->counter || g->counter >= c->counter)
		reason = "grant-counter";
	else if (is_used(g, c))
		reason = "grant-used";
	else if (c->now.s >= g->expires.s)
		reason = "grant-expired";
	*ret_reason = reason;
	return strcmp(reason, "none") == 0;
}
