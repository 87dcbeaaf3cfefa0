/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "passwords": does the owner page take a common, default or serial-like password, and does it slow down someone
 * who guesses (EN303645 5.1-1, 5.1-2, 5.1-5)? At most PROBE_PASSWORD_TRIES_MAX wrong tries in all, and none after the
 * device has asked to wait. Runs last: it makes the device slow down.
 */
#include <stdio.h>

#include "assess/device_link.h"
#include "assess/probe_all.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define GUESSES_MAX PROBE_PASSWORD_TRIES_MAX
#define GUESS_SIZE 96
#define SLOWER_MS 1000 /* so much longer than the first answer counts as a delay */

/* The ones that lists of leaked device passwords begin with. */
static const char *const common[] = {"admin", "password", "12345678", "1234", "default", "root", "00000000", "owner"};

struct guessing {
	char guess[GUESSES_MAX][GUESS_SIZE];
	size_t n, tried;
	int accepted; /* index, -1 none */
	int status;   /* last */
	int64_t first_ms, last_ms;
	bool asked_to_wait;
	char retry_after[32];
};

static void add(struct guessing *g, const char *text, size_t from)
{
	size_t n = strlen(text);
	if (g->n < GUESSES_MAX && n > from)
		(void)snprintf(g->guess[g->n++], GUESS_SIZE, "%.90s", text + from);
}

/* Common and serial-like ones in turn, because the device may stop us early. */
static void make_guesses(struct guessing *g, const struct probe_run *r, const struct device_link *l)
{
	const struct verdict_subject *w = &r->scope->subject->words;
	add(g, common[0], 0);
	if (l->record) {
		size_t n = strlen(l->record->device);
		add(g, l->record->device, 0);
		add(g, l->record->device, n > 8 ? n - 8 : 0);
	}
	add(g, common[1], 0);
	add(g, w->model, 0);
	for (size_t i = 2; i < ARRAY_LEN(common); i++)
		add(g, common[i], 0);
}

static void remember_retry_after(struct guessing *g, const struct http_answer *a)
{
	struct http_head head;
	size_t used = 0;
	if (http_parse_response(buf_view(&a->head), &head, &used) != HTTP_PARSE_DONE)
		return;
	const struct http_text *t = http_header(&head, "Retry-After");
	if (!t || !http_text_copy(*t, g->retry_after, sizeof g->retry_after))
		g->retry_after[0] = 0;
}

/* One guess. False: stop here. */
static bool try_one(struct guessing *g, const struct device_link *l, struct err *e)
{
	CLEANUP(http_answer_done) struct http_answer a;
	http_answer_init(&a, ENVELOPE_MAX);
	int64_t began = clock_now().mono.ms;
	if (rc_failed(
		    device_link_get(l, "/evidence?nonce=00000000000000000000000000000000", g->guess[g->tried], &a, e)))
		return false;
	g->last_ms = clock_now().mono.ms - began;
	g->status = a.status;
	if (a.status == 429) {
		g->asked_to_wait = true;
		remember_retry_after(g, &a);
		return false;
	}
	if (a.status == 200)
		g->accepted = (int)g->tried;
	if (g->tried++ == 0)
		g->first_ms = g->last_ms;
	g->asked_to_wait = a.status == 401 && g->last_ms >= g->first_ms + SLOWER_MS;
	return a.status == 401 && !g->asked_to_wait;
}

static void note_guesses(struct probe_run *r, const struct guessing *g, const struct err *e)
{
	const char *id = "passwords.guess", *what = "a common, default or serial-like password is accepted";
	char value[96];
	(void)snprintf(value, sizeof value, "%zu of %zu guesses tried, %s", g->tried, g->n,
		       g->accepted >= 0 ? "one accepted" : "none accepted");
	if (g->accepted >= 0) {
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_SEEN}, "the page accepted '%s'",
			   g->guess[g->accepted]);
	} else if (g->tried && (g->status == 401 || g->status == 429)) {
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_ABSENT}, "%s",
			   g->asked_to_wait ? "the rest was not tried: the device asked to wait"
					    : "each was answered HTTP 401");
	} else if (g->asked_to_wait) {
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_REFUSED},
			   "the device asked to wait before the first try");
	} else if (e->code != ERR_NONE) {
		probe_note(r, &(struct probe_note){id, what, NULL, value, probe_state_of((rc){e->code})}, "%s",
			   e->text);
	} else {
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_ERROR},
			   "the page answered HTTP %d, which is neither yes nor no", g->status);
	}
}

static void note_throttle(struct probe_run *r, const struct guessing *g, const struct err *e)
{
	const char *id = "passwords.throttle", *what = "wrong passwords make the device slow down";
	char value[64];
	(void)snprintf(value, sizeof value, "after %zu wrong tries", g->tried);
	if (g->asked_to_wait && g->tried)
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_SEEN},
			   "HTTP %d after %lld ms%s%s; the first answer took %lld ms", g->status, (long long)g->last_ms,
			   g->retry_after[0] ? ", wait in seconds: " : "", g->retry_after, (long long)g->first_ms);
	else if (g->asked_to_wait)
		probe_note(r, &(struct probe_note){id, what, NULL, "waiting already", FACT_REFUSED},
			   "earlier wrong tries still count; assess again later to see when it begins");
	else if (e->code != ERR_NONE || g->tried < g->n)
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_ERROR}, "%s",
			   e->text[0] ? e->text : "the guessing ended early");
	else
		probe_note(r, &(struct probe_note){id, what, NULL, value, FACT_ABSENT},
			   "%zu wrong tries in a row were answered without any delay (last: %lld ms)", g->tried,
			   (long long)g->last_ms);
}

static void run(struct probe_run *r)
{
	CLEANUP(device_link_close) struct device_link l = {0};
	struct guessing g = {.accepted = -1};
	struct err e = {0};
	if (rc_ok(device_link_open(r->scope, &l, &e))) {
		make_guesses(&g, r, &l);
		while (g.tried < g.n && try_one(&g, &l, &e))
			;
	}
	note_guesses(r, &g, &e);
	note_throttle(r, &g, &e);
}

static bool ready(const struct scope *s)
{
	return s->page_port != 0;
}

const struct probe probe_passwords = {
	.name = "passwords",
	.what = "common and serial-like passwords on the owner page, and whether guessing is slowed down",
	.needs = "--target --page-port",
	.ready = ready,
	.run = run,
};
