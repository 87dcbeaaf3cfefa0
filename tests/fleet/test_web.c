/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages and disclosure: escaping, the form's limits, sealed cases, the vault's line, sign-in, form tokens. A report is
 * followed from the public form to the operator's page and back to the reporter's link.
 */
#include "factory.h"

#include "fleet/stamp/stamp.h"
#include "fleet/disclosure/case_db.h"
#include "fleet/registry/audit_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/roles/admin.h"
#include "fleet/roles/data.h"
#include "fleet/roles/vault.h"
#include "fleet/web/html.h"
#include "fleet/web/operator.h"
#include "fleet/web/public.h"
#include "host/store/query.h"

static const char evil[] = "\"'><script>alert(1)</script>&amp;";
#define EVIL_ESCAPED "&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"

static void every_value_is_escaped(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 4096);
	markup_putf(&b, "<p title=\"%s\">%s %d %u %zu %lld %c 100%%</p>", evil, evil, -1, 2u, (size_t)3, 4LL, '<');
	assert_string_equal(buf_text(&b), "<p title=\"" EVIL_ESCAPED "\">" EVIL_ESCAPED " -1 2 3 4 &lt; 100%</p>");
	assert_int_equal(b.broken, ERR_NONE);
	buf_reset(&b);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
	markup_putf(&b, "%5.1f", 1.0); /* unknown conversions break the page instead of guessing */
#pragma GCC diagnostic pop
	assert_int_not_equal(b.broken, ERR_NONE);
}

static void times_read_well(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 4096);
	html_date(&b, (struct wall_time){1767225600});
	assert_string_equal(buf_text(&b), "<time datetime=\"2026-01-01\">1 Jan 2026</time>");
	buf_reset(&b);
	html_time(&b, (struct wall_time){0});
	assert_string_equal(buf_text(&b), "never");
	buf_reset(&b);
	html_ago(&b, (struct wall_time){1000}, (struct wall_time){1000 + 3 * 3600});
	assert_non_null(strstr(buf_text(&b), ">3 hours ago<"));
}

static void case_states_and_clocks(void **state)
{
	(void)state;
	const struct disclosure_terms t = {5, 14};
	struct disclosure_clock c;
	const struct wall_time day0 = {1000000};
	assert_false(disclosure_may(DISCLOSURE_NEW, DISCLOSURE_FIXED));
	assert_false(disclosure_may(DISCLOSURE_CLOSED, DISCLOSURE_NEW));
	assert_true(disclosure_may(DISCLOSURE_NEW, DISCLOSURE_ACKNOWLEDGED));
	disclosure_clock(&t, DISCLOSURE_NEW, day0, day0, (struct wall_time){day0.s + 10}, &c);
	assert_string_equal(c.words, "acknowledgement due in 5 days");
	assert_false(c.overdue);
	disclosure_clock(&t, DISCLOSURE_NEW, day0, day0, (struct wall_time){day0.s + 5 * 86400}, &c);
	assert_false(c.overdue);
	disclosure_clock(&t, DISCLOSURE_NEW, day0, day0, (struct wall_time){day0.s + 5 * 86400 + 1}, &c);
	assert_true(c.overdue);
	disclosure_clock(&t, DISCLOSURE_FIXING, day0, (struct wall_time){day0.s + 86400},
			 (struct wall_time){day0.s + 18 * 86400}, &c);
	assert_string_equal(c.words, "status update overdue by 3 days");
	disclosure_clock(&t, DISCLOSURE_CLOSED, day0, day0, (struct wall_time){day0.s + 900 * 86400}, &c);
	assert_int_equal(c.duty, DISCLOSURE_DUTY_NONE);
}

