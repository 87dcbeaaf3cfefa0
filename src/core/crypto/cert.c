/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates over OpenSSL's X.509: one profile per use, nothing configurable. */
#include "core/crypto/cert.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "core/codec/hex.h"
#include "core/base/banned.h"

static void x509_free_at(X509 **x)
{
	X509_free(*x);
}

static rc failed(const char *what, struct err *e)
{
	return err_set(e, ERR_INTERNAL, "certificate: %s", what);
}

static X509 *read_pem(struct bytes pem)
{
	if (pem.n == 0 || pem.n > CERT_PEM_MAX)
		return NULL;
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	return x;
}

static bool add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool added = ext && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return added;
}

static bool is_address(const char *host)
{
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(host);
	ASN1_OCTET_STRING_free(ip);
	return ip != NULL;
}

static bool add_hosts(X509 *x, X509 *issuer, const char *const *hosts)
{
	char list[512] = "";
	size_t n = 0;
	for (; hosts && *hosts; hosts++) {
		/* The value is OpenSSL's small language; a name must not be able to speak it. */
		if (strpbrk(*hosts, ",;\n\r =@"))
			return false;
		int put = snprintf(list + n, sizeof list - n, "%s%s:%s", n ? "," : "",
				   is_address(*hosts) ? "IP" : "DNS", *hosts);
		if (put < 0 || (size_t)put >= sizeof list - n)
			return false;
		n += (size_t)put;
	}
	return n == 0 || add_ext(x, issuer, NID_subject_alt_name, list);
}

static bool add_profile(X509 *x, X509 *issuer, const struct cert_request *req)
{
	bool ca = req->use == CERT_CA;
	return add_ext(x, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
	       add_ext(x, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
	       (ca || add_ext(x, issuer, NID_ext_key_usage, req->use == CERT_CLIENT ? "clientAuth" : "serverAuth")) &&
	       add_ext(x, issuer, NID_subject_key_identifier, "hash") &&
	       add_ext(x, issuer, NID_authority_key_identifier, "keyid") && add_hosts(x, issuer, req->hosts);
}

static bool set_time(ASN1_TIME *at, struct wall_time t)
{
	if (t.s == INT64_MAX)
		return ASN1_TIME_set_string(at, "99991231235959Z") == 1; /* RFC 5280 4.1.2.5: no expiry */
	return ASN1_TIME_adj(at, (time_t)t.s, 0, 0) != NULL;
}

static bool set_names(X509 *x, const struct cert_request *req, X509 *issuer)
{
	X509_NAME *name = X509_get_subject_name(x);
	if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)req->common_name, -1,
				       -1, 0) != 1)
		return false;
	return X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1;
}

static bool set_serial(X509 *x, const uint8_t serial[CERT_SERIAL_SIZE])
{
	uint8_t positive[CERT_SERIAL_SIZE];
	memcpy(positive, serial, sizeof positive);
	positive[0] = (uint8_t)((positive[0] & 0x7f) | 0x40); /* positive, no leading zero byte */
	BIGNUM *bn = BN_bin2bn(positive, sizeof positive, NULL);
	bool set = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
	return set;
}

rc cert_issue(const struct cert_request *req, const struct pubkey *subject, struct privkey *issuer,
	      struct bytes issuer_pem, struct buf *out, struct err *e)
{
	CLEANUP(x509_free_at) X509 *x = X509_new();
	CLEANUP(x509_free_at) X509 *parent = issuer_pem.n ? read_pem(issuer_pem) : NULL;
	if (!x || (issuer_pem.n && !parent))
		return err_set(e, ERR_INPUT, "certificate: the issuer's certificate cannot be read");
	X509 *signed_by = parent ? parent : x;
	if (X509_set_version(x, 2) != 1 || !set_serial(x, req->serial) || !set_names(x, req, signed_by))
		return failed("names", e);
	if (!set_time(X509_getm_notBefore(x), req->not_before) || !set_time(X509_getm_notAfter(x), req->not_after))
		return failed("validity", e);
	if (X509_set_pubkey(x, subject->key) != 1 || !add_profile(x, signed_by, req))
		return failed("extensions", e);
	if (X509_sign(x, issuer->key, issuer->pub.type == KEY_ED25519 ? NULL : EVP_sha256()) <= 0)
		return failed("signing", e);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = bio && PEM_write_bio_X509(bio, x) == 1 ? BIO_get_mem_data(bio, &text) : 0;
	if (n > 0)
		buf_put(out, bytes_of(text, (size_t)n));
	BIO_free(bio);
	return n > 0 ? buf_check(out, "certificate", e) : failed("writing", e);
}

static struct wall_time wall_of(const ASN1_TIME *at)
{
	struct tm tm;
	struct wall_time t = {0};
	if (ASN1_TIME_to_tm(at, &tm) == 1)
		t.s = timegm(&tm);
	return t;
}

rc cert_read_x509(X509 *x, struct cert_info *ret, struct err *e)
{
	struct cert_info c = {0};
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, c.common_name,
					  sizeof c.common_name);
	if (n <= 0 || strlen(c.common_name) != (size_t)n)
		return err_set(e, ERR_INPUT, "certificate without a usable common name");
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	if (X509_digest(x, EVP_sha256(), digest, &size) != 1 || size != SHA256_SIZE)
		return failed("fingerprint", e);
	hex_encode(bytes_of(digest, SHA256_SIZE), c.fingerprint);
	c.not_before = wall_of(X509_get0_notBefore(x));
	c.not_after = wall_of(X509_get0_notAfter(x));
	c.self_signed = X509_self_signed(x, 0) == 1;
	EVP_PKEY *key = X509_get0_pubkey(x);
	rc r = key ? pubkey_of_pkey(key, &c.key, e) : err_set(e, ERR_INPUT, "certificate without a key");
	if (rc_ok(r))
		*ret = c;
	return r;
}

rc cert_read(struct bytes pem, struct cert_info *ret, struct err *e)
{
	CLEANUP(x509_free_at) X509 *x = read_pem(pem);
	if (!x)
		return err_set(e, ERR_INPUT, "not a PEM certificate");
	return cert_read_x509(x, ret, e);
}

void cert_info_done(struct cert_info *c)
{
	pubkey_done(&c->key);
	*c = (struct cert_info){0};
}

rc cert_check(struct bytes pem, struct bytes ca_pem, enum cert_use use, struct wall_time at, struct err *e)
{
	CLEANUP(x509_free_at) X509 *x = read_pem(pem);
	CLEANUP(x509_free_at) X509 *ca = read_pem(ca_pem);
	if (!x || !ca)
		return err_set(e, ERR_INPUT, "not a PEM certificate");
	if (use == CERT_CA && X509_check_ca(x) != 1)
		return err_set(e, ERR_TRUST, "certificate refused: it may not sign others");
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	rc r = err_set(e, ERR_TRUST, "certificate check did not run");
	if (store && ctx && X509_STORE_add_cert(store, ca) == 1 && X509_STORE_CTX_init(ctx, store, x, NULL) == 1) {
		X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, (time_t)at.s);
		int purpose = use == CERT_SERVER ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
		bool ready = use == CERT_CA || X509_VERIFY_PARAM_set_purpose(param, purpose) == 1;
		if (ready && X509_verify_cert(ctx) == 1) {
			err_clear(e);
			r = RC_OK;
		} else {
			r = err_set(e, ERR_TRUST, "certificate refused: %s",
				    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
		}
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return r;
}
