/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes and errors of the device API, and the files of the TUF repository. Identity comes before the route. Runs in
 * the device role, which can read the repository and no key but its TLS key.
 */
#include "fleet/api/api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/codec/json.h"
#include "core/model/envelope.h"
#include "fleet/api/api_device.h"
#include "fleet/api/range.h"
#include "fleet/registry/registry_db.h"
#include "host/os/file.h"
#include "core/base/banned.h"

static const char type_json[] = "application/json";

void api_error(struct http_response *resp, int status, const char *word, const char *text)
{
	JSON_AUTO json_t *j = json_pack("{s:s,s:s}", "error", word, "text", text);
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, KIB * 2);
	if (!j || rc_failed(json_codec_canonical(j, &out, NULL)))
		buf_put_text(&out, "{\"error\":\"internal\"}");
	http_response_text(resp, status, type_json, buf_text(&out));
}

void api_fail(const struct api *a, rc r, const struct err *e, struct http_response *resp)
{
	static const struct {
		enum err_code code;
		int status;
	} rows[] = {
		{ERR_INPUT, 400},   {ERR_LIMIT, 400}, {ERR_TRUST, 403}, {ERR_DENIED, 403},
		{ERR_MISSING, 404}, {ERR_BUSY, 503},  {ERR_SPACE, 507},
	};
	int status = 500;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == r.code)
			status = rows[i].status;
	if (status >= 500 && a->report)
		a->report(a->report_ctx, e->text);
	api_error(resp, status, err_code_name(r.code), status >= 500 ? "the service failed; try again later" : e->text);
}

static void not_found(struct http_response *resp)
{
	api_error(resp, 404, "missing", "there is nothing here");
}

static void send_file(const struct api *a, const char *path, const struct http_request *req, struct http_response *resp)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd < 0 && errno != ENOENT && errno != ELOOP && a->report)
			a->report(a->report_ctx, path);
		not_found(resp);
		return;
	}
	const struct http_text *range = http_header(req->head, "range");
	uint64_t size = (uint64_t)st.st_size, offset = 0, length = size;
	enum range_kind kind = range ? range_parse(bytes_of(range->p, range->n), size, &offset, &length) : RANGE_WHOLE;
	char text[96];
	if (kind == RANGE_UNSATISFIABLE) {
		api_error(resp, 416, "limit", "the range starts behind the end");
		(void)snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)size);
		http_response_header(resp, "Content-Range", text);
		return;
	}
	if (kind == RANGE_PART) {
		resp->status = 206;
		(void)snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)offset,
			       (unsigned long long)(offset + length - 1), (unsigned long long)size);
		http_response_header(resp, "Content-Range", text);
	}
	http_response_header(resp, "Accept-Ranges", "bytes");
	resp->file_offset = offset;
	resp->file_length = length;
	resp->file_fd = fd;
	fd = -1;
}

static void get_file(const struct api *a, const char *folder, const char *name, const struct http_request *req,
		     struct http_response *resp)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err e = {0};
	rc r = file_path(dir, &e, a->repo, folder);
	if (rc_ok(r))
		r = file_path(path, &e, dir, name);
	if (rc_failed(r)) {
		api_fail(a, r, &e, resp);
		return;
	}
	bool json = strcmp(folder, "metadata") == 0;
	http_response_header(resp, "Content-Type", json ? type_json : "application/octet-stream");
	/* Metadata changes under its name (timestamp.json); a target never does. */
	http_response_header(resp, "Cache-Control", json ? "no-cache" : "private, immutable, max-age=31536000");
	send_file(a, path, req, resp);
}

static void post_checkin(const struct api *a, const struct registry_device *d, const struct http_request *req,
			 struct http_response *resp)
{
	struct err e = {0};
	if (req->body.n > CHECKIN_MAX) {
		api_error(resp, 413, "limit", "a check-in is smaller than that");
		return;
	}
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, CHECKIN_MAX);
	rc r = api_device_checkin(a, d, req->body, req->now.wall, &out, &e);
	if (rc_failed(r))
		api_fail(a, r, &e, resp);
	else
		http_response_text(resp, 200, type_json, buf_text(&out));
}

