/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the record of publications. Missing in its usual place is "nothing published"; all else unreadable is an error.
 */
#include "product/published_io.h"

#include <stdio.h>

#include "core/base/banned.h"

#define ENDING ".published.jsonl"

rc published_path(const char *declaration, char ret[FILE_PATH_MAX], struct err *e)
{
	size_t n = strlen(declaration);
	if (n > 5 && strcmp(declaration + n - 5, ".yaml") == 0)
		n -= 5;
	else if (n > 4 && strcmp(declaration + n - 4, ".yml") == 0)
		n -= 4;
	if (n + sizeof ENDING > FILE_PATH_MAX)
		return err_set(e, ERR_LIMIT, "path longer than %d bytes: %.80s...", FILE_PATH_MAX - 1, declaration);
	(void)snprintf(ret, FILE_PATH_MAX, "%.*s" ENDING, (int)n, declaration);
	return RC_OK;
}

rc published_load(const struct published_source *s, struct publication_record *ret, struct err *e)
{
	char usual[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, PUBLICATION_RECORD_MAX);
	rc r = published_path(s->declaration, usual, e);
	if (rc_failed(r))
		return r;
	const char *path = s->record ? s->record : usual;
	r = file_read(path, PUBLICATION_RECORD_MAX, &text, e);
	if (r.code == ERR_MISSING && !s->record) {
		err_clear(e);
		return RC_OK;
	}
	if (rc_failed(r))
		return err_wrap(e, "reading what was published");
	r = publication_record_check(buf_view(&text), s->key, ret, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", path);
}

rc published_judge(const struct published_source *s, const struct declaration *d, struct wall_time today,
		   struct judge_result **ret, struct publication_record *ret_record, struct err *e)
{
	CLEANUP(publication_record_done) struct publication_record record = {0};
	struct judge_result *judged = NULL;
	rc r = published_load(s, &record, e);
	const struct publication *newest = publication_newest(&record);
	if (rc_ok(r) && newest)
		r = publication_same(newest, d->maker.name, d->model, e);
	if (rc_ok(r))
		r = judge_declaration(d, today, &judged, e);
	if (rc_failed(r))
		return r;
	if (newest)
		judge_published(d, newest->support_until, newest->published, judged);
	*ret = judged;
	if (ret_record) {
		*ret_record = record;
		record = (struct publication_record){0};
	}
	return RC_OK;
}
