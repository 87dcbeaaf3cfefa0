/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with its prerequisites, and checks that print the error chain. */
#ifndef HALLMARK_TESTS_CHECK_H
#define HALLMARK_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/err.h"

/* The call must succeed; on failure the chain is shown. Needs a `struct err e` in scope. */
#define check_ok(call)                                                                                                 \
	do {                                                                                                           \
		rc check_rc_ = (call);                                                                                 \
		if (rc_failed(check_rc_))                                                                              \
			fail_msg("%s: %s (%s)", #call, e.text, err_code_name(check_rc_.code));                         \
	} while (0)

/* The call must fail with this code. Clears `e` before. */
#define check_fails(expected, call)                                                                                    \
	do {                                                                                                           \
		err_clear(&e);                                                                                         \
		rc check_rc_ = (call);                                                                                 \
		if (check_rc_.code != (expected))                                                                      \
			fail_msg("%s: expected %s, got %s (%s)", #call, err_code_name(expected),                       \
				 err_code_name(check_rc_.code), e.text);                                               \
	} while (0)

/* Leave a case that this machine cannot run, with the reason; tools/run-tests lists it. */
#define check_skip(reason)                                                                                             \
	do {                                                                                                           \
		print_message("# skip: %s\n", (reason));                                                               \
		skip();                                                                                                \
	} while (0)

#endif
