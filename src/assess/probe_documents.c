/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "documents": what the public can read about this product without signing in (EN303645 5.2-1, 5.3-13):
 * security.txt with a contact and an expiry, a disclosure policy with both time frames, and the support period with its
 * end date. Only the service given in the scope is asked: of URLs that point elsewhere, the same path is looked for
 * there.
 */
#include <stdio.h>

#include "assess/probe_all.h"
#include "assess/security_txt.h"
#include "core/codec/rfc3339.h"
#include "host/net/http_client.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define PAGE_MAX_BYTES (512 * 1024)
#define CA_MAX 65536

struct site {
	char host[256];
	uint16_t port;
	struct tls_context *tls; /* NULL: plain HTTP */
};

static void drop_client(struct http_client **c)
{
	http_client_free(*c);
}

static void site_done(struct site *s)
{
	tls_context_free(s->tls);
}

/* "https://HOST[:PORT]" and nothing behind but "/". */
static rc parse_base(const char *url, struct site *ret, bool *ret_tls, struct err *e)
{
	unsigned port = 0;
	char host[256] = "", rest[2] = "";
	bool tls = strncmp(url, "https://", 8) == 0;
	const char *at = tls ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
	if (!at)
		return err_set(e, ERR_INPUT, "'%s' is not an https:// or http:// URL", url);
	int n = sscanf(at, "%255[A-Za-z0-9.-]:%5u%1s", host, &port, rest);
	if (n < 1 || (n > 1 && (port < 1 || port > 65535)))
		return err_set(e, ERR_INPUT, "'%s' does not name a host", url);
	(void)snprintf(ret->host, sizeof ret->host, "%s", host);
	ret->port = (uint16_t)(n > 1 ? port : tls ? 443 : 80);
	*ret_tls = tls;
	return RC_OK;
}

static rc site_open(const struct scope *s, struct site *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf ca;
	bool tls = false;
	buf_init(&ca, CA_MAX);
	rc r = parse_base(s->service, ret, &tls, e);
	if (rc_failed(r) || !tls)
		return r;
	if (s->service_ca && rc_failed(r = file_read(s->service_ca, CA_MAX, &ca, e)))
		return err_wrap(e, "the CA of the service");
	const struct tls_config config = {.peer_ca_pem = buf_view(&ca), .insecure_any_peer = !s->service_ca};
	return tls_client_context(&config, &ret->tls, e);
}

static rc fetch(const struct site *s, const char *path, struct http_answer *ret, struct err *e)
{
	CLEANUP(drop_client) struct http_client *c = NULL;
	const struct http_client_config to = {
		.host = s->host, .port = s->port, .tls = s->tls, .connect_ms = PROBE_CALL_MS};
	const struct http_call call = {
		.method = HTTP_GET, .path = path, .body_max = PAGE_MAX_BYTES, .deadline_ms = PROBE_CALL_MS};
	rc r = http_client_open(&to, &c, e);
	return rc_ok(r) ? http_client_call(c, &call, ret, e) : r;
}

/* Note whether a page is public; true when its body can be read. */
static bool note_page(struct probe_run *r, const struct site *s, const char *id, const char *what, const char *path,
		      struct http_answer *a)
{
	struct err e = {0};
	char target[FACT_TARGET_SIZE], value[32];
	(void)snprintf(target, sizeof target, "%.60s:%u%.50s", s->host, s->port, path);
	rc got = fetch(s, path, a, &e);
	if (rc_failed(got)) {
		probe_note(r, &(struct probe_note){id, what, target, "", probe_state_of(got)}, "%s", e.text);
		return false;
	}
	(void)snprintf(value, sizeof value, "HTTP %d", a->status);
	enum fact_state state = a->status == 200		       ? FACT_SEEN
				: a->status == 404		       ? FACT_ABSENT
				: a->status == 401 || a->status == 403 ? FACT_REFUSED
								       : FACT_ERROR;
	probe_note(r, &(struct probe_note){id, what, target, value, state}, "%zu bytes, without signing in%s",
		   a->body.len, s->tls && !r->scope->service_ca ? "; the certificate was not checked" : "");
	return a->status == 200;
}

static void note_field(struct probe_run *r, const char *id, const char *what, const char *value)
{
	probe_note(r, &(struct probe_note){id, what, "security.txt", value, value[0] ? FACT_SEEN : FACT_ABSENT}, "%s",
		   value[0] ? "read from security.txt" : "security.txt does not say it");
}

static void note_expiry(struct probe_run *r, const struct security_txt *t)
{
	struct wall_time until;
	const char *id = "documents.security-txt.expires", *what = "until when security.txt holds";
	if (!t->expires[0]) {
		note_field(r, id, what, "");
		return;
	}
	if (t->expiries != 1 || !rfc3339_parse_time(t->expires, &until)) {
		probe_note(r, &(struct probe_note){id, what, "security.txt", t->expires, FACT_ERROR},
			   "given %zu times, or not a time in UTC", t->expiries);
		return;
	}
	bool over = until.s <= clock_now().wall.s;
	probe_note(r, &(struct probe_note){id, what, "security.txt", t->expires, over ? FACT_ABSENT : FACT_SEEN}, "%s",
		   over ? "it is over" : "in the future");
}

