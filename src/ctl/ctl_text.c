/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's report in words: one fact a line, names left, values right. A report that lacks something is an error. */
#include "ctl/ctl_text.h"

#include <stdio.h>

#include "core/base/units.h"
#include "core/base/banned.h"

#define TEXT_MAX 256
#define WHAT "report"

void ctl_text_bytes(int64_t n, char out[32])
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t u = 0;
	double v = (double)n;
	while (v >= 1024 && u + 1 < ARRAY_LEN(units)) {
		v /= 1024;
		u++;
	}
	(void)snprintf(out, 32, u && v < 100 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void line(struct buf *out, const char *name, const char *text)
{
	buf_putf(out, "  %-12s %s\n", name, text);
}

static rc text_line(struct buf *out, const char *name, const json_t *j, const char *key, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text_any(j, WHAT, key, TEXT_MAX, &text, e);
	if (rc_ok(r) && *text)
		line(out, name, text);
	return r;
}

/* A time, or nothing where there is null. */
static rc time_line(struct buf *out, const char *name, const json_t *j, const char *key, struct err *e)
{
	if (json_is_null(json_object_get(j, key)))
		return RC_OK;
	return text_line(out, name, j, key, e);
}

static rc transfer_line(const json_t *plan, struct buf *out, struct err *e)
{
	char bytes[32], memory[32], text[TEXT_MAX], most[64] = "", time[48] = "";
	const char *kind = NULL;
	int64_t n = 0, at_most = 0, m = 0, s = 0;
	json_t *t = NULL;
	if (!json_object_get(plan, "transfer"))
		return RC_OK;
	rc r = json_codec_object(plan, WHAT, "transfer", &t, e);
	if (rc_failed(r) || rc_failed(r = json_codec_text(t, WHAT, "kind", 16, &kind, e)) ||
	    rc_failed(r = json_codec_int(t, WHAT, "bytes", 0, INT64_MAX, &n, e)) ||
	    rc_failed(r = json_codec_int(t, WHAT, "bytes_at_most", n, INT64_MAX, &at_most, e)) ||
	    rc_failed(r = json_codec_int(t, WHAT, "memory_bytes", 0, INT64_MAX, &m, e)) ||
	    rc_failed(r = json_codec_int(t, WHAT, "seconds", 0, UINT32_MAX, &s, e)))
		return r;
	ctl_text_bytes(n, bytes);
	ctl_text_bytes(m, memory);
	if (at_most > n) {
		char limit[32];
		ctl_text_bytes(at_most, limit);
		(void)snprintf(most, sizeof most, " expected (%s at most)", limit);
	}
	if (s)
		(void)snprintf(time, sizeof time, ", about %lld s", (long long)s);
	(void)snprintf(text, sizeof text, "%s, %s%s, %s of memory%s", kind, bytes, most, memory, time);
	line(out, "transfer", text);
	return RC_OK;
}

static rc inhibitor_lines(const json_t *report, struct buf *out, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(report, WHAT, "inhibitors", 64, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const json_t *j = json_array_get(list, i);
		const char *who = NULL, *why = NULL, *until = NULL;
		char text[2 * TEXT_MAX];
		if (rc_failed(r = json_codec_text(j, WHAT, "who", TEXT_MAX, &who, e)) ||
		    rc_failed(r = json_codec_text_any(j, WHAT, "why", TEXT_MAX, &why, e)) ||
		    rc_failed(r = json_codec_text(j, WHAT, "until", TEXT_MAX, &until, e)))
			return r;
		(void)snprintf(text, sizeof text, "%s%s%s, until %s", who, *why ? ": " : "", why, until);
		line(out, "quiet for", text);
	}
	return r;
}

static rc plan_lines(const json_t *plan, struct buf *out, bool *ret_now, struct err *e)
{
	const char *version = NULL, *sentence = NULL;
	bool now = false, security = false;
	rc r;
	if (rc_failed(r = json_codec_text(plan, WHAT, "version", TEXT_MAX, &version, e)) ||
	    rc_failed(r = json_codec_text(plan, WHAT, "sentence", TEXT_MAX, &sentence, e)) ||
	    rc_failed(r = json_codec_bool(plan, WHAT, "now", &now, e)) ||
	    rc_failed(r = json_codec_bool(plan, WHAT, "security", &security, e)))
		return r;
	buf_putf(out, "%s%s: %s\n", version, security ? ", a security release" : "",
		 now ? "would go on now." : sentence);
	if (!now && rc_failed(r = text_line(out, "reason", plan, "reason", e)))
		return r;
	if (rc_failed(r = time_line(out, "again at", plan, "retry_at", e)))
		return r;
	*ret_now = now;
	return transfer_line(plan, out, e);
}

rc ctl_text_plan(const json_t *report, struct buf *out, bool *ret_now, struct err *e)
{
	json_t *plan = NULL;
	*ret_now = true;
	if (json_is_null(json_object_get(report, "plan"))) {
		buf_put_text(out, "No update is waiting.\n");
		return inhibitor_lines(report, out, e);
	}
	rc r = json_codec_object(report, WHAT, "plan", &plan, e);
	if (rc_ok(r))
		r = plan_lines(plan, out, ret_now, e);
	return rc_ok(r) ? inhibitor_lines(report, out, e) : r;
}

static rc choice_lines(const json_t *report, struct buf *out, struct err *e)
{
	char text[TEXT_MAX] = "at any hour";
	int64_t from = 0, to = 0;
	json_t *c = NULL;
	rc r = json_codec_object(report, WHAT, "choices", &c, e);
	if (rc_failed(r) || rc_failed(r = text_line(out, "by itself", c, "automatic", e)) ||
	    rc_failed(r = json_codec_int(c, WHAT, "window_from", 0, 23, &from, e)) ||
	    rc_failed(r = json_codec_int(c, WHAT, "window_to", 0, 23, &to, e)))
		return r;
	if (from != to)
		(void)snprintf(text, sizeof text, "%02lld:00 to %02lld:00, local time", (long long)from, (long long)to);
	line(out, "restarts", text);
	return RC_OK;
}

static rc condition_lines(const json_t *report, struct buf *out, struct err *e)
{
	char text[TEXT_MAX], memory[32] = "not known";
	const char *power = NULL, *clock = NULL;
	bool metered = false;
	int64_t percent = 0, bytes = 0;
	json_t *c = NULL;
	rc r = json_codec_object(report, WHAT, "conditions", &c, e);
	if (rc_failed(r) || rc_failed(r = json_codec_text(c, WHAT, "power", 16, &power, e)) ||
	    rc_failed(r = json_codec_text(c, WHAT, "clock", 16, &clock, e)) ||
	    rc_failed(r = json_codec_bool(c, WHAT, "metered", &metered, e)) ||
	    rc_failed(r = json_codec_int(c, WHAT, "battery_percent", 0, 100, &percent, e)))
		return r;
	if (!json_is_null(json_object_get(c, "memory_bytes"))) {
		if (rc_failed(r = json_codec_int(c, WHAT, "memory_bytes", 0, INT64_MAX, &bytes, e)))
			return r;
		ctl_text_bytes(bytes, memory);
	}
	(void)snprintf(text, sizeof text, strcmp(power, "battery") == 0 ? "%s, %lld %%" : "%s", power,
		       (long long)percent);
	line(out, "power", text);
	line(out, "link", metered ? "metered" : "not metered");
	line(out, "free memory", memory);
	if (strcmp(clock, "good") != 0)
		line(out, "clock", clock);
	return RC_OK;
}

rc ctl_text_status(const json_t *report, struct buf *out, struct err *e)
{
	const char *version = NULL, *slot = NULL;
	bool now;
	rc r;
	if (rc_failed(r = json_codec_text(report, WHAT, "version", TEXT_MAX, &version, e)) ||
	    rc_failed(r = json_codec_text(report, WHAT, "slot", 1, &slot, e)))
		return r;
	buf_putf(out, "runs %s from slot %s\n", version, slot);
	if (rc_failed(r = text_line(out, "step", report, "step", e)) ||
	    rc_failed(r = text_line(out, "reason", report, "reason", e)) ||
	    rc_failed(r = text_line(out, "failed here", report, "failed_version", e)) ||
	    rc_failed(r = time_line(out, "changed", report, "changed_at", e)) ||
	    rc_failed(r = time_line(out, "supported to", report, "support_end", e)) ||
	    rc_failed(r = choice_lines(report, out, e)) || rc_failed(r = condition_lines(report, out, e)))
		return r;
	return ctl_text_plan(report, out, &now, e);
}
