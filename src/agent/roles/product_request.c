/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that looks into bytes from a product's program. */
#include "agent/roles/product_request.h"

#include "core/base/cur.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

static bool get_flag(struct cur *c)
{
	uint8_t v = cur_u8(c);
	if (v > 1)
		c->bad = true;
	return v == 1;
}

/* A text that may end up in a log line, a fact or a file of ours. */
static void get_text(struct cur *c, char *out, size_t size)
{
	channel_get_text(c, out, size);
	if (!c->bad && !name_utf8_ok(out, strlen(out)))
		c->bad = true;
}

static void get_name(struct cur *c, char out[NAME_MAX_CHARS + 1])
{
	channel_get_text(c, out, NAME_MAX_CHARS + 1);
	if (!c->bad && !name_ok(out))
		c->bad = true;
}

static void get_fields(struct cur *c, struct product_request *q)
{
	switch (q->kind) {
	case PRODUCT_HEALTH:
		q->flag = get_flag(c);
		get_text(c, q->text, sizeof q->text);
		return;
	case PRODUCT_BUSY:
		q->flag = get_flag(c);
		q->seconds = cur_u32(c);
		if (q->seconds == 0 || q->seconds > PRODUCT_BUSY_MAX_S)
			q->seconds = PRODUCT_BUSY_MAX_S;
		get_text(c, q->text, PRODUCT_WHY_MAX + 1);
		return;
	case PRODUCT_METERED:
		q->flag = get_flag(c);
		return;
	case PRODUCT_POWER:
		q->percent = cur_u8(c);
		q->flag = get_flag(c);
		if (q->percent > 100 && q->percent != PRODUCT_POWER_UNKNOWN)
			c->bad = true;
		return;
	case PRODUCT_STORE:
		get_name(c, q->name);
		q->data = cur_take(c, cur_left(c));
		if (q->data.n > PRODUCT_RECORD_MAX)
			c->bad = true;
		return;
	case PRODUCT_READ:
	case PRODUCT_REMOVE:
		get_name(c, q->name);
		return;
	case PRODUCT_CHECK:
		get_text(c, q->from, sizeof q->from);
		channel_get_text(c, q->password, sizeof q->password);
		return;
	}
	c->bad = true;
}

bool product_request_decode(struct bytes message, struct product_request *ret)
{
	struct cur c = cur_of(message);
	*ret = (struct product_request){.kind = (enum product_kind)cur_u16(&c)};
	get_fields(&c, ret);
	return cur_ok(&c);
}
