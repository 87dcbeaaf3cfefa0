/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's processes against a real service: an update that goes well, one that is refused, one that is unhealthy,
 * one that is interrupted; roles that die. EN303645 5.3-1, 5.3-2, 5.3-9, 5.3-10, 5.9-1.
 */
#include "world.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/bootctl_io.h"
#include "host/os/clock.h"

#define IMAGE_BYTES (10000 * 1024) /* two stretches */

static struct world world;
static const char *program;

static int set_up(void **state)
{
	(void)state;
	world_make(&world, program, IMAGE_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

static void offer(const char *version)
{
	world_reset(&world);
	world_offer(&world, version);
}

static void updates_and_confirms(void **state)
{
	(void)state;
	struct world *w = &world;
	static const char *const boot_id[] = {"--boot-id", "0123456789abcdef0123456789abcdef", NULL};
	offer("2.0.0");
	world_expect_reboot(world_boot(w, NULL));
	struct bootctl b = world_record(w);
	assert_true(b.trying);
	assert_int_equal(b.active, 0);
	pid_t pid = world_boot(w, boot_id);
	assert_true(world_until(&w->service->confirmed, 1, WORLD_LONG_MS));
	assert_true(world_until(&w->service->checkins, 2, WORLD_LONG_MS));
	world_stop(pid);
	b = world_record(w);
	assert_false(b.trying);
	assert_int_equal(b.active, 1);
	assert_int_equal(world_bootable(w), 2);
	const struct statement_boot *st = &w->service->statement;
	assert_string_equal(st->device, w->device);
	assert_string_equal(st->version, "2.0.0");
	assert_int_equal(st->counter, 2);
	assert_int_equal(st->slot, 'b');
	assert_int_equal(st->boot[0], 0x01);
	assert_memory_equal(st->image_sha256, w->sha[2], SHA256_SIZE);
	assert_int_equal(st->health_n, 1);
	assert_true(st->health[0].ok);
	assert_int_equal(w->service->bad_statements, 0);
	assert_string_equal(w->service->last_version, "2.0.0");
	assert_non_null(strstr(world_read(w, "state/installed.json"), "\"counter\":2"));
	assert_non_null(strstr(world_read(w, "state/policy.json"), "\"version\":\"2.0.0\""));
}

static void unhealthy_release_comes_back_and_is_blocked(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("3.0.0");
	world_expect_reboot(world_boot(w, NULL)); /* installed */
	int64_t began = clock_now().mono.ms;
	world_expect_reboot(world_boot(w, NULL)); /* tried, and given up */
	/* When the time of the check that failed was over: not with the shorter one's, not with the longer one's. */
	assert_true(clock_now().mono.ms - began >= 2000);
	struct bootctl b = world_record(w);
	assert_false(b.trying);
	assert_int_equal(b.active, 0);
	assert_non_null(strstr(world_read(w, "state/blocked.json"), "\"3.0.0\""));
	pid_t pid = world_boot(w, NULL);
	assert_true(world_until(&w->service->reverted, 1, WORLD_LONG_MS));
	uint32_t images = w->service->image_requests, checkins = w->service->checkins;
	assert_true(world_until(&w->service->checkins, checkins + 3, WORLD_LONG_MS)); /* still offered */
	world_stop(pid);
	assert_int_equal(w->service->image_requests, images);
	assert_int_equal(w->service->confirmed, 0);
	assert_string_equal(w->service->statement.failed_version, "3.0.0");
	assert_string_equal(w->service->statement.version, "1.0.0");
	assert_string_equal(w->service->last_reason, "blocked-version");
	assert_non_null(strstr(world_read(w, "state/installed.json"), "\"counter\":1"));
	assert_int_equal(world_bootable(w), 1);
}

static void crashing_release_falls_back(void **state)
{
	(void)state;
	struct world *w = &world;
	struct err e = {0};
	char path[1024];
	offer("2.0.0");
	world_expect_reboot(world_boot(w, NULL));
	struct bootctl b = world_record(w);
	(void)snprintf(path, sizeof path, "%s/boot.env", w->dev);
	int slot = 1, boots = 0;
	for (bool write; slot == 1; boots++) { /* it never comes as far as its agent */
		check_ok(bootctl_boot(&b, &slot, &write, &e));
		check_ok(bootctl_io_write(path, &b, &e));
	}
	assert_int_equal(boots, BOOTCTL_TRIES + 1);
	pid_t pid = world_start_agent(w, NULL);
	assert_true(world_until(&w->service->reverted, 1, WORLD_LONG_MS));
	world_stop(pid);
	assert_int_equal(w->service->confirmed, 0);
	assert_string_equal(w->service->statement.failed_version, "2.0.0");
	assert_string_equal(w->service->statement.version, "1.0.0");
	assert_non_null(strstr(world_read(w, "state/blocked.json"), "\"2.0.0\""));
	assert_int_equal(world_bootable(w), 1);
}

static void wrong_bytes_are_never_switched_to(void **state)
{
	(void)state;
	struct world *w = &world;
	for (uint32_t which = 1; which <= 2; which++) {
		offer("2.0.0");
		w->service->corrupt = which;
		pid_t pid = world_boot(w, NULL);
		assert_true(world_until(&w->service->image_requests, 2 + which, WORLD_LONG_MS)); /* it tries again */
		world_stop(pid);
		assert_string_equal(w->service->last_reason, "target-hash");
		struct bootctl b = world_record(w);
		assert_false(b.trying);
		assert_int_equal(b.image[1].bytes, 0);
		assert_int_equal(world_bootable(w), 1);
	}
}

static void a_service_without_ranges_does_too(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("2.0.0");
	w->service->rangeless = 1;
	world_expect_reboot(world_boot(w, NULL));
	assert_int_equal(world_bootable(w), 2);
	assert_true(w->service->image_requests <= 2);
}

/* Nothing is believed or switched to, nobody falls over; and when the service is well again, the update goes on. */
static void an_odd_service_changes_nothing(void **state)
{
	(void)state;
	struct world *w = &world;
	for (uint32_t odd = 1; odd < WORLD_ODDITIES; odd++) {
		offer("2.0.0");
		w->service->odd = odd;
		pid_t pid = world_boot(w, NULL);
		assert_true(world_until(&w->service->oddly_answered, 2, WORLD_LONG_MS));
		assert_false(world_record(w).trying);
		assert_int_equal(world_bootable(w), 1);
		w->service->odd = WORLD_AS_IT_SHOULD;
		world_expect_reboot(pid);
		assert_int_equal(world_bootable(w), 2);
	}
}

static void download_goes_on_after_a_restart(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("2.0.0");
	w->service->cut_after = 2; /* the header, a stretch */
	pid_t pid = world_boot(w, NULL);
	assert_true(world_until(&w->service->image_requests, 3, WORLD_LONG_MS));
	world_stop(pid);
	assert_non_null(strstr(world_read(w, "state/update.json"), "\"written\":8388608"));
	w->service->cut_after = 0;
	world_expect_reboot(world_boot(w, NULL));
	/* Nothing but the header was fetched twice. */
	assert_int_equal(w->service->image_bytes, w->file_bytes[2] + w->header_bytes[2]);
	assert_int_equal(world_bootable(w), 2);
}

static void a_patch_costs_what_changed(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("4.0.0");
	assert_in_range(w->patch_bytes, 1, IMAGE_BYTES / 4);
	world_expect_reboot(world_boot(w, NULL));
	assert_int_equal(world_bootable(w), 4);
	assert_in_range(w->service->image_bytes, 1, w->patch_bytes);
}

/* What runs was tampered with where the patch needs it: found before it is written, and the image comes whole. */
static void a_changed_base_costs_the_whole(void **state)
{
	(void)state;
	struct world *w = &world;
	char path[1024];
	offer("4.0.0");
	(void)snprintf(path, sizeof path, "%s/disk.img", w->dev);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 5 * 1024 * 1024 + 100, SEEK_SET), 0);
	assert_int_equal(fputc('!', f), '!');
	assert_int_equal(fclose(f), 0);
	world_expect_reboot(world_boot(w, NULL));
	assert_int_equal(world_bootable(w), 4);
	assert_in_range(w->service->image_bytes, IMAGE_BYTES / 2, IMAGE_BYTES + w->patch_bytes);
	struct bootctl b = world_record(w);
	assert_true(b.trying);
}

