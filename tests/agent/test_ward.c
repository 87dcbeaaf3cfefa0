/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ward with its real processes: scanner, page over TLS, product program over the socket. The test plays the
 * engine's other half (outbox and firewall are files), the owner's browser, and the attacker. Needs root for the users.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#include "agent/roles/hallmarkd.h"
#include "agent/roles/ward.h"
#include "agent/roles/ward_roles.h"
#include "core/codec/hex.h"
#include "core/codec/base64.h"
#include "core/crypto/cert.h"
#include "core/crypto/password.h"
#include "core/model/statement.h"
#include "host/keys/keyfile.h"
#include "host/net/http_client.h"
#include "host/net/http_server.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "libhallmark/hallmark.h"

#define PASSWORD "8K3DX7QW92MN"
#define SERVICE_UID 2001
#define GUARD_UID 2002
#define LOCAL_UID 2003
#define GOOD_TEXT "the right program"

static struct {
	char dir[64];
	uint16_t port;
	struct privkey statement, page;
	struct buf policy;
	pid_t engine, guard, local;
	unsigned boots;
} world;

static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *p = path[turn++ % 4];
	(void)snprintf(p, sizeof path[0], "%s/%s", world.dir, name);
	return p;
}

static void put_file(const char *name, const char *text, mode_t mode)
{
	struct err e = {0};
	check_ok(file_write_atomic(at(name), bytes_of_text(text), mode, &e));
}

static bool wait_until(bool (*yes)(void), int64_t ms)
{
	int64_t end = clock_now().mono.ms + ms;
	while (!yes()) {
		if (clock_now().mono.ms > end)
			return false;
		(void)usleep(20000);
	}
	return true;
}

/* ---- the engine's other half ---- */

static rc op_queue(void *ctx, const char *kind, struct bytes envelope, struct err *e)
{
	unsigned *n = ctx;
	char name[64];
	(void)snprintf(name, sizeof name, "outbox/%u-%02u-%s.json", world.boots, (*n)++, kind);
	return file_write_atomic(at(name), envelope, 0600, e);
}

static rc op_firewall(void *ctx, enum ward_mode mode, struct err *e)
{
	(void)ctx;
	return file_write_atomic(at("firewall"), bytes_of_text(ward_mode_name(mode)), 0600, e);
}

static void op_check(void *ctx)
{
	(void)ctx;
	(void)file_write_atomic(at("checked"), bytes_of_text("yes"), 0600, &(struct err){0}).code;
}

static void op_control(void *ctx, const struct control_request *q, struct control_answer *ret, struct buf *json)
{
	char text[64];
	(void)ctx;
	(void)snprintf(text, sizeof text, "%d %u %d %u-%u", (int)q->kind, q->seconds,
		       q->choose_automatic ? (int)q->automatic : -1, q->window_from, q->window_to);
	(void)file_write_atomic(at("control"), bytes_of_text(text), 0600, &(struct err){0}).code;
	*ret = (struct control_answer){.result = q->kind == CONTROL_CANCEL ? CONTROL_REFUSED : CONTROL_DONE};
	(void)snprintf(ret->reason, sizeof ret->reason, "%s", q->kind == CONTROL_CANCEL ? "no-offer" : "");
	if (json && q->kind == CONTROL_STATUS)
		buf_put_text(json, "{}");
}

static void op_reboot(void *ctx, const char *why)
{
	(void)ctx;
	(void)file_write_atomic(at("reboot"), bytes_of_text(why), 0600, &(struct err){0}).code;
}

static void op_view(void *ctx, struct ward_update_view *v)
{
	(void)ctx;
	*v = (struct ward_update_view){.version = "1.0.0",
				       .step = "verified",
				       .counter = 7,
				       .slot = 'a',
				       .update = {.version = "2.0.0",
						  .reason = "window",
						  .can_decide = true,
						  .can_turn_off = true,
						  .postpone_left = 2,
						  .postpone_until = {4102444800},
						  .window_from = 2,
						  .window_to = 5}};
}

static struct ward *the_ward;

