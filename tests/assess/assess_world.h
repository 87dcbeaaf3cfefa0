/* SPDX-License-Identifier: Apache-2.0 */
/* What the assessor's tests share: a made-up product, keys, and facts. */
#ifndef HALLMARK_TESTS_ASSESS_WORLD_H
#define HALLMARK_TESTS_ASSESS_WORLD_H

#include "check.h"

#include "assess/judging.h"
#include "assess/subject.h"
#include "core/crypto/key.h"
#include "core/model/record.h"

/* A subject with a page on 8443 and a TLS listener on 8554, and the provisions named (both kinds of case each). */
struct subject *assess_world_subject(const char *const *provisions);

struct privkey assess_world_key(enum key_type type);

void assess_world_fact(struct fact_set *s, const char *id, enum fact_state state, const char *value);

/* A record of one unit with the given statement key; `page` may be NULL. */
void assess_world_record(const char *device, const struct pubkey *statement, const char *password_id,
			 struct privkey *page_key, struct record *ret);

/* A new folder below the temporary directory. */
void assess_world_dir(char ret[256]);
void assess_world_drop(const char *dir);

#endif
