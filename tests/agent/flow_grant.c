/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One release back, once, on the real agent: the root gets its grant role in a real ceremony, `hallmark grant` makes
 * the grants, hallmarkctl or a folder brings them. What must not install is tried first. EN303645 5.3-9, 5.3-10.
 */
#include "shell.h"
#include "world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/model/grant.h"
#include "host/keys/keyfile.h"
#include "host/os/clock.h"
#include "host/os/file.h"

#define IMAGE_BYTES (2500 * 1024)
#define DAY_S INT64_C(86400)

static struct world world;
static const char *program, *ctl_program, *hallmark;
static char said[16384];

/* In the scratch folder, with $H and $C for the two programs; what it says stays in `said`. */
static int shell(const char *command)
{
	char line[4096];
	(void)snprintf(line, sizeof line,
		       "cd %s && H=%s && C=%s && export HALLMARK_SOCKET=%s/run/agent.sock && { %s; } 2>&1",
		       world.scratch.dir, hallmark, ctl_program, world.dev, command);
	return shell_run(line, said, sizeof said);
}

static void expect(int expected, const char *command)
{
	int status = shell(command);
	if (status != expected)
		fail_msg("%s: exit status %d, expected %d: %s", command, status, expected, said);
}

static void run(const char *command)
{
	expect(0, command);
}

/* As `hallmark grant` would not make it: by any key of a file, for any time. */
static void sign_grant(const char *key_file, const char *out, int64_t made_s, int64_t expires_s)
{
	struct err e = {0};
	struct privkey key = {0};
	struct grant g = {.from_counter = 2,
			  .version = "1.0.0",
			  .counter = 1,
			  .serial = {(uint8_t)made_s, 7},
			  .made = {made_s},
			  .expires = {expires_s}};
	struct buf text;
	(void)snprintf(g.device, sizeof g.device, "%s", world.device);
	(void)snprintf(g.model, sizeof g.model, WORLD_MODEL);
	check_ok(keyfile_load(scratch_path(&world.scratch, key_file), (struct bytes){0}, &key, &e));
	const struct signer by = privkey_signer(&key);
	buf_init(&text, ENVELOPE_MAX);
	check_ok(grant_sign(&g, &by, &text, &e));
	check_ok(file_create(scratch_path(&world.scratch, out), buf_view(&text), 0644, &e));
	buf_done(&text);
	privkey_done(&key);
}

static void make_grants(void)
{
	char line[1024];
	static const char *const wanted[][4] = {{"good", NULL, "2", "1.0.0"},
						{"again", NULL, "2", "1.0.0"},
						{"bad3", NULL, "4", "3.0.0"},
						{"from4", NULL, "4", "1.0.0"},
						{"other", "cam-9", "2", "1.0.0"}};
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		(void)snprintf(line, sizeof line,
			       "$H grant %s --repo repo --key desk.key --model " WORLD_MODEL
			       " --from-counter %s --to %s --out %s.json",
			       wanted[i][1] ? wanted[i][1] : world.device, wanted[i][2], wanted[i][3], wanted[i][0]);
		run(line);
	}
	int64_t now = clock_now().wall.s;
	sign_grant("desk.key", "expired.json", now - 2 * DAY_S, now - DAY_S);
	sign_grant("rogue.key", "rogue.json", now, now + DAY_S);
	run("sed 's/\"payload\":\"\\(..........\\)./\"payload\":\"\\1x/' good.json >tampered.json && ! cmp -s "
	    "good.json "
	    "tampered.json");
}

