/* SPDX-License-Identifier: Apache-2.0 */
/* One object: what runs, what is under way, the plan with its reason in words, choices, limits, conditions. */
#include "agent/update/update_report.h"

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

/* A time as text, or null. */
static json_t *when(struct wall_time t)
{
	char text[RFC3339_TIME_SIZE];
	if (t.s <= 0)
		return json_null();
	rfc3339_time(t, text);
	return json_string(text);
}

static json_t *plan_of(const struct update_report *r)
{
	const struct update_release *rel = update_subject(r->update);
	const struct update_plan *p = &r->plan;
	if (!r->any || !rel)
		return json_null();
	json_t *j =
		json_pack("{s:s,s:b,s:b,s:s,s:s,s:o,s:I,s:I,s:b}", "version", rel->version, "security",
			  (int)rel->security, "now", (int)p->now, "reason", p->reason, "sentence",
			  reason_sentence(p->reason), "retry_at", when(p->retry_at), "length", (json_int_t)rel->length,
			  "written", (json_int_t)r->update->state.written, "media", (int)r->update->state.media);
	if (j && p->chosen)
		(void)json_object_set_new(
			j, "transfer",
			json_pack("{s:s,s:I,s:I,s:I,s:I}", "kind", update_plan_way_name(p->way.kind), "bytes",
				  (json_int_t)p->way.fetch_bytes, "bytes_at_most", (json_int_t)p->way.most_bytes,
				  "memory_bytes", (json_int_t)p->way.memory_bytes, "seconds", (json_int_t)p->seconds));
	return j;
}

bool update_report_postpone(const struct update_report *r, uint32_t *ret_left, struct wall_time *ret_until)
{
	const struct update_release *rel = update_subject(r->update);
	const struct update_wishes *w = &r->update->state.wishes;
	const struct policy_update *l = &r->world->limits;
	*ret_left = 0;
	*ret_until = (struct wall_time){0};
	if (!rel || !l->can_postpone || r->world->clock != UPDATE_CLOCK_GOOD || strcmp(w->seen, rel->version) != 0)
		return false;
	*ret_until = update_plan_postpone_end(l, w, rel->security);
	*ret_left = w->postponed_times < l->postpone_times ? l->postpone_times - w->postponed_times : 0;
	return *ret_left > 0 && ret_until->s > r->now.s;
}

static json_t *postpone_of(const struct update_report *r)
{
	uint32_t left;
	struct wall_time until;
	bool may = update_report_postpone(r, &left, &until);
	return json_pack("{s:b,s:I,s:o,s:o}", "possible", (int)may, "times_left", (json_int_t)left, "at_most_until",
			 when(until), "until", when(r->update->state.wishes.postponed_until));
}

static json_t *inhibitors_of(const struct update_report *r)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < r->inhibitors_n; i++)
		(void)json_array_append_new(list,
					    json_pack("{s:s,s:o,s:o}", "who", r->inhibitors[i].who, "why",
						      json_codec_printable(r->inhibitors[i].why), "until",
						      when((struct wall_time){r->now.s + r->inhibitors[i].left_s})));
	return list;
}

static json_t *conditions_of(const struct update_conditions *w)
{
	static const char *const powers[] = {"external", "battery", "unknown"};
	static const char *const clocks[] = {"good", "not-yet", "none"};
	return json_pack("{s:s,s:I,s:b,s:o,s:I,s:s,s:I}", "power", powers[w->power], "battery_percent",
			 (json_int_t)w->battery_percent, "metered", (int)(w->metered || w->limits.metered),
			 "memory_bytes", w->memory_known ? json_integer((json_int_t)w->memory_bytes) : json_null(),
			 "bytes_per_s", (json_int_t)w->bytes_per_s, "clock", clocks[w->clock], "utc_offset_s",
			 (json_int_t)w->utc_offset_s);
}

static json_t *choices_of(const struct update_conditions *w)
{
	return json_pack("{s:s,s:I,s:I,s:b}", "automatic", policy_automatic_name(w->choices.automatic), "window_from",
			 (json_int_t)w->choices.window_from, "window_to", (json_int_t)w->choices.window_to,
			 "can_turn_off", (int)w->limits.can_turn_off);
}

rc update_report_encode(const struct update_report *r, struct buf *out, struct err *e)
{
	const struct update_state *s = &r->update->state;
	char slot[2] = {r->slot, 0};
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:o,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s}", "v", 1, "time",
			  when(r->now), "version", r->version, "counter", (json_int_t)r->counter, "slot", slot, "step",
			  update_step_name(s->step), "reason", *s->reason ? s->reason : "none", "sentence",
			  reason_sentence(*s->reason ? s->reason : "none"), "failed_version", s->failed_version,
			  "changed_at", when(s->changed_at), "support_end", when(r->support_end), "plan", plan_of(r),
			  "postpone", postpone_of(r), "choices", choices_of(r->world), "inhibitors", inhibitors_of(r),
			  "conditions", conditions_of(r->world), "media", r->media);
	if (!j)
		return err_set(e, ERR_MEMORY, "report of updates: out of memory");
	return json_codec_canonical(j, out, e);
}
