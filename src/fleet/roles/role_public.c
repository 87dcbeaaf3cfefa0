/* SPDX-License-Identifier: Apache-2.0 */
/* The public role: talks to strangers, so it has nothing. No file, no database, no key but that of its own TLS. */
#include "fleet/roles/data.h"
#include "fleet/roles/role.h"
#include "fleet/roles/vault.h"
#include "fleet/web/public.h"
#include "core/base/banned.h"

#define NAME "public"
#define SECURITY_TXT_MAX 16384

static void report(void *ctx, const char *text)
{
	(void)ctx;
	role_log(NAME, "%s", text);
}

static rc read_site(const char *path, struct site *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SITE_MAX);
	rc r = file_read(path, SITE_MAX, &text, e);
	return rc_ok(r) ? site_decode(buf_view(&text), ret, e) : r;
}

/* What `hallmark compile` wrote: security.txt as it is, and the support period in device-policy.json. */
static rc read_compiled(const char *dir, struct site *site, struct buf *security_txt, struct err *e)
{
	CLEANUP(buf_done) struct buf policy;
	char path[FILE_PATH_MAX];
	buf_init(&policy, SITE_MAX * 16);
	if (!dir[0])
		return RC_OK;
	rc r = file_path(path, e, dir, "security.txt");
	if (rc_ok(r) && file_exists(path))
		r = file_read(path, SECURITY_TXT_MAX, security_txt, e);
	if (rc_ok(r))
		r = file_path(path, e, dir, "device-policy.json");
	if (rc_failed(r) || !file_exists(path))
		return r;
	if (rc_failed(r = file_read(path, SITE_MAX * 16, &policy, e)))
		return r;
	return site_add_policy(site, buf_view(&policy), e);
}

rc role_public(const char *const args[ROLE_ARG_COUNT], struct err *e)
{
	CLEANUP(role_tls_done) struct role_tls tls = {0};
	CLEANUP(buf_done) struct buf security_txt;
	struct data_paths p;
	struct vault_client vault = {.fd = ROLE_CHANNEL_FD};
	MEM_AUTO struct site *site = mem_alloc(sizeof *site);
	buf_init(&security_txt, SECURITY_TXT_MAX);
	if (!site)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = data_paths(args[ROLE_DATA], &p, e);
	if (rc_failed(r) || rc_failed(r = read_site(p.site, site, e)) ||
	    rc_failed(r = read_compiled(args[ROLE_COMPILED], site, &security_txt, e)) ||
	    rc_failed(r = role_tls_init(&tls, args[ROLE_TLS_CERT], args[ROLE_TLS_KEY], "", e)))
		return r;
	struct public_pages pages = {.site = site,
				     .security_txt = security_txt.len ? buf_text(&security_txt) : NULL,
				     .ops = vault_client_ops(&vault),
				     .report = report};
	const struct role_serve s = {.name = NAME,
				     .tls = tls.context,
				     .handler = public_handle,
				     .ctx = &pages,
				     .body_max = PUBLIC_BODY_MAX,
				     .sandbox = {.keep = SANDBOX_ACCEPT},
				     .channel_fd = -1};
	return role_serve(&s, e);
}
