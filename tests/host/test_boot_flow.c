/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a device under each boot loader, played by the models of boot_loaders.h: refusals, a trial confirmed, one
 * that fails by itself, one given up, and what other updaters left behind. EN303645 5.3-1, 5.3-2.
 */
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "host/boot_loaders.h"
#include "host/os/boot_io.h"
#include "host/os/file.h"

static const struct bootctl_image image_1 = {.bytes = 1000, .sha256 = {1, 2, 3}};
static const struct bootctl_image image_2 = {.bytes = 2000, .sha256 = {4, 5, 6}};

struct device {
	struct scratch s;
	enum boot_loaders_kind kind;
	struct boot boot;
};

static struct device device_new(enum boot_loaders_kind kind)
{
	struct device d = {.s = scratch_new(), .kind = kind};
	boot_loaders_factory(d.s.dir, kind);
	return d;
}

static void device_done(struct device *d)
{
	scratch_done(&d->s);
}

/* The boot loader, then the agent's start. A rescue entry is somebody pressing the button again. */
static int start(struct device *d, bool agent)
{
	struct err e = {0};
	int slot = boot_loaders_boot(d->s.dir, d->kind);
	if (slot == BOOT_LOADERS_RESCUE)
		slot = boot_loaders_boot(d->s.dir, d->kind);
	check_ok(boot_io_open(d->s.dir, &d->boot, &e));
	assert_int_equal(d->boot.booted, slot);
	if (agent)
		check_ok(boot_io_settle(&d->boot, &e));
	return slot;
}

static struct bootctl look(struct device *d)
{
	struct err e = {0};
	struct bootctl b = {0};
	check_ok(boot_io_read(&d->boot, &b, &e));
	return b;
}

static bool holds(const struct bootctl *b, int slot, const struct bootctl_image *image)
{
	return b->image[slot].bytes == image->bytes && memcmp(b->image[slot].sha256, image->sha256, SHA256_SIZE) == 0;
}

static void never_boots(struct device *d, int slot)
{
	for (int i = 0; i < 10; i++) /* nobody settles: every count is used up, twice over */
		assert_int_not_equal(start(d, false), slot);
	for (int i = 0; i < 3; i++)
		assert_int_equal(start(d, true), 1 - slot);
}

static void install(struct device *d, const struct bootctl_image *image)
{
	struct err e = {0};
	struct bootctl b = look(d);
	int other = 1 - b.active;
	check_ok(boot_io_stage(&d->boot, &e));
	b = look(d);
	assert_int_equal(b.image[other].bytes, 0); /* what allows writing to it */
	check_fails(ERR_WRONG_STATE, boot_io_confirm(&d->boot, &e));
	check_fails(ERR_WRONG_STATE, boot_io_revert(&d->boot, &e));
	check_fails(ERR_INPUT, boot_io_switch(&d->boot, &(struct bootctl_image){0}, &e));
	check_ok(boot_io_switch(&d->boot, image, &e));
	b = look(d);
	assert_true(b.trying && b.booted == b.active && b.active != other && holds(&b, other, image));
	assert_int_equal(b.tries, d->kind == BOOT_LOADERS_GRUB ? 1 : 3);
	check_ok(boot_io_settle(&d->boot, &e)); /* the agent was started anew before the restart */
	assert_true(look(d).trying);
	check_fails(ERR_WRONG_STATE, boot_io_stage(&d->boot, &e));
	check_fails(ERR_WRONG_STATE, boot_io_switch(&d->boot, image, &e));
	check_fails(ERR_WRONG_STATE, boot_io_confirm(&d->boot, &e)); /* the old slot still runs */
}

static void confirmed(struct device *d)
{
	struct err e = {0};
	install(d, &image_2);
	assert_int_equal(start(d, true), 1);
	struct bootctl b = look(d);
	assert_true(b.trying && b.active == 0 && holds(&b, 1, &image_2));
	check_ok(boot_io_confirm(&d->boot, &e));
	b = look(d);
	assert_true(!b.trying && b.active == 1 && holds(&b, 1, &image_2));
	check_fails(ERR_WRONG_STATE, boot_io_confirm(&d->boot, &e));
	never_boots(d, 0); /* the old release does not come back by pulling the plug */
	b = look(d);
	assert_true(!b.trying && b.active == 1 && holds(&b, 1, &image_2));
}

