/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the scheme data, looking up, and how a scheme stands on a day. The decoder is schemes_decode.c. */
#include "product/schemes.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "product/schemes_text.h"
#include "core/base/banned.h"

rc schemes_builtin(struct schemes_data **ret, struct err *e)
{
	rc r = schemes_decode(bytes_of(schemes_text, schemes_text_n), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "the schemes that are built in");
}

void schemes_free(struct schemes_data **d)
{
	if (!*d)
		return;
	for (size_t i = 0; i < SCHEMES_MAX; i++)
		mem_free((*d)->schemes[i].requirements);
	json_decref((*d)->root);
	mem_free(*d);
	*d = NULL;
}

uint64_t schemes_find(const struct schemes_data *d, const char *name)
{
	uint64_t found = 0;
	for (size_t t = 0; t < d->targets_n; t++)
		if (strcmp(name, schemes_target(d, t)->target) == 0 ||
		    strcmp(name, d->schemes[d->targets[t].scheme].id) == 0)
			found |= (uint64_t)1 << t;
	return found;
}

/* Dates may be as short as a year; a shorter one is earlier than each day in it, as texts and here. */
enum schemes_state schemes_state(const struct schemes_scheme *s, const struct schemes_level *l, struct wall_time day)
{
	char today[RFC3339_DATE_SIZE];
	rfc3339_date(day, today);
	if (s->standing == SCHEMES_CLOSED)
		return SCHEMES_STATE_CLOSED;
	if (s->standing == SCHEMES_UNSETTLED)
		return SCHEMES_STATE_UNSETTLED;
	if (l->until[0] && strcmp(l->until, today) <= 0)
		return SCHEMES_STATE_ENDED;
	return l->from[0] && strcmp(l->from, today) > 0 ? SCHEMES_STATE_TO_COME : SCHEMES_STATE_IN_FORCE;
}

void schemes_state_text(const struct schemes_scheme *s, const struct schemes_level *l, struct wall_time day,
			char ret[SCHEMES_STATE_SIZE])
{
	const char *join = l->until[0] ? ", until " : "";
	switch (schemes_state(s, l, day)) {
	case SCHEMES_STATE_CLOSED:
		(void)snprintf(ret, SCHEMES_STATE_SIZE, "closed");
		return;
	case SCHEMES_STATE_UNSETTLED:
		(void)snprintf(ret, SCHEMES_STATE_SIZE, "unsettled");
		return;
	case SCHEMES_STATE_ENDED:
		(void)snprintf(ret, SCHEMES_STATE_SIZE, "ended on %s", l->until);
		return;
	case SCHEMES_STATE_TO_COME:
		(void)snprintf(ret, SCHEMES_STATE_SIZE, "from %s%s%s", l->from, join, l->until);
		return;
	case SCHEMES_STATE_IN_FORCE:
		break;
	}
	(void)snprintf(ret, SCHEMES_STATE_SIZE, "in force%s%s%s%s", l->from[0] ? " since " : "", l->from, join,
		       l->until);
}

const char *schemes_mapping_name(enum schemes_mapping m)
{
	static const char *const names[SCHEMES_MAPPINGS] = {"full", "partial", "none", "unknown"};
	return (unsigned)m < SCHEMES_MAPPINGS ? names[m] : "";
}

const char *schemes_confidence_name(enum schemes_confidence c)
{
	static const char *const names[SCHEMES_CONFIDENCES] = {"read", "derived", "memory"};
	return (unsigned)c < SCHEMES_CONFIDENCES ? names[c] : "";
}

const char *schemes_kind_name(enum schemes_kind k)
{
	static const char *const names[SCHEMES_KINDS] = {"law", "label", "standard"};
	return (unsigned)k < SCHEMES_KINDS ? names[k] : "";
}

const char *schemes_effect_name(enum schemes_effect f)
{
	static const char *const names[SCHEMES_EFFECTS] = {"deemed", "counts-as", "exempts", "simplified"};
	return (unsigned)f < SCHEMES_EFFECTS ? names[f] : "";
}

const char *schemes_decider_name(enum schemes_decider d)
{
	switch (d) {
	case SCHEMES_SELF:
		return "self";
	case SCHEMES_LAB:
		return "lab";
	case SCHEMES_AUTHORITY:
		return "authority";
	}
	return "";
}
