/* SPDX-License-Identifier: Apache-2.0 */
/* The device around the agent: what the factory puts on its disk, its boot loader, its parent process, its power. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/parent_dirs.h"
#include "host/os/bootctl_io.h"
#include "sim.h"

#define BOOTS_MAX 8
#define OUTAGE_MS 10000

void sim_break(struct sim *s, const char *promise, const char *fmt, ...)
{
	va_list ap;
	if (s->broken)
		return;
	s->broken = promise;
	va_start(ap, fmt);
	(void)vsnprintf(s->why, sizeof s->why, fmt, ap);
	va_end(ap);
}

/* ---- the factory ---- */

struct disk *sim_factory(struct maker *m)
{
	struct disk *d = disk_new();
	const struct maker_release *first = &m->releases[1];
	struct bootctl record;
	struct bootctl_image image = {.bytes = first->image.len};
	uint8_t env[BOOTCTL_FILE_SIZE] = {0};
	memcpy(image.sha256, first->image_sha256, SHA256_SIZE);
	bootctl_factory(&record, &image);
	bootctl_encode(&record, env);
	(void)disk_make(d, "factory", true, 0700);
	(void)disk_make(d, "run", true, 0755);
	disk_put(d, "factory/device.json",
		 bytes_of_text("{\"device\":\"" MAKER_DEVICE "\",\"model\":\"" MAKER_MODEL "\",\"page_port\":0,"
			       "\"service_host\":\"fleet.example.com\",\"service_port\":443,\"v\":1}"));
	disk_put(d, "factory/tls.key", buf_view(&m->tls_pem));
	disk_put(d, "factory/page.key", buf_view(&m->page_pem));
	disk_put(d, "factory/statement.key", buf_view(&m->statement_pem));
	/* Certificates are only handed on here. */
	disk_put(d, "factory/tls.pem", bytes_of_text("certificate\n"));
	disk_put(d, "factory/page.pem", bytes_of_text("certificate\n"));
	disk_put(d, "factory/service-ca.pem", bytes_of_text("certificate\n"));
	disk_put(d, "factory/root.json", buf_view(tufrepo_file(&m->repo, "1.root.json")));
	disk_put(d, "factory/policy.json", buf_view(&first->policy));
	disk_put(d, "factory/installed.json", bytes_of_text("{\"counter\":1,\"version\":\"1.0.0\"}"));
	disk_put(d, "boot.env", bytes_of(env, sizeof env));
	disk_put(d, "disk.img", buf_view(&first->image));
	disk_resize(d, disk_find(d, "disk.img"), 2 * m->slot_bytes);
	disk_sync_all(d);
	return d;
}

/* ---- the device ---- */

static struct sim *make(const struct sim_scenario *scenario, struct maker *m, struct disk *take_disk)
{
	struct sim *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->scenario = scenario;
	s->maker = m;
	s->disk = take_disk;
	buf_init(&s->verb_reply, 128 * KIB);
	buf_init(&s->worker_reply, 4 * KIB);
	sim_service_reset(s);
	sim_calls_reset(s);
	return s;
}

struct sim *sim_new(const struct sim_scenario *scenario, struct maker *m, struct disk *take_disk)
{
	struct sim *s = make(scenario, m, take_disk);
	s->service = (struct sim_service){.offer = scenario->offer,
					  .erase = scenario->erases,
					  .fail_image = scenario->fail_image,
					  .corrupt_image = scenario->corrupt_image,
					  .fail_statement = scenario->fail_statement};
	if (scenario->loader)
		sim_loader_factory(s);
	if (scenario->prepare)
		scenario->prepare(s);
	disk_sync_all(s->disk);
	return s;
}

struct sim *sim_after_cut(const struct sim *s, struct disk *take_disk)
{
	struct sim *next = make(s->scenario, s->maker, take_disk);
	next->service = s->service;
	next->service.quiet = 0;
	next->service.images = 0;
	next->service.image_bytes = 0;
	next->mono_ms = next->began_ms = s->mono_ms + OUTAGE_MS;
	next->chance = s->chance + 1;
	next->cuts = s->cuts + 1;
	return next;
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	sim_calls_reset(s);
	buf_done(&s->verb_reply);
	buf_done(&s->worker_reply);
	buf_done(&s->answer.body);
	buf_done(&s->answer.request);
	disk_free(s->disk);
	free(s);
}

