/* SPDX-License-Identifier: Apache-2.0 */
#include "device_double.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "core/model/statement.h"
#include "host/net/http_server.h"
#include "host/os/clock.h"
#include "host/os/file.h"

#define COOKIE "__Host-hallmark=0123456789abcdef0123456789abcdef"
#define CSRF "fedcba9876543210fedcba9876543210"
#define FREE_TRIES 5
#define TIMESTAMP "{\"signed\":{\"expires\":\"2031-05-06T07:08:09Z\"}}"
#define IMAGE "the image of version 2.0.0, with many bytes"

/* ---- the device's process ---- */

struct device {
	const struct device_double *d;
	unsigned wrong;
	bool refused_image;
};

static bool file_is(const struct device_double *d, const char *name, const char *content)
{
	CLEANUP(buf_done) struct buf text;
	char path[600];
	buf_init(&text, 4096);
	(void)snprintf(path, sizeof path, "%s/%s", d->repo, name);
	return rc_ok(file_read(path, 4096, &text, NULL)) && strcmp(buf_text(&text), content) == 0;
}

static void image_name(char out[200])
{
	uint8_t sha[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	struct err e = {0};
	check_ok(hash_sha256(bytes_of_text(IMAGE), sha, &e));
	hex_encode(bytes_of(sha, sizeof sha), hex);
	(void)snprintf(out, 200, "targets/%s.cam-os-2.0.0.img", hex);
}

static void tell(struct statement_evidence *s, const char *id, const char *value, enum statement_fact_state state)
{
	struct statement_fact *f = &s->facts[s->facts_n++];
	f->state = state;
	(void)snprintf(f->id, sizeof f->id, "%s", id);
	(void)snprintf(f->value, sizeof f->value, "%s", value);
}

/* What an update client would have found in the repository just now. */
static void take_update(struct device *v, struct statement_evidence *s)
{
	const struct double_faults *f = &v->d->faults;
	char name[200];
	image_name(name);
	bool image_good = file_is(v->d, name, IMAGE);
	const char *reason = "none";
	if (!file_is(v->d, "metadata/timestamp.json", TIMESTAMP))
		reason = "signature";
	else if (!image_good && !f->installs_anything)
		reason = "target-hash";
	v->refused_image |= !image_good;
	bool installed = v->refused_image && (image_good || f->installs_anything) && !f->never_recovers;
	s->counter = installed ? 2 : 1;
	(void)snprintf(s->version, sizeof s->version, installed ? "2.0.0" : "1.0.0");
	tell(s, "update-step", "idle", STATEMENT_SEEN);
	tell(s, "update-reason", reason, STATEMENT_SEEN);
}

static void put_evidence(struct device *v, const char *nonce, struct buf *out)
{
	const struct device_double *d = v->d;
	enum double_evidence kind = d->faults.evidence;
	struct privkey key = kind == EVIDENCE_FORGED ? d->other : d->statement;
	struct signer signer = privkey_signer(&key);
	CLEANUP(buf_done) struct buf payload;
	MEM_AUTO struct statement_evidence *s = mem_alloc(sizeof *s);
	struct err e = {0};
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	*s = (struct statement_evidence){.model = "lumen-1", .slot = 'a', .mode = "normal", .time = clock_now().wall};
	(void)snprintf(s->device, sizeof s->device, kind == EVIDENCE_OF_ANOTHER ? "cam-2" : "cam-1");
	(void)snprintf(s->nonce, sizeof s->nonce, "%s", kind == EVIDENCE_REPLAYED ? "aa01" : nonce);
	tell(s, "key-private", "0600", STATEMENT_SEEN);
	tell(s, "password-storage", "argon2id", STATEMENT_SEEN);
	tell(s, "update-automatic", "on", STATEMENT_SEEN);
	tell(s, "personal-data", "", STATEMENT_ABSENT);
	tell(s, "personal-key-grade", "", STATEMENT_ABSENT);
	take_update(v, s);
	check_ok(statement_evidence_encode(s, &payload, &e));
	if (kind == EVIDENCE_UNSIGNED)
		buf_put(out, buf_view(&payload));
	else
		check_ok(envelope_sign(&signer, STATEMENT_TYPE_EVIDENCE, buf_view(&payload), out, &e));
	if (kind == EVIDENCE_BAD_SIGNATURE) { /* by the right key's name, and everything else as it should be */
		char *sig = strstr((char *)out->data, "\"sig\":\"");
		assert_non_null(sig);
		sig[7] = sig[7] == 'A' ? 'B' : 'A';
	}
}

static bool right(const struct device *v, const char *password)
{
	return strcmp(password, DEVICE_DOUBLE_PASSWORD) == 0 ||
	       (v->d->faults.weak_password && strcmp(password, "password") == 0);
}

/* 200, 401 or 429. */
static int sign_in(struct device *v, const struct http_head *h)
{
	CLEANUP(buf_done) struct buf plain;
	char line[512];
	const struct http_text *t = http_header(h, "Authorization");
	buf_init(&plain, 512);
	if (!t)
		return v->d->faults.open_page ? 200 : 401;
	if (v->wrong >= FREE_TRIES && !v->d->faults.no_throttle)
		return 429;
	if (!http_text_copy(*t, line, sizeof line) || rc_failed(base64_decode(bytes_of_text(line + 6), &plain, NULL)))
		return 401;
	const char *colon = strchr(buf_text(&plain), ':');
	if (colon && right(v, colon + 1))
		return 200;
	v->wrong++;
	return 401;
}

static void on_evidence(struct device *v, const struct http_request *q, struct http_response *a)
{
	char nonce[65];
	struct http_text t = q->head->query;
	if (!http_form_field(bytes_of(t.p, t.n), "nonce", nonce, sizeof nonce) ||
	    strspn(nonce, "0123456789abcdef") != strlen(nonce)) {
		http_response_text(a, v->d->faults.fragile ? 500 : 400, "text/plain", "nonce");
		return;
	}
	a->status = sign_in(v, q->head);
	if (a->status == 429)
		http_response_header(a, "Retry-After", "5");
	if (a->status == 200)
		put_evidence(v, nonce, &a->body);
}

static bool has_session(const struct http_request *q)
{
	const struct http_text *t = http_header(q->head, "Cookie");
	return t && http_text_is(*t, COOKIE);
}

static void on_post(struct device *v, const struct http_request *q, struct http_response *a)
{
	char text[128];
	if (http_text_is(q->head->path, "/sign-in")) {
		bool in = http_form_field(q->body, "password", text, sizeof text) && right(v, text);
		a->status = in ? 303 : 403;
		if (in)
			http_response_header(a, "Set-Cookie", COOKIE "; Secure");
		return;
	}
	bool ours = has_session(q) && http_form_field(q->body, "csrf", text, sizeof text) && strcmp(text, CSRF) == 0;
	a->status = ours || v->d->faults.open_change ? 303 : 403;
}

static void on_page(void *ctx, const struct http_request *q, struct http_response *a)
{
	struct device *v = ctx;
	if (q->head->method == HTTP_POST)
		on_post(v, q, a);
	else if (http_text_is(q->head->path, "/evidence"))
		on_evidence(v, q, a);
	else if (http_text_is(q->head->path, "/erase") && has_session(q))
		http_response_text(a, 200, "text/html", "Erase my data? <form method=\"post\"></form>");
	else if (!http_text_is(q->head->path, "/"))
		http_response_text(a, 404, "text/html", "Nothing here");
	else if (has_session(q))
		http_response_text(a, 200, "text/html",
				   "lumen-1 <input name=\"csrf\" value=\"" CSRF "\"><a href=\"/erase\">Erase</a>");
	else
		http_response_text(a, 200, "text/html", v->d->faults.open_page ? "Version 1.0.0" : "Sign in");
	char done[64];
	if (v->d->faults.echo &&
	    http_form_field(bytes_of(q->head->query.p, q->head->query.n), "done", done, sizeof done))
		buf_put_text(&a->body, done);
}

static void on_service(void *ctx, const struct http_request *q, struct http_response *a)
{
	const struct double_faults *f = &((struct device *)ctx)->d->faults;
	char text[512];
	if (http_text_is(q->head->path, "/.well-known/security.txt")) {
		(void)snprintf(text, sizeof text,
			       "Contact: mailto:a@lumen.example\nExpires: %s-01-01T00:00:00Z\nPolicy: "
			       "https://lumen.example/policy\n",
			       f->expired_contact ? "2001" : "2098");
		http_response_text(a, 200, "text/plain", text);
	} else if (http_text_is(q->head->path, "/policy") && !f->no_policy) {
		http_response_text(a, 200, "text/html",
				   f->no_time_frames ? "We are glad of reports."
						     : "We acknowledge within 5 days. A status update every 30 days.");
	} else if (http_text_is(q->head->path, "/support")) {
		http_response_text(a, 200, "text/html", f->other_date ? "until 2027-01-01" : "until 2099-12-31");
	} else {
		http_response_text(a, 404, "text/plain", "");
	}
}

static void serve(const struct device_double *d, int page_fd, int service_fd)
{
	struct err e = {0};
	struct device device = {.d = d};
	struct loop *loop = NULL;
	struct tls_context *tls = NULL;
	struct http_server *page = NULL, *service = NULL;
	const struct tls_config config = {.cert_pem = bytes_of_text(d->unit->page_cert), .key = &d->page};
	check_ok(loop_new(&loop, &e));
	check_ok(tls_server_context(&config, &tls, &e));
	struct http_server_config c = {.loop = loop,
				       .listen_fd = page_fd,
				       .tls = tls,
				       .handler = on_page,
				       .ctx = &device,
				       .body_max = 65536,
				       .connections_max = 64};
	check_ok(http_server_new(&c, &page, &e));
	c.listen_fd = service_fd;
	c.tls = NULL;
	c.handler = on_service;
	check_ok(http_server_new(&c, &service, &e));
	check_ok(loop_run(loop, &e));
}

/* The product's own port. `old`: whatever OpenSSL can still be made to speak. */
static void serve_listener(const struct device_double *d, int fd, bool old)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *pem = BIO_new_mem_buf(d->unit->page_cert, -1);
	X509 *cert = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, d->page.key), 1);
	(void)SSL_CTX_set_min_proto_version(ctx, old ? TLS1_VERSION : TLS1_3_VERSION);
	if (old) {
		SSL_CTX_set_security_level(ctx, 0);
		(void)SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0");
	}
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int client = poll(&p, 1, -1) == 1 ? accept(fd, NULL, NULL) : -1;
		if (client < 0)
			continue;
		SSL *s = SSL_new(ctx);
		(void)SSL_set_fd(s, client);
		(void)SSL_accept(s);
		SSL_free(s);
		(void)close(client);
	}
}

