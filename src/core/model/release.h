/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TUF target says about itself (`custom.hallmark`, docs/wire.md section 3), and the one decision that follows:
 * may a device that runs this install that? EN303645 5.3-9, 5.3-10; the counter is the downgrade protection.
 */
#ifndef HALLMARK_CORE_MODEL_RELEASE_H
#define HALLMARK_CORE_MODEL_RELEASE_H

#include "core/base/buf.h"
#include "core/codec/json.h"
#include "core/codec/semver.h"
#include "core/crypto/hash.h"

#define RELEASE_WORD_MAX 64
#define RELEASE_TARGET_MAX 127
#define RELEASE_CUSTOM_MAX 8192
#define RELEASE_COUNTER_MAX INT64_C(0xffffffff)

enum release_kind { RELEASE_IMAGE, RELEASE_DECLARATION };

struct release_info {
	enum release_kind kind;
	char model[RELEASE_WORD_MAX + 1]; /* name_ok */
	char version[SEMVER_MAX + 1];	  /* semver_ok */
	int64_t counter;		  /* 0..RELEASE_COUNTER_MAX; a lower one is never installed again */
	char component[RELEASE_WORD_MAX + 1];
	uint8_t image_sha256[SHA256_SIZE];
	char declaration[RELEASE_TARGET_MAX + 1]; /* name of the policy target; "" for RELEASE_DECLARATION */
	bool security; /* mends a security problem: the owner is asked less (EN303645 5.3-6A, CRA Annex I) */
};

/* `custom` is the text in struct tuf_target: an object with the key "hallmark". Other keys beside it are ignored. */
rc release_decode(struct bytes custom, struct release_info *ret, struct err *e) MUST_CHECK;

/* A new object {"hallmark": {...}}. */
rc release_encode(const struct release_info *info, json_t **ret, struct err *e) MUST_CHECK;

struct release_running {
	const char *model, *version;
	int64_t counter;	    /* highest that was confirmed healthy here */
	const char *const *blocked; /* versions that failed here */
	size_t blocked_n;
};

/*
 * May it be installed? On true *ret_reason is "none"; else the stable reason code of docs/wire.md section 2: no-offer
 * (it runs already), wrong-model, counter, rollback (older version under the same counter), blocked-version.
 */
bool release_decide(const struct release_running *running, const struct release_info *offered, const char **ret_reason)
	MUST_CHECK;

#endif
