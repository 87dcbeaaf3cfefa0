/* SPDX-License-Identifier: Apache-2.0 */
/* host/os/spawn: a child inherits what was named and nothing else, and never outstays its time. */
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/clock.h"
#include "host/os/file.h"
#include "host/os/spawn.h"

#define SHELL "/bin/sh"

/* Runs a shell script with what `s` gives and returns its output; its exit status must be `expected`. */
static void run(struct spawn s, const char *script, int expected, char *out, size_t size)
{
	struct err e = {0};
	const char *const argv[] = {"sh", "-c", script, NULL};
	int pipe_fd[2], status = -1;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	s.path = SHELL;
	s.argv = argv;
	s.stdout_fd = pipe_fd[1];
	check_ok(spawn_wait(&s, 10000, &status, &e));
	(void)close(pipe_fd[1]);
	ssize_t n = read(pipe_fd[0], out, size - 1);
	(void)close(pipe_fd[0]);
	assert_true(n >= 0);
	out[n] = 0;
	assert_int_equal(status, expected);
}

static void environment_is_cleared(void **state)
{
	char out[2048];
	static const char *const extra[] = {"HALLMARK_TEST=yes", NULL};
	(void)state;
	assert_int_equal(setenv("LD_PRELOAD_NOT", "inherited", 1), 0);
	assert_int_equal(setenv("SECRET", "inherited", 1), 0);
	run((struct spawn){0}, "env | grep -v '^PWD=' | grep -v '^_=' | grep -v '^SHLVL=' | grep -v '^OLDPWD=' | sort",
	    0, out, sizeof out);
	assert_string_equal(out, "LANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
	run((struct spawn){.env = extra}, "echo $HALLMARK_TEST", 0, out, sizeof out);
	assert_string_equal(out, "yes\n");
}

static void only_named_descriptors_arrive(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	char out[2048];
	(void)state;
	check_ok(file_write_atomic(scratch_path(&s, "one"), bytes_of_text("1\n"), 0600, &e));
	FD_AUTO int one = open(s.path, O_RDONLY | O_CLOEXEC);
	check_ok(file_write_atomic(scratch_path(&s, "two"), bytes_of_text("2\n"), 0600, &e));
	FD_AUTO int two = open(s.path, O_RDONLY | O_CLOEXEC);
	FD_AUTO int leaked = open("/dev/null", O_RDONLY); /* no close-on-exec, on purpose */
	const int fds[] = {two, one};
	assert_true(leaked > 4);
	run((struct spawn){.fds = fds, .fds_n = 2}, "cat <&3; cat <&4; ls /proc/$$/fd; true", 0, out, sizeof out);
	assert_string_equal(out, "2\n1\n0\n1\n2\n3\n4\n");
	assert_int_equal(lseek(one, 0, SEEK_SET), 0);
	run((struct spawn){.stdin_fd = one}, "cat; ls /proc/$$/fd; true", 0, out, sizeof out);
	assert_string_equal(out, "1\n0\n1\n2\n");
}

static void exit_status_and_signals_are_told(void **state)
{
	char out[64];
	(void)state;
	run((struct spawn){0}, "exit 7", 7, out, sizeof out);
	run((struct spawn){0}, "kill -TERM $$", 128 + SIGTERM, out, sizeof out);
}

static void a_slow_child_is_ended(void **state)
{
	struct err e = {0};
	const char *const argv[] = {"sleep", "30", NULL};
	struct spawn s = {.path = "/bin/sleep", .argv = argv, .stdout_fd = -1};
	int status = 42;
	(void)state;
	int64_t start = clock_now().mono.ms;
	check_fails(ERR_TIMEOUT, spawn_wait(&s, 100, &status, &e));
	assert_true(clock_now().mono.ms - start < 5000);
	assert_int_equal(status, 42);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* reaped */
}

static void refused(void **state)
{
	struct err e = {0};
	const char *const argv[] = {"x", NULL};
	int fds[SPAWN_FDS_MAX + 1] = {0};
	pid_t pid = 42;
	(void)state;
	struct spawn none = {.path = "/nonexistent", .argv = argv, .stdout_fd = -1};
	check_fails(ERR_MISSING, spawn_exec(&none, &pid, &e));
	struct spawn many = {.path = SHELL, .argv = argv, .stdout_fd = -1, .fds = fds, .fds_n = SPAWN_FDS_MAX + 1};
	check_fails(ERR_INTERNAL, spawn_exec(&many, &pid, &e));
	assert_int_equal(pid, 42);
}

static void another_user(void **state)
{
	char out[256];
	(void)state;
	if (getuid() != 0)
		check_skip("needs root to become another user");
	run((struct spawn){.uid = 4711}, "id -u; id -g; id -G", 0, out, sizeof out);
	assert_string_equal(out, "4711\n4711\n4711\n");
}

static void self_is_this_program(void **state)
{
	struct err e = {0};
	char path[1024], tiny[4];
	(void)state;
	check_ok(spawn_self(path, sizeof path, &e));
	assert_non_null(strstr(path, "test_host_spawn"));
	assert_true(rc_failed(spawn_self(tiny, sizeof tiny, &e)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_is_cleared),
		cmocka_unit_test(only_named_descriptors_arrive),
		cmocka_unit_test(exit_status_and_signals_are_told),
		cmocka_unit_test(a_slow_child_is_ended),
		cmocka_unit_test(refused),
		cmocka_unit_test(another_user),
		cmocka_unit_test(self_is_this_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
