/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "input": does the owner page stand malformed input (EN303645 5.13-1A forms and addresses, 5.13-1B messages)?
 * Messages that HTTP says must be refused, and forms with broken, oversized and active content, each over a connection
 * of its own; after each the page must still answer as before. No well-formed password is among them. A few dozen
 * attempts show carelessness; that they find nothing is no proof of care, and the judge does not say so.
 */
#include <stdio.h>

#include "assess/net_raw.h"
#include "assess/probe_all.h"
#include "host/net/http.h"
#include "core/base/banned.h"

#define ANSWER_MS 4000
#define QUESTION_MAX (128 * 1024)
#define ANSWER_MAX 65536
#define MARK "<hallmark-probe>"
#define PROBE_HEAD "Host: device\r\nConnection: close\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\n" PROBE_HEAD "Content-Type: application/x-www-form-urlencoded\r\n"

/* One message: `head`, then `repeat` times `part`, then `tail`. A form gets its Content-Length. */
struct message {
	const char *what, *head, *part;
	unsigned repeat;
	const char *tail;
	bool form;
};

/* RFC 9112 has a server refuse every one of these. */
static const struct message network[] = {
	{"no HTTP at all", "\x01\x02\xff\xfe\r\n\r\n", "", 0, "", false},
	{"a request line of one word", "GET\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"an unknown major version", "GET / HTTP/9.9\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"no version number", "GET / HTTP/\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "", 0, "", false},
	{"two Hosts", "GET / HTTP/1.1\r\n" PROBE_HEAD "Host: other\r\n\r\n", "", 0, "", false},
	{"a blank before the colon", "GET / HTTP/1.1\r\n" PROBE_HEAD "Accept : x\r\n\r\n", "", 0, "", false},
	{"a header without colon", "GET / HTTP/1.1\r\n" PROBE_HEAD "nonsense\r\n\r\n", "", 0, "", false},
	{"a header without name", "GET / HTTP/1.1\r\n" PROBE_HEAD ": x\r\n\r\n", "", 0, "", false},
	{"a control character in the path", "GET /\x01 HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"a negative length", "POST / HTTP/1.1\r\n" PROBE_HEAD "Content-Length: -1\r\n\r\n", "", 0, "", false},
	{"a length that is no number", "POST / HTTP/1.1\r\n" PROBE_HEAD "Content-Length: x\r\n\r\n", "", 0, "", false},
	{"a length beyond 64 bits", "POST / HTTP/1.1\r\n" PROBE_HEAD "Content-Length: 99999999999999999999999\r\n\r\n",
	 "", 0, "", false},
	{"two lengths", "POST / HTTP/1.1\r\n" PROBE_HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "", 0, "",
	 false},
	{"an unknown transfer coding", "POST / HTTP/1.1\r\n" PROBE_HEAD "Transfer-Encoding: nonsense\r\n\r\n", "", 0,
	 "", false},
	{"a chunk size that is no number", "POST / HTTP/1.1\r\n" PROBE_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
	 "", 0, "\r\n", false},
	{"a chunk size beyond 64 bits",
	 "POST / HTTP/1.1\r\n" PROBE_HEAD "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff1\r\n", "", 0, "a\r\n",
	 false},
	{"a path of 60 000 letters", "GET /", "a", 60000, " HTTP/1.1\r\n" PROBE_HEAD "\r\n", false},
	{"headers of 100 000 bytes", "GET / HTTP/1.1\r\n" PROBE_HEAD, "x: aaaaaa\r\n", 10000, "\r\n", false},
	{"a path out of the root", "GET /../../../../etc/passwd HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"a path out of the root, encoded", "GET /%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" PROBE_HEAD "\r\n", "",
	 0, "", false},
};

static const struct message forms[] = {
	{"an empty form", POST("/sign-in"), "", 0, "", true},
	{"a name without value", POST("/sign-in"), "", 0, "password", true},
	{"a broken percent sign", POST("/sign-in"), "", 0, "password=%zz", true},
	{"a cut percent sign", POST("/sign-in"), "", 0, "password=%", true},
	{"a NUL character", POST("/sign-in"), "", 0, "password=%00", true},
	{"a name that is not UTF-8", POST("/sign-in"), "", 0, "%ff%fe=x", true},
	{"a list where a text is due", POST("/sign-in"), "", 0, "password[]=x&password[]=y", true},
	{"JSON in place of a form", POST("/sign-in"), "", 0, "{\"password\":{\"$ne\":1}}", true},
	{"20 000 separators", POST("/sign-in"), "&", 20000, "", true},
	{"5 000 fields", POST("/sign-in"), "a=b&", 5000, "", true},
	{"markup in a field", POST("/sign-in"), "", 0, "csrf=" MARK "&done=" MARK, true},
	{"markup in an action's field", POST("/check"), "", 0, "csrf=" MARK, true},
	{"markup in the address", "GET /?done=%3Challmark-probe%3E HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"markup in the path", "GET /%3Challmark-probe%3E HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"a nonce that is markup", "GET /evidence?nonce=%3Challmark-probe%3E HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "",
	 false},
	{"a nonce with a NUL", "GET /evidence?nonce=%00 HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
	{"a nonce of 4 000 digits", "GET /evidence?nonce=", "a", 4000, " HTTP/1.1\r\n" PROBE_HEAD "\r\n", false},
	{"a format string", "GET /evidence?nonce=%25n%25s%25n HTTP/1.1\r\n" PROBE_HEAD "\r\n", "", 0, "", false},
};

struct group {
	const char *id, *what;
	const struct message *list;
	size_t n;
	bool must_refuse;
};

struct state {
	struct probe_run *r;
	struct net_dial_address to;
	struct tls_context *tls;
	int before; /* status of the front page at the start */
};

static rc exchange(const struct state *s, struct bytes question, struct buf *answer, enum net_raw_end *ret_end,
		   int *ret_status, struct err *e)
{
	const struct net_raw_peer peer = {&s->to, s->r->scope->target, s->tls, ANSWER_MS};
	struct http_head head;
	size_t used = 0;
	buf_reset(answer);
	rc r = net_raw_ask(&peer, question, answer, ret_end, e);
	if (rc_failed(r))
		return r;
	*ret_status = *ret_end == NET_RAW_HEAD && http_parse_response(buf_view(answer), &head, &used) == HTTP_PARSE_DONE
			      ? head.status
			      : 0;
	return RC_OK;
}

static rc front_page(const struct state *s, int *ret_status, struct err *e)
{
	CLEANUP(buf_done) struct buf answer;
	enum net_raw_end end;
	buf_init(&answer, ANSWER_MAX);
	return exchange(s, bytes_of_text("GET / HTTP/1.1\r\n" PROBE_HEAD "\r\n"), &answer, &end, ret_status, e);
}

static void build(const struct message *m, struct buf *out)
{
	size_t part = strlen(m->part), tail = strlen(m->tail);
	buf_put_text(out, m->head);
	if (m->form)
		buf_putf(out, "Content-Length: %zu\r\n\r\n", part * m->repeat + tail);
	for (unsigned i = 0; i < m->repeat; i++)
		buf_put_text(out, m->part);
	buf_put_text(out, m->tail);
}

/* What is wrong with this answer; NULL: nothing. */
static const char *objection(const struct group *g, int status, const struct buf *answer)
{
	if (status >= 500 && status != 501 && status != 505)
		return "it broke inside (5xx)";
	if (answer->len && memmem(answer->data, answer->len, MARK, sizeof MARK - 1))
		return "it gave our markup back as markup";
	if (answer->len && memmem(answer->data, answer->len, "root:", 5))
		return "it gave a file of the system away";
	if (g->must_refuse && status >= 100 && status < 400)
		return "it took it for a good request";
	if (answer->len && status < 400 && memmem(answer->data, answer->len, "Set-Cookie: ", 12))
		return "it began a session";
	return NULL;
}

enum outcome { STOOD, OPEN, FELL };

/* One message, and whether the page still serves. */
static enum outcome try_one(const struct state *s, const struct group *g, const struct message *m, char *why,
			    size_t size)
{
	CLEANUP(buf_done) struct buf question, answer;
	enum net_raw_end end = NET_RAW_SILENT;
	struct err e = {0};
	int status = 0, now = 0;
	buf_init(&question, QUESTION_MAX);
	buf_init(&answer, ANSWER_MAX);
	build(m, &question);
	rc r = buf_check(&question, m->what, &e);
	if (rc_ok(r))
		r = exchange(s, buf_view(&question), &answer, &end, &status, &e);
	if (rc_failed(r)) {
		(void)snprintf(why, size, "%s: %.250s", m->what, e.text);
		return OPEN;
	}
	const char *bad = objection(g, status, &answer);
	if (bad) {
		(void)snprintf(why, size, "%s: %s (HTTP %d)", m->what, bad, status);
		return FELL;
	}
	if (end == NET_RAW_SILENT) {
		(void)snprintf(why, size, "%s: neither answered nor closed within %d ms", m->what, ANSWER_MS);
		return OPEN;
	}
	if (rc_failed(front_page(s, &now, &e)) || now != s->before) {
		(void)snprintf(why, size, "%s: afterwards the page no longer answered as before (HTTP %d)", m->what,
			       now);
		return FELL;
	}
	return STOOD;
}

static void try_group(const struct state *s, const struct group *g)
{
	char value[64], why[FACT_EVIDENCE_SIZE / 2] = "", one[FACT_EVIDENCE_SIZE / 2];
	enum outcome worst = STOOD;
	size_t stood = 0;
	for (size_t i = 0; i < g->n && worst != FELL; i++) {
		enum outcome o = try_one(s, g, &g->list[i], one, sizeof one);
		stood += o == STOOD;
		if (o > worst) {
			worst = o;
			(void)snprintf(why, sizeof why, "%s", one);
		}
	}
	(void)snprintf(value, sizeof value, "%zu of %zu stood", stood, g->n);
	probe_note(s->r,
		   &(struct probe_note){g->id, g->what, NULL, value,
					worst == STOOD	? FACT_SEEN
					: worst == FELL ? FACT_ABSENT
							: FACT_UNREACHABLE},
		   "%s",
		   worst == STOOD ? "each was refused or did no harm, and the page answered afterwards as before"
				  : why);
}

static void run(struct probe_run *r)
{
	static const struct group groups[] = {
		{"input.messages", "the page stands malformed HTTP messages", network, ARRAY_LEN(network), true},
		{"input.forms", "the page stands malformed forms and addresses", forms, ARRAY_LEN(forms), false},
	};
	const struct tls_config any = {.insecure_any_peer = true};
	struct state s = {.r = r};
	struct err e = {0};
	rc done = net_dial_resolve(r->scope->target, &s.to, &e);
	net_dial_set_port(&s.to, r->scope->page_port);
	if (rc_ok(done))
		done = tls_client_context(&any, &s.tls, &e);
	if (rc_ok(done))
		done = front_page(&s, &s.before, &e);
	if (rc_ok(done) && (s.before < 200 || s.before >= 400))
		done = err_set(&e, ERR_BUSY, "the page answers HTTP %d before anything was tried", s.before);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (rc_ok(done))
			try_group(&s, &groups[i]);
		else
			probe_note(r,
				   &(struct probe_note){groups[i].id, groups[i].what, NULL, "", probe_state_of(done)},
				   "%s", e.text);
	tls_context_free(s.tls);
}

static bool ready(const struct scope *s)
{
	return s->page_port != 0;
}

const struct probe probe_input = {
	.name = "input",
	.what = "how the owner page takes malformed HTTP messages, forms and addresses",
	.needs = "--target --page-port",
	.ready = ready,
	.run = run,
};
