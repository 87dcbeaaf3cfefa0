/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange after another over one connection, each within a total deadline: non-blocking socket, poll, and a clock
 * that is looked at before every wait. Reading is strict about where an answer ends; a body that stops early is an
 * error, never a short answer.
 */
#include "host/net/http_client.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/net/http_chunks.h"
#include "host/net/wire.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define CONNECT_MS 10000
#define CALL_MS 30000
#define READ_BYTES 32768
#define ANSWER_HEAD_MAX (HTTP_HEAD_MAX + READ_BYTES)
#define REQUEST_HEAD_MAX HTTP_HEAD_MAX
#define INTERIM_MAX 4 /* 1xx answers before the real one */
#define HOST_MAX 255

struct http_client {
	char host[HOST_MAX + 1];
	uint16_t port;
	struct tls_context *tls;
	int64_t connect_ms;
	struct wire *wire; /* NULL: not connected */
};

/* A total deadline, on the monotonic clock. */
struct deadline {
	int64_t at_ms;
	const char *what;
};

static struct deadline deadline_in(int64_t ms, const char *what)
{
	return (struct deadline){clock_now().mono.ms + ms, what};
}

static struct deadline earlier(struct deadline a, struct deadline b)
{
	return a.at_ms <= b.at_ms ? a : b;
}

/* Until the socket is ready for `events`, or the deadline. */
static rc wait_for(int fd, short events, struct deadline d, struct err *e)
{
	for (;;) {
		int64_t left = d.at_ms - clock_now().mono.ms;
		if (left <= 0)
			return err_set(e, ERR_TIMEOUT, "%s took too long", d.what);
		struct pollfd p = {.fd = fd, .events = events};
		int n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return RC_OK;
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "poll");
	}
}

/* Go on, wait, or fail, after a step of the wire. True: the caller tries again. */
static bool again(const struct http_client *c, enum wire_state s, struct deadline d, rc *r, struct err *e)
{
	if (s == WIRE_WANT_READ || s == WIRE_WANT_WRITE) {
		*r = wait_for(wire_fd(c->wire), s == WIRE_WANT_READ ? POLLIN : POLLOUT, d, e);
		return rc_ok(*r);
	}
	if (s == WIRE_BROKEN)
		*r = (rc){e->code == ERR_NONE ? ERR_NETWORK : e->code};
	return false;
}

static void disconnect(struct http_client *c)
{
	wire_free(c->wire);
	c->wire = NULL;
}

static rc connect_to(const struct addrinfo *at, struct deadline d, int *ret_fd, struct err *e)
{
	int yes = 1, failure = 0;
	socklen_t n = sizeof failure;
	FD_AUTO int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, errno, "socket");
	if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
		if (errno != EINPROGRESS)
			return err_errno(e, errno, "connect");
		rc r = wait_for(fd, POLLOUT, d, e);
		if (rc_failed(r))
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &n) != 0 || failure)
			return err_errno(e, failure ? failure : errno, "connect");
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

/* Each address of the name in turn; the time left is shared by those not tried yet. */
static rc connect_any(const struct addrinfo *list, struct deadline d, int *ret_fd, struct err *e)
{
	int left = 0;
	rc r = err_set(e, ERR_MISSING, "no address");
	for (const struct addrinfo *at = list; at; at = at->ai_next)
		left++;
	for (const struct addrinfo *at = list; at; at = at->ai_next, left--) {
		int64_t share = (d.at_ms - clock_now().mono.ms) / left;
		r = connect_to(at, earlier(d, deadline_in(share, d.what)), ret_fd, e);
		if (rc_ok(r))
			break;
	}
	return r;
}

static rc resolve(const struct http_client *c, struct addrinfo **ret, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	char port[8];
	(void)snprintf(port, sizeof port, "%u", c->port);
	if (getaddrinfo(c->host, port, &hints, ret) == 0)
		return RC_OK;
	hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
	int bad = getaddrinfo(c->host, port, &hints, ret);
	if (bad != 0)
		return err_set(e, ERR_NETWORK, "the name cannot be resolved: %s", gai_strerror(bad));
	return RC_OK;
}

static rc handshake(struct http_client *c, struct deadline d, struct err *e)
{
	rc r = RC_OK;
	enum wire_state s;
	do
		s = wire_handshake(c->wire, e);
	while (again(c, s, d, &r, e));
	return r;
}