static void on_poll(void *ctx, struct now now)
{
	struct loop *l = ctx;
	(void)now;
	(void)file_write_atomic(at("healthy"), bytes_of_text(ward_reported_healthy(the_ward, "camera") ? "yes" : "no"),
				0644, NULL)
		.code;
	(void)file_write_atomic(at("busy"), bytes_of_text(ward_busy(the_ward) ? "yes" : "no"), 0644, NULL).code;
	struct update_inhibitor who = {.who = "nobody"};
	struct ward_told told;
	char text[256];
	(void)ward_inhibitors(the_ward, &who, 1);
	ward_told(the_ward, &told);
	(void)snprintf(text, sizeof text, "%s: %s, %s, %s %u", who.who, who.why, told.metered ? "metered" : "free",
		       told.outside ? "plugged in" : "battery", told.percent);
	(void)file_write_atomic(at("told"), bytes_of_text(text), 0644, NULL).code;
	(void)loop_timer(l, 50, on_poll, l, NULL, NULL).code;
}

static void on_term(void *ctx, int signo, struct now now)
{
	(void)signo;
	(void)now;
	loop_stop(ctx);
}

static int engine(int guard_fd, int local_fd)
{
	struct err e = {0};
	unsigned queued = 0;
	struct loop *loop = NULL;
	struct policy *policy = NULL;
	struct signer signer = privkey_signer(&world.statement);
	struct ward_config c = {
		.device_dir = world.dir,
		.device = "cam-1",
		.model = "lumen-cam1",
		.statement = &signer,
		.page_key = &world.page,
		.guard_fd = guard_fd,
		.local_fd = local_fd,
		.ops = {&queued, op_queue, op_firewall, op_check, op_control, op_reboot, op_view, NULL}};
	rc r = loop_new(&loop, &e);
	c.loop = loop;
	if (rc_ok(r))
		r = loop_signal(loop, SIGTERM, on_term, loop, &e);
	if (rc_ok(r))
		r = ward_new(&c, &the_ward, &e);
	if (rc_ok(r))
		r = policy_decode(buf_view(&world.policy), &policy, &e);
	if (rc_ok(r))
		r = ward_set_policy(the_ward, policy, &e);
	if (rc_ok(r))
		r = loop_timer(loop, 0, on_poll, loop, NULL, &e);
	if (rc_ok(r))
		r = loop_run(loop, &e);
	if (rc_failed(r))
		(void)fprintf(stderr, "engine: %s\n", e.text);
	ward_free(the_ward);
	policy_free(policy);
	loop_free(loop);
	return rc_ok(r) ? 0 : 1;
}

/* ---- booting ---- */

