/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys in files: made here, sealed with a passphrase (Argon2id + AES-256-GCM) or, on devices without a chip for
 * it, in a 0600 file, which is graded as what it is: "file".
 */
#ifndef HALLMARK_HOST_KEYS_KEYFILE_H
#define HALLMARK_HOST_KEYS_KEYFILE_H

#include "core/crypto/key.h"

#define KEYFILE_MAX 32768

rc keyfile_generate(enum key_type type, struct privkey *ret, struct err *e) MUST_CHECK;

/* passphrase empty: unsealed PKCS#8 PEM. ERR_EXISTS if the path is taken. Mode 0600. */
rc keyfile_save(const char *path, const struct privkey *k, struct bytes passphrase, struct err *e) MUST_CHECK;

/* ERR_TRUST for a wrong passphrase or a changed file; ERR_DENIED if others may read the file (a group may, if
 * it is our own and the file is root's; never if we are root). */
rc keyfile_load(const char *path, struct bytes passphrase, struct privkey *ret, struct err *e) MUST_CHECK;

/* Append the file as it is, if it is private (as above). */
rc keyfile_bytes(const char *path, struct buf *out, struct err *e) MUST_CHECK;

/* Does the file want a passphrase? */
rc keyfile_is_sealed(const char *path, bool *ret, struct err *e) MUST_CHECK;

#endif
