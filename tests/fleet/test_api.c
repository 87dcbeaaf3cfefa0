/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device API, called as the server calls it: who is let in, what is refused, what a replay does, how a rollout
 * follows from statements. Real keys and a real database; sockets and TLS are test_service.c's.
 */
#include "factory.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/model/checkin.h"
#include "fleet/api/api.h"
#include "fleet/api/range.h"
#include "fleet/ingest/ingest_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/roles/admin.h"
#include "fleet/roles/data.h"

#define UNITS 4

struct fixture {
	char dir[64], repo[96], data[96];
	struct factory f;
	struct unit u[UNITS];
	struct store *st;
	struct api api;
	bool unsettled; /* leave what is held to the test */
	int64_t now;	/* wall seconds of the next request */
};

static void put_file(const char *dir, const char *name, const char *text)
{
	struct err e = {0};
	char p[256];
	(void)snprintf(p, sizeof p, "%s/%s", dir, name);
	check_ok(file_create(p, bytes_of_text(text), 0644, &e));
}

static const char target[] = "00000000000000000000000000000000000000000000000000000000000000aa.cam1-os-1.1.0.img";

static void import_all(struct fixture *fx)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf lines, pub;
	char records[128], key[128];
	struct admin_imported got = {0};
	buf_init(&lines, MIB);
	buf_init(&pub, KEY_PEM_MAX);
	for (int i = 0; i < UNITS; i++) {
		buf_put(&lines, buf_view(&fx->u[i].record));
		buf_put_u8(&lines, '\n');
	}
	(void)snprintf(records, sizeof records, "%s/records.jsonl", fx->dir);
	(void)snprintf(key, sizeof key, "%s/factory.pub", fx->dir);
	check_ok(file_create(records, buf_view(&lines), 0600, &e));
	check_ok(pubkey_pem(&fx->f.records.pub, &pub, &e));
	check_ok(file_create(key, buf_view(&pub), 0600, &e));
	check_ok(admin_import(fx->st, records, key, clock_now().wall, &got, &e));
	assert_int_equal(got.added, UNITS);
	check_ok(admin_import(fx->st, records, key, clock_now().wall, &got, &e));
	assert_int_equal(got.added, 0);
	assert_int_equal(got.known, UNITS);
}

static int set_up(void **state)
{
	struct err e = {0};
	struct fixture *fx = calloc(1, sizeof *fx);
	if (!fx)
		return -1;
	(void)snprintf(fx->dir, sizeof fx->dir, "/tmp/hallmark-api-XXXXXX");
	if (!mkdtemp(fx->dir))
		return -1;
	(void)snprintf(fx->repo, sizeof fx->repo, "%s/repo", fx->dir);
	(void)snprintf(fx->data, sizeof fx->data, "%s/data", fx->dir);
	char sub[128], password[ADMIN_PASSWORD_SIZE];
	(void)snprintf(sub, sizeof sub, "%s/metadata", fx->repo);
	check_ok(file_make_dir(sub, 0755, &e));
	put_file(sub, "timestamp.json", "{\"a\":1}");
	(void)snprintf(sub, sizeof sub, "%s/targets", fx->repo);
	check_ok(file_make_dir(sub, 0755, &e));
	put_file(sub, target, "0123456789");
	put_file(fx->dir, "secret.json", "not for devices");
	const struct admin_init init = {
		.dir = fx->data, .company = "Lumen", .contact = "", .url = "https://lumen.example"};
	check_ok(admin_init(&init, clock_now().wall, password, &e));
	check_fails(ERR_EXISTS, admin_init(&init, clock_now().wall, password, &e));
	check_ok(data_open(fx->data, &fx->st, &e));
	factory_init(&fx->f);
	for (int i = 0; i < UNITS; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "cam-%d", i);
		factory_unit(&fx->f, id, &fx->u[i]);
	}
	import_all(fx);
	fx->api = (struct api){.store = fx->st, .repo = fx->repo, .checkin_s = 60};
	fx->now = clock_now().wall.s;
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;
	store_free(fx->st);
	for (int i = 0; i < UNITS; i++)
		factory_unit_done(&fx->u[i]);
	factory_done(&fx->f);
	factory_remove(fx->dir, 4);
	free(fx);
	return 0;
}

struct answer {
	int status;
	char body[8192];
	bool file;
	uint64_t offset, length;
};

struct call {
	enum http_method method;
	const char *path;
	struct bytes body;
	const char *range;
	const char *fingerprint, *cn; /* NULL: no certificate */
};