static int ended(pid_t *pid)
{
	int status = -1;
	if (*pid > 0)
		(void)waitpid(*pid, &status, 0);
	*pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* As the parent does: the page's process ends when nobody is connected, and is there again when somebody is. */
static int serve_page(int channel, int listen_fd)
{
	for (;;) {
		pid_t page = fork();
		if (page == 0)
			_exit(local_main(&(struct local_role){channel, listen_fd, LOCAL_UID}));
		int code = ended(&page);
		struct pollfd p[2] = {{.fd = listen_fd, .events = POLLIN}, {.fd = channel, .events = POLLIN}};
		if (code != HALLMARKD_IDLE || poll(p, 2, -1) <= 0 || p[1].revents)
			return code == HALLMARKD_IDLE ? 0 : code;
	}
}

static void boot(void)
{
	struct err e = {0};
	int guard[2], local[2], listen_fd;
	world.boots++;
	check_ok(channel_pair(guard, &e));
	check_ok(channel_pair(local, &e));
	check_ok(http_listen("127.0.0.1", 0, &listen_fd, &world.port, &e));
	world.guard = fork();
	if (world.guard == 0) {
		(void)close(guard[0]);
		(void)close(local[0]);
		(void)close(local[1]);
		(void)close(listen_fd);
		_exit(guard_main(&(struct guard_role){guard[1], at("root"), GUARD_UID}));
	}
	world.local = fork();
	if (world.local == 0) {
		(void)close(local[0]);
		(void)close(guard[0]);
		(void)close(guard[1]);
		_exit(serve_page(local[1], listen_fd));
	}
	world.engine = fork();
	if (world.engine == 0) {
		(void)close(guard[1]);
		(void)close(local[1]);
		(void)close(listen_fd);
		_exit(engine(guard[0], local[0]));
	}
	(void)close(guard[0]);
	(void)close(guard[1]);
	(void)close(local[0]);
	(void)close(local[1]);
	(void)close(listen_fd);
}

static void halt(void)
{
	if (world.engine > 0)
		(void)kill(world.engine, SIGTERM);
	int engine_status = ended(&world.engine), guard = ended(&world.guard), local = ended(&world.local);
	assert_int_equal(engine_status, 0);
	assert_int_equal(guard, 0); /* both end by themselves when the ward is gone */
	assert_int_equal(local, 0);
}

static void make_policy(void)
{
	struct err e = {0};
	uint8_t sha[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	check_ok(hash_sha256(bytes_of_text(GOOD_TEXT), sha, &e));
	hex_encode(bytes_of(sha, sizeof sha), hex);
	buf_init(&world.policy, POLICY_MAX);
	buf_putf(&world.policy,
		 "{\"v\":1,\"product\":\"Test "
		 "<Camera>\",\"model\":\"lumen-cam1\",\"maker\":\"Lumen\",\"version\":\"1.0.0\","
		 "\"support_end\":\"2031-12-31\",\"contact\":\"mailto:s@lumen.example\","
		 "\"services\":[{\"id\":\"camera\",\"exec\":\"usr/bin/camera\",\"user\":%d,\"args\":[]}],"
		 "\"listeners\":[],\"flows\":[],\"safety\":[],"
		 "\"protected\":[{\"path\":\"usr/bin/camera\",\"sha256\":\"%s\",\"mode\":493},"
		 "{\"path\":\"etc/camera.conf\",\"sha256\":\"%s\",\"mode\":420}],"
		 "\"scan_period_s\":1,\"health\":[],\"personal_data\":[],\"page_port\":9443,"
		 "\"texts\":{\"isolated\":\"Your camera was changed by someone and has cut itself off.\"}}",
		 SERVICE_UID, hex, hex);
}

static void make_keys(void)
{
	CLEANUP(buf_done) struct buf pem;
	struct err e = {0};
	char phc[PASSWORD_PHC_SIZE];
	static const uint8_t salt[PASSWORD_SALT_SIZE] = {1, 2, 3};
	struct cert_request q = {.use = CERT_SERVER,
				 .common_name = "cam-1",
				 .serial = {1},
				 .not_before = {0},
				 .not_after = {4102444800}};
	buf_init(&pem, CERT_PEM_MAX);
	check_ok(keyfile_generate(KEY_ED25519, &world.statement, &e));
	check_ok(keyfile_generate(KEY_ECDSA_P256, &world.page, &e));
	check_ok(cert_issue(&q, &world.page.pub, &world.page, (struct bytes){0}, &pem, &e));
	put_file("factory/page.pem", buf_text(&pem), 0644);
	check_ok(password_hash(PASSWORD_COST_DEVICE, bytes_of_text(PASSWORD), salt, phc, &e));
	put_file("factory/password.phc", phc, 0600);
}

static int set_up(void **state)
{
	struct err e = {0};
	(void)state;
	world.boots = 0;
	(void)snprintf(world.dir, sizeof world.dir, "%s/ward.XXXXXX", "/tmp");
	assert_non_null(mkdtemp(world.dir));
	assert_int_equal(chmod(world.dir, 0755), 0);
	static const char *const dirs[] = {"factory", "state", "outbox", "root/usr/bin", "root/etc"};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		check_ok(file_make_dir(at(dirs[i]), 0755, &e));
	put_file("root/usr/bin/camera", GOOD_TEXT, 0755);
	put_file("root/etc/camera.conf", GOOD_TEXT, 0644);
	make_keys();
	make_policy();
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	pid_t *all[] = {&world.engine, &world.guard, &world.local};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (*all[i] > 0) {
			(void)kill(*all[i], SIGKILL);
			(void)ended(all[i]);
		}
	privkey_done(&world.statement);
	privkey_done(&world.page);
	buf_done(&world.policy);
	return nftw(world.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the browser ---- */

struct browser {
	char cookie[128];
	char csrf[33];
	struct http_answer a;
};

static void browser_done(struct browser *b)
{
	http_answer_done(&b->a);
}

static void call(struct browser *b, enum http_method method, const char *path, const char *body, const char *extra)
{
	struct err e = {0};
	char headers[512];
	struct tls_context *tls = NULL;
	struct http_client *c = NULL;
	struct tls_config t = {.insecure_any_peer = true};
	check_ok(tls_client_context(&t, &tls, &e));
	struct http_client_config config = {.host = "127.0.0.1", .port = world.port, .tls = tls, .connect_ms = 5000};
	check_ok(http_client_open(&config, &c, &e));
	(void)snprintf(headers, sizeof headers, "%s%s%s%s%s", b->cookie[0] ? "Cookie: " : "", b->cookie,
		       b->cookie[0] ? "\r\n" : "",
		       method == HTTP_POST ? "Content-Type: application/x-www-form-urlencoded\r\n" : "",
		       extra ? extra : "");
	struct http_call q = {.method = method,
			      .path = path,
			      .headers = headers,
			      .body = bytes_of_text(body ? body : ""),
			      .body_max = 100000,
			      .deadline_ms = 20000};
	http_answer_done(&b->a);
	http_answer_init(&b->a, q.body_max);
	check_ok(http_client_call(c, &q, &b->a, &e));
	const char *set = strstr(buf_text(&b->a.head), "__Host-hallmark=");
	if (set)
		(void)snprintf(b->cookie, sizeof b->cookie, "%.*s", (int)strcspn(set, ";"), set);
	const char *csrf = strstr(buf_text(&b->a.body), "name=\"csrf\" value=\"");
	if (csrf)
		(void)snprintf(b->csrf, sizeof b->csrf, "%.32s", csrf + 19);
	http_client_free(c);
	tls_context_free(tls);
}

static bool page_is_up(void)
{
	/* Connecting is enough: the listening socket exists before the process; the first answer tells. */
	return access(at("run/agent.sock"), F_OK) == 0;
}

static void sign_in(struct browser *b, const char *password)
{
	char form[300];
	(void)snprintf(form, sizeof form, "password=%s", password);
	call(b, HTTP_POST, "/sign-in", form, NULL);
}

static bool shows(const struct browser *b, const char *text)
{
	return strstr(buf_text(&b->a.body), text) != NULL;
}

static void post(struct browser *b, const char *path, const char *more)
{
	char form[600];
	(void)snprintf(form, sizeof form, "csrf=%s%s", b->csrf, more);
	call(b, HTTP_POST, path, form, NULL);
}

/* ---- tests ---- */

static bool file_says(const char *name, const char *text)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 65536);
	return rc_ok(file_read(at(name), 65535, &b, NULL)) && strstr(buf_text(&b), text);
}

static void test_page(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	boot();
	assert_true(wait_until(page_is_up, 5000));
	call(&b, HTTP_GET, "/", NULL, NULL);
	assert_int_equal(b.a.status, 200);
	assert_true(shows(&b, "Sign in"));
	assert_true(shows(&b, "Test &lt;Camera&gt;"));
	assert_false(shows(&b, "1.0.0")); /* nothing about the inside before signing in */
	assert_non_null(strstr(buf_text(&b.a.head), "default-src 'none'"));
	call(&b, HTTP_GET, "/nothing", NULL, NULL);
	assert_int_equal(b.a.status, 404);
	call(&b, HTTP_GET, "/check", NULL, NULL);
	assert_int_equal(b.a.status, 405);

	/* Without a session nothing is done and nothing is told. */
	call(&b, HTTP_POST, "/check", "csrf=00000000000000000000000000000000", NULL);
	assert_int_equal(b.a.status, 403);
	assert_false(file_exists(at("checked")));
	call(&b, HTTP_GET, "/receipt", NULL, NULL);
	assert_int_equal(b.a.status, 403);

	sign_in(&b, "wrong");
	assert_int_equal(b.a.status, 403);
	sign_in(&b, "8k3d-x7qw-92mn"); /* as read from the label */
	assert_int_equal(b.a.status, 303);
	call(&b, HTTP_GET, "/", NULL, NULL);
	assert_true(shows(&b, "Software version"));
	assert_true(shows(&b, "1.0.0"));
	assert_true(shows(&b, "31 December 2031"));

	/* A form with another csrf value, or from another site, is refused. */
	call(&b, HTTP_POST, "/check", "csrf=00000000000000000000000000000000", NULL);
	assert_int_equal(b.a.status, 403);
	char form[64];
	(void)snprintf(form, sizeof form, "csrf=%s", b.csrf);
	call(&b, HTTP_POST, "/check", form, "Origin: https://evil.example\r\n");
	assert_int_equal(b.a.status, 403);
	assert_false(file_exists(at("checked")));
	call(&b, HTTP_GET, "/", NULL, NULL);
	post(&b, "/check", "");
	assert_int_equal(b.a.status, 303);
	assert_true(file_exists(at("checked")));

	/* Change the password: too short, the factory's, then a good one. The old session ends. */
	post(&b, "/password", "&current=" PASSWORD "&fresh=short&again=short");
	assert_int_equal(b.a.status, 400);
	post(&b, "/password", "&current=" PASSWORD "&fresh=" PASSWORD "&again=" PASSWORD);
	assert_int_equal(b.a.status, 400);
	post(&b, "/password", "&current=nonsense-nonsense&fresh=a+quiet+evening&again=a+quiet+evening");
	assert_int_equal(b.a.status, 403);
	char old[128];
	(void)snprintf(old, sizeof old, "%s", b.cookie);
	post(&b, "/password", "&current=" PASSWORD "&fresh=a+quiet+evening&again=a+quiet+evening");
	assert_int_equal(b.a.status, 303);
	assert_string_not_equal(old, b.cookie);
	CLEANUP(browser_done) struct browser late = {0};
	(void)snprintf(late.cookie, sizeof late.cookie, "%s", old);
	call(&late, HTTP_GET, "/", NULL, NULL);
	assert_true(shows(&late, "Sign in"));
	sign_in(&late, PASSWORD);
	assert_int_equal(late.a.status, 403);

	/* Repair asks for a reboot. */
	call(&b, HTTP_GET, "/", NULL, NULL);
	post(&b, "/repair", "");
	assert_int_equal(b.a.status, 200);
	assert_true(file_exists(at("reboot")));
	halt();
}

/* What the owner decides about updates reaches the engine as it was meant, and only from a signed-in owner. */
static void test_update_page(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	char text[64];
	static const struct {
		const char *path, *more;
		int status;
		const char *asked; /* NULL: the engine is asked nothing */
		enum control_kind kind;
	} table[] = {
		{"/update/install", "", 303, "0 -1 0-0", CONTROL_INSTALL},
		{"/update/cancel", "", 400, "0 -1 0-0", CONTROL_CANCEL}, /* op_control refuses this one */
		{"/update/postpone", "&days=3", 303, "259200 -1 0-0", CONTROL_POSTPONE},
		{"/update/postpone", "&days=0", 400, NULL, 0},
		{"/update/postpone", "&days=91", 400, NULL, 0},
		{"/update/postpone", "&days=-1", 400, NULL, 0},
		{"/update/postpone", "", 400, NULL, 0},
		{"/update/choose", "&automatic=security&from=22&to=6", 303, "0 1 22-6", CONTROL_CHOOSE},
		{"/update/choose", "&from=3&to=3", 303, "0 -1 3-3", CONTROL_CHOOSE},
		{"/update/choose", "&automatic=never&from=3&to=4", 400, NULL, 0},
		{"/update/choose", "&automatic=off&from=24&to=4", 400, NULL, 0},
		{"/update/choose", "&automatic=off", 400, NULL, 0},
	};
	boot();
	assert_true(wait_until(page_is_up, 5000));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) { /* nobody signed in */
		char form[128];
		(void)snprintf(form, sizeof form, "csrf=00000000000000000000000000000000%s", table[i].more);
		call(&b, HTTP_POST, table[i].path, form, NULL);
		assert_in_range(b.a.status, 400, 403);
	}
	assert_false(file_exists(at("control")));
	sign_in(&b, PASSWORD);
	call(&b, HTTP_GET, "/", NULL, NULL);
	assert_true(shows(&b, "2.0.0"));
	assert_true(shows(&b, reason_sentence("window")));
	assert_true(shows(&b, "Install now"));
	assert_true(shows(&b, "You can do this 2 more times"));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		(void)unlink(at("control"));
		post(&b, table[i].path, table[i].more);
		if (b.a.status != table[i].status)
			fail_msg("%s %s: %d", table[i].path, table[i].more, b.a.status);
		(void)snprintf(text, sizeof text, "%d %s", (int)table[i].kind, table[i].asked ? table[i].asked : "");
		if (table[i].asked ? !file_says("control", text) : file_exists(at("control")))
			fail_msg("%s %s: the engine was not asked \"%s\"", table[i].path, table[i].more, text);
	}
	post(&b, "/update/cancel", "");
	assert_true(shows(&b, reason_sentence("no-offer")));
	halt();
}

