/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the product room's declaration, catalogue and declaration check to the assessor's flat view. Nothing is decided
 * here: words are copied, or put together from declared values.
 */
#include <stdio.h>

#include "assess/subject.h"
#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "product/published_io.h"
#include "core/base/banned.h"

static void drop_declaration(struct declaration **d)
{
	declaration_free(*d);
}

static void drop_result(struct judge_result **r)
{
	judge_free(*r);
}

#define COPY(field, text) ((void)snprintf(field, sizeof(field), "%s", (text) ? (text) : ""))

static void join(char out[VERDICT_TEXT_SIZE], const char *part)
{
	size_t n = strlen(out);
	if (part)
		(void)snprintf(out + n, VERDICT_TEXT_SIZE - n, "%s%s", n ? ", " : "", part);
}

static void describe_updates(const struct declaration *d, char out[VERDICT_TEXT_SIZE])
{
	if (d->update.mechanism != MECHANISM_HALLMARK && d->update.mechanism != MECHANISM_OTHER) {
		join(out, d->update.mechanism == MECHANISM_NONE ? "cannot be updated" : "not stated");
		return;
	}
	join(out, d->update.automatic == DECL_YES ? "automatic" : "started by the owner");
	if (d->update.signature && d->update.signature != SIGNATURE_NONE)
		join(out, "signed");
	if (d->update.verified_on_device == DECL_YES)
		join(out, "checked by the device itself");
	if (d->update.can_postpone == DECL_YES)
		join(out, "can be postponed");
}

static void describe_password(const struct declaration *d, char out[VERDICT_TEXT_SIZE])
{
	static const char *const words[] = {
		[MADE_PER_UNIT_RANDOM] = "a random one for each unit",
		[MADE_USER_SET] = "chosen by the owner",
		[MADE_NONE] = "none",
		[MADE_DERIVED] = "derived from other data",
		[MADE_UNIVERSAL] = "the same on all units",
	};
	for (size_t i = 0; i < d->credentials_n; i++) {
		const struct decl_credential *c = &d->credentials[i];
		if (c->kind != CREDENTIAL_PASSWORD && c->kind != CREDENTIAL_PIN)
			continue;
		join(out, c->made && c->made < ARRAY_LEN(words) ? words[c->made] : "not stated");
		if (c->changeable == DECL_YES)
			join(out, "can be changed");
	}
	if (!out[0])
		join(out, "no password");
}

static void take_words(const struct declaration *d, struct verdict_subject *w)
{
	COPY(w->maker, d->maker.name);
	COPY(w->product, d->product);
	COPY(w->model, d->model);
	COPY(w->version, d->version);
	if (d->support.until.s)
		rfc3339_date(d->support.until, w->support_end);
	describe_updates(d, w->updates);
	describe_password(d, w->password);
	for (size_t i = 0; i < d->personal_data_n; i++)
		join(w->data, d->personal_data[i].what);
	for (size_t i = 0; i < d->sensors_n; i++)
		join(w->sensors, d->sensors[i].what);
	COPY(w->contact, d->disclosure.contact);
	COPY(w->url, d->support.published);
}

static void take_listeners(const struct declaration *d, struct subject *s)
{
	for (size_t i = 0; i < d->listeners_n && s->listeners_n < SUBJECT_LISTENERS_MAX; i++) {
		const struct decl_listener *from = &d->listeners[i];
		if (from->interface == INTERFACE_LOOPBACK)
			continue;
		struct subject_listener *l = &s->listeners[s->listeners_n++];
		l->udp = from->proto == POLICY_UDP;
		l->tls = from->protection == PROTECTION_TLS;
		l->port = (uint16_t)from->port;
		COPY(l->why, from->why);
	}
}

static void take_answer(const struct judge_answer *a, struct subject_provision *p)
{
	const struct catalogue_provision *c = a->provision;
	COPY(p->id, c->id);
	COPY(p->title, c->title);
	(void)snprintf(p->section, sizeof p->section, "%s %s", c->section, c->section_title);
	p->mandatory = catalogue_mandatory(c);
	p->conceptual = c->tests & (TESTS_CONCEPTUAL | TESTS_MIXED);
	p->functional = c->tests & (TESTS_FUNCTIONAL | TESTS_MIXED);
	p->mixed = c->tests & TESTS_MIXED;
	p->excused = a->excused;
	p->applies = a->word == JUDGE_NOT_APPLICABLE ? SUBJECT_APPLIES_NOT : SUBJECT_APPLIES;
	static const enum subject_promise promise[JUDGE_WORDS] = {
		[JUDGE_PROMISED] = SUBJECT_PROMISED,
		[JUDGE_MISSING] = SUBJECT_PROMISE_MISSING,
		[JUDGE_CONTRADICTED] = SUBJECT_PROMISE_BROKEN,
		[JUDGE_OPEN] = SUBJECT_PROMISE_OPEN,
	};
	p->promise = promise[a->word];
	if (a->excused)
		(void)snprintf(p->why, sizeof p->why, "%.150s; the maker's reason: %.140s", a->reason, a->excuse);
	else
		COPY(p->why, a->reason);
	COPY(p->hint, a->excused ? "" : a->hint);
	p->line = a->line;
}

rc subject_load(const char *path, struct wall_time today, struct subject **ret, struct err *e)
{
	CLEANUP(drop_declaration) struct declaration *d = NULL;
	CLEANUP(drop_result) struct judge_result *checked = NULL;
	CLEANUP(subject_free) struct subject *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "no memory for the declaration");
	rc r = declaration_load(path, &d, NULL, e);
	const struct published_source source = {.declaration = path};
	if (rc_failed(r) || rc_failed(r = published_judge(&source, d, today, &checked, NULL, e)))
		return r;
	(void)snprintf(s->edition, sizeof s->edition, "%s", catalogue_edition);
	const char *slash = strrchr(path, '/');
	COPY(s->file, slash ? slash + 1 : path);
	s->page_port = (uint16_t)d->page_port;
	s->conflicts = checked->conflicts_n;
	take_words(d, &s->words);
	take_listeners(d, s);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		take_answer(&checked->answers[i], &s->provisions[s->provisions_n++]);
	*ret = s;
	s = NULL;
	return RC_OK;
}