/* No patch from what runs: blocks of it are used where they lie, and only the others are fetched. */
static void blocks_that_are_here_are_not_fetched(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("5.0.0");
	world_expect_reboot(world_boot(w, NULL));
	assert_int_equal(world_bootable(w), 5);
	assert_in_range(w->service->image_bytes, IMAGE_BYTES / 100, IMAGE_BYTES * 3 / 4);
}

static void offer_taken_back_cancels(void **state)
{
	(void)state;
	struct world *w = &world;
	offer("2.0.0");
	w->service->cut_after = 1;
	pid_t pid = world_boot(w, NULL);
	assert_true(world_until(&w->service->image_requests, 2, WORLD_LONG_MS));
	world_offer(w, "");
	uint32_t checkins = w->service->checkins;
	assert_true(world_until(&w->service->checkins, checkins + 2, WORLD_LONG_MS));
	world_stop(pid);
	assert_string_equal(w->service->last_state, "idle");
	assert_non_null(strstr(world_read(w, "state/update.json"), "\"step\":\"idle\""));
}

/* The child of `parent` whose command line has this role. */
static pid_t role_of(pid_t parent, const char *role)
{
	char path[64], line[512], children[256] = "";
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *f = fopen(path, "r");
	if (!f || !fgets(children, sizeof children, f))
		children[0] = 0;
	if (f)
		(void)fclose(f);
	for (char *at = children, *end; *at; at = end) {
		long pid = strtol(at, &end, 10);
		if (end == at)
			break;
		(void)snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
		f = fopen(path, "r");
		size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
		if (f)
			(void)fclose(f);
		line[n] = 0;
		for (size_t i = 0; i + 6 < n; i++)
			if (strcmp(line + i, "--role") == 0 && strcmp(line + i + 7, role) == 0)
				return (pid_t)pid;
	}
	return 0;
}

