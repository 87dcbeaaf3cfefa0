/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate. It answers for one thing: a wave goes only on evidence, and a bad release stops before it hurts. Starts
 * from "nothing happens"; each decision says what it rests on in words that a tired person understands. What the
 * members are and how decisions are kept is rollout_db.c.
 */
#include "fleet/rollout/rollout.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/bytes.h"
#include "core/model/statement.h"
#include "fleet/rollout/eprocess.h"
#include "core/base/banned.h"

static const char *const state_names[] = {"running", "paused", "halted", "aborted", "complete"};
static const char *const outcome_names[] = {"waiting", "offered", "confirmed", "reverted", "unhealthy", "silent"};
static const char *const decision_names[] = {"started",	  "next-wave", "halt-small", "halt-rate",
					     "halt-gate", "complete",  "person"};

const char *rollout_state_name(enum rollout_state s)
{
	return state_names[s];
}

const char *rollout_outcome_name(enum rollout_outcome o)
{
	return outcome_names[o];
}

const char *rollout_decision_name(enum rollout_decision_kind k)
{
	return decision_names[k];
}

bool rollout_state_parse(const char *name, enum rollout_state *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum rollout_state)i;
			return true;
		}
	return false;
}

bool rollout_outcome_parse(const char *name, enum rollout_outcome *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(outcome_names); i++)
		if (strcmp(name, outcome_names[i]) == 0) {
			*ret = (enum rollout_outcome)i;
			return true;
		}
	return false;
}

bool rollout_outcome_failed(enum rollout_outcome o)
{
	return o == ROLLOUT_REVERTED || o == ROLLOUT_UNHEALTHY || o == ROLLOUT_SILENT;
}

static const struct statement_health *first_bad(const struct statement_boot *s)
{
	for (size_t i = 0; i < s->health_n; i++)
		if (!s->health[i].ok)
			return &s->health[i];
	return NULL;
}

bool rollout_judge(const struct statement_boot *s, const char *version, enum rollout_outcome *ret,
		   char detail[ROLLOUT_DETAIL_SIZE])
{
	bool reverted = s->outcome == STATEMENT_REVERTED;
	if (strcmp(reverted ? s->failed_version : s->version, version) != 0)
		return false;
	const struct statement_health *bad = first_bad(s);
	*ret = reverted ? ROLLOUT_REVERTED : bad ? ROLLOUT_UNHEALTHY : ROLLOUT_CONFIRMED;
	detail[0] = 0;
	if (bad)
		(void)snprintf(detail, ROLLOUT_DETAIL_SIZE, "health check %s%s%s", bad->id, bad->detail[0] ? ": " : "",
			       bad->detail);
	return true;
}

void rollout_rule_init(struct rollout_rule *r)
{
	*r = (struct rollout_rule){
		.waves = {{.percent = true, .reach = 100}},
		.waves_n = 1,
		.tolerated = 0.02,
		.false_halt = 0.01,
		.gate_percent = 90,
		.silence_s = 3600,
		.join_s = SECONDS_PER_DAY,
		.in_flight_max = 100,
	};
}

static bool wave_parse(const char *text, size_t n, struct rollout_wave *ret)
{
	uint64_t v = 0;
	size_t i = 0;
	for (; i < n && text[i] >= '0' && text[i] <= '9' && v <= 10000000; i++)
		v = v * 10 + (uint64_t)(text[i] - '0');
	bool percent = i + 1 == n && text[i] == '%';
	if (i == 0 || (i != n && !percent) || v == 0 || v > (percent ? 100 : 10000000))
		return false;
	*ret = (struct rollout_wave){percent, (uint32_t)v};
	return true;
}

rc rollout_waves_parse(const char *text, struct rollout_rule *r, struct err *e)
{
	struct rollout_rule next = *r;
	next.waves_n = 0;
	for (const char *p = text;;) {
		size_t n = strcspn(p, ",");
		if (next.waves_n == ROLLOUT_WAVES_MAX)
			return err_set(e, ERR_LIMIT, "waves: more than %d", ROLLOUT_WAVES_MAX);
		if (!wave_parse(p, n, &next.waves[next.waves_n++])) {
			(void)err_set(e, ERR_INPUT, "waves: \"%.16s\" is neither a count nor a percentage", p);
			return err_hint(e,
					"for example 1,10%%,100%% (how far each wave reaches, counted from the start)");
		}
		if (!p[n])
			break;
		p += n + 1;
	}
	rc ok = rollout_rule_check(&next, e);
	if (rc_ok(ok))
		*r = next;
	return ok;
}

