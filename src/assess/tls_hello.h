/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TLS ClientHello and the first answer to it, as a pure codec. Written by hand so that *every* old version can be
 * offered: a modern library would refuse on our side, and that must not read as a refusal by the device.
 */
#ifndef HALLMARK_ASSESS_TLS_HELLO_H
#define HALLMARK_ASSESS_TLS_HELLO_H

#include "core/base/buf.h"

#define TLS_HELLO_RANDOM_SIZE 32
#define TLS_HELLO_ANSWER_MAX 16384

enum tls_hello_version {
	TLS_HELLO_SSL3 = 0x0300,
	TLS_HELLO_1_0 = 0x0301,
	TLS_HELLO_1_1 = 0x0302,
	TLS_HELLO_1_2 = 0x0303,
	TLS_HELLO_1_3 = 0x0304,
};

/* Appends a ClientHello record that offers exactly this version. `random`: 32 bytes, also used as key share. */
void tls_hello_encode(enum tls_hello_version v, const uint8_t random[TLS_HELLO_RANDOM_SIZE], struct buf *out);

enum tls_hello_kind {
	TLS_HELLO_NOTHING,  /* not (yet) an answer */
	TLS_HELLO_ALERT,    /* refused with an alert */
	TLS_HELLO_ACCEPTED, /* a ServerHello */
	TLS_HELLO_FOREIGN,  /* something that is not TLS */
};

struct tls_hello_answer {
	enum tls_hello_kind kind;
	uint16_t version; /* the one that was chosen; ACCEPTED */
	uint16_t cipher;  /* ACCEPTED */
	uint8_t alert;	  /* description; ALERT */
};

struct tls_hello_answer tls_hello_decode(struct bytes in);

const char *tls_hello_version_name(uint16_t v); /* "TLS 1.2"; "unknown version" */
/* IANA name; NULL for one that is not in the table of those we offer. */
const char *tls_hello_cipher_name(uint16_t id);
/* Authenticated encryption with forward secrecy (RFC 9325)? */
bool tls_hello_cipher_sound(uint16_t c);

#endif