static struct answer call_api(struct fixture *fx, const struct call *c)
{
	struct answer a = {0};
	struct http_peer peer = {.authenticated = c->cn != NULL, .address = "127.0.0.1"};
	if (c->cn) {
		(void)snprintf(peer.common_name, sizeof peer.common_name, "%s", c->cn);
		(void)snprintf(peer.fingerprint, sizeof peer.fingerprint, "%s", c->fingerprint);
	}
	struct http_head head = {.method = c->method, .path = {c->path, strlen(c->path)}};
	if (c->range)
		head.headers[head.headers_n++] = (struct http_header){{"Range", 5}, {c->range, strlen(c->range)}};
	struct http_request req = {&head, c->body, &peer, {{fx->now}, {fx->now * 1000}}};
	struct http_response resp = {.status = 200, .file_fd = -1};
	buf_init(&resp.headers, 8192);
	buf_init(&resp.body, MIB);
	api_handle(&fx->api, &req, &resp);
	assert_int_equal(resp.hold, c->method == HTTP_POST && c->cn != NULL);
	if (resp.hold && !fx->unsettled)
		assert_true(api_settle(&fx->api, &resp));
	a.status = resp.status;
	a.file = resp.file_fd >= 0;
	a.offset = resp.file_offset;
	a.length = resp.file_length;
	(void)snprintf(a.body, sizeof a.body, "%s", buf_text(&resp.body));
	file_close(&resp.file_fd);
	buf_done(&resp.headers);
	buf_done(&resp.body);
	return a;
}

static struct answer ask(struct fixture *fx, int unit, enum http_method m, const char *path, struct bytes body)
{
	const struct call c = {m, path, body, NULL, fx->u[unit].rec.cert_fingerprint, fx->u[unit].rec.device};
	return call_api(fx, &c);
}

static struct checkin_answer checkin(struct fixture *fx, int unit, const char *version)
{
	struct err e = {0};
	struct checkin_request q = {.counter = 1, .slot = 'a'};
	struct checkin_answer got = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, CHECKIN_MAX);
	(void)snprintf(q.version, sizeof q.version, "%s", version);
	(void)snprintf(q.state, sizeof q.state, "idle");
	(void)snprintf(q.mode, sizeof q.mode, "normal");
	check_ok(checkin_request_encode(&q, &text, &e));
	struct answer a = ask(fx, unit, HTTP_POST, "/v1/checkin", buf_view(&text));
	assert_int_equal(a.status, 200);
	check_ok(checkin_answer_decode(bytes_of_text(a.body), &got, &e));
	return got;
}

static int state_boot(struct fixture *fx, int unit, const struct statement_boot *b)
{
	CLEANUP(buf_done) struct buf env;
	buf_init(&env, ENVELOPE_MAX);
	factory_sign_boot(&fx->u[unit], b, &env);
	return ask(fx, unit, HTTP_POST, "/v1/statements", buf_view(&env)).status;
}

static size_t nouns(struct fixture *fx)
{
	struct err e = {0};
	MEM_AUTO struct ingest_line *l = NULL;
	size_t n = 0;
	check_ok(ingest_db_recent(fx->st, NULL, 100, &l, &n, &e));
	return n;
}

static void strangers_are_refused_on_every_path(void **state)
{
	struct fixture *fx = *state;
	static const char *const paths[] = {"/v1/checkin", "/v1/statements", "/v1/metadata/timestamp.json", "/",
					    "/nope"};
	const struct record *r0 = &fx->u[0].rec, *r1 = &fx->u[1].rec;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct call calls[] = {
			{HTTP_POST, paths[i], {0}, NULL, NULL, NULL},
			{HTTP_GET, paths[i], {0}, NULL, NULL, NULL},
			{HTTP_GET, paths[i], {0}, NULL, r0->password_id, r0->device},	   /* unknown certificate */
			{HTTP_GET, paths[i], {0}, NULL, r0->cert_fingerprint, r1->device}, /* another's name */
			{HTTP_GET, paths[i], {0}, NULL, "", r0->device},
		};
		for (size_t c = 0; c < ARRAY_LEN(calls); c++)
			assert_int_equal(call_api(fx, &calls[c]).status, 403);
	}
}

