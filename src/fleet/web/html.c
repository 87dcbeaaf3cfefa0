/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people and programs read them. Pure. */
#include "fleet/web/html.h"

#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static void put_day(struct buf *out, const char *iso)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int month = (iso[5] - '0') * 10 + (iso[6] - '0');
	buf_putf(out, "%.*s %s %.4s", 2 - (iso[8] == '0'), iso + 8 + (iso[8] == '0'), months[(month + 11) % 12], iso);
}

void html_time(struct buf *out, struct wall_time t)
{
	char iso[RFC3339_TIME_SIZE];
	if (t.s == 0) {
		buf_put_text(out, "never");
		return;
	}
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%s\">", iso);
	put_day(out, iso);
	buf_putf(out, ", %.5s UTC</time>", iso + 11);
}

void html_date(struct buf *out, struct wall_time t)
{
	char iso[RFC3339_TIME_SIZE];
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%.10s\">", iso);
	put_day(out, iso);
	buf_put_text(out, "</time>");
}

void html_ago(struct buf *out, struct wall_time t, struct wall_time now)
{
	static const struct {
		int64_t s;
		const char *one, *many;
	} units[] = {{SECONDS_PER_DAY, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}};
	char iso[RFC3339_TIME_SIZE];
	if (t.s == 0) {
		buf_put_text(out, "never");
		return;
	}
	rfc3339_time(t, iso);
	buf_putf(out, "<time datetime=\"%s\" title=\"%s\">", iso, iso);
	int64_t age = now.s - t.s;
	size_t i = 0;
	while (i < ARRAY_LEN(units) && age < units[i].s)
		i++;
	if (i == ARRAY_LEN(units))
		buf_put_text(out, "just now");
	else
		buf_putf(out, "%lld %s ago", (long long)(age / units[i].s),
			 age / units[i].s == 1 ? units[i].one : units[i].many);
	buf_put_text(out, "</time>");
}
