/* SPDX-License-Identifier: Apache-2.0 */
/* A factory for tests: real keys, certificates and records, made afresh. Static functions, used by several tests. */
#ifndef HALLMARK_TESTS_FLEET_FACTORY_H
#define HALLMARK_TESTS_FLEET_FACTORY_H

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "core/codec/hex.h"
#include "core/model/record.h"
#include "core/model/statement.h"
#include "host/keys/keyfile.h"
#include "host/os/chance.h"
#include "host/os/clock.h"
#include "host/os/file.h"

struct factory {
	struct privkey records, ca;
	struct buf ca_pem;
};

struct unit {
	struct privkey tls, statement;
	struct buf cert_pem, record; /* record: the signed envelope */
	struct record rec;
};

static inline void factory_cert(enum cert_use use, const char *cn, const struct pubkey *subject, struct privkey *issuer,
				struct bytes issuer_pem, struct buf *out)
{
	struct err e = {0};
	static const char *const hosts[] = {"127.0.0.1", "localhost", NULL};
	struct wall_time now = clock_now().wall;
	struct cert_request q = {.use = use,
				 .common_name = cn,
				 .hosts = use == CERT_SERVER ? hosts : NULL,
				 .not_before = {now.s - 3600},
				 .not_after = {now.s + 86400}};
	buf_init(out, CERT_PEM_MAX);
	check_ok(chance_fill(q.serial, sizeof q.serial, &e));
	q.serial[0] = (uint8_t)(q.serial[0] & 0x7f) | 1;
	check_ok(cert_issue(&q, subject, issuer, issuer_pem, out, &e));
}

static inline void factory_init(struct factory *f)
{
	struct err e = {0};
	*f = (struct factory){0};
	check_ok(keyfile_generate(KEY_ED25519, &f->records, &e));
	check_ok(keyfile_generate(KEY_ECDSA_P256, &f->ca, &e));
	factory_cert(CERT_CA, "test factory CA", &f->ca.pub, &f->ca, bytes_of(NULL, 0), &f->ca_pem);
}

static inline void factory_done(struct factory *f)
{
	privkey_done(&f->records);
	privkey_done(&f->ca);
	buf_done(&f->ca_pem);
}

static inline void factory_unit(struct factory *f, const char *id, struct unit *u)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf key_pem;
	CLEANUP(cert_info_done) struct cert_info info = {0};
	struct signer signer = privkey_signer(&f->records);
	*u = (struct unit){0};
	buf_init(&key_pem, KEY_PEM_MAX);
	buf_init(&u->record, ENVELOPE_MAX);
	check_ok(keyfile_generate(KEY_ECDSA_P256, &u->tls, &e));
	check_ok(keyfile_generate(KEY_ED25519, &u->statement, &e));
	factory_cert(CERT_CLIENT, id, &u->tls.pub, &f->ca, buf_view(&f->ca_pem), &u->cert_pem);
	check_ok(cert_read(buf_view(&u->cert_pem), &info, &e));
	check_ok(pubkey_pem(&u->statement.pub, &key_pem, &e));
	struct record *r = &u->rec;
	(void)snprintf(r->device, sizeof r->device, "%s", id);
	(void)snprintf(r->model, sizeof r->model, "cam1");
	(void)snprintf(r->maker, sizeof r->maker, "Lumen & <Sons>");
	r->made = clock_now().wall;
	(void)snprintf(r->cert, sizeof r->cert, "%s", buf_text(&u->cert_pem));
	(void)snprintf(r->cert_fingerprint, sizeof r->cert_fingerprint, "%s", info.fingerprint);
	(void)snprintf(r->statement_key, sizeof r->statement_key, "%s", buf_text(&key_pem));
	(void)snprintf(r->page_cert, sizeof r->page_cert, "%s", buf_text(&u->cert_pem));
	(void)snprintf(r->key_grade, sizeof r->key_grade, "file");
	r->password_bits = 60;
	(void)memset(r->password_id, 'a', 64);
	check_ok(record_sign(r, &signer, &u->record, &e));
}

static inline void factory_unit_done(struct unit *u)
{
	privkey_done(&u->tls);
	privkey_done(&u->statement);
	buf_done(&u->cert_pem);
	buf_done(&u->record);
}

/* A boot statement of this unit, not yet signed. */
static inline struct statement_boot factory_boot(const struct unit *u, const char *version)
{
	struct err e = {0};
	struct statement_boot b = {.time = clock_now().wall,
				   .counter = 2,
				   .slot = 'b',
				   .outcome = STATEMENT_CONFIRMED,
				   .health_n = 1,
				   .health = {{"web", true, ""}}};
	(void)snprintf(b.device, sizeof b.device, "%s", u->rec.device);
	(void)snprintf(b.model, sizeof b.model, "%s", u->rec.model);
	(void)snprintf(b.version, sizeof b.version, "%s", version);
	check_ok(chance_fill(b.boot, sizeof b.boot, &e));
	return b;
}

static inline void factory_sign_boot(struct unit *u, const struct statement_boot *b, struct buf *out)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf payload;
	struct signer s = privkey_signer(&u->statement);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_ok(statement_boot_encode(b, &payload, &e));
	check_ok(envelope_sign(&s, STATEMENT_TYPE_BOOT, buf_view(&payload), out, &e));
}

/* rm -r of a folder that the test made; two levels are enough here. */
static inline void factory_remove(const char *dir, int depth)
{
	struct err e = {0};
	char **names = NULL;
	size_t n = 0;
	if (depth > 0 && rc_ok(file_list_dir(dir, 10000, &names, &n, &e)))
		for (size_t i = 0; i < n; i++) {
			char p[FILE_PATH_MAX];
			if (rc_ok(file_path(p, &e, dir, names[i])) && remove(p) != 0)
				factory_remove(p, depth - 1);
		}
	file_list_free(names);
	(void)remove(dir);
}

#endif
