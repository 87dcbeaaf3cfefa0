/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power fails after every write, flush and change of a name, in every way that the disk's model allows, while the real
 * agent runs a whole update; then the device must boot the old or the new release and bring everything to its end.
 * EN303645 5.3-1, 5.3-2, 5.9-1. Counts distinct points and fails below 10,000; and finds each planted bug.
 *
 *     test_powercut [SEEDS [SELDOM [SEGMENTS [SCENARIO]]]]
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mutants.h"

#define POINTS_MIN 10000
#define OPS_MAX 512
#define SEGMENTS 3
#define CLOSELY 40 /* of more pending operations, only some are looked at one by one */
#define WORKERS_MAX 16

/* Random fates at each point; of this many recoveries one is cut again; size of the images. */
static unsigned seeds = 10, seldom = 8, segments = SEGMENTS;
static const char *only = ""; /* scenarios whose name begins so; then the points are not counted */
static unsigned mutants_caught;
static struct maker *maker;
static struct disk *bases[3]; /* fresh; at rest on 1.0.0; at rest on 2.0.0 */

/* ---- a set of hashes ---- */

struct set {
	uint64_t *slots;
	size_t n, room;
};

/* False: it was in it. */
static bool set_add(struct set *s, uint64_t v)
{
	v = v ? v : 1;
	if (s->n * 2 >= s->room) {
		struct set next = {.room = s->room ? s->room * 2 : 4096};
		next.slots = calloc(next.room, sizeof *next.slots);
		assert_non_null(next.slots);
		for (size_t i = 0; i < s->room; i++)
			if (s->slots[i])
				(void)set_add(&next, s->slots[i]);
		free(s->slots);
		*s = next;
	}
	size_t at = (size_t)(v * UINT64_C(0x9e3779b97f4a7c15)) & (s->room - 1);
	for (; s->slots[at]; at = (at + 1) & (s->room - 1))
		if (s->slots[at] == v)
			return false;
	s->slots[at] = v;
	s->n++;
	return true;
}

/* ---- one scenario, cut everywhere ---- */

struct result {
	unsigned positions, points, recoveries, second;
	bool broken;
	char text[1024], log[4096];
};

struct explorer {
	struct sim *sim; /* the run that is cut */
	size_t index;	 /* of the scenario */
	unsigned part, parts;
	bool twice;	/* power fails again in some of the recoveries */
	bool only_look; /* at the disk, without starting anything on it */
	struct set points, states;
	const char *what; /* the last change */
	uint64_t chance;
	struct result *result;
};

static uint32_t next_chance(struct explorer *x)
{
	x->chance = x->chance * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (uint32_t)(x->chance >> 33);
}

