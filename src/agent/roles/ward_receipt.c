/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing the owner's data and saying so: erase, sign, queue for the service, keep for the owner, and only then forget
 * that an erasure was begun. A power cut anywhere repeats it, so that no erasure is without its receipt
 * (EN303645 5.11-4).
 */
#include <stdio.h>

#include "agent/roles/ward_state.h"
#include "core/base/banned.h"

#define RECEIPTS_MAX 64 /* kept for the owner; the oldest goes first */
#define RECEIPT_MODE 0600
#define FOLDER_MODE 0700

static rc folder(const struct ward *w, char ret[FILE_PATH_MAX], struct err *e)
{
	rc r = file_path(ret, e, w->config.device_dir, "state/receipts");
	return rc_failed(r) ? r : file_make_dir(ret, FOLDER_MODE, e);
}

/* Number after the newest; drops the oldest when there are too many. */
static rc next_number(const char *dir, unsigned *ret, struct err *e)
{
	char **names;
	size_t n;
	char path[FILE_PATH_MAX];
	unsigned last = 0;
	rc r = file_list_dir(dir, 2 * RECEIPTS_MAX, &names, &n, e);
	if (rc_failed(r))
		return r;
	if (n && sscanf(names[n - 1], "%8u.json", &last) != 1)
		last = 0;
	if (n >= RECEIPTS_MAX && rc_ok(r = file_path(path, e, dir, names[0])))
		r = file_remove(path, e);
	file_list_free(names);
	if (rc_ok(r))
		*ret = last + 1;
	return r;
}

static rc keep(const struct ward *w, const struct buf *envelope, struct err *e)
{
	char dir[FILE_PATH_MAX], name[32], path[FILE_PATH_MAX];
	unsigned number;
	rc r;
	if (rc_failed(r = folder(w, dir, e)) || rc_failed(r = next_number(dir, &number, e)))
		return r;
	(void)snprintf(name, sizeof name, "%08u.json", number);
	if (rc_failed(r = file_path(path, e, dir, name)))
		return r;
	return file_write_atomic(path, buf_view(envelope), RECEIPT_MODE, e);
}

static bool complete(const struct statement_receipt *s)
{
	/* The one line that is always there tells of flash storage; it is no failure. */
	return s->key_destroyed && s->not_erased_n <= 1;
}

rc ward_receipt_erase(struct ward *w, bool by_service, struct now now, bool *ret_complete, struct err *e)
{
	CLEANUP(buf_done) struct buf payload, envelope;
	struct statement_receipt receipt = {.time = now.wall};
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	(void)snprintf(receipt.device, sizeof receipt.device, "%s", w->config.device);
	rc r;
	if (rc_failed(r = vault_erase(&w->vault, by_service, &receipt, e)) ||
	    rc_failed(r = statement_receipt_encode(&receipt, &payload, e)) ||
	    rc_failed(r = ward_queue(w, "receipts", STATEMENT_TYPE_RECEIPT, &payload, &envelope, e)) ||
	    rc_failed(r = keep(w, &envelope, e)) || rc_failed(r = vault_erase_finished(&w->vault, e)))
		return err_wrap(e, "erasing personal data");
	*ret_complete = complete(&receipt);
	return RC_OK;
}

static rc last_name(const struct ward *w, char ret[FILE_PATH_MAX], struct err *e)
{
	char dir[FILE_PATH_MAX];
	char **names;
	size_t n;
	rc r = file_path(dir, e, w->config.device_dir, "state/receipts");
	if (rc_ok(r))
		r = file_list_dir(dir, 2 * RECEIPTS_MAX, &names, &n, e);
	if (rc_failed(r))
		return r;
	r = n ? file_path(ret, e, dir, names[n - 1]) : err_set(e, ERR_MISSING, "there is no receipt");
	file_list_free(names);
	return r;
}

bool ward_receipt_any(const struct ward *w)
{
	char path[FILE_PATH_MAX];
	return rc_ok(last_name(w, path, NULL));
}

rc ward_receipt_last(const struct ward *w, struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = last_name(w, path, e);
	return rc_failed(r) ? r : file_read(path, ENVELOPE_MAX, out, e);
}
