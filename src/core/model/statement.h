/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device states under its own key (docs/wire.md section 1): how it booted, that it was tampered with, what it
 * can show, what it erased. Encoders write the payload of an envelope and refuse whatever the decoder would refuse;
 * decoders are strict and see payloads only after the signature was good. EN303645 5.3-14, 5.7-1, 5.7-2, 5.11-3.
 */
#ifndef HALLMARK_CORE_MODEL_STATEMENT_H
#define HALLMARK_CORE_MODEL_STATEMENT_H

#include "core/base/buf.h"
#include "core/base/names.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"
#include "core/model/envelope.h"

#define STATEMENT_TYPE_BOOT ENVELOPE_TYPE("boot-statement")
#define STATEMENT_TYPE_ALERT ENVELOPE_TYPE("alert")
#define STATEMENT_TYPE_EVIDENCE ENVELOPE_TYPE("evidence")
#define STATEMENT_TYPE_RECEIPT ENVELOPE_TYPE("receipt")

#define STATEMENT_NAME_SIZE (NAME_MAX_CHARS + 1) /* device, model, fact and check ids: name_ok */
#define STATEMENT_VERSION_SIZE 65
#define STATEMENT_NONCE_SIZE 65 /* hex digits, may be "" */
#define STATEMENT_BOOT_ID_SIZE 16
#define STATEMENT_HEALTH_MAX 32
#define STATEMENT_DETAIL_SIZE 129 /* free text, may be "" */
#define STATEMENT_PATHS_MAX 16
#define STATEMENT_PATH_SIZE 256
#define STATEMENT_FACTS_MAX 128
#define STATEMENT_VALUE_SIZE 257
#define STATEMENT_NOT_ERASED_MAX 16

enum statement_outcome { STATEMENT_CONFIRMED, STATEMENT_REVERTED };

struct statement_health {
	char id[STATEMENT_NAME_SIZE];
	bool ok;
	char detail[STATEMENT_DETAIL_SIZE];
};

struct statement_boot {
	char device[STATEMENT_NAME_SIZE], model[STATEMENT_NAME_SIZE];
	uint8_t boot[STATEMENT_BOOT_ID_SIZE];
	struct wall_time time;
	char version[STATEMENT_VERSION_SIZE]; /* the running one */
	uint64_t counter;
	char slot; /* 'a' or 'b' */
	uint8_t image_sha256[SHA256_SIZE];
	enum statement_outcome outcome;
	struct statement_health health[STATEMENT_HEALTH_MAX];
	size_t health_n;
	char nonce[STATEMENT_NONCE_SIZE];
	char failed_version[STATEMENT_VERSION_SIZE]; /* set if and only if reverted */
};

rc statement_boot_encode(const struct statement_boot *s, struct buf *out, struct err *e) MUST_CHECK;
rc statement_boot_decode(struct bytes payload, struct statement_boot *ret, struct err *e) MUST_CHECK;

struct statement_alert {
	char device[STATEMENT_NAME_SIZE];
	struct wall_time time;
	uint64_t seq;
	char mode[16]; /* "isolated", "recovered", "suspect" */
	char cause[STATEMENT_VALUE_SIZE];
	char paths[STATEMENT_PATHS_MAX][STATEMENT_PATH_SIZE]; /* name_path_ok */
	size_t paths_n;
};

rc statement_alert_encode(const struct statement_alert *s, struct buf *out, struct err *e) MUST_CHECK;
rc statement_alert_decode(struct bytes payload, struct statement_alert *ret, struct err *e) MUST_CHECK;

enum statement_fact_state {
	STATEMENT_SEEN,
	STATEMENT_ABSENT,
	STATEMENT_UNREACHABLE,
	STATEMENT_REFUSED,
	STATEMENT_ERROR,
	STATEMENT_FACT_STATE_COUNT
};

const char *statement_fact_state_name(enum statement_fact_state s);

struct statement_fact {
	char id[STATEMENT_NAME_SIZE];
	enum statement_fact_state state;
	char value[STATEMENT_VALUE_SIZE];   /* may be "" */
	char source[STATEMENT_DETAIL_SIZE]; /* may be "" */
};

struct statement_evidence {
	char device[STATEMENT_NAME_SIZE], model[STATEMENT_NAME_SIZE];
	struct wall_time time;
	char nonce[STATEMENT_NONCE_SIZE];
	char version[STATEMENT_VERSION_SIZE];
	uint64_t counter;
	char slot;     /* 'a' or 'b' */
	char mode[16]; /* "normal", "suspect", "isolated", "recovered" */
	struct statement_fact facts[STATEMENT_FACTS_MAX];
	size_t facts_n;
};

/* About 60 KB: keep it on the heap. */
rc statement_evidence_encode(const struct statement_evidence *s, struct buf *out, struct err *e) MUST_CHECK;
rc statement_evidence_decode(struct bytes payload, struct statement_evidence *ret, struct err *e) MUST_CHECK;

struct statement_not_erased {
	char what[STATEMENT_DETAIL_SIZE], why[STATEMENT_DETAIL_SIZE];
};

struct statement_receipt {
	char device[STATEMENT_NAME_SIZE];
	struct wall_time time;
	bool key_destroyed;
	uint64_t files, bytes;
	struct statement_not_erased not_erased[STATEMENT_NOT_ERASED_MAX];
	size_t not_erased_n;
	bool by_service; /* request "service"; otherwise "owner" */
};

rc statement_receipt_encode(const struct statement_receipt *s, struct buf *out, struct err *e) MUST_CHECK;
rc statement_receipt_decode(struct bytes payload, struct statement_receipt *ret, struct err *e) MUST_CHECK;

#endif
