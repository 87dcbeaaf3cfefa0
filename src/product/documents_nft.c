/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firewall of the services as nftables text, from the same renderer that the device uses (core/model/lockdown.h),
 * so that the two cannot differ. The rules hold numbers only; texts of the declaration stand in comments, which end at
 * the end of their line whatever is in them.
 */
#include "core/base/mem.h"
#include "core/model/lockdown.h"
#include "product/documents_rows.h"
#include "product/policy_compile.h"
#include "core/base/banned.h"

static const char *proto(enum policy_proto p)
{
	return p == POLICY_TCP ? "tcp" : "udp";
}

static void put_service(const struct policy *p, const struct policy_service *s, enum lockdown_mode mode,
			struct buf *out)
{
	buf_putf(out, "# user %u: service %s\n", s->user, s->id);
	if (mode == LOCKDOWN_ISOLATED && !s->safety) {
		buf_put_text(out, "#   cut off\n");
		return;
	}
	for (size_t i = 0; i < p->flows_n; i++) {
		const struct policy_flow *f = &p->flows[i];
		if (strcmp(f->service, s->id) == 0)
			buf_putf(out, "#   calls %s, %s port %u (%s)\n", f->host, proto(f->proto), f->port, f->why);
	}
	for (size_t i = 0; i < p->listeners_n; i++) {
		const struct policy_listener *l = &p->listeners[i];
		if (strcmp(l->service, s->id) == 0)
			buf_putf(out, "#   answers on %s port %u (%s)\n", proto(l->proto), l->port, l->why);
	}
}

static void put_head(const struct policy *p, enum lockdown_mode mode, struct buf *out)
{
	buf_putf(out,
		 "# Firewall of model %s, version %s, mode %s: the rules that hallmarkd loads for the services.\n"
		 "# hallmarkd adds its own way to its service%s, which depend on the unit; it loads the\n"
		 "# rules itself. This file is for review, and for devices that load it without hallmarkd.\n"
		 "# A call to a name passes to its port at any address.\n#\n",
		 p->model, p->version, mode == LOCKDOWN_NORMAL ? "normal" : "isolated",
		 p->page_port ? " and the owner page" : "");
	for (size_t i = 0; i < p->services_n; i++)
		put_service(p, &p->services[i], mode, out);
}

static rc render(const struct policy *p, enum lockdown_mode mode, struct buf *out)
{
	MEM_AUTO struct lockdown_input *in = mem_alloc(sizeof *in);
	CLEANUP(buf_done) struct buf rules;
	buf_init(&rules, LOCKDOWN_TEXT_MAX);
	if (!in)
		return (rc){ERR_MEMORY};
	rc r = lockdown_from_policy(p, mode, NULL, in, NULL);
	if (rc_ok(r))
		r = lockdown_render(in, &rules, NULL);
	put_head(p, mode, out);
	buf_put(out, buf_view(&rules));
	return r;
}

static void write_mode(const struct declaration *d, enum lockdown_mode mode, struct buf *out)
{
	CLEANUP(buf_done) struct buf json;
	struct policy *p = NULL;
	buf_init(&json, POLICY_MAX);
	rc r = policy_compile(d, NULL, 0, &json, NULL);
	if (rc_ok(r))
		r = policy_decode(buf_view(&json), &p, NULL);
	if (rc_ok(r))
		r = render(p, mode, out);
	policy_free(p);
	documents_break(out, r);
}

void documents_nft_normal(const struct declaration *d, struct wall_time today, struct buf *out)
{
	(void)today;
	write_mode(d, LOCKDOWN_NORMAL, out);
}

void documents_nft_isolated(const struct declaration *d, struct wall_time today, struct buf *out)
{
	(void)today;
	write_mode(d, LOCKDOWN_ISOLATED, out);
}
