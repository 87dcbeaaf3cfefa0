/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's conclusions, its record, its look at real files, and the kernel's socket tables. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#include "agent/guard/guard_state.h"
#include "agent/guard/listener_table.h"
#include "agent/guard/scan_io.h"

static const struct now t0 = {{1000000}, {0}};

static unsigned look(struct guard_state *s, enum guard_event_kind kind, enum guard_what what, const char *path)
{
	struct guard_event ev = {.kind = kind, .boot = "boot1", .finding.what = what};
	(void)snprintf(ev.finding.path, sizeof ev.finding.path, "%s", path);
	return guard_state_step(s, &ev, t0);
}

static unsigned pass(struct guard_state *s, const char *boot, unsigned wrong, unsigned unreadable)
{
	struct guard_event ev = {
		.kind = GUARD_EV_PASS, .boot = boot, .checked = 5, .wrong = wrong, .unreadable = unreadable};
	return guard_state_step(s, &ev, t0);
}

static unsigned queued(struct guard_state *s)
{
	struct guard_event ev = {.kind = GUARD_EV_ALERT_QUEUED};
	return guard_state_step(s, &ev, t0);
}

static struct guard_state isolated_state(void)
{
	struct guard_state s = {0};
	assert_int_equal(look(&s, GUARD_EV_FINDING, GUARD_CHANGED, "a"), GUARD_ACT_SAVE | GUARD_ACT_REREAD);
	assert_int_equal(s.mode, GUARD_SUSPECT);
	assert_int_equal(look(&s, GUARD_EV_REREAD, GUARD_CHANGED, "a"),
			 GUARD_ACT_SAVE | GUARD_ACT_ALERT | GUARD_ACT_FIREWALL);
	assert_int_equal(s.mode, GUARD_ISOLATED);
	assert_int_equal(s.alert_mode, GUARD_ISOLATED);
	return s;
}

static void test_isolates(void **state)
{
	(void)state;
	static const enum guard_what kinds[] = {GUARD_CHANGED, GUARD_MISSING, GUARD_PERMISSION};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct guard_state s = {0};
		(void)look(&s, GUARD_EV_FINDING, kinds[i], "a");
		(void)look(&s, GUARD_EV_REREAD, kinds[i], "a");
		assert_int_equal(s.mode, GUARD_ISOLATED);
		assert_int_equal(s.findings_n, 1);
	}
	struct guard_state s = isolated_state();
	assert_int_equal(look(&s, GUARD_EV_FINDING, GUARD_MISSING, "b"), GUARD_ACT_SAVE);
	assert_int_equal(look(&s, GUARD_EV_FINDING, GUARD_MISSING, "b"), 0); /* known already */
	for (int i = 0; i < 40; i++) {
		char path[8];
		(void)snprintf(path, sizeof path, "f%d", i);
		(void)look(&s, GUARD_EV_FINDING, GUARD_MISSING, path);
	}
	assert_int_equal(s.findings_n, GUARD_FINDINGS_MAX);
	assert_int_equal(s.seq, 1); /* one alert, however many files */
}

static void test_false_alarm(void **state)
{
	(void)state;
	struct guard_state s = {0};
	(void)look(&s, GUARD_EV_FINDING, GUARD_CHANGED, "a");
	(void)look(&s, GUARD_EV_FINDING, GUARD_CHANGED, "b");
	(void)look(&s, GUARD_EV_REREAD, GUARD_SAME, "a");
	assert_int_equal(s.mode, GUARD_SUSPECT); /* one answer is still out */
	(void)look(&s, GUARD_EV_REREAD, GUARD_SAME, "b");
	assert_int_equal(s.mode, GUARD_NORMAL);
	assert_false(s.alert_pending);
	/* A stray answer, after new reference values, moves nothing. */
	assert_int_equal(look(&s, GUARD_EV_REREAD, GUARD_CHANGED, "a"), 0);
	assert_int_equal(s.mode, GUARD_NORMAL);
}