static void names_and_secrets(void **state)
{
	(void)state;
	uint8_t chance[DISCLOSURE_CHANCE_SIZE] = {1, 2, 3};
	char number[DISCLOSURE_NUMBER_SIZE], secret[DISCLOSURE_SECRET_SIZE], hash[65];
	disclosure_name((struct wall_time){1795000000}, chance, number, secret);
	assert_true(disclosure_number_ok(number));
	assert_memory_equal(number, "HM-2026-", 8);
	assert_int_equal(strlen(secret), DISCLOSURE_SECRET_CHARS);
	assert_true(disclosure_secret_hash(secret, hash));
	static const char *const bad[] = {"",
					  "0",
					  "0000000000000000000000000",
					  "00000000000000000000000000 ",
					  "0000000000000000000000000I",
					  "' OR 1=1 --0000000000000000"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(disclosure_secret_hash(bad[i], hash));
	assert_false(disclosure_number_ok("HM-2026-00000"));
	assert_false(disclosure_number_ok("HM-2026-00000I"));
	assert_false(disclosure_number_ok("HM-20x6-000000"));
}

static void reports_are_limited(void **state)
{
	(void)state;
	struct disclosure_limit l = {0};
	char address[32];
	for (int i = 0; i < DISCLOSURE_PER_ADDRESS; i++)
		assert_true(disclosure_limit_take(&l, "192.0.2.1", (struct mono_time){1000}));
	assert_false(disclosure_limit_take(&l, "192.0.2.1", (struct mono_time){1000}));
	for (int i = DISCLOSURE_PER_ADDRESS; i < DISCLOSURE_PER_HOUR; i++) {
		(void)snprintf(address, sizeof address, "192.0.2.%d", i + 10);
		assert_true(disclosure_limit_take(&l, address, (struct mono_time){2000}));
	}
	assert_false(disclosure_limit_take(&l, "198.51.100.1", (struct mono_time){3000}));
	assert_true(disclosure_limit_take(&l, "192.0.2.1", (struct mono_time){1000 + 3600000}));
}

static void wrong_passwords_slow_down(void **state)
{
	(void)state;
	struct session_table *t = calloc(1, sizeof *t);
	struct err e = {0};
	char token[SESSION_TOKEN_SIZE], csrf[SESSION_TOKEN_SIZE];
	struct mono_time now = {1000};
	assert_non_null(t);
	check_ok(chance_hex(SESSION_TOKEN_BYTES, token, &e));
	check_ok(chance_hex(SESSION_TOKEN_BYTES, csrf, &e));
	for (int i = 0; i < SESSION_FREE_FAILURES; i++) {
		session_failed(t, "192.0.2.1", now);
		assert_int_equal(session_wait_ms(t, "192.0.2.1", now), 0);
	}
	int64_t before = 0;
	for (int i = 0; i < 20; i++) {
		session_failed(t, "192.0.2.1", now);
		int64_t wait = session_wait_ms(t, "192.0.2.1", now);
		assert_true(wait > before || wait == SESSION_WAIT_MAX_MS);
		before = wait;
	}
	assert_null(session_find(t, token, now));
	check_ok(session_begin(t, "192.0.2.1", token, csrf, now, &e));
	assert_int_equal(session_wait_ms(t, "192.0.2.1", now), 0);
	assert_non_null(session_find(t, token, now));
	assert_null(session_find(t, csrf, now));
	assert_null(session_find(t, "", now));
	struct session *s = session_find(t, token, (struct mono_time){now.ms + SESSION_IDLE_MS});
	assert_non_null(s);
	assert_true(session_csrf_ok(s, csrf));
	assert_false(session_csrf_ok(s, ""));
	assert_false(session_csrf_ok(s, token));
	assert_null(session_find(t, token, (struct mono_time){now.ms + 2 * SESSION_IDLE_MS + 1}));
	check_ok(session_begin(t, "192.0.2.1", token, csrf, now, &e));
	for (int64_t at = now.ms; at <= now.ms + SESSION_TOTAL_MS; at += SESSION_IDLE_MS / 2)
		(void)session_find(t, token, (struct mono_time){at});
	assert_null(session_find(t, token, (struct mono_time){now.ms + SESSION_TOTAL_MS + 1}));
	free(t);
}

/* Strangers guess: they wait, the operator hardly, and not at all where somebody signed in before. */
static void strangers_do_not_lock_the_operator_out(void **state)
{
	(void)state;
	struct session_table *t = calloc(1, sizeof *t);
	struct err e = {0};
	char token[SESSION_TOKEN_SIZE], csrf[SESSION_TOKEN_SIZE], from[64];
	struct mono_time now = {1000};
	assert_non_null(t);
	check_ok(chance_hex(SESSION_TOKEN_BYTES, token, &e));
	check_ok(chance_hex(SESSION_TOKEN_BYTES, csrf, &e));
	check_ok(session_begin(t, "198.51.100.7", token, csrf, now, &e));
	for (int i = 0; i < 40; i++)
		session_failed(t, "192.0.2.1", now);
	assert_int_equal(session_wait_ms(t, "192.0.2.1", now), SESSION_WAIT_MAX_MS);
	assert_true(session_wait_ms(t, "203.0.113.9", now) <= SESSION_ALL_WAIT_MS);
	/* One network of IPv6 is one source. */
	for (int i = 0; i < 40; i++) {
		(void)snprintf(from, sizeof from, "2001:db8:1:2::%x", i + 1);
		session_failed(t, from, now);
	}
	assert_int_equal(session_wait_ms(t, "2001:db8:1:2:ffff::1", now), SESSION_WAIT_MAX_MS);
	/* So many sources that the table overflows: together they get one try in SESSION_ALL_WAIT_MS. */
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(from, sizeof from, "10.%d.%d.1", i / 200, i % 200);
		session_failed(t, from, now);
	}
	assert_int_equal(session_wait_ms(t, "203.0.113.9", now), SESSION_ALL_WAIT_MS);
	assert_true(session_wait_ms(t, "192.0.2.1", now) > SESSION_ALL_WAIT_MS);
	assert_int_equal(session_wait_ms(t, "198.51.100.7", now), 0); /* where somebody signed in before */
	for (int i = 0; i <= SESSION_FREE_FAILURES; i++)
		session_failed(t, "198.51.100.7", now);
	assert_true(session_wait_ms(t, "198.51.100.7", now) > 0); /* it counts there, too */
	free(t);
}