static void test_throttle(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	boot();
	assert_true(wait_until(page_is_up, 5000));
	int refused = 0;
	for (int i = 0; i < 7; i++) {
		sign_in(&b, "guess");
		refused += b.a.status == 429;
	}
	assert_int_equal(refused, 2); /* five free tries */
	assert_non_null(strstr(buf_text(&b.a.head), "Retry-After"));
	halt();
	boot(); /* pulling the plug does not help */
	call(&b, HTTP_GET, "/", NULL, NULL);
	sign_in(&b, PASSWORD);
	assert_int_equal(b.a.status, 429);
	call(&b, HTTP_GET, "/evidence?nonce=00", NULL, "Authorization: Basic eDo4SzNEWDdRVzkyTU4=\r\n");
	assert_int_equal(b.a.status, 429);
	halt();
}

/* As the product's program: its user, through libhallmark. */
static int as_product(int (*run)(struct hallmark *h), uid_t uid)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (setgid(uid) != 0 || setuid(uid) != 0)
			_exit(99);
		struct hallmark *h = hallmark_open(at("run/agent.sock"));
		_exit(run(h));
	}
	return ended(&pid);
}

static bool says_healthy(void)
{
	return file_says("healthy", "yes");
}

static bool says_busy(void)
{
	return file_says("busy", "yes");
}

