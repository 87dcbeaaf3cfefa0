/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory record: what the maker's factory states about one unit (docs/wire.md section 1), signed with the factory
 * key. EN303645 5.4-1, 5.4-4. No secret is in it: password_id shows duplicates, not values.
 */
#ifndef HALLMARK_CORE_MODEL_RECORD_H
#define HALLMARK_CORE_MODEL_RECORD_H

#include "core/base/buf.h"
#include "core/base/names.h"
#include "core/base/units.h"
#include "core/crypto/cert.h"

#define RECORD_MAX 32768
#define RECORD_MAKER_MAX 128
#define RECORD_PEM_MAX 4096

struct record {
	char device[NAME_MAX_CHARS + 1];
	char model[NAME_MAX_CHARS + 1];
	char maker[RECORD_MAKER_MAX + 1];
	struct wall_time made;
	char cert[RECORD_PEM_MAX + 1];		    /* PEM of the TLS certificate, CN = device */
	char cert_fingerprint[2 * SHA256_SIZE + 1]; /* of that certificate, lower-case hex */
	char statement_key[RECORD_PEM_MAX + 1];	    /* PEM, Ed25519 */
	char page_cert[RECORD_PEM_MAX + 1];	    /* PEM of the owner page's certificate */
	char key_grade[8];			    /* "file", "tpm" */
	int64_t password_bits;			    /* entropy of the set-up password */
	char password_id[2 * SHA256_SIZE + 1];	    /* hex SHA-256 of salt and password */
};

/* Appends JSON: the payload of a "factory-record" envelope. */
rc record_encode(const struct record *rec, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Strict, and checked in itself: the certificate names the device and has the stated fingerprint, the statement key is
 * Ed25519. Trust is the envelope's business. ~17 KB: keep it off small stacks.
 */
rc record_decode(struct bytes payload, struct record *ret, struct err *e) MUST_CHECK;

/* Sign it into an envelope / open an envelope with the factory's public key. */
rc record_sign(const struct record *rec, const struct signer *factory, struct buf *out, struct err *e) MUST_CHECK;
rc record_open(struct bytes envelope, const struct pubkey *factory, struct record *ret, struct err *e) MUST_CHECK;

#endif