rc rollout_rule_check(const struct rollout_rule *r, struct err *e)
{
	if (r->waves_n == 0 || r->waves_n > ROLLOUT_WAVES_MAX)
		return err_set(e, ERR_INPUT, "waves: 1 to %d are needed", ROLLOUT_WAVES_MAX);
	for (size_t i = 1; i < r->waves_n; i++) {
		bool same = r->waves[i].percent == r->waves[i - 1].percent;
		if ((same && r->waves[i].reach <= r->waves[i - 1].reach) ||
		    (!r->waves[i].percent && r->waves[i - 1].percent))
			return err_set(e, ERR_INPUT, "waves: wave %zu does not reach further than the one before",
				       i + 1);
	}
	const struct rollout_wave *last = &r->waves[r->waves_n - 1];
	if (!last->percent || last->reach != 100)
		return err_set(e, ERR_INPUT,
			       "waves: the last must be 100%%, or some devices would never get the release");
	if (!(r->tolerated > 0 && r->tolerated < 0.5) || !(r->false_halt > 0 && r->false_halt < 0.5))
		return err_set(e, ERR_INPUT, "tolerated failures and false halts must lie between 0 and 50 %%");
	if (r->gate_percent < 50 || r->gate_percent > 100)
		return err_set(e, ERR_INPUT, "gate: 50 to 100 %% of a wave must confirm");
	if (r->silence_s < 1 || r->join_s < 1 || r->in_flight_max < 1)
		return err_set(e, ERR_INPUT, "deadlines and the number in flight must be at least 1");
	return RC_OK;
}

static uint32_t reach_of(const struct rollout_wave *w, uint32_t members)
{
	if (!w->percent)
		return w->reach < members ? w->reach : members;
	uint64_t up = ((uint64_t)members * w->reach + 99) / 100; /* rounded up: 10 % of 5 devices is one device */
	return (uint32_t)up;
}

size_t rollout_wave_of(const struct rollout_rule *r, uint32_t place, uint32_t members)
{
	for (size_t w = 0; w + 1 < r->waves_n; w++)
		if (place < reach_of(&r->waves[w], members))
			return w;
	return r->waves_n - 1;
}

uint32_t rollout_needed(const struct rollout_rule *r, uint32_t members)
{
	return (uint32_t)(((uint64_t)members * r->gate_percent + 99) / 100);
}

bool rollout_offers(const struct rollout_view *v, size_t wave, enum rollout_outcome o)
{
	if (v->state != ROLLOUT_RUNNING || wave > v->wave)
		return false;
	if (o == ROLLOUT_OFFERED || o == ROLLOUT_SILENT) /* asked again; a silent one may still make it */
		return true;
	uint32_t in_flight = 0;
	for (size_t w = 0; w < v->rule.waves_n; w++)
		in_flight += v->waves[w].in_flight;
	return o == ROLLOUT_WAITING && in_flight < v->rule.in_flight_max;
}

