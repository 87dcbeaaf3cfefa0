/* SPDX-License-Identifier: Apache-2.0 */
/* The network tests' world: keys and certificates through the product's own code, a server process, raw sockets. */
#include "net_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "host/os/clock.h"

#define DAY 86400

static void make_key(struct net_id *id)
{
	struct err e = {0};
	EVP_PKEY *k = EVP_EC_gen("P-256");
	assert_non_null(k);
	check_ok(privkey_of_pkey(k, &id->key, &e));
	EVP_PKEY_free(k);
}

static void issue(struct net_world *w, enum net_who who, enum cert_use use, const char *cn, const int64_t days[2],
		  enum net_who by)
{
	struct err e = {0};
	static const char *const here[] = {"127.0.0.1", "localhost", NULL};
	static const char *const elsewhere[] = {"other.example", "127.0.0.2", NULL};
	int64_t now = clock_now().wall.s;
	struct net_id *id = &w->id[who];
	struct cert_request req = {.use = use, .common_name = cn, .serial = {1, (uint8_t)who}};
	if (use == CERT_SERVER && who != NET_SERVER_NO_NAMES)
		req.hosts = who == NET_SERVER_ELSEWHERE ? elsewhere : here;
	req.not_before.s = now + days[0] * DAY;
	req.not_after.s = now + days[1] * DAY;
	make_key(id);
	buf_init(&id->pem, CERT_PEM_MAX);
	struct net_id *issuer = &w->id[by];
	struct bytes issuer_pem = who == by ? (struct bytes){0} : buf_view(&issuer->pem);
	check_ok(cert_issue(&req, &id->key.pub, &issuer->key, issuer_pem, &id->pem, &e));
}

static X509 *read_cert(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	assert_non_null(x);
	return x;
}

/* A certificate that the product would not issue: no extended key usage at all. */
static void issue_no_use(struct net_world *w, enum net_who who)
{
	struct net_id *id = &w->id[who];
	X509 *ca = read_cert(&w->id[NET_CA].pem), *x = X509_new();
	make_key(id);
	buf_init(&id->pem, CERT_PEM_MAX);
	assert_true(X509_set_version(x, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 77) == 1);
	assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
					       (const unsigned char *)"cam-x", -1, -1, 0) == 1);
	X509_set_issuer_name(x, X509_get_subject_name(ca));
	X509_gmtime_adj(X509_getm_notBefore(x), -DAY);
	X509_gmtime_adj(X509_getm_notAfter(x), DAY);
	X509_set_pubkey(x, id->key.key);
	assert_true(X509_sign(x, w->id[NET_CA].key.key, EVP_sha256()) > 0);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	long n = BIO_get_mem_data(bio, &text);
	buf_put(&id->pem, bytes_of(text, (size_t)n));
	BIO_free(bio);
	X509_free(x);
	X509_free(ca);
}

void net_world_make(struct net_world *w)
{
	static const int64_t now[2] = {-1, 30}, past[2] = {-30, -1}, future[2] = {1, 30};
	memset(w, 0, sizeof *w);
	issue(w, NET_CA, CERT_CA, "Test CA", now, NET_CA);
	issue(w, NET_OTHER_CA, CERT_CA, "Test CA", now, NET_OTHER_CA); /* same name, other key */
	issue(w, NET_SERVER, CERT_SERVER, "server", now, NET_CA);
	issue(w, NET_SERVER_ELSEWHERE, CERT_SERVER, "127.0.0.1", now, NET_CA); /* only its CN would fit */
	issue(w, NET_SERVER_NO_NAMES, CERT_SERVER, "localhost", now, NET_CA);
	issue(w, NET_SERVER_EXPIRED, CERT_SERVER, "server", past, NET_CA);
	issue(w, NET_CLIENT, CERT_CLIENT, "cam-1", now, NET_CA);
	issue(w, NET_CLIENT_EXPIRED, CERT_CLIENT, "cam-1", past, NET_CA);
	issue(w, NET_CLIENT_NOT_YET, CERT_CLIENT, "cam-1", future, NET_CA);
	issue_no_use(w, NET_CLIENT_NO_USE);
	issue(w, NET_OTHER_SERVER, CERT_SERVER, "server", now, NET_OTHER_CA);
	issue(w, NET_OTHER_CLIENT, CERT_CLIENT, "cam-1", now, NET_OTHER_CA);
}

