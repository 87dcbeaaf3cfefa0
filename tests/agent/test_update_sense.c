/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of memory and power, with folders of our own in its place; the owner's choices; how much one
 * can still put off. What could not be looked at is never taken for "there is none".
 */
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/update/update_report.h"
#include "agent/update/update_sense_io.h"
#include "host/os/file.h"

static struct scratch scratch;

static int set_up(void **state)
{
	(void)state;
	scratch = scratch_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

static void put(const char *name, const char *text)
{
	struct err e = {0};
	check_ok(file_write_atomic(scratch_path(&scratch, name), bytes_of_text(text), 0644, &e));
}

static struct update_conditions look(void)
{
	char power[1024], proc[1024];
	struct update_sense s;
	struct update_conditions w = {0};
	(void)snprintf(power, sizeof power, "%s", scratch_path(&scratch, "power"));
	(void)snprintf(proc, sizeof proc, "%s", scratch_path(&scratch, "proc"));
	update_sense_open(&s, proc, power);
	update_sense_read(&s, &w);
	update_sense_close(&s);
	return w;
}

static void fresh(void)
{
	scratch_done(&scratch);
	scratch = scratch_new();
	assert_int_equal(mkdir(scratch_path(&scratch, "proc"), 0755), 0);
}

static void supply(const char *name, const char *const *files)
{
	char dir[256], path[320];
	(void)mkdir(scratch_path(&scratch, "power"), 0755);
	(void)snprintf(dir, sizeof dir, "power/%s", name);
	assert_int_equal(mkdir(scratch_path(&scratch, dir), 0755), 0);
	for (; *files; files += 2) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[0]);
		put(path, files[1]);
	}
}
#define SUPPLY(name, ...) supply(name, (const char *const[]){__VA_ARGS__, NULL})

static void memory_is_what_the_kernel_says_or_unknown(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool known;
		uint64_t bytes;
	} table[] = {
		{"MemTotal:  100 kB\nMemAvailable:    2048 kB\nBuffers: 1 kB\n", true, 2 * MIB},
		{"MemAvailable: 0 kB\n", true, 0},
		{"MemTotal:  100 kB\n", false, 0},
		{"MemAvailable: 7 MB\n", false, 0},
		{"MemAvailable: kB\n", false, 0},
		{"MemAvailable: 18446744073709551615 kB\n", false, 0},
		{"", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		fresh();
		put("proc/meminfo", table[i].text);
		struct update_conditions w = look();
		if (w.memory_known != table[i].known || (w.memory_known && w.memory_bytes != table[i].bytes))
			fail_msg("row %zu: %llu bytes", i, (unsigned long long)w.memory_bytes);
	}
	fresh();
	assert_false(look().memory_known);
}

static void power_is_never_guessed(void **state)
{
	(void)state;
	fresh(); /* a kernel without power supplies */
	assert_int_equal(look().power, UPDATE_POWER_MAINS);
	SUPPLY("BAT0", "type", "Battery\n", "capacity", "17\n");
	assert_int_equal(look().power, UPDATE_POWER_BATTERY);
	assert_int_equal(look().battery_percent, 17);
	SUPPLY("BAT1", "type", "Battery\n", "capacity", "9\n"); /* the emptier one counts */
	assert_int_equal(look().battery_percent, 9);
	SUPPLY("mouse", "type", "Battery\n", "scope", "Device\n", "capacity", "1\n");
	SUPPLY("bay", "type", "Battery\n", "present", "0\n");
	assert_int_equal(look().battery_percent, 9);
	SUPPLY("BAT2", "type", "Battery\n", "capacity", "unknown\n");
	assert_int_equal(look().power, UPDATE_POWER_UNKNOWN);
	SUPPLY("AC", "type", "Mains\n", "online", "0\n");
	assert_int_equal(look().power, UPDATE_POWER_UNKNOWN);
	put("power/AC/online", "1\n");
	assert_int_equal(look().power, UPDATE_POWER_MAINS);
	fresh();
	SUPPLY("what", "status", "Full\n"); /* of no type: it cannot be judged */
	assert_int_equal(look().power, UPDATE_POWER_UNKNOWN);
	fresh();
	SUPPLY("usb", "type", "USB\n", "online", "0\n"); /* no battery at all: it runs, so it has power */
	assert_int_equal(look().power, UPDATE_POWER_MAINS);
	fresh();
	put("power", "not a folder");
	assert_int_equal(look().power, UPDATE_POWER_UNKNOWN);
	fresh();
	SUPPLY("BAT0", "type", "Battery\n", "capacity", "101\n");
	assert_int_equal(look().power, UPDATE_POWER_UNKNOWN);
}

