/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's personal data on the device: each record sealed (AES-256-GCM) under one key, so that destroying 32 bytes
 * erases everything (EN303645 5.8-1, 5.8-2, 5.11-1, 5.11-2). Records are named SERVICE~NAME, so no program can name
 * another one's. Erasing is restartable: after a power cut in its middle, vault_init finds the marker and the ward ends
 * it.
 */
#ifndef HALLMARK_AGENT_PRIVACY_VAULT_IO_H
#define HALLMARK_AGENT_PRIVACY_VAULT_IO_H

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/model/statement.h"
#include "host/os/file.h"

#define VAULT_RECORD_MAX 61440		   /* bytes of one record */
#define VAULT_RECORDS_MAX 512		   /* of all services */
#define VAULT_BYTES_MAX (16 * 1024 * 1024) /* sealed, of all services */
#define VAULT_SERVICE_RECORDS_MAX 128	   /* of one service: it cannot fill the place of the others */
#define VAULT_SERVICE_BYTES_MAX (8 * 1024 * 1024)
#define VAULT_NAME_SIZE (2 * NAME_MAX_CHARS + 2) /* SERVICE~NAME */

struct vault {
	char dir[FILE_PATH_MAX];       /* state/personal */
	char key_path[FILE_PATH_MAX];  /* state/personal.key */
	char mark_path[FILE_PATH_MAX]; /* state/erasing */
	struct secret key;	       /* empty until the first record is stored or read */
	bool erasing;		       /* an erasure was begun and is not finished */
	bool by_service;	       /* who asked for that one */
};

rc vault_init(struct vault *v, const char *device_dir, struct err *e) MUST_CHECK;
void vault_done(struct vault *v); /* wipes the key in memory; accepts a zeroed vault */

/* ERR_SPACE: over one of the limits. ERR_INPUT: a name that is none. Replaces a record of the same name. */
rc vault_store(struct vault *v, const char *service, const char *name, struct bytes data, struct err *e) MUST_CHECK;
/* Appends the plain record. ERR_MISSING; ERR_TRUST if the file was changed or swapped. Use buf_done_wiped. */
rc vault_read(struct vault *v, const char *service, const char *name, struct buf *out, struct err *e) MUST_CHECK;
rc vault_remove(struct vault *v, const char *service, const char *name, struct err *e) MUST_CHECK;

struct vault_count {
	size_t records;
	uint64_t bytes; /* sealed, on disk */
};
/* `service` NULL: of all of them. */
rc vault_count(const struct vault *v, const char *service, struct vault_count *ret, struct err *e) MUST_CHECK;

/*
 * Destroy the key, then the records. Fills key_destroyed, files, bytes, not_erased, by_service of the receipt. RC_OK
 * even if something could not be erased: then the receipt says so. The marker stays until vault_erase_finished, so that
 * no erasure is without its receipt.
 */
rc vault_erase(struct vault *v, bool by_service, struct statement_receipt *ret, struct err *e) MUST_CHECK;
rc vault_erase_finished(struct vault *v, struct err *e) MUST_CHECK;

#endif
