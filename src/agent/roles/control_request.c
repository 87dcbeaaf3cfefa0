/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding requests of hallmarkctl. The sender is root or a member of the update group, and is checked all the same. */
#include "agent/roles/control_request.h"

#include "core/base/cur.h"
#include "core/base/names.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

bool control_request_is(struct bytes message)
{
	struct cur c = cur_of(message);
	uint16_t kind = cur_u16(&c);
	return !c.bad && kind >= CONTROL_STATUS && kind < CONTROL_KIND_END;
}

void control_request_put(const struct control_request *q, struct buf *out)
{
	buf_put_u16(out, (uint16_t)q->kind);
	if (q->kind == CONTROL_POSTPONE) {
		buf_put_u32(out, q->seconds);
	} else if (q->kind == CONTROL_INSTALL) {
		channel_put_text(out, q->folder);
	} else if (q->kind == CONTROL_CHOOSE) {
		buf_put_u8(out, q->choose_automatic ? (uint8_t)q->automatic : CONTROL_KEEP);
		buf_put_u8(out, q->choose_window ? (uint8_t)q->window_from : CONTROL_KEEP);
		buf_put_u8(out, q->choose_window ? (uint8_t)q->window_to : CONTROL_KEEP);
	} else if (q->kind == CONTROL_GRANT) {
		buf_put(out, q->grant);
	}
}

static void get_choices(struct cur *c, struct control_request *q)
{
	uint8_t automatic = cur_u8(c), from = cur_u8(c), to = cur_u8(c);
	q->choose_automatic = automatic != CONTROL_KEEP;
	q->choose_window = from != CONTROL_KEEP || to != CONTROL_KEEP;
	if ((q->choose_automatic && automatic >= POLICY_AUTO_COUNT) || (q->choose_window && (from > 23 || to > 23)))
		c->bad = true;
	q->automatic = q->choose_automatic && !c->bad ? (enum policy_automatic)automatic : POLICY_AUTO_ALL;
	q->window_from = q->choose_window ? from : 0;
	q->window_to = q->choose_window ? to : 0;
}

bool control_request_decode(struct bytes message, struct control_request *ret)
{
	struct cur c = cur_of(message);
	*ret = (struct control_request){.kind = (enum control_kind)cur_u16(&c)};
	switch (ret->kind) {
	case CONTROL_STATUS:
	case CONTROL_CHECK:
	case CONTROL_CANCEL:
		break;
	case CONTROL_POSTPONE:
		ret->seconds = cur_u32(&c);
		if (ret->seconds < CONTROL_POSTPONE_MIN_S || ret->seconds > CONTROL_POSTPONE_MAX_S)
			c.bad = true;
		break;
	case CONTROL_INSTALL:
		channel_get_text(&c, ret->folder, sizeof ret->folder);
		if (!c.bad && ret->folder[0] && strcmp(ret->folder, ".") != 0 && !name_path_ok(ret->folder))
			c.bad = true;
		break;
	case CONTROL_CHOOSE:
		get_choices(&c, ret);
		break;
	case CONTROL_GRANT:
		ret->grant = cur_take(&c, cur_left(&c));
		if (ret->grant.n == 0 || ret->grant.n > CONTROL_GRANT_MAX)
			c.bad = true;
		break;
	case CONTROL_KIND_END:
	default:
		c.bad = true;
	}
	return cur_ok(&c);
}
