/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compromise of one part of the agent is not a compromise of the next. The real program, taken over role by role
 * (compromise_role.c) after it has entered its own sandbox: what it tries on the machine must be refused, and what it
 * says to its partners must neither be done nor bring them down for good. argv[1] is the program.
 */
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compromise_role.h"
#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "core/crypto/key.h"
#include "core/model/envelope.h"
#include "host/os/clock.h"
#include "host/os/file.h"

#define LONG_MS 30000
#define STOP_MS 8000
#define UID_BASE "61000"
#define CONTAIN_TRIES 45 /* at least so many attempts of each role */
#define TEXT_MAX 262144

static struct world world;
static pid_t agent; /* 0: none runs */
static const char *program;

static int set_up(void **state)
{
	(void)state;
	world_make(&world, program, 300000);
	return 0;
}

static void end_agent(void)
{
	if (agent > 0 && kill(agent, SIGKILL) == 0)
		(void)waitpid(agent, NULL, 0);
	agent = 0;
}

static int tear_down(void **state)
{
	(void)state;
	end_agent();
	world_done(&world);
	return 0;
}

/* ---- the agent under attack ---- */

static const char *read_text(const char *name)
{
	static char text[TEXT_MAX];
	FILE *f = fopen(scratch_path(&world.scratch, name), "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	text[n] = 0;
	if (f)
		(void)fclose(f);
	return text;
}

static bool says(const char *name, const char *what)
{
	return strstr(read_text(name), what) != NULL;
}

static bool until_says(const char *name, const char *what)
{
	for (int64_t end = clock_now().mono.ms + LONG_MS; clock_now().mono.ms < end;) {
		if (says(name, what))
			return true;
		(void)usleep(10000);
	}
	return false;
}

static void plan(const char *text)
{
	struct err e = {0};
	if (file_exists(scratch_path(&world.scratch, "attack")))
		check_ok(file_remove(scratch_path(&world.scratch, "attack"), &e));
	if (text)
		check_ok(file_create(scratch_path(&world.scratch, "attack"), bytes_of_text(text), 0644, &e));
}

static void put(const char *name)
{
	char path[700];
	struct err e = {0};
	(void)snprintf(path, sizeof path, "%s/%s", world.dev, name);
	check_ok(file_create(path, bytes_of_text("x"), 0644, &e));
}

static void make_dir(const char *name)
{
	char path[700];
	struct err e = {0};
	(void)snprintf(path, sizeof path, "%s/%s", world.dev, name);
	check_ok(file_make_dir(path, 0755, &e));
}

/* A device with a root tree, under attack; what it logs goes to `log`. */
static pid_t begin(const char *attack, bool own_users)
{
	static const char *const base[] = {"--uid-base", UID_BASE, NULL};
	end_agent(); /* of a test that failed */
	world_reset(&world);
	(void)unlink(scratch_path(&world.scratch, "attack.out"));
	make_dir("root/bin");
	make_dir("state");
	put("root/bin/app");
	put("state/secret");
	plan(attack);
	int kept = dup(STDERR_FILENO);
	int log = open(scratch_path(&world.scratch, "log"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	assert_true(kept >= 0 && log >= 0);
	assert_true(dup2(log, STDERR_FILENO) >= 0);
	agent = world_boot(&world, own_users ? base : NULL);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	(void)close(log);
	return agent;
}

/* It ends when it is told to, in time and by itself. */
static void stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGTERM), 0);
	int status = world_wait(pid, STOP_MS);
	if (status == -1)
		end_agent();
	agent = 0;
	assert_true(status != -1 && WIFEXITED(status));
	plan(NULL);
}

/* ---- what the machine refuses ---- */

static size_t count(const char *text, const char *role)
{
	size_t n = 0;
	for (const char *at = strstr(text, role); at; at = strstr(at + 1, role))
		n++;
	return n;
}

