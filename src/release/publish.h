/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishing the support period: one more signed entry in the record that lies beside the declaration (docs/wire.md
 * section 8). The record is replaced as a whole, so that a crash leaves the old one or the new one.
 */
#ifndef HALLMARK_RELEASE_PUBLISH_H
#define HALLMARK_RELEASE_PUBLISH_H

#include "product/published_io.h"

struct publish_order {
	const char *declaration; /* path of product.yaml */
	const char *record;	 /* NULL: the usual place beside it */
	const struct signer *maker;
	struct wall_time day; /* of publication */
	bool dry_run;	      /* check and sign, write nothing */
};

struct publish_result {
	bool news;		 /* false: the newest entry says the same already */
	struct publication last; /* the newest entry, `before` the one before it (seq 0: none) */
	struct publication before;
	char head[PUBLICATION_HASH_SIZE]; /* to be kept elsewhere: it shows whether entries were taken away */
	char path[FILE_PATH_MAX];
};

/*
 * ERR_WRONG_STATE: the period would be shortened, or `hallmark check` does not find the declaration clean. ERR_TRUST:
 * the record was changed, is another product's or another key's. ERR_BUSY: another writer. After an error the record
 * stands as it was.
 */
rc publish_add(const struct publish_order *o, const struct declaration *d, struct publish_result *ret, struct err *e)
	MUST_CHECK;

#endif