static pid_t until_role(pid_t parent, const char *role, pid_t other_than)
{
	for (int i = 0; i < 2000; i++) {
		pid_t pid = role_of(parent, role);
		if (pid && pid != other_than)
			return pid;
		(void)usleep(5000);
	}
	return 0;
}

static bool gone(pid_t pid)
{
	for (int i = 0; i < 1000; i++) {
		char path[64], state = 0;
		(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		FILE *f = fopen(path, "r");
		if (!f)
			return true;
		bool dead = fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z';
		(void)fclose(f);
		if (dead)
			return true;
		(void)usleep(5000);
	}
	return false;
}

static void killed_roles_are_noticed(void **state)
{
	(void)state;
	struct world *w = &world;
	static const char *const roles[] = {"net", "engine"};
	world_reset(w);
	pid_t pid = world_boot(w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		assert_true(world_until(&w->service->checkins, 1, WORLD_LONG_MS));
		pid_t victim = until_role(pid, roles[i], 0);
		assert_true(victim > 0);
		assert_int_equal(kill(victim, SIGKILL), 0);
		w->service->checkins = 0;
		assert_true(until_role(pid, roles[i], victim) > 0); /* started anew */
	}
	assert_true(world_until(&w->service->checkins, 1, WORLD_LONG_MS));
	pid_t engine = role_of(pid, "engine"), net = role_of(pid, "net");
	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)world_wait(pid, WORLD_LONG_MS);
	assert_true(gone(engine));
	assert_true(gone(net));
}

