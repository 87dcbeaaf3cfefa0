/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory step: gives each unit its own identity, keys and set-up password (docs/wire.md section 4).
 * EN303645 5.1-1, 5.1-2, 5.4-2, 5.4-4. All units of a run or none.
 */
#ifndef HALLMARK_RELEASE_FACTORY_H
#define HALLMARK_RELEASE_FACTORY_H

#include "core/base/names.h"
#include "core/base/units.h"
#include "host/os/file.h"

#define FACTORY_UNITS_MAX 1000 /* in one run */
#define FACTORY_HOST_MAX 253

struct factory_run {
	const char *keys_dir;
	const char *repo_dir;  /* NULL: the first root of the keys folder becomes the trusted one */
	const char *batch_dir; /* records.jsonl and labels/; NULL: KEYS/batch */
	const char *out_dir;   /* the device folder, or with count > 0 the folder of the device folders */
	const char *model, *maker;
	const char *service_host, *page_host; /* page_host NULL: ID.local */
	uint16_t service_port, page_port;
	const char *id; /* NULL: made up */
	size_t count;	/* 0: one unit, directly in out_dir */
	struct bytes passphrase;
	struct wall_time now;
};

struct factory_unit {
	char id[NAME_MAX_CHARS + 1];
	char dir[FILE_PATH_MAX], label[FILE_PATH_MAX];
};

/* *ret is an array of *ret_n units, mem_free it. After an error there is no new device folder, label or record. */
rc factory_provision(const struct factory_run *run, struct factory_unit **ret, size_t *ret_n, struct err *e) MUST_CHECK;

#endif