static uint64_t state_hash(const struct explorer *x, const struct disk *d)
{
	struct sim_service v = x->sim->service;
	uint64_t h = disk_hash(d) + x->index;
	v.checkins = v.images = v.quiet = 0;
	v.image_bytes = 0;
	for (size_t i = 0; i < sizeof v; i++)
		h = (h ^ ((const uint8_t *)&v)[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void describe(struct explorer *x, const struct sim *after, const uint8_t *fate)
{
	struct result *r = x->result;
	const struct disk *d = x->sim->disk;
	int n = snprintf(r->text, sizeof r->text, "%s: %s; %s, cut at change %llu (%s), pending:", after->broken,
			 after->why, x->sim->scenario->name, (unsigned long long)d->changes, x->what);
	for (size_t i = 0; i < d->ops_n && n > 0 && n < (int)sizeof r->text; i++) {
		static const char *const kinds[] = {"data", "size", "link", "unlink", "rename"};
		static const char *const fates[] = {" (lost)", "", " (neither)", " (half)"};
		n += snprintf(r->text + n, sizeof r->text - (size_t)n, " %s%s%s@%llu%s", kinds[d->ops[i].kind],
			      *d->ops[i].name ? " " : "", d->ops[i].name, (unsigned long long)d->ops[i].at,
			      fates[fate[i]]);
	}
	size_t have = after->log_n < sizeof r->log - 1 ? after->log_n : sizeof r->log - 1;
	memcpy(r->log, after->log + after->log_n - have, have);
	r->log[have] = 0;
	r->broken = true;
}

/* While a device recovers, power fails once more: with a random fate, at a random change. */
struct second {
	struct explorer *x;
	struct sim *sim;
	uint64_t at;
};

static void on_recovery_change(void *ctx, const char *what)
{
	struct second *two = ctx;
	uint8_t fate[OPS_MAX];
	struct disk *d = two->sim->disk;
	(void)what;
	if (d->changes != two->at || d->ops_n > OPS_MAX)
		return;
	for (size_t i = 0; i < d->ops_n; i++)
		fate[i] = next_chance(two->x) & 1;
	struct sim *after = sim_after_cut(two->sim, disk_crash(d, fate, 0));
	promises_check(after);
	if (after->broken || !sim_run(after))
		sim_break(two->sim, after->broken, "after a second cut: %s", after->why);
	two->x->result->second++;
	sim_free(after);
}

static void recover(struct explorer *x, struct sim *after, const uint8_t *fate)
{
	struct second two = {.x = x, .sim = after, .at = after->disk->changes + 1 + next_chance(x) % 120};
	uint64_t left = promises_left(after);
	promises_check(after);
	if (after->broken || x->only_look) {
		if (after->broken)
			describe(x, after, fate);
		return;
	}
	if (x->result->recoveries++ % seldom == 0 && x->twice) {
		after->disk->changed = on_recovery_change;
		after->disk->ctx = &two;
	}
	if (sim_run(after) && after->service.image_bytes > left)
		sim_break(after, "nothing durable is fetched twice", "%llu bytes, and %llu were missing",
			  (unsigned long long)after->service.image_bytes, (unsigned long long)left);
	if (after->broken)
		describe(x, after, fate);
}

/* One point: this fate of what is pending now. */
static void try(struct explorer *x, const uint8_t *fate, uint8_t fill)
{
	if (x->result->broken)
		return;
	struct disk *left = disk_crash(x->sim->disk, fate, fill);
	uint64_t h = state_hash(x, left);
	if (h % x->parts != x->part) { /* another worker's */
		disk_free(left);
		return;
	}
	x->result->points += set_add(&x->points, h + x->sim->disk->changes * UINT64_C(0xd1b54a32d192ed03));
	if (!set_add(&x->states, h)) { /* just this was seen, one position earlier */
		disk_free(left);
		return;
	}
	struct sim *after = sim_after_cut(x->sim, left);
	recover(x, after, fate);
	sim_free(after);
}

static bool is_name(const struct disk_op *op)
{
	return op->kind != DISK_DATA && op->kind != DISK_SIZE;
}

static bool is_fat_rename(const struct disk *d, const struct disk_op *op)
{
	return op->kind == DISK_RENAME && op->node == d->fat;
}

/* Names without contents, contents without names, sizes without sectors, renames half done in one way or the other. */
static void try_kinds(struct explorer *x, uint8_t *fate)
{
	const struct disk *d = x->sim->disk;
	for (int kind = 0; kind < 5; kind++) {
		for (size_t i = 0; i < d->ops_n; i++) {
			const struct disk_op *op = &d->ops[i];
			fate[i] = kind == 0				 ? is_name(op)
				  : kind == 1				 ? !is_name(op)
				  : kind == 2				 ? op->kind != DISK_DATA
				  : kind == 3 && op->kind == DISK_RENAME ? DISK_HALF
				  : kind == 4 && is_fat_rename(d, op)	 ? DISK_NEITHER
									 : DISK_DONE;
		}
		try(x, fate, 0);
		if (kind == 2)
			try(x, fate, 0xa5);
	}
}

static void try_all(struct explorer *x)
{
	uint8_t fate[OPS_MAX] = {0};
	size_t n = x->sim->disk->ops_n;
	if (n > OPS_MAX) {
		snprintf(x->result->text, sizeof x->result->text, "%zu changes are pending: nobody ever syncs", n);
		x->result->broken = true;
		return;
	}
	try(x, fate, 0);
	for (size_t i = 0; i<n; i += n> CLOSELY ? n / 20 : 1) {
		memset(fate, DISK_LOST, n);
		fate[i] = DISK_DONE; /* alone */
		try(x, fate, 0);
		memset(fate, DISK_DONE, n);
		fate[i] = DISK_LOST; /* all but this */
		try(x, fate, 0xa5);
		fate[i + 1 < n ? i + 1 : 0] = DISK_LOST; /* nor the next */
		try(x, fate, 0);
		memset(fate, DISK_DONE, n);
		memset(fate + i, DISK_LOST, n - i); /* in their order, as far as this */
		try(x, fate, 0);
		fate[i] = DISK_HALF; /* and within this */
		if (x->sim->disk->ops[i].kind == DISK_DATA)
			try(x, fate, 0);
	}
	memset(fate, DISK_DONE, n);
	try(x, fate, 0);
	try_kinds(x, fate);
	for (unsigned k = 0; n > 3 && k < seeds; k++) {
		for (size_t i = 0; i < n; i++)
			fate[i] = next_chance(x) & 1;
		try(x, fate, (uint8_t)next_chance(x));
	}
}

static void on_change(void *ctx, const char *what)
{
	struct explorer *x = ctx;
	x->what = what;
	x->result->positions++;
	bool image = strstr(what, "disk.img") != NULL;
	if (!x->result->broken && !(image && x->sim->scenario->brief))
		try_all(x);
}

static void explore(struct explorer x)
{
	const struct sim_scenario *sc = &scenarios_list[x.index];
	const struct disk *base = bases[sc->fresh ? 0 : sc->from];
	uint8_t none = 0;
	struct sim *s = sim_new(sc, maker, disk_crash(base, &none, 0));
	x.sim = s;
	x.chance = x.index + 1;
	s->disk->changed = on_change;
	s->disk->ctx = &x;
	if (!sim_run(s) && !x.result->broken && !x.only_look) {
		x.what = "not cut at all";
		describe(&x, s, &none);
	}
	free(x.points.slots);
	free(x.states.slots);
	sim_free(s);
}

/* ---- the tests ---- */

static struct result sum(const struct result *results, unsigned workers, size_t scenario)
{
	struct result all = {0};
	for (unsigned w = 0; w < workers; w++) {
		const struct result *r = &results[w * scenarios_n + scenario];
		if (r->broken)
			fail_msg("%s\n%s", r->text, r->log);
		all.positions = r->positions;
		all.points += r->points;
		all.recoveries += r->recoveries;
		all.second += r->second;
	}
	return all;
}

static void explore_all(unsigned part, unsigned parts, struct result *results)
{
	for (size_t i = 0; i < scenarios_n; i++)
		if (strncmp(scenarios_list[i].name, only, strlen(only)) == 0)
			explore((struct explorer){
				.index = i, .part = part, .parts = parts, .twice = true, .result = &results[i]});
}

static void every_cut_leaves_a_device_that_finishes(void **state)
{
	pid_t pids[WORKERS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (unsigned)cores;
	size_t size = workers * scenarios_n * sizeof(struct result);
	struct result *results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned points = 0, recoveries = 0, second = 0;
	(void)state;
	assert_true(results != MAP_FAILED);
	for (unsigned w = 0; w < workers; w++) {
		if ((pids[w] = fork()) == 0) {
			explore_all(w, workers, &results[w * scenarios_n]);
			_exit(0);
		}
		assert_true(pids[w] > 0);
	}
	for (unsigned w = 0; w < workers; w++) {
		int status = -1;
		assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
		assert_int_equal(status, 0);
	}
	for (size_t i = 0; i < scenarios_n; i++) {
		struct result all = sum(results, workers, i);
		print_message("# %s: %u changes of the disk, %u points, %u different disks to recover from\n",
			      scenarios_list[i].name, all.positions, all.points, all.recoveries);
		points += all.points;
		recoveries += all.recoveries;
		second += all.second;
	}
	print_message("# power cuts: %u distinct points, %u recoveries, %u of them cut again, %u mutants caught\n",
		      points, recoveries, second, mutants_caught);
	assert_true(points >= POINTS_MIN || *only);
	(void)munmap(results, size);
}

static size_t scenario_named(const char *name)
{
	size_t i = 0;
	while (i < scenarios_n && strcmp(scenarios_list[i].name, name) != 0)
		i++;
	assert_true(i < scenarios_n);
	return i;
}

static void every_planted_bug_is_found(void **state)
{
	(void)state;
	if (*only)
		check_skip("one scenario was asked for");
	for (enum mutant m = MUTANT_NONE + 1; m < MUTANT_COUNT; m++) {
		struct result r = {0};
		struct explorer x = {.index = scenario_named(mutants_scenario(m)), .parts = 1, .result = &r};
		mutants_plant(m);
		x.only_look = true; /* what a look can find is found sooner, and said more plainly */
		explore(x);
		x.only_look = false;
		if (!r.broken)
			explore(x);
		mutants_plant(MUTANT_NONE);
		if (!r.broken)
			print_error("# not found: %s\n", mutants_name(m));
		else
			print_message("# planted: %s\n#   found after %u points: %s\n", mutants_name(m), r.points,
				      r.text);
		mutants_caught += r.broken;
	}
	assert_int_equal(mutants_caught, MUTANT_COUNT - 1);
}

/* ---- disks to begin with ---- */

static struct disk *settle(const struct disk *from, const struct sim_scenario *sc)
{
	uint8_t none = 0;
	struct sim *s = sim_new(sc, maker, disk_crash(from, &none, 0));
	if (!sim_run(s))
		fail_msg("without any cut: %s: %s\n%s", s->broken, s->why, s->log);
	disk_sync_all(s->disk);
	struct disk *d = disk_crash(s->disk, &none, 0);
	sim_free(s);
	return d;
}

static int set_up(void **state)
{
	static const struct sim_scenario idle = {.name = "idle", .from = 1},
					 update = {.name = "update", .from = 1, .offer = 2};
	char dir[] = "/tmp/hallmark-powercut.XXXXXX";
	(void)state;
	/* Whatever system call is not simulated finds no folder to do harm in. */
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(rmdir(dir), 0);
	maker = maker_new(segments);
	bases[0] = sim_factory(maker);
	bases[1] = settle(bases[0], &idle);
	bases[2] = settle(bases[1], &update);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
		disk_free(bases[i]);
	maker_free(maker);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_planted_bug_is_found),
		cmocka_unit_test(every_cut_leaves_a_device_that_finishes),
	};
	unsigned *const numbers[] = {&seeds, &seldom, &segments};
	for (int i = 1; i < argc && i <= 3; i++)
		*numbers[i - 1] = (unsigned)strtoul(argv[i], NULL, 10);
	if (argc > 4)
		only = argv[4];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
