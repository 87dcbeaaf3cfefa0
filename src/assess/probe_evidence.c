/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "evidence": what the device itself states under its own key, fresh for our nonce (EN303645 5.4, 5.7, 5.9, 5.10,
 * 5.11): the parts that no network test can see. Each of its facts is taken over under "evidence.", with its state.
 * What it states is the device's word: a judge must not rest on it where a probe can look for itself.
 */
#include <stdio.h>

#include "assess/device_link.h"
#include "assess/device_session.h"
#include "assess/probe_all.h"
#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static enum fact_state state_of(enum statement_fact_state s)
{
	static const enum fact_state map[STATEMENT_FACT_STATE_COUNT] = {
		[STATEMENT_SEEN] = FACT_SEEN,
		[STATEMENT_ABSENT] = FACT_ABSENT,
		[STATEMENT_UNREACHABLE] = FACT_UNREACHABLE,
		[STATEMENT_REFUSED] = FACT_REFUSED,
		[STATEMENT_ERROR] = FACT_ERROR,
	};
	return s < STATEMENT_FACT_STATE_COUNT ? map[s] : FACT_ERROR;
}

static void note_one(struct probe_run *r, const struct statement_evidence *ev, const struct statement_fact *f)
{
	char id[FACT_ID_SIZE];
	(void)snprintf(id, sizeof id, "evidence.%s", f->id);
	for (size_t i = 0; i < r->facts->n; i++)
		if (strcmp(r->facts->list[i].id, id) == 0) {
			/* Told twice, perhaps in two ways: then neither is believed. */
			r->facts->list[i].state = FACT_ERROR;
			(void)snprintf(r->facts->list[i].evidence, FACT_EVIDENCE_SIZE, "the device told it twice");
			return;
		}
	probe_note(r, &(struct probe_note){id, "stated by the device", ev->device, f->value, state_of(f->state)},
		   "%s%ssigned by the device", f->source, f->source[0] ? "; " : "");
}

static void note_all(struct probe_run *r, const struct statement_evidence *ev)
{
	char value[160], time[RFC3339_TIME_SIZE];
	rfc3339_time(ev->time, time);
	(void)snprintf(value, sizeof value, "version %s, counter %llu, slot %c", ev->version,
		       (unsigned long long)ev->counter, ev->slot);
	probe_note(
		r,
		&(struct probe_note){"evidence.envelope", "fresh evidence of the device", ev->device, value, FACT_SEEN},
		"signature checked with the key in the factory record, nonce ours, device clock %s", time);
	probe_note(r, &(struct probe_note){"evidence.mode", "mode of the device", ev->device, ev->mode, FACT_SEEN},
		   "signed by the device");
	(void)snprintf(value, sizeof value, "%llu", (unsigned long long)ev->counter);
	probe_note(r,
		   &(struct probe_note){"evidence.counter", "release counter, which bars older releases", ev->device,
					value, FACT_SEEN},
		   "signed by the device");
	for (size_t i = 0; i < ev->facts_n; i++)
		note_one(r, ev, &ev->facts[i]);
}

static void note_identity(struct probe_run *r, const struct device_link *l)
{
	bool known = l->record != NULL;
	probe_note(r,
		   &(struct probe_note){"evidence.identity", "factory record of the unit that answers", NULL,
					known ? l->record->device : l->fingerprint, known ? FACT_SEEN : FACT_ABSENT},
		   known ? "the certificate of the owner page is the one in the signed factory record"
			 : "no genuine factory record has the certificate that the owner page shows");
}

/* Where the unit keeps its keys, as the factory signed it. */
static void note_grade(struct probe_run *r, const struct device_link *l)
{
	if (l->record)
		probe_note(r,
			   &(struct probe_note){"evidence.key-grade", "where the device keeps its keys",
						l->record->device, l->record->key_grade, FACT_SEEN},
			   "stated in the signed factory record");
}