static int set_up(void **state)
{
	(void)state;
	world_make(&world, program, IMAGE_BYTES);
	run("$H keys make desk.key --name 'service desk' --unsealed && $H keys make rogue.key --name rogue --unsealed");
	run("$H keys propose p.json --repo repo --keys keys --add grant=desk.holder.json");
	run("$H keys sign p.json --key keys/root-1.key --yes && $H keys finish p.json --repo repo --keys keys");
	make_grants();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

/* ---- the device ---- */

/* At least one check-in from now on says this. */
static void until_reason(const char *reason)
{
	for (int i = 0; i < WORLD_LONG_MS / 20 && strcmp(world.service->last_reason, reason) != 0; i++)
		(void)usleep(20000);
	assert_string_equal(world.service->last_reason, reason);
	assert_false(world_record(&world).trying);
}

static void expect_state(const char *file, const char *text)
{
	if (!strstr(world_read(&world, file), text))
		fail_msg("%s holds no %s: %s", file, text, world_read(&world, file));
}

static void until_state(const char *text)
{
	for (int i = 0; i < WORLD_LONG_MS / 20 && !strstr(world_read(&world, "state/update.json"), text); i++)
		(void)usleep(20000);
	expect_state("state/update.json", text);
}

static void expect_counter(int n)
{
	char text[32];
	(void)snprintf(text, sizeof text, "\"counter\":%d,", n);
	expect_state("state/counter.json", text);
	expect_state("state/installed.json", text);
}

/* What was switched to boots and is confirmed; the agent runs on. */
static pid_t confirmed(const char *version)
{
	uint32_t before = world.service->confirmed;
	pid_t pid = world_boot(&world, NULL);
	assert_true(world_until(&world.service->confirmed, before + 1, WORLD_LONG_MS));
	assert_string_equal(world.service->statement.version, version);
	return pid;
}

static pid_t install(pid_t pid, const char *version)
{
	world_offer(&world, version);
	world_expect_reboot(pid);
	return confirmed(version);
}

/* From the factory to this release. */
static pid_t start_at(const char *version)
{
	world_reset(&world);
	return install(world_boot(&world, NULL), version);
}

static void refused(const char *file, const char *reason)
{
	char line[200];
	(void)snprintf(line, sizeof line, "$C grant %s --json", file);
	expect(1, line);
	(void)snprintf(line, sizeof line, "\"done\":false,\"reason\":\"%s\"", reason);
	if (!strstr(said, line))
		fail_msg("%s: not %s: %s", file, reason, said);
}

/* ---- tests ---- */

static void what_is_no_grant_for_here_stays_at_the_door(void **state)
{
	(void)state;
	pid_t pid = start_at("2.0.0");
	world_offer(&world, "1.0.0");
	until_reason("counter");
	refused("other.json", "grant-device");
	refused("from4.json", "grant-counter");
	refused("expired.json", "grant-expired");
	refused("rogue.json", "grant-signature");
	refused("tampered.json", "grant-signature");
	refused("keys/root.json", "grant-signature");
	expect(3, "$C grant missing.json");
	expect(3, "head -c 5000 /dev/zero >long && $C grant long");
	expect(2, ": >empty && $C grant empty");
	expect(2, "$C grant");
	assert_string_equal(world_read(&world, "state/grant.json"), "");
	assert_true(world_until(&world.service->checkins, world.service->checkins + 2, WORLD_LONG_MS));
	until_reason("counter");
	expect_counter(2);
	world_stop(pid);
}

static void granted_release_goes_in_once(void **state)
{
	(void)state;
	pid_t pid = start_at("2.0.0");
	world_offer(&world, "1.0.0");
	until_reason("counter");
	run("$C grant good.json");
	world_expect_reboot(pid);
	expect_state("state/grants-used.json", "\"from_counter\":2");
	expect_counter(2); /* a trial lowers nothing */
	pid = confirmed("1.0.0");
	expect_counter(1);
	world_stop(pid);
	uint32_t checkins = world.service->checkins;
	pid = world_boot(&world, NULL); /* nor does a restart raise it again */
	assert_true(world_until(&world.service->checkins, checkins + 1, WORLD_LONG_MS));
	run("$C status | grep 'runs 1.0.0'");
	expect_counter(1);
	pid = install(pid, "2.0.0");
	expect_counter(2);
	world_offer(&world, "1.0.0");
	until_reason("grant-used");
	run("$C status | grep 'grant-used'");
	refused("good.json", "grant-used");
	run("$C grant again.json"); /* another one is another visit */
	world_expect_reboot(pid);
	pid = confirmed("1.0.0");
	expect_counter(1);
	world_stop(pid);
}

static void failed_trial_uses_it_too(void **state)
{
	(void)state;
	pid_t pid = start_at("4.0.0");
	run("$C grant bad3.json");
	world_offer(&world, "1.0.0");
	until_reason("grant-release");
	world_offer(&world, "3.0.0");
	world_expect_reboot(pid);
	pid = world_boot(&world, NULL);
	world_expect_reboot(pid); /* not healthy */
	pid = world_boot(&world, NULL);
	assert_true(world_until(&world.service->reverted, 1, WORLD_LONG_MS));
	expect_counter(4);
	until_reason("grant-used");
	refused("bad3.json", "grant-used");
	expect_state("state/blocked.json", "3.0.0");
	world_stop(pid);
}

/* What lies in the state folder is no more believed than what comes through the door. */
static void kept_grant_is_judged_anew(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"cp expired.json dev/state/grant.json", "grant-expired"},
		{"cp other.json dev/state/grant.json", "grant-device"},
		{"cp from4.json dev/state/grant.json", "grant-counter"},
		{"cp tampered.json dev/state/grant.json", "grant-signature"},
		{"cp good.json dev/state/grant.json; echo '{}' >dev/state/grants-used.json", "io"}};
	pid_t pid = start_at("2.0.0");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world_stop(pid);
		run(rows[i][0]);
		run("chmod 0644 dev/state/grant*.json");
		world_offer(&world, "1.0.0");
		pid = world_boot(&world, NULL);
		until_reason(rows[i][1]);
		expect_counter(2);
	}
	world_stop(pid);
}

