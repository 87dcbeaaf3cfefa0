/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reason codes of an update (docs/wire.md section 2): why a release is not installed now, or was refused. The words are
 * stable: device, service, control program and owner's page exchange them. Each has one sentence for people.
 */
#ifndef HALLMARK_CORE_MODEL_REASON_H
#define HALLMARK_CORE_MODEL_REASON_H

#include <stdbool.h>
#include <stddef.h>

#define REASON_SIZE 20 /* bytes of the longest word and a NUL */

/* The words one by one, for tables and tests; NULL after the last. "none" is the first. */
const char *reason_word(size_t i);

bool reason_known(const char *word);

/* Does it keep a release back for a while, without any fault of the release or the service? */
bool reason_holds(const char *word);

/* One plain sentence; of an unknown word a general one. Never NULL. */
const char *reason_sentence(const char *word);

#endif
