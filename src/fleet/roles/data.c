/* SPDX-License-Identifier: Apache-2.0 */
/* Where things lie in DATA, and the one schema that the rooms' tables add up to. */
#include "fleet/roles/data.h"

#include "fleet/disclosure/case_db.h"
#include "fleet/ingest/ingest_db.h"
#include "fleet/registry/audit_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/rollout/rollout_db.h"
#include "core/base/banned.h"

static const char *const migrations[] = {registry_db_schema, rollout_db_schema, ingest_db_schema, case_db_schema,
					 audit_db_schema};
static const struct store_schema schema = {"fleet", migrations, ARRAY_LEN(migrations)};

rc data_paths(const char *dir, struct data_paths *ret, struct err *e)
{
	struct data_paths p;
	rc r = file_path(p.db_dir, e, dir, "db");
	if (rc_failed(r) || rc_failed(r = file_path(p.db, e, p.db_dir, "fleet.db")) ||
	    rc_failed(r = file_path(p.site, e, dir, "site.json")) ||
	    rc_failed(r = file_path(p.operator_phc, e, dir, "operator.phc")) ||
	    rc_failed(r = file_path(p.report_key, e, dir, "report.key")) ||
	    rc_failed(r = file_path(p.stamp_dir, e, dir, "stamp")) ||
	    rc_failed(r = file_path(p.stamp_status, e, p.stamp_dir, "status.json")))
		return r;
	memcpy(p.dir, dir, strlen(dir) + 1);
	*ret = p;
	return RC_OK;
}

rc data_make(const struct data_paths *p, struct store **ret, struct err *e)
{
	return store_open(p->db, &schema, ret, e);
}

rc data_open(const char *dir, struct store **ret, struct err *e)
{
	struct data_paths p;
	rc r = data_paths(dir, &p, e);
	if (rc_failed(r))
		return r;
	if (!file_exists(p.db)) {
		(void)err_set(e, ERR_MISSING, "%s holds no fleet data", dir);
		return err_hint(e, "make it with: hallmark-fleet init %s", dir);
	}
	return data_make(&p, ret, e);
}