/* Is evidence given to people without a password? It must not be (5.6-2). */
static void note_without_password(struct probe_run *r, const struct device_link *l)
{
	CLEANUP(http_answer_done) struct http_answer a;
	struct err e = {0};
	char value[32];
	const char *id = "evidence.open-access", *what = "evidence page without sign-in";
	http_answer_init(&a, ENVELOPE_MAX);
	rc got = device_link_get(l, "/evidence?nonce=00000000000000000000000000000000", NULL, &a, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	(void)snprintf(value, sizeof value, "HTTP %d", a.status);
	probe_note(r, &(struct probe_note){id, what, NULL, value, a.status == 200 ? FACT_SEEN : FACT_ABSENT},
		   "asked without a password");
}

/* Does the front page tell strangers which version runs? (5.6-2) */
static void note_front_page(struct probe_run *r, const struct device_link *l, const struct statement_evidence *ev)
{
	CLEANUP(http_answer_done) struct http_answer a;
	struct err e = {0};
	const char *id = "evidence.front-page.version",
		   *what = "the front page names the software version to strangers";
	http_answer_init(&a, ENVELOPE_MAX);
	rc got = device_link_get(l, "/", NULL, &a, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	bool told = memmem(a.body.data, a.body.len, ev->version, strlen(ev->version)) ||
		    memmem(a.head.data, a.head.len, ev->version, strlen(ev->version));
	probe_note(r, &(struct probe_note){id, what, NULL, told ? ev->version : "", told ? FACT_SEEN : FACT_ABSENT},
		   "HTTP %d, %zu bytes read without signing in", a.status, a.body.len);
}

/* Can anything be changed without signing in? (5.5-5) The action tried is the harmless one. */
static void note_open_change(struct probe_run *r, const struct device_link *l)
{
	struct err e = {0};
	char value[32];
	int status = 0;
	const char *id = "evidence.open-change", *what = "an action on the owner page without a session";
	rc got = device_session_try_without(l, &status, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	(void)snprintf(value, sizeof value, "HTTP %d", status);
	bool refused = status == 401 || status == 403;
	probe_note(r, &(struct probe_note){id, what, NULL, value, refused ? FACT_ABSENT : FACT_SEEN},
		   "the form behind \"check for updates\" was sent with a made-up session");
}

static void note_receipt(struct probe_run *r, const struct device_session *s)
{
	CLEANUP(http_answer_done) struct http_answer a;
	CLEANUP(buf_done) struct buf payload;
	CLEANUP(pubkey_done) struct pubkey key = {0};
	struct statement_receipt said;
	struct err e = {0};
	char value[64];
	const char *id = "evidence.receipt", *what = "signed receipt of the last erasure";
	http_answer_init(&a, ENVELOPE_MAX);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc got = device_session_get(s, "/receipt", &a, &e);
	if (rc_ok(got) && a.status == 404) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", FACT_ABSENT}, "the device has none yet");
		return;
	}
	if (rc_ok(got))
		got = pubkey_from_pem(bytes_of_text(s->link->record->statement_key), &key, &e);
	if (rc_ok(got))
		got = envelope_open(buf_view(&a.body), STATEMENT_TYPE_RECEIPT, &key, &payload, &e);
	if (rc_ok(got))
		got = statement_receipt_decode(buf_view(&payload), &said, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	(void)snprintf(value, sizeof value, "%s, %llu files",
		       said.key_destroyed ? "key destroyed" : "key not destroyed", (unsigned long long)said.files);
	probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_SEEN},
		   "asked by %s; signature checked with the key in the factory record",
		   said.by_service ? "the service" : "the owner");
}

/* Does the owner page lead to deleting personal data, with words and a button? (5.11-3) */
static void note_erase_page(struct probe_run *r, const struct device_session *s)
{
	CLEANUP(http_answer_done) struct http_answer a;
	struct err e = {0};
	char value[32];
	const char *id = "evidence.page.erase", *what = "the owner page tells how personal data is deleted";
	http_answer_init(&a, ENVELOPE_MAX);
	bool led = memmem(s->home.data, s->home.len, "\"/erase\"", 8) != NULL;
	rc got = led ? device_session_get(s, "/erase", &a, &e) : RC_OK;
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	(void)snprintf(value, sizeof value, led ? "HTTP %d" : "not linked", a.status);
	bool told = led && a.status == 200 && strcasestr(buf_text(&a.body), "erase") &&
		    strstr(buf_text(&a.body), "<form") != NULL;
	probe_note(r, &(struct probe_note){id, what, NULL, value, told ? FACT_SEEN : FACT_ABSENT},
		   "followed the link of the signed-in page, and looked for the word and a form");
}

/* What a signed-in owner sees. */
static void note_page(struct probe_run *r, const struct device_link *l)
{
	CLEANUP(device_session_close) struct device_session s = {0};
	struct err e = {0};
	const char *model = l->record ? l->record->model : "";
	const char *id = "evidence.page.model", *what = "the owner page names the model";
	rc got = device_session_open(l, &s, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, NULL, "", probe_state_of(got)}, "%s", e.text);
		return;
	}
	bool named = memmem(s.home.data, s.home.len, model, strlen(model)) != NULL;
	probe_note(r, &(struct probe_note){id, what, NULL, named ? model : "", named ? FACT_SEEN : FACT_ABSENT},
		   "looked for the model of the factory record");
	note_receipt(r, &s);
	note_erase_page(r, &s);
}

static void run(struct probe_run *r)
{
	CLEANUP(device_link_close) struct device_link l = {0};
	MEM_AUTO struct statement_evidence *ev = NULL;
	struct err e = {0};
	rc done = device_link_open(r->scope, &l, &e);
	if (rc_ok(done)) {
		note_identity(r, &l);
		note_grade(r, &l);
		note_without_password(r, &l);
		done = device_link_evidence(&l, &ev, &e);
	}
	if (rc_failed(done)) {
		probe_note(r,
			   &(struct probe_note){"evidence.envelope", "fresh evidence of the device", NULL, "",
						probe_state_of(done)},
			   "%s", e.text);
		return;
	}
	note_all(r, ev);
	note_front_page(r, &l, ev);
	note_open_change(r, &l);
	note_page(r, &l);
}

static bool ready(const struct scope *s)
{
	return s->records && s->factory_pub && s->password_file && s->page_port;
}

const struct probe probe_evidence = {
	.name = "evidence",
	.what = "the device's own signed evidence, fresh for a nonce of the assessor",
	.needs = "--records --factory-pub --password-file --page-port",
	.ready = ready,
	.run = run,
};
