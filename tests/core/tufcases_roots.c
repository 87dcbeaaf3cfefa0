/* SPDX-License-Identifier: Apache-2.0 */
/* Who signs for whom after keys were changed: the root's own chain, and the roles below it. */
#include "tufcases.h"

#define KEYS 10

/* A version of a file: which of ten keys the root lists, how many are needed, which sign. Lists end with -1. */
struct rotation {
	int keys[KEYS + 1], threshold, signers[KEYS + 1];
};

struct root_case {
	struct rotation versions[5]; /* threshold 0 ends them */
	bool refused;		     /* the last one */
};

struct role_case {
	struct rotation version;
	bool refused;
};

static void rotate(const char *role, const struct rotation *r)
{
	sim_clear_keys(&sim, role);
	sim_threshold(&sim, role, r->threshold);
	for (const int *k = r->keys; *k >= 0; k++)
		sim_list_key(&sim, role, P0 + 10 + *k);
	for (const int *k = r->signers; *k >= 0; k++)
		sim_add_signer(&sim, role, P0 + 10 + *k);
}

static void root_rotation(void **state)
{
	const struct root_case *c = *state;
	CLEANUP(buf_done) struct buf first, expected;
	sim_restart(&sim, "root");
	buf_init(&first, TUF_ROOT_MAX);
	buf_init(&expected, TUF_ROOT_MAX);
	for (const struct rotation *r = c->versions; r->threshold; r++) {
		rotate("root", r);
		sim_publish(&sim, "root", NULL);
		if (r == c->versions)
			buf_put(&first, buf_view(sim_last(&sim, "root")));
		if (c->refused && !r[1].threshold)
			break;
		buf_reset(&expected);
		buf_put(&expected, buf_view(sim_last(&sim, "root")));
	}
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_init(&sim, buf_view(&first)));
	assert_int_equal(sim_client_refresh(&sim), !c->refused);
	assert_true(sim_client_has(&sim, "root", buf_view(&expected)));
}

static void non_root_rotations(void **state)
{
	static const char *const roles[] = {"timestamp", "snapshot", "targets"};
	const struct role_case *c = *state;
	assert_true(sim_client_init_first(&sim));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		rotate(roles[i], &c->version);
		sim_publish(&sim, ALL_ROLES);
		assert_int_equal(sim_client_refresh(&sim), !c->refused);
		if (!c->refused)
			assert_true(sim_client_has(&sim, roles[i], buf_view(sim_last(&sim, roles[i]))));
	}
}

#define ROOT(id, refusal, ...) CASE_OF(root_rotation, id, (&(const struct root_case){{__VA_ARGS__}, refusal}))
#define ROLE(id, refusal, ...) CASE_OF(non_root_rotations, id, (&(const struct role_case){__VA_ARGS__, refusal}))
#define LIST(...)                                                                                                      \
	{                                                                                                              \
		__VA_ARGS__, -1                                                                                        \
	}
#define ALL_FIVE LIST(0, 1, 2, 3, 4)
#define ONE_CHANGED LIST(0, 1, 3, 4, 5)