static rc connect_now(struct http_client *c, struct deadline d, struct err *e)
{
	struct addrinfo *list = NULL;
	int fd = -1;
	rc r = resolve(c, &list, e);
	if (rc_failed(r))
		return r;
	r = connect_any(list, d, &fd, e);
	freeaddrinfo(list);
	if (rc_failed(r))
		return r.code == ERR_TIMEOUT || r.code == ERR_NETWORK ? r : (rc){e->code = ERR_NETWORK};
	r = wire_new(fd, c->tls, c->host, &c->wire, e);
	if (rc_failed(r)) {
		(void)close(fd);
		return r;
	}
	r = handshake(c, d, e);
	if (rc_failed(r))
		disconnect(c);
	else
		err_clear(e);
	return r;
}

/* The same errors, with where to. `e` may be NULL in the callers of this room's interface; inside it never is. */
static rc connect_named(struct http_client *c, struct deadline d, struct err *e)
{
	struct err own = {0};
	rc r = connect_now(c, d, &own);
	if (rc_failed(r)) {
		(void)err_wrap(&own, "connecting to %s port %u", c->host, c->port);
		if (e)
			*e = own;
	}
	return r;
}

rc http_client_open(const struct http_client_config *config, struct http_client **ret, struct err *e)
{
	if (!config->host || !*config->host || strlen(config->host) > HOST_MAX || config->port == 0)
		return err_set(e, ERR_INPUT, "HTTP client: a host of 1 to %d characters and a port are needed",
			       HOST_MAX);
	struct http_client *c = mem_alloc(sizeof *c);
	if (!c)
		return err_set(e, ERR_MEMORY, "HTTP client: out of memory");
	(void)snprintf(c->host, sizeof c->host, "%s", config->host);
	c->port = config->port;
	c->tls = config->tls;
	c->connect_ms = config->connect_ms > 0 ? config->connect_ms : CONNECT_MS;
	rc r = connect_named(c, deadline_in(c->connect_ms, "connecting"), e);
	if (rc_failed(r))
		http_client_free(c);
	else
		*ret = c;
	return r;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	if (c->wire)
		wire_finish(c->wire);
	disconnect(c);
	mem_free(c);
}

const char *http_client_tls_version(const struct http_client *c)
{
	return c->wire ? wire_tls_version(c->wire) : "";
}

const char *http_client_tls_cipher(const struct http_client *c)
{
	return c->wire ? wire_tls_cipher(c->wire) : "";
}

rc http_client_peer_cert(const struct http_client *c, struct buf *out, struct err *e)
{
	if (!c->wire)
		return err_set(e, ERR_MISSING, "not connected");
	return wire_peer_pem(c->wire, out, e);
}

void http_answer_init(struct http_answer *a, size_t body_max)
{
	*a = (struct http_answer){0};
	buf_init(&a->head, ANSWER_HEAD_MAX);
	buf_init(&a->body, body_max);
}

void http_answer_done(struct http_answer *a)
{
	buf_done(&a->head);
	buf_done(&a->body);
}

/* A path or header that could end the request early would be a second request. */
static bool call_ok(const struct http_call *call)
{
	const char *h = call->headers ? call->headers : "";
	if (!call->path || call->path[0] != '/' || (unsigned)call->method >= HTTP_METHOD_COUNT)
		return false;
	for (const char *p = call->path; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f)
			return false;
	for (const char *line = h; *line;) {
		const char *end = strstr(line, "\r\n");
		if (!end || end == line || !memchr(line, ':', (size_t)(end - line)))
			return false;
		line = end + 2;
	}
	return true;
}

static void put_request(const struct http_client *c, const struct http_call *call, struct buf *out)
{
	bool v6 = strchr(c->host, ':') != NULL;
	bool standard = c->port == (c->tls ? 443 : 80);
	buf_putf(out, "%s %s HTTP/1.1\r\nHost: %s%s%s", http_method_name(call->method), call->path, v6 ? "[" : "",
		 c->host, v6 ? "]" : "");
	if (!standard)
		buf_putf(out, ":%u", c->port);
	buf_put_text(out, "\r\n");
	if (call->body.n || call->method == HTTP_POST || call->method == HTTP_PUT)
		buf_putf(out, "Content-Length: %zu\r\n", call->body.n);
	if (call->headers)
		buf_put_text(out, call->headers);
	buf_put_text(out, "\r\n");
}

