/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in the database. */
#ifndef HALLMARK_FLEET_REGISTRY_REGISTRY_DB_H
#define HALLMARK_FLEET_REGISTRY_REGISTRY_DB_H

#include "fleet/registry/registry.h"
#include "host/store/store.h"

extern const char registry_db_schema[];

/*
 * Add a device from its verified record; `envelope` is kept as it came. An identical record again is fine
 * (*ret_new false); another certificate under a known id is ERR_EXISTS.
 */
rc registry_db_import(struct store *st, const struct record *rec, struct bytes envelope, bool *ret_new, struct err *e)
	MUST_CHECK;

/*
 * The device that showed this certificate. ERR_DENIED when the certificate is unknown or its CN is another device's
 * than the factory stated.
 */
rc registry_db_find(struct store *st, const char *fingerprint, const char *common_name, struct registry_device *ret,
		    struct err *e) MUST_CHECK;
rc registry_db_get(struct store *st, const char *id, struct registry_device *ret, struct err *e) MUST_CHECK;

/* What it said of itself, and the nonce it gets for that. */
rc registry_db_checkin(struct store *st, const char *id, const struct checkin_request *c, const char *nonce,
		       struct wall_time now, struct err *e) MUST_CHECK;
rc registry_db_version(struct store *st, const char *id, const char *version, struct err *e) MUST_CHECK;
rc registry_db_alert(struct store *st, const char *id, const char *mode, const char *cause, struct wall_time time,
		     struct err *e) MUST_CHECK;
rc registry_db_erase(struct store *st, const char *id, bool ordered, struct err *e) MUST_CHECK;

/* Up to `max` devices, isolated ones first, then by id. `model` NULL: all. *ret is freed with mem_free. */
rc registry_db_list(struct store *st, const char *model, size_t max, struct registry_device **ret, size_t *ret_n,
		    struct err *e) MUST_CHECK;

struct registry_db_counts {
	int64_t devices, seen, isolated, erase_ordered;
};
rc registry_db_counts(struct store *st, struct registry_db_counts *ret, struct err *e) MUST_CHECK;

/* Device ids of a model that do not yet run `version`; called in order of id. */
typedef rc registry_db_id_fn(void *ctx, const char *id, struct err *e);
rc registry_db_each_other(struct store *st, const char *model, const char *version, registry_db_id_fn *fn, void *ctx,
			  struct err *e) MUST_CHECK;

#endif
