/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The net role: sockets, TLS and HTTP towards the one configured service, and nothing else. It has no files and no
 * keys: a handshake is signed by the engine. One call at a time, in the order in which the engine asks; a piece of an
 * answer is sent only when the engine has asked for it, so that a slow disk slows the sender down.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "core/base/mem.h"
#include "core/crypto/hash.h"
#include "core/crypto/library.h"
#include "host/net/http_client.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/sandbox.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define ENGINE_WAIT_MS 60000 /* for a signature, or for the engine to take a piece */
#define CONNECT_MS 10000
#define HOST_SIZE 256
#define RETRY_AFTER_MAX_S (7 * 86400)

struct net {
	int fd;
	struct buf message;
	char host[HOST_SIZE];
	uint16_t port;
	struct tls_context *tls;
	struct http_client *client;
	bool broken; /* the engine is gone or sent nonsense: end */
};

/* The call that runs. */
struct net_call {
	struct net *net;
	uint32_t id;
	struct buf piece;
};

static rc broken_peer(struct net *n, struct err *e)
{
	n->broken = true;
	return err_set(e, ERR_INPUT, "malformed message from the engine");
}

static rc receive(struct net *n, int64_t timeout_ms, uint16_t *ret_type, struct err *e)
{
	rc r = channel_receive(n->fd, timeout_ms, ret_type, &n->message, e);
	if (rc_failed(r))
		n->broken = true;
	return r;
}

/* ---- handshake signatures ---- */

