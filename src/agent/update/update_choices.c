/* SPDX-License-Identifier: Apache-2.0 */
/* state/update-choices.json: what the owner chose. A file of its own: it outlives what is remembered of any release. */
#include "agent/update/update_plan.h"

#include "core/codec/json.h"
#include "core/base/banned.h"

#define WHAT "update choices"
#define HOUR_MAX 23

rc update_choices_decode(struct bytes text, struct update_choices *ret, struct err *e)
{
	static const char *const keys[] = {"v", "automatic", "window_from", "window_to", NULL};
	JSON_AUTO json_t *j = NULL;
	const char *word = NULL;
	int64_t v = 0, from = 0, to = 0;
	struct update_choices c = {0};
	rc r = json_codec_parse(text, UPDATE_CHOICES_MAX, WHAT, &j, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(j, WHAT, keys, e)) ||
	    rc_failed(r = json_codec_int(j, WHAT, "v", 1, 1, &v, e)) ||
	    rc_failed(r = json_codec_text(j, WHAT, "automatic", 16, &word, e)) ||
	    rc_failed(r = json_codec_int(j, WHAT, "window_from", 0, HOUR_MAX, &from, e)) ||
	    rc_failed(r = json_codec_int(j, WHAT, "window_to", 0, HOUR_MAX, &to, e)))
		return r;
	if (!policy_automatic_parse(word, &c.automatic))
		return err_set(e, ERR_INPUT, WHAT ": \"automatic\" is all, security or off");
	c.window_from = (uint32_t)from;
	c.window_to = (uint32_t)to;
	*ret = c;
	return RC_OK;
}

rc update_choices_encode(const struct update_choices *c, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:s,s:I,s:I}", "v", 1, "automatic", policy_automatic_name(c->automatic), "window_from",
			  (json_int_t)c->window_from, "window_to", (json_int_t)c->window_to);
	return j ? json_codec_canonical(j, out, e) : err_set(e, ERR_MEMORY, WHAT ": out of memory");
}

/* Where the maker does not let the owner turn updates off, a choice of before says nothing about that. */
void update_choices_apply(const struct policy_update *limits, const struct update_choices *chosen,
			  struct update_choices *ret)
{
	*ret = (struct update_choices){limits->automatic, limits->window_from, limits->window_to};
	if (!chosen)
		return;
	if (limits->can_turn_off)
		ret->automatic = chosen->automatic;
	ret->window_from = chosen->window_from;
	ret->window_to = chosen->window_to;
}