static void failed_by_itself(struct device *d)
{
	int tries = d->kind == BOOT_LOADERS_GRUB ? 1 : 3;
	install(d, &image_1);
	for (int i = 0; i < tries; i++)
		assert_int_equal(start(d, false), 0);
	assert_true(look(d).trying); /* its last try runs: it could still be confirmed */
	assert_int_equal(start(d, false), 1);
	for (int settled = 0; settled < 2; settled++) {
		struct err e = {0};
		struct bootctl b = look(d);
		assert_true(!b.trying && b.active == 1 && b.booted == 1);
		assert_true(holds(&b, 0, &image_1)); /* that is how the agent knows that the trial took place */
		check_ok(boot_io_settle(&d->boot, &e));
	}
	never_boots(d, 0);
}

static void given_up(struct device *d)
{
	struct err e = {0};
	install(d, &image_1);
	assert_int_equal(start(d, true), 0);
	check_ok(boot_io_revert(&d->boot, &e));
	struct bootctl b = look(d);
	assert_true(!b.trying && b.active == 1 && b.booted == 0 && holds(&b, 0, &image_1));
	check_fails(ERR_WRONG_STATE, boot_io_stage(&d->boot, &e)); /* it still runs */
	check_ok(boot_io_settle(&d->boot, &e));
	never_boots(d, 0);
	install(d, &image_1); /* before the restart: nothing of it was started */
	check_ok(boot_io_revert(&d->boot, &e));
	never_boots(d, 0);
}

static void whole_life(void **state)
{
	(void)state;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		CLEANUP(device_done) struct device d = device_new(k);
		print_message("# %s\n", boot_loaders_name(k));
		assert_int_equal(start(&d, true), 0);
		struct bootctl b = look(&d);
		assert_true(!b.trying && b.active == 0 && b.image[0].bytes == BOOT_IMAGE_UNKNOWN);
		confirmed(&d);
		failed_by_itself(&d);
		given_up(&d);
		if (k == BOOT_LOADERS_GRUB) {
			assert_string_equal(boot_loaders_get(d.s.dir, k, "saved_entry"), "somebody's");
		} else if (k != BOOT_LOADERS_SD) {
			assert_string_equal(boot_loaders_get(d.s.dir, k, "ethaddr"), "02:00:00:00:00:01");
			assert_string_equal(boot_loaders_get(d.s.dir, k, "bootcmd"),
					    "run rauc_choose; bootm ${loadaddr}");
		}
	}
}

/* A side record that is lost or damaged costs knowledge, not the device. */
static void lost_side_record(void **state)
{
	(void)state;
	struct err e = {0};
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		for (int damaged = 0; damaged < 2; damaged++) {
			CLEANUP(device_done) struct device d = device_new(k);
			assert_int_equal(start(&d, true), 0);
			install(&d, &image_2);
			(void)unlink(scratch_path(&d.s, "boot.env"));
			if (damaged)
				check_ok(file_create(d.s.path, bytes_of_text("junk"), 0600, &e));
			assert_int_equal(start(&d, true), 1);
			struct bootctl b = look(&d);
			assert_true(b.trying && b.active == 0 && b.image[1].bytes == BOOT_IMAGE_UNKNOWN);
			check_ok(boot_io_confirm(&d.boot, &e));
			assert_int_equal(start(&d, true), 1);
			install(&d, &image_1);
		}
	}
}

/* ---- other updaters' states ---- */

struct rauc_case {
	const char *order, *a, *b; /* BOOT_x_LEFT, or OK TRY */
	int booted;
	/* what is read */
	int active;
	bool trying, other_open;
};

static void put_rauc(struct device *d, const struct rauc_case *c)
{
	char line[64];
	bool grub = d->kind == BOOT_LOADERS_GRUB;
	boot_loaders_set(d->s.dir, d->kind, grub ? "ORDER" : "BOOT_ORDER", c->order);
	if (grub) {
		const char *const names[] = {"A_OK", "A_TRY", "B_OK", "B_TRY"};
		for (int i = 0; i < 4; i++) {
			char digit[2] = {(i < 2 ? c->a : c->b)[i % 2], 0};
			boot_loaders_set(d->s.dir, d->kind, names[i], digit);
		}
	} else {
		boot_loaders_set(d->s.dir, d->kind, "BOOT_A_LEFT", c->a);
		boot_loaders_set(d->s.dir, d->kind, "BOOT_B_LEFT", c->b);
	}
	(void)snprintf(line, sizeof line, "rauc.slot=%c", 'A' + c->booted);
	struct err e = {0};
	check_ok(file_write_atomic(scratch_path(&d->s, "cmdline"), bytes_of_text(line), 0600, &e));
	check_ok(boot_io_open(d->s.dir, &d->boot, &e));
}