static rc sign(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
{
	struct net *n = ctx;
	uint16_t type = 0;
	rc r = channel_send(n->fd, NET_SIGN, bytes_of(digest, SHA256_SIZE), e);
	if (rc_ok(r))
		r = receive(n, ENGINE_WAIT_MS, &type, e);
	if (rc_failed(r))
		return r;
	struct cur c = cur_of(buf_view(&n->message));
	if (type == NET_CANCEL)
		return err_set(e, ERR_BUSY, "cancelled");
	uint8_t ok = cur_u8(&c);
	struct bytes der = cur_take(&c, cur_left(&c));
	if (type != NET_SIGNATURE || !cur_ok(&c) || ok > 1 || der.n > KEY_SIGNATURE_MAX)
		return broken_peer(n, e);
	if (!ok)
		return err_set(e, ERR_TRUST, "the engine refused to sign");
	buf_put(out, der);
	return buf_check(out, "signature", e);
}

static rc configure(struct net *n, struct cur *c, struct err *e)
{
	char cert[CHANNEL_PAYLOAD_MAX / 4], ca[CHANNEL_PAYLOAD_MAX / 4];
	struct wall_time floor = {(int64_t)cur_u64(c)};
	n->port = cur_u16(c);
	channel_get_text(c, n->host, sizeof n->host);
	channel_get_text(c, cert, sizeof cert);
	channel_get_text(c, ca, sizeof ca);
	if (!cur_ok(c) || n->tls)
		return broken_peer(n, e);
	struct tls_config config = {.cert_pem = bytes_of_text(cert),
				    .sign = sign,
				    .sign_ctx = n,
				    .peer_ca_pem = bytes_of_text(ca),
				    .clock_floor = floor};
	return tls_client_context(&config, &n->tls, e);
}

/* ---- calls ---- */

static rc send_piece(struct net_call *call, struct err *e)
{
	struct net *n = call->net;
	uint16_t type = 0;
	rc r = channel_send(n->fd, NET_DATA, buf_view(&call->piece), e);
	if (rc_ok(r))
		r = receive(n, ENGINE_WAIT_MS, &type, e);
	if (rc_failed(r))
		return r;
	buf_reset(&call->piece);
	buf_put_u32(&call->piece, call->id);
	struct cur c = cur_of(buf_view(&n->message));
	if (cur_u32(&c) != call->id || !cur_ok(&c) || (type != NET_MORE && type != NET_CANCEL))
		return broken_peer(n, e);
	return type == NET_MORE ? RC_OK : err_set(e, ERR_BUSY, "cancelled");
}

/* Pieces from TLS are small; the engine gets them by the chunk. */
static rc take_piece(void *ctx, struct bytes piece, struct err *e)
{
	struct net_call *call = ctx;
	while (piece.n) {
		size_t room = MESSAGES_CHUNK_MAX + sizeof(uint32_t) - call->piece.len;
		size_t n = piece.n < room ? piece.n : room;
		buf_put(&call->piece, bytes_of(piece.p, n));
		piece = bytes_of(piece.p + n, piece.n - n);
		rc r = buf_check(&call->piece, "piece of an answer", e);
		if (rc_ok(r) && n == room)
			r = send_piece(call, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

static uint32_t retry_after(const struct http_answer *a)
{
	struct http_head head;
	size_t used;
	char text[16], *end;
	if (http_parse_response(buf_view(&a->head), &head, &used) != HTTP_PARSE_DONE)
		return 0;
	const struct http_text *t = http_header(&head, "Retry-After");
	if (!t || !http_text_copy(*t, text, sizeof text) || text[0] < '0' || text[0] > '9')
		return 0;
	unsigned long s = strtoul(text, &end, 10);
	return *end ? 0 : s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (uint32_t)s;
}

static rc send_end(struct net *n, uint32_t id, rc result, const struct http_answer *a, struct err *e)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	e->text[MESSAGES_TEXT_MAX - 1] = 0;
	buf_put_u32(&b, id);
	buf_put_u8(&b, (uint8_t)result.code);
	buf_put_u16(&b, (uint16_t)(rc_ok(result) && a ? a->status : 0));
	buf_put_u32(&b, rc_ok(result) && a ? retry_after(a) : 0);
	channel_put_text(&b, rc_failed(result) ? e->text : "");
	return channel_send(n->fd, NET_END, buf_view(&b), e);
}

static rc exchange(struct net *n, struct net_call *call, const struct http_call *http, struct http_answer *a,
		   struct err *e)
{
	rc r = RC_OK;
	if (!n->client) {
		struct http_client_config config = {
			.host = n->host, .port = n->port, .tls = n->tls, .connect_ms = CONNECT_MS};
		r = http_client_open(&config, &n->client, e);
	}
	if (rc_ok(r))
		r = http_client_call(n->client, http, a, e);
	if (rc_ok(r) && call->piece.len > sizeof(uint32_t))
		r = send_piece(call, e);
	if (rc_failed(r)) {
		http_client_free(n->client);
		n->client = NULL;
	}
	return r;
}

static rc do_call(struct net *n, struct cur *c, struct err *e)
{
	char path[MESSAGES_PATH_MAX], headers[MESSAGES_HEADERS_MAX];
	CLEANUP(buf_done) struct buf body;
	CLEANUP(http_answer_done) struct http_answer answer = {0};
	struct net_call call = {.net = n, .id = cur_u32(c)};
	uint8_t post = cur_u8(c);
	struct http_call http = {.method = post ? HTTP_POST : HTTP_GET, .sink = take_piece, .sink_ctx = &call};
	http.deadline_ms = cur_u32(c);
	http.body_max = cur_u32(c);
	channel_get_text(c, path, sizeof path);
	channel_get_text(c, headers, sizeof headers);
	buf_init(&body, MESSAGES_BODY_MAX);
	buf_put(&body, cur_take(c, cur_left(c))); /* a copy: the message buffer is used again during the call */
	if (!cur_ok(c) || post > 1 || !n->tls || rc_failed(buf_check(&body, "request", e)))
		return broken_peer(n, e);
	http.path = path;
	http.headers = headers;
	http.body = buf_view(&body);
	buf_init(&call.piece, MESSAGES_CHUNK_MAX + sizeof(uint32_t));
	buf_put_u32(&call.piece, call.id);
	http_answer_init(&answer, http.body_max);
	rc r = exchange(n, &call, &http, &answer, e);
	buf_done(&call.piece);
	return n->broken ? r : send_end(n, call.id, r, &answer, e);
}

/* ---- probes of the product's own listeners ---- */

static rc connect_local(uint16_t port, int deadline_ms, struct err *e)
{
	FD_AUTO int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int failed = 0;
	socklen_t n = sizeof failed;
	if (fd < 0)
		return err_errno(e, errno, "socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return RC_OK;
	if (errno != EINPROGRESS)
		return err_errno(e, errno, "port %u", port);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	if (poll(&p, 1, deadline_ms) <= 0)
		return err_set(e, ERR_TIMEOUT, "port %u: no answer", port);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n) != 0 || failed)
		return err_errno(e, failed ? failed : errno, "port %u", port);
	return RC_OK;
}

static rc do_probe(struct net *n, struct cur *c, struct err *e)
{
	uint32_t id = cur_u32(c);
	uint16_t port = cur_u16(c);
	uint32_t deadline_ms = cur_u32(c);
	if (!cur_ok(c) || deadline_ms > ENGINE_WAIT_MS)
		return broken_peer(n, e);
	rc r = connect_local(port, (int)deadline_ms, e);
	return send_end(n, id, r, NULL, e);
}

static rc handle(struct net *n, uint16_t type, struct err *e)
{
	struct cur c = cur_of(buf_view(&n->message));
	switch (type) {
	case NET_CONFIG:
		return configure(n, &c, e);
	case NET_CALL:
		return do_call(n, &c, e);
	case NET_PROBE:
		return do_probe(n, &c, e);
	case NET_CANCEL: /* its call ended in the meantime */
		return RC_OK;
	default:
		return broken_peer(n, e);
	}
}

static rc enter(const struct hallmarkd_options *o, int fd, struct err *e)
{
	/* For names; a device whose service has a numeric address needs none of them. */
	static const char *const name_files[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
						 "/etc/gai.conf", NULL};
	uid_t uid = hallmarkd_uid(o, HALLMARKD_UID_NET);
	struct sandbox box = {.uid = uid, .gid = (gid_t)uid, .read_paths = name_files, .keep = SANDBOX_CONNECT};
	struct sandbox_state state = {0};
	rc r = sandbox_enter(&box, &state, e);
	if (rc_failed(r))
		return r;
	uint8_t bits = (uint8_t)((state.user_dropped ? MESSAGES_SANDBOX_USER : 0) |
				 (state.no_new_privs ? MESSAGES_SANDBOX_NO_NEW_PRIVS : 0) |
				 (state.landlock ? MESSAGES_SANDBOX_LANDLOCK : 0) |
				 (state.seccomp ? MESSAGES_SANDBOX_SECCOMP : 0));
	return channel_send(fd, NET_READY, bytes_of(&bits, 1), e);
}

int net_main(const struct hallmarkd_options *o)
{
	struct net n = {.fd = SPAWN_FIRST_FD};
	struct err e = {0};
	buf_init(&n.message, CHANNEL_PAYLOAD_MAX);
	library_start();
	rc r = enter(o, n.fd, &e);
	while (rc_ok(r)) {
		uint16_t type = 0;
		err_clear(&e);
		r = receive(&n, -1, &type, &e);
		if (r.code == ERR_NETWORK) /* the engine ended: so do we */
			break;
		if (rc_ok(r))
			r = handle(&n, type, &e);
		mem_trim(); /* it now waits, mostly for minutes */
	}
	http_client_free(n.client);
	tls_context_free(n.tls);
	buf_done(&n.message);
	if (rc_ok(r) || (r.code == ERR_NETWORK && !*e.hint && n.broken))
		return HALLMARKD_OK;
	hallmarkd_log("net", "%s", e.text);
	return HALLMARKD_FAILED;
}