/* Path of a URL, "/" if it has none. */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	return path ? path : "/";
}

static void note_time_frame(struct probe_run *r, const char *id, const char *what, struct bytes page,
			    const char *const *words)
{
	char found[FACT_VALUE_SIZE] = "";
	for (size_t i = 0; words[i] && !found[0]; i++)
		(void)security_txt_time_near(page, words[i], found, sizeof found);
	probe_note(r, &(struct probe_note){id, what, "disclosure policy", found, found[0] ? FACT_SEEN : FACT_ABSENT},
		   "%s", found[0] ? "a time frame stands near the word" : "no time frame found near the word");
}

static void look_at_policy(struct probe_run *r, const struct site *s, const char *url)
{
	static const char *const first[] = {"acknowledg", "confirm", "first answer", "receipt", NULL};
	static const char *const later[] = {"status update", "status", "progress", "keep you informed", NULL};
	CLEANUP(http_answer_done) struct http_answer a;
	http_answer_init(&a, PAGE_MAX_BYTES);
	if (!note_page(r, s, "documents.policy", "the disclosure policy is public", path_of(url), &a))
		return;
	note_time_frame(r, "documents.policy.acknowledge", "when a report is acknowledged", buf_view(&a.body), first);
	note_time_frame(r, "documents.policy.updates", "how often the reporter hears the state of things",
			buf_view(&a.body), later);
}

static void look_at_security_txt(struct probe_run *r, const struct site *s)
{
	CLEANUP(http_answer_done) struct http_answer a;
	struct security_txt t = {0};
	struct err e = {0};
	http_answer_init(&a, PAGE_MAX_BYTES);
	if (!note_page(r, s, "documents.security-txt", "security.txt is public", "/.well-known/security.txt", &a))
		return;
	if (rc_failed(security_txt_decode(buf_view(&a.body), &t, &e))) {
		probe_note(r,
			   &(struct probe_note){"documents.security-txt.contact", "contact for reports", "security.txt",
						"", FACT_ERROR},
			   "%s", e.text);
		return;
	}
	note_field(r, "documents.security-txt.contact", "contact for reports", t.contact);
	note_expiry(r, &t);
	if (t.policy[0])
		look_at_policy(r, s, t.policy);
	else
		note_field(r, "documents.policy", "the disclosure policy is public", "");
}

/* The end date as people may write it: 2031-12-31, 31 December 2031, 31 Dec 2031. */
static bool has_date(const char *page, const char *date)
{
	static const char *const months[] = {"January", "February", "March",	 "April",   "May",	"June",
					     "July",	"August",   "September", "October", "November", "December"};
	unsigned y = 0, m = 0, d = 0;
	char words[48];
	if (strstr(page, date))
		return true;
	if (sscanf(date, "%4u-%2u-%2u", &y, &m, &d) != 3 || m < 1 || m > 12)
		return false;
	(void)snprintf(words, sizeof words, "%u %s %u", d, months[m - 1], y);
	if (strcasestr(page, words))
		return true;
	(void)snprintf(words, sizeof words, "%u %.3s %u", d, months[m - 1], y);
	return strcasestr(page, words) != NULL;
}

static void look_at_support(struct probe_run *r, const struct site *s)
{
	const struct verdict_subject *w = &r->scope->subject->words;
	CLEANUP(http_answer_done) struct http_answer a;
	CLEANUP(buf_done) struct buf plain;
	const char *id = "documents.support.end", *what = "the public page names the declared end of support";
	http_answer_init(&a, PAGE_MAX_BYTES);
	buf_init(&plain, PAGE_MAX_BYTES + 1);
	if (!w->url[0] || !note_page(r, s, "documents.support", "the support period is public", path_of(w->url), &a))
		return;
	security_txt_plain(buf_view(&a.body), &plain);
	bool named = w->support_end[0] && has_date(buf_text(&plain), w->support_end);
	probe_note(r, &(struct probe_note){id, what, w->url, w->support_end, named ? FACT_SEEN : FACT_ABSENT}, "%s",
		   named ? "the date stands on the page" : "the date does not stand on the page");
}

static void run(struct probe_run *r)
{
	CLEANUP(site_done) struct site s = {0};
	struct err e = {0};
	rc done = site_open(r->scope, &s, &e);
	if (rc_failed(done)) {
		probe_note(r,
			   &(struct probe_note){"documents.security-txt", "security.txt is public", r->scope->service,
						"", probe_state_of(done)},
			   "%s", e.text);
		return;
	}
	look_at_security_txt(r, &s);
	look_at_support(r, &s);
}

static bool ready(const struct scope *s)
{
	return s->service != NULL;
}

const struct probe probe_documents = {
	.name = "documents",
	.what = "the maker's public pages: security.txt, disclosure policy, support period",
	.needs = "--service",
	.ready = ready,
	.run = run,
};
