/* SPDX-License-Identifier: Apache-2.0 */
#include "assess_world.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"

#define YEAR ((int64_t)365 * 86400)
#define MADE 1790000000

struct subject *assess_world_subject(const char *const *provisions)
{
	struct subject *s = mem_alloc(sizeof *s);
	assert_non_null(s);
	(void)snprintf(s->edition, sizeof s->edition, "EN 303 645 V3.1.3");
	(void)snprintf(s->words.maker, sizeof s->words.maker, "Lumen");
	(void)snprintf(s->words.product, sizeof s->words.product, "Doorbell");
	(void)snprintf(s->words.model, sizeof s->words.model, "lumen-1");
	(void)snprintf(s->words.version, sizeof s->words.version, "1.2.0");
	(void)snprintf(s->words.support_end, sizeof s->words.support_end, "2099-12-31");
	(void)snprintf(s->words.url, sizeof s->words.url, "https://lumen.example/support");
	s->page_port = 8443;
	s->listeners[s->listeners_n++] = (struct subject_listener){.port = 8554, .tls = true};
	for (; *provisions; provisions++) {
		struct subject_provision *p = &s->provisions[s->provisions_n++];
		(void)snprintf(p->id, sizeof p->id, "%s", *provisions);
		(void)snprintf(p->title, sizeof p->title, "title of %s", *provisions);
		(void)snprintf(p->section, sizeof p->section, "section");
		p->mandatory = p->functional = true;
		p->applies = SUBJECT_APPLIES;
	}
	return s;
}

struct privkey assess_world_key(enum key_type type)
{
	struct err e = {0};
	struct privkey k = {0};
	EVP_PKEY *made = type == KEY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
					     : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(made);
	check_ok(privkey_of_pkey(made, &k, &e));
	EVP_PKEY_free(made);
	return k;
}

void assess_world_fact(struct fact_set *s, const char *id, enum fact_state state, const char *value)
{
	struct err e = {0};
	struct fact f = {.state = state, .time = {MADE}};
	(void)snprintf(f.id, sizeof f.id, "%s", id);
	(void)snprintf(f.what, sizeof f.what, "what of %s", id);
	(void)snprintf(f.probe, sizeof f.probe, "ports");
	(void)snprintf(f.value, sizeof f.value, "%s", value);
	(void)snprintf(f.evidence, sizeof f.evidence, "evidence of %s", id);
	check_ok(fact_set_add(s, &f, &e));
}

static void make_cert(const char *name, struct privkey *key, char out[RECORD_PEM_MAX + 1])
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf pem;
	const char *const hosts[] = {"127.0.0.1", NULL};
	const struct cert_request req = {.use = CERT_SERVER,
					 .common_name = name,
					 .hosts = hosts,
					 .serial = {1, 2, 3},
					 .not_before = {MADE - 20 * YEAR},
					 .not_after = {MADE + 50 * YEAR}};
	buf_init(&pem, CERT_PEM_MAX);
	check_ok(cert_issue(&req, &key->pub, key, bytes_of(NULL, 0), &pem, &e));
	(void)snprintf(out, RECORD_PEM_MAX + 1, "%s", buf_text(&pem));
}

void assess_world_record(const char *device, const struct pubkey *statement, const char *password_id,
			 struct privkey *page_key, struct record *ret)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf pem;
	CLEANUP(cert_info_done) struct cert_info info = {0};
	struct privkey tls = assess_world_key(KEY_ECDSA_P256);
	uint8_t id[SHA256_SIZE];
	buf_init(&pem, KEY_PEM_MAX);
	*ret = (struct record){.made = {MADE}, .password_bits = 60};
	(void)snprintf(ret->device, sizeof ret->device, "%s", device);
	(void)snprintf(ret->model, sizeof ret->model, "lumen-1");
	(void)snprintf(ret->maker, sizeof ret->maker, "Lumen");
	(void)snprintf(ret->key_grade, sizeof ret->key_grade, "file");
	make_cert(device, &tls, ret->cert);
	check_ok(cert_read(bytes_of_text(ret->cert), &info, &e));
	(void)snprintf(ret->cert_fingerprint, sizeof ret->cert_fingerprint, "%s", info.fingerprint);
	make_cert(device, page_key ? page_key : &tls, ret->page_cert);
	check_ok(pubkey_pem(statement, &pem, &e));
	(void)snprintf(ret->statement_key, sizeof ret->statement_key, "%s", buf_text(&pem));
	check_ok(hash_sha256(bytes_of_text(password_id), id, &e));
	hex_encode(bytes_of(id, sizeof id), ret->password_id);
	privkey_done(&tls);
}

void assess_world_dir(char ret[256])
{
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(ret, 256, "%s/hallmark-assess-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(ret));
}

void assess_world_drop(const char *dir)
{
	DIR *d = opendir(dir);
	if (!d)
		return;
	for (const struct dirent *x; (x = readdir(d));) {
		char path[600];
		struct stat st;
		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, x->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			assess_world_drop(path);
		else
			(void)unlink(path);
	}
	(void)closedir(d);
	(void)rmdir(dir);
}
