/* SPDX-License-Identifier: Apache-2.0 */
/* libnftables with its output caught, so that its complaints become our errors. Root parent only. */
#include "host/os/nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>

#include "core/base/names.h"
#include "core/base/banned.h"

static void free_context(struct nft_ctx **ctx)
{
	if (*ctx)
		nft_ctx_free(*ctx);
}

/* The library's text names the cause; the code follows from the words the kernel's errno has in it. */
static rc explain(const char *text, const char *what, struct err *e)
{
	static const struct {
		const char *words;
		enum err_code code;
		const char *hint;
	} causes[] = {
		{"Operation not permitted", ERR_DENIED, "the firewall needs CAP_NET_ADMIN in this network namespace"},
		{"Permission denied", ERR_DENIED, "the firewall needs CAP_NET_ADMIN in this network namespace"},
		{"Operation not supported", ERR_UNSUPPORTED,
		 "build the kernel with CONFIG_NF_TABLES_INET and its modules"},
		{"Protocol not supported", ERR_UNSUPPORTED, "build the kernel with CONFIG_NF_TABLES"},
		{"Unable to initialize Netlink", ERR_UNSUPPORTED, "build the kernel with CONFIG_NETFILTER_NETLINK"},
		{"No such file or directory", ERR_MISSING, ""},
		{"Cannot allocate memory", ERR_MEMORY, ""},
	};
	size_t n = strcspn(text, "\n");
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (strstr(text, causes[i].words)) {
			rc r = err_set(e, causes[i].code, "%s: %.*s", what, (int)(n < 160 ? n : 160), text);
			return *causes[i].hint ? err_hint(e, "%s", causes[i].hint) : r;
		}
	return err_set(e, ERR_INPUT, "%s: %.*s", what, (int)(n < 160 ? n : 160), text);
}

static rc run(const char *command, struct buf *out, const char *what, struct err *e)
{
	CLEANUP(free_context) struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!ctx)
		return err_set(e, ERR_MEMORY, "%s: out of memory", what);
	if (nft_ctx_buffer_output(ctx) != 0 || nft_ctx_buffer_error(ctx) != 0)
		return err_set(e, ERR_MEMORY, "%s: out of memory", what);
	if (nft_run_cmd_from_buffer(ctx, command) != 0)
		return explain(nft_ctx_get_error_buffer(ctx), what, e);
	if (!out)
		return RC_OK;
	buf_put_text(out, nft_ctx_get_output_buffer(ctx));
	return buf_check(out, what, e);
}

rc nft_apply(struct bytes text, struct err *e)
{
	CLEANUP(buf_done) struct buf copy;
	buf_init(&copy, NFT_TEXT_MAX); /* the library wants it NUL-terminated */
	if (text.n == 0 || memchr(text.p, 0, text.n))
		return err_set(e, ERR_INPUT, "loading the firewall: not a text");
	buf_put(&copy, text);
	rc r = buf_check(&copy, "firewall rules", e);
	return rc_failed(r) ? r : run(buf_text(&copy), NULL, "loading the firewall", e);
}

rc nft_list(const char *table, struct buf *out, struct err *e)
{
	char command[NAME_MAX_CHARS + 32];
	if (!name_ok(table))
		return err_set(e, ERR_INPUT, "listing the firewall: not a table name");
	(void)snprintf(command, sizeof command, "list table inet %s", table);
	return run(command, out, "listing the firewall", e);
}