/* ---- the world around it ---- */

static void write_records(struct device_double *d, const struct record *unit)
{
	CLEANUP(buf_done) struct buf text;
	struct signer s = privkey_signer(&d->factory);
	struct err e = {0};
	buf_init(&text, 1 << 16);
	check_ok(record_sign(unit, &s, &text, &e));
	buf_put_u8(&text, '\n');
	check_ok(file_write_atomic(d->records, buf_view(&text), 0644, &e));
}

void device_double_foreign_record(struct device_double *d)
{
	struct privkey page = assess_world_key(KEY_ECDSA_P256);
	MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
	assess_world_record("cam-2", &d->other.pub, "b", &page, unit);
	write_records(d, unit);
	privkey_done(&page);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[600];
	struct err e = {0};
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	check_ok(file_write_atomic(path, bytes_of_text(text), 0644, &e));
}

static void make_repo(struct device_double *d)
{
	char name[200], path[400], targets[2048];
	struct err e = {0};
	image_name(name);
	for (int i = 0; i < 3; i++) {
		static const char *const folders[] = {"", "/metadata", "/targets"};
		(void)snprintf(path, sizeof path, "%s%s", d->repo, folders[i]);
		check_ok(file_make_dir(path, 0755, &e));
	}
	put(d->repo, "metadata/timestamp.json", TIMESTAMP);
	put(d->repo, name, IMAGE);
	(void)snprintf(
		targets, sizeof targets,
		"{\"signed\":{\"targets\":{\"cam-os-2.0.0.img\":{\"length\":%zu,\"hashes\":{\"sha256\":\"%.64s\"},"
		"\"custom\":{\"hallmark\":{\"kind\":\"image\",\"model\":\"lumen-1\",\"version\":\"2.0.0\",\"counter\":"
		"2,"
		"\"component\":\"os\",\"image_sha256\":\"%.64s\",\"declaration\":\"cam-declaration-2.0.0.json\","
		"\"image_bytes\":1,\"patches\":[],"
		"\"full\":{\"memory\":1,\"header_bytes\":1,\"header_sha256\":\"%.64s\"}}}}}}}",
		strlen(IMAGE), name + 8, name + 8, name + 8);
	put(d->repo, "metadata/9.targets.json", "{}");
	put(d->repo, "metadata/10.targets.json", targets);
}