static void say(struct rollout_decision *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct rollout_decision *d, const char *fmt, ...)
{
	size_t at = strlen(d->text);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(d->text + at, sizeof d->text - at, fmt, ap);
	va_end(ap);
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

static void say_failures(struct rollout_decision *d, const struct rollout_view *v)
{
	static const char *const words[ROLLOUT_OUTCOME_COUNT] = {
		[ROLLOUT_REVERTED] = "went back to its previous version",
		[ROLLOUT_UNHEALTHY] = "runs it but is not healthy",
		[ROLLOUT_SILENT] = "was offered it and has been silent since",
	};
	for (size_t i = 0; i < v->failures_n; i++) {
		const struct rollout_failure *f = &v->failures[i];
		const char *word = words[f->outcome];
		say(d, " %s %s%s%s%s.", f->device, word ? word : "failed", f->detail[0] ? " (" : "", f->detail,
		    f->detail[0] ? ")" : "");
	}
}

static void halt(const struct rollout_view *v, enum rollout_decision_kind kind, struct rollout_decision *d)
{
	const struct rollout_counts *c = &v->waves[v->wave];
	d->kind = kind;
	d->state = ROLLOUT_HALTED;
	say(d, "Halted in wave %zu of %zu: ", v->wave + 1, v->rule.waves_n);
	if (kind == ROLLOUT_HALT_SMALL)
		say(d, "%u of %u device%s failed, and in a wave of at most %d devices any failure halts.", c->failed,
		    c->members, plural(c->members), ROLLOUT_SMALL_WAVE);
	else if (kind == ROLLOUT_HALT_RATE)
		say(d,
		    "%u of %u devices that reported have failed. If the release were healthy (at most %.3g %% "
		    "failing), "
		    "evidence this strong would turn up in fewer than %.3g %% of rollouts.",
		    d->failed, d->reports, 100 * v->rule.tolerated, 100 * v->rule.false_halt);
	else
		say(d, "%u of %u devices failed, so the %u confirmations that the next step needs cannot be reached.",
		    c->failed, c->members, d->needed);
	say_failures(d, v);
	say(d, " No further device is offered %s.", v->version);
}

/* The wave passed its gate: the next one, or the end. */
static void advance(const struct rollout_view *v, uint32_t confirmed, uint32_t asked, struct rollout_decision *d)
{
	bool last = v->wave + 1 == v->rule.waves_n;
	say(d, "Wave %zu of %zu passed: %u of %u device%s booted %s and reported every health check good (%u needed).",
	    v->wave + 1, v->rule.waves_n, confirmed, asked, plural(asked), v->version, d->needed);
	if (last) {
		d->kind = ROLLOUT_DONE;
		d->state = ROLLOUT_COMPLETE;
		say(d, " The rollout is complete.");
		return;
	}
	uint32_t next = v->waves[v->wave + 1].members;
	d->kind = ROLLOUT_NEXT_WAVE;
	d->wave = v->wave + 1;
	say(d, " Wave %zu opens for %u more device%s.", d->wave + 1, next, plural(next));
}

/* Does the open wave meet its gate, can it still, or is it too early to say? */
static bool decide_gate(const struct rollout_view *v, struct wall_time now, struct rollout_decision *d)
{
	const struct rollout_counts *c = &v->waves[v->wave];
	bool last = v->wave + 1 == v->rule.waves_n;
	bool joined = now.s - v->wave_time.s > (int64_t)v->rule.join_s;
	/* Devices in a drawer do not hold up the rest; but with no evidence at all nothing moves. */
	uint32_t asked = joined ? c->members - c->waiting : c->members;
	d->needed = rollout_needed(&v->rule, asked);
	if (c->failed > asked - d->needed) {
		halt(v, ROLLOUT_HALT_GATE, d);
		return true;
	}
	if (c->members > 0 && (c->confirmed == 0 || c->confirmed < d->needed))
		return false;
	/* The last wave ends when everybody asked has answered, not when enough have. */
	if (last && c->confirmed + c->failed < asked)
		return false;
	advance(v, c->confirmed, asked, d);
	return true;
}

bool rollout_decide(const struct rollout_view *v, struct wall_time now, struct rollout_decision *ret)
{
	if (v->state != ROLLOUT_RUNNING || v->wave >= v->rule.waves_n)
		return false;
	const struct rollout_counts *open = &v->waves[v->wave];
	struct rollout_decision d = {.state = v->state, .wave = v->wave};
	for (size_t w = 0; w < v->rule.waves_n; w++) {
		d.confirmed += v->waves[w].confirmed;
		d.failed += v->waves[w].failed;
	}
	d.reports = d.confirmed + d.failed;
	d.needed = rollout_needed(&v->rule, open->members);
	d.log_e = eprocess_log(d.reports, d.failed, v->rule.tolerated);
	bool decided = true;
	if (open->failed > 0 && open->members <= ROLLOUT_SMALL_WAVE)
		halt(v, ROLLOUT_HALT_SMALL, &d);
	else if (eprocess_stops(d.reports, d.failed, v->rule.tolerated, v->rule.false_halt))
		halt(v, ROLLOUT_HALT_RATE, &d);
	else
		decided = decide_gate(v, now, &d);
	if (decided)
		*ret = d;
	return decided;
}

rc rollout_person(const struct rollout_view *v, enum rollout_verb verb, const char *who, const char *note,
		  struct rollout_decision *ret, struct err *e)
{
	static const struct {
		const char *verb, *done;
		enum rollout_state to;
		unsigned from; /* bits of enum rollout_state */
	} rows[] = {
		[ROLLOUT_PAUSE] = {"pause", "Paused", ROLLOUT_PAUSED, 1u << ROLLOUT_RUNNING},
		[ROLLOUT_RESUME] = {"resume", "Resumed", ROLLOUT_RUNNING, 1u << ROLLOUT_PAUSED | 1u << ROLLOUT_HALTED},
		[ROLLOUT_ABORT] = {"abort", "Aborted for good", ROLLOUT_ABORTED,
				   1u << ROLLOUT_RUNNING | 1u << ROLLOUT_PAUSED | 1u << ROLLOUT_HALTED},
	};
	if (!(rows[verb].from & 1u << v->state))
		return err_set(e, ERR_WRONG_STATE, "a rollout that is %s cannot be told to %s", state_names[v->state],
			       rows[verb].verb);
	bool despite = verb == ROLLOUT_RESUME && v->state == ROLLOUT_HALTED;
	if (despite && !note[0]) {
		(void)err_set(e, ERR_DENIED, "the rollout stopped itself; resuming needs a reason");
		return err_hint(e, "say why the failures do not speak against the release");
	}
	struct rollout_decision d = {.kind = ROLLOUT_BY_PERSON, .state = rows[verb].to, .wave = v->wave};
	for (size_t w = 0; w < v->rule.waves_n; w++) {
		d.confirmed += v->waves[w].confirmed;
		d.failed += v->waves[w].failed;
	}
	d.reports = d.confirmed + d.failed;
	say(&d, "%s by %s.", rows[verb].done, who);
	if (despite)
		say(&d, " The %u failure%s so far no longer count%s.", d.failed, plural(d.failed),
		    d.failed == 1 ? "s" : "");
	if (note[0])
		say(&d, " Reason given: %.300s", note);
	*ret = d;
	return RC_OK;
}
