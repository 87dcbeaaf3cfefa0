/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host/os/sandbox: each case forks, enters the sandbox, tries what must be refused and what must go on working, and
 * tells by its exit status. The negative first: an attacker's calls.
 */
#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/sandbox.h"

#define CHILD_OK 0
#define CHILD_NO_SANDBOX 100
#define CHILD_NO_LANDLOCK 101
#define USER 4711

/* In the child: fails with the line number as exit status, which is what there is to see. */
#define must(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			_exit(__LINE__ % 90 + 1);                                                                      \
	} while (0)

typedef void attempt(const struct sandbox_state *st, const char *dir);

static int in_sandbox(const struct sandbox *s, attempt *try, const char *dir)
{
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_state st = {0};
		struct err e = {0};
		if (rc_failed(sandbox_enter(s, &st, &e)))
			_exit(CHILD_NO_SANDBOX);
		try(&st, dir);
		_exit(CHILD_OK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_ok(const struct sandbox *s, attempt *try, const char *dir)
{
	int status = in_sandbox(s, try, dir);
	if (status == CHILD_NO_LANDLOCK)
		check_skip("this kernel has no Landlock");
	assert_int_equal(status, CHILD_OK);
}

static void try_nothing_kept(const struct sandbox_state *st, const char *dir)
{
	char *const argv[] = {NULL};
	(void)dir;
	must(st->seccomp && st->no_new_privs);
	errno = 0;
	must(open("/etc/passwd", O_RDONLY) < 0 && (errno == EPERM || errno == EACCES));
	must(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
	must(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	must(execve("/bin/true", argv, argv) < 0 && errno == EPERM);
	must(fork() < 0 && errno == EPERM);
	must(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	must(kill(getppid(), 0) < 0 && errno == EPERM);
	must(chmod("/", 0777) < 0);
	must(unlink("/etc/passwd") < 0);
}

static void nothing_kept_nothing_possible(void **state)
{
	const struct sandbox s = {0};
	(void)state;
	expect_ok(&s, try_nothing_kept, "");
}

static void try_executable_memory(const struct sandbox_state *st, const char *dir)
{
	(void)st, (void)dir;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(p != MAP_FAILED);
	memset(p, 0xc3, 4096);
	must(mprotect(p, 4096, PROT_READ | PROT_EXEC) < 0 && errno == EPERM);
	must(mprotect(p, 4096, PROT_READ) == 0);
}

static void memory_never_becomes_code(void **state)
{
	const struct sandbox s = {.keep = SANDBOX_FILES | SANDBOX_CONNECT | SANDBOX_THREADS};
	(void)state;
	expect_ok(&s, try_executable_memory, "");
}

static void try_open_descriptors(const struct sandbox_state *st, const char *dir)
{
	char c = 'x';
	int fd = dir[0]; /* carried in the text's first byte */
	(void)st;
	must(write(fd, &c, 1) == 1);
	must(lseek(fd, 0, SEEK_SET) == 0 && read(fd, &c, 1) == 1 && c == 'x');
	must(fsync(fd) == 0);
	must(close(fd) == 0);
}

static void open_descriptors_stay_usable(void **state)
{
	const struct sandbox s = {0};
	CLEANUP(scratch_done) struct scratch dir = scratch_new();
	(void)state;
	int fd = open(scratch_path(&dir, "f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_in_range(fd, 3, 127);
	const char carried[] = {(char)fd, 0};
	expect_ok(&s, try_open_descriptors, carried);
	(void)close(fd);
}

static void try_paths(const struct sandbox_state *st, const char *dir)
{
	char path[512];
	if (!st->landlock)
		_exit(CHILD_NO_LANDLOCK);
	(void)snprintf(path, sizeof path, "%s/read/f", dir);
	must(open(path, O_RDONLY) >= 0);
	must(open(path, O_WRONLY) < 0 && errno == EACCES);
	(void)snprintf(path, sizeof path, "%s/read/new", dir);
	must(open(path, O_WRONLY | O_CREAT, 0600) < 0);
	(void)snprintf(path, sizeof path, "%s/write/new", dir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	must(fd >= 0 && write(fd, "x", 1) == 1);
	must(unlink(path) == 0);
	(void)snprintf(path, sizeof path, "%s/other", dir);
	must(open(path, O_RDONLY) < 0 && errno == EACCES);
	must(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES);
	(void)snprintf(path, sizeof path, "%s/write/../other", dir);
	must(open(path, O_RDONLY) < 0 && errno == EACCES);
}

static void only_named_paths(void **state)
{
	CLEANUP(scratch_done) struct scratch dir = scratch_new();
	char readable[300], writable[300];
	(void)state;
	(void)snprintf(readable, sizeof readable, "%s/read", dir.dir);
	(void)snprintf(writable, sizeof writable, "%s/write", dir.dir);
	assert_int_equal(mkdir(readable, 0700), 0);
	assert_int_equal(mkdir(writable, 0700), 0);
	(void)close(open(scratch_path(&dir, "read/f"), O_WRONLY | O_CREAT, 0600));
	(void)close(open(scratch_path(&dir, "other"), O_WRONLY | O_CREAT, 0600));
	const char *const r[] = {readable, "/nonexistent", NULL};
	const char *const w[] = {writable, NULL};
	const struct sandbox s = {.read_paths = r, .write_paths = w, .keep = SANDBOX_FILES};
	expect_ok(&s, try_paths, dir.dir);
}

static void try_connect(const struct sandbox_state *st, const char *dir)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	(void)st, (void)dir;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	must(fd >= 0);
	/* Refused by the port, not by the sandbox. */
	must(connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == ECONNREFUSED);
	must(listen(fd, 1) < 0 && errno == EPERM);
	must(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	must(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM);
}

static void connecting_is_not_listening(void **state)
{
	const struct sandbox s = {.keep = SANDBOX_CONNECT};
	(void)state;
	expect_ok(&s, try_connect, "");
}

static void try_accept(const struct sandbox_state *st, const char *dir)
{
	int listener = dir[0];
	(void)st;
	must(accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN);
	must(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
}

static void accepting_is_not_connecting(void **state)
{
	const struct sandbox s = {.keep = SANDBOX_ACCEPT};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	(void)state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_in_range(fd, 3, 127);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(listen(fd, 1), 0);
	const char carried[] = {(char)fd, 0};
	expect_ok(&s, try_accept, carried);
	(void)close(fd);
}

/* What a captured role would do to its siblings, which may run as the same user. */
static void try_siblings(const struct sandbox_state *st, const char *dir)
{
	const struct rlimit none = {0};
	int fd = dir[0];
	(void)st;
	must(syscall(SYS_tgkill, getppid(), getppid(), 0) < 0 && errno == EPERM);
	must(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0) == 0);
	must(prlimit(getppid(), RLIMIT_CPU, &none, NULL) < 0 && errno == EPERM);
	must(fcntl(fd, F_SETOWN, getppid()) < 0 && errno == EPERM);
	must(fcntl(fd, F_SETSIG, SIGKILL) < 0 && errno == EPERM);
	must(fcntl(fd, F_GETFL) >= 0);
}

static void siblings_are_out_of_reach(void **state)
{
	const struct sandbox s = {.keep = SANDBOX_FILES | SANDBOX_CONNECT | SANDBOX_ACCEPT | SANDBOX_LISTEN};
	(void)state;
	const char carried[] = {STDERR_FILENO, 0};
	expect_ok(&s, try_siblings, carried);
}

static void try_other_sockets(const struct sandbox_state *st, const char *dir)
{
	int waiting = 0;
	char c = 'x';
	(void)st, (void)dir;
	must(socket(AF_UNIX, SOCK_SEQPACKET, 0) < 0 && errno == EPERM);
	must(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM);
	must(socket(AF_INET, SOCK_RAW, IPPROTO_TCP) < 0 && errno == EPERM);
	must(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 || errno == EAFNOSUPPORT);
	must(ioctl(STDERR_FILENO, TIOCSTI, &c) < 0 && errno == EPERM);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(fd >= 0 && ioctl(fd, FIONREAD, &waiting) == 0);
}

static void the_network_is_not_the_machine(void **state)
{
	const struct sandbox s = {.keep = SANDBOX_CONNECT};
	(void)state;
	expect_ok(&s, try_other_sockets, "");
}

static void try_empty(const struct sandbox_state *st, const char *dir)
{
	char path[512];
	struct stat size;
	(void)st;
	(void)snprintf(path, sizeof path, "%s/read/f", dir);
	must(open(path, O_RDONLY | O_TRUNC) < 0 && errno == EACCES);
	must(stat(path, &size) == 0 && size.st_size == 1);
	(void)snprintf(path, sizeof path, "%s/write/f", dir);
	must(open(path, O_WRONLY | O_TRUNC) >= 0);
}

static void reading_is_not_emptying(void **state)
{
	CLEANUP(scratch_done) struct scratch dir = scratch_new();
	char readable[300], writable[300];
	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 3)
		check_skip("this kernel's Landlock is older than its right to truncate (Linux 6.2)");
	(void)snprintf(readable, sizeof readable, "%s/read", dir.dir);
	(void)snprintf(writable, sizeof writable, "%s/write", dir.dir);
	assert_int_equal(mkdir(readable, 0700), 0);
	assert_int_equal(mkdir(writable, 0700), 0);
	for (int i = 0; i < 2; i++) {
		int fd = open(scratch_path(&dir, i ? "read/f" : "write/f"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_int_equal(write(fd, "x", 1), 1);
		(void)close(fd);
	}
	const char *const r[] = {readable, NULL};
	const char *const w[] = {writable, NULL};
	const struct sandbox s = {.read_paths = r, .write_paths = w, .keep = SANDBOX_FILES};
	expect_ok(&s, try_empty, dir.dir);
}

static void try_user(const struct sandbox_state *st, const char *dir)
{
	uid_t r, e, s;
	(void)dir;
	must(st->user_dropped);
	must(getuid() == USER && geteuid() == USER && getgid() == USER && getegid() == USER);
	must(setuid(0) < 0);
	must(getresuid(&r, &e, &s) < 0 || (r == USER && e == USER && s == USER));
}

static void root_is_gone_for_good(void **state)
{
	const struct sandbox s = {.uid = USER, .gid = USER};
	(void)state;
	if (getuid() != 0)
		check_skip("needs root to become another user");
	expect_ok(&s, try_user, "");
}

static void try_groups(const struct sandbox_state *st, const char *dir)
{
	(void)st;
	/* 0040 root:root: readable only with root's group, which must be gone. */
	must(open(dir, O_RDONLY) < 0 && errno == EACCES);
}

static void extra_groups_are_gone(void **state)
{
	(void)state;
	if (getuid() != 0)
		check_skip("needs root to become another user");
	CLEANUP(scratch_done) struct scratch dir = scratch_new();
	const char *const all[] = {"/", NULL};
	const struct sandbox s = {.uid = USER, .gid = USER, .keep = SANDBOX_FILES, .read_paths = all};
	assert_int_equal(chmod(dir.dir, 0755), 0);
	(void)close(open(scratch_path(&dir, "f"), O_WRONLY | O_CREAT, 0600));
	assert_int_equal(chmod(dir.path, 0040), 0);
	expect_ok(&s, try_groups, dir.path);
}

static void becoming_another_user_without_right_is_an_error(void **state)
{
	const struct sandbox s = {.uid = USER, .gid = USER};
	int status = 0;
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_state st = {0};
		struct err e = {0};
		if (getuid() == 0 && setuid(1234) != 0)
			_exit(1);
		_exit(rc_failed(sandbox_enter(&s, &st, &e)) && !st.seccomp ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_kept_nothing_possible),
		cmocka_unit_test(memory_never_becomes_code),
		cmocka_unit_test(open_descriptors_stay_usable),
		cmocka_unit_test(only_named_paths),
		cmocka_unit_test(connecting_is_not_listening),
		cmocka_unit_test(accepting_is_not_connecting),
		cmocka_unit_test(siblings_are_out_of_reach),
		cmocka_unit_test(the_network_is_not_the_machine),
		cmocka_unit_test(reading_is_not_emptying),
		cmocka_unit_test(root_is_gone_for_good),
		cmocka_unit_test(extra_groups_are_gone),
		cmocka_unit_test(becoming_another_user_without_right_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