struct fixture {
	char dir[64], data[96], password[ADMIN_PASSWORD_SIZE], phc[PASSWORD_PHC_SIZE];
	struct store *st;
	uint8_t key[AEAD_KEY_SIZE];
	struct vault vault;
	struct site site;
	struct public_pages pub;
	struct operator_pages op;
	struct now now;
};

/* The vault's line without a socket: what the client would send, the vault answers. */
static rc direct_report(void *ctx, const struct disclosure_report *r, char number[DISCLOSURE_NUMBER_SIZE],
			char secret[DISCLOSURE_SECRET_SIZE], struct err *e)
{
	struct fixture *fx = ctx;
	struct case_made made;
	rc x = case_db_open_case(fx->st, fx->key, r, fx->now.wall, &made, e);
	if (rc_ok(x)) {
		memcpy(number, made.number, sizeof made.number);
		memcpy(secret, made.secret, sizeof made.secret);
	}
	return x;
}

static rc direct_look(void *ctx, const char *secret, struct public_case *ret, struct err *e)
{
	struct fixture *fx = ctx;
	CLEANUP(buf_done) struct buf q, a;
	uint16_t type = 0;
	buf_init(&q, 65536);
	buf_init(&a, 65536);
	buf_put_u32(&q, 7);
	buf_put_u16(&q, (uint16_t)strlen(secret));
	buf_put_text(&q, secret);
	rc r = vault_answer(&fx->vault, VAULT_LOOK, buf_view(&q), fx->now, &type, &a);
	if (rc_failed(r))
		return r;
	return type == VAULT_CASE ? vault_decode_case(buf_view(&a), 7, ret, e) : err_set(e, ERR_MISSING, "no");
}