static rc send_all(struct http_client *c, struct bytes in, struct deadline d, struct err *e)
{
	rc r = RC_OK;
	while (in.n && rc_ok(r)) {
		size_t put = 0;
		enum wire_state s = wire_write(c->wire, in, &put, e);
		if (s == WIRE_OK)
			in = bytes_of(in.p + put, in.n - put);
		else if (!again(c, s, d, &r, e) && rc_ok(r))
			r = err_set(e, ERR_NETWORK, "the connection ended while sending");
	}
	return r;
}

/* At least one byte more at the end of `in`; *ret_end instead when the peer has finished. */
static rc receive(struct http_client *c, struct buf *in, struct deadline d, bool *ret_end, struct err *e)
{
	for (;;) {
		size_t room = in->max - in->len < READ_BYTES ? in->max - in->len : READ_BYTES, got = 0;
		uint8_t *at = room ? buf_room(in, room) : NULL;
		if (!at)
			return err_set(e, ERR_LIMIT, "the answer does not fit");
		rc r = RC_OK;
		enum wire_state s = wire_read(c->wire, at, room, &got, e);
		if (s == WIRE_OK)
			buf_grew(in, got);
		else if (again(c, s, d, &r, e))
			continue;
		*ret_end = s == WIRE_END;
		return r;
	}
}

/* One reading of an answer: what is known of it so far. */
struct reading {
	struct http_client *c;
	const struct http_call *call;
	struct http_answer *ret;
	struct deadline d;
	struct buf in;	       /* received, not used yet */
	struct http_head head; /* borrows from ret->head */
	uint64_t body_n;       /* of the body so far */
};

static rc take_body(struct reading *r, struct bytes piece, struct err *e)
{
	if (piece.n > r->call->body_max - r->body_n)
		return err_set(e, ERR_LIMIT, "the answer's body is larger than %zu bytes", r->call->body_max);
	r->body_n += piece.n;
	if (r->call->sink && r->ret->status / 100 == 2)
		return piece.n ? r->call->sink(r->call->sink_ctx, piece, e) : RC_OK;
	buf_put(&r->ret->body, piece);
	return buf_check(&r->ret->body, "the answer's body", e);
}

static rc more(struct reading *r, bool *ret_end, struct err *e)
{
	buf_reset(&r->in);
	return receive(r->c, &r->in, r->d, ret_end, e);
}

static rc read_length_body(struct reading *r, struct err *e)
{
	uint64_t left = r->head.length;
	bool end = false;
	if (left > r->call->body_max)
		return err_set(e, ERR_LIMIT, "the answer's body has %llu bytes, at most %zu are taken",
			       (unsigned long long)left, r->call->body_max);
	for (;;) {
		struct bytes piece = bytes_of(r->in.data, r->in.len < left ? r->in.len : (size_t)left);
		rc done = take_body(r, piece, e);
		left -= piece.n;
		if (rc_failed(done) || left == 0) {
			buf_drop(&r->in, piece.n);
			return done;
		}
		done = more(r, &end, e);
		if (rc_failed(done))
			return done;
		if (end)
			return err_set(e, ERR_NETWORK, "the answer was cut: %llu bytes are missing",
				       (unsigned long long)left);
	}
}

static rc read_chunked_body(struct reading *r, struct err *e)
{
	struct http_chunks chunks = {0};
	bool end = false;
	for (;;) {
		size_t used = 0;
		struct bytes piece = {0};
		enum http_parse p = http_chunks_step(&chunks, buf_view(&r->in), &used, &piece);
		if (p == HTTP_PARSE_BAD)
			return err_set(e, ERR_INPUT, "the answer's chunks are malformed");
		rc done = take_body(r, piece, e);
		buf_drop(&r->in, used);
		if (rc_failed(done) || p == HTTP_PARSE_DONE)
			return done;
		if (r->in.len)
			continue;
		done = more(r, &end, e);
		if (rc_failed(done))
			return done;
		if (end)
			return err_set(e, ERR_NETWORK, "the answer was cut inside its chunks");
	}
}

/* Neither length nor chunks: the body lasts until the peer says that it is done (RFC 9112 6.3). */
static rc read_rest_body(struct reading *r, struct err *e)
{
	bool end = false;
	r->head.keep_alive = false;
	while (!end) {
		rc done = take_body(r, buf_view(&r->in), e);
		if (rc_ok(done))
			done = more(r, &end, e);
		if (rc_failed(done))
			return done;
	}
	return RC_OK;
}