static void post_noun(const struct api *a, const struct registry_device *d, enum ingest_kind kind,
		      const struct http_request *req, struct http_response *resp)
{
	struct err e = {0};
	rc r = api_device_noun(a, d, kind, req->body, req->now.wall, &e);
	if (rc_failed(r))
		api_fail(a, r, &e, resp);
	else
		resp->status = 204;
}

/* The rest of the path after `prefix`, as one decoded segment. */
static bool segment(const struct http_text *path, const char *prefix, char *out, size_t size)
{
	size_t n = strlen(prefix);
	if (path->n <= n || memcmp(path->p, prefix, n) != 0)
		return false;
	return http_segment_decode((struct http_text){path->p + n, path->n - n}, out, size);
}

static void route_get(const struct api *a, const struct http_request *req, struct http_response *resp)
{
	char name[RANGE_NAME_MAX + 1];
	if (req->head->method != HTTP_GET && req->head->method != HTTP_HEAD)
		api_error(resp, 405, "denied", "GET and POST are offered here");
	else if (segment(&req->head->path, "/v1/metadata/", name, sizeof name) && range_metadata_name_ok(name))
		get_file(a, "metadata", name, req, resp);
	else if (segment(&req->head->path, "/v1/targets/", name, sizeof name) && range_target_name_ok(name))
		get_file(a, "targets", name, req, resp);
	else
		not_found(resp);
}

static void route_post(const struct api *a, const struct registry_device *d, const struct http_request *req,
		       struct http_response *resp)
{
	static const struct {
		const char *path;
		enum ingest_kind kind;
	} nouns[] = {
		{"/v1/statements", INGEST_STATEMENT},
		{"/v1/alerts", INGEST_ALERT},
		{"/v1/evidence", INGEST_EVIDENCE},
		{"/v1/receipts", INGEST_RECEIPT},
	};
	if (http_text_is(req->head->path, "/v1/checkin")) {
		post_checkin(a, d, req, resp);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		if (http_text_is(req->head->path, nouns[i].path)) {
			post_noun(a, d, nouns[i].kind, req, resp);
			return;
		}
	not_found(resp);
}

static void handle_get(const struct api *a, const struct http_request *req, struct http_response *resp)
{
	struct registry_device d;
	struct err e = {0};
	rc r = registry_db_find(a->store, req->peer->fingerprint, req->peer->common_name, &d, &e);
	if (rc_failed(r))
		api_fail(a, r, &e, resp);
	else
		route_get(a, req, resp);
}

/* Looking up and writing are one transaction, in the group that api_settle commits. Refusals wait too: what they are
 * based on is of the same group. */
static void handle_post(const struct api *a, const struct http_request *req, struct http_response *resp)
{
	struct registry_device d;
	struct err e = {0};
	rc r = store_group(a->store, &e);
	resp->hold = true;
	if (rc_ok(r))
		r = registry_db_find(a->store, req->peer->fingerprint, req->peer->common_name, &d, &e);
	if (rc_failed(r))
		api_fail(a, r, &e, resp);
	else
		route_post(a, &d, req, resp);
}

void api_handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	const struct api *a = ctx;
	if (!req->peer->authenticated)
		api_error(resp, 403, "denied", "a device certificate is required");
	else if (req->head->method == HTTP_POST)
		handle_post(a, req, resp);
	else
		handle_get(a, req, resp);
}

bool api_settle(void *ctx, struct http_response *failure)
{
	const struct api *a = ctx;
	struct err e = {0};
	rc r = store_group_commit(a->store, &e);
	if (rc_failed(r))
		api_fail(a, r, &e, failure);
	return rc_ok(r);
}