static void check_contained(const char *role)
{
	char ended[40], line[40];
	(void)snprintf(ended, sizeof ended, "%s attack: ended", role);
	(void)snprintf(line, sizeof line, "\n%s ", role);
	if (!until_says("attack.out", ended))
		fail_msg("the %s role did not come to its end: %s", role, read_text("attack.out"));
	assert_true(count(read_text("attack.out"), line) >= CONTAIN_TRIES);
}

static void check_nothing_got_in(void)
{
	static const char *const bad[] = {"GOT IN", "PROVES NOTHING", "BROKEN"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *at = strstr(read_text("attack.out"), bad[i]);
		for (; at && at > read_text("attack.out") && at[-1] != '\n'; at--)
			;
		if (at)
			fail_msg("%.*s", (int)strcspn(at, "\n"), at);
	}
}

static void contain(bool own_users)
{
	static const char *const roles[] = {"engine", "net", "guard", "local", "firewall"};
	pid_t pid = begin("contain", own_users);
	/* Without users of their own there is nobody whom a firewall could tell apart: none is loaded. */
	for (size_t i = 0; i < ARRAY_LEN(roles) - (own_users ? 0 : 1); i++)
		check_contained(roles[i]);
	check_nothing_got_in();
	if (says("attack.out", "SKIP"))
		print_message("# skip: the files: this kernel has no Landlock\n");
	/* All that was refused was not needed: the agent works. */
	assert_true(world_until(&world.service->checkins, 2, LONG_MS));
	/* The worker runs while something is installed, and installs it all the same. */
	world_offer(&world, "4.0.0");
	int status = world_wait(pid, LONG_MS);
	agent = 0;
	assert_true(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 85);
	check_contained("worker");
	check_nothing_got_in();
	assert_int_equal(world_bootable(&world), 4);
	plan(NULL);
}

static void each_role_is_contained(void **state)
{
	(void)state;
	contain(false);
}

static void each_role_is_contained_as_its_own_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		check_skip("needs root: the roles get users of their own");
	contain(true);
}

/* ---- what partners do not do ---- */

/* The attack ends the session with this complaint, nothing crashes, and without the attacker all is well again. */
static void ends_in(const char *attack, const char *complaint)
{
	pid_t pid = begin(attack, false);
	if (!until_says("log", complaint))
		fail_msg("%s: no \"%s\" in: %s", attack, complaint, read_text("log"));
	plan(NULL);
	world.service->checkins = 0;
	assert_true(world_until(&world.service->checkins, 1, LONG_MS));
	if (says("log", "killed by signal 11") || says("log", "killed by signal 6"))
		fail_msg("%s: %s", attack, read_text("log"));
	stop(pid);
}

static void the_engine_ends_a_net_role_that_breaks_the_rules(void **state)
{
	static const char *const attacks[] = {"net truncated", "net oversized",	 "net unknown",
					      "net early",     "net foreign-id", "net bad-code"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++)
		ends_in(attacks[i], "engine: net role: malformed message");
}

static void the_engine_waits_for_no_captured_role(void **state)
{
	(void)state;
	ends_in("net flood", "engine: net role: the other process does not read");
}

static void an_endless_answer_is_cut(void **state)
{
	(void)state;
	pid_t pid = begin("net endless", false);
	assert_true(until_says("attack.out", "endless answer: refused"));
	stop(pid);
}

static void the_parent_does_only_what_it_may(void **state)
{
	static const char *const refused[] = {"write without a worker: denied",
					      "a worker: ok",
					      "write more than it has room for: denied",
					      "write the running slot: denied",
					      "write beyond the slot: space",
					      "write, wrapping round: space",
					      "confirm without a trial: state",
					      "revert without a trial: state",
					      "switch to what was never hashed: denied",
					      "switch to the running slot: denied",
					      "go on with no hash: input",
					      "firewall: nobody's user: input",
					      "firewall: port 0: input",
					      "firewall: family 9: input",
					      "firewall: protocol 77: input",
					      "firewall: mode 9: input",
					      "firewall: rule text: input"};
	(void)state;
	pid_t pid = begin("engine orders", false);
	if (!until_says("log", "parent: unknown request 99 from the engine"))
		fail_msg("%s%s", read_text("log"), read_text("attack.out"));
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (!says("attack.out", refused[i]))
			fail_msg("not \"%s\": %s", refused[i], read_text("attack.out"));
	assert_int_equal(world_bootable(&world), 1);
	plan(NULL);
	assert_true(world_until(&world.service->checkins, 1, LONG_MS));
	stop(pid);
}

