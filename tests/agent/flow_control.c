/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's hand on real updates: hallmarkctl against the agent's processes and a real service. Cancel, postpone,
 * consent, window, quiet; what survives a restart; who may. CRA Annex I (2)(c), EN303645 5.3-4A, 5.3-6A, 5.3-10.
 */
#include "shell.h"
#include "world.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/model/policy.h"

#define IMAGE_BYTES (2500 * 1024)
#define OTHER_UID 60001
#define OTHER_GID 60002

static struct world world;
static const char *program, *ctl_program;
static char said[16384]; /* by the last hallmarkctl, on both outputs */

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

/* Runs it with what `before` puts in front; its exit status. */
static int ctl_as(const char *before, const char *arguments)
{
	char line[2048];
	(void)snprintf(line, sizeof line, "HALLMARK_SOCKET=%s/run/agent.sock %s %s %s 2>&1", world.dev, before,
		       ctl_program, arguments);
	return shell_run(line, said, sizeof said);
}

static void ctl(int expected, const char *arguments)
{
	int status = ctl_as("", arguments);
	if (status != expected)
		fail_msg("hallmarkctl %s: exit status %d, expected %d: %s", arguments, status, expected, said);
}

static void expect_said(const char *text)
{
	if (!strstr(said, text))
		fail_msg("\"%s\" is not in what hallmarkctl said: %s", text, said);
}

/* Ask until it says this. */
static void until_said(const char *arguments, const char *text)
{
	for (int i = 0; i < WORLD_LONG_MS / 50; i++) {
		(void)ctl_as("", arguments);
		if (strstr(said, text))
			return;
		(void)usleep(50000);
	}
	fail_msg("hallmarkctl %s never said \"%s\": %s", arguments, text, said);
}

static void more_checkins(uint32_t n)
{
	assert_true(world_until(&world.service->checkins, world.service->checkins + n, WORLD_LONG_MS));
}

static pid_t start(const char *const *extra)
{
	world_reset(&world);
	pid_t pid = world_boot(&world, extra);
	assert_true(world_until(&world.service->checkins, 1, WORLD_LONG_MS));
	return pid;
}

/* It boots what was installed, confirms, and says so. */
static void expect_confirmed(void)
{
	pid_t pid = world_boot(&world, NULL);
	assert_true(world_until(&world.service->confirmed, 1, WORLD_LONG_MS));
	until_said("status", "runs 2.0.0");
	expect_said("changed");
	world_stop(pid);
}

static void cancelled_while_fetching_is_idle_and_stays_so(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	world.service->cut_after = 1; /* the header, and no more */
	world_offer(&world, "2.0.0");
	assert_true(world_until(&world.service->image_requests, 2, WORLD_LONG_MS));
	ctl(0, "cancel");
	ctl(0, "status --json");
	expect_said("\"step\": \"idle\"");
	assert_non_null(strstr(world_read(&world, "state/update.json"), "\"cancelled\":\"2.0.0\""));
	assert_int_equal(world_record(&world).image[1].bytes, 0); /* staged: nothing of it may boot */
	world.service->cut_after = 0;
	uint32_t requests = world.service->image_requests;
	more_checkins(3);
	assert_int_equal(world.service->image_requests, requests);
	assert_string_equal(world.service->last_reason, "cancelled");
	ctl(1, "plan");
	expect_said("cancelled");
	world_stop(pid);
	pid = world_boot(&world, NULL); /* a power cut later it is the same */
	more_checkins(3);
	assert_int_equal(world.service->image_requests, requests);
	ctl(0, "install");
	world_expect_reboot(pid);
	expect_confirmed();
}

static void cancelled_version_gives_way_to_a_newer_one(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	ctl(0, "choose --automatic off");
	world_offer(&world, "2.0.0");
	until_said("plan", "consent");
	ctl(0, "cancel");
	ctl(0, "choose --automatic all");
	more_checkins(2);
	assert_int_equal(world.service->image_requests, 0);
	world_offer(&world, "3.0.0");
	world_expect_reboot(pid);
}

