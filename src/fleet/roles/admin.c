/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator's verbs, each written to the audit log. Runs in the command line, not in the service. */
#include "fleet/roles/admin.h"

#include <stdio.h>

#include "core/codec/base32.h"
#include "core/crypto/aead.h"
#include "core/crypto/password.h"
#include "core/model/checkin.h"
#include "fleet/registry/audit_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/roles/data.h"
#include "fleet/web/site.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define RECORDS_FILE_MAX (256 * MIB)
#define ACTOR "command line"

static rc make_password(char ret[ADMIN_PASSWORD_SIZE], struct err *e)
{
	uint8_t chance[ADMIN_PASSWORD_CHARS]; /* more than the 10 bytes that are used */
	rc r = chance_fill(chance, sizeof chance, e);
	if (rc_ok(r))
		base32_encode(bytes_of(chance, sizeof chance), ADMIN_PASSWORD_CHARS, ret);
	mem_wipe(chance, sizeof chance);
	return r;
}

static rc write_password(const struct data_paths *p, const char *password, struct err *e)
{
	uint8_t salt[PASSWORD_SALT_SIZE];
	char phc[PASSWORD_PHC_SIZE];
	rc r = chance_fill(salt, sizeof salt, e);
	if (rc_ok(r))
		r = password_hash(PASSWORD_COST_HOST, bytes_of_text(password), salt, phc, e);
	return rc_ok(r) ? file_create(p->operator_phc, bytes_of_text(phc), 0600, e) : r;
}

static rc write_report_key(const struct data_paths *p, struct err *e)
{
	uint8_t key[AEAD_KEY_SIZE];
	rc r = chance_fill(key, sizeof key, e);
	if (rc_ok(r))
		r = file_create(p->report_key, bytes_of(key, sizeof key), 0600, e);
	mem_wipe(key, sizeof key);
	return r;
}

static rc write_site(const struct data_paths *p, const struct admin_init *i, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	MEM_AUTO struct site *s = mem_alloc(2 * sizeof *s);
	buf_init(&text, SITE_MAX);
	if (!s)
		return err_set(e, ERR_MEMORY, "out of memory");
	site_init(s, i->company, i->contact, i->url);
	rc r = site_encode(s, &text, e);
	if (rc_ok(r)) /* what the service will refuse is refused now */
		r = site_decode(buf_view(&text), s + 1, e);
	return rc_ok(r) ? file_create(p->site, buf_view(&text), 0644, e) : r;
}

rc admin_init(const struct admin_init *i, struct wall_time now, char ret_password[ADMIN_PASSWORD_SIZE], struct err *e)
{
	struct data_paths p;
	char made[ADMIN_PASSWORD_SIZE] = "";
	STORE_AUTO struct store *st = NULL;
	rc r = data_paths(i->dir, &p, e);
	if (rc_failed(r))
		return r;
	if (file_exists(p.db) || file_exists(p.site))
		return err_set(e, ERR_EXISTS, "%s holds fleet data already", i->dir);
	if (rc_failed(r = make_password(made, e)) || rc_failed(r = file_make_dir(i->dir, 0700, e)) ||
	    rc_failed(r = file_make_dir(p.db_dir, 0700, e)) || rc_failed(r = write_site(&p, i, e)) ||
	    rc_failed(r = write_password(&p, i->password ? i->password : made, e)) ||
	    rc_failed(r = write_report_key(&p, e)) || rc_failed(r = data_make(&p, &st, e)) ||
	    rc_failed(r = audit_db_note(st, now, ACTOR, "fleet data made", i->company, e)))
		return err_wrap(e, "init %s", i->dir);
	memcpy(ret_password, i->password ? "" : made, i->password ? 1 : sizeof made);
	return RC_OK;
}

static rc import_line(struct store *st, struct bytes line, const struct pubkey *factory, struct admin_imported *count,
		      struct err *e)
{
	bool is_new = false;
	MEM_AUTO struct record *rec = mem_alloc(sizeof *rec);
	if (!rec)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = record_open(line, factory, rec, e);
	if (rc_ok(r))
		r = registry_db_import(st, rec, line, &is_new, e);
	if (rc_ok(r)) {
		count->added += is_new;
		count->known += !is_new;
	}
	return r;
}

static rc import_lines(struct store *st, struct bytes all, const struct pubkey *factory, struct admin_imported *count,
		       struct err *e)
{
	size_t number = 0;
	for (size_t at = 0; at < all.n;) {
		const uint8_t *end = memchr(all.p + at, '\n', all.n - at);
		size_t n = end ? (size_t)(end - (all.p + at)) : all.n - at;
		number++;
		if (n > 0) {
			rc r = import_line(st, bytes_of(all.p + at, n), factory, count, e);
			if (rc_failed(r))
				return err_wrap(e, "line %zu", number);
		}
		at += n + 1;
	}
	return RC_OK;
}

