/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declaration to device policy. Builds the JSON, then reads it back with the device's own decoder: what we write is
 * what the device accepts, or it is not written at all. Leaves hashing the image's files to release.
 */
#include "product/policy_compile.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static const char *proto_word(enum policy_proto p)
{
	return p == POLICY_TCP ? "tcp" : "udp";
}

/* json_pack returns NULL on failure, which the _new functions refuse: so one check at the end is enough. */
static bool put(json_t *list, json_t *entry)
{
	return json_array_append_new(list, entry) == 0;
}

static bool put_services(const struct declaration *d, json_t *services, json_t *safety)
{
	bool ok = true;
	for (size_t i = 0; i < d->services_n; i++) {
		const struct decl_service *s = &d->services[i];
		json_t *args = json_array();
		for (size_t k = 0; k < s->args.n; k++)
			ok = put(args, json_string(s->args.at[k])) && ok;
		ok = put(services, json_pack("{s:s, s:s, s:I, s:o}", "id", s->id, "exec", s->exec, "user",
					     (json_int_t)s->user, "args", args)) &&
		     ok;
		if (s->safety == DECL_YES)
			ok = put(safety, json_string(s->id)) && ok;
	}
	return ok;
}

/* The agent's own page is `page_port`, not a listener of a product service. */
static bool put_listeners(const struct declaration *d, json_t *list)
{
	bool ok = true;
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if (strcmp(l->service, DECLARATION_AGENT) != 0)
			ok = put(list, json_pack("{s:s, s:s, s:I, s:s}", "service", l->service, "proto",
						 proto_word(l->proto), "port", (json_int_t)l->port, "why", l->why)) &&
			     ok;
	}
	return ok;
}

static rc put_flows(const struct declaration *d, json_t *list, struct err *e)
{
	for (size_t i = 0; i < d->flows_n; i++) {
		const struct decl_flow *f = &d->flows[i];
		if (!f->why) {
			(void)err_set(e, ERR_INPUT, "line %u: the flow to %s has no purpose", f->line, f->host);
			return err_hint(e, "add \"why\" to it, or remove it");
		}
		if (!put(list, json_pack("{s:s, s:s, s:s, s:I, s:s}", "service", f->service, "host", f->host, "proto",
					 proto_word(f->proto), "port", (json_int_t)f->port, "why", f->why)))
			return err_set(e, ERR_MEMORY, "out of memory");
	}
	return RC_OK;
}

static bool put_health(const struct declaration *d, json_t *list)
{
	bool ok = true;
	for (size_t i = 0; i < d->health_n; i++) {
		const struct decl_health *h = &d->health[i];
		json_t *entry = json_pack("{s:s, s:s, s:s, s:I}", "id", h->id, "kind",
					  h->kind == POLICY_HEALTH_REPORT ? "report" : "listener", "service",
					  h->service, "within_s", (json_int_t)h->within_s);
		if (h->port)
			ok = json_object_set_new(entry, "port", json_integer(h->port)) == 0 && ok;
		ok = put(list, entry) && ok;
	}
	return ok;
}

static bool put_data(const struct declaration *d, json_t *list)
{
	bool ok = true;
	for (size_t i = 0; i < d->personal_data_n; i++) {
		const struct decl_data *p = &d->personal_data[i];
		ok = put(list, json_pack("{s:s, s:s, s:s, s:I}", "id", p->id, "what", p->what, "why", p->why,
					 "keep_days", (json_int_t)p->keep_days)) &&
		     ok;
	}
	return ok;
}

static int by_path(const void *a, const void *b)
{
	const struct protected_file *const *x = a;
	const struct protected_file *const *y = b;
	return strcmp((*x)->path, (*y)->path);
}

static bool put_file(json_t *list, const struct protected_file *f)
{
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(f->sha256, SHA256_SIZE), hex);
	return put(list, json_pack("{s:s, s:s, s:I}", "path", f->path, "sha256", hex, "mode", (json_int_t)f->mode));
}

/* A declared path that is nowhere in the image would be a promise that nobody checks. */
static rc check_all_there(const struct declaration *d, const struct protected_file *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < d->protect.n; i++) {
		const char *path = d->protect.at[i];
		bool found = strchr(path, '*') != NULL;
		for (size_t k = 0; k < n && !found; k++)
			found = strcmp(files[k].path, path) == 0;
		if (!found) {
			(void)err_set(e, ERR_MISSING, "%s is declared as protected and is not in the image", path);
			return err_hint(e, "put the file into the root tree or take it off the list `protected`");
		}
	}
	return RC_OK;
}