static bool says_oven(void)
{
	return file_says("told", "camera: the oven is on, metered, battery 17");
}

static bool says_plugged_in(void)
{
	return file_says("told", "nobody: , free, plugged in 17");
}

/* With a reason, a limit, and what only this program knows. */
static int product_conditions(struct hallmark *h)
{
	char endless[3 * HALLMARK_WHY_MAX];
	if (hallmark_inhibit(h, "the oven is on", 0) != HALLMARK_REFUSED ||
	    hallmark_inhibit(h, "the oven is on", 86401) != HALLMARK_REFUSED ||
	    hallmark_power(h, 101, false) != HALLMARK_REFUSED)
		return 20;
	if (hallmark_inhibit(h, "the oven is on", 600) != HALLMARK_OK || hallmark_metered(h, true) != HALLMARK_OK ||
	    hallmark_power(h, 17, false) != HALLMARK_OK || !wait_until(says_oven, 3000))
		return 21;
	if (hallmark_inhibit(h, "soon over", 1) != HALLMARK_OK || hallmark_metered(h, false) != HALLMARK_OK ||
	    hallmark_power(h, 17, true) != HALLMARK_OK || !wait_until(says_plugged_in, 5000)) /* it ends by itself */
		return 22;
	for (size_t i = 0; i + 2 < sizeof endless; i += 3) /* a character must not be cut in two */
		memcpy(endless + i, "\xe2\x82\xac", 3);
	endless[sizeof endless - 1] = 0;
	if (hallmark_inhibit(h, endless, 60) != HALLMARK_OK || hallmark_health(h, true, endless) != HALLMARK_OK)
		return 23;
	return 0;
}