static void choices_survive_and_damage_does_not(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	const struct update_choices c = {POLICY_AUTO_SECURITY, 22, 5};
	struct update_choices back = {POLICY_AUTO_OFF, 1, 2};
	buf_init(&text, UPDATE_CHOICES_MAX);
	check_ok(update_choices_encode(&c, &text, &e));
	for (size_t n = 0; n < text.len; n++)
		assert_true(rc_failed(update_choices_decode(bytes_of(text.data, n), &back, &e)));
	assert_int_equal(back.automatic, POLICY_AUTO_OFF);
	check_ok(update_choices_decode(buf_view(&text), &back, &e));
	assert_memory_equal(&back, &c, sizeof c);
	static const char *const wrong[] = {
		"{\"automatic\":\"some\",\"v\":1,\"window_from\":0,\"window_to\":0}",
		"{\"automatic\":\"all\",\"v\":2,\"window_from\":0,\"window_to\":0}",
		"{\"automatic\":\"all\",\"v\":1,\"window_from\":24,\"window_to\":0}",
		"{\"automatic\":\"all\",\"v\":1,\"window_from\":0,\"window_to\":0,\"x\":1}",
		"{\"automatic\":\"all\",\"v\":1,\"window_from\":0}",
	};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_true(rc_failed(update_choices_decode(bytes_of_text(wrong[i]), &back, &e)));
}

static void the_maker_has_the_last_word_about_turning_off(void **state)
{
	(void)state;
	struct policy_update l = policy_update_default();
	const struct update_choices off = {POLICY_AUTO_OFF, 3, 4};
	struct update_choices c;
	l.window_from = 1, l.window_to = 2;
	update_choices_apply(&l, NULL, &c);
	assert_true(c.automatic == POLICY_AUTO_ALL && c.window_from == 1 && c.window_to == 2);
	update_choices_apply(&l, &off, &c);
	assert_true(c.automatic == POLICY_AUTO_OFF && c.window_from == 3 && c.window_to == 4);
	l.can_turn_off = false;
	update_choices_apply(&l, &off, &c);
	assert_true(c.automatic == POLICY_AUTO_ALL && c.window_from == 3);
}

static void report_says_what_can_still_be_put_off(void **state)
{
	(void)state;
	struct err e = {0};
	struct update u;
	struct update_conditions w = {.limits = policy_update_default()};
	struct update_report r = {
		.update = &u, .world = &w, .now = {1767268800}, .version = "1.0.0", .slot = 'a', .media = ""};
	uint32_t left = 9;
	struct wall_time until;
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, UPDATE_REPORT_MAX);
	update_init(&u, NULL);
	assert_false(update_report_postpone(&r, &left, &until));
	(void)snprintf(u.found.version, sizeof u.found.version, "2.0.0");
	assert_false(update_report_postpone(&r, &left, &until)); /* not seen before: no day to count from */
	(void)snprintf(u.state.wishes.seen, sizeof u.state.wishes.seen, "2.0.0");
	u.state.wishes.seen_at.s = r.now.s - SECONDS_PER_DAY;
	u.state.wishes.postponed_times = 2;
	assert_true(update_report_postpone(&r, &left, &until));
	assert_int_equal(left, 3);
	assert_int_equal(until.s, r.now.s + 6 * SECONDS_PER_DAY);
	u.found.security = true;
	u.state.wishes.seen_at.s = r.now.s - 3 * SECONDS_PER_DAY;
	assert_false(update_report_postpone(&r, &left, &until));
	const struct update_event ev = {.now = {.wall = r.now}, .world = &w, .boot = {.slot_bytes = GIB}};
	u.found.length = u.found.full.bytes = 7;
	r.any = update_explain(&u, &ev, &r.plan);
	struct update_inhibitor who = {"app", "\"quoted\" \xe2\x82\xac", 60};
	r.inhibitors = &who;
	r.inhibitors_n = 1;
	check_ok(update_report_encode(&r, &text, &e));
	assert_non_null(strstr(buf_text(&text), "\"now\":true"));
	assert_non_null(strstr(buf_text(&text), "\\\"quoted\\\""));
	assert_non_null(strstr(buf_text(&text), "\"possible\":false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_what_the_kernel_says_or_unknown),
		cmocka_unit_test(power_is_never_guessed),
		cmocka_unit_test(choices_survive_and_damage_does_not),
		cmocka_unit_test(the_maker_has_the_last_word_about_turning_off),
		cmocka_unit_test(report_says_what_can_still_be_put_off),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
