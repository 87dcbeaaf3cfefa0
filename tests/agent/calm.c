/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into a copy of hallmarkd: its jitter is zero, so that a test that restarts it often does not wait. */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In a build with AddressSanitizer: a sandboxed role cannot start the leak checker's thread. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* The agent asks for four random bytes when it wants jitter, and for more when it wants secrets. */
ssize_t calm_getrandom(void *p, size_t n, unsigned flags) __asm__("getrandom");
ssize_t calm_getrandom(void *p, size_t n, unsigned flags)
{
	if (n != sizeof(unsigned))
		return syscall(SYS_getrandom, p, n, flags);
	memset(p, 0, n);
	return (ssize_t)n;
}