static bool says_calm(void)
{
	return file_says("busy", "no") && file_says("healthy", "no");
}

static int product_work(struct hallmark *h)
{
	char back[64] = "";
	size_t n = 0;
	unsigned wait = 0;
	static char big[HALLMARK_RECORD_MAX + 1];
	if (hallmark_health(h, true, "fine") != HALLMARK_OK || !wait_until(says_healthy, 3000))
		return 1;
	if (hallmark_busy(h, true) != HALLMARK_OK || !wait_until(says_busy, 3000))
		return 2;
	int r = product_conditions(h);
	if (r)
		return r;
	if (hallmark_read(h, "clip", back, sizeof back, &n) != HALLMARK_MISSING)
		return 3;
	if (hallmark_store(h, "clip", "somebody at the door", 20) != HALLMARK_OK)
		return 4;
	if (hallmark_read(h, "clip", back, sizeof back, &n) != HALLMARK_OK || n != 20 ||
	    strcmp(back, "somebody at the door") != 0)
		return 5;
	if (hallmark_store(h, "big", big, HALLMARK_RECORD_MAX) != HALLMARK_OK ||
	    hallmark_store(h, "bigger", big, sizeof big) != HALLMARK_REFUSED)
		return 6;
	if (hallmark_check_password(h, "192.0.2.9", PASSWORD, &wait) != HALLMARK_OK ||
	    hallmark_check_password(h, "192.0.2.9", "guess", &wait) != HALLMARK_WRONG)
		return 7;
	if (hallmark_store(h, "../x", "y", 1) == HALLMARK_OK)
		return 8;
	if (hallmark_health(h, true, "again, on a new connection") != HALLMARK_OK)
		return 9;
	return 0;
}

static int stranger_work(struct hallmark *h)
{
	char back[64];
	size_t n;
	return hallmark_health(h, true, "me too") == HALLMARK_OK ||
	       hallmark_read(h, "clip", back, sizeof back, &n) == HALLMARK_OK;
}