static void malformed_checkins_are_refused(void **state)
{
	struct fixture *fx = *state;
	static const char *const bad[] = {"", "{}", "null", "[]", "{\"v\":1}", "{\"v\":2,\"version\":\"1.0.0\"}"};
	char big[CHECKIN_MAX + 2];
	memset(big, ' ', sizeof big);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/checkin", bytes_of_text(bad[i])).status, 400);
	assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/checkin", bytes_of(big, sizeof big)).status, 413);
	assert_int_equal(ask(fx, 0, HTTP_GET, "/v1/checkin", bytes_of(NULL, 0)).status, 404);
	assert_int_equal(ask(fx, 0, HTTP_PUT, "/v1/checkin", bytes_of(NULL, 0)).status, 405);
	assert_int_equal(ask(fx, 0, HTTP_DELETE, "/v1/targets/x", bytes_of(NULL, 0)).status, 405);
	struct registry_device d;
	struct err e = {0};
	check_ok(registry_db_get(fx->st, "cam-0", &d, &e));
	assert_int_equal(d.last_seen.s, 0);
}

static void only_the_device_itself_may_state(void **state)
{
	struct fixture *fx = *state;
	CLEANUP(buf_done) struct buf env;
	buf_init(&env, ENVELOPE_MAX);
	struct statement_boot b = factory_boot(&fx->u[0], "1.0.0");
	factory_sign_boot(&fx->u[0], &b, &env);
	/* another device brings it; the right device brings it to the wrong place; a bit is changed */
	assert_int_equal(ask(fx, 1, HTTP_POST, "/v1/statements", buf_view(&env)).status, 403);
	assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/alerts", buf_view(&env)).status, 403);
	assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/evidence", buf_view(&env)).status, 403);
	assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/receipts", buf_view(&env)).status, 403);
	struct buf changed;
	buf_init(&changed, ENVELOPE_MAX);
	buf_put(&changed, buf_view(&env));
	changed.data[20] = (uint8_t)(changed.data[20] == 'A' ? 'B' : 'A');
	int status = ask(fx, 0, HTTP_POST, "/v1/statements", buf_view(&changed)).status;
	assert_true(status == 403 || status == 400);
	buf_done(&changed);
	/* cam-1 signs with its own key that it is cam-0, and the other way round */
	struct statement_boot lie = factory_boot(&fx->u[0], "1.0.0");
	assert_int_equal(state_boot(fx, 1, &lie), 403);
	struct statement_boot model = factory_boot(&fx->u[0], "1.0.0");
	(void)snprintf(model.model, sizeof model.model, "other");
	assert_int_equal(state_boot(fx, 0, &model), 403);
	assert_int_equal(ask(fx, 0, HTTP_POST, "/v1/statements", bytes_of_text("{\"payload\":1}")).status, 400);
	assert_int_equal(nouns(fx), 0);
	assert_int_equal(state_boot(fx, 0, &b), 204);
	assert_int_equal(nouns(fx), 1);
}

static void names_outside_the_repository_are_not_served(void **state)
{
	struct fixture *fx = *state;
	static const char *const bad[] = {
		"/v1/metadata/../secret.json",
		"/v1/metadata/..%2fsecret.json",
		"/v1/metadata/%2e%2e%2fsecret.json",
		"/v1/metadata/..",
		"/v1/metadata/",
		"/v1/metadata",
		"/v1/metadata/.hidden.json",
		"/v1/metadata/timestamp.json/",
		"/v1/metadata/timestamp.json%00",
		"/v1/metadata/missing.json",
		"/v1/metadata/timestamp",
		"/v1/metadata//etc/passwd",
		"/v1/targets/timestamp.json",
		"/v1/targets/../metadata/timestamp.json",
		"/v1/targets/..%5csecret.json",
		"/v1/METADATA/timestamp.json",
		"/v1/metadata/a.json?x",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct answer a = ask(fx, 0, HTTP_GET, bad[i], bytes_of(NULL, 0));
		if (a.status != 404 || a.file)
			fail_msg("%s: %d", bad[i], a.status);
	}
	char path[200], link[200];
	(void)snprintf(path, sizeof path, "%s/secret.json", fx->dir);
	(void)snprintf(link, sizeof link, "%s/metadata/link.json", fx->repo);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(ask(fx, 0, HTTP_GET, "/v1/metadata/link.json", bytes_of(NULL, 0)).status, 404);
	struct answer good = ask(fx, 0, HTTP_GET, "/v1/metadata/timestamp.json", bytes_of(NULL, 0));
	assert_true(good.status == 200 && good.file && good.length == 7);
}

