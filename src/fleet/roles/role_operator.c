/* SPDX-License-Identifier: Apache-2.0 */
/* The operator role: reads cases, so it holds report.key; opens reports for the public role through the vault. */
#include "fleet/roles/data.h"
#include "fleet/roles/role.h"
#include "fleet/roles/vault.h"
#include "fleet/web/operator.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define NAME "operator"

struct operator_role {
	struct operator_pages pages;
	struct vault vault;
	uint8_t key[AEAD_KEY_SIZE];
	char phc[PASSWORD_PHC_SIZE];
	struct site site;
	bool told; /* that the public role broke the rules */
};

static void report(void *ctx, const char *text)
{
	(void)ctx;
	role_log(NAME, "%s", text);
}

static void handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct operator_role *o = ctx;
	operator_handle(&o->pages, req, resp);
}

/*
 * The public role may have been captured: what it breaks must not end the operator's work, and is told once, so that
 * it cannot fill the log either. It gets no answer.
 */
static rc disregard(struct operator_role *o, struct err *e)
{
	err_clear(e);
	if (!o->told)
		role_log(NAME, "the public role breaks the rules of its line; what does so is disregarded");
	o->told = true;
	return RC_OK;
}

static rc incoming(void *ctx, int fd, struct now now, struct err *e)
{
	struct operator_role *o = ctx;
	CLEANUP(buf_done_wiped) struct buf question;
	CLEANUP(buf_done) struct buf answer;
	uint16_t type = 0, answer_type = 0;
	buf_init(&question, CHANNEL_PAYLOAD_MAX);
	buf_init(&answer, CHANNEL_PAYLOAD_MAX);
	rc r = channel_receive(fd, 0, &type, &question, e);
	if (rc_failed(r) && r.code != ERR_INPUT)
		return err_wrap(e, "message from the public role");
	if (rc_ok(r))
		r = vault_answer(&o->vault, type, buf_view(&question), now, &answer_type, &answer);
	if (rc_ok(r))
		r = channel_post(fd, answer_type, buf_view(&answer), e);
	return rc_ok(r) ? r : disregard(o, e);
}

static rc read_files(struct operator_role *o, const struct data_paths *p, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf b;
	buf_init(&b, SITE_MAX);
	rc r = file_read(p->site, SITE_MAX, &b, e);
	if (rc_ok(r))
		r = site_decode(buf_view(&b), &o->site, e);
	buf_reset(&b);
	if (rc_ok(r))
		r = file_read(p->operator_phc, sizeof o->phc - 1, &b, e);
	if (rc_failed(r))
		return r;
	memcpy(o->phc, buf_text(&b), b.len + 1);
	buf_reset(&b);
	if (rc_failed(r = file_read(p->report_key, sizeof o->key, &b, e)))
		return r;
	if (b.len != sizeof o->key)
		return err_set(e, ERR_INPUT, "%s is no key", p->report_key);
	memcpy(o->key, b.data, sizeof o->key);
	return RC_OK;
}

static rc serve(struct operator_role *o, const char *const args[ROLE_ARG_COUNT], struct err *e)
{
	CLEANUP(role_tls_done) struct role_tls tls = {0};
	STORE_AUTO struct store *st = NULL;
	struct data_paths p;
	rc r = data_paths(args[ROLE_DATA], &p, e);
	if (rc_failed(r) || rc_failed(r = read_files(o, &p, e)) || rc_failed(r = data_open(args[ROLE_DATA], &st, e)) ||
	    rc_failed(r = role_tls_init(&tls, args[ROLE_TLS_CERT], args[ROLE_TLS_KEY], "", e)))
		return r;
	if (rc_failed(r = file_make_dir(p.stamp_dir, 0755, e))) /* the sandbox wants it to be there */
		return r;
	const char *const read_paths[] = {p.stamp_dir, NULL}, *const write_paths[] = {p.db_dir, NULL};
	o->pages.stamp_status = p.stamp_status;
	o->vault = (struct vault){.store = st, .key = o->key};
	o->pages.store = st;
	o->pages.site = &o->site;
	o->pages.key = o->key;
	o->pages.phc = o->phc;
	o->pages.secure = tls.context != NULL;
	o->pages.report = report;
	const struct role_serve s = {.name = NAME,
				     .tls = tls.context,
				     .handler = handle,
				     .ctx = o,
				     .body_max = OPERATOR_BODY_MAX,
				     .sandbox = {.read_paths = read_paths,
						 .write_paths = write_paths,
						 .keep = SANDBOX_FILES | SANDBOX_ACCEPT},
				     .channel_fd = ROLE_CHANNEL_FD,
				     .incoming = incoming};
	return role_serve(&s, e);
}

rc role_operator(const char *const args[ROLE_ARG_COUNT], struct err *e)
{
	MEM_AUTO struct operator_role *o = mem_alloc(sizeof *o);
	if (!o)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = serve(o, args, e);
	mem_wipe(o, sizeof *o);
	return r;
}
