/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we accept in TLS, said once: one version, three ciphers, two groups, one CA, the right purpose. Nothing here is
 * read from OpenSSL's configuration file. The bytes on the socket and the handshake are wire.c's.
 */
#include "host/net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <time.h>

#include "core/crypto/cert.h"
#include "host/net/tls_context.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define OUR_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define OUR_GROUPS "X25519:P-256"
#define CA_MAX 8	  /* certificates in peer_ca_pem */
#define CHAIN_DEPTH_MAX 2 /* leaf, at most one CA between, root */

static rc failed(struct err *e, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;
	ERR_clear_error();
	return err_set(e, ERR_INTERNAL, "TLS: %s: %s", what, why ? why : "failed");
}

static void retry_if_blocked(BIO *b, bool reading)
{
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return;
	if (reading)
		BIO_set_retry_read(b);
	else
		BIO_set_retry_write(b);
}

/* OpenSSL's own socket BIO writes with write(2): a peer that left would kill the process with SIGPIPE. */
static int bio_write(BIO *b, const char *p, int n)
{
	BIO_clear_retry_flags(b);
	ssize_t put = send((int)(intptr_t)BIO_get_data(b), p, (size_t)n, MSG_NOSIGNAL);
	if (put < 0)
		retry_if_blocked(b, false);
	return (int)put;
}

static int bio_read(BIO *b, char *p, int n)
{
	BIO_clear_retry_flags(b);
	ssize_t got = recv((int)(intptr_t)BIO_get_data(b), p, (size_t)n, 0);
	if (got < 0)
		retry_if_blocked(b, true);
	if (got == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return (int)got;
}

static long bio_ctrl(BIO *b, int cmd, long arg, void *p)
{
	(void)arg, (void)p;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	default:
		return 0;
	}
}

