/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a batch of factory records. Nothing in an envelope is believed before the factory key has confirmed it. */
#include "assess/records.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/model/envelope.h"
#include "host/os/file.h"
#include "core/base/banned.h"

void records_done(struct records *r)
{
	mem_free(r->list);
	*r = (struct records){0};
}

static rc add(struct records *r, struct bytes envelope, const struct pubkey *factory, struct err *e)
{
	struct err why = {0};
	if (r->n >= RECORDS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d factory records", RECORDS_MAX);
	struct record *list = mem_regrow(r->list, r->n, r->n + 1, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "no memory for factory records");
	r->list = list;
	if (rc_ok(record_open(envelope, factory, &r->list[r->n], &why))) {
		r->n++;
		return RC_OK;
	}
	if (!r->refused++)
		(void)snprintf(r->why_refused, sizeof r->why_refused, "%.250s", why.text);
	return RC_OK;
}

static rc add_lines(struct records *r, struct bytes text, const struct pubkey *factory, struct err *e)
{
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		if (n) {
			rc done = add(r, bytes_of(text.p, n), factory, e);
			if (rc_failed(done))
				return done;
		}
		size_t used = end ? n + 1 : n;
		text = bytes_of(text.p + used, text.n - used);
	}
	return RC_OK;
}

static rc add_folder(struct records *r, const char *path, const struct pubkey *factory, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	rc done = file_list_dir(path, RECORDS_MAX, &names, &n, e);
	for (size_t i = 0; rc_ok(done) && i < n; i++) {
		CLEANUP(buf_done) struct buf text;
		char file[FILE_PATH_MAX];
		size_t len = strlen(names[i]);
		buf_init(&text, ENVELOPE_MAX);
		if (len < 5 || strcmp(names[i] + len - 5, ".json") != 0)
			continue;
		if (rc_ok(done = file_path(file, e, path, names[i])) &&
		    rc_ok(done = file_read(file, ENVELOPE_MAX, &text, e)))
			done = add_lines(r, buf_view(&text), factory, e);
	}
	if (names)
		file_list_free(names);
	return done;
}

static rc load_key(const char *path, struct pubkey *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, KEY_PEM_MAX);
	rc r = file_read(path, KEY_PEM_MAX, &pem, e);
	if (rc_ok(r))
		r = pubkey_from_pem(buf_view(&pem), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "the factory's public key");
}

rc records_load(const char *path, const char *factory_pub_path, struct records *ret, struct err *e)
{
	CLEANUP(records_done) struct records r = {0};
	CLEANUP(pubkey_done) struct pubkey factory = {0};
	CLEANUP(buf_done) struct buf text;
	struct stat st;
	buf_init(&text, RECORDS_BYTES_MAX);
	rc done = load_key(factory_pub_path, &factory, e);
	if (rc_failed(done))
		return done;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		done = add_folder(&r, path, &factory, e);
	else if (rc_ok(done = file_read(path, RECORDS_BYTES_MAX, &text, e)))
		done = add_lines(&r, buf_view(&text), &factory, e);
	if (rc_failed(done))
		return err_wrap(e, "reading factory records");
	if (!r.n && r.refused)
		return err_set(e, ERR_TRUST, "no factory record in %s is genuine: %s", path, r.why_refused);
	if (!r.n)
		return err_set(e, ERR_MISSING, "no factory record in %s", path);
	*ret = r;
	r = (struct records){0};
	return RC_OK;
}

const struct record *records_of_page(const struct records *r, const char *fingerprint)
{
	for (size_t i = 0; i < r->n; i++) {
		CLEANUP(cert_info_done) struct cert_info c = {0};
		if (rc_ok(cert_read(bytes_of_text(r->list[i].page_cert), &c, NULL)) &&
		    strcmp(c.fingerprint, fingerprint) == 0)
			return &r->list[i];
	}
	return NULL;
}
