/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.5-1 to 5.5-5: protected traffic, reviewed code, replaceable algorithms, logins. */
#include <ctype.h>
#include <stdio.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

/* A listener or flow that is said to be protected: which channel, and what that channel rests on. */
static void protected_by(struct judge_case *c, enum decl_protection protection, const char *channel, uint32_t line,
			 const char *of)
{
	if (protection >= PROTECTION_PUBLIC || !protection)
		return;
	if (!judge_check_channel(c->d, channel))
		judge_miss(c, line, "describe it under channels, and name it here as `channel`",
			   "which version and algorithms protect %.80s is not stated", of);
}

static void one_channel(struct judge_case *c, const struct decl_channel *channel)
{
	static const char *const needed[] = {"integrity", NULL};
	char of[64];
	(void)snprintf(of, sizeof of, "the channel %.40s", channel->id);
	if (!channel->guarantees.n)
		judge_miss(c, channel->line, "declare its guarantees", "what %.60s gives is not stated", of);
	judge_check_guarantees(c, &channel->guarantees, channel->line, of, needed);
	judge_check_crypto(c, &channel->crypto, channel->line, of, "channels[].crypto");
}

/* REQ: EN303645-5.5-1 TS103701-5.5-1-1 */
static void protected_traffic(struct judge_case *c)
{
	size_t public = 0;
	char of[128];
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		(void)snprintf(of, sizeof of, "port %u", l->port);
		if (!judge_on_network(l))
			continue;
		if (l->protection == PROTECTION_NONE)
			judge_contradict(c, l->line, "protect it with tls", "port %u answers in clear", l->port);
		protected_by(c, l->protection, l->channel, l->line, of);
		public += l->protection == PROTECTION_PUBLIC;
	}
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		(void)snprintf(of, sizeof of, "the flow to %.80s", f->host);
		if (f->protection == PROTECTION_NONE)
			judge_contradict(c, f->line, "protect it with tls", "the flow to %.80s is in clear", f->host);
		protected_by(c, f->protection, f->channel, f->line, of);
		public += f->protection == PROTECTION_PUBLIC;
	}
	for (size_t i = 0; i < c->d->channels_n; i++)
		one_channel(c, &c->d->channels[i]);
	if (public)
		judge_promise(c, "all traffic is protected, but for %zu that is said to carry nothing to protect",
			      public);
	else
		judge_promise(c, "all traffic is protected by cryptography of current practice");
}

static bool has_version(const char *text)
{
	for (const char *at = text; *at; at++)
		if (isdigit((unsigned char)*at))
			return true;
	return false;
}

/* REQ: EN303645-5.5-2 TS103701-5.5-2-1 */
static void reviewed_code(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!d->implementations_n)
		judge_miss(c, 0, "list them under implementations",
			   "which implementations of network and security functions were reviewed is not stated");
	for (size_t i = 0; i < d->implementations_n; i++) {
		const struct decl_implementation *p = &d->implementations[i];
		if (!has_version(p->what))
			judge_miss(c, p->line, "name its version in `what`",
				   "which version of %.40s was reviewed is not stated", p->id);
		if (!judge_check_says_something(p->review))
			judge_miss(c, p->line, "say how it was reviewed", "how %.40s was reviewed is not stated",
				   p->id);
		if (!p->report)
			judge_miss(c, p->line, "declare its report", "where the report on %.40s is, is not stated",
				   p->id);
	}
	judge_promise(c, "%zu implementations are named with their reviews", d->implementations_n);
}

/* REQ: EN303645-5.5-3 TS103701-5.5-3-1 */
static void replaceable_crypto(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!c->facts->at[FACT_SOFTWARE_UPDATEABLE].holds)
		judge_contradict(c, 0, "declare an update mechanism", "nothing can be updated, cryptography neither");
	for (size_t i = 0; i < d->components_n; i++) {
		const struct decl_component *p = &d->components[i];
		if (!p->crypto)
			judge_miss(c, p->line, "declare crypto: none, replaceable or fixed",
				   "whether there is cryptography in %.40s is not stated", p->id);
		else if (p->crypto == CRYPTO_FIXED && p->update == COMPONENT_IMMUTABLE &&
			 judge_check_says_something(p->why))
			judge_open(c, p->line, "be ready to defend it, or let updates replace it",
				   "the cryptography in %.40s cannot be replaced; it is immutable, because %.120s",
				   p->id, p->why);
		else if (p->crypto == CRYPTO_FIXED)
			judge_contradict(c, p->line, "let updates replace it, or give the reason under `reasons`",
					 "the cryptography in %.40s cannot be replaced", p->id);
		else if (p->crypto == CRYPTO_REPLACEABLE && p->update != COMPONENT_UPDATED)
			judge_contradict(
				c, p->line, "crypto: fixed, or update: updated",
				"the cryptography in %.40s is said to be replaceable, and %.40s is not updated", p->id,
				p->id);
	}
	judge_promise(c, "cryptography comes with components that are updated");
}

/* `only_settings`: listeners through which security settings can be changed. */
static void login_required(struct judge_case *c, bool only_settings)
{
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		if (!judge_on_network(l))
			continue;
		if (!judge_asks(l) && (!only_settings || l->configures == DECL_YES))
			judge_contradict(c, l->line, "name a credential as auth", "port %u asks nobody who they are",
					 l->port);
		if (only_settings && !l->configures)
			judge_miss(c, l->line, "declare configures",
				   "whether security settings can be changed through port %u is not stated", l->port);
	}
	judge_promise(c, "every such port asks for a credential");
}

/* REQ: EN303645-5.5-4 TS103701-5.5-4-1 */
static void functions_behind_login(struct judge_case *c)
{
	login_required(c, false);
}

/* REQ: EN303645-5.5-5 TS103701-5.5-5-1 */
static void settings_behind_login(struct judge_case *c)
{
	login_required(c, true);
}

const struct judge_row judge_channel_rows[] = {
	{"5.5-1", protected_traffic},	   {"5.5-2", reviewed_code},	     {"5.5-3", replaceable_crypto},
	{"5.5-4", functions_behind_login}, {"5.5-5", settings_behind_login}, {NULL, NULL},
};
