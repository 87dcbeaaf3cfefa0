/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power fails at every write, rename, removal and fsync of every transition, under every boot loader: the device starts
 * the old slot or the new one, the agent can read where it is, and the transition can be done after all. The number of
 * states is printed and has a floor; with fsync planted away the same checks must complain. EN303645 5.3-1.
 */
#include "scratch.h"

#include <unistd.h>

#include "host/boot_cut.h"
#include "host/boot_loaders.h"
#include "host/os/boot_io.h"

#define OLD 0 /* the slot that is active before the transition */
#define NEW 1

static const struct bootctl_image image_2 = {.bytes = 2000, .sha256 = {4, 5, 6}};

enum deed { STAGE, SWITCH, CONFIRM, REVERT, SETTLE_FAILED, SETTLE_FIRST, DEEDS };

static const char *const deed_names[DEEDS] = {"stage", "switch", "confirm", "revert", "settle", "first settle"};

struct trial {
	char dir[256];
	enum boot_loaders_kind kind;
	enum deed deed;
	struct bootctl before, after; /* as the agent read it around the transition */
	char wrong[400];
};

/* The slot; -2 if the agent then cannot do its part. */
static int start(struct trial *t, struct boot *b, bool agent)
{
	int slot = boot_loaders_boot(t->dir, t->kind);
	if (slot == BOOT_LOADERS_RESCUE)
		slot = boot_loaders_boot(t->dir, t->kind);
	if (rc_failed(boot_io_open(t->dir, b, NULL)) || (agent && rc_failed(boot_io_settle(b, NULL))))
		return -2;
	return slot;
}

static rc do_deed(const struct boot *b, enum deed deed, struct err *e)
{
	return deed == STAGE	 ? boot_io_stage(b, e)
	       : deed == SWITCH	 ? boot_io_switch(b, &image_2, e)
	       : deed == CONFIRM ? boot_io_confirm(b, e)
	       : deed == REVERT	 ? boot_io_revert(b, e)
				 : boot_io_settle(b, e);
}

/* Up to the transition: a device that lived a little, so that both records and both copies have been written. */
static void prepare(struct trial *t, struct boot *b)
{
	struct err e = {0};
	boot_loaders_factory(t->dir, t->kind);
	if (t->deed == SETTLE_FIRST) {
		(void)start(t, b, false);
		return;
	}
	(void)start(t, b, true);
	if (t->deed == STAGE) { /* a trial that was given up, so that there is an image to forget */
		check_ok(boot_io_stage(b, &e));
		check_ok(boot_io_switch(b, &image_2, &e));
		check_ok(boot_io_revert(b, &e));
		return;
	}
	check_ok(boot_io_stage(b, &e));
	if (t->deed == SWITCH)
		return;
	check_ok(boot_io_switch(b, &image_2, &e));
	assert_int_equal(start(t, b, true), NEW);
	if (t->deed == SETTLE_FAILED)
		while (start(t, b, false) != OLD)
			continue;
}

#define WRONG(...)                                                                                                     \
	do {                                                                                                           \
		(void)snprintf(t->wrong, sizeof t->wrong, __VA_ARGS__);                                                \
		return t->wrong;                                                                                       \
	} while (0)

#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		if (rc_failed(call))                                                                                   \
			WRONG("%.300s", e.text);                                                                       \
	} while (0)

static bool is_image_2(const struct bootctl *b, int slot)
{
	return b->image[slot].bytes == image_2.bytes;
}

/* The new slot runs on trial; nobody confirms it. It must end, and be told from one that never was. */
static const char *trial_ends(struct trial *t, struct boot *b)
{
	struct bootctl r;
	struct err e = {0};
	int boots = 0;
	MUST(boot_io_read(b, &r, &e));
	if (!r.trying)
		WRONG("the new slot runs, and is not on trial");
	if (!is_image_2(&r, NEW))
		WRONG("the slot on trial is not known");
	while (start(t, b, false) == NEW)
		if (++boots > 3)
			WRONG("a trial without end");
	MUST(boot_io_read(b, &r, &e));
	if (r.trying || r.active != OLD || !is_image_2(&r, NEW))
		WRONG("a failed trial is not seen as one");
	MUST(boot_io_settle(b, &e));
	return NULL;
}

