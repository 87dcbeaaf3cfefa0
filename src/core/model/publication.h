/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a maker has published about the support period of one model (docs/wire.md section 8): an entry for each
 * publication, each signed, each naming the hash of the one before. EN303645 5.3-13, SI 2023/1007 Schedule 1 paragraph
 * 3: the period may be extended, never shortened. Pure: `release` writes such records.
 */
#ifndef HALLMARK_CORE_MODEL_PUBLICATION_H
#define HALLMARK_CORE_MODEL_PUBLICATION_H

#include "core/base/buf.h"
#include "core/base/names.h"
#include "core/base/units.h"
#include "core/codec/semver.h"
#include "core/crypto/key.h"
#include "core/model/envelope.h"

#define PUBLICATION_TYPE ENVELOPE_TYPE("publication")
#define PUBLICATION_TEXT_MAX 256
#define PUBLICATION_ENTRIES_MAX 256
#define PUBLICATION_LINE_MAX 8192
#define PUBLICATION_RECORD_MAX (PUBLICATION_ENTRIES_MAX * (PUBLICATION_LINE_MAX + 1))
#define PUBLICATION_HASH_SIZE (2 * SHA256_SIZE + 1)
#define PUBLICATION_WORDS_SIZE 192

struct publication {
	int64_t seq;			      /* from 1, without a gap */
	char previous[PUBLICATION_HASH_SIZE]; /* SHA-256 of the line before, hex; "" for the first */
	char maker[PUBLICATION_TEXT_MAX + 1];
	char product[PUBLICATION_TEXT_MAX + 1];
	char model[NAME_MAX_CHARS + 1];
	char version[SEMVER_MAX + 1];
	char policy_url[PUBLICATION_TEXT_MAX + 1];    /* "" if none was stated */
	char statement_sha256[PUBLICATION_HASH_SIZE]; /* of the statement of compliance as compiled for that day */
	struct wall_time support_until, published;    /* days */
};

/* A whole record. Zero it before use; publication_record_done frees. */
struct publication_record {
	struct publication *entries; /* oldest first */
	size_t n;
	char head[PUBLICATION_HASH_SIZE]; /* hash of the newest line; "" while there is none */
	bool checked;			  /* the signatures were */
};

/* Payload of an entry. Decoding is strict. */
rc publication_encode(const struct publication *p, struct buf *out, struct err *e) MUST_CHECK;
rc publication_decode(struct bytes payload, struct publication *ret, struct err *e) MUST_CHECK;

/* Appends the line of an entry, without the line break. */
rc publication_sign(const struct publication *p, const struct signer *maker, struct buf *out, struct err *e) MUST_CHECK;

/*
 * The text of a record: unbroken chain, one model of one maker, one key, days and support periods that only grow.
 * ERR_TRUST or ERR_INPUT otherwise, with the number of the entry. Without `key` (NULL) everything but the signatures is
 * checked. Nobody can see from the text alone that the newest entries were taken away: keep `head` elsewhere for that.
 */
rc publication_record_check(struct bytes text, const struct pubkey *key, struct publication_record *ret, struct err *e)
	MUST_CHECK;
void publication_record_done(struct publication_record *r);
const struct publication *publication_newest(const struct publication_record *r); /* NULL while there is none */

/* Would this end of support keep what was published? ERR_WRONG_STATE if not. */
rc publication_keeps(const struct publication *newest, struct wall_time support_until, struct err *e) MUST_CHECK;
/* The same model of the same maker? ERR_TRUST if not. */
rc publication_same(const struct publication *newest, const char *maker, const char *model, struct err *e) MUST_CHECK;
/* May `next` be published after `newest` (NULL: first of all)? Looks at product and dates, not at the chain. */
rc publication_follows(const struct publication *newest, const struct publication *next, struct err *e) MUST_CHECK;

/* Until when the statement of compliance has to be kept: ten years, or the support period if that is longer. */
struct wall_time publication_keep_until(const struct publication *p);

/* "published 1 October 2026: security updates until 31 December 2031 (version 1.0.0)" */
void publication_words(const struct publication *before, const struct publication *p, char ret[PUBLICATION_WORDS_SIZE]);

#endif