static void erase_by_page(struct browser *b)
{
	CLEANUP(buf_done) struct buf payload;
	struct err e = {0};
	struct statement_receipt receipt = {0};
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	sign_in(b, PASSWORD);
	call(b, HTTP_GET, "/erase", NULL, NULL);
	assert_true(shows(b, "2 records"));
	post(b, "/erase", ""); /* not confirmed */
	assert_true(file_exists(at("state/personal.key")));
	post(b, "/erase", "&confirm=yes");
	assert_int_equal(b->a.status, 303);
	assert_non_null(strstr(buf_text(&b->a.head), "done=erased"));
	call(b, HTTP_GET, "/receipt", NULL, NULL);
	assert_int_equal(b->a.status, 200);
	check_ok(envelope_open(buf_view(&b->a.body), STATEMENT_TYPE_RECEIPT, &world.statement.pub, &payload, &e));
	check_ok(statement_receipt_decode(buf_view(&payload), &receipt, &e));
	assert_true(receipt.key_destroyed);
	assert_int_equal(receipt.files, 2);
	assert_int_equal(receipt.not_erased_n, 1); /* says that flash may hold old blocks */
	assert_false(receipt.by_service);
	assert_false(file_exists(at("state/personal.key")));
}

static void test_product(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	boot();
	assert_true(wait_until(page_is_up, 5000));
	assert_int_equal(as_product(stranger_work, 4711), 0);
	assert_int_equal(as_product(product_work, SERVICE_UID), 0);
	assert_true(wait_until(says_calm, 3000)); /* it ended: no longer busy, no longer healthy */
	assert_int_equal(as_product(stranger_work, 4711), 0);
	assert_false(file_says("state/personal/camera~clip", "door"));
	erase_by_page(&b);
	halt();
}

static bool isolated(void)
{
	return file_says("firewall", "isolated") && file_says("state/guard.json", "\"mode\":\"isolated\"");
}

static bool first_alert(void)
{
	return file_exists(at("outbox/1-00-alerts.json"));
}

static bool scanned(void)
{
	return file_says("firewall", "normal") && file_exists(at("run/agent.sock"));
}

static bool normal_again(void)
{
	return file_says("state/guard.json", "\"mode\":\"normal\"");
}

static void check_alert(const char *name, const char *mode, size_t paths)
{
	CLEANUP(buf_done) struct buf text, payload;
	struct err e = {0};
	static struct statement_alert a;
	a = (struct statement_alert){0};
	buf_init(&text, ENVELOPE_MAX);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_ok(file_read(at(name), ENVELOPE_MAX - 1, &text, &e));
	check_ok(envelope_open(buf_view(&text), STATEMENT_TYPE_ALERT, &world.statement.pub, &payload, &e));
	check_ok(statement_alert_decode(buf_view(&payload), &a, &e));
	assert_string_equal(a.mode, mode);
	assert_int_equal(a.paths_n, paths);
	if (paths)
		assert_string_equal(a.paths[0], "usr/bin/camera");
}

static void test_tamper(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	boot();
	assert_true(wait_until(scanned, 5000));
	(void)usleep(1500000);
	assert_false(file_exists(at("state/guard.json"))); /* clean: nothing to remember */
	put_file("root/usr/bin/camera", "the wrong program", 0755);
	assert_true(wait_until(isolated, 6000));
	assert_true(wait_until(first_alert, 3000));
	check_alert("outbox/1-00-alerts.json", "isolated", 1);
	call(&b, HTTP_GET, "/", NULL, NULL); /* told before signing in, without details */
	assert_true(shows(&b, "has cut itself off"));
	assert_false(shows(&b, "usr/bin/camera"));

	/* Put back in the same boot: what ran may still run. */
	put_file("root/usr/bin/camera", GOOD_TEXT, 0755);
	(void)usleep(2500000);
	assert_true(isolated());
	halt();

	/* Rebooted while still wrong: stays isolated. */
	put_file("root/usr/bin/camera", "the wrong program", 0755);
	put_file("firewall", "none", 0600);
	boot();
	assert_true(wait_until(isolated, 5000));
	(void)usleep(1500000);
	assert_true(isolated());
	halt();

	/* Rebooted into a clean tree: recovers, says so, and is normal. */
	put_file("root/usr/bin/camera", GOOD_TEXT, 0755);
	boot();
	assert_true(wait_until(normal_again, 6000));
	check_alert("outbox/3-00-alerts.json", "recovered", 0);
	assert_true(file_says("state/guard.json", "\"told\":true"));
	assert_true(file_says("state/guard.json", "\"cut\":true"));
	assert_true(file_says("firewall", "recovered") || file_says("firewall", "normal"));
	halt();
}

