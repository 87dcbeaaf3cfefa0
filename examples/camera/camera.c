/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small camera, the product of the demo and of the tests: a test picture with the time in it over HTTPS, recordings
 * as personal data under the agent's key, one outgoing connection to its maker's relay. Everything about security that
 * a product would write itself (password check, throttle, sealing, health) is one call into libhallmark.
 *
 *     camera [--listen ADDRESS] [--port N] [--relay HOST:PORT]
 *
 * The relay may also stand in ../../etc/camera.conf beside the program (relay=HOST:PORT), as may motion=off: record
 * nothing.
 *
 * Built with CAMERA_BROKEN it is the release that a maker should not have shipped: it ends at start.
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/codec/base64.h"
#include "core/codec/rfc3339.h"
#include "core/crypto/cert.h"
#include "host/keys/keyfile.h"
#include "host/net/http_server.h"
#include "host/net/tls.h"
#include "host/os/chance.h"
#include "host/os/clock.h"
#include "libhallmark/hallmark.h"
#include "core/base/banned.h"

#ifndef CAMERA_VERSION
#define CAMERA_VERSION "1.0.0"
#endif

#define PORT_DEFAULT 8443
#define TICK_MS 1000
#define RECORD_EVERY_S 5
#define RECORDINGS_MAX 12 /* the oldest is written over */
#define PICTURE_MAX 4096
#define LOGIN_GOOD_MS (5 * 60 * 1000)
#define PASSWORD_SIZE 257
#define CERT_DAYS 3650

struct relay {
	char host[128], port[8]; /* host "": none */
	int fd;			 /* -1: not connected */
	bool connecting, said_cut;
	struct loop_watch *watch;
};

struct camera {
	struct loop *loop;
	struct hallmark *agent;
	enum hallmark_result last; /* of the agent, to report changes only */
	struct relay relay;
	bool motion;
	unsigned seconds, frames;
	uint8_t salt[16];
	uint8_t login[SHA256_SIZE]; /* salted hash of the password that was right */
	struct mono_time login_at;
	bool login_known;
};

static void say(const char *what, const char *detail)
{
	(void)fprintf(stderr, "camera: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

/* ---- the picture ---- */

static void draw(const struct camera *c, struct wall_time now, struct buf *out)
{
	char when[RFC3339_TIME_SIZE];
	rfc3339_time(now, when);
	buf_putf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 320 180\" role=\"img\" "
		 "aria-label=\"test picture, %s\">\n",
		 when);
	static const char *const bars[] = {"#c0c0c0", "#c0c000", "#00c0c0", "#00c000", "#c000c0", "#c00000", "#0000c0"};
	for (size_t i = 0; i < ARRAY_LEN(bars); i++)
		buf_putf(out, "<rect x=\"%zu\" width=\"46\" height=\"130\" fill=\"%s\"/>\n", i * 46, bars[i]);
	buf_putf(out, "<circle cx=\"%u\" cy=\"65\" r=\"14\" fill=\"#fff\"/>\n", 16 + c->frames * 12 % 288);
	buf_putf(out,
		 "<rect y=\"130\" width=\"320\" height=\"50\" fill=\"#111\"/><text x=\"10\" y=\"161\" fill=\"#fff\" "
		 "font-family=\"monospace\" font-size=\"15\">%s #%u v%s</text>\n</svg>\n",
		 when, c->frames, CAMERA_VERSION);
}

static void record(struct camera *c, struct wall_time now)
{
	CLEANUP(buf_done_wiped) struct buf picture;
	char name[32];
	buf_init(&picture, PICTURE_MAX);
	draw(c, now, &picture);
	(void)snprintf(name, sizeof name, "recording-%02u.svg", c->seconds / RECORD_EVERY_S % RECORDINGS_MAX);
	enum hallmark_result r = hallmark_store(c->agent, name, picture.data, picture.len);
	if (r != HALLMARK_OK && r != c->last)
		say("a recording was not stored", hallmark_result_name(r));
}

/* ---- the relay: the one declared outgoing connection ---- */

static void relay_close(struct camera *c, const char *why)
{
	struct relay *r = &c->relay;
	if (!r->said_cut)
		say("the connection to the relay is cut", why);
	r->said_cut = true;
	loop_remove(c->loop, r->watch);
	r->watch = NULL;
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
	r->connecting = false;
}

static void on_relay(void *ctx, uint32_t events, struct now now)
{
	struct camera *c = ctx;
	char drop[256];
	int failed = 0;
	socklen_t n = sizeof failed;
	(void)now;
	if (getsockopt(c->relay.fd, SOL_SOCKET, SO_ERROR, &failed, &n) != 0 || failed) {
		relay_close(c, strerror(failed ? failed : errno));
		return;
	}
	if (c->relay.connecting && events & EPOLLOUT) {
		c->relay.connecting = c->relay.said_cut = false;
		say("connected to the relay", NULL);
		if (rc_failed(loop_change_fd(c->loop, c->relay.watch, EPOLLIN, NULL)))
			relay_close(c, "event loop");
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP)) { /* what it says does not matter here */
		ssize_t got = recv(c->relay.fd, drop, sizeof drop, MSG_DONTWAIT);
		if (got == 0)
			relay_close(c, "closed by the relay");
		else if (got < 0 && errno != EAGAIN && errno != EINTR)
			relay_close(c, strerror(errno));
	}
}