static BIO_METHOD *socket_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "hallmark socket");
	if (m && BIO_meth_set_write(m, bio_write) == 1 && BIO_meth_set_read(m, bio_read) == 1 &&
	    BIO_meth_set_ctrl(m, bio_ctrl) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

static X509 *next_cert(BIO *bio)
{
	return PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

/* All certificates of the text become anchors; other text is refused. With `names`, also the list sent to clients. */
static rc add_peer_cas(SSL_CTX *ctx, struct bytes pem, bool names, struct err *e)
{
	if (pem.n > CERT_PEM_MAX)
		return err_set(e, ERR_LIMIT, "CA certificates: %zu bytes, at most %d", pem.n, CERT_PEM_MAX);
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	size_t n = 0;
	bool added = bio != NULL;
	for (X509 *x; added && n <= CA_MAX && (x = next_cert(bio)); n++) {
		added = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1 &&
			(!names || SSL_CTX_add_client_CA(ctx, x) == 1);
		X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error(); /* "no more PEM" */
	if (!added || n == 0 || n > CA_MAX)
		return err_set(e, ERR_INPUT, "CA certificates of peers: need 1 to %d readable PEM certificates",
			       CA_MAX);
	return RC_OK;
}

static bool right_purpose(X509 *leaf, bool of_client)
{
	uint32_t uses = X509_get_extended_key_usage(leaf); /* UINT32_MAX: the extension is not there */
	return uses != UINT32_MAX && (uses & (of_client ? XKU_SSL_CLIENT : XKU_SSL_SERVER));
}

/* OpenSSL lets a certificate without any extended key usage pass for every purpose; we do not. */
static int check_peer(int ok, X509_STORE_CTX *store, bool of_client)
{
	if (!ok)
		return 0;
	if (X509_STORE_CTX_get_error_depth(store) > 0 ||
	    right_purpose(X509_STORE_CTX_get_current_cert(store), of_client))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
	return 0;
}

static int check_client(int ok, X509_STORE_CTX *store)
{
	return check_peer(ok, store, true);
}

static int check_server(int ok, X509_STORE_CTX *store)
{
	return check_peer(ok, store, false);
}

static bool time_of(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm = {0};
	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = (int64_t)timegm(&tm);
	return true;
}

/* When all certificates of a verified chain are valid at once: the leaf is trusted no longer than who vouches for it.
 */
static bool chain_validity(STACK_OF(X509) * chain, struct tls_leaf *leaf)
{
	leaf->from.s = INT64_MIN;
	leaf->until.s = INT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *x = sk_X509_value(chain, i);
		int64_t from, until;
		if (!time_of(X509_get0_notBefore(x), &from) || !time_of(X509_get0_notAfter(x), &until))
			return false;
		leaf->from.s = from > leaf->from.s ? from : leaf->from.s;
		leaf->until.s = until < leaf->until.s ? until : leaf->until.s;
	}
	return sk_X509_num(chain) > 0;
}

/* In place of X509_verify_cert, for clients' certificates: only what it accepted before, as it was, is accepted
 * without it. check_client has its say in it. */
static int verify_client(X509_STORE_CTX *store, void *arg)
{
	struct tls_context *t = arg;
	struct tls_leaf leaf = {0};
	unsigned n = 0;
	X509 *x = X509_STORE_CTX_get0_cert(store);
	struct wall_time now = clock_now().wall;
	if (now.s < t->clock_floor.s)
		now = t->clock_floor;
	bool named = x && X509_digest(x, EVP_sha256(), leaf.fingerprint, &n) == 1 && n == SHA256_SIZE;
	if (named && tls_leaves_known(t->leaves, leaf.fingerprint, now)) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	int verdict = X509_verify_cert(store);
	if (verdict == 1 && X509_STORE_CTX_get_error(store) == X509_V_OK && named &&
	    chain_validity(X509_STORE_CTX_get0_chain(store), &leaf))
		tls_leaves_add(t->leaves, &leaf);
	return verdict;
}

static rc use_key(struct tls_context *t, const struct tls_config *c, X509 *cert, struct err *e)
{
	EVP_PKEY *key = c->key ? c->key->key : NULL;
	if (!key) {
		EVP_PKEY *pub = X509_get0_pubkey(cert);
		if (!c->sign || !pub)
			return err_set(e, ERR_INPUT, "TLS: a certificate without a key or a signer");
		rc r = tls_remote_key_new(pub, c->sign, c->sign_ctx, &t->remote, e);
		if (rc_failed(r))
			return r;
		key = tls_remote_key_pkey(t->remote);
	}
	if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1)
		return err_set(e, ERR_INPUT, "TLS: the private key does not belong to the certificate");
	return RC_OK;
}

static rc use_own(struct tls_context *t, const struct tls_config *c, struct err *e)
{
	if (c->cert_pem.n == 0)
		return t->server ? err_set(e, ERR_INPUT, "TLS: a server needs a certificate") : RC_OK;
	if (c->cert_pem.n > CERT_PEM_MAX)
		return err_set(e, ERR_LIMIT, "certificate: %zu bytes, at most %d", c->cert_pem.n, CERT_PEM_MAX);
	BIO *bio = BIO_new_mem_buf(c->cert_pem.p, (int)c->cert_pem.n);
	X509 *x = bio ? next_cert(bio) : NULL;
	BIO_free(bio);
	if (!x)
		return err_set(e, ERR_INPUT, "TLS: own certificate: not a PEM certificate");
	rc r = SSL_CTX_use_certificate(t->ctx, x) == 1 ? use_key(t, c, x, e) : failed(e, "own certificate");
	X509_free(x);
	ERR_clear_error();
	return r;
}

static bool set_ours(SSL_CTX *ctx)
{
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_ciphersuites(ctx, OUR_CIPHERS) == 1 && SSL_CTX_set1_groups_list(ctx, OUR_GROUPS) == 1;
}

/* Whatever a stranger speaks, to look at it. Nothing of ours is ever sent over it. */
static bool set_stranger(SSL_CTX *ctx, enum tls_version only)
{
	static const int versions[] = {0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
	int low = TLS1_VERSION, high = TLS1_3_VERSION;
	if (only != TLS_VERSION_ANY) {
		if ((size_t)only >= ARRAY_LEN(versions))
			return false;
		low = high = versions[only];
	}
	SSL_CTX_set_security_level(ctx, 0);
	(void)SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	return SSL_CTX_set_min_proto_version(ctx, low) == 1 && SSL_CTX_set_max_proto_version(ctx, high) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0") == 1 &&
	       SSL_CTX_set_ciphersuites(ctx, OUR_CIPHERS) == 1;
}

static bool set_common(struct tls_context *t)
{
	(void)SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					       SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(t->ctx, 1); /* one recv for header and record */
	SSL_CTX_set_verify_depth(t->ctx, CHAIN_DEPTH_MAX);
	/* A ticket would hold the client's certificate, and cost more than the handshake it saves (docs/adr/0001). */
	return !t->server || SSL_CTX_set_num_tickets(t->ctx, 0) == 1;
}

/* Verification is on from here; only a context made for looking at strangers has it off. */
static rc set_verify(struct tls_context *t, const struct tls_config *c, struct err *e)
{
	if (t->any_peer) {
		SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
		return RC_OK;
	}
	if (c->peer_ca_pem.n == 0) {
		if (!t->server)
			return err_set(e, ERR_INPUT, "TLS client without a CA to check the server by");
		SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
		return RC_OK;
	}
	t->asks_peer = true;
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   t->server ? check_client : check_server);
	int purpose = t->server ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER;
	if (SSL_CTX_set_purpose(t->ctx, purpose) != 1)
		return failed(e, "purpose");
	if (t->server) {
		t->leaves = mem_alloc(sizeof *t->leaves);
		if (!t->leaves)
			return err_set(e, ERR_MEMORY, "TLS: out of memory");
		SSL_CTX_set_cert_verify_callback(t->ctx, verify_client, t);
	}
	return add_peer_cas(t->ctx, c->peer_ca_pem, t->server, e);
}

static rc set_up(struct tls_context *t, const struct tls_config *c, struct err *e)
{
	t->ctx = SSL_CTX_new(t->server ? TLS_server_method() : TLS_client_method());
	t->socket = socket_method();
	if (!t->ctx || !t->socket)
		return failed(e, "context");
	if (!set_common(t) || !(t->any_peer ? set_stranger(t->ctx, c->probe_version) : set_ours(t->ctx)))
		return failed(e, "settings");
	rc r = set_verify(t, c, e);
	return rc_ok(r) ? use_own(t, c, e) : r;
}

static rc context_new(const struct tls_config *c, bool server, struct tls_context **ret, struct err *e)
{
	if (c->probe_version != TLS_VERSION_ANY && !c->insecure_any_peer)
		return err_set(e, ERR_INPUT, "TLS: a version is chosen only to look at strangers");
	if (server && c->insecure_any_peer)
		return err_set(e, ERR_INPUT, "TLS: a server never takes any peer");
	struct tls_context *t = mem_alloc(sizeof *t);
	if (!t)
		return err_set(e, ERR_MEMORY, "TLS: out of memory");
	t->server = server;
	t->any_peer = c->insecure_any_peer;
	t->clock_floor = c->clock_floor;
	rc r = set_up(t, c, e);
	if (rc_failed(r))
		tls_context_free(t);
	else
		*ret = t;
	return r;
}

rc tls_server_context(const struct tls_config *c, struct tls_context **ret, struct err *e)
{
	return context_new(c, true, ret, e);
}

rc tls_client_context(const struct tls_config *c, struct tls_context **ret, struct err *e)
{
	return context_new(c, false, ret, e);
}

void tls_context_free(struct tls_context *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	tls_remote_key_free(t->remote);
	BIO_meth_free(t->socket);
	mem_free(t->leaves);
	mem_free(t);
}