static void ranges(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		const char *range;
		int status;
		uint64_t offset, length;
	} rows[] = {
		{NULL, 200, 0, 10},
		{"bytes=0-", 206, 0, 10},
		{"bytes=3-5", 206, 3, 3},
		{"bytes=9-", 206, 9, 1},
		{"bytes=9-99", 206, 9, 1},
		{"bytes=10-", 416, 0, 0},
		{"bytes=99999999999999999-", 416, 0, 0},
		{"bytes=5-3", 200, 0, 10},
		{"bytes=-3", 200, 0, 10},
		{"bytes=1-2,4-5", 200, 0, 10},
		{"bytes=x-", 200, 0, 10},
		{"items=1-", 200, 0, 10},
		{"bytes=184467440737095516160-", 200, 0, 10},
		{"bytes=", 200, 0, 10},
	};
	char path[160];
	(void)snprintf(path, sizeof path, "/v1/targets/%s", target);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct call c = {HTTP_GET, path, {0}, rows[i].range, fx->u[0].rec.cert_fingerprint, "cam-0"};
		struct answer a = call_api(fx, &c);
		if (a.status != rows[i].status ||
		    (a.file && (a.offset != rows[i].offset || a.length != rows[i].length)))
			fail_msg("%s: %d %llu+%llu", rows[i].range, a.status, (unsigned long long)a.offset,
				 (unsigned long long)a.length);
	}
}

static void replays_count_once(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	struct rollout_rule rule;
	int64_t id = 0;
	rollout_rule_init(&rule);
	check_ok(rollout_waves_parse("1,100%", &rule, &e));
	const struct admin_rollout start = {"cam1-os-1.1.0.img", "1.1.0", NULL, &rule};
	check_ok(admin_rollout_start(fx->st, &start, (struct wall_time){fx->now}, &id, &e));
	struct statement_boot b = factory_boot(&fx->u[0], "1.0.0");
	assert_int_equal(state_boot(fx, 0, &b), 204);
	assert_int_equal(state_boot(fx, 0, &b), 204);
	/* the same boot, told differently: the first word stands */
	b.outcome = STATEMENT_REVERTED;
	(void)snprintf(b.failed_version, sizeof b.failed_version, "1.1.0");
	assert_int_equal(state_boot(fx, 0, &b), 204);
	assert_int_equal(nouns(fx), 1);
	struct rollout_row row;
	check_ok(rollout_db_get(fx->st, id, &row, &e));
	assert_int_equal(row.view.state, ROLLOUT_RUNNING);
	assert_int_equal(row.view.failures_n, 0);
}

static int offered(struct fixture *fx, const char *running)
{
	int who = -1;
	for (int i = 0; i < UNITS; i++) {
		struct checkin_answer a = checkin(fx, i, running);
		if (a.offered) {
			assert_string_equal(a.target, "cam1-os-1.1.0.img");
			assert_int_equal(who, -1);
			who = i;
		}
	}
	return who;
}

static void a_rollout_follows_the_statements(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	struct rollout_rule rule;
	int64_t id = 0, second = 0;
	rollout_rule_init(&rule);
	check_ok(rollout_waves_parse("1,2,100%", &rule, &e));
	const struct admin_rollout start = {"cam1-os-1.1.0.img", "1.1.0", NULL, &rule};
	check_ok(admin_rollout_start(fx->st, &start, (struct wall_time){fx->now}, &id, &e));
	check_fails(ERR_EXISTS, admin_rollout_start(fx->st, &start, (struct wall_time){fx->now}, &second, &e));
	int first = offered(fx, "1.0.0");
	assert_true(first >= 0);
	assert_int_equal(offered(fx, "1.0.0"), first); /* asking again opens nothing */
	struct statement_boot b = factory_boot(&fx->u[first], "1.1.0");
	assert_int_equal(state_boot(fx, first, &b), 204);
	int next = -1;
	for (int i = 0; i < UNITS; i++)
		if (i != first && checkin(fx, i, "1.0.0").offered)
			next = i;
	assert_true(next >= 0);
	struct statement_boot bad = factory_boot(&fx->u[next], "1.0.0");
	bad.outcome = STATEMENT_REVERTED;
	(void)snprintf(bad.failed_version, sizeof bad.failed_version, "1.1.0");
	assert_int_equal(state_boot(fx, next, &bad), 204);
	struct rollout_row row;
	check_ok(rollout_db_get(fx->st, id, &row, &e));
	assert_int_equal(row.view.state, ROLLOUT_HALTED);
	for (int i = 0; i < UNITS; i++)
		assert_false(checkin(fx, i, "1.0.0").offered);
	MEM_AUTO struct rollout_record *dec = NULL;
	size_t n = 0;
	check_ok(rollout_db_decisions(fx->st, id, 10, &dec, &n, &e));
	assert_int_equal(n, 3);
	assert_int_equal(dec[2].decision.kind, ROLLOUT_HALT_SMALL);
	assert_non_null(strstr(dec[2].evidence, fx->u[next].rec.device));
	/* a person goes on, with a reason */
	struct rollout_order o = {0, ROLLOUT_RESUME, "test", ""};
	check_fails(ERR_DENIED, admin_rollout_person(fx->st, &o, (struct wall_time){fx->now}, &e));
	o.note = "we pulled the plug";
	check_ok(admin_rollout_person(fx->st, &o, (struct wall_time){fx->now}, &e));
	int after = 0;
	for (int i = 0; i < UNITS; i++)
		after += i != first && i != next && checkin(fx, i, "1.0.0").offered;
	assert_int_equal(after, 2);
}

