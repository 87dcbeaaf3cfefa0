/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's folder DATA: `db/fleet.db` (shared by the roles), `site.json` (who the maker is), `operator.phc` and
 * `report.key` (mode 0600; only the operator role reads them), `stamp/` (the timestamp role's: the root that it pinned,
 * what it saw last, and `status.json` for the operator).
 */
#ifndef HALLMARK_FLEET_ROLES_DATA_H
#define HALLMARK_FLEET_ROLES_DATA_H

#include "host/os/file.h"
#include "host/store/store.h"

struct data_paths {
	char dir[FILE_PATH_MAX], db_dir[FILE_PATH_MAX], db[FILE_PATH_MAX], site[FILE_PATH_MAX],
		operator_phc[FILE_PATH_MAX], report_key[FILE_PATH_MAX], stamp_dir[FILE_PATH_MAX],
		stamp_status[FILE_PATH_MAX];
};

rc data_paths(const char *dir, struct data_paths *ret, struct err *e) MUST_CHECK;

/* ERR_MISSING with a hint if `init` has not been run. */
rc data_open(const char *dir, struct store **ret, struct err *e) MUST_CHECK;
/* Makes the database if there is none: for init. */
rc data_make(const struct data_paths *p, struct store **ret, struct err *e) MUST_CHECK;

#endif