static void nothing_is_fetched_without_consent(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	ctl(0, "choose --automatic off");
	world_offer(&world, "2.0.0");
	until_said("plan --json", "\"reason\": \"consent\"");
	more_checkins(3);
	assert_int_equal(world.service->image_requests, 0);
	assert_string_equal(world.service->last_reason, "consent");
	ctl(0, "choose --automatic security"); /* this one is not */
	more_checkins(2);
	assert_int_equal(world.service->image_requests, 0);
	world_stop(pid);
	pid = world_boot(&world, NULL); /* the choice is kept */
	until_said("plan --json", "\"reason\": \"consent\"");
	assert_int_equal(world.service->image_requests, 0);
	ctl(0, "install");
	world_expect_reboot(pid);
	expect_confirmed();
}

static void put_off_until_the_cap(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	ctl(1, "postpone --hours 2"); /* there is nothing */
	expect_said("No update is waiting");
	ctl(0, "choose --automatic off");
	world_offer(&world, "2.0.0");
	until_said("plan", "consent");
	ctl(0, "postpone --hours 2");
	ctl(0, "choose --automatic all");
	until_said("plan --json", "\"reason\": \"postponed\"");
	more_checkins(3);
	assert_int_equal(world.service->image_requests, 0);
	assert_string_equal(world.service->last_reason, "postponed");
	for (int i = 1; i < POLICY_POSTPONE_TIMES; i++)
		ctl(0, "postpone --hours 2000"); /* as far as the maker allows */
	ctl(1, "postpone --hours 1 --json");
	expect_said("\"reason\":\"postpone-limit\"");
	world_stop(pid);
	pid = world_boot(&world, NULL);
	until_said("plan --json", "\"reason\": \"postponed\"");
	assert_int_equal(world.service->image_requests, 0);
	ctl(0, "install");
	world_expect_reboot(pid);
	expect_confirmed();
}

/* Two hours from now, local time. */
static void closed_window(char out[64])
{
	time_t t = time(NULL);
	struct tm now;
	(void)localtime_r(&t, &now);
	(void)snprintf(out, 64, "choose --window %d-%d", (now.tm_hour + 2) % 24, (now.tm_hour + 3) % 24);
}

static void window_holds_the_restart_only(void **state)
{
	(void)state;
	char choose[64];
	pid_t pid = start(NULL);
	closed_window(choose);
	ctl(0, choose);
	world_offer(&world, "2.0.0");
	until_said("status --json", "\"step\": \"verified\"");
	expect_said("\"reason\": \"window\"");
	assert_false(world_record(&world).trying);
	ctl(1, "plan");
	expect_said("again at");
	uint32_t bytes = world.service->image_bytes;
	world_stop(pid);
	pid = world_boot(&world, NULL);
	until_said("status --json", "\"step\": \"verified\""); /* verified anew, not fetched anew */
	assert_int_equal(world.service->image_bytes, bytes);
	ctl(0, "choose --window any");
	world_expect_reboot(pid);
	ctl(3, "cancel"); /* nobody there */
	pid = world_boot(&world, NULL);
	until_said("status --json", "\"step\": \"confirmed\"");
	world_stop(pid);
}

static void what_waits_in_the_slot_can_be_cancelled_or_withdrawn(void **state)
{
	(void)state;
	char choose[64];
	pid_t pid = start(NULL);
	closed_window(choose);
	ctl(0, choose);
	world_offer(&world, "2.0.0");
	until_said("status --json", "\"step\": \"verified\"");
	ctl(0, "cancel");
	ctl(0, "choose --window any");
	more_checkins(3);
	assert_false(world_record(&world).trying);
	assert_string_equal(world.service->last_state, "idle");
	world_stop(pid);
	pid = start(NULL);
	ctl(0, choose);
	world_offer(&world, "2.0.0");
	until_said("status --json", "\"step\": \"verified\"");
	world_offer(&world, ""); /* the service stopped its rollout */
	ctl(0, "check");
	until_said("status --json", "\"step\": \"idle\"");
	assert_false(world_record(&world).trying);
	world_stop(pid);
}

static void quiet_is_kept_and_shown(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	char line[1024];
	char sh[] = "sh", c[] = "-c";
	char *const argv[] = {sh, c, line, NULL};
	(void)snprintf(line, sizeof line,
		       "HALLMARK_SOCKET=%s/run/agent.sock exec %s inhibit --why 'the oven is on' -- sleep 600",
		       world.dev, ctl_program);
	pid_t quiet = fork();
	if (quiet == 0) {
		(void)setpgid(0, 0);
		(void)execv("/bin/sh", argv);
		_exit(127);
	}
	until_said("status", "the oven is on");
	world_offer(&world, "2.0.0");
	until_said("status --json", "\"reason\": \"busy\"");
	ctl(1, "plan");
	expect_said("hallmarkctl: the oven is on");
	assert_int_equal(kill(-quiet, SIGTERM), 0);
	(void)waitpid(quiet, NULL, 0);
	world_expect_reboot(pid);
	ctl(3, "inhibit -- true");
	expect_confirmed();
}

