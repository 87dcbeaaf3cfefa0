/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one unit: keys, certificates, password, signed record, and the files of DEV/factory. Everything secret is made
 * here, from the kernel's randomness, and goes to the unit's folder (0600) and, the password alone, to its label.
 */
#include "release/factory_unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/codec/base32.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/crypto/password.h"
#include "core/model/record.h"
#include "host/keys/keyfile.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define RANDOM_BYTES ((BATCH_PASSWORD_BITS + 7) / 8)
#define CLOCK_SKEW_SECONDS 3600

struct unit_keys {
	struct privkey tls, page, statement;
	struct buf tls_pem, page_pem, statement_pem;
};

static void unit_keys_done(struct unit_keys *k)
{
	privkey_done(&k->tls);
	privkey_done(&k->page);
	privkey_done(&k->statement);
	buf_done(&k->tls_pem);
	buf_done(&k->page_pem);
	buf_done(&k->statement_pem);
}

void factory_unit_done(struct factory_draft *d)
{
	mem_wipe(d->password, sizeof d->password);
	buf_done(&d->record);
	staging_done(&d->staging);
}

/* A certificate of the factory CA for the life of the unit; `host` NULL: a client's. */
static rc issue(struct factory_line *line, const char *device, const char *host, const struct pubkey *subject,
		struct buf *out, struct err *e)
{
	const char *const hosts[] = {host, NULL};
	struct cert_request req = {
		.use = host ? CERT_SERVER : CERT_CLIENT,
		.common_name = device,
		.hosts = host ? hosts : NULL,
		.not_before = {line->run->now.s - CLOCK_SKEW_SECONDS},
		.not_after = {INT64_MAX},
	};
	rc r = chance_fill(req.serial, sizeof req.serial, e);
	return rc_ok(r) ? cert_issue(&req, subject, &line->ca, buf_view(&line->ca_pem), out, e) : r;
}

static rc make_keys(struct factory_line *line, const struct factory_draft *d, struct unit_keys *k, struct err *e)
{
	char host[FACTORY_HOST_MAX + 1];
	(void)snprintf(host, sizeof host, "%s%s", line->run->page_host ? line->run->page_host : d->told.id,
		       line->run->page_host ? "" : ".local");
	buf_init(&k->tls_pem, RECORD_PEM_MAX);
	buf_init(&k->page_pem, RECORD_PEM_MAX);
	buf_init(&k->statement_pem, RECORD_PEM_MAX);
	rc r = keyfile_generate(KEY_ECDSA_P256, &k->tls, e);
	if (rc_ok(r))
		r = keyfile_generate(KEY_ECDSA_P256, &k->page, e);
	if (rc_ok(r))
		r = keyfile_generate(KEY_ED25519, &k->statement, e);
	if (rc_ok(r))
		r = issue(line, d->told.id, NULL, &k->tls.pub, &k->tls_pem, e);
	if (rc_ok(r))
		r = issue(line, d->told.id, host, &k->page.pub, &k->page_pem, e);
	return rc_ok(r) ? pubkey_pem(&k->statement.pub, &k->statement_pem, e) : r;
}

/* 13 characters of Crockford base32 from the kernel's generator: 65 bits (EN303645 5.1-2 asks for no pattern). */
static rc make_password(struct factory_draft *d, char ret_phc[PASSWORD_PHC_SIZE], struct err *e)
{
	uint8_t random[RANDOM_BYTES], salt[PASSWORD_SALT_SIZE], digest[SHA256_SIZE];
	uint8_t both[PASSWORD_SALT_SIZE + BATCH_PASSWORD_CHARS];
	rc r = chance_fill(random, sizeof random, e);
	if (rc_ok(r))
		r = chance_fill(salt, sizeof salt, e);
	if (rc_failed(r))
		return r;
	base32_encode(bytes_of(random, sizeof random), BATCH_PASSWORD_CHARS, d->password);
	mem_wipe(random, sizeof random);
	r = password_hash(PASSWORD_COST_DEVICE, bytes_of_text(d->password), salt, ret_phc, e);
	memcpy(both, salt, sizeof salt);
	memcpy(both + sizeof salt, d->password, BATCH_PASSWORD_CHARS);
	if (rc_ok(r))
		r = hash_sha256(bytes_of(both, sizeof both), digest, e);
	mem_wipe(both, sizeof both);
	if (rc_ok(r))
		hex_encode(bytes_of(digest, sizeof digest), d->password_id);
	return r;
}