int sim_end(const struct sim *s)
{
	const struct sim_scenario *sc = s->scenario;
	bool lost = sc->one_try && s->cuts && s->service.reverted;
	return sc->reverts || lost || !sc->offer ? sc->from : sc->offer;
}

bool sim_done(const struct sim *s)
{
	const struct sim_service *v = &s->service;
	const struct sim_scenario *sc = s->scenario;
	int end = sim_end(s);
	bool at_rest = strcmp(v->state, "idle") == 0 || strcmp(v->state, "confirmed") == 0 ||
		       strcmp(v->state, "reverted") == 0;
	bool failed = sc->offer && end == sc->from;
	return at_rest && v->quiet >= 2 && strcmp(v->version, s->maker->releases[end].version) == 0 &&
	       (end == sc->from || v->confirmed) &&
	       (!failed || (v->reverted && strcmp(v->reason, "blocked-version") == 0)) &&
	       (!sc->erases || (v->receipts && v->alerts));
}

/* ---- its boot loader and its parent ---- */

/* The slot to start, -1: there is none. */
static int read_record(struct sim *s)
{
	struct bootctl b;
	struct err e = {0};
	int slot = 0;
	bool write = false;
	rc r = bootctl_io_read("boot.env", &b, &e);
	if (rc_ok(r))
		r = bootctl_boot(&b, &slot, &write, &e);
	if (rc_ok(r) && write)
		r = bootctl_io_write("boot.env", &b, &e);
	if (rc_failed(r))
		sim_break(s, "the device boots", "%s", e.text);
	return slot;
}

static int boot_loader(struct sim *s)
{
	int slot = s->scenario->loader ? sim_loader_boot(s) : read_record(s);
	if (slot < 0)
		sim_break(s, "the device boots", "no slot is started");
	else if (!promises_release_in(s, slot))
		sim_break(s, "the slot that boots holds a whole release", "slot %c", bootctl_letter(slot));
	return s->broken ? -1 : slot;
}

static rc no_firewall(struct bytes ruleset, struct err *e)
{
	(void)ruleset, (void)e;
	return RC_OK;
}

static int session(struct sim *s)
{
	char boot_id[HALLMARKD_BOOT_ID_SIZE];
	struct err e = {0};
	(void)snprintf(boot_id, sizeof boot_id, "%016llx%016llx", (unsigned long long)s->chance,
		       (unsigned long long)s->boots);
	const struct hallmarkd_options o = {.device_dir = ".", .boot_id = boot_id, .stretch_bytes = MAKER_SEGMENT};
	sim_calls_reset(s);
	s->verbs = (struct verbs){0};
	rc r = parent_dirs_prepare(0, &e);
	if (rc_ok(r))
		r = verbs_init(&s->verbs, ".", no_firewall, &e);
	s->verbs.worker = sim_worker_of(s);
	if (rc_ok(r))
		r = boot_io_settle(&s->verbs.boot, &e);
	if (rc_failed(r)) {
		sim_break(s, "the agent starts", "%s", e.text);
		return HALLMARKD_FAILED;
	}
	int code = engine_main(&o);
	verbs_done(&s->verbs);
	if (code != HALLMARKD_OK)
		sim_break(s, "the agent starts", "the engine ended with %d", code);
	return s->verbs.reboot ? HALLMARKD_REBOOT : code;
}

static bool run(struct sim *s)
{
	while (!s->broken && s->boots++ < BOOTS_MAX) {
		int slot = boot_loader(s);
		if (slot < 0)
			return false;
		if (s->scenario->crashes && promises_release_in(s, slot) == s->scenario->offer)
			continue; /* its watchdog bites */
		if (session(s) == HALLMARKD_REBOOT || s->broken)
			continue;
		promises_check_end(s);
		return !s->broken;
	}
	sim_break(s, "the device can finish", "not within %d boots", BOOTS_MAX);
	return false;
}

bool sim_run(struct sim *s)
{
	struct sim *outer = sim_current;
	sim_current = s;
	bool good = run(s);
	sim_current = outer;
	return good;
}
