/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes over one socket, plain or through OpenSSL, and the translation of OpenSSL's many ways to fail into three: wait,
 * ended, broken. A TLS stream that stops without close_notify is broken, not ended. Deadlines are the caller's.
 */
#include "host/net/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/net/tls_context.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

struct wire {
	int fd;
	SSL *ssl; /* NULL: plain */
	struct tls_context *tls;
	bool broken;
};

static bool is_address(const char *host)
{
	struct in6_addr a;
	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

/* The server must be who we meant: by address or by a name in subjectAltName, never by the subject's CN (RFC 9525). */
static bool expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool set_up(SSL *ssl, struct tls_context *tls, int fd, const char *host)
{
	BIO *bio = tls->server == !host ? BIO_new(tls->socket) : NULL; /* a client always says whom it wants */
	if (!bio)
		return false;
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	if (clock_now().wall.s < tls->clock_floor.s)
		X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)tls->clock_floor.s);
	if (tls->server) {
		SSL_set_accept_state(ssl);
		return true;
	}
	SSL_set_connect_state(ssl);
	if (tls->any_peer)
		return is_address(host) || SSL_set_tlsext_host_name(ssl, host) == 1;
	return expect_host(ssl, host);
}

rc wire_new(int fd, struct tls_context *tls, const char *host, struct wire **ret, struct err *e)
{
	struct wire *w = mem_alloc(sizeof *w);
	if (!w)
		return err_set(e, ERR_MEMORY, "connection: out of memory");
	w->fd = fd;
	w->tls = tls;
	if (tls) {
		w->ssl = SSL_new(tls->ctx);
		if (!w->ssl || !set_up(w->ssl, tls, fd, host)) {
			SSL_free(w->ssl);
			mem_free(w);
			ERR_clear_error();
			return err_set(e, ERR_INTERNAL, "connection: TLS cannot start");
		}
	}
	*ret = w;
	return RC_OK;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	SSL_free(w->ssl);
	(void)close(w->fd);
	mem_free(w);
}

int wire_fd(const struct wire *w)
{
	return w->fd;
}

/* Did the peer refuse our certificate (RFC 8446 6.2), as opposed to anything else it may complain about? */
static bool is_certificate_alert(int reason)
{
	switch (reason) {
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return true;
	default:
		return false;
	}
}