static void make_files(struct device_double *d)
{
	CLEANUP(buf_done) struct buf pem;
	struct err e = {0};
	buf_init(&pem, KEY_PEM_MAX);
	assess_world_dir(d->dir);
	(void)snprintf(d->records, sizeof d->records, "%s/records.jsonl", d->dir);
	(void)snprintf(d->factory_pub, sizeof d->factory_pub, "%s/factory.pub", d->dir);
	(void)snprintf(d->password_file, sizeof d->password_file, "%s/password", d->dir);
	(void)snprintf(d->repo, sizeof d->repo, "%s/repo", d->dir);
	assess_world_record("cam-1", &d->statement.pub, "a", &d->page, d->unit);
	check_ok(pubkey_pem(&d->factory.pub, &pem, &e));
	put(d->dir, "factory.pub", buf_text(&pem));
	put(d->dir, "password", DEVICE_DOUBLE_PASSWORD "\n");
	write_records(d, d->unit);
	make_repo(d);
}

/* A port whose neighbour is free, so that a scan of both sees only what we put there. */
static int listen_pair(struct device_double *d)
{
	struct err e = {0};
	for (int i = 0; i < 50; i++) {
		int fd = -1, next = -1;
		check_ok(http_listen(d->address, 0, &fd, &d->page_port, &e));
		if (d->page_port < 65535 && rc_ok(http_listen(d->address, d->page_port + 1, &next, NULL, NULL))) {
			if (d->faults.extra_port)
				d->extra_fd = next;
			else
				(void)close(next);
			return fd;
		}
		(void)close(fd);
	}
	fail_msg("no two free ports side by side");
	return -1;
}