static int set_up(void **state)
{
	struct err e = {0};
	struct fixture *fx = calloc(1, sizeof *fx);
	CLEANUP(buf_done) struct buf b;
	struct data_paths p;
	buf_init(&b, SITE_MAX);
	if (!fx)
		return -1;
	(void)snprintf(fx->dir, sizeof fx->dir, "/tmp/hallmark-web-XXXXXX");
	if (!mkdtemp(fx->dir))
		return -1;
	(void)snprintf(fx->data, sizeof fx->data, "%s/data", fx->dir);
	const struct admin_init init = {.dir = fx->data,
					.company = "Lumen & <Sons>",
					.contact = "mailto:s@lumen.example",
					.url = "https://l.example"};
	fx->now = clock_now();
	check_ok(admin_init(&init, fx->now.wall, fx->password, &e));
	check_ok(data_paths(fx->data, &p, &e));
	check_ok(data_open(fx->data, &fx->st, &e));
	check_ok(file_read(p.report_key, 64, &b, &e));
	assert_int_equal(b.len, AEAD_KEY_SIZE);
	memcpy(fx->key, b.data, AEAD_KEY_SIZE);
	buf_reset(&b);
	check_ok(file_read(p.operator_phc, PASSWORD_PHC_SIZE - 1, &b, &e));
	memcpy(fx->phc, buf_text(&b), b.len + 1);
	buf_reset(&b);
	check_ok(file_read(p.site, SITE_MAX, &b, &e));
	check_ok(site_decode(buf_view(&b), &fx->site, &e));
	fx->vault = (struct vault){.store = fx->st, .key = fx->key};
	fx->pub = (struct public_pages){.site = &fx->site, .ops = {fx, direct_report, direct_look}};
	fx->op = (struct operator_pages){.store = fx->st, .site = &fx->site, .key = fx->key, .phc = fx->phc};
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;
	store_free(fx->st);
	factory_remove(fx->dir, 4);
	free(fx);
	return 0;
}

struct reply {
	int status;
	char headers[4096];
	char body[200000];
};

static struct reply reply;

static void fetch(struct fixture *fx, bool public, enum http_method m, const char *path, const char *form,
		  const char *cookie)
{
	struct http_peer peer = {.address = "192.0.2.7"};
	struct http_head head = {.method = m, .path = {path, strlen(path)}};
	if (cookie)
		head.headers[head.headers_n++] = (struct http_header){{"Cookie", 6}, {cookie, strlen(cookie)}};
	struct http_request req = {&head, bytes_of_text(form ? form : ""), &peer, fx->now};
	struct http_response resp = {.status = 200, .file_fd = -1};
	buf_init(&resp.headers, 8192);
	buf_init(&resp.body, MIB);
	if (public)
		public_handle(&fx->pub, &req, &resp);
	else
		operator_handle(&fx->op, &req, &resp);
	assert_int_equal(resp.body.broken, ERR_NONE);
	reply.status = resp.status;
	(void)snprintf(reply.headers, sizeof reply.headers, "%s", buf_text(&resp.headers));
	(void)snprintf(reply.body, sizeof reply.body, "%s", buf_text(&resp.body));
	buf_done(&resp.headers);
	buf_done(&resp.body);
}

#define FORM(text) "product=cam&text=" text "&contact=&website="

static void public_pages_say_what_they_must(void **state)
{
	struct fixture *fx = *state;
	static const char *const pages[] = {"/", "/disclosure", "/report", "/support"};
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		fetch(fx, true, HTTP_GET, pages[i], NULL, NULL);
		assert_int_equal(reply.status, 200);
		assert_non_null(strstr(reply.body, "Lumen &amp; &lt;Sons&gt;"));
		assert_null(strstr(reply.body, "<Sons>"));
		assert_null(strstr(reply.body, "<script"));
		assert_null(strstr(reply.body, "style="));
		assert_non_null(strstr(reply.headers, "default-src 'none'"));
	}
	fetch(fx, true, HTTP_GET, "/.well-known/security.txt", NULL, NULL);
	assert_non_null(strstr(reply.headers, "Content-Type: text/plain; charset=utf-8"));
	assert_non_null(strstr(reply.body, "Contact: https://l.example/report\n"));
	assert_non_null(strstr(reply.body, "Expires: "));
	fetch(fx, true, HTTP_GET, "/nope", NULL, NULL);
	assert_int_equal(reply.status, 404);
	fetch(fx, true, HTTP_POST, "/", "", NULL);
	assert_int_equal(reply.status, 405);
}

