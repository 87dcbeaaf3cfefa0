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

#define RELEASE_PATCHES_MAX 8
#define RELEASE_HEADER_MAX 0x400000 /* bytes of a transfer file's header */
#define RELEASE_MEMORY_MAX 0x800000 /* bytes that unpacking may need */
#define RELEASE_BYTES_MAX INT64_C(0x1000000000)

enum release_kind { RELEASE_IMAGE, RELEASE_DECLARATION, RELEASE_PATCH };

/* A file that brings the image (docs/transfer.md): what a device must know before it asks for its first byte. */
struct release_transfer {
	char target[RELEASE_TARGET_MAX + 1]; /* name_path_ok; full: "", it is the image's own target */
	uint8_t sha256[SHA256_SIZE];	     /* of the file; full: the target's */
	uint64_t bytes;			     /* of the file; full: the target's */
	uint32_t memory, header_bytes;
	uint8_t header_sha256[SHA256_SIZE];
	uint8_t base_sha256[SHA256_SIZE]; /* patch: the image it starts from */
};

struct release_info {
	enum release_kind kind;
	char model[RELEASE_WORD_MAX + 1]; /* name_ok */
	char version[SEMVER_MAX + 1];	  /* semver_ok */
	int64_t counter;		  /* 0..RELEASE_COUNTER_MAX; a lower one is never installed again */
	char component[RELEASE_WORD_MAX + 1];
	uint8_t image_sha256[SHA256_SIZE]; /* of the image as it lies in a slot */
	uint64_t image_bytes;		   /* image: in a slot */
	struct release_transfer full;	   /* image */
	struct release_transfer blocks;	   /* image: whole, with a block index; bytes 0: there is none */
	struct release_transfer patches[RELEASE_PATCHES_MAX];
	size_t patches_n;
	char declaration[RELEASE_TARGET_MAX + 1]; /* name of the policy target; image only */
	bool security; /* mends a security problem: the owner is asked less (EN303645 5.3-6A, CRA Annex I) */
};

const char *release_kind_name(enum release_kind kind);

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