static void check_rauc(enum boot_loaders_kind kind, const struct rauc_case *c)
{
	struct err e = {0};
	CLEANUP(device_done) struct device d = device_new(kind);
	put_rauc(&d, c);
	struct bootctl b = look(&d);
	int other = 1 - c->active;
	if (b.active != c->active || b.trying != c->trying || (b.image[other].bytes != 0) != c->other_open)
		fail_msg("%s: order %s, A %s, B %s, booted %d: active %d trying %d other %d", boot_loaders_name(kind),
			 c->order, c->a, c->b, c->booted, b.active, b.trying, b.image[other].bytes != 0);
	if (b.trying) { /* somebody else's switch that was not started yet is given up */
		check_ok(boot_io_revert(&d.boot, &e));
		never_boots(&d, other);
	} else if (b.booted == b.active) {
		check_ok(boot_io_settle(&d.boot, &e));
		assert_int_equal(start(&d, true), c->active);
		assert_int_equal(look(&d).image[other].bytes != 0, c->other_open); /* a fallback stays one */
		install(&d, &image_2);
		assert_int_equal(start(&d, true), other);
		check_ok(boot_io_confirm(&d.boot, &e));
		never_boots(&d, c->active);
	}
}

static void takes_over_from_rauc(void **state)
{
	(void)state;
	static const struct rauc_case uboot[] = {
		{"A B", "3", "3", 0, 0, false, true},  /* at rest, B is the fallback */
		{"A B", "2", "3", 0, 0, false, true},  /* not marked good yet */
		{"A B", "0", "3", 0, 0, false, true},  /* its last try runs: RAUC would mark it good now */
		{"B A", "2", "2", 1, 1, false, true},  /* B was installed and runs */
		{"B A", "3", "3", 0, 0, true, true},   /* installed, not restarted yet */
		{"B A", "2", "0", 0, 0, false, true},  /* B failed */
		{"B", "0", "3", 1, 1, false, false},   /* A was marked bad */
		{"A", "3", "0", 1, 0, false, false},   /* B runs and was marked bad */
		{"R B A", "3", "a", 1, 1, false, true} /* a rescue system is part of the order */
	};
	static const struct rauc_case grub[] = {
		{"A B", "10", "10", 0, 0, false, true}, {"A B", "11", "10", 0, 0, false, true},
		{"B A", "10", "11", 1, 1, false, true}, {"B A", "10", "10", 0, 0, true, true},
		{"B A", "11", "11", 0, 0, false, true}, {"B A", "00", "10", 1, 1, false, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(uboot); i++)
		check_rauc(BOOT_LOADERS_UBOOT, &uboot[i]);
	for (size_t i = 0; i < ARRAY_LEN(grub); i++)
		check_rauc(BOOT_LOADERS_GRUB, &grub[i]);
}

static void keeps_others_in_the_order(void **state)
{
	(void)state;
	CLEANUP(device_done) struct device d = device_new(BOOT_LOADERS_UBOOT);
	const struct rauc_case c = {"A B R", "3", "3", 0, 0, false, true};
	put_rauc(&d, &c);
	install(&d, &image_2);
	assert_string_equal(boot_loaders_get(d.s.dir, d.kind, "BOOT_ORDER"), "B A R");
	boot_loaders_set(d.s.dir, d.kind, "BOOT_A_LEFT", "many");
	struct err e = {0};
	struct bootctl b;
	check_fails(ERR_INPUT, boot_io_read(&d.boot, &b, &e));
	assert_non_null(strstr(e.text, "slot A"));
}

static void waits_for_swupdate(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value;
		enum err_code stage;
	} cases[] = {
		{"ustate", "1", ERR_BUSY},
		{"ustate", "2", ERR_BUSY},
		{"ustate", "7", ERR_BUSY},
		{"recovery_status", "in_progress", ERR_BUSY},
		{"ustate", "0", ERR_NONE},
		{"ustate", "3", ERR_NONE},
		{"recovery_status", "failed", ERR_NONE},
	};
	struct err e = {0};
	for (int grub = 0; grub < 2; grub++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			enum boot_loaders_kind k = grub ? BOOT_LOADERS_GRUB : BOOT_LOADERS_UBOOT;
			CLEANUP(device_done) struct device d = device_new(k);
			assert_int_equal(start(&d, true), 0);
			boot_loaders_set(d.s.dir, k, cases[i].name, cases[i].value);
			check_fails(cases[i].stage, boot_io_stage(&d.boot, &e));
			check_fails(cases[i].stage, boot_io_switch(&d.boot, &image_2, &e));
			assert_int_equal(look(&d).trying, cases[i].stage == ERR_NONE);
			assert_string_equal(boot_loaders_get(d.s.dir, k, cases[i].name), cases[i].value);
		}
	}
}