static void command_keeps_its_exit_status(void **state)
{
	(void)state;
	pid_t pid = start(NULL);
	ctl(7, "inhibit -- sh -c 'exit 7'");
	ctl(127, "inhibit -- /nowhere/at/all");
	ctl(0, "check");
	ctl(0, "plan");
	expect_said("No update is waiting");
	ctl(1, "cancel --json");
	expect_said("{\"done\":false,\"reason\":\"no-offer\"");
	ctl(2, "choose --window 3");
	ctl(2, "choose --window 5-5");
	ctl(2, "choose --window 2-24");
	ctl(2, "choose --automatic sometimes");
	ctl(2, "choose");
	ctl(2, "postpone --hours 0");
	ctl(3, "install /");
	expect_said("installs from no folder");
	world_stop(pid);
}

static void only_root_and_the_group_may(void **state)
{
	(void)state;
	static const char *const extra[] = {"--update-gid", "60002", NULL};
	if (geteuid() != 0)
		check_skip("needs root: asks as other users");
	pid_t pid = start(extra);
	assert_int_equal(chmod(world.scratch.dir, 0755), 0);
	assert_int_equal(chmod(world.dev, 0755), 0);
	assert_int_equal(ctl_as("setpriv --reuid 60001 --regid 60001 --clear-groups", "cancel"), 3);
	expect_said("may not control updates");
	assert_int_equal(ctl_as("setpriv --reuid 60001 --regid 60001 --clear-groups", "status"), 3);
	assert_int_equal(ctl_as("setpriv --reuid 60001 --regid 60001 --groups 60003,60002", "status"), 0);
	assert_int_equal(ctl_as("setpriv --reuid 60001 --regid 60002 --clear-groups", "status"), 0);
	/* A product's program may ask for quiet, and nothing else. */
	assert_int_equal(ctl_as("setpriv --reuid 2001 --regid 2001 --clear-groups", "inhibit -- true"), 0);
	assert_int_equal(ctl_as("setpriv --reuid 2001 --regid 2001 --clear-groups", "choose --automatic off"), 3);
	ctl(0, "status --json");
	expect_said("\"automatic\": \"all\"");
	world_stop(pid);
}

/* ---- from a folder ---- */

static void run(const char *command)
{
	char line[2048];
	(void)snprintf(line, sizeof line, "cd %s && %s", world.scratch.dir, command);
	if (system(line) != 0)
		fail_msg("%s", command);
}

/* An empty media folder, and an agent that may look into it. */
static pid_t start_with_media(void)
{
	static char media[300];
	static const char *extra[] = {"--media", media, NULL};
	(void)snprintf(media, sizeof media, "%s/media", world.scratch.dir);
	run("rm -rf media && mkdir media");
	return start(extra);
}

/* The same folder, after a restart. */
static pid_t again_with_media(void)
{
	char media[300];
	const char *const extra[] = {"--media", media, NULL};
	(void)snprintf(media, sizeof media, "%s/media", world.scratch.dir);
	return world_boot(&world, extra);
}

static void install_from(const char *folder, int expected)
{
	char line[600];
	(void)snprintf(line, sizeof line, "install %s/media/%s", world.scratch.dir, folder);
	ctl(expected, line);
}

static void publish_to(const char *folder, int release, int days_ago)
{
	char dir[600];
	(void)snprintf(dir, sizeof dir, "%s/media/%s", world.scratch.dir, folder);
	assert_int_equal(mkdir(dir, 0755), 0);
	world_publish(&world, dir, release, days_ago);
}

static void folder_installs_without_a_service(void **state)
{
	(void)state;
	pid_t pid = start_with_media();
	publish_to("stick", 2, 0);
	kill(world.service_pid, SIGSTOP); /* nobody answers */
	ctl(0, "choose --automatic off"); /* whoever brings a stick has decided */
	install_from("stick", 0);
	world_expect_reboot(pid);
	pid = again_with_media();
	until_said("status", "runs 2.0.0");
	until_said("status --json", "\"step\": \"confirmed\"");
	assert_int_equal(world.service->image_requests, 0);
	kill(world.service_pid, SIGCONT); /* told afterwards */
	assert_true(world_until(&world.service->confirmed, 1, 2 * WORLD_LONG_MS));
	assert_string_equal(world.service->statement.version, "2.0.0");
	world_stop(pid);
}

