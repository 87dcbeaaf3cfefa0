/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the names of cryptography in a declared text, longest first, and says what the worst of them means. Leaves to
 * the judges what follows from it. The table is generated from data/crypto.json.
 */
#include "product/crypto_names.h"

#include <stdio.h>
#include <string.h>

#include "core/base/attr.h"
#include "product/crypto_table.h"
#include "core/base/banned.h"

#define TOKENS_MAX 32
#define JOIN_MAX 6 /* words that make one name: "TLS AES 128 GCM SHA256" */
#define FOUND_MAX TOKENS_MAX

struct token {
	char key[CRYPTO_KEY_SIZE]; /* lower case; "" when it is longer than any name */
	size_t at, end;		   /* in the text */
};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Returns how many; false in `ret_whole` when the text has more. */
static size_t split(const char *text, struct token list[TOKENS_MAX], bool *ret_whole)
{
	size_t n = 0, i = 0;
	*ret_whole = true;
	while (text[i]) {
		while (text[i] && !is_word(text[i]))
			i++;
		if (!text[i])
			break;
		if (n == TOKENS_MAX) {
			*ret_whole = false;
			break;
		}
		struct token *t = &list[n++];
		size_t k = 0;
		t->at = i;
		for (; is_word(text[i]); i++)
			if (k < sizeof t->key)
				t->key[k++] = lower(text[i]);
		t->end = i;
		t->key[k < sizeof t->key ? k : 0] = 0;
	}
	return n;
}

static const struct crypto_entry *find(const char *key)
{
	size_t from = 0, to = crypto_keys_n;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(key, crypto_keys[middle].key);
		if (order == 0)
			return crypto_keys[middle].entry;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* Words that join names, and grade nothing. */
static bool filler(const char *key)
{
	static const char *const words[] = {"with", "and", "over", "in", "on", "of",  "the",   "for", "using",
					    "by",   "a",   "an",   "as", "to", "bit", "suite", "via", "inside"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], key) == 0)
			return true;
	return false;
}

/* "no TLS 1.0": what such a text names is not what is used, so it grades nothing. */
static bool negates(const char *key)
{
	static const char *const words[] = {"no",     "not",	 "never",    "without",
					    "except", "instead", "disabled", "refused"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], key) == 0)
			return true;
	return false;
}

/* The longest name that begins with the first token; how many tokens it takes. */
static const struct crypto_entry *longest(const struct token *list, size_t n, bool whole, size_t *ret_took)
{
	for (size_t take = n < JOIN_MAX ? n : JOIN_MAX; take > 0; take--) {
		char key[CRYPTO_KEY_SIZE] = "";
		size_t len = 0;
		for (size_t i = 0; i < take && len < sizeof key; i++)
			len += (size_t)snprintf(key + len, sizeof key - len, "%s", list[i].key);
		const struct crypto_entry *e = len < sizeof key ? find(key) : NULL;
		if (!e || (e->alone && !(whole && take == n)))
			continue;
		*ret_took = take;
		return e;
	}
	return NULL;
}

/* A partial name counts as good when another one beside it says what it leaves out. */
static enum crypto_word word_of(const struct crypto_entry *e, const struct crypto_entry *const *found, size_t n)
{
	if (e->word != CRYPTO_PARTIAL || e->settled_by == CRYPTO_KIND_NONE)
		return e->word;
	for (size_t i = 0; i < n; i++)
		if (found[i]->kind == e->settled_by && found[i]->word != CRYPTO_PARTIAL)
			return CRYPTO_GOOD;
	return e->word;
}

static void conclude(const struct crypto_entry *const *found, size_t n, struct crypto_view *v)
{
	v->word = CRYPTO_GOOD;
	for (size_t i = 0; i < n; i++) {
		enum crypto_word w = word_of(found[i], found, n);
		if (v->entry && w <= v->word)
			continue;
		v->word = w;
		v->entry = found[i];
	}
	if (v->word < CRYPTO_UNKNOWN && (v->rest[0] || !n)) {
		v->word = CRYPTO_UNKNOWN;
		v->entry = NULL;
	}
}

void crypto_names_look(const char *text, struct crypto_view *ret)
{
	struct token list[TOKENS_MAX];
	const struct crypto_entry *found[FOUND_MAX];
	bool whole = true;
	size_t n = split(text, list, &whole), found_n = 0;
	struct crypto_view v = {.word = CRYPTO_UNKNOWN};
	if (!whole)
		(void)snprintf(v.rest, sizeof v.rest, "%s", "a text this long");
	for (size_t i = 0; i < n; i++)
		if (negates(list[i].key) && n > 1) {
			(void)snprintf(v.rest, sizeof v.rest, "%s", text);
			*ret = v;
			return;
		}
	for (size_t i = 0; i < n;) {
		size_t took = 1;
		const struct crypto_entry *e = longest(&list[i], n - i, i == 0, &took);
		if (e)
			found[found_n++] = e;
		else if (!filler(list[i].key) && !v.rest[0])
			(void)snprintf(v.rest, sizeof v.rest, "%.*s", (int)(list[i].end - list[i].at),
				       text + list[i].at);
		i += took;
	}
	conclude(found, found_n, &v);
	*ret = v;
}
