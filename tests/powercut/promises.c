/* SPDX-License-Identifier: Apache-2.0 */
/* What docs/power-cuts.md promises, as checks of a disk and of what the service was told. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/update/update.h"
#include "core/codec/json.h"
#include "host/os/boot.h"
#include "sim.h"

#define STATE_MAX (4 * MIB)

/* What a disk says, read without the agent's own code where that code could be wrong. */
struct told {
	struct bootctl boot;
	bool has_update;
	struct update_state update;
	char installed[SEMVER_MAX + 65];
	int64_t counter;
	bool has_personal, has_key, erasing;
	unsigned statements, receipts, alerts; /* in the outbox */
	bool prepared;
	bool grant_used;
	char blocked[4096];
};

struct reading {
	struct sim *s;
	struct told *t;
};

static struct bytes content_of(const struct sim *s, const char *path)
{
	int node = disk_find(s->disk, path);
	return node == DISK_NONE ? (struct bytes){0} : disk_content(s->disk, node);
}

/* ---- slots ---- */

static struct bytes slot_content(const struct sim *s, int slot)
{
	struct bytes all = content_of(s, "disk.img");
	size_t at = slot ? s->maker->slot_bytes : 0;
	return all.n == 2 * s->maker->slot_bytes ? bytes_of(all.p + at, s->maker->slot_bytes) : (struct bytes){0};
}

/* Do the first n bytes of the slot equal those of the release's image? */
static bool holds(const struct sim *s, int slot, int release, uint64_t n)
{
	struct bytes have = slot_content(s, slot);
	const struct buf *image = &s->maker->releases[release].image;
	return n <= have.n && n <= image->len && memcmp(have.p, image->data, (size_t)n) == 0;
}

int promises_release_in(const struct sim *s, int slot)
{
	for (int i = 1; i <= MAKER_RELEASES; i++)
		if (holds(s, slot, i, s->maker->releases[i].image.len))
			return i;
	return 0;
}

static int release_of(const struct sim *s, const char *version)
{
	for (int i = 1; i <= MAKER_RELEASES; i++)
		if (strcmp(s->maker->releases[i].version, version) == 0)
			return i;
	return 0;
}

/* ---- reading ---- */

static bool is_below(const char *path, const char *folder)
{
	return strncmp(path, folder, strlen(folder)) == 0;
}

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);
	return n >= k && strcmp(path + n - k, end) == 0;
}

static void read_number(const json_t *j, const char *key, int64_t *ret)
{
	if (json_is_integer(json_object_get(j, key)))
		*ret = json_integer_value(json_object_get(j, key));
}