static void test_recovery(void **state)
{
	(void)state;
	struct guard_state s = isolated_state();
	(void)queued(&s);
	assert_int_equal(pass(&s, "boot1", 0, 0), 0); /* same boot */
	assert_int_equal(pass(&s, "boot2", 1, 0), 0);
	assert_int_equal(pass(&s, "boot2", 0, 1), 0); /* could not look: not clean */
	assert_int_equal(pass(&s, NULL, 0, 0), 0);
	struct guard_event nothing = {.kind = GUARD_EV_PASS, .boot = "boot2"};
	assert_int_equal(guard_state_step(&s, &nothing, t0), 0); /* no file was checked */
	assert_int_equal(s.mode, GUARD_ISOLATED);
	assert_int_equal(pass(&s, "boot2", 0, 0), GUARD_ACT_SAVE | GUARD_ACT_ALERT | GUARD_ACT_FIREWALL);
	assert_int_equal(s.mode, GUARD_RECOVERED);
	assert_int_equal(pass(&s, "boot2", 0, 0), GUARD_ACT_ALERT); /* the alert was not queued: again */
	assert_int_equal(s.mode, GUARD_RECOVERED);
	assert_int_equal(queued(&s), GUARD_ACT_SAVE);
	assert_int_equal(s.mode, GUARD_NORMAL);
	assert_int_equal(queued(&s), 0);
	assert_int_equal(s.seq, 2);
}

/* REQ: EN303645-5.7-2: what an assessor is shown later says only what was done. */
static void test_last_isolation(void **state)
{
	(void)state;
	struct guard_event cut = {.kind = GUARD_EV_CUT};
	struct guard_state s = {0};
	(void)look(&s, GUARD_EV_FINDING, GUARD_CHANGED, "a");
	assert_false(s.last.any); /* suspicion is not isolation */
	assert_int_equal(guard_state_step(&s, &cut, t0), 0);
	(void)look(&s, GUARD_EV_REREAD, GUARD_SAME, "a");
	assert_false(s.last.any);
	s = isolated_state();
	assert_true(s.last.any);
	assert_int_equal(s.last.began.s, t0.wall.s);
	assert_false(s.last.told || s.last.cut);
	assert_int_equal(guard_state_step(&s, &cut, t0), GUARD_ACT_SAVE);
	assert_int_equal(guard_state_step(&s, &cut, t0), 0);
	assert_true(s.last.cut);
	/* The recovery's alert took the place of one that was never queued: that one was not told. */
	(void)pass(&s, "boot2", 0, 0);
	(void)queued(&s);
	assert_int_equal(s.mode, GUARD_NORMAL);
	assert_true(s.last.any && !s.last.told && s.last.ended.s == t0.wall.s);
	s = isolated_state();
	(void)queued(&s);
	(void)pass(&s, "boot2", 0, 0);
	(void)queued(&s);
	assert_true(s.last.told && !s.last.cut);
	assert_non_null(strstr(s.last.cause, "changed"));
}

static void test_unreadable(void **state)
{
	(void)state;
	struct guard_state s = {0};
	(void)look(&s, GUARD_EV_FINDING, GUARD_UNREADABLE, "a");
	assert_int_equal(look(&s, GUARD_EV_REREAD, GUARD_UNREADABLE, "a"), GUARD_ACT_SAVE | GUARD_ACT_ALERT);
	assert_int_equal(s.mode, GUARD_SUSPECT);
	assert_int_equal(s.alert_mode, GUARD_SUSPECT);
	(void)queued(&s);
	(void)pass(&s, "boot1", 0, 1);
	assert_int_equal(s.mode, GUARD_SUSPECT);
	(void)look(&s, GUARD_EV_FINDING, GUARD_UNREADABLE, "a");
	assert_false(look(&s, GUARD_EV_REREAD, GUARD_UNREADABLE, "a") & GUARD_ACT_ALERT); /* told once */
	(void)pass(&s, "boot1", 0, 0);
	assert_int_equal(s.mode, GUARD_NORMAL);
}