static const char *after_switch(struct trial *t, struct boot *b, int slot)
{
	struct bootctl r;
	struct err e = {0};
	if (slot == NEW) {
		const char *wrong = trial_ends(t, b);
		if (wrong)
			return wrong;
	} else {
		MUST(boot_io_read(b, &r, &e));
		if (r.trying || r.active != OLD)
			WRONG("the old slot runs: trying %d, active %d", r.trying, r.active);
		if (is_image_2(&r, NEW))
			WRONG("a switch that never was is taken for a trial that failed");
	}
	MUST(boot_io_stage(b, &e));
	MUST(boot_io_switch(b, &image_2, &e));
	if (start(t, b, true) != NEW)
		WRONG("the switch cannot be repeated");
	return NULL;
}

static const char *after_confirm(struct trial *t, struct boot *b, int slot)
{
	struct bootctl r;
	struct err e = {0};
	MUST(boot_io_read(b, &r, &e));
	if (slot == OLD) {
		if (r.active != OLD || r.trying)
			WRONG("the old slot runs, and is not the active one");
		return NULL;
	}
	if (r.trying)
		MUST(boot_io_confirm(b, &e));
	for (int i = 0; i < 4; i++)
		if (start(t, b, true) != NEW)
			WRONG("what was confirmed is not started");
	MUST(boot_io_read(b, &r, &e));
	if (r.trying || r.active != NEW || !is_image_2(&r, NEW))
		WRONG("what was confirmed is not seen as such");
	MUST(boot_io_stage(b, &e)); /* a fallback that a cut left behind goes now */
	for (int i = 0; i < 8; i++)
		if (start(t, b, false) != NEW)
			WRONG("the old release comes back");
	return NULL;
}

static const char *after_revert(struct trial *t, struct boot *b, int slot)
{
	struct bootctl r;
	struct err e = {0};
	MUST(boot_io_read(b, &r, &e));
	if (r.active != OLD || !is_image_2(&r, NEW))
		WRONG("active %d after a revert, new slot known: %d", r.active, is_image_2(&r, NEW));
	if (r.trying)
		MUST(boot_io_revert(b, &e));
	for (int i = 0; i < 8; i++)
		if (start(t, b, i % 2) != OLD)
			WRONG("the new slot comes back");
	(void)slot;
	return NULL;
}

/* Nothing is on trial: the old slot, whatever happens. */
static const char *after_rest(struct trial *t, struct boot *b, int slot)
{
	struct bootctl r;
	struct err e = {0};
	if (slot == NEW && t->deed == SETTLE_FAILED && t->kind == BOOT_LOADERS_GRUB) {
		/* Its rescue entry forgave the failed trial too: one more try, and back. */
		const char *wrong = trial_ends(t, b);
		if (wrong)
			return wrong;
		slot = OLD;
	}
	MUST(boot_io_read(b, &r, &e));
	if (slot != OLD || r.active != OLD || r.trying)
		WRONG("slot %d runs, active %d, trying %d", slot, r.active, r.trying);
	if (t->deed == SETTLE_FAILED && !is_image_2(&r, NEW))
		WRONG("the failed trial is forgotten");
	MUST(do_deed(b, t->deed, &e));
	MUST(boot_io_stage(b, &e));
	MUST(boot_io_read(b, &r, &e));
	if (r.image[NEW].bytes)
		WRONG("a staged slot is not empty");
	for (int i = 0; i < 8; i++)
		if (start(t, b, i % 2) != OLD)
			WRONG("a slot that is being written is started");
	return NULL;
}

static bool same(const struct bootctl *a, const struct bootctl *b)
{
	uint8_t x[BOOTCTL_RECORD_SIZE], y[BOOTCTL_RECORD_SIZE];
	struct bootctl one = *a, two = *b;
	one.sequence = two.sequence = 0;
	bootctl_encode(&one, x);
	bootctl_encode(&two, y);
	return memcmp(x, y, sizeof x) == 0;
}