static void silence_halts(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	struct rollout_rule rule;
	struct rollout_row row;
	int64_t id = 0;
	rollout_rule_init(&rule);
	check_ok(rollout_waves_parse("1,100%", &rule, &e));
	const struct admin_rollout start = {"cam1-os-1.1.0.img", "1.1.0", NULL, &rule};
	check_ok(admin_rollout_start(fx->st, &start, (struct wall_time){fx->now}, &id, &e));
	assert_true(offered(fx, "1.0.0") >= 0);
	check_ok(rollout_db_run_all(fx->st, (struct wall_time){fx->now + rule.silence_s}, &e));
	check_ok(rollout_db_get(fx->st, id, &row, &e));
	assert_int_equal(row.view.state, ROLLOUT_RUNNING);
	check_ok(rollout_db_run_all(fx->st, (struct wall_time){fx->now + rule.silence_s + 1}, &e));
	check_ok(rollout_db_get(fx->st, id, &row, &e));
	assert_int_equal(row.view.state, ROLLOUT_HALTED);
	assert_int_equal(row.view.failures[0].outcome, ROLLOUT_SILENT);
}

static int send_receipt(struct fixture *fx, int unit, bool by_service, bool destroyed, int64_t at)
{
	struct err e = {0};
	struct statement_receipt r = {.time = {at}, .key_destroyed = destroyed, .files = 3, .by_service = by_service};
	struct signer s = privkey_signer(&fx->u[unit].statement);
	CLEANUP(buf_done) struct buf payload, env;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&env, ENVELOPE_MAX);
	(void)snprintf(r.device, sizeof r.device, "%s", fx->u[unit].rec.device);
	check_ok(statement_receipt_encode(&r, &payload, &e));
	check_ok(envelope_sign(&s, STATEMENT_TYPE_RECEIPT, buf_view(&payload), &env, &e));
	return ask(fx, unit, HTTP_POST, "/v1/receipts", buf_view(&env)).status;
}

static void erasure_is_ordered_until_the_key_is_destroyed(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	assert_false(checkin(fx, 0, "1.0.0").erase);
	check_fails(ERR_MISSING, admin_order_erase(fx->st, "cam-99", (struct wall_time){fx->now}, &e));
	check_ok(admin_order_erase(fx->st, "cam-0", (struct wall_time){fx->now}, &e));
	assert_true(checkin(fx, 0, "1.0.0").erase);
	assert_false(checkin(fx, 1, "1.0.0").erase);
	assert_int_equal(send_receipt(fx, 0, false, true, fx->now), 204); /* the owner did, before */
	assert_true(checkin(fx, 0, "1.0.0").erase);
	assert_int_equal(send_receipt(fx, 0, true, false, fx->now + 1), 204); /* tried, and failed */
	assert_true(checkin(fx, 0, "1.0.0").erase);
	assert_int_equal(send_receipt(fx, 0, true, true, fx->now + 2), 204);
	assert_false(checkin(fx, 0, "1.0.0").erase);
}

