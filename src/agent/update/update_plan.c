/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would this release be installed now? A list of questions, the first that objects gives the reason. What is wrong with
 * the release itself comes first, then what people decided, then how the device is doing.
 */
#include "agent/update/update_plan.h"

#include "core/base/banned.h"

#define HOUR_S 3600

static const char *const way_names[UPDATE_WAY_COUNT] = {"full", "patch", "blocks"};

const char *update_plan_way_name(enum update_way_kind k)
{
	return k < UPDATE_WAY_COUNT ? way_names[k] : "full";
}

/* ---- the way ---- */

uint32_t update_plan_seconds(const struct update_way *w, uint64_t bytes_per_s)
{
	if (bytes_per_s == 0)
		return 0;
	uint64_t s = w->fetch_bytes / bytes_per_s + w->work_s + 1;
	return s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
}

static bool fits(const struct update_conditions *w, const struct update_way *way)
{
	uint64_t allowed = (uint64_t)w->limits.memory_mib * MIB;
	return (!w->memory_known || way->memory_bytes <= w->memory_bytes) && (!allowed || way->memory_bytes <= allowed);
}

static bool better(const struct update_way *a, const struct update_way *b, uint64_t bytes_per_s)
{
	uint32_t as = update_plan_seconds(a, bytes_per_s), bs = update_plan_seconds(b, bytes_per_s);
	if (a->fetch_bytes != b->fetch_bytes)
		return a->fetch_bytes < b->fetch_bytes;
	if (as != bs)
		return as < bs;
	if (a->memory_bytes != b->memory_bytes)
		return a->memory_bytes < b->memory_bytes;
	return a->kind < b->kind;
}

/* What any way may cost: 1 % more than the whole image. */
static uint64_t most_bytes(const struct update_way *ways, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ways[i].kind == UPDATE_WAY_FULL)
			return ways[i].fetch_bytes + ways[i].fetch_bytes / 100 < ways[i].fetch_bytes
				       ? UINT64_MAX
				       : ways[i].fetch_bytes + ways[i].fetch_bytes / 100;
	return UINT64_MAX;
}

bool update_plan_choose(const struct update_conditions *w, const struct update_way *ways, size_t n,
			struct update_way *ret)
{
	const struct update_way *best = NULL;
	uint64_t most = most_bytes(ways, n);
	uint32_t fastest = UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		uint32_t s = update_plan_seconds(&ways[i], w->bytes_per_s);
		if (fits(w, &ways[i]) && ways[i].fetch_bytes <= most && s < fastest)
			fastest = s;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t s = update_plan_seconds(&ways[i], w->bytes_per_s);
		if (fits(w, &ways[i]) && ways[i].fetch_bytes <= most && s - fastest <= UPDATE_SLOWER_MAX_S &&
		    (!best || better(&ways[i], best, w->bytes_per_s)))
			best = &ways[i];
	}
	if (best)
		*ret = *best;
	return best != NULL;
}

/* ---- times ---- */

struct wall_time update_plan_window(const struct update_choices *c, int32_t utc_offset_s, struct wall_time now)
{
	int64_t from = (int64_t)c->window_from * HOUR_S, to = (int64_t)c->window_to * HOUR_S;
	if (from == to)
		return now;
	int64_t second = (now.s + utc_offset_s) % SECONDS_PER_DAY;
	if (second < 0)
		second += SECONDS_PER_DAY;
	bool open = from < to ? second >= from && second < to : second >= from || second < to;
	int64_t ahead = from - second;
	return open ? now : (struct wall_time){now.s + (ahead > 0 ? ahead : ahead + SECONDS_PER_DAY)};
}

struct wall_time update_plan_postpone_end(const struct policy_update *limits, const struct update_wishes *wishes,
					  bool security)
{
	uint32_t days = security ? limits->postpone_security_days : limits->postpone_days;
	return (struct wall_time){wishes->seen_at.s + (int64_t)days * SECONDS_PER_DAY};
}

/* ---- the questions ---- */

static struct wall_time soon(const struct update_question *q)
{
	return (struct wall_time){q->now.s + q->world->retry_s};
}

static bool is(const char *version, const struct update_question *q)
{
	return *version && strcmp(version, q->release->version) == 0;
}

static bool asked(const struct update_question *q)
{
	return is(q->wishes->asked, q);
}

/* Each: false and, in the plan, why and until when; true: no objection. */
static bool object(struct update_plan *p, const char *reason, struct wall_time retry_at)
{
	p->reason = reason;
	p->retry_at = retry_at;
	return false;
}