static rc put_protected(const struct declaration *d, const struct protected_file *files, size_t n, json_t *list,
			struct err *e)
{
	if (!files) /* no tree was looked at */
		return RC_OK;
	rc r = check_all_there(d, files, n, e);
	if (rc_failed(r))
		return r;
	MEM_AUTO const struct protected_file **sorted = mem_array(n, sizeof *sorted);
	if (!sorted)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < n; i++)
		sorted[i] = &files[i];
	qsort(sorted, n, sizeof *sorted, by_path);
	for (size_t i = 0; i < n; i++)
		if (declaration_protects(d, sorted[i]->path) && !put_file(list, sorted[i]))
			return err_set(e, ERR_MEMORY, "out of memory");
	return RC_OK;
}

/* The document with its empty lists, which stay borrowed from it. */
static json_t *outline(const struct declaration *d)
{
	char until[RFC3339_DATE_SIZE];
	rfc3339_date(d->support.until, until);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[], s:[], s:[], s:[], s:I, s:[], s:[], s:I, "
			 "s:{s:s}}",
			 "v", 1, "product", d->product, "model", d->model, "maker", d->maker.name, "version",
			 d->version, "support_end", until, "contact", d->disclosure.contact, "services", "listeners",
			 "flows", "safety", "protected", "scan_period_s", (json_int_t)d->scan_period_s, "health",
			 "personal_data", "page_port", (json_int_t)d->page_port, "texts", "isolated",
			 d->texts.isolated);
}

static json_int_t or_else(uint32_t stated, uint32_t otherwise)
{
	return stated ? stated : otherwise;
}

/* What the owner may decide is what the declaration promises; where it says nothing, what the law expects. */
static bool put_update(const struct declaration *d, json_t *root)
{
	const struct policy_update def = policy_update_default();
	json_int_t days = or_else(d->update.postpone_days, def.postpone_days);
	json_int_t security = or_else(d->update.postpone_security_days, def.postpone_security_days);
	if (!d->update.postpone_security_days && security > days)
		security = days;
	json_t *u = json_pack(
		"{s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I}", "automatic",
		policy_automatic_name(d->update.automatic == DECL_NO ? POLICY_AUTO_OFF : POLICY_AUTO_ALL),
		"can_turn_off", d->update.can_turn_off != DECL_NO, "can_postpone", d->update.can_postpone != DECL_NO,
		"window_from", (json_int_t)d->update.window_from_hour, "window_to",
		(json_int_t)d->update.window_to_hour, "postpone_days", days, "postpone_security_days", security,
		"postpone_times", or_else(d->update.postpone_times, def.postpone_times), "battery_percent",
		or_else(d->update.battery_percent, def.battery_percent), "memory_mib", (json_int_t)d->update.memory_mib,
		"metered", d->update.metered == DECL_YES, "metered_mib", (json_int_t)d->update.metered_mib);
	return json_object_set_new(root, "update", u) == 0;
}

static rc build(const struct declaration *d, const struct protected_file *files, size_t n, json_t *root, struct err *e)
{
	bool ok = put_services(d, json_object_get(root, "services"), json_object_get(root, "safety"));
	ok = put_listeners(d, json_object_get(root, "listeners")) && ok;
	ok = put_health(d, json_object_get(root, "health")) && ok;
	ok = put_data(d, json_object_get(root, "personal_data")) && ok;
	ok = put_update(d, root) && ok;
	if (!ok)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = put_flows(d, json_object_get(root, "flows"), e);
	if (rc_ok(r))
		r = put_protected(d, files, n, json_object_get(root, "protected"), e);
	return r;
}

rc policy_compile(const struct declaration *d, const struct protected_file *files, size_t n, struct buf *out_json,
		  struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	JSON_AUTO json_t *root = outline(d);
	struct policy *again = NULL;
	buf_init(&text, POLICY_MAX);
	if (!root)
		return err_set(e, ERR_MEMORY, "compiling the policy: out of memory");
	rc r = build(d, files, n, root, e);
	if (rc_ok(r))
		r = json_codec_canonical(root, &text, e);
	if (rc_ok(r))
		r = policy_decode(buf_view(&text), &again, e);
	policy_free(again);
	if (rc_failed(r))
		return err_wrap(e, "compiling the policy");
	buf_put(out_json, buf_view(&text));
	return buf_check(out_json, "policy", e);
}