static rc read_body(struct reading *r, struct err *e)
{
	int status = r->head.status;
	if (r->call->method == HTTP_HEAD || status == 204 || status == 304)
		return RC_OK;
	if (r->head.chunked)
		return read_chunked_body(r, e);
	return r->head.has_length ? read_length_body(r, e) : read_rest_body(r, e);
}

/* One head into ret->head, what came after it into r->in. */
static rc read_head(struct reading *r, struct err *e)
{
	struct buf *raw = &r->ret->head;
	size_t used = 0;
	buf_reset(raw);
	buf_put(raw, buf_view(&r->in));
	buf_reset(&r->in);
	for (;;) {
		bool end = false;
		enum http_parse p = http_parse_response(buf_view(raw), &r->head, &used);
		if (p == HTTP_PARSE_DONE)
			break;
		if (p == HTTP_PARSE_BAD)
			return err_set(e, ERR_INPUT, "the answer is not strict HTTP/1.1");
		rc got = receive(r->c, raw, r->d, &end, e);
		if (rc_failed(got))
			return got;
		if (end)
			return err_set(e, ERR_NETWORK, "the peer closed the connection without a whole answer");
	}
	buf_put(&r->in, bytes_of(raw->data + used, raw->len - used));
	raw->len = used; /* the head's texts stay where they are */
	raw->data[used] = 0;
	return buf_check(&r->in, "answer", e);
}

static rc read_answer(struct reading *r, struct err *e)
{
	rc done = RC_OK;
	for (int i = 0; i <= INTERIM_MAX; i++) {
		done = read_head(r, e);
		if (rc_failed(done))
			return done;
		if (r->head.status >= 200 || r->head.status == 101)
			break;
	}
	if (r->head.status < 200)
		return err_set(e, ERR_INPUT, "the peer sends interim answers without end");
	r->ret->status = r->head.status;
	const struct http_text *etag = http_header(&r->head, "etag");
	if (!etag || !http_text_copy(*etag, r->ret->etag, sizeof r->ret->etag))
		r->ret->etag[0] = 0;
	return read_body(r, e);
}

static rc send_request(struct http_client *c, const struct http_call *call, struct deadline d, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf out;
	buf_init(&out, REQUEST_HEAD_MAX);
	put_request(c, call, &out);
	rc r = buf_check(&out, "request head", e);
	if (rc_ok(r))
		r = send_all(c, buf_view(&out), d, e);
	return rc_ok(r) ? send_all(c, call->body, d, e) : r;
}

static rc exchange(struct http_client *c, const struct http_call *call, struct deadline d, struct http_answer *ret,
		   struct err *e)
{
	struct reading reading = {.c = c, .call = call, .ret = ret, .d = d};
	struct err late = {0};
	buf_init(&reading.in, ANSWER_HEAD_MAX);
	rc sent = send_request(c, call, d, e);
	rc r = sent;
	/* A server that refuses early (413, a TLS alert) stops reading: its answer is worth more than our failed write.
	 */
	if (rc_ok(sent) || sent.code == ERR_NETWORK) {
		r = read_answer(&reading, &late);
		if (rc_failed(r) && (rc_ok(sent) || late.code == ERR_TRUST))
			*e = late;
		else if (rc_failed(r))
			r = sent;
	}
	if (rc_failed(r) || rc_failed(sent) || !reading.head.keep_alive || reading.in.len > 0)
		disconnect(c);
	buf_done_wiped(&reading.in);
	return r;
}

rc http_client_call(struct http_client *c, const struct http_call *call, struct http_answer *ret, struct err *e)
{
	struct err own = {0};
	struct deadline d = deadline_in(call->deadline_ms > 0 ? call->deadline_ms : CALL_MS, "the exchange");
	buf_reset(&ret->head);
	buf_reset(&ret->body);
	ret->status = 0;
	ret->etag[0] = 0;
	if (!call_ok(call))
		return err_set(e, ERR_INPUT, "HTTP call: the path or a header cannot be sent");
	if (c->wire && !wire_is_quiet(c->wire))
		disconnect(c); /* closed meanwhile, or bytes nobody asked for */
	if (!c->wire) {
		rc r = connect_named(c, earlier(d, deadline_in(c->connect_ms, "connecting")), e);
		if (rc_failed(r))
			return r;
	}
	rc r = exchange(c, call, d, ret, &own);
	if (rc_ok(r))
		return r;
	(void)err_wrap(&own, "%s %s at %s port %u", http_method_name(call->method), call->path, c->host, c->port);
	if (e)
		*e = own;
	return r;
}