static bool release_good(const struct update_question *q, struct update_plan *p)
{
	const struct wall_time never = {0};
	for (size_t i = 0; i < q->world->blocked_n; i++)
		if (is(q->world->blocked[i], q))
			return object(p, "blocked-version", never);
	if (q->release->length == 0 || q->release->full.bytes == 0)
		return object(p, "target-length", never);
	if (q->release->length > q->slot_bytes)
		return object(p, "no-space", never);
	return true;
}

static bool automatic(const struct update_question *q)
{
	switch (q->world->choices.automatic) {
	case POLICY_AUTO_ALL:
		return true;
	case POLICY_AUTO_SECURITY:
		return q->release->security;
	case POLICY_AUTO_OFF:
	case POLICY_AUTO_COUNT:
		break;
	}
	return false;
}

static bool people_agree(const struct update_question *q, struct update_plan *p)
{
	if (asked(q))
		return true;
	if (is(q->wishes->cancelled, q))
		return object(p, "cancelled", (struct wall_time){0});
	if (is(q->wishes->seen, q) && q->world->clock != UPDATE_CLOCK_NONE) {
		/* A clock that went back must not make it longer than anybody allowed. */
		struct wall_time end = update_plan_postpone_end(&q->world->limits, q->wishes, q->release->security);
		struct wall_time until = q->wishes->postponed_until.s < end.s ? q->wishes->postponed_until : end;
		if (q->now.s < until.s && q->now.s >= q->wishes->seen_at.s)
			return object(p, "postponed", until);
	}
	return automatic(q) || object(p, "consent", (struct wall_time){0});
}

static bool powered(const struct update_question *q, struct update_plan *p)
{
	const struct update_conditions *w = q->world;
	if (w->power == UPDATE_POWER_MAINS)
		return true;
	if (w->power == UPDATE_POWER_BATTERY && w->battery_percent >= w->limits.battery_percent)
		return true;
	return object(p, "battery", soon(q));
}

/*
 * What blocks will save is known when they were looked for, which costs at most 1 % of the whole: until then a share of
 * it is expected. Measured: a third to a fifth on security updates. What turns out to be more than the whole is left.
 */
#define BLOCKS_SHARE 3

static struct update_way known_way(enum update_way_kind kind, const struct update_transfer *file)
{
	return (struct update_way){kind, file->bytes, file->bytes, file->memory, 0};
}

static bool can_fetch(const struct update_question *q, struct update_plan *p)
{
	const struct update_conditions *w = q->world;
	const struct update_release *rel = q->release;
	struct update_way ways[UPDATE_WAY_COUNT] = {known_way(UPDATE_WAY_FULL, &rel->full)};
	size_t n = 1;
	if (rel->patch.bytes && !q->patch_failed && !q->full_only)
		ways[n++] = known_way(UPDATE_WAY_PATCH, &rel->patch);
	if (rel->blocks.bytes && !q->full_only)
		ways[n++] = (struct update_way){UPDATE_WAY_BLOCKS, rel->full.bytes / BLOCKS_SHARE,
						rel->full.bytes + rel->full.bytes / 100, rel->blocks.memory, 0};
	p->chosen = update_plan_choose(w, ways, n, &p->way);
	if (!p->chosen)
		return object(p, "memory", soon(q));
	p->seconds = update_plan_seconds(&p->way, w->bytes_per_s);
	uint64_t limit = (uint64_t)w->limits.metered_mib * MIB;
	bool costs = !q->media && (w->metered || w->limits.metered);
	if (costs && !q->release->security && !asked(q) && p->way.fetch_bytes > limit)
		return object(p, "metered", soon(q));
	return true;
}

/* A restart is what disturbs: nothing else waits for the night. */
static bool may_restart(const struct update_question *q, struct update_plan *p)
{
	const struct update_conditions *w = q->world;
	if (w->busy)
		return object(p, "busy", soon(q));
	if (asked(q) || w->choices.window_from == w->choices.window_to)
		return true;
	if (w->clock == UPDATE_CLOCK_NOT_YET)
		return object(p, "clock", soon(q));
	if (w->clock == UPDATE_CLOCK_NONE)
		return true;
	struct wall_time open = update_plan_window(&w->choices, w->utc_offset_s, q->now);
	return open.s <= q->now.s || object(p, "window", open);
}

void update_plan_make(const struct update_question *q, struct update_plan *ret)
{
	*ret = (struct update_plan){.reason = "none"};
	ret->now = release_good(q, ret) && people_agree(q, ret) && (q->fetched || can_fetch(q, ret)) &&
		   powered(q, ret) && (!q->fetched || may_restart(q, ret));
}