/* It lies verified in the slot, and waits for an hour that is not near: the moment before the switch. */
static void hold_before_the_switch(void)
{
	char line[128];
	time_t t = time(NULL);
	struct tm now;
	assert_non_null(localtime_r(&t, &now));
	pid_t pid = start_at("2.0.0");
	(void)snprintf(line, sizeof line, "$C choose --window %d-%d && $C grant good.json", (now.tm_hour + 2) % 24,
		       (now.tm_hour + 3) % 24);
	run(line);
	world_offer(&world, "1.0.0");
	until_state("\"verified\"");
	refused("again.json", "busy"); /* the one that is counted on stays */
	world_stop(pid);
	run("rm -f dev/state/update-choices.json");
}

static void cut_between_the_use_and_the_switch(void **state)
{
	(void)state;
	hold_before_the_switch();
	run("rm -rf held && cp -a --sparse=always dev held");
	pid_t pid = world_boot(&world, NULL);
	world_expect_reboot(pid);
	expect_state("state/grants-used.json", "\"from_counter\":2");
	run("cp -a dev/state/grants-used.json held/state && rm -rf dev && mv held dev");
	assert_false(world_record(&world).trying);
	pid = world_boot(&world, NULL); /* goes on with what it has used for this */
	world_expect_reboot(pid);
	world_stop(confirmed("1.0.0"));
	expect_counter(1);
}

static void grant_that_runs_out_in_the_slot(void **state)
{
	(void)state;
	hold_before_the_switch();
	run("cp expired.json dev/state/grant.json");
	pid_t pid = world_boot(&world, NULL);
	until_state("\"reason\":\"grant-expired\"");
	expect_state("state/update.json", "\"idle\"");
	assert_false(world_record(&world).trying);
	assert_string_equal(world_read(&world, "state/grants-used.json"), "");
	expect_counter(2);
	world_stop(pid);
}

/* The boot flow is confirmed; power failed before, between and after the two files that say so. */
static void cut_while_the_counter_falls(void **state)
{
	(void)state;
	static const char *const cuts[] = {"cp -a old/installed.json old/counter.json dev/state",
					   "cp -a old/counter.json dev/state", "cp -a old/installed.json dev/state",
					   ":"};
	pid_t pid = start_at("2.0.0");
	run("$C grant good.json");
	world_offer(&world, "1.0.0");
	world_expect_reboot(pid);
	run("rm -rf old && cp -a dev/state old");
	world_stop(confirmed("1.0.0"));
	run("rm -rf done && cp -a dev/state done");
	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		run("rm -rf dev/state && cp -a done dev/state && cp -a old/update.json dev/state");
		run(cuts[i]);
		world_stop(confirmed("1.0.0"));
		expect_counter(1);
		expect_state("state/installed.json", "1.0.0");
	}
	/* Without the used grant nothing falls. */
	run("rm -rf dev/state && cp -a old dev/state && rm dev/state/grants-used.json");
	world_stop(confirmed("1.0.0"));
	expect_counter(2);
}

static void folder_brings_grant_and_release(void **state)
{
	(void)state;
	static char media[400];
	static const char *const extra[] = {"--media", media, NULL};
	(void)snprintf(media, sizeof media, "%s/media", world.scratch.dir);
	world_stop(start_at("2.0.0"));
	world_offer(&world, "");
	run("rm -rf media && mkdir media && cp -a repo media/stick && rm media/stick/targets/*-os-[2345].0.0.img");
	pid_t pid = world_boot(&world, extra);
	assert_true(world_until(&world.service->checkins, world.service->checkins + 1, WORLD_LONG_MS));
	run("$C install media/stick");
	until_reason("counter");
	run("cp other.json media/stick/grant.json && $C install media/stick"); /* not ours: as if it were not there */
	assert_true(world_until(&world.service->checkins, world.service->checkins + 2, WORLD_LONG_MS));
	until_reason("counter");
	run("cp good.json media/stick/grant.json && $C install media/stick");
	world_expect_reboot(pid);
	world_stop(confirmed("1.0.0"));
	expect_counter(1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_grant_for_here_stays_at_the_door),
		cmocka_unit_test(granted_release_goes_in_once),
		cmocka_unit_test(failed_trial_uses_it_too),
		cmocka_unit_test(kept_grant_is_judged_anew),
		cmocka_unit_test(cut_between_the_use_and_the_switch),
		cmocka_unit_test(grant_that_runs_out_in_the_slot),
		cmocka_unit_test(cut_while_the_counter_falls),
		cmocka_unit_test(folder_brings_grant_and_release),
	};
	if (argc != 4)
		return 2;
	program = argv[1];
	static char ctl_path[4096], hallmark_path[4096];
	ctl_program = realpath(argv[2], ctl_path);
	hallmark = realpath(argv[3], hallmark_path);
	if (!ctl_program || !hallmark)
		return 2;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