static void bad_forms_open_no_case(void **state)
{
	struct fixture *fx = *state;
	static const char *const bad[] = {
		"",
		"text=only+the+text+is+here+and+nothing+else",
		FORM(""),
		FORM("short"),
		FORM("++++++++++++++++++++++++++"),
		"product=&text=long+enough+to+be+a+report&contact=&website=http%3A%2F%2Fspam",
		"product=&text=a+NUL+in+here+%00+makes+it+bad&contact=&website=",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fetch(fx, true, HTTP_POST, "/report", bad[i], NULL);
		assert_int_equal(reply.status, 400);
	}
	MEM_AUTO struct case_row *list = NULL;
	size_t n = 9;
	struct err e = {0};
	check_ok(case_db_list(fx->st, 10, &list, &n, &e));
	assert_int_equal(n, 0);
}

/* The link behind "Set-Cookie" and the token of the forms. */
static void sign_in(struct fixture *fx, char cookie[160], char csrf[SESSION_TOKEN_SIZE])
{
	char form[64];
	(void)snprintf(form, sizeof form, "password=%s", fx->password);
	fetch(fx, false, HTTP_POST, "/sign-in", form, NULL);
	assert_int_equal(reply.status, 303);
	const char *at = strstr(reply.headers, "hallmark_session=");
	assert_non_null(at);
	assert_non_null(strstr(at, "HttpOnly; SameSite=Strict"));
	(void)snprintf(cookie, 160, "a=b; %.*s", (int)strcspn(at, ";"), at);
	fetch(fx, false, HTTP_GET, "/", NULL, cookie);
	assert_int_equal(reply.status, 200);
	at = strstr(reply.body, "name=\"csrf\" value=\"");
	assert_non_null(at);
	(void)snprintf(csrf, SESSION_TOKEN_SIZE, "%.64s", at + 19);
}

static void operator_pages_need_a_session(void **state)
{
	struct fixture *fx = *state;
	static const char *const pages[] = {"/", "/devices", "/devices/x", "/rollouts/1", "/cases", "/audit"};
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		fetch(fx, false, HTTP_GET, pages[i], NULL, NULL);
		assert_int_equal(reply.status, 303);
		assert_non_null(strstr(reply.headers, "Location: /sign-in"));
		fetch(fx, false, HTTP_POST, pages[i], "csrf=", "hallmark_session=00");
		assert_int_equal(reply.status, 303);
	}
	fetch(fx, false, HTTP_POST, "/sign-in", "password=wrong", NULL);
	assert_int_equal(reply.status, 403);
	assert_null(strstr(reply.headers, "Set-Cookie"));
	fetch(fx, false, HTTP_POST, "/sign-in", "", NULL);
	assert_int_equal(reply.status, 403);
	for (int i = 0; i < 3; i++)
		fetch(fx, false, HTTP_POST, "/sign-in", "password=wrong", NULL);
	char form[64];
	(void)snprintf(form, sizeof form, "password=%s", fx->password);
	fetch(fx, false, HTTP_POST, "/sign-in", form, NULL); /* right, but too soon */
	assert_int_equal(reply.status, 429);
}