static void test_permissions(void **state)
{
	(void)state;
	boot();
	assert_true(wait_until(scanned, 5000));
	assert_int_equal(chmod(at("root/etc/camera.conf"), 0666), 0);
	assert_true(wait_until(isolated, 6000));
	halt();
}

static bool suspect(void)
{
	return file_says("state/guard.json", "\"mode\":\"suspect\"");
}

/* The scanner hangs: the device is suspect and says so to everybody, until the scanner goes on. */
static void test_silent_guard(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	boot();
	assert_true(wait_until(scanned, 5000));
	assert_int_equal(kill(world.guard, SIGSTOP), 0);
	assert_true(wait_until(suspect, 20000));
	assert_true(wait_until(first_alert, 3000));
	check_alert("outbox/1-00-alerts.json", "suspect", 0);
	call(&b, HTTP_GET, "/", NULL, NULL);
	assert_true(shows(&b, "is not running"));
	assert_false(isolated());
	assert_int_equal(kill(world.guard, SIGCONT), 0);
	assert_true(wait_until(normal_again, 6000));
	call(&b, HTTP_GET, "/", NULL, NULL);
	assert_false(shows(&b, "is not running"));
	halt();
}

static void test_evidence(void **state)
{
	(void)state;
	CLEANUP(browser_done) struct browser b = {0};
	CLEANUP(buf_done) struct buf payload;
	struct err e = {0};
	static struct statement_evidence s;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	boot();
	assert_true(wait_until(scanned, 5000));
	(void)usleep(500000);
	call(&b, HTTP_GET, "/evidence?nonce=c0ffee", NULL, NULL);
	assert_int_equal(b.a.status, 401);
	call(&b, HTTP_GET, "/evidence?nonce=xyz", NULL, "Authorization: Basic eDo4SzNEWDdRVzkyTU4=\r\n");
	assert_int_equal(b.a.status, 400);
	call(&b, HTTP_GET, "/evidence?nonce=c0ffee", NULL, "Authorization: Basic eDo4SzNEWDdRVzkyTU4=\r\n");
	assert_int_equal(b.a.status, 200);
	check_ok(envelope_open(buf_view(&b.a.body), STATEMENT_TYPE_EVIDENCE, &world.statement.pub, &payload, &e));
	check_ok(statement_evidence_decode(buf_view(&payload), &s, &e));
	assert_string_equal(s.nonce, "c0ffee");
	assert_string_equal(s.mode, "normal");
	size_t sandboxes = 0;
	for (size_t i = 0; i < s.facts_n; i++) {
		print_message("  %s = %s: %s\n", s.facts[i].id, statement_fact_state_name(s.facts[i].state),
			      s.facts[i].value);
		if (strncmp(s.facts[i].id, "sandbox-", 8) == 0 && s.facts[i].state == STATEMENT_SEEN &&
		    strstr(s.facts[i].value, "seccomp=yes"))
			sandboxes++;
		if (strcmp(s.facts[i].id, "password-kind") == 0)
			assert_string_equal(s.facts[i].value, "factory");
	}
	assert_int_equal(sandboxes, 2);
	halt();
}

/* A power cut after the key is gone and before the receipt: the next start ends the erasure. */
static void test_erasure_resumes(void **state)
{
	(void)state;
	struct err e = {0};
	check_ok(file_make_dir(at("state/personal"), 0700, &e));
	put_file("state/personal/camera~clip", "sealed", 0600);
	put_file("state/erasing", "service", 0600);
	boot();
	assert_true(wait_until(scanned, 5000));
	(void)usleep(300000);
	assert_false(file_exists(at("state/erasing")));
	assert_false(file_exists(at("state/personal/camera~clip")));
	assert_true(file_exists(at("state/receipts/00000001.json")));
	assert_true(file_exists(at("outbox/1-00-receipts.json")));
	halt();
}

#define ward_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ward_test(test_update_page),  ward_test(test_page),	ward_test(test_throttle),
		ward_test(test_product),      ward_test(test_tamper),	ward_test(test_permissions),
		ward_test(test_silent_guard), ward_test(test_evidence), ward_test(test_erasure_resumes),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	if (geteuid() != 0) {
		(void)printf("1..0 # SKIP needs root: the processes get users of their own\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
