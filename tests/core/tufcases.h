/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The behaviours that the TUF project's conformance suite asks of a client, each under the suite's name for it
 * (tests/core/README.md). Without an argument the pure client is asked, with the path of `hallmark` the real one.
 */
#ifndef HALLMARK_TESTS_CORE_TUFCASES_H
#define HALLMARK_TESTS_CORE_TUFCASES_H

#include "core/base/mem.h"
#include "tufsim.h"

/* One for each case. A case's `initial_state` is its parameter, and stays *state. */
extern struct tufsim sim;
int tufcases_setup(void **state);
int tufcases_teardown(void **state);

#define CASE(f)                                                                                                        \
	{                                                                                                              \
#f, f, tufcases_setup, tufcases_teardown, NULL                                                         \
	}
#define CASE_OF(f, id, parameter)                                                                                      \
	{                                                                                                              \
#f "[" id "]", f, tufcases_setup, tufcases_teardown, (void *)(uintptr_t)(parameter)                    \
	}

/* Root, targets, snapshot, timestamp in an order in which they can be published. */
#define TARGETS_AND_ABOVE "targets", "snapshot", "timestamp", NULL
#define ALL_ROLES "root", "targets", "snapshot", "timestamp", NULL

extern const struct CMUnitTest tufcases_top[], tufcases_roots[], tufcases_targets[];
extern const size_t tufcases_top_n, tufcases_roots_n, tufcases_targets_n;

#endif