static void relay_connect(struct camera *c)
{
	struct relay *r = &c->relay;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int failed = getaddrinfo(r->host, r->port, &hints, &list);
	if (failed || !list) {
		relay_close(c, gai_strerror(failed));
		return;
	}
	r->fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool begun = r->fd >= 0 && (connect(r->fd, list->ai_addr, list->ai_addrlen) == 0 || errno == EINPROGRESS);
	int saved = errno;
	freeaddrinfo(list);
	if (!begun || rc_failed(loop_watch_fd(c->loop, r->fd, EPOLLOUT | EPOLLIN, on_relay, c, &r->watch, NULL)))
		relay_close(c, strerror(saved));
	else
		r->connecting = true;
}

static void relay_tick(struct camera *c)
{
	struct relay *r = &c->relay;
	char line[64];
	if (!r->host[0])
		return;
	if (r->fd < 0) {
		relay_connect(c);
		return;
	}
	if (r->connecting)
		return;
	int n = snprintf(line, sizeof line, "camera alive %u\n", c->seconds);
	if (send(r->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		relay_close(c, strerror(errno));
}

/* ---- once a second ---- */

static void on_tick(void *ctx, struct now now)
{
	struct camera *c = ctx;
	char text[64];
	struct err e = {0};
	c->seconds++;
	c->frames++;
	(void)snprintf(text, sizeof text, "%u pictures since start", c->frames);
	enum hallmark_result r = hallmark_health(c->agent, true, text);
	if (r != c->last)
		say("the agent says", hallmark_result_name(r));
	if (r == HALLMARK_OK && c->motion && c->seconds % RECORD_EVERY_S == 1)
		record(c, now.wall);
	c->last = r;
	relay_tick(c);
	if (rc_failed(loop_timer(c->loop, TICK_MS, on_tick, c, NULL, &e))) {
		say(e.text, NULL);
		loop_stop(c->loop);
	}
}

/* ---- the page ---- */

static bool login_hash(const struct camera *c, const char *password, uint8_t ret[SHA256_SIZE])
{
	CLEANUP(hash_done) struct hash h = {0};
	return rc_ok(hash_start(&h, NULL)) && rc_ok(hash_add(&h, bytes_of(c->salt, sizeof c->salt), NULL)) &&
	       rc_ok(hash_add(&h, bytes_of_text(password), NULL)) && rc_ok(hash_end(&h, ret, NULL));
}

/* The right password is remembered for minutes, as a salted hash: the agent's check costs 50 ms and 19 MiB. */
static enum hallmark_result check(struct camera *c, const struct http_request *req, const char *password,
				  unsigned *ret_wait_s)
{
	uint8_t hash[SHA256_SIZE];
	if (!login_hash(c, password, hash))
		return HALLMARK_FAILED;
	if (c->login_known && req->now.mono.ms - c->login_at.ms < LOGIN_GOOD_MS &&
	    secret_equal(bytes_of(hash, sizeof hash), bytes_of(c->login, sizeof c->login)))
		return HALLMARK_OK;
	enum hallmark_result r = hallmark_check_password(c->agent, req->peer->address, password, ret_wait_s);
	if (r == HALLMARK_OK) {
		memcpy(c->login, hash, sizeof hash);
		c->login_at = req->now.mono;
		c->login_known = true;
	}
	return r;
}

/* The password of "Basic base64(user:password)". */
static bool basic_password(const struct http_head *head, char out[PASSWORD_SIZE])
{
	CLEANUP(buf_done_wiped) struct buf plain;
	char line[512];
	const struct http_text *t = http_header(head, "Authorization");
	buf_init(&plain, sizeof line);
	if (!t || !http_text_copy(*t, line, sizeof line) || strncasecmp(line, "Basic ", 6) != 0 ||
	    rc_failed(base64_decode(bytes_of_text(line + 6), &plain, NULL)))
		return false;
	const char *colon = strchr(buf_text(&plain), ':');
	if (!colon || strlen(buf_text(&plain)) != plain.len)
		return false;
	int n = snprintf(out, PASSWORD_SIZE, "%s", colon + 1);
	return n > 0 && n < PASSWORD_SIZE;
}

static void refuse(struct http_response *resp, enum hallmark_result r, unsigned wait_s)
{
	char seconds[16];
	if (r == HALLMARK_WAIT) {
		(void)snprintf(seconds, sizeof seconds, "%u", wait_s);
		http_response_header(resp, "Retry-After", seconds);
		http_response_text(resp, 429, "text/plain", "Too many wrong passwords. Wait a while.\n");
	} else if (r == HALLMARK_WRONG) {
		http_response_header(resp, "WWW-Authenticate", "Basic realm=\"camera\", charset=\"UTF-8\"");
		http_response_text(resp, 401, "text/plain", "The owner's password, please.\n");
	} else {
		http_response_text(resp, 503, "text/plain", "The password cannot be checked at the moment.\n");
	}
}

static void on_request(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct camera *c = ctx;
	char password[PASSWORD_SIZE] = "";
	unsigned wait_s = 0;
	enum hallmark_result r = HALLMARK_WRONG;
	http_response_header(resp, "Cache-Control", "no-store");
	http_response_header(resp, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (req->head->method != HTTP_GET && req->head->method != HTTP_HEAD) {
		http_response_text(resp, 405, "text/plain", "Only looking is possible here.\n");
		return;
	}
	if (basic_password(req->head, password))
		r = check(c, req, password, &wait_s);
	mem_wipe(password, sizeof password);
	if (r != HALLMARK_OK) {
		refuse(resp, r, wait_s);
	} else if (http_text_is(req->head->path, "/")) {
		http_response_header(resp, "Content-Type", "image/svg+xml");
		draw(c, req->now.wall, &resp->body);
	} else {
		http_response_text(resp, 404, "text/plain", "There is only the picture, at /\n");
	}
}

/* A key that never leaves memory and ends with the program. */
static rc make_tls(struct privkey *key, struct tls_context **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf pem;
	struct wall_time now = clock_now().wall;
	struct cert_request q = {.use = CERT_SERVER,
				 .common_name = "camera",
				 .not_before = {now.s - SECONDS_PER_DAY},
				 .not_after = {now.s + (int64_t)CERT_DAYS * SECONDS_PER_DAY}};
	buf_init(&pem, CERT_PEM_MAX);
	rc r;
	if (rc_failed(r = chance_fill(q.serial, sizeof q.serial, e)) ||
	    rc_failed(r = keyfile_generate(KEY_ECDSA_P256, key, e)) ||
	    rc_failed(r = cert_issue(&q, &key->pub, key, (struct bytes){0}, &pem, e)))
		return r;
	struct tls_config t = {.cert_pem = buf_view(&pem), .key = key};
	return tls_server_context(&t, ret, e);
}

/* ---- start ---- */

struct options {
	const char *listen;
	uint16_t port;
	const char *relay;
	char configured_relay[256];
	bool motion;
};

/* One "key=value" line of the configuration; other keys are other programs' business. */
static void read_setting(char *line, struct options *o)
{
	line[strcspn(line, "\r\n")] = 0;
	if (strncmp(line, "relay=", 6) == 0)
		(void)snprintf(o->configured_relay, sizeof o->configured_relay, "%s", line + 6);
	if (strcmp(line, "motion=off") == 0)
		o->motion = false;
}

/* etc/camera.conf of the tree that this program is in; having none is fine. */
static void read_config(struct options *o)
{
	char path[1024], line[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "/../../etc/camera.conf");
	if (n <= 0)
		return;
	char *slash = memrchr(path, '/', (size_t)n);
	if (!slash)
		return;
	memcpy(slash, "/../../etc/camera.conf", sizeof "/../../etc/camera.conf");
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof line, f))
		read_setting(line, o);
	(void)fclose(f);
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	*ret = (struct options){.listen = "0.0.0.0", .port = PORT_DEFAULT, .motion = true};
	read_config(ret);
	ret->relay = ret->configured_relay;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--listen") == 0)
			ret->listen = argv[i + 1];
		else if (strcmp(argv[i], "--port") == 0)
			ret->port = (uint16_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--relay") == 0)
			ret->relay = argv[i + 1];
		else
			return false;
	}
	return argc % 2 == 1;
}

static bool read_relay(const char *text, struct relay *r)
{
	r->fd = -1;
	if (!text || !*text)
		return true;
	const char *colon = strrchr(text, ':');
	if (!colon)
		return false;
	int a = snprintf(r->host, sizeof r->host, "%.*s", (int)(colon - text), text);
	int b = snprintf(r->port, sizeof r->port, "%s", colon + 1);
	return a > 0 && (size_t)a < sizeof r->host && b > 0 && (size_t)b < sizeof r->port;
}

static void on_signal(void *ctx, int signo, struct now now)
{
	struct camera *c = ctx;
	(void)signo;
	(void)now;
	loop_stop(c->loop);
}

static rc serve(struct camera *c, const struct options *o, struct err *e)
{
	CLEANUP(privkey_done) struct privkey key = {0};
	struct tls_context *tls = NULL;
	struct http_server *server = NULL;
	struct http_server_config config = {
		.loop = c->loop, .handler = on_request, .ctx = c, .body_max = 1024, .connections_max = 32};
	uint16_t port = 0;
	rc r = make_tls(&key, &tls, e);
	if (rc_ok(r))
		r = http_listen(o->listen, o->port, &config.listen_fd, &port, e);
	config.tls = tls;
	if (rc_ok(r) && rc_failed(r = http_server_new(&config, &server, e)))
		(void)close(config.listen_fd);
	if (rc_ok(r)) {
		(void)fprintf(stderr, "camera: version %s, picture at https://%s:%u/\n", CAMERA_VERSION, o->listen,
			      port);
		r = loop_run(c->loop, e);
	}
	http_server_free(server);
	tls_context_free(tls);
	return r;
}

static rc run(struct camera *c, const struct options *o, struct err *e)
{
	rc r;
	if (rc_failed(r = loop_new(&c->loop, e)) || rc_failed(r = chance_fill(c->salt, sizeof c->salt, e)) ||
	    rc_failed(r = loop_signal(c->loop, SIGTERM, on_signal, c, e)) ||
	    rc_failed(r = loop_signal(c->loop, SIGINT, on_signal, c, e)) ||
	    rc_failed(r = loop_timer(c->loop, 0, on_tick, c, NULL, e)))
		return r;
	return serve(c, o, e);
}

#ifdef CAMERA_BROKEN
/* The mistake of release 3: it wants a lens profile that the image does not have, and gives up without it. */
static bool lens_ready(void)
{
	return access("/etc/camera/lens-profile.bin", R_OK) == 0;
}
#else
static bool lens_ready(void)
{
	return true;
}
#endif

int main(int argc, char **argv)
{
	struct camera c = {.last = HALLMARK_LOST};
	struct options o;
	struct err e = {0};
	if (!read_options(argc, argv, &o) || !read_relay(o.relay, &c.relay)) {
		(void)fprintf(stderr, "usage: camera [--listen ADDRESS] [--port N] [--relay HOST:PORT]\n");
		return 2;
	}
	if (!lens_ready()) {
		say("no lens profile", NULL);
		return 1;
	}
	c.motion = o.motion;
	c.agent = hallmark_open(NULL);
	if (!c.agent)
		return 1;
	rc r = run(&c, &o, &e);
	if (rc_failed(r))
		say(e.text, NULL);
	if (c.relay.fd >= 0)
		(void)close(c.relay.fd);
	hallmark_close(c.agent);
	loop_free(c.loop);
	return rc_ok(r) ? 0 : 1;
}