static void a_report_goes_there_and_back(void **state)
{
	struct fixture *fx = *state;
	char number[DISCLOSURE_NUMBER_SIZE], link[64], cookie[160], csrf[SESSION_TOKEN_SIZE], form[512], path[64];
	fetch(fx, true, HTTP_POST, "/report", FORM("%3Cscript%3Ealert%281%29%3C%2Fscript%3E+long+enough"), NULL);
	assert_int_equal(reply.status, 200);
	const char *at = strstr(reply.body, "HM-");
	assert_non_null(at);
	(void)snprintf(number, sizeof number, "%.14s", at);
	at = strstr(reply.body, "/case/");
	assert_non_null(at);
	(void)snprintf(link, sizeof link, "%.32s", at);
	fetch(fx, true, HTTP_GET, "/case/00000000000000000000000000", NULL, NULL);
	assert_int_equal(reply.status, 404);
	(void)snprintf(path, sizeof path, "/case/%s", number); /* the number alone opens nothing */
	fetch(fx, true, HTTP_GET, path, NULL, NULL);
	assert_int_equal(reply.status, 404);
	sign_in(fx, cookie, csrf);
	assert_non_null(strstr(reply.body, number));
	(void)snprintf(path, sizeof path, "/cases/%s", number);
	fetch(fx, false, HTTP_GET, path, NULL, cookie);
	assert_non_null(strstr(reply.body, "&lt;script&gt;alert(1)&lt;/script&gt; long enough"));
	assert_null(strstr(reply.body, "<script"));
	fetch(fx, false, HTTP_POST, path, "state=acknowledged&note=hello&csrf=0000", cookie);
	assert_int_equal(reply.status, 403);
	(void)snprintf(form, sizeof form, "state=fixed&note=hello&csrf=%s", csrf);
	fetch(fx, false, HTTP_POST, path, form, cookie);
	assert_int_equal(reply.status, 400);
	(void)snprintf(form, sizeof form, "state=acknowledged&note=We+look+%%3Cb%%3Enow&csrf=%s", csrf);
	fetch(fx, false, HTTP_POST, path, form, cookie);
	assert_int_equal(reply.status, 303);
	fetch(fx, true, HTTP_GET, link, NULL, NULL);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(reply.body, "acknowledged, being examined"));
	assert_non_null(strstr(reply.body, "We look &lt;b&gt;now"));
	fetch(fx, false, HTTP_GET, "/audit", NULL, cookie);
	assert_non_null(strstr(reply.body, "case updated"));
	(void)snprintf(form, sizeof form, "csrf=%s", csrf);
	fetch(fx, false, HTTP_POST, "/sign-out", form, cookie);
	fetch(fx, false, HTTP_GET, "/", NULL, cookie);
	assert_int_equal(reply.status, 303);
}

/* A repository that goes stale makes no noise: the operator is told, and never by a page that fails. */
static void a_timestamp_that_is_not_renewed_is_seen(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	char path[160], cookie[160], csrf[SESSION_TOKEN_SIZE];
	static const char *const words = "timestamp is not being renewed";
	sign_in(fx, cookie, csrf);
	assert_null(strstr(reply.body, words)); /* no key, no file */
	(void)snprintf(path, sizeof path, "%s/status.json", fx->data);
	fx->op.stamp_status = path;
	const struct {
		int64_t age_s;
		const char *failure, *seen;
	} rows[] = {{30, "", NULL},
		    {30, "<b>disk full", "&lt;b&gt;disk full"},
		    {STAMP_LATE_S + 1, "", "Nobody has looked since"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_done) struct buf text;
		struct stamp_status s = {
			.looked = {fx->now.wall.s - rows[i].age_s}, .expires = fx->now.wall, .version = 3};
		(void)snprintf(s.failure, sizeof s.failure, "%s", rows[i].failure);
		buf_init(&text, STAMP_STATUS_MAX);
		check_ok(stamp_status_encode(&s, &text, &e));
		check_ok(file_write_atomic(path, buf_view(&text), 0644, &e));
		fetch(fx, false, HTTP_GET, "/", NULL, cookie);
		assert_int_equal(reply.status, 200);
		assert_int_equal(strstr(reply.body, words) != NULL, rows[i].seen != NULL);
		assert_true(!rows[i].seen || strstr(reply.body, rows[i].seen));
	}
	check_ok(file_write_atomic(path, bytes_of_text("nonsense"), 0644, &e));
	fetch(fx, false, HTTP_GET, "/", NULL, cookie);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(reply.body, "its status cannot be read"));
}

