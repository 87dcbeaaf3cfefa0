/* SPDX-License-Identifier: Apache-2.0 */
/* A shell command from a test, and what it says. */
#ifndef HALLMARK_TESTS_SHELL_H
#define HALLMARK_TESTS_SHELL_H

#include <stdio.h>
#include <sys/wait.h>

#include "check.h"

/* Its exit status, -1 if a signal ended it; `said` gets its standard output, as a text of less than `size` bytes. */
static inline int shell_run(const char *command, char *said, size_t size)
{
	FILE *p = popen(command, "r");
	assert_non_null(p);
	size_t n = fread(said, 1, size - 1, p);
	said[n] = 0;
	int status = pclose(p);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