static unsigned at_ms(struct guard_state *s, enum guard_event_kind kind, int64_t ms, unsigned wrong)
{
	struct guard_event ev = {.kind = kind, .boot = "boot1", .checked = 5, .wrong = wrong, .period_s = 10};
	return guard_state_step(s, &ev, (struct now){.mono = {ms}});
}

/* Nobody looks: that is not clean, however well the last look went (EN303645 5.7-2). */
static void test_silence(void **state)
{
	(void)state;
	const int64_t late = 3 * 10000 + GUARD_SILENCE_MARGIN_MS;
	struct guard_state s = {0};
	assert_int_equal(guard_state_silence_ms(&s, (struct mono_time){0}), -1); /* nothing to look at yet */
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 1000000000, 0), 0);
	(void)at_ms(&s, GUARD_EV_POLICY, 1000, 0);
	assert_int_equal(guard_state_silence_ms(&s, (struct mono_time){1000}), late);
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 1000 + late - 1, 0), 0);
	(void)at_ms(&s, GUARD_EV_PASS, 20000, 0);
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 20000 + late - 1, 0), 0);
	assert_int_equal(s.mode, GUARD_NORMAL);
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 20000 + late, 0), GUARD_ACT_SAVE | GUARD_ACT_ALERT);
	assert_int_equal(s.mode, GUARD_SUSPECT);
	assert_int_equal(s.alert_mode, GUARD_SUSPECT);
	assert_string_equal(s.cause, "the integrity check is not running");
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 30000 + late, 0), GUARD_ACT_ALERT); /* the queue had no room: again */
	(void)queued(&s);
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, 900000 + late, 0), 0); /* told once */
	/* A stray answer is no pass; a pass that found something is one, but does not clear the device. */
	(void)look(&s, GUARD_EV_FINDING, GUARD_CHANGED, "a");
	(void)look(&s, GUARD_EV_REREAD, GUARD_SAME, "a");
	assert_int_equal(s.mode, GUARD_SUSPECT);
	(void)at_ms(&s, GUARD_EV_PASS, 2000000, 1);
	assert_int_equal(s.mode, GUARD_SUSPECT);
	assert_false(s.silent);
	(void)at_ms(&s, GUARD_EV_PASS, 2010000, 0);
	assert_int_equal(s.mode, GUARD_NORMAL);
	/* Silent again: told again. Isolated is worse than suspect and stays. */
	assert_true(at_ms(&s, GUARD_EV_TICK, 2010000 + late, 0) & GUARD_ACT_ALERT);
	s = isolated_state();
	(void)queued(&s);
	(void)at_ms(&s, GUARD_EV_POLICY, 0, 0);
	assert_int_equal(at_ms(&s, GUARD_EV_TICK, late, 0), 0);
	assert_int_equal(s.mode, GUARD_ISOLATED);
	assert_true(s.silent);
}

static void test_record(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	struct guard_state s = isolated_state(), back;
	buf_init(&b, GUARD_JSON_MAX);
	check_ok(guard_state_encode(&s, &b, &e));
	check_ok(guard_state_decode(buf_view(&b), &back, &e));
	assert_int_equal(back.mode, GUARD_ISOLATED);
	assert_string_equal(back.boot, "boot1");
	assert_true(back.alert_pending);
	assert_int_equal(back.seq, 1);
	assert_string_equal(back.findings[0].path, "a");
	assert_memory_equal(&back.last, &s.last, sizeof s.last);
	/* A record from before the last isolation was kept: still good, for an update must not isolate anybody. */
	static const char old[] = "{\"alert_mode\":\"isolated\",\"alert_pending\":false,\"boot\":\"b1\",\"cause\":"
				  "\"x\",\"findings\":[],\"mode\":\"normal\",\"seq\":3,\"since\":"
				  "\"2026-11-22T00:00:00Z\",\"v\":1}";
	struct guard_state before = {0};
	check_ok(guard_state_decode(bytes_of_text(old), &before, &e));
	assert_false(before.last.any);
	/* After a power cut before the alert was queued: firewall and alert again. */
	struct guard_event start = {.kind = GUARD_EV_START, .boot = "boot2"};
	assert_int_equal(guard_state_step(&back, &start, t0), GUARD_ACT_FIREWALL | GUARD_ACT_ALERT);
	for (size_t n = 0; n < b.len; n++)
		check_fails(ERR_INPUT, guard_state_decode(bytes_of(b.data, n), &back, &e));
	guard_state_damaged(&back, t0);
	assert_int_equal(back.mode, GUARD_ISOLATED);
	assert_int_equal(pass(&back, "boot9", 0, 0) & GUARD_ACT_ALERT, GUARD_ACT_ALERT);
	assert_int_equal(back.mode, GUARD_RECOVERED);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0644), 0);
}