void device_double_start(struct device_double *d, const struct double_faults *f)
{
	struct err e = {0};
	int service_fd = -1, listener_fd = -1;
	*d = (struct device_double){.faults = *f, .extra_fd = -1, .unit = mem_alloc(sizeof *d->unit)};
	d->statement = assess_world_key(KEY_ED25519);
	d->other = assess_world_key(KEY_ED25519);
	d->factory = assess_world_key(KEY_ED25519);
	d->page = assess_world_key(KEY_ECDSA_P256);
	(void)snprintf(d->address, sizeof d->address, "127.%d.%d.7", 64 + (getpid() >> 8) % 128, getpid() % 256);
	make_files(d);
	int page_fd = listen_pair(d);
	check_ok(http_listen(d->address, 0, &service_fd, &d->service_port, &e));
	check_ok(http_listen(d->address, 0, &listener_fd, &d->listener_port, &e));
	(void)snprintf(d->service, sizeof d->service, "http://%s:%u", d->address, d->service_port);
	for (int i = 0; i < 2; i++) {
		d->pids[i] = fork();
		assert_true(d->pids[i] >= 0);
		if (d->pids[i] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
			if (i == 0)
				serve(d, page_fd, service_fd);
			else
				serve_listener(d, listener_fd, f->old_tls);
			_exit(1);
		}
	}
	(void)close(page_fd);
	(void)close(service_fd);
	(void)close(listener_fd);
}

void device_double_stop(struct device_double *d)
{
	for (int i = 0; i < 2; i++) {
		(void)kill(d->pids[i], SIGKILL);
		(void)waitpid(d->pids[i], NULL, 0);
	}
	if (d->extra_fd >= 0)
		(void)close(d->extra_fd);
	privkey_done(&d->statement);
	privkey_done(&d->other);
	privkey_done(&d->factory);
	privkey_done(&d->page);
	mem_free(d->unit);
	assess_world_drop(d->dir);
}
