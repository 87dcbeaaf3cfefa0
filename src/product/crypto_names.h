/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of algorithms and protocols, and whether current practice takes them: the reference catalogue that declared
 * cryptography is held against. A name that is not in it is not good: nobody graded it. Compiled in from
 * data/crypto.json.
 */
#ifndef HALLMARK_PRODUCT_CRYPTO_NAMES_H
#define HALLMARK_PRODUCT_CRYPTO_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/units.h"

#define CRYPTO_REST_MAX 64

/* From best to worst. */
enum crypto_word {
	CRYPTO_GOOD,
	CRYPTO_LEGACY,	/* still tolerated, until `until` if that is known */
	CRYPTO_PARTIAL, /* the name leaves out what decides: size, mode, version */
	CRYPTO_UNKNOWN, /* not in the catalogue */
	CRYPTO_BROKEN,
};

enum crypto_kind {
	CRYPTO_KIND_NONE,
	CRYPTO_KIND_PROTOCOL,
	CRYPTO_KIND_CIPHER,
	CRYPTO_KIND_HASH,
	CRYPTO_KIND_SIGNATURE,
	CRYPTO_KIND_CURVE,
	CRYPTO_KIND_KEX,
	CRYPTO_KIND_MAC,
	CRYPTO_KIND_KDF,
	CRYPTO_KIND_PASSWORD,
	CRYPTO_KIND_LOGIN,
	CRYPTO_KIND_RANDOM,
};

struct crypto_entry {
	const char *name, *why, *source; /* why: NULL for what is good */
	enum crypto_word word;
	enum crypto_kind kind, settled_by; /* a name of that kind beside it says what a partial one leaves out */
	struct wall_time until;		   /* 0: no date is known */
	bool alone;			   /* counts only when it is the whole text */
};

/* What one declared text says, as its worst name has it. */
struct crypto_view {
	enum crypto_word word;
	const struct crypto_entry *entry; /* the name that decided; NULL when it is unknown */
	char rest[CRYPTO_REST_MAX];	  /* the first words that are in no catalogue; "" if none */
};

/* "TLS 1.3 with AES-256-GCM": several names may stand in a text; case, blanks and dashes do not matter. */
void crypto_names_look(const char *text, struct crypto_view *ret);

#endif