const struct CMUnitTest tufcases_roots[] = {
	ROOT("1-of-1-key-rotation", false, {LIST(1), 1, LIST(1)}, {LIST(2), 1, LIST(2, 1)}, {LIST(2), 1, LIST(2)}),
	ROOT("1-of-1-key-rotation-unused-signatures", false, {LIST(1), 1, LIST(3, 1, 4)},
	     {LIST(2), 1, LIST(3, 2, 1, 4)}, {LIST(2), 1, LIST(3, 2, 4)}),
	ROOT("3-of-5-sign-with-different-keycombos", false, {ALL_FIVE, 3, LIST(0, 2, 4)}, {ALL_FIVE, 3, LIST(0, 4, 1)},
	     {ALL_FIVE, 3, LIST(0, 1, 3)}, {ALL_FIVE, 3, LIST(0, 1, 3)}),
	ROOT("3-of-5-one-key-rotated", false, {ALL_FIVE, 3, LIST(0, 2, 4)}, {ONE_CHANGED, 3, LIST(0, 4, 1)}),
	ROOT("3-of-5-one-key-rotated-with-intermediate-step", false, {ALL_FIVE, 3, LIST(0, 2, 4)},
	     {ONE_CHANGED, 3, LIST(0, 2, 4, 5)}, {ONE_CHANGED, 3, LIST(0, 4, 5)}),
	ROOT("3-of-5-all-keys-rotated-with-intermediate-step", false, {ALL_FIVE, 3, LIST(0, 2, 4)},
	     {LIST(5, 6, 7, 8, 9), 3, LIST(0, 2, 4, 5, 6, 7)}, {LIST(5, 6, 7, 8, 9), 3, LIST(5, 6, 7)}),
	ROOT("1-of-3-threshold-increase-to-2-of-3", false, {LIST(1, 2, 3), 1, LIST(1)}, {LIST(1, 2, 3), 2, LIST(1, 2)}),
	ROOT("2-of-3-threshold-decrease-to-1-of-3", false, {LIST(1, 2, 3), 2, LIST(1, 2)},
	     {LIST(1, 2, 3), 1, LIST(1, 2)}, {LIST(1, 2, 3), 1, LIST(1)}),
	ROOT("1-of-2-threshold-increase-to-2-of-2", false, {LIST(1), 1, LIST(1)}, {LIST(1, 2), 2, LIST(1, 2)}),
	ROOT("1-of-1-key-rotation-fail-not-signed-with-old-key", true, {LIST(1), 1, LIST(1)},
	     {LIST(2), 1, LIST(2, 3, 4)}),
	ROOT("1-of-1-key-rotation-fail-not-signed-with-new-key", true, {LIST(1), 1, LIST(1)},
	     {LIST(2), 1, LIST(1, 3, 4)}),
	ROOT("3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys", true, {ALL_FIVE, 3, LIST(0, 2, 4)},
	     {ONE_CHANGED, 3, LIST(0, 2, 4)}),
	ROOT("3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys", true, {ALL_FIVE, 3, LIST(0, 2, 4)},
	     {ONE_CHANGED, 3, LIST(0, 4, 5)}),
	ROOT("1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached", true, {LIST(1, 2, 3), 1, LIST(1)},
	     {LIST(1, 2, 3), 2, LIST(2)}),
	ROOT("2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached", true, {LIST(1, 2, 3), 2, LIST(1, 2)},
	     {LIST(1, 2, 3), 1, LIST(1)}),
	ROLE("1-of-1-key-rotation", false, {LIST(2), 1, LIST(2)}),
	ROLE("1-of-1-key-rotation-unused-signatures", false, {LIST(1), 1, LIST(3, 1, 4)}),
	ROLE("1-of-1-key-rotation-fail-not-signed-with-new-key", true, {LIST(2), 1, LIST(1, 3, 4)}),
	ROLE("3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys", true, {ONE_CHANGED, 3, LIST(0, 2, 4)}),
	ROLE("2-of-5-one-key-signature-mising-threshold-not-reached", true, {ONE_CHANGED, 3, LIST(0, 4)}),
	ROLE("3-of-5-sign-first-combo", false, {ALL_FIVE, 3, LIST(0, 2, 4)}),
	ROLE("3-of-5-sign-second-combo", false, {ALL_FIVE, 3, LIST(0, 4, 1)}),
	ROLE("3-of-5-sign-third-combo", false, {ALL_FIVE, 3, LIST(0, 1, 3)}),
	ROLE("3-of-5-sign-fourth-combo", false, {ALL_FIVE, 3, LIST(1, 2, 3)}),
	ROLE("3-of-5-sign-fifth-combo", false, {ALL_FIVE, 3, LIST(2, 3, 4)}),
};
const size_t tufcases_roots_n = ARRAY_LEN(tufcases_roots);
