/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the unit's own description, written by the factory step. */
#include "agent/roles/device.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define DEVICE_JSON_MAX 4096

static rc get_name(const json_t *j, const char *key, char *out, size_t size, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(j, "device.json", key, size - 1, &text, e);
	if (rc_failed(r))
		return r;
	if (!name_ok(text))
		return err_set(e, ERR_INPUT, "device.json: \"%s\" is not a name", key);
	(void)snprintf(out, size, "%s", text);
	return RC_OK;
}

static rc get_port(const json_t *j, const char *key, int64_t min, uint16_t *ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(j, "device.json", key, min, UINT16_MAX, &v, e);
	if (rc_ok(r))
		*ret = (uint16_t)v;
	return r;
}

static rc decode(const json_t *j, struct device *d, struct err *e)
{
	static const char *const keys[] = {"v", "device", "model", "service_host", "service_port", "page_port", NULL};
	const char *host = NULL;
	int64_t v = 0;
	rc r = json_codec_only(j, "device.json", keys, e);
	if (rc_failed(r) || rc_failed(r = json_codec_int(j, "device.json", "v", 1, 1, &v, e)) ||
	    rc_failed(r = get_name(j, "device", d->id, sizeof d->id, e)) ||
	    rc_failed(r = get_name(j, "model", d->model, sizeof d->model, e)) ||
	    rc_failed(r = json_codec_text(j, "device.json", "service_host", DEVICE_HOST_SIZE - 1, &host, e)) ||
	    rc_failed(r = get_port(j, "service_port", 1, &d->service_port, e)) ||
	    rc_failed(r = get_port(j, "page_port", 0, &d->page_port, e)))
		return r;
	(void)snprintf(d->service_host, sizeof d->service_host, "%s", host);
	return RC_OK;
}

rc device_load(const char *device_dir, struct device *ret, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf text;
	JSON_AUTO json_t *j = NULL;
	struct device d = {0};
	buf_init(&text, DEVICE_JSON_MAX);
	rc r = file_path(path, e, device_dir, "factory/device.json");
	if (rc_ok(r))
		r = file_read(path, DEVICE_JSON_MAX - 1, &text, e);
	if (rc_ok(r))
		r = json_codec_parse(buf_view(&text), DEVICE_JSON_MAX, path, &j, e);
	if (rc_ok(r))
		r = decode(j, &d, e);
	if (rc_failed(r))
		return err_hint(e, "run `hallmark provision` for this device first");
	*ret = d;
	return RC_OK;
}