static void explain_library(const struct wire *w, struct err *e)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	const char *why = code ? ERR_reason_error_string(code) : NULL;
	const struct err *key = w->tls->remote ? tls_remote_key_failure(w->tls->remote) : NULL;
	long verdict = SSL_get_verify_result(w->ssl);
	bool library = ERR_GET_LIB(code) == ERR_LIB_SSL;
	if (key && key->code != ERR_NONE)
		(void)err_set(e, key->code, "TLS: our key: %s", key->text);
	else if (library && reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
		(void)err_set(e, ERR_TRUST, "TLS: the peer's certificate is refused: %s",
			      X509_verify_cert_error_string(verdict));
	else if (library && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		(void)err_set(e, ERR_TRUST, "TLS: the peer showed no certificate");
	else if (library && is_certificate_alert(reason))
		(void)err_set(e, ERR_TRUST, "TLS: the peer refused our certificate: %s", why ? why : "no reason given");
	else if (library && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		(void)err_set(e, ERR_NETWORK, "TLS: the connection was cut");
	else
		(void)err_set(e, ERR_NETWORK, "TLS: %s", why ? why : "failed");
}

/* OpenSSL judges a call by what lies in its error queue, and other rooms may have left something there. */
static void before(void)
{
	ERR_clear_error();
	errno = 0;
}

/* What became of an OpenSSL call that gave `result`. */
static enum wire_state after(struct wire *w, int result, struct err *e)
{
	int saved = errno;
	switch (SSL_get_error(w->ssl, result)) {
	case SSL_ERROR_NONE:
		return WIRE_OK;
	case SSL_ERROR_WANT_READ:
		return WIRE_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return WIRE_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return WIRE_END;
	case SSL_ERROR_SYSCALL:
		(void)(saved ? err_errno(e, saved, "connection") : err_set(e, ERR_NETWORK, "the connection was cut"));
		break;
	default:
		explain_library(w, e);
		break;
	}
	ERR_clear_error();
	w->broken = true;
	return WIRE_BROKEN;
}

enum wire_state wire_handshake(struct wire *w, struct err *e)
{
	if (!w->ssl)
		return WIRE_OK;
	before();
	enum wire_state s = after(w, SSL_do_handshake(w->ssl), e);
	if (s == WIRE_END) {
		w->broken = true;
		(void)err_set(e, ERR_NETWORK, "TLS: the peer closed during the handshake");
		return WIRE_BROKEN;
	}
	return s;
}

static enum wire_state plain_failed(struct wire *w, enum wire_state want, struct err *e)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return want;
	(void)err_errno(e, errno, "connection");
	w->broken = true;
	return WIRE_BROKEN;
}

enum wire_state wire_read(struct wire *w, void *out, size_t size, size_t *ret_n, struct err *e)
{
	if (w->ssl) {
		before();
		int done = SSL_read_ex(w->ssl, out, size, ret_n);
		return done == 1 ? WIRE_OK : after(w, done, e);
	}
	ssize_t n = recv(w->fd, out, size, 0);
	if (n < 0)
		return plain_failed(w, WIRE_WANT_READ, e);
	if (n == 0)
		return WIRE_END;
	*ret_n = (size_t)n;
	return WIRE_OK;
}

enum wire_state wire_write(struct wire *w, struct bytes in, size_t *ret_n, struct err *e)
{
	if (w->ssl) {
		before();
		int done = SSL_write_ex(w->ssl, in.p, in.n, ret_n);
		return done == 1 ? WIRE_OK : after(w, done, e);
	}
	ssize_t n = send(w->fd, in.p, in.n, MSG_NOSIGNAL);
	if (n < 0)
		return plain_failed(w, WIRE_WANT_WRITE, e);
	*ret_n = (size_t)n;
	return WIRE_OK;
}

void wire_finish(struct wire *w)
{
	if (w->ssl && !w->broken && SSL_is_init_finished(w->ssl)) {
		(void)SSL_shutdown(w->ssl);
		ERR_clear_error();
	}
	(void)shutdown(w->fd, SHUT_WR);
}

bool wire_has_more(const struct wire *w)
{
	return w->ssl && SSL_has_pending(w->ssl);
}

bool wire_is_quiet(struct wire *w)
{
	char byte;
	if (w->broken)
		return false;
	if (!w->ssl)
		return recv(w->fd, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
	size_t n = 0;
	before();
	int done = SSL_peek_ex(w->ssl, &byte, 1, &n); /* reads over a stranger's session tickets */
	return done != 1 && after(w, done, NULL) == WIRE_WANT_READ;
}

const char *wire_tls_version(const struct wire *w)
{
	return w->ssl ? SSL_get_version(w->ssl) : "";
}

const char *wire_tls_cipher(const struct wire *w)
{
	const char *name = w->ssl ? SSL_get_cipher_name(w->ssl) : NULL;
	return name ? name : "";
}

bool wire_peer_verified(const struct wire *w)
{
	return w->ssl && w->tls->asks_peer && SSL_is_init_finished(w->ssl) && SSL_get0_peer_certificate(w->ssl) &&
	       SSL_get_verify_result(w->ssl) == X509_V_OK;
}

static X509 *peer_of(const struct wire *w)
{
	return w->ssl ? SSL_get0_peer_certificate(w->ssl) : NULL;
}

rc wire_peer(const struct wire *w, struct cert_info *ret, struct err *e)
{
	X509 *x = peer_of(w);
	if (!x)
		return err_set(e, ERR_MISSING, "the peer showed no certificate");
	return cert_read_x509(x, ret, e);
}

rc wire_peer_pem(const struct wire *w, struct buf *out, struct err *e)
{
	X509 *x = peer_of(w);
	if (!x)
		return err_set(e, ERR_MISSING, "the peer showed no certificate");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = bio && PEM_write_bio_X509(bio, x) == 1 ? BIO_get_mem_data(bio, &text) : 0;
	if (n > 0)
		buf_put(out, bytes_of(text, (size_t)n));
	BIO_free(bio);
	return n > 0 ? buf_check(out, "peer certificate", e)
		     : err_set(e, ERR_INTERNAL, "certificate cannot be written");
}
