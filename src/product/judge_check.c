/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that several judges ask: is a text more than a filler, is declared cryptography in the reference catalogue,
 * does a mechanism give what it must, is a secret made of something that others know.
 */
#include "product/judge_check.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "product/crypto_names.h"
#include "core/base/banned.h"

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

bool judge_check_says_something(const char *text)
{
	size_t words = 0, letters = 0;
	for (size_t i = 0; text && text[i]; i++) {
		letters += is_word(text[i]);
		words += is_word(text[i]) && (i == 0 || !is_word(text[i - 1]));
	}
	return words >= 2 && letters >= 6;
}

const char *judge_check_word(const char *text, const char *const *words)
{
	for (; text && *words; words++) {
		size_t n = strlen(*words);
		for (const char *at = strcasestr(text, *words); at; at = strcasestr(at + 1, *words))
			if ((at == text || !is_word(at[-1])) && !is_word(at[n]))
				return *words;
	}
	return NULL;
}

static void grade(struct judge_case *c, const char *name, uint32_t line, const char *of)
{
	struct crypto_view v;
	char date[RFC3339_DATE_SIZE];
	crypto_names_look(name, &v);
	const struct crypto_entry *e = v.entry;
	switch (v.word) {
	case CRYPTO_GOOD:
		return;
	case CRYPTO_BROKEN:
		judge_contradict(c, line, "replace it", "%.60s uses %.40s: %s (%s)", of, e->name, e->why, e->source);
		return;
	case CRYPTO_PARTIAL:
		judge_open(c, line, e->why, "%.60s: \"%.40s\" does not say enough to be graded", of, name);
		return;
	case CRYPTO_UNKNOWN:
		judge_open(c, line, "name algorithms and protocols by their usual names, one an entry",
			   "%.60s: \"%.60s\" is not in the reference catalogue", of, name);
		return;
	case CRYPTO_LEGACY:
		break;
	}
	if (!e->until.s) {
		judge_open(c, line, "replace it, or be ready to defend it", "%.60s uses %.40s: tolerated, %s (%s)", of,
			   e->name, e->why, e->source);
		return;
	}
	rfc3339_date(e->until, date);
	if (e->until.s < c->today.s)
		judge_contradict(c, line, "replace it", "%.60s uses %.40s, which was tolerated until %s (%s)", of,
				 e->name, date, e->source);
	else if (e->until.s < c->d->support.until.s)
		judge_open(c, line, "plan an update that replaces it",
			   "%.60s uses %.40s, tolerated until %s only; support lasts longer (%s)", of, e->name, date,
			   e->source);
}

void judge_check_crypto(struct judge_case *c, const struct decl_texts *names, uint32_t line, const char *of,
			const char *key)
{
	char hint[JUDGE_REASON_MAX];
	if (names->n == 0) {
		(void)snprintf(hint, sizeof hint, "declare %s: [names of algorithms and protocols]", key);
		judge_miss(c, line, hint, "the cryptography of %.80s is not stated", of);
	}
	for (size_t i = 0; i < names->n; i++)
		grade(c, names->at[i], line, of);
}

bool judge_check_gives(const struct decl_texts *guarantees, const char *word)
{
	for (size_t i = 0; i < guarantees->n; i++)
		if (strcmp(guarantees->at[i], word) == 0)
			return true;
	return false;
}

void judge_check_guarantees(struct judge_case *c, const struct decl_texts *guarantees, uint32_t line, const char *of,
			    const char *const *words)
{
	for (; guarantees->n && *words; words++)
		if (!judge_check_gives(guarantees, *words))
			judge_contradict(c, line, "give it by a means that does, and add it to `guarantees`",
					 "%.80s is declared without %s", of, *words);
}

/* Things that are printed on the unit, sent over the air, or can be counted up. */
static const char *const guessed_from[] = {
	"counter",
	"counters",
	"counting",
	"sequential",
	"sequence",
	"increment",
	"incremented",
	"serial",
	"mac",
	"ssid",
	"bssid",
	"imei",
	"bluetooth address",
	"ip address",
	"hostname",
	"host name",
	"device id",
	"device name",
	"model",
	"batch number",
	"production date",
	"date",
	"timestamp",
	"unix time",
	"word list",
	"common words",
	"rand",
	"mersenne twister",
	"product number",
	NULL,
};

static const char *const negations[] = {"no", "not", "never", "without", "independent of", "unrelated to", NULL};

void judge_check_generation(struct judge_case *c, const char *text, uint32_t line, const char *of, const char *key)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "declare %s: source of randomness, alphabet or algorithm, length", key);
	const char *word = judge_check_word(text, guessed_from);
	if (!judge_check_says_something(text))
		judge_miss(c, line, hint, "how %.80s is generated is not stated", of);
	else if (word && judge_check_word(text, negations))
		judge_open(c, line, "say only what it is made of", "how %.80s is generated names \"%s\" to deny it", of,
			   word);
	else if (word)
		judge_contradict(c, line, "take it from a good random source alone",
				 "%.80s is generated from something that others know or can count up: \"%s\"", of,
				 word);
}

void judge_check_page(struct judge_case *c, const char *url, const char *key, const char *promise)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "declare %s, or documents.manual_url for all such pages", key);
	if (url || c->d->documents.manual_url)
		judge_promise(c, "%s", promise);
	else
		judge_miss(c, 0, hint, "%s is not stated", key);
}

const struct decl_channel *judge_check_channel(const struct declaration *d, const char *id)
{
	for (size_t i = 0; id && i < d->channels_n; i++)
		if (strcmp(d->channels[i].id, id) == 0)
			return &d->channels[i];
	return NULL;
}

const struct decl_data *judge_check_carried(const struct declaration *d, const struct decl_texts *ids,
					    bool only_sensitive)
{
	for (size_t i = 0; i < ids->n; i++) {
		const struct decl_data *p = declaration_data(d, ids->at[i]);
		if (p && (!only_sensitive || p->sensitive != DECL_NO))
			return p;
		for (size_t k = 0; k < d->telemetry_n && !p; k++)
			if (strcmp(d->telemetry[k].id, ids->at[i]) == 0 && d->telemetry[k].data.n) {
				p = judge_check_carried(d, &d->telemetry[k].data, only_sensitive);
				if (p)
					return p;
			}
	}
	return NULL;
}

void judge_check_confidential(struct judge_case *c, const char *id, uint32_t line, const char *what)
{
	static const char *const words[] = {"confidentiality", NULL};
	const struct decl_channel *channel = judge_check_channel(c->d, id);
	char of[96];
	if (!channel)
		return; /* The parser lets no dangling reference through. */
	(void)snprintf(of, sizeof of, "the channel %.40s", channel->id);
	if (channel->guarantees.n == 0)
		judge_miss(c, channel->line, "declare its guarantees",
			   "%.60s goes over %.40s, which states no guarantees", what, channel->id);
	judge_check_guarantees(c, &channel->guarantees, line, of, words);
	judge_check_crypto(c, &channel->crypto, channel->line, of, "channels[].crypto");
}
