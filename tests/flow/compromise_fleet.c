/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service, role by role taken over after it has entered its own sandbox (compromise_role.c): a break-in through the
 * public form finds no report, no key, no database, and cannot end the device API or the operator's work. argv[1] is
 * the program with the break-in.
 */
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compromise_role.h"
#include "host/net/http_client.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "host/os/spawn.h"
#include "release/keyring.h"

#define LONG_MS 30000
#define TEXT_MAX 262144
#define CONTAIN_TRIES 45

static const char *program;

struct service {
	struct scratch scratch;
	pid_t pid;
	uint16_t device_port, public_port, operator_port;
};

static void run(const char *const *argv)
{
	struct err e = {0};
	int status = -1;
	FD_AUTO int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct spawn s = {.path = program, .argv = argv, .stdout_fd = quiet};
	check_ok(spawn_wait(&s, 20000, &status, &e));
	assert_int_equal(status, 0);
}

static const char *copy(char out[1024], const char *text)
{
	(void)snprintf(out, 1024, "%s", text);
	return out;
}

static int set_up(void **state)
{
	static struct service s;
	struct err e = {0};
	static const char *const hosts[] = {"127.0.0.1", NULL};
	char keys[1024], out[1024], data[1024];
	s = (struct service){.scratch = scratch_new()};
	const struct wall_time now = clock_now().wall;
	const struct keyring_plan plan = {.dir = copy(keys, scratch_path(&s.scratch, "keys")),
					  .maker = "Example",
					  .holders = 1,
					  .threshold = 1,
					  .now = now,
					  .root_days = 30};
	check_ok(keyring_make(&plan, &e));
	const struct keyring_server server = {.keys_dir = keys,
					      .out_dir = copy(out, scratch_path(&s.scratch, "server")),
					      .hosts = hosts,
					      .now = now,
					      .days = 30};
	check_ok(keyring_server_cert(&server, &e));
	check_ok(file_make_dir(scratch_path(&s.scratch, "repo/targets"), 0755, &e));
	check_ok(file_make_dir(scratch_path(&s.scratch, "repo/metadata"), 0755, &e));
	check_ok(file_create(scratch_path(&s.scratch, "repo/metadata/timestamp.json"), bytes_of_text("{}"), 0644, &e));
	const char *const init[] = {"hallmark-fleet", "init", copy(data, scratch_path(&s.scratch, "data")), NULL};
	run(init);
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	struct service *s = *state;
	if (s->pid > 0 && kill(s->pid, SIGKILL) == 0)
		(void)waitpid(s->pid, NULL, 0);
	scratch_done(&s->scratch);
	return 0;
}

static void start(struct service *s, const char *attack)
{
	struct err e = {0};
	char data[1024], repo[1024], cert[1024], key[1024], ca[1024], line[256];
	const char *const argv[] = {"hallmark-fleet",
				    "serve",
				    copy(data, scratch_path(&s->scratch, "data")),
				    "--repo",
				    copy(repo, scratch_path(&s->scratch, "repo")),
				    "--tls-cert",
				    copy(cert, scratch_path(&s->scratch, "server/server.pem")),
				    "--tls-key",
				    copy(key, scratch_path(&s->scratch, "server/server.key")),
				    "--factory-ca",
				    copy(ca, scratch_path(&s->scratch, "keys/factory-ca.pem")),
				    "--device-listen",
				    "127.0.0.1:0",
				    "--public-listen",
				    "127.0.0.1:0",
				    "--operator-listen",
				    "127.0.0.1:0",
				    NULL};
	int fds[2];
	check_ok(file_create(scratch_path(&s->scratch, "attack"), bytes_of_text(attack), 0644, &e));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	const struct spawn sp = {.path = program, .argv = argv, .stdout_fd = fds[1], .die_with_parent = true};
	check_ok(spawn_exec(&sp, &s->pid, &e));
	(void)close(fds[1]);
	FILE *out = fdopen(fds[0], "r");
	assert_non_null(out);
	uint16_t *const ports[] = {&s->device_port, &s->public_port, &s->operator_port};
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		assert_non_null(fgets(line, sizeof line, out));
		assert_non_null(strrchr(line, ':'));
		*ports[i] = (uint16_t)strtoul(strrchr(line, ':') + 1, NULL, 10);
	}
	(void)fclose(out);
}

static const char *attempts(struct service *s)
{
	static char text[TEXT_MAX];
	FILE *f = fopen(scratch_path(&s->scratch, "attack.out"), "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	text[n] = 0;
	if (f)
		(void)fclose(f);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

static bool until_says(struct service *s, const char *what)
{
	for (int64_t end = clock_now().mono.ms + LONG_MS; clock_now().mono.ms < end;) {
		if (strstr(attempts(s), what))
			return true;
		(void)usleep(10000);
	}
	return false;
}

static int status_of(uint16_t port, const char *path)
{
	struct err e = {0};
	struct http_client *c = NULL;
	struct http_answer a;
	const struct http_client_config config = {.host = "127.0.0.1", .port = port};
	const struct http_call call = {.path = path, .body_max = 1 << 20, .deadline_ms = 8000};
	http_answer_init(&a, 1 << 20);
	int status = -1;
	if (rc_ok(http_client_open(&config, &c, &e)) && rc_ok(http_client_call(c, &call, &a, &e)))
		status = a.status;
	http_answer_done(&a);
	http_client_free(c);
	return status;
}

static void stop(struct service *s)
{
	int status = -1;
	assert_int_equal(waitpid(s->pid, &status, WNOHANG), 0); /* it ran until now */
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	s->pid = 0;
	assert_true(WIFEXITED(status));
}

static void each_role_is_contained(void **state)
{
	static const char *const roles[] = {"public", "device", "operator"};
	static const char *const bad[] = {"GOT IN", "PROVES NOTHING", "BROKEN"};
	struct service *s = *state;
	char line[64];
	start(s, "contain");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		(void)snprintf(line, sizeof line, "%s attack: ended", roles[i]);
		assert_true(until_says(s, line));
		(void)snprintf(line, sizeof line, "%s ", roles[i]);
		assert_true(count(attempts(s), line) >= CONTAIN_TRIES);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *at = strstr(attempts(s), bad[i]);
		for (; at && at > attempts(s) && at[-1] != '\n'; at--)
			;
		if (at)
			fail_msg("%.*s", (int)strcspn(at, "\n"), at);
	}
	if (strstr(attempts(s), "SKIP"))
		print_message("# skip: the files: this kernel has no Landlock\n");
	/* All that was refused was not needed. */
	assert_int_equal(status_of(s->public_port, "/"), 200);
	assert_int_equal(status_of(s->operator_port, "/sign-in"), 200);
	stop(s);
}

/* The operator's pages go on; the parent does not take the others down. */
static void survives(struct service *s, const char *attack)
{
	start(s, attack);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(status_of(s->operator_port, "/sign-in"), 200);
		(void)usleep(50000);
	}
	stop(s);
}

static void nonsense_from_the_public_role_ends_nobody(void **state)
{
	survives(*state, "public nonsense");
}

static void the_operator_waits_for_no_captured_role(void **state)
{
	survives(*state, "public flood");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_role_is_contained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nonsense_from_the_public_role_ends_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_operator_waits_for_no_captured_role, set_up, tear_down),
	};
	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