static void read_envelope(struct told *t, struct bytes content)
{
	char keyid[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	if (rc_failed(envelope_claims(content, keyid, type, NULL)))
		return;
	t->statements += strcmp(type, STATEMENT_TYPE_BOOT) == 0;
	t->receipts += strcmp(type, STATEMENT_TYPE_RECEIPT) == 0;
	t->alerts += strcmp(type, STATEMENT_TYPE_ALERT) == 0;
}

static void read_file(void *ctx, const char *path, struct bytes content)
{
	struct reading *r = ctx;
	struct told *t = r->t;
	struct err e = {0};
	if (is_below(path, "state/personal/") && !ends_in(path, ".tmp"))
		t->has_personal = true;
	t->has_key = t->has_key || strcmp(path, "state/personal.key") == 0;
	t->erasing = t->erasing || strcmp(path, "state/erasing") == 0;
	if (!is_below(path, "state/") || !ends_in(path, ".json"))
		return;
	JSON_AUTO json_t *j = NULL;
	if (rc_failed(json_codec_parse(content, STATE_MAX, path, &j, &e))) {
		sim_break(r->s, "no state file is half-written", "%s: %s", path, e.text);
		return;
	}
	if (is_below(path, "state/outbox/"))
		read_envelope(t, content);
	t->prepared = t->prepared || strcmp(path, "state/prepared.json") == 0;
	if (strcmp(path, "state/counter.json") == 0)
		read_number(j, "counter", &t->counter);
	if (strcmp(path, "state/installed.json") == 0 && json_is_string(json_object_get(j, "version")))
		(void)snprintf(t->installed, sizeof t->installed, "%.64s",
			       json_string_value(json_object_get(j, "version")));
	if (strcmp(path, "state/blocked.json") == 0)
		(void)snprintf(t->blocked, sizeof t->blocked, "%.*s", (int)content.n, (const char *)content.p);
	if (strcmp(path, "state/grants-used.json") == 0)
		t->grant_used = memmem(content.p, content.n, MAKER_GRANT_SERIAL, strlen(MAKER_GRANT_SERIAL)) != NULL;
	if (strcmp(path, "state/update.json") == 0) {
		t->has_update = rc_ok(update_state_decode(content, &t->update, &e));
		if (!t->has_update)
			sim_break(r->s, "no state file is half-written", "%s: %s", path, e.text);
	}
}

static void read_record(struct sim *s, struct bootctl *ret)
{
	uint8_t env[BOOTCTL_FILE_SIZE] = {0};
	struct err e = {0};
	int at;
	struct bytes file = content_of(s, "boot.env");
	if (file.n == sizeof env)
		memcpy(env, file.p, sizeof env);
	if (rc_failed(bootctl_choose(env, ret, &at, &e)))
		sim_break(s, "the device boots", "%s", e.text);
}

static void read_all(struct sim *s, struct told *t)
{
	*t = (struct told){.counter = -1};
	if (s->scenario->loader)
		(void)sim_loader_record(s, &t->boot);
	else
		read_record(s, &t->boot);
	disk_each(s->disk, read_file, &(struct reading){s, t});
}

/* ---- promises ---- */

/* What the boot loader would start now; -1: nothing. */
static int chosen_slot(struct sim *s, const struct told *t)
{
	struct bootctl b = t->boot;
	int slot = -1;
	bool write;
	if (s->scenario->loader)
		return sim_loader_peek(s);
	return rc_ok(bootctl_boot(&b, &slot, &write, NULL)) ? slot : -1;
}

static void check_slots(struct sim *s, const struct told *t)
{
	int active = promises_release_in(s, t->boot.active), slot = chosen_slot(s, t);
	if (active != s->scenario->from && active != s->scenario->offer)
		sim_break(s, "the active slot is never touched", "slot %c holds release %d",
			  bootctl_letter(t->boot.active), active);
	if (slot < 0) {
		sim_break(s, "the device boots", "no slot would be started");
		return;
	}
	int found = promises_release_in(s, slot);
	const struct maker_release *r = &s->maker->releases[found];
	const struct bootctl_image *image = &t->boot.image[slot];
	bool known = image->bytes != BOOT_IMAGE_UNKNOWN;
	if (!found ||
	    (known && (image->bytes != r->image.len || memcmp(image->sha256, r->image_sha256, SHA256_SIZE) != 0)))
		sim_break(s, "the slot that boots holds a whole release", "slot %c holds release %d",
			  bootctl_letter(slot), found);
}

/* A slot is active only after its release proved healthy, and the counter follows the active slot, up or down. */
static void check_counter(struct sim *s, const struct told *t)
{
	int active = promises_release_in(s, t->boot.active);
	bool confirmed = active && active != s->scenario->from;
	if (confirmed && (!s->service.healthy || s->scenario->reverts))
		sim_break(s, "the trial is confirmed only after its checks", "release %d is active", active);
	const struct maker_release *r = &s->maker->releases[active];
	const struct maker_release *highest = &s->maker->releases[s->scenario->granted ? s->scenario->from : active];
	if (active && !confirmed && t->counter >= 0 && t->counter < (int64_t)r->counter)
		sim_break(s, "the counter is lowered only after confirmed health", "it is %lld beside release %d",
			  (long long)t->counter, active);
	if (active && t->counter > (int64_t)highest->counter)
		sim_break(s, "the counter is raised only after confirmed health", "it is %lld beside release %d",
			  (long long)t->counter, active);
	if (t->installed[0] && active && !confirmed && release_of(s, t->installed) != active)
		sim_break(s, "the counter is raised only after confirmed health", "%s is installed beside release %d",
			  t->installed, active);
}

/* Once the boot loader may start the older release, the grant is spent, whatever comes of it. */
static void check_grant(struct sim *s, const struct told *t)
{
	int active = promises_release_in(s, t->boot.active);
	bool switched = t->boot.trying || (active && active == s->scenario->offer);
	if (s->scenario->granted && switched && !t->grant_used)
		sim_break(s, "a grant is used up before the switch", "it could be used again");
}

static void check_rest(struct sim *s, const struct told *t)
{
	const struct update_state *u = &t->update;
	const struct sim_service *v = &s->service;
	if (u->step == UPDATE_CONFIRMED) {
		if (t->boot.active != u->slot || strcmp(t->installed, u->release.version) != 0 ||
		    t->counter < (int64_t)u->release.counter)
			sim_break(s, "state is recorded after what it claims",
				  "confirmed, and %s is installed, counter %lld", t->installed, (long long)t->counter);
		bool ours = release_of(s, u->release.version) == s->scenario->offer;
		if (ours && !v->confirmed && !t->statements)
			sim_break(s, "a statement is kept until the service has it", "confirmed, and nobody is told");
	}
	if (u->step == UPDATE_REVERTED) {
		if (!strstr(t->blocked, u->failed_version))
			sim_break(s, "state is recorded after what it claims", "reverted, and %s is not blocked",
				  u->failed_version);
		if (u->told && !v->reverted && !t->statements)
			sim_break(s, "a statement is kept until the service has it", "reverted, and nobody is told");
	}
}

static void check_claims(struct sim *s, const struct told *t)
{
	const struct update_state *u = &t->update;
	if (!t->has_update)
		return;
	int release = release_of(s, u->release.version);
	uint64_t n = u->step == UPDATE_FETCHING				       ? u->written
		     : u->step == UPDATE_WRITTEN || u->step == UPDATE_VERIFIED ? u->release.length
									       : 0;
	bool believed = u->step != UPDATE_VERIFIED && s->service.corrupted; /* not hashed yet: it may be wrong */
	if (n && !believed && !holds(s, u->slot, release, n))
		sim_break(s, "state is recorded after what it claims", "%s, and the first %llu bytes are not there",
			  update_step_name(u->step), (unsigned long long)n);
	if (u->step == UPDATE_FETCHING && t->boot.image[u->slot].bytes)
		sim_break(s, "state is recorded after what it claims", "fetching into a slot that could be booted");
	bool may_be_lost = s->disk->fat != DISK_NONE; /* FAT can lose the entry of the trial: it is switched to again */
	if ((u->step == UPDATE_SWITCHED || u->step == UPDATE_TRYING) && !may_be_lost && !t->boot.image[u->slot].bytes)
		sim_break(s, "state is recorded after what it claims", "%s, and the record knows nothing of it",
			  update_step_name(u->step));
	check_rest(s, t);
}

/* What the service was told must be so on the disk already: power may fail right after. */
static void check_told(struct sim *s, const struct told *t)
{
	const struct sim_service *v = &s->service;
	if (v->bad)
		sim_break(s, "nothing half-written is believed", "the service got %u bad envelopes", v->bad);
	if (v->confirmed && promises_release_in(s, t->boot.active) != s->scenario->offer)
		sim_break(s, "nothing is told before it is true", "\"confirmed\" was told");
	if (v->confirmed && v->without_health)
		sim_break(s, "a confirmation carries its health checks", "the first one had none");
	if (v->reverted && !strstr(t->blocked, v->failed_version))
		sim_break(s, "nothing is told before it is true", "\"reverted\" was told, and %s is not blocked",
			  v->failed_version);
	if (v->receipts && (t->has_key || t->has_personal))
		sim_break(s, "nothing is told before it is true", "erased data is there again");
}

static void check_erasure(struct sim *s, const struct told *t)
{
	if (!s->scenario->erases)
		return;
	if (!t->erasing && t->has_key != t->has_personal)
		sim_break(s, "personal data is whole, or erased with a receipt", "half of it is there");
	if (!t->erasing && !t->has_key && !t->receipts && !s->service.receipts)
		sim_break(s, "personal data is whole, or erased with a receipt", "it is gone without a receipt");
	if (!s->service.alerts && !t->alerts)
		sim_break(s, "a statement is kept until the service has it", "the alert is lost");
}

void promises_check(struct sim *s)
{
	struct told t;
	read_all(s, &t);
	if (s->broken)
		return;
	check_slots(s, &t);
	check_counter(s, &t);
	check_grant(s, &t);
	check_claims(s, &t);
	check_told(s, &t);
	check_erasure(s, &t);
}

/* Bytes of a file with its header, from the segment on that begins at `written`. */
static uint64_t rest_of(const struct maker_file *f, uint64_t written)
{
	uint64_t n = f->t->header_bytes;
	for (uint32_t i = (uint32_t)(written >> f->t->segment_log2); i < f->t->segments_n; i++)
		n += f->t->segments[i].frame.length;
	for (uint32_t g = 0; g < f->t->groups_n; g++) /* one of them may be needed for a segment in its middle */
		n += f->t->groups[g].frame.length;
	return n;
}

uint64_t promises_left(struct sim *s)
{
	struct told t;
	const struct maker_release *r = &s->maker->releases[s->scenario->offer];
	if (!s->scenario->offer)
		return 0;
	const struct maker_file *f = r->patch.content.len ? &r->patch : &r->full;
	read_all(s, &t);
	const struct update_state *u = &t.update;
	if (s->scenario->corrupt_image) /* all of it again */
		return 2 * rest_of(f, 0);
	if (s->scenario->fail_image) /* the header again */
		return rest_of(f, 0) + f->t->header_bytes;
	if (!t.has_update || u->step < UPDATE_FETCHING || release_of(s, u->release.version) != s->scenario->offer)
		return rest_of(f, 0);
	return u->step == UPDATE_FETCHING ? rest_of(f, u->written) : 0;
}

static void check_finished(struct sim *s, const struct told *t)
{
	const struct sim_scenario *sc = s->scenario;
	const struct maker_release *end = &s->maker->releases[sim_end(s)];
	bool failed = sc->offer && sim_end(s) == sc->from;
	if (t->boot.trying || promises_release_in(s, t->boot.active) != sim_end(s) || t->boot.booted != t->boot.active)
		sim_break(s, "the device can finish", "it ends in slot %c", bootctl_letter(t->boot.booted));
	if (strcmp(t->installed, end->version) != 0 || t->counter != (int64_t)end->counter)
		sim_break(s, "the device can finish", "%s is installed, counter %lld", t->installed,
			  (long long)t->counter);
	struct bytes policy = content_of(s, "state/policy.json");
	if (!bytes_equal(policy, buf_view(&end->policy)))
		sim_break(s, "the device can finish", "with the policy of another release");
	if (s->service.confirmed + s->service.reverted > 1 + s->cuts || s->service.alerts > 1 + s->cuts)
		sim_break(s, "what was told is told again only after a cut", "%u and %u statements, %u alerts",
			  s->service.confirmed, s->service.reverted, s->service.alerts);
	if (t->prepared)
		sim_break(s, "the device can finish", "a prepared statement is left");
	if (t->statements || t->receipts || t->alerts)
		sim_break(s, "the device can finish", "the outbox is not empty");
	if (failed != (strstr(t->blocked, s->maker->releases[sc->offer].version) != NULL && sc->offer))
		sim_break(s, "a failed version is blocked, and no other", "blocked: %s", t->blocked);
	if (failed && s->service.confirmed)
		sim_break(s, "nothing is told before it is true", "\"confirmed\" was told of a release that failed");
	if (!failed && s->service.reverted)
		sim_break(s, "a good release is not given up", "\"reverted\" was told");
	if (sc->erases && (t->has_key || t->has_personal || t->erasing))
		sim_break(s, "the device can finish", "the erasure did not");
}

void promises_check_end(struct sim *s)
{
	uint8_t *lost = calloc(s->disk->ops_n + 1, 1);
	struct disk *all = s->disk;
	struct told t;
	if (!lost)
		abort();
	s->disk = disk_crash(all, lost, 0);
	promises_check(s);
	if (!s->broken) {
		read_all(s, &t);
		check_finished(s, &t);
	}
	disk_free(s->disk);
	s->disk = all;
	free(lost);
}
