/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A power cut for tests: linked into a copy of hallmarkd, it counts every call that changes a disk, over all processes
 * of the agent, in a shared file beside the device folder. At the chosen count the caller dies before the call (or
 * after half of a write), and every other process dies at its next such call: nothing after the cut reaches the disk.
 * Also makes the agent's jitter zero, so that a loop over many cuts does not wait. Without the file it does nothing.
 */
#include "flow/killpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct killpoint *shared;

static const char *argument(char *line, size_t n, const char *name)
{
	for (char *at = line; at < line + n; at += strlen(at) + 1)
		if (strcmp(at, name) == 0 && at + strlen(at) + 1 < line + n)
			return at + strlen(at) + 1;
	return NULL;
}

__attribute__((constructor)) static void find_shared(void)
{
	static char line[4096];
	char path[4200];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	(void)close(fd);
	const char *dir = n > 0 ? argument(line, (size_t)n, "--device") : NULL;
	if (!dir)
		return;
	(void)snprintf(path, sizeof path, "%s/../killpoint", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (map != MAP_FAILED)
		shared = map;
}

static void die(void)
{
	__atomic_store_n(&shared->dead, 1, __ATOMIC_SEQ_CST);
	(void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
	for (;;)
		(void)syscall(SYS_exit_group, 137);
}

/* True if this call is the one at which power fails. */
static int cut_here(void)
{
	if (!shared)
		return 0;
	if (__atomic_load_n(&shared->dead, __ATOMIC_SEQ_CST))
		die();
	uint32_t n = __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST);
	return shared->kill_at && n == shared->kill_at;
}

static void point(void)
{
	if (cut_here())
		die();
}

/* In a build with AddressSanitizer: a sandboxed role cannot start the leak checker's thread. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

#define REAL(name) __asm__(name)

ssize_t kill_write(int fd, const void *p, size_t n) REAL("write");
ssize_t kill_write(int fd, const void *p, size_t n)
{
	if (fd > 2 && cut_here()) {
		if (shared->torn)
			(void)syscall(SYS_write, fd, p, n / 2);
		die();
	}
	if (fd <= 2 && shared && shared->dead)
		die();
	return syscall(SYS_write, fd, p, n);
}

ssize_t kill_pwrite(int fd, const void *p, size_t n, off_t at) REAL("pwrite64");
ssize_t kill_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (cut_here()) {
		if (shared->torn)
			(void)syscall(SYS_pwrite64, fd, p, n / 2, at);
		die();
	}
	return syscall(SYS_pwrite64, fd, p, n, at);
}

int kill_fsync(int fd) REAL("fsync");
int kill_fsync(int fd)
{
	point();
	return (int)syscall(SYS_fsync, fd);
}

int kill_rename(const char *from, const char *to) REAL("rename");
int kill_rename(const char *from, const char *to)
{
	point();
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int kill_unlink(const char *path) REAL("unlink");
int kill_unlink(const char *path)
{
	point();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int kill_link(const char *from, const char *to) REAL("link");
int kill_link(const char *from, const char *to)
{
	point();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int kill_ftruncate(int fd, off_t n) REAL("ftruncate64");
int kill_ftruncate(int fd, off_t n)
{
	point();
	return (int)syscall(SYS_ftruncate, fd, n);
}

/* The agent asks for four random bytes when it wants jitter, and for more when it wants secrets. */
ssize_t kill_getrandom(void *p, size_t n, unsigned flags) REAL("getrandom");
ssize_t kill_getrandom(void *p, size_t n, unsigned flags)
{
	if (shared && n == sizeof(uint32_t)) {
		memset(p, 0, n);
		return (ssize_t)n;
	}
	return syscall(SYS_getrandom, p, n, flags);
}
