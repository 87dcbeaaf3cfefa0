/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power fails at every call that changes the disk, one after the other, while a real install runs: the device must
 * boot the old or the new release, whole, and the next start must bring the update to its end. EN303645 5.3-1, 5.9-1.
 * With torn writes at every second point. Within the time limit points are taken evenly; the count is printed.
 */
#include "world.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/clock.h"

#define IMAGE_BYTES (200 * 1024)
#define LONG_MS 20000
#define BOOTS_MAX 8
#define BUDGET_MS 150000

static struct world world;
static const char *program;

/* 1: power failed; 0: the agent wants a reboot; 2: the install is confirmed and told (and the agent was stopped). */
static int run_boot(struct world *w)
{
	pid_t pid = world_boot(w, NULL);
	int status = -1;
	for (int64_t end = clock_now().mono.ms + LONG_MS; clock_now().mono.ms < end;) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (w->kill->dead)
				return 1;
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), 85);
			return 0;
		}
		if (w->service->confirmed && w->service->checkins && !strcmp(w->service->last_version, "2.0.0")) {
			(void)kill(pid, SIGTERM);
			assert_int_not_equal(world_wait(pid, LONG_MS), -1);
			return w->kill->dead ? 1 : 2;
		}
		(void)usleep(1000);
	}
	(void)kill(pid, SIGKILL);
	fail_msg("the agent neither ended nor finished the update (cut at %u of %u)", w->kill->kill_at, w->kill->count);
	return -1;
}

/* Boots until the update is done or power failed. True: it failed. */
static bool run_install(struct world *w)
{
	for (int i = 0; i < BOOTS_MAX; i++) {
		int end = run_boot(w);
		int release = world_bootable(w); /* between two boots, whatever happened */
		if (release != 1 && release != 2)
			fail_msg("cut at %u: the chosen slot holds no whole release", w->kill->kill_at);
		if (end)
			return end == 1;
	}
	fail_msg("cut at %u: more than %d boots", w->kill->kill_at, BOOTS_MAX);
	return false;
}

static void check_done(struct world *w)
{
	struct bootctl b = world_record(w);
	assert_false(b.trying);
	assert_int_equal(world_bootable(w), 2);
	assert_non_null(strstr(world_read(w, "state/installed.json"), "\"counter\":2"));
	assert_non_null(strstr(world_read(w, "state/counter.json"), "\"counter\":2"));
	assert_non_null(strstr(world_read(w, "state/policy.json"), "\"version\":\"2.0.0\""));
	assert_int_equal(w->service->bad_statements, 0);
	assert_int_equal(w->service->reverted, 0);
	assert_string_equal(world_read(w, "state/blocked.json"), "");
}

/* True: power failed at point n (and all was well); false: the install ended before it. */
static bool cut_at(struct world *w, uint32_t n)
{
	world_reset(w);
	(void)snprintf(w->service->offer_version, sizeof w->service->offer_version, "2.0.0");
	w->kill->torn = n % 2;
	w->kill->kill_at = n;
	bool cut = run_install(w);
	if (cut) {
		w->kill->kill_at = 0;
		w->kill->dead = 0;
		assert_false(run_install(w)); /* power is back */
	}
	check_done(w);
	return cut;
}

static void every_cut_leaves_a_device_that_boots(void **state)
{
	(void)state;
	struct world *w = &world;
	assert_false(cut_at(w, 0));
	uint32_t points = w->kill->count;
	assert_in_range(points, 50, 1000);
	int64_t began = clock_now().mono.ms;
	uint32_t done = 0;
	/* Every 16th point first, then those between: what the time limit leaves out is spread evenly. */
	for (uint32_t step = 16, first = 1; first <= step; first++) {
		uint32_t offset = ((first - 1) * 5) % step + 1; /* 5 and 16 have no common factor */
		for (uint32_t n = offset; n <= points; n += step) {
			if (clock_now().mono.ms - began > BUDGET_MS)
				break;
			(void)cut_at(w, n);
			done++;
		}
	}
	print_message("# power cut at %u of %u points\n", done, points);
	assert_true(done >= 30);
}

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_cut_leaves_a_device_that_boots)};
	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