static void test_looks(void **state)
{
	(void)state;
	char dir[] = "/tmp/scan.XXXXXX", path[256], other[256];
	struct err e = {0};
	struct scan_file f = {.path = "sub/file", .mode = 0644};
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/sub", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	check_ok(hash_sha256(bytes_of_text("content"), f.sha256, &e));
	int root = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_MISSING);
	put(dir, "sub/file", "content");
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_SAME);
	put(dir, "sub/file", "contenu");
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_CHANGED);
	put(dir, "sub/file", "content");
	(void)snprintf(path, sizeof path, "%s/sub/file", dir);
	assert_int_equal(chmod(path, 04644), 0); /* one bit more */
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_PERMISSION);
	/* A link to a good copy elsewhere is a change, in the last part and before it. */
	put(dir, "good", "content");
	(void)snprintf(other, sizeof other, "%s/good", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_CHANGED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0); /* must not hang */
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_CHANGED);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof path, "%s/sub", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(dir, path), 0);
	assert_int_equal(scan_io_file(root, &f, NULL, NULL), GUARD_CHANGED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
	(void)close(root);
	assert_int_equal(scan_io_file(-1, &f, NULL, NULL), GUARD_UNREADABLE); /* never "same", never "missing" */
	(void)snprintf(f.path, sizeof f.path, "../etc/passwd");
	assert_int_equal(scan_io_file(-1, &f, NULL, NULL), GUARD_UNREADABLE);
	assert_int_equal(rmdir(dir), 0);
}

static void test_pace(void **state)
{
	(void)state;
	assert_int_equal(scan_io_rest_us(1000), 9000);
	assert_int_equal(scan_io_rest_us(-5), 0);
	assert_int_equal(scan_io_gap_ms(60, 10, 500), 5500);
	assert_int_equal(scan_io_gap_ms(60, 10, 7000), 0);
	assert_int_equal(scan_io_gap_ms(60, 0, 0), 60000);
}

static void test_listeners(void **state)
{
	(void)state;
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		"   0: 00000000:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
		"   1: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1\n"
		"   2: 0100007F:B6F2 0100007F:0277 01 00000000:00000000 00:00000000 00000000     0        0 3 1\n";
	static const char udp6[] =
		"  sl  local_address                         remote_address                        st tx_queue\n"
		"  11: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:0\n";
	struct listener_table t = {0};
	assert_true(listener_table_add(&t, false, bytes_of_text(tcp)));
	assert_true(listener_table_add(&t, true, bytes_of_text(udp6)));
	assert_int_equal(t.n, 3);
	assert_int_equal(t.at[0].port, 8443);
	assert_false(t.at[0].loopback);
	assert_int_equal(t.at[1].port, 631);
	assert_true(t.at[1].loopback);
	assert_true(t.at[2].udp);
	assert_int_equal(t.at[2].port, 5353);
	assert_false(listener_table_add(&t, false, bytes_of_text("")));
	assert_false(listener_table_add(&t, false, bytes_of_text("nonsense\n")));
	assert_false(listener_table_add(&t, false, bytes_of_text("local_address\n0: zz\n")));
	assert_int_equal(t.n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolates),       cmocka_unit_test(test_false_alarm),
		cmocka_unit_test(test_recovery),       cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_silence),	       cmocka_unit_test(test_record),
		cmocka_unit_test(test_last_isolation), cmocka_unit_test(test_looks),
		cmocka_unit_test(test_pace),	       cmocka_unit_test(test_listeners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