static void reports_are_sealed_at_rest(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	struct case_row c;
	struct case_made made;
	struct disclosure_report *r = calloc(2, sizeof *r);
	assert_non_null(r);
	(void)snprintf(r->text, sizeof r->text, "the words of the report, twenty and more");
	(void)snprintf(r->contact, sizeof r->contact, "who@example.org");
	check_ok(case_db_open_case(fx->st, fx->key, r, fx->now.wall, &made, &e));
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	check_ok(query_init(&q, fx->st, "raw", "SELECT sealed FROM cases", &e));
	check_ok(query_row(&q, &row, &e));
	struct bytes raw = query_column_blob(&q, 0);
	assert_null(memmem(raw.p, raw.n, "words of the report", 19));
	assert_null(memmem(raw.p, raw.n, "example.org", 11));
	query_done(&q);
	check_ok(case_db_by_secret(fx->st, made.secret, &c, &e));
	check_ok(case_db_read(fx->st, fx->key, &c, r + 1, &e));
	assert_string_equal(r[1].text, r[0].text);
	uint8_t other[AEAD_KEY_SIZE] = {1};
	check_fails(ERR_TRUST, case_db_read(fx->st, other, &c, r + 1, &e));
	/* the sealed text of one case in the row of another */
	(void)snprintf(c.number, sizeof c.number, "HM-2026-000000");
	check_fails(ERR_TRUST, case_db_read(fx->st, fx->key, &c, r + 1, &e));
	free(r);
}

static void audit_only_grows(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	check_ok(audit_db_note(fx->st, fx->now.wall, "x", "y", "z", &e));
	assert_true(rc_failed(store_exec(fx->st, "rewrite", "UPDATE audit SET actor='me'", &e)));
	assert_true(rc_failed(store_exec(fx->st, "forget", "DELETE FROM audit", &e)));
}

static void vault_refuses_what_it_does_not_know(void **state)
{
	struct fixture *fx = *state;
	CLEANUP(buf_done) struct buf a;
	uint16_t type = 0;
	buf_init(&a, 65536);
	static const uint8_t junk[] = {0, 0, 0, 1, 0, 200, 'x'};
	assert_true(rc_failed(vault_answer(&fx->vault, 99, bytes_of(junk, sizeof junk), fx->now, &type, &a)));
	assert_true(rc_failed(vault_answer(&fx->vault, VAULT_CASE, bytes_of(junk, sizeof junk), fx->now, &type, &a)));
	assert_true(rc_failed(vault_answer(&fx->vault, VAULT_LOOK, bytes_of(junk, sizeof junk), fx->now, &type, &a)));
	assert_true(rc_failed(vault_answer(&fx->vault, VAULT_REPORT, bytes_of(junk, 3), fx->now, &type, &a)));
}

static void site_is_strict(void **state)
{
	(void)state;
	struct err e = {0};
	struct site *s = calloc(1, sizeof *s);
	assert_non_null(s);
#define SITE(url, contact, end)                                                                                        \
	"{\"v\":1,\"company\":\"L\",\"contact\":\"" contact "\",\"url\":\"" url                                        \
	"\",\"ack_days\":5,\"update_days\":14,"                                                                        \
	"\"products\":[{\"name\":\"n\",\"model\":\"m\",\"support_end\":\"" end "\"}]}"
	check_ok(site_decode(bytes_of_text(SITE("https://x", "", "2030-01-31")), s, &e));
	check_fails(ERR_INPUT, site_decode(bytes_of_text(SITE("javascript:alert(1)", "", "2030-01-31")), s, &e));
	check_fails(ERR_INPUT,
		    site_decode(bytes_of_text(SITE("https://x", "javascript:alert(1)", "2030-01-31")), s, &e));
	check_fails(ERR_INPUT, site_decode(bytes_of_text(SITE("https://x", "", "2030-02-31")), s, &e));
	check_fails(ERR_INPUT, site_decode(bytes_of_text("{}"), s, &e));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		cmocka_unit_test(every_value_is_escaped),
		cmocka_unit_test(times_read_well),
		cmocka_unit_test(case_states_and_clocks),
		cmocka_unit_test(names_and_secrets),
		cmocka_unit_test(reports_are_limited),
		cmocka_unit_test(wrong_passwords_slow_down),
		cmocka_unit_test(strangers_do_not_lock_the_operator_out),
		cmocka_unit_test(site_is_strict),
		T(public_pages_say_what_they_must),
		T(bad_forms_open_no_case),
		T(operator_pages_need_a_session),
		T(a_report_goes_there_and_back),
		T(a_timestamp_that_is_not_renewed_is_seen),
		T(reports_are_sealed_at_rest),
		T(audit_only_grows),
		T(vault_refuses_what_it_does_not_know),
	};
	return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