/* Its lies are found by the parent's own hash, its silence and its end by the engine: nothing is switched to. */
static void a_captured_worker_installs_nothing(void **state)
{
	static const struct {
		const char *attack, *reason;
	} cases[] = {{"worker lies", "target-hash"},
		     {"worker flood", "target-hash"},
		     {"worker nonsense", "io"},
		     {"worker dies", "io"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		pid_t pid = begin(cases[i].attack, false);
		world_offer(&world, "2.0.0");
		int64_t end = clock_now().mono.ms + LONG_MS;
		while (strcmp(world.service->last_reason, cases[i].reason) != 0 && clock_now().mono.ms < end)
			(void)usleep(10000);
		assert_string_equal(world.service->last_reason, cases[i].reason);
		struct bootctl b = world_record(&world);
		assert_false(b.trying);
		assert_int_equal(world_bootable(&world), 1);
		stop(pid);
		agent = world_boot(&world, NULL); /* its next worker is an honest one */
		int status = world_wait(agent, LONG_MS);
		agent = 0;
		assert_true(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 85);
		assert_int_equal(world_bootable(&world), 2);
	}
}

static void the_parent_waits_for_no_captured_engine(void **state)
{
	(void)state;
	ends_in("engine flood", "parent: the other process does not read");
}

static void a_captured_page_has_no_session(void **state)
{
	(void)state;
	pid_t pid = begin("local forge", false);
	assert_true(until_says("attack.out", "action 12 with token 5a"));
	if (says("attack.out", "GOT IN") || says("attack.out", "no answer"))
		fail_msg("%s", read_text("attack.out"));
	assert_int_equal(count(read_text("attack.out"), "refused"), 16);
	assert_string_equal(world_read(&world, "state/owner.phc"), "");
	stop(pid);
}

static void the_ward_cuts_off_liars(void **state)
{
	(void)state;
	pid_t pid = begin("local unknown", false);
	assert_true(until_says("log", "the page process is cut off"));
	assert_true(world_until(&world.service->checkins, 2, LONG_MS));
	stop(pid);
	pid = begin("guard lies", false);
	assert_true(until_says("log", "the guard process is cut off"));
	assert_true(world_until(&world.service->checkins, 2, LONG_MS));
	stop(pid);
}

/* ---- the product's programs ---- */

#define APP_UID 2001 /* of world.c's policy */
#define OTHER_UID 2002
#define KNOCKS 40

static int knock(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 3};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (snprintf(to.sun_path, sizeof to.sun_path, "%s/run/agent.sock", world.dev) >= (int)sizeof to.sun_path)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* What comes back for this message on a new connection: the result code; -1 when we were shown the door. */
static int tell(const void *p, size_t n)
{
	uint8_t answer[70000];
	int fd = knock();
	ssize_t got = fd < 0 || send(fd, p, n, MSG_NOSIGNAL) < 0 ? -1 : recv(fd, answer, sizeof answer, 0);
	(void)close(fd);
	return got >= 3 ? answer[2] : -1;
}

#define TELL(text) tell(text, sizeof(text) - 1)

/* Runs as `uid`; its result is the line at which something was not refused. */
static int as_user(uid_t uid, int (*run)(void))
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(setgid(uid) != 0 || setuid(uid) != 0 ? 255 : run());
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static int stranger(void)
{
	return TELL("\0\1\1\0\2ok") == 0 ? 1 : TELL("\0\3\0\1ax") == 0 ? 2 : 0;
}

/* A declared program that was broken into. */
static int captured_app(void)
{
	static uint8_t large[140000] = {0, 3, 0, 1, 'a'}, long_name[4096] = {0, 3, 0x0f, 0xf0};
	static const char *const names[] = {"..", "../x", "a/b", "/etc/passwd", ".", "", "a\nb", "app~x/../y"};
	memset(long_name + 4, 'a', sizeof long_name - 4);
	if (TELL("\0\1\1\0\2ok") != 0) /* what it may do */
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint8_t m[64] = {0, 3, 0, (uint8_t)strlen(names[i])};
		memcpy(m + 4, names[i], strlen(names[i]));
		if (tell(m, 4 + strlen(names[i]) + 1) == 0)
			return 10 + (int)i;
	}
	if (tell(large, sizeof large) == 0 || tell(long_name, sizeof long_name) == 0)
		return 2;
	for (unsigned kind = 0; kind < 64; kind++) /* all kinds, cut at all lengths, all bits set */
		for (size_t n = 0; n < 12; n++) {
			uint8_t m[12] = {0, (uint8_t)kind, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
			if (n != 1 && n != 0 && tell(m, n) == 0)
				return 3;
		}
	return TELL("\0\1\1\0\2ok") == 0 ? 0 : 4; /* the engine lives */
}

static int other_app(void)
{
	return TELL("\0\1\1\0\2ok") == 0 ? 0 : 1;
}

/* Holds as many connections as it gets, and meanwhile the other program wants to be heard. */
static void flood_shuts_nobody_out(void)
{
	int ready[2];
	char c = 0;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgid(APP_UID) != 0 || setuid(APP_UID) != 0)
			_exit(1);
		for (int i = 0; i < KNOCKS; i++)
			(void)knock();
		(void)!write(ready[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	int heard = as_user(OTHER_UID, other_app);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
	assert_int_equal(heard, 0);
}

static void a_captured_program_gets_what_it_declared(void **state)
{
	(void)state;
	if (geteuid() != 0)
		check_skip("needs root to become the product's users");
	pid_t pid = begin(NULL, true);
	assert_true(world_until(&world.service->checkins, 1, LONG_MS));
	assert_int_equal(chmod(world.scratch.dir, 0711), 0);
	assert_int_equal(as_user(4711, stranger), 0);
	assert_int_equal(as_user(61002, stranger), 0); /* the net role's */
	assert_int_equal(as_user(APP_UID, captured_app), 0);
	flood_shuts_nobody_out();
	assert_int_equal(as_user(APP_UID, captured_app), 0);
	world.service->checkins = 0;
	assert_true(world_until(&world.service->checkins, 1, LONG_MS));
	stop(pid);
}

/* The engine's user, with neither Landlock nor seccomp: what the factory gave can be read and not changed. */
static int engine_without_sandbox(void)
{
	int bad = 0;
	if (chdir(world.dev) != 0)
		return 1;
	bad += open("factory/tls.key", O_RDONLY | O_CLOEXEC) < 0;
	bad += open("factory/root.json", O_RDONLY | O_CLOEXEC) < 0;
	bad += open("state/mine", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
	bad += open("factory/root.json", O_WRONLY | O_CLOEXEC) >= 0;
	bad += open("factory/tls.key", O_RDWR | O_CLOEXEC) >= 0;
	bad += open("factory/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
	bad += rename("state/mine", "factory/root.json") == 0;
	bad += unlink("factory/root.json") == 0;
	bad += rename("factory", "state/factory") == 0;
	bad += chmod("factory/tls.key", 0666) == 0;
	bad += chmod("factory", 0777) == 0;
	return bad;
}

static int factory_reader(void)
{
	return chdir(world.dev) != 0 || open("factory/tls.key", O_RDONLY | O_CLOEXEC) >= 0 ||
	       open("factory/root.json", O_RDONLY | O_CLOEXEC) >= 0;
}

static void the_factory_folder_is_not_the_engines(void **state)
{
	(void)state;
	if (geteuid() != 0)
		check_skip("needs root to become the engine's user");
	pid_t pid = begin(NULL, true);
	assert_true(world_until(&world.service->checkins, 1, LONG_MS));
	assert_int_equal(chmod(world.scratch.dir, 0711), 0);
	assert_int_equal(as_user(61001, engine_without_sandbox), 0);
	for (uid_t role = 61002; role <= 61005; role++)
		assert_int_equal(as_user(role, factory_reader), 0);
	stop(pid);
}

/* ---- keys ---- */

static void load_key(const char *name, struct privkey *ret)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf pem;
	char path[700];
	buf_init(&pem, 8192);
	(void)snprintf(path, sizeof path, "%s/factory/%s", world.dev, name);
	check_ok(file_read(path, 8000, &pem, &e));
	check_ok(privkey_from_pem(buf_view(&pem), ret, &e));
}

/* The boot statement that the captured role made, in the name of this key. */
static enum err_code opens(const struct pubkey *named, struct bytes signature)
{
	CLEANUP(buf_done) struct buf text, payload64, sig64, payload;
	struct err e = {0};
	char keyid[2 * SHA256_SIZE + 1];
	buf_init(&text, ENVELOPE_MAX);
	buf_init(&payload64, 1024);
	buf_init(&sig64, 1024);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	check_ok(pubkey_id(named, keyid, &e));
	base64_encode(bytes_of_text(COMPROMISE_PAYLOAD), &payload64);
	base64_encode(signature, &sig64);
	buf_putf(&text,
		 "{\"payload\":\"%s\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}]}",
		 buf_text(&payload64), COMPROMISE_TYPE, keyid, buf_text(&sig64));
	return envelope_open(buf_view(&text), COMPROMISE_TYPE, named, &payload, &e).code;
}

/*
 * The net role has what it wants signed, with the TLS key: that must make no statement of the device. (That the
 * signature is a good one of the TLS key shows that the attack itself worked.)
 */
static void a_handshake_signature_is_no_statement(void **state)
{
	(void)state;
	static uint8_t signature[KEY_SIGNATURE_MAX];
	char hex[2 * KEY_SIGNATURE_MAX + 1] = "";
	struct privkey tls = {0}, page = {0}, statement = {0};
	pid_t pid = begin("net sign", false);
	assert_true(until_says("attack.out", "\n"));
	const char *at = strstr(read_text("attack.out"), "net signature: ");
	assert_non_null(at);
	size_t n = strcspn(at + 15, "\n");
	assert_true(n % 2 == 0 && n < sizeof hex);
	memcpy(hex, at + 15, n);
	assert_true(hex_decode(hex, signature, n / 2));
	load_key("tls.key", &tls);
	load_key("page.key", &page);
	load_key("statement.key", &statement);
	const struct bytes got = bytes_of(signature, n / 2);
	assert_int_equal(opens(&tls.pub, got), ERR_NONE);
	assert_int_equal(opens(&statement.pub, got), ERR_TRUST);
	assert_int_equal(opens(&page.pub, got), ERR_TRUST);
	assert_int_equal(statement.pub.type, KEY_ED25519);
	assert_int_equal(tls.pub.type, KEY_ECDSA_P256);
	privkey_done(&tls);
	privkey_done(&page);
	privkey_done(&statement);
	stop(pid);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_is_contained),
		cmocka_unit_test(each_role_is_contained_as_its_own_user),
		cmocka_unit_test(the_engine_ends_a_net_role_that_breaks_the_rules),
		cmocka_unit_test(the_engine_waits_for_no_captured_role),
		cmocka_unit_test(an_endless_answer_is_cut),
		cmocka_unit_test(the_parent_does_only_what_it_may),
		cmocka_unit_test(a_captured_worker_installs_nothing),
		cmocka_unit_test(the_parent_waits_for_no_captured_engine),
		cmocka_unit_test(a_captured_page_has_no_session),
		cmocka_unit_test(the_ward_cuts_off_liars),
		cmocka_unit_test(a_captured_program_gets_what_it_declared),
		cmocka_unit_test(the_factory_folder_is_not_the_engines),
		cmocka_unit_test(a_handshake_signature_is_no_statement),
	};
	if (argc < 2)
		return 2;
	program = argv[1];
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
