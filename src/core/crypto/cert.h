/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates of the maker's factory CA: issue and read. Times, serial numbers and names are arguments. A
 * device's certificate says CN = device id; 802.1AR would call it the IDevID.
 */
#ifndef HALLMARK_CORE_CRYPTO_CERT_H
#define HALLMARK_CORE_CRYPTO_CERT_H

#include "core/base/units.h"
#include "core/crypto/key.h"

#define CERT_PEM_MAX 16384
#define CERT_NAME_MAX 64 /* bytes of a CN (RFC 5280 ub-common-name) */
#define CERT_SERIAL_SIZE 16

enum cert_use {
	CERT_CA,     /* may sign the other two, nothing below them */
	CERT_CLIENT, /* TLS client: a device */
	CERT_SERVER, /* TLS server: the fleet service, a device's page */
};

struct cert_request {
	enum cert_use use;
	const char *common_name;
	const char *const *hosts; /* NULL-terminated DNS names or IP addresses for CERT_SERVER; may be NULL */
	uint8_t serial[CERT_SERIAL_SIZE];
	struct wall_time not_before, not_after; /* not_after INT64_MAX: never (99991231235959Z) */
};

/*
 * Issue a certificate for `subject`, signed by `issuer` (issuer_pem NULL: self-signed, issuer is the subject's own
 * key). Appends PEM to out.
 */
rc cert_issue(const struct cert_request *req, const struct pubkey *subject, struct privkey *issuer,
	      struct bytes issuer_pem, struct buf *out, struct err *e) MUST_CHECK;

struct cert_info {
	char common_name[CERT_NAME_MAX + 1];
	char fingerprint[2 * SHA256_SIZE + 1]; /* SHA-256 of the DER, lower-case hex */
	struct wall_time not_before, not_after;
	struct pubkey key;
	bool self_signed;
};

/* Read the first certificate in a PEM text. cert_info_done frees. Says nothing about trust. */
rc cert_read(struct bytes pem, struct cert_info *ret, struct err *e) MUST_CHECK;
/* Same, from an OpenSSL X509 (as a TLS peer shows it). */
struct x509_st;
rc cert_read_x509(struct x509_st *x, struct cert_info *ret, struct err *e) MUST_CHECK;
void cert_info_done(struct cert_info *c);

/* Is `pem` signed by `ca_pem`, valid at `at`, and meant for `use`? ERR_TRUST with the reason if not. */
rc cert_check(struct bytes pem, struct bytes ca_pem, enum cert_use use, struct wall_time at, struct err *e) MUST_CHECK;

#endif
