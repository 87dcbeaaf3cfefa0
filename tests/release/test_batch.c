/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.1-1 EN303645-5.1-2 (generators that must not reach a product). */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/codec/base32.h"
#include "host/os/chance.h"
#include "release/batch.h"

#define MANY 500

typedef char password[BATCH_PASSWORD_CHARS + 1];

struct set {
	password text[MANY];
	const char *at[MANY];
};

static void fill_random(struct set *s)
{
	struct err e = {0};
	for (size_t i = 0; i < MANY; i++) {
		uint8_t random[9];
		check_ok(chance_fill(random, sizeof random, &e));
		base32_encode(bytes_of(random, sizeof random), BATCH_PASSWORD_CHARS, s->text[i]);
		s->at[i] = s->text[i];
	}
}

static void accepts_the_kernels_randomness(void **state)
{
	(void)state;
	static struct set s;
	struct err e = {0};
	for (int round = 0; round < 200; round++) {
		fill_random(&s);
		check_ok(batch_check(s.at, MANY, &e));
		check_ok(batch_check(s.at, BATCH_STATISTICS_MIN, &e));
		check_ok(batch_check(s.at, 1, &e));
	}
}

static void refuses_duplicates_and_shared_beginnings(void **state)
{
	(void)state;
	static struct set s;
	struct err e = {0};
	fill_random(&s);
	memcpy(s.text[499], s.text[3], sizeof s.text[3]);
	check_fails(ERR_TRUST, batch_check(s.at, MANY, &e));
	assert_null(strstr(e.text, s.text[3])); /* an error never shows a password */
	fill_random(&s);
	memcpy(s.text[1], s.text[0], BATCH_SHARED_PREFIX_MAX + 1);
	s.text[1][12] = s.text[0][12] == '0' ? '1' : '0';
	check_fails(ERR_TRUST, batch_check(s.at, 2, &e));
}

static void refuses_counting(void **state)
{
	(void)state;
	static struct set s;
	struct err e = {0};
	fill_random(&s);
	/* The first eight characters count, far enough apart to share no beginning: 5.1-2's "incremental counter". */
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t be[8] = {0};
		uint64_t v = (uint64_t)i * 0x0800000000000000u + (uint64_t)i * 0x0010000000000000u;
		for (int k = 0; k < 8; k++)
			be[k] = (uint8_t)(v >> (56 - 8 * k));
		base32_encode(bytes_of(be, 8), 8, s.text[i]);
		s.text[i][8] = '7';
	}
	check_fails(ERR_TRUST, batch_check(s.at, MANY, &e));
}

static void refuses_low_entropy(void **state)
{
	(void)state;
	static struct set s;
	struct err e = {0};
	fill_random(&s);
	for (size_t i = 0; i < MANY; i++)
		s.text[i][9] = 'A'; /* one place constant */
	check_fails(ERR_TRUST, batch_check(s.at, MANY, &e));
	check_fails(ERR_TRUST, batch_check(s.at, BATCH_STATISTICS_MIN, &e));
	fill_random(&s);
	for (size_t i = 0; i < MANY; i++) /* half of the alphabet never occurs */
		for (size_t k = 0; k < BATCH_PASSWORD_CHARS; k++)
			if (s.text[i][k] >= 'G')
				s.text[i][k] = '7';
	check_fails(ERR_TRUST, batch_check(s.at, MANY, &e));
}

static void refuses_wrong_form(void **state)
{
	(void)state;
	struct err e = {0};
	const char *const lists[][1] = {{"SHORT"}, {"ABCDEFGHJKMNPQ"}, {"ABCDEFGHJKMNU"}, {"abcdefghjkmnp"}, {""}};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		check_fails(ERR_TRUST, batch_check(lists[i], 1, &e));
	check_fails(ERR_INPUT, batch_check(lists[0], 0, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_kernels_randomness),
		cmocka_unit_test(refuses_duplicates_and_shared_beginnings),
		cmocka_unit_test(refuses_counting),
		cmocka_unit_test(refuses_low_entropy),
		cmocka_unit_test(refuses_wrong_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