void net_world_done(struct net_world *w)
{
	for (int i = 0; i < NET_IDS; i++) {
		privkey_done(&w->id[i].key);
		buf_done(&w->id[i].pem);
	}
}

struct child {
	struct loop *loop;
	struct http_server *server;
	int file_fd;
	int settles, settle_ms;
	bool lost; /* the next settlement fails */
};

static void answer_file(const struct child *c, struct http_response *resp, uint64_t offset, uint64_t length)
{
	resp->file_fd = dup(c->file_fd);
	resp->file_offset = offset;
	resp->file_length = length;
}

static void answer_big(struct http_response *resp)
{
	uint8_t *p = buf_room(&resp->body, NET_BIG_BYTES);
	for (uint64_t i = 0; p && i < NET_BIG_BYTES; i++)
		p[i] = net_pattern(i);
	if (p)
		buf_grew(&resp->body, NET_BIG_BYTES);
}

static void answer_who(const struct http_request *req, struct http_response *resp)
{
	char text[256];
	(void)snprintf(text, sizeof text, "%d %s %s %s", req->peer->authenticated, req->peer->common_name,
		       req->peer->fingerprint, req->peer->address);
	http_response_text(resp, 200, "text/plain", text);
}

static void answer_settles(const struct child *c, struct http_response *resp)
{
	char text[16];
	(void)snprintf(text, sizeof text, "%d", c->settles);
	http_response_text(resp, 200, "text/plain", text);
}

static bool settle(void *ctx, struct http_response *failure)
{
	struct child *c = ctx;
	bool lost = c->lost;
	c->lost = false;
	c->settles++;
	(void)usleep((useconds_t)c->settle_ms * 1000);
	if (lost)
		http_response_text(failure, 507, "text/plain", "undone");
	return !lost;
}

static void handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct child *c = ctx;
	struct http_text path = req->head->path;
	if (http_text_is(path, "/hello")) {
		http_response_header(resp, "ETag", "\"v1\"");
		http_response_text(resp, 200, "text/plain", "hello");
	} else if (http_text_is(path, "/who")) {
		answer_who(req, resp);
	} else if (http_text_is(path, "/echo")) {
		buf_put(&resp->body, req->body);
	} else if (http_text_is(path, "/big")) {
		answer_big(resp);
	} else if (http_text_is(path, "/file")) {
		answer_file(c, resp, 1000, 150000);
		resp->status = 206;
	} else if (http_text_is(path, "/file-shrunk")) {
		answer_file(c, resp, 0, NET_FILE_BYTES + 1);
	} else if (http_text_is(path, "/split")) {
		http_response_header(resp, "X", "a\r\nSet-Cookie: b");
	} else if (http_text_is(path, "/none")) {
		resp->status = 204;
		buf_put_text(&resp->body, "must not be sent");
	} else if (http_text_is(path, "/held")) {
		resp->hold = true;
		http_response_text(resp, 200, "text/plain", "held");
	} else if (http_text_is(path, "/held-lost")) {
		c->lost = resp->hold = true;
		http_response_text(resp, 200, "text/plain", "held");
	} else if (http_text_is(path, "/settles")) {
		answer_settles(c, resp);
	} else if (http_text_is(path, "/stop")) {
		http_server_stop(c->server);
		http_response_text(resp, 200, "text/plain", "last");
	} else if (http_text_is(path, "/die")) {
		answer_big(resp);
		(void)alarm(1); /* mid-body: the test does not read on */
	} else {
		http_response_text(resp, 404, "text/plain", "no");
	}
}

static void on_drained(void *ctx)
{
	struct child *c = ctx;
	loop_stop(c->loop);
}

static void on_stop_fd(void *ctx, uint32_t events, struct now now)
{
	struct child *c = ctx;
	(void)events, (void)now;
	loop_stop(c->loop);
}

static int make_file(void)
{
	int fd = memfd_create("net-test", MFD_CLOEXEC);
	assert_true(fd >= 0);
	static uint8_t all[NET_FILE_BYTES];
	for (uint64_t i = 0; i < sizeof all; i++)
		all[i] = net_pattern(i);
	assert_int_equal(write(fd, all, sizeof all), sizeof all);
	return fd;
}