static int knock(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(WORLD_PAGE_PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* Nobody connected: the page's process ends, and nothing else does. Somebody knocks: it is there again. */
static void the_page_runs_while_somebody_is_connected(void **state)
{
	(void)state;
	struct world *w = &world;
	world_reset(w);
	pid_t pid = world_boot(w, NULL);
	pid_t engine = until_role(pid, "engine", 0), page = until_role(pid, "local", 0);
	if (!page)
		check_skip("the page's port is taken on this machine");
	for (int round = 0; round < 2; round++) {
		assert_true(gone(page) || gone(page) || gone(page));
		assert_int_equal(role_of(pid, "local"), 0);
		int fd = knock();
		page = until_role(pid, "local", page);
		assert_true(page > 0);
		for (int i = 0; i < 6; i++) { /* a connection without a handshake is not kept for long */
			int next = knock();
			(void)close(fd);
			fd = next;
			(void)sleep(2);
		}
		assert_int_equal(role_of(pid, "local"), page);
		(void)close(fd);
	}
	assert_int_equal(role_of(pid, "engine"), engine);
	assert_int_equal(kill(page, SIGKILL), 0);
	assert_true(until_role(pid, "engine", engine) > 0); /* that was no idling: all of them anew */
	world_stop(pid);
}

/* What /proc says of a role: its user, no way to new privileges, a system call filter. */
static void check_confined(pid_t pid, unsigned uid)
{
	char path[64], status[4096], want[64];
	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(status, 1, sizeof status - 1, f);
	(void)fclose(f);
	status[n] = 0;
	(void)snprintf(want, sizeof want, "Uid:\t%u\t%u\t%u\t%u", uid, uid, uid, uid);
	assert_non_null(strstr(status, want));
	assert_non_null(strstr(status, "CapEff:\t0000000000000000"));
	assert_non_null(strstr(status, "NoNewPrivs:\t1"));
	assert_non_null(strstr(status, "Seccomp:\t2"));
}

static void own_users_when_root(void **state)
{
	(void)state;
	struct world *w = &world;
	static const char *const base[] = {"--uid-base", "61000", NULL};
	static const char *const roles[] = {"engine", "net", "guard", "local"};
	char root[1024];
	if (geteuid() != 0)
		check_skip("needs root: the roles get users of their own");
	world_reset(w);
	(void)snprintf(root, sizeof root, "%s/root", w->dev);
	assert_int_equal(mkdir(root, 0755), 0);		  /* something for the guard to watch over */
	assert_int_equal(chmod(w->scratch.dir, 0700), 0); /* no way in for anybody else from above */
	pid_t pid = world_boot(w, base);
	assert_true(world_until(&w->service->checkins, 2, WORLD_LONG_MS)); /* all of them have settled */
	for (unsigned i = 0; i < ARRAY_LEN(roles); i++) {
		pid_t role = role_of(pid, roles[i]);
		assert_true(role > 0);
		check_confined(role, 61001 + i);
	}
	world_offer(w, "2.0.0");
	world_expect_reboot(pid);
	pid = world_boot(w, base);
	assert_true(world_until(&w->service->confirmed, 1, WORLD_LONG_MS));
	world_stop(pid);
}

static void refuses_bad_options(void **state)
{
	(void)state;
	struct world *w = &world;
	static const char *const bad[][3] = {{"--boot-id", "xyz", NULL},
					     {"--uid-base", "-1", NULL},
					     {"--role", "nobody", NULL},
					     {"--what", "1", NULL},
					     {"--device", NULL, NULL}};
	world_reset(w);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int status = world_wait(world_start_agent(w, bad[i]), WORLD_LONG_MS);
		assert_true(status >= 0 && WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 2);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_bad_options),
		cmocka_unit_test(updates_and_confirms),
		cmocka_unit_test(unhealthy_release_comes_back_and_is_blocked),
		cmocka_unit_test(crashing_release_falls_back),
		cmocka_unit_test(wrong_bytes_are_never_switched_to),
		cmocka_unit_test(a_service_without_ranges_does_too),
		cmocka_unit_test(an_odd_service_changes_nothing),
		cmocka_unit_test(download_goes_on_after_a_restart),
		cmocka_unit_test(a_patch_costs_what_changed),
		cmocka_unit_test(a_changed_base_costs_the_whole),
		cmocka_unit_test(blocks_that_are_here_are_not_fetched),
		cmocka_unit_test(offer_taken_back_cancels),
		cmocka_unit_test(killed_roles_are_noticed),
		cmocka_unit_test(the_page_runs_while_somebody_is_connected),
		cmocka_unit_test(own_users_when_root),
	};
	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