/* What the agent reads there is what was before or what is after, never a third thing; and when it was told that all
 * was done, it is. */
static const char *before_or_after(struct trial *t)
{
	struct boot b;
	struct bootctl r;
	struct err e = {0};
	MUST(boot_io_open(t->dir, &b, &e));
	MUST(boot_io_read(&b, &r, &e));
	if (!same(&r, &t->after) && (boot_cut_complete() || !same(&r, &t->before)))
		WRONG("%s: active %d trying %d tries %d, other image %d",
		      boot_cut_complete() ? "not durable" : "a third state", r.active, r.trying, r.tries,
		      r.image[1 - r.active].bytes != 0);
	return NULL;
}

static const char *check_state(void *ctx)
{
	struct trial *t = ctx;
	struct boot b;
	struct bootctl r;
	struct err e = {0};
	const char *wrong = before_or_after(t);
	if (wrong)
		return wrong;
	int slot = boot_loaders_boot(t->dir, t->kind);
	/* RAUC's GRUB script starts its rescue entry when the one slot was started twice and never settled. */
	if (slot == BOOT_LOADERS_RESCUE && (t->deed == SETTLE_FAILED || t->deed == SETTLE_FIRST))
		slot = boot_loaders_boot(t->dir, t->kind);
	if (slot != OLD && slot != NEW)
		WRONG("slot %d is started", slot);
	if (rc_failed(boot_io_open(t->dir, &b, &e)) || rc_failed(boot_io_settle(&b, &e)) ||
	    rc_failed(boot_io_read(&b, &r, &e)))
		WRONG("%.300s", e.text);
	return t->deed == SWITCH    ? after_switch(t, &b, slot)
	       : t->deed == CONFIRM ? after_confirm(t, &b, slot)
	       : t->deed == REVERT  ? after_revert(t, &b, slot)
				    : after_rest(t, &b, slot);
}

static size_t cut(enum boot_loaders_kind kind, enum deed deed, bool no_fsync, const char **ret_wrong)
{
	static struct trial t;
	struct err e = {0};
	struct boot b;
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	t = (struct trial){.kind = kind, .deed = deed};
	(void)snprintf(t.dir, sizeof t.dir, "%s", s.dir);
	prepare(&t, &b);
	check_ok(boot_io_read(&b, &t.before, &e));
	boot_cut_begin(t.dir);
	rc r = do_deed(&b, deed, &e);
	boot_cut_end();
	check_ok(r);
	check_ok(boot_io_read(&b, &t.after, &e));
	/* GRUB's block has no checksum: there, a sector is taken to be written whole or not at all. */
	const struct boot_cut_options o = {
		.bytes = kind != BOOT_LOADERS_GRUB, .fat = kind == BOOT_LOADERS_SD, .no_fsync = no_fsync};
	return boot_cut_each(&o, check_state, &t, ret_wrong);
}

static void every_cut_leaves_old_or_new(void **state)
{
	(void)state;
	size_t states = 0;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		for (enum deed d = 0; d < DEEDS; d++) {
			const char *wrong = NULL;
			size_t n = cut(k, d, false, &wrong);
			print_message("# %s, %s: %zu states\n", boot_loaders_name(k), deed_names[d], n);
			if (wrong)
				fail_msg("%s, %s: %s", boot_loaders_name(k), deed_names[d], wrong);
			states += n;
		}
	}
	print_message("# %zu states after a cut\n", states);
	assert_true(states >= 300);
}

/* The test of the test: nobody syncs, and somebody must notice, under every boot loader. */
static void a_missing_fsync_is_noticed(void **state)
{
	(void)state;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		int noticed = 0;
		for (enum deed d = 0; d < DEEDS; d++) {
			const char *wrong = NULL;
			(void)cut(k, d, true, &wrong);
			if (wrong)
				print_message("# %s, %s: %s\n", boot_loaders_name(k), deed_names[d], wrong);
			noticed += wrong != NULL;
		}
		assert_true(noticed > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_leaves_old_or_new),
		cmocka_unit_test(a_missing_fsync_is_noticed),
	};
	if (access("/dev/shm", W_OK) == 0) /* thousands of small files: spare the disk */
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