static void expect_refused(const char *reason)
{
	char json[64];
	(void)snprintf(json, sizeof json, "\"reason\": \"%s\"", reason);
	until_said("status --json", json);
	assert_false(world_record(&world).trying);
}

static void folder_is_held_to_the_same_rules(void **state)
{
	(void)state;
	pid_t pid = start_with_media();
	install_from("", 1); /* nothing in it */
	expect_said("cannot be read, or holds no update");
	publish_to("old", 2, 20); /* its timestamp was good for seven days */
	install_from("old", 0);
	expect_refused("expired");
	publish_to("forged", 2, 0);
	run("sed -i 's/\"version\":1/\"version\":7/g' media/forged/metadata/timestamp.json");
	install_from("forged", 0);
	expect_refused("signature");
	run("cp -a media/forged media/unsigned && rm media/unsigned/metadata/timestamp.json");
	install_from("unsigned", 0);
	expect_refused("media");
	publish_to("damaged", 2, 0);
	run("for i in media/damaged/targets/*.img; do printf x | dd of=$i bs=1 seek=1500000 conv=notrunc status=none; "
	    "done");
	install_from("damaged", 0);
	expect_refused("target-hash");
	publish_to("short", 2, 0);
	run("for i in media/short/targets/*.img; do truncate -s $(($(stat -c %s $i) - 40)) $i; done");
	install_from("short", 0);
	expect_refused("media");
	publish_to("linked", 2, 0);
	run("mkdir elsewhere && mv media/linked/targets/*.img elsewhere/ && ln -s $PWD/elsewhere/* "
	    "media/linked/targets/");
	install_from("linked", 0);
	expect_refused("media");
	run("mv media/damaged damaged && ln -s $PWD/damaged media/damaged");
	install_from("damaged", 3); /* hallmarkctl sees where it really is */
	world_stop(pid);
}

static void folder_never_brings_an_older_repository(void **state)
{
	(void)state;
	pid_t pid = start_with_media();
	publish_to("first", 2, 0); /* version 1 of everything; the service is at 3 */
	ctl(0, "choose --automatic off");
	world_offer(&world, "3.0.0");
	until_said("plan --json", "\"reason\": \"consent\"");
	install_from("first", 0);
	expect_refused("rollback");
	/* A copy of the service's own repository is as good as the service; the highest version in it is taken. */
	run("cp -a repo media/copy && rm media/copy/targets/*-os-[345].0.0.img");
	install_from("copy", 0);
	world_expect_reboot(pid);
	expect_confirmed();
}

static void folder_that_goes_away_is_no_harm(void **state)
{
	(void)state;
	pid_t pid = start_with_media();
	publish_to("stick", 2, 0);
	run("mkfifo media/stick/targets/pipe; rm media/stick/targets/*.json");
	install_from("stick", 0);
	expect_refused("media");
	run("rm -r media/stick");
	install_from("", 1);
	world_offer(&world, "2.0.0"); /* the service is asked again */
	world_expect_reboot(pid);
	expect_confirmed();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancelled_while_fetching_is_idle_and_stays_so),
		cmocka_unit_test(cancelled_version_gives_way_to_a_newer_one),
		cmocka_unit_test(nothing_is_fetched_without_consent),
		cmocka_unit_test(put_off_until_the_cap),
		cmocka_unit_test(window_holds_the_restart_only),
		cmocka_unit_test(what_waits_in_the_slot_can_be_cancelled_or_withdrawn),
		cmocka_unit_test(quiet_is_kept_and_shown),
		cmocka_unit_test(command_keeps_its_exit_status),
		cmocka_unit_test(only_root_and_the_group_may),
		cmocka_unit_test(folder_installs_without_a_service),
		cmocka_unit_test(folder_is_held_to_the_same_rules),
		cmocka_unit_test(folder_never_brings_an_older_repository),
		cmocka_unit_test(folder_that_goes_away_is_no_harm),
	};
	if (argc != 3)
		return 2;
	program = argv[1];
	ctl_program = argv[2];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
