/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection over a non-blocking stream socket, plain or TLS, with the same four verbs. Used by the server and the
 * client of this room; nobody else needs it.
 */
#ifndef HALLMARK_HOST_NET_WIRE_H
#define HALLMARK_HOST_NET_WIRE_H

#include "core/crypto/cert.h"
#include "host/net/tls.h"

struct wire;

enum wire_state {
	WIRE_OK,
	WIRE_WANT_READ,	 /* call again when the socket is readable */
	WIRE_WANT_WRITE, /* ... writable */
	WIRE_END,	 /* the peer said it sends no more (TLS: close_notify; plain: end of file) */
	WIRE_BROKEN,	 /* see the error; only wire_free is left */
};

/*
 * Takes fd over on success (closed by wire_free). tls NULL: plain. `host`: the name or address that the server's
 * certificate must be valid for; NULL on a server. `tls` must outlive the wire.
 */
rc wire_new(int fd, struct tls_context *tls, const char *host, struct wire **ret, struct err *e) MUST_CHECK;
void wire_free(struct wire *w); /* accepts NULL */
int wire_fd(const struct wire *w);

/* Until it says OK. Plain: at once. BROKEN with ERR_TRUST if a certificate was refused, theirs or ours. */
enum wire_state wire_handshake(struct wire *w, struct err *e) MUST_CHECK;
/* OK: at least one byte. */
enum wire_state wire_read(struct wire *w, void *out, size_t size, size_t *ret_n, struct err *e) MUST_CHECK;
enum wire_state wire_write(struct wire *w, struct bytes in, size_t *ret_n, struct err *e) MUST_CHECK;
/* Say that we send no more; best effort, never waits. */
void wire_finish(struct wire *w);
/* Bytes that have come in and were not read yet: no event of the socket will tell of them. */
bool wire_has_more(const struct wire *w);
/* Is the connection fit for a new request: not closed, and no unasked bytes? Never waits. */
bool wire_is_quiet(struct wire *w);

const char *wire_tls_version(const struct wire *w); /* "" when plain */
const char *wire_tls_cipher(const struct wire *w);
/* The certificate the peer showed; verified if the context checks its peers. ERR_MISSING if none. */
rc wire_peer(const struct wire *w, struct cert_info *ret, struct err *e) MUST_CHECK;
rc wire_peer_pem(const struct wire *w, struct buf *out, struct err *e) MUST_CHECK;
bool wire_peer_verified(const struct wire *w);

#endif