static rc make_record(struct factory_line *line, struct factory_draft *d, const struct unit_keys *k, struct err *e)
{
	MEM_AUTO struct record *rec = mem_alloc(sizeof *rec);
	CLEANUP(cert_info_done) struct cert_info cert = {0};
	struct signer factory = privkey_signer(&line->factory);
	if (!rec)
		return err_set(e, ERR_MEMORY, "factory record: out of memory");
	rc r = cert_read(buf_view(&k->tls_pem), &cert, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(rec->device, sizeof rec->device, "%s", d->told.id);
	(void)snprintf(rec->model, sizeof rec->model, "%s", line->run->model);
	(void)snprintf(rec->maker, sizeof rec->maker, "%s", line->run->maker);
	(void)snprintf(rec->cert, sizeof rec->cert, "%s", buf_text(&k->tls_pem));
	(void)snprintf(rec->statement_key, sizeof rec->statement_key, "%s", buf_text(&k->statement_pem));
	(void)snprintf(rec->page_cert, sizeof rec->page_cert, "%s", buf_text(&k->page_pem));
	(void)snprintf(rec->key_grade, sizeof rec->key_grade, "file");
	memcpy(rec->cert_fingerprint, cert.fingerprint, sizeof rec->cert_fingerprint);
	memcpy(rec->password_id, d->password_id, sizeof rec->password_id);
	rec->made = line->run->now;
	rec->password_bits = BATCH_PASSWORD_BITS;
	return record_sign(rec, &factory, &d->record, e);
}

static rc make_device_json(const struct factory_line *line, const struct factory_draft *d, struct buf *out,
			   struct err *e)
{
	const struct factory_run *run = line->run;
	JSON_AUTO json_t *doc = json_pack("{s:i, s:s, s:s, s:s, s:i, s:i}", "v", 1, "device", d->told.id, "model",
					  run->model, "service_host", run->service_host, "service_port",
					  (int)run->service_port, "page_port", (int)run->page_port);
	if (!doc)
		return err_set(e, ERR_INPUT, "device.json: a text is not UTF-8");
	return json_codec_canonical(doc, out, e);
}

static rc put_key(const struct factory_draft *d, const char *name, const struct privkey *k, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, d->staging.path, name);
	return rc_ok(r) ? keyfile_save(path, k, (struct bytes){0}, e) : r;
}

static rc put_files(struct factory_line *line, const struct factory_draft *d, const struct unit_keys *k,
		    const char *phc, struct err *e)
{
	CLEANUP(buf_done) struct buf device;
	buf_init(&device, 4096);
	rc r = make_device_json(line, d, &device, e);
	const struct {
		const char *name;
		struct bytes content;
	} files[] = {
		{"factory/device.json", buf_view(&device)},
		{"factory/tls.pem", buf_view(&k->tls_pem)},
		{"factory/page.pem", buf_view(&k->page_pem)},
		{"factory/factory-ca.pem", buf_view(&line->ca_pem)},
		{"factory/service-ca.pem", buf_view(&line->service_ca_pem)},
		{"factory/root.json", buf_view(&line->root)},
		{"factory/record.json", buf_view(&d->record)},
		{"factory/password.phc", bytes_of_text(phc)},
	};
	for (size_t i = 0; i < ARRAY_LEN(files) && rc_ok(r); i++)
		r = staging_put(&d->staging, files[i].name, files[i].content, 0600, e);
	if (rc_ok(r))
		r = put_key(d, "factory/tls.key", &k->tls, e);
	if (rc_ok(r))
		r = put_key(d, "factory/page.key", &k->page, e);
	return rc_ok(r) ? put_key(d, "factory/statement.key", &k->statement, e) : r;
}

static rc make_folder(struct factory_draft *d, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = staging_begin(&d->staging, d->told.dir, e);
	if (rc_ok(r))
		r = file_path(path, e, d->staging.path, "factory");
	return rc_ok(r) ? file_make_dir(path, 0700, e) : r;
}

rc factory_unit_make(struct factory_line *line, struct factory_draft *d, struct err *e)
{
	CLEANUP(unit_keys_done) struct unit_keys k = {0};
	char phc[PASSWORD_PHC_SIZE];
	buf_init(&d->record, RECORD_MAX * 2);
	(void)snprintf(d->url, sizeof d->url, "https://%s%s:%u/",
		       line->run->page_host ? line->run->page_host : d->told.id, line->run->page_host ? "" : ".local",
		       line->run->page_port);
	rc r = make_folder(d, e);
	if (rc_ok(r))
		r = make_keys(line, d, &k, e);
	if (rc_ok(r))
		r = make_password(d, phc, e);
	if (rc_ok(r))
		r = make_record(line, d, &k, e);
	return rc_ok(r) ? put_files(line, d, &k, phc, e) : r;
}