static struct tls_context *server_tls(const struct net_world *w, const struct net_server_opts *o)
{
	struct err e = {0};
	struct tls_context *t = NULL;
	const struct net_id *id = &w->id[o->server ? o->server : NET_SERVER];
	struct tls_config c = {.cert_pem = buf_view(&id->pem),
			       .key = o->sign ? NULL : &id->key,
			       .sign = o->sign,
			       .sign_ctx = o->sign_ctx};
	if (o->ask_client)
		c.peer_ca_pem = buf_view(&w->id[NET_CA].pem);
	check_ok(tls_server_context(&c, &t, &e));
	return t;
}

/* In the child: serve until told to stop. Frees everything, so that a leak is found. */
static int serve(const struct net_world *w, const struct net_server_opts *o, int listen_fd, int stop_fd)
{
	struct err e = {0};
	struct child c = {.file_fd = make_file(), .settle_ms = o->settle_ms};
	struct loop_watch *watch;
	check_ok(loop_new(&c.loop, &e));
	check_ok(loop_watch_fd(c.loop, stop_fd, EPOLLIN, on_stop_fd, &c, &watch, &e));
	struct tls_context *tls = o->tls ? server_tls(w, o) : NULL;
	struct http_server_config config = {
		.loop = c.loop,
		.listen_fd = listen_fd,
		.tls = tls,
		.handler = handle,
		.ctx = &c,
		.body_max = o->body_max ? o->body_max : 1 << 20,
		.connections_max = o->connections_max ? o->connections_max : 16,
		.address_max = o->address_max,
		.handshake_ms = o->handshake_ms,
		.head_ms = o->head_ms,
		.body_ms = o->body_ms,
		.idle_ms = o->idle_ms,
		.settle = o->no_settle ? NULL : settle,
		.drained = on_drained,
	};
	check_ok(http_server_new(&config, &c.server, &e));
	check_ok(loop_run(c.loop, &e));
	http_server_free(c.server);
	tls_context_free(tls);
	loop_free(c.loop);
	(void)close(c.file_fd);
	(void)close(stop_fd);
	return 0;
}

void net_server_start(const struct net_world *w, const struct net_server_opts *o, struct net_server *ret)
{
	struct err e = {0};
	int listen_fd = -1, pipe_fd[2];
	check_ok(http_listen(o->address ? o->address : "127.0.0.1", 0, &listen_fd, &ret->port, &e));
	assert_int_equal(pipe(pipe_fd), 0);
	(void)fflush(NULL);
	ret->pid = fork();
	assert_true(ret->pid >= 0);
	if (ret->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(pipe_fd[1]);
		(void)signal(SIGALRM, SIG_DFL);
		exit(serve(w, o, listen_fd, pipe_fd[0])); /* not _exit: a leak must be found */
	}
	(void)close(listen_fd);
	(void)close(pipe_fd[0]);
	ret->stop_fd = pipe_fd[1];
}

void net_server_stop(struct net_server *s)
{
	int status = -1;
	(void)close(s->stop_fd);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct tls_context *net_client_tls(const struct net_world *w, enum net_who who, enum net_who ca)
{
	struct err e = {0};
	struct tls_context *t = NULL;
	struct tls_config c = {.peer_ca_pem = buf_view(&w->id[ca].pem)};
	if (who != NET_CA) {
		c.cert_pem = buf_view(&w->id[who].pem);
		c.key = &w->id[who].key;
	}
	check_ok(tls_client_context(&c, &t, &e));
	return t;
}

rc net_open(struct tls_context *tls, const char *host, uint16_t port, struct http_client **ret, struct err *e)
{
	struct http_client_config c = {.host = host, .port = port, .tls = tls, .connect_ms = 5000};
	return http_client_open(&c, ret, e);
}

rc net_get(struct http_client *c, const char *path, struct http_answer *ret, struct err *e)
{
	struct http_call call = {.method = HTTP_GET, .path = path, .body_max = 4 << 20, .deadline_ms = 10000};
	return http_client_call(c, &call, ret, e);
}

int net_raw_connect(uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

void net_raw_send(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

bool net_raw_drain(int fd, int ms, struct buf *out)
{
	int64_t until = clock_now().mono.ms + ms;
	for (;;) {
		int64_t left = until - clock_now().mono.ms;
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char piece[4096];
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return false;
		ssize_t n = recv(fd, piece, sizeof piece, 0);
		if (n <= 0)
			return true;
		buf_put(out, bytes_of(piece, (size_t)n));
	}
}