rc admin_import(struct store *st, const char *records_path, const char *factory_pub_path, struct wall_time now,
		struct admin_imported *ret, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	CLEANUP(pubkey_done) struct pubkey factory = {0};
	CLEANUP(buf_done) struct buf pem, all;
	struct admin_imported count = {0};
	char detail[64];
	buf_init(&pem, KEY_PEM_MAX);
	buf_init(&all, RECORDS_FILE_MAX);
	rc r = file_read(factory_pub_path, KEY_PEM_MAX, &pem, e);
	if (rc_failed(r))
		return r;
	if (rc_failed(r = pubkey_from_pem(buf_view(&pem), &factory, e)))
		return err_wrap(e, "%s", factory_pub_path);
	if (rc_failed(r = file_read(records_path, RECORDS_FILE_MAX, &all, e)) || rc_failed(r = store_begin(st, &tx, e)))
		return r;
	if (rc_failed(r = import_lines(st, buf_view(&all), &factory, &count, e))) {
		(void)err_hint(e, "nothing was imported: every line must be a record signed by this factory key");
		return err_wrap(e, "%s", records_path);
	}
	(void)snprintf(detail, sizeof detail, "%zu added, %zu known", count.added, count.known);
	if (rc_failed(r = audit_db_note(st, now, ACTOR, "devices imported", detail, e)) ||
	    rc_failed(r = store_commit(&tx, e)))
		return r;
	*ret = count;
	return RC_OK;
}

struct id_list {
	char **ids;
	size_t n, cap;
};

static void id_list_done(struct id_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->ids[i]);
	mem_free(l->ids);
}

static rc add_id(void *ctx, const char *id, struct err *e)
{
	struct id_list *l = ctx;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		char **more = mem_regrow(l->ids, l->cap, cap, sizeof *more);
		if (!more)
			return err_set(e, ERR_MEMORY, "out of memory");
		l->ids = more;
		l->cap = cap;
	}
	l->ids[l->n] = mem_dup_text(id);
	if (!l->ids[l->n])
		return err_set(e, ERR_MEMORY, "out of memory");
	l->n++;
	return RC_OK;
}

/* "cam1-os-1.1.0.img" is for model cam1: what `hallmark release` names its targets. */
static rc model_of(const char *target, char ret[ROLLOUT_NAME_SIZE], struct err *e)
{
	const char *end = strstr(target, "-os-");
	size_t n = end ? (size_t)(end - target) : 0;
	if (n == 0 || n >= ROLLOUT_NAME_SIZE) {
		(void)err_set(e, ERR_INPUT, "target %s does not say which model it is for", target);
		return err_hint(e, "give --model");
	}
	memcpy(ret, target, n);
	ret[n] = 0;
	return RC_OK;
}

rc admin_rollout_start(struct store *st, const struct admin_rollout *a, struct wall_time now, int64_t *ret_id,
		       struct err *e)
{
	CLEANUP(id_list_done) struct id_list list = {0};
	char model[ROLLOUT_NAME_SIZE], detail[320];
	rc r = RC_OK;
	if (!checkin_version_ok(a->version) || strlen(a->target) >= ROLLOUT_TARGET_SIZE)
		return err_set(e, ERR_INPUT, "%s is not a version, or the target's name is too long", a->version);
	if (a->model && strlen(a->model) < sizeof model)
		memcpy(model, a->model, strlen(a->model) + 1);
	else if (rc_failed(r = model_of(a->target, model, e)))
		return r;
	if (rc_failed(r = registry_db_each_other(st, model, a->version, add_id, &list, e)))
		return r;
	const struct rollout_start start = {.target = a->target,
					    .version = a->version,
					    .model = model,
					    .actor = ACTOR,
					    .rule = *a->rule,
					    .devices = (const char *const *)list.ids,
					    .devices_n = list.n};
	if (rc_failed(r = rollout_db_start(st, &start, now, ret_id, e)))
		return r;
	(void)snprintf(detail, sizeof detail, "rollout %lld: %.128s, %.64s", (long long)*ret_id, a->target, a->version);
	return audit_db_note(st, now, ACTOR, "rollout started", detail, e);
}

/* The one that is not over, if there is exactly one. */
static rc only_active(struct store *st, int64_t *ret_id, struct err *e)
{
	int64_t ids[32], found = 0;
	size_t n = 0;
	rc r = rollout_db_list(st, ids, ARRAY_LEN(ids), &n, e);
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		struct rollout_row row;
		r = rollout_db_get(st, ids[i], &row, e);
		if (rc_failed(r) || row.view.state == ROLLOUT_ABORTED || row.view.state == ROLLOUT_COMPLETE)
			continue;
		if (found)
			return err_set(e, ERR_INPUT, "several rollouts are not over; say which one with --id");
		found = ids[i];
	}
	if (rc_ok(r) && !found)
		return err_set(e, ERR_MISSING, "no rollout is under way");
	*ret_id = found;
	return r;
}

rc admin_rollout_person(struct store *st, const struct rollout_order *o, struct wall_time now, struct err *e)
{
	static const char *const actions[] = {"rollout paused", "rollout resumed", "rollout aborted"};
	struct rollout_order order = *o;
	char detail[320];
	rc r = RC_OK;
	if (order.id == 0 && rc_failed(r = only_active(st, &order.id, e)))
		return r;
	if (rc_failed(r = rollout_db_person(st, &order, now, e)))
		return r;
	(void)snprintf(detail, sizeof detail, "rollout %lld. %.250s", (long long)order.id, order.note);
	return audit_db_note(st, now, order.who, actions[order.verb], detail, e);
}

rc admin_order_erase(struct store *st, const char *device, struct wall_time now, struct err *e)
{
	rc r = registry_db_erase(st, device, true, e);
	return rc_ok(r) ? audit_db_note(st, now, ACTOR, "erasure ordered", device, e) : r;
}
