/* SPDX-License-Identifier: Apache-2.0 */
/* What several judges ask of a declared text, list or document. */
#ifndef HALLMARK_PRODUCT_JUDGE_CHECK_H
#define HALLMARK_PRODUCT_JUDGE_CHECK_H

#include "product/judge_rows.h"

/* More than "n/a" or "...": two words at least. */
bool judge_check_says_something(const char *text);

/* Does one of the words (ending with NULL) stand in the text, as a word of its own? Returns it, or NULL. */
const char *judge_check_word(const char *text, const char *const *words);

/*
 * Names of cryptography against the reference catalogue: a finding for each that is not good, and one for an empty
 * list. `of` says whose: "the login owner-password"; `key` where to declare it.
 */
void judge_check_crypto(struct judge_case *c, const struct decl_texts *names, uint32_t line, const char *of,
			const char *key);

bool judge_check_gives(const struct decl_texts *guarantees, const char *word);
/* What must be among the guarantees, if any are stated; `words` ends with NULL. */
void judge_check_guarantees(struct judge_case *c, const struct decl_texts *guarantees, uint32_t line, const char *of,
			    const char *const *words);

/* A text on how something is generated: stated, and from nothing that others know or can count up. */
void judge_check_generation(struct judge_case *c, const char *text, uint32_t line, const char *of, const char *key);

/* A page for the owner: its own address, or the manual's. */
void judge_check_page(struct judge_case *c, const char *url, const char *key, const char *promise);

/* The channel of an id; NULL if none. */
const struct decl_channel *judge_check_channel(const struct declaration *d, const char *id);

/* The first personal data that these ids (of a flow) carry, by themselves or inside telemetry; NULL if none. */
const struct decl_data *judge_check_carried(const struct declaration *d, const struct decl_texts *ids,
					    bool only_sensitive);

/* A channel that must keep a secret: confidential, with sound cryptography. No `id`, no finding. */
void judge_check_confidential(struct judge_case *c, const char *id, uint32_t line, const char *what);

#endif
