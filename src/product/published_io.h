/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of publications that lies beside a declaration (docs/wire.md section 8): found, read, checked, and held
 * against the declaration. A record that is there is never ignored. `release` adds to it.
 */
#ifndef HALLMARK_PRODUCT_PUBLISHED_IO_H
#define HALLMARK_PRODUCT_PUBLISHED_IO_H

#include "core/model/publication.h"
#include "host/os/file.h"
#include "product/judge.h"

struct published_source {
	const char *declaration;  /* path of product.yaml */
	const char *record;	  /* NULL: its usual place beside the declaration, where it may be missing */
	const struct pubkey *key; /* the maker's label key; NULL: signatures are not checked */
};

/* The usual place: product.yaml has product.published.jsonl. */
rc published_path(const char *declaration, char ret[FILE_PATH_MAX], struct err *e) MUST_CHECK;

/* Nothing in *ret if there is none in the usual place. publication_record_done frees. */
rc published_load(const struct published_source *s, struct publication_record *ret, struct err *e) MUST_CHECK;

/*
 * The judgement of a declaration, with its record. `ret_record` may be NULL. ERR_TRUST if the record is of another
 * product.
 */
rc published_judge(const struct published_source *s, const struct declaration *d, struct wall_time today,
		   struct judge_result **ret, struct publication_record *ret_record, struct err *e) MUST_CHECK;

#endif
