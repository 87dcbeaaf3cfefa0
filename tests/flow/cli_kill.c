/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a command: SIGKILL at the N-th call that changes the disk, N from HALLMARK_TEST_KILL_AT. A write is
 * left half done. Answers for the moment only; what must still hold afterwards is asked by cli_errors.sh.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long left;

__attribute__((constructor)) static void read_order(void)
{
	const char *text = getenv("HALLMARK_TEST_KILL_AT");
	left = text ? strtol(text, NULL, 10) : 0;
}

static int now(void)
{
	return left > 0 && --left == 0;
}

static void point(void)
{
	if (now())
		(void)raise(SIGKILL);
}

#define REAL(name) __asm__(name)

ssize_t kill_write(int fd, const void *p, size_t n) REAL("write");
ssize_t kill_write(int fd, const void *p, size_t n)
{
	if (fd > 2 && now()) {
		(void)syscall(SYS_write, fd, p, n / 2);
		(void)raise(SIGKILL);
	}
	return syscall(SYS_write, fd, p, n);
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

int kill_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) REAL("renameat2");
int kill_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	point();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int kill_link(const char *from, const char *to) REAL("link");
int kill_link(const char *from, const char *to)
{
	point();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int kill_unlink(const char *path) REAL("unlink");
int kill_unlink(const char *path)
{
	point();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int kill_mkdir(const char *path, mode_t mode) REAL("mkdir");
int kill_mkdir(const char *path, mode_t mode)
{
	point();
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int kill_ftruncate(int fd, off_t n) REAL("ftruncate64");
int kill_ftruncate(int fd, off_t n)
{
	point();
	return (int)syscall(SYS_ftruncate, fd, n);
}

ssize_t kill_pwrite(int fd, const void *p, size_t n, off_t at) REAL("pwrite64");
ssize_t kill_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (now()) {
		(void)syscall(SYS_pwrite64, fd, p, n / 2, at);
		(void)raise(SIGKILL);
	}
	return syscall(SYS_pwrite64, fd, p, n, at);
}
