/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of coordinated disclosure as tables and arithmetic. Keeping cases is case_db.c's. */
#include "fleet/disclosure/disclosure.h"

#include <stdio.h>
#include <string.h>

#include "core/codec/base32.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define HOUR_MS 3600000
#define NUMBER_CHARS 6
#define NUMBER_BYTES 4 /* 30 bits are used */
#define TEXT_MIN 20

static const struct {
	const char *name, *words;
	unsigned next; /* bits of the states that may follow */
} states[DISCLOSURE_STATE_COUNT] = {
	[DISCLOSURE_NEW] = {"new", "received, waiting for a person",
			    1u << DISCLOSURE_ACKNOWLEDGED | 1u << DISCLOSURE_NOT_AFFECTED},
	[DISCLOSURE_ACKNOWLEDGED] = {"acknowledged", "acknowledged, being examined",
				     1u << DISCLOSURE_CONFIRMED | 1u << DISCLOSURE_NOT_AFFECTED},
	[DISCLOSURE_CONFIRMED] = {"confirmed", "confirmed as a vulnerability",
				  1u << DISCLOSURE_FIXING | 1u << DISCLOSURE_FIXED},
	[DISCLOSURE_FIXING] = {"fixing", "a fix is being made", 1u << DISCLOSURE_FIXED},
	[DISCLOSURE_FIXED] = {"fixed", "fixed in a release", 1u << DISCLOSURE_CLOSED | 1u << DISCLOSURE_FIXING},
	[DISCLOSURE_CLOSED] = {"closed", "published and closed", 0},
	[DISCLOSURE_NOT_AFFECTED] = {"not-affected", "examined: our products are not affected",
				     1u << DISCLOSURE_ACKNOWLEDGED},
};

const char *disclosure_state_name(enum disclosure_state s)
{
	return states[s].name;
}

const char *disclosure_state_words(enum disclosure_state s)
{
	return states[s].words;
}

bool disclosure_state_parse(const char *name, enum disclosure_state *ret)
{
	for (size_t i = 0; i < DISCLOSURE_STATE_COUNT; i++)
		if (strcmp(name, states[i].name) == 0) {
			*ret = (enum disclosure_state)i;
			return true;
		}
	return false;
}

bool disclosure_may(enum disclosure_state from, enum disclosure_state to)
{
	return (states[from].next & 1u << to) != 0;
}

rc disclosure_check(const struct disclosure_report *r, struct err *e)
{
	if (strspn(r->text, " \t\r\n") == strlen(r->text))
		return err_set(e, ERR_INPUT, "Please describe what you found.");
	if (strlen(r->text) < TEXT_MIN)
		return err_set(e, ERR_INPUT, "Please say a little more: what you did, and what happened.");
	return RC_OK;
}

void disclosure_name(struct wall_time now, const uint8_t chance[DISCLOSURE_CHANCE_SIZE],
		     char ret_number[DISCLOSURE_NUMBER_SIZE], char ret_secret[DISCLOSURE_SECRET_SIZE])
{
	char date[RFC3339_DATE_SIZE], number[NUMBER_CHARS + 1];
	rfc3339_date(now, date);
	base32_encode(bytes_of(chance, NUMBER_BYTES), NUMBER_CHARS, number);
	base32_encode(bytes_of(chance + NUMBER_BYTES, DISCLOSURE_CHANCE_SIZE - NUMBER_BYTES), DISCLOSURE_SECRET_CHARS,
		      ret_secret);
	(void)snprintf(ret_number, DISCLOSURE_NUMBER_SIZE, "HM-%.4s-%s", date, number);
}

static bool base32_only(const char *text, size_t n)
{
	return strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == n && !text[n];
}

bool disclosure_number_ok(const char *number)
{
	return strlen(number) == DISCLOSURE_NUMBER_SIZE - 1 && memcmp(number, "HM-", 3) == 0 &&
	       strspn(number + 3, "0123456789") == 4 && number[7] == '-' && base32_only(number + 8, NUMBER_CHARS);
}

bool disclosure_secret_hash(const char *secret, char ret_hex[2 * SHA256_SIZE + 1])
{
	uint8_t hash[SHA256_SIZE];
	if (strnlen(secret, DISCLOSURE_SECRET_SIZE) != DISCLOSURE_SECRET_CHARS ||
	    !base32_only(secret, DISCLOSURE_SECRET_CHARS) ||
	    rc_failed(hash_sha256(bytes_of(secret, DISCLOSURE_SECRET_CHARS), hash, NULL)))
		return false;
	hex_encode(bytes_of(hash, sizeof hash), ret_hex);
	return true;
}

static void say_due(struct disclosure_clock *c, const char *what, int64_t left_s)
{
	int64_t away = left_s < 0 ? -left_s : left_s;
	/* What is left is rounded up, what is overdue down: neither says more than is true. */
	int64_t up_days = left_s < 0 ? 0 : SECONDS_PER_DAY - 1, up_hours = left_s < 0 ? 0 : 3599;
	int64_t days = (away + up_days) / SECONDS_PER_DAY, hours = (away + up_hours) / 3600;
	const char *unit = days >= 2 ? "days" : hours == 1 ? "hour" : "hours";
	long long n = (long long)(days >= 2 ? days : hours);
	if (left_s < 0)
		(void)snprintf(c->words, sizeof c->words, "%s overdue by %lld %s", what, n, unit);
	else
		(void)snprintf(c->words, sizeof c->words, "%s due in %lld %s", what, n, unit);
}

void disclosure_clock(const struct disclosure_terms *t, enum disclosure_state s, struct wall_time received,
		      struct wall_time told, struct wall_time now, struct disclosure_clock *ret)
{
	struct disclosure_clock c = {.duty = DISCLOSURE_DUTY_UPDATE};
	c.due.s = told.s + (int64_t)t->update_days * SECONDS_PER_DAY;
	if (s == DISCLOSURE_NEW) {
		c.duty = DISCLOSURE_DUTY_ACKNOWLEDGE;
		c.due.s = received.s + (int64_t)t->ack_days * SECONDS_PER_DAY;
	} else if (s == DISCLOSURE_CLOSED || s == DISCLOSURE_NOT_AFFECTED) {
		c = (struct disclosure_clock){.duty = DISCLOSURE_DUTY_NONE, .words = "nothing due"};
		*ret = c;
		return;
	}
	c.overdue = now.s > c.due.s;
	say_due(&c, c.duty == DISCLOSURE_DUTY_ACKNOWLEDGE ? "acknowledgement" : "status update", c.due.s - now.s);
	*ret = c;
}

/* FNV-1a: to tell addresses apart for an hour, not to hide them. */
static uint64_t who_of(const char *address)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (; *address; address++)
		h = (h ^ (uint8_t)*address) * 0x100000001b3u;
	return h ? h : 1;
}

bool disclosure_limit_take(struct disclosure_limit *l, const char *address, struct mono_time now)
{
	uint64_t who = who_of(address);
	unsigned from_here = 0, in_all = 0;
	for (size_t i = 0; i < DISCLOSURE_PER_HOUR; i++) {
		bool counts = l->slots[i].who && now.ms - l->slots[i].at_ms < HOUR_MS;
		in_all += counts;
		from_here += counts && l->slots[i].who == who;
	}
	if (from_here >= DISCLOSURE_PER_ADDRESS || in_all >= DISCLOSURE_PER_HOUR)
		return false;
	l->slots[l->next].who = who;
	l->slots[l->next].at_ms = now.ms;
	l->next = (l->next + 1) % DISCLOSURE_PER_HOUR;
	return true;
}