static void import_takes_all_or_nothing(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	struct factory stranger;
	struct unit good, evil;
	struct admin_imported got = {0};
	char records[128], key[128];
	CLEANUP(buf_done) struct buf lines;
	factory_init(&stranger);
	factory_unit(&fx->f, "cam-new", &good);
	factory_unit(&stranger, "cam-evil", &evil);
	buf_init(&lines, MIB);
	buf_put(&lines, buf_view(&good.record));
	buf_put_u8(&lines, '\n');
	buf_put(&lines, buf_view(&evil.record));
	(void)snprintf(records, sizeof records, "%s/more.jsonl", fx->dir);
	(void)snprintf(key, sizeof key, "%s/factory.pub", fx->dir);
	check_ok(file_create(records, buf_view(&lines), 0600, &e));
	check_fails(ERR_TRUST, admin_import(fx->st, records, key, clock_now().wall, &got, &e));
	assert_non_null(strstr(e.text, "line 2"));
	struct registry_device d;
	check_fails(ERR_MISSING, registry_db_get(fx->st, "cam-new", &d, &e));
	factory_unit_done(&good);
	factory_unit_done(&evil);
	factory_done(&stranger);
}

static int64_t last_seen(struct store *st, const char *id)
{
	struct err e = {0};
	struct registry_device d;
	check_ok(registry_db_get(st, id, &d, &e));
	return d.last_seen.s;
}

/* Requests of one turn share a commit. Before it nothing is true; a refused one among them takes nothing with it. */
static void requests_of_a_turn_become_true_together(void **state)
{
	struct fixture *fx = *state;
	struct err e = {0};
	STORE_AUTO struct store *other = NULL;
	struct http_response failure = {.status = 503, .file_fd = -1};
	check_ok(data_open(fx->data, &other, &e));
	buf_init(&failure.headers, 1000);
	buf_init(&failure.body, 1000);
	fx->unsettled = true;
	(void)checkin(fx, 0, "1.0.0");
	assert_int_equal(ask(fx, 1, HTTP_POST, "/v1/checkin", bytes_of_text("{}")).status, 400);
	(void)checkin(fx, 2, "1.0.0");
	for (int i = 0; i < 3; i++)
		assert_int_equal(last_seen(other, fx->u[i].rec.device), 0);
	assert_true(api_settle(&fx->api, &failure));
	assert_int_equal(last_seen(other, fx->u[0].rec.device), fx->now);
	assert_int_equal(last_seen(other, fx->u[1].rec.device), 0);
	assert_int_equal(last_seen(other, fx->u[2].rec.device), fx->now);
	assert_int_equal(failure.body.len, 0);
	/* The group is lost, as on a full disk: nobody is told that all is well, and the next turn works. */
	fx->now += 10;
	(void)checkin(fx, 0, "1.0.0");
	check_ok(store_exec(fx->st, "as a full disk does", "ROLLBACK", &e));
	assert_int_equal(ask(fx, 1, HTTP_POST, "/v1/checkin", bytes_of_text("{}")).status, 500);
	assert_false(api_settle(&fx->api, &failure));
	assert_int_equal(failure.status, 500);
	assert_int_equal(last_seen(other, fx->u[0].rec.device), fx->now - 10);
	(void)checkin(fx, 0, "1.0.0");
	assert_true(api_settle(&fx->api, &failure));
	assert_int_equal(last_seen(other, fx->u[0].rec.device), fx->now);
	buf_done(&failure.headers);
	buf_done(&failure.body);
}

static void target_names(void **state)
{
	(void)state;
	assert_true(range_target_name_ok(target));
	assert_false(range_target_name_ok(target + 1));
	assert_false(range_target_name_ok("00000000000000000000000000000000000000000000000000000000000000AA.x"));
	assert_false(range_target_name_ok("00000000000000000000000000000000000000000000000000000000000000aa."));
	assert_false(range_target_name_ok("00000000000000000000000000000000000000000000000000000000000000aa.a/b"));
	assert_false(range_target_name_ok("00000000000000000000000000000000000000000000000000000000000000aa...b"));
	assert_true(range_metadata_name_ok("12.root.json"));
	assert_false(range_metadata_name_ok(".json"));
	assert_false(range_metadata_name_ok("a..json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(strangers_are_refused_on_every_path),
		T(malformed_checkins_are_refused),
		T(only_the_device_itself_may_state),
		T(names_outside_the_repository_are_not_served),
		T(ranges),
		T(replays_count_once),
		T(a_rollout_follows_the_statements),
		T(silence_halts),
		T(erasure_is_ordered_until_the_key_is_destroyed),
		T(import_takes_all_or_nothing),
		T(requests_of_a_turn_become_true_together),
		cmocka_unit_test(target_names),
	};
	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