/* ---- what cannot be trusted is not written over ---- */

static void refuses_what_it_cannot_read(void **state)
{
	(void)state;
	struct err e = {0};
	for (enum boot_loaders_kind k = 0; k <= BOOT_LOADERS_GRUB; k++) {
		CLEANUP(device_done) struct device d = device_new(k);
		CLEANUP(buf_done) struct buf before, after;
		struct bootctl b;
		buf_init(&before, 1 << 16);
		buf_init(&after, 1 << 16);
		assert_int_equal(start(&d, true), 0);
		const char *store = scratch_path(&d.s, k == BOOT_LOADERS_GRUB ? "grubenv" : "uboot.env");
		check_ok(file_read(store, 1 << 16, &before, &e));
		before.data[k == BOOT_LOADERS_GRUB ? 3 : 100] ^= 1;
		if (k == BOOT_LOADERS_UBOOT)
			before.data[8192 + 100] ^= 1;
		check_ok(file_write_atomic(store, buf_view(&before), 0600, &e));
		check_fails(ERR_INPUT, boot_io_read(&d.boot, &b, &e));
		assert_true(*e.hint);
		check_fails(ERR_INPUT, boot_io_settle(&d.boot, &e));
		check_fails(ERR_INPUT, boot_io_stage(&d.boot, &e));
		check_fails(ERR_INPUT, boot_io_switch(&d.boot, &image_2, &e));
		check_ok(file_read(store, 1 << 16, &after, &e));
		assert_true(bytes_equal(buf_view(&before), buf_view(&after)));
		assert_int_equal(truncate(store, 900), 0);
		check_fails(ERR_INPUT, boot_io_read(&d.boot, &b, &e));
		assert_int_equal(unlink(store), 0);
		check_fails(ERR_MISSING, boot_io_read(&d.boot, &b, &e));
		assert_int_equal(mkfifo(store, 0600), 0);
		assert_true(rc_failed(boot_io_read(&d.boot, &b, &e)));
	}
}

static void one_damaged_copy_is_survived(void **state)
{
	(void)state;
	struct err e = {0};
	for (size_t at = 0; at <= 8192; at += 8192) {
		CLEANUP(device_done) struct device d = device_new(BOOT_LOADERS_UBOOT);
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, 1 << 16);
		assert_int_equal(start(&d, true), 0);
		const char *store = scratch_path(&d.s, "uboot.env");
		check_ok(file_read(store, 1 << 16, &text, &e));
		memset(text.data + at, 0xff, 512);
		check_ok(file_write_atomic(store, buf_view(&text), 0600, &e));
		install(&d, &image_2); /* the damaged one is the older one: the first that is written */
		assert_int_equal(start(&d, true), 1);
		check_ok(boot_io_confirm(&d.boot, &e));
		never_boots(&d, 0);
	}
}

static void entries_need_their_parts(void **state)
{
	(void)state;
	struct err e = {0};
	struct bootctl b;
	CLEANUP(device_done) struct device d = device_new(BOOT_LOADERS_SD);
	assert_int_equal(start(&d, true), 0);
	check_ok(file_write_atomic(scratch_path(&d.s, "loader/loader.conf"), bytes_of_text("default hallmark-1-a\n"),
				   0600, &e));
	check_fails(ERR_INPUT, boot_io_read(&d.boot, &b, &e));
	assert_non_null(strstr(e.hint, "hallmark-*"));
	assert_int_equal(unlink(d.s.path), 0);
	check_ok(boot_io_read(&d.boot, &b, &e));
	check_ok(boot_io_stage(&d.boot, &e));
	assert_int_equal(unlink(scratch_path(&d.s, "loader/entries/hallmark-b.off")), 0);
	check_fails(ERR_MISSING, boot_io_switch(&d.boot, &image_2, &e));
	assert_int_equal(start(&d, true), 0);
	assert_int_equal(rename(scratch_path(&d.s, "loader/entries"), "/dev/null/x"), -1);
	d.boot.config.path[strlen(d.boot.config.path) - 1] = 'X';
	check_fails(ERR_MISSING, boot_io_read(&d.boot, &b, &e));
	assert_non_null(strstr(e.hint, "mounted"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_cannot_read),
		cmocka_unit_test(entries_need_their_parts),
		cmocka_unit_test(one_damaged_copy_is_survived),
		cmocka_unit_test(whole_life),
		cmocka_unit_test(lost_side_record),
		cmocka_unit_test(takes_over_from_rauc),
		cmocka_unit_test(keeps_others_in_the_order),
		cmocka_unit_test(waits_for_swupdate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
