/* SPDX-License-Identifier: Apache-2.0 */
/* What devices stated, kept as it came (raw envelope) with the columns that people and rules look at. */
#ifndef HALLMARK_FLEET_INGEST_INGEST_DB_H
#define HALLMARK_FLEET_INGEST_INGEST_DB_H

#include "fleet/ingest/ingest.h"
#include "host/store/store.h"

#define INGEST_DB_KEEP 200 /* of each kind and device: a device cannot fill the disk */
#define INGEST_DB_SUMMARY_SIZE 400

extern const char ingest_db_schema[];

struct ingest_arrival {
	const char *device;
	const struct ingest_noun *noun;
	struct bytes envelope;
	bool fresh; /* it holds a nonce that we gave lately */
	struct wall_time now;
};

/* *ret_new false: it was here before (a replay, or an answer that got lost); nothing changed. */
rc ingest_db_store(struct store *st, const struct ingest_arrival *a, bool *ret_new, struct err *e) MUST_CHECK;

struct ingest_line {
	char device[STATEMENT_NAME_SIZE];
	char kind[12];		   /* "statement", "alert", "evidence", "receipt" */
	struct wall_time at, time; /* received, stated */
	bool fresh, bad;
	char summary[INGEST_DB_SUMMARY_SIZE];
};

/* Newest first; device NULL: of all. Free *ret with mem_free. */
rc ingest_db_recent(struct store *st, const char *device, size_t max, struct ingest_line **ret, size_t *ret_n,
		    struct err *e) MUST_CHECK;

/* The newest envelope of this kind as it came, ERR_MISSING if none: for the assessor. */
rc ingest_db_latest(struct store *st, const char *device, enum ingest_kind kind, struct buf *out, struct err *e)
	MUST_CHECK;

#endif
