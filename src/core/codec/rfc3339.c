/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic without the C library's time zone state: days from civil dates in the proleptic calendar. */
#include "core/codec/rfc3339.h"

#include <stdio.h>
#include <string.h>

#include "core/base/banned.h"

struct civil {
	int64_t year;
	int month; /* 1-12 */
	int day;   /* 1-31 */
};

/* Counts from 1 March, so that the leap day is the last day of the year (400-year eras). */
static int64_t days_of(struct civil c)
{
	int64_t y = c.month <= 2 ? c.year - 1 : c.year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t month = c.month > 2 ? c.month - 3 : c.month + 9;
	int64_t day_of_year = (153 * month + 2) / 5 + c.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct civil civil_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);
	return (struct civil){yoe + era * 400 + (month <= 2), month, (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static struct wall_time clamped(struct wall_time t)
{
	int64_t first = days_of((struct civil){1, 1, 1}) * SECONDS_PER_DAY;
	int64_t last = days_of((struct civil){9999, 12, 31}) * SECONDS_PER_DAY + SECONDS_PER_DAY - 1;
	if (t.s < first)
		t.s = first;
	if (t.s > last)
		t.s = last;
	return t;
}

static int64_t floor_days(int64_t s)
{
	return (s >= 0 ? s : s - (SECONDS_PER_DAY - 1)) / SECONDS_PER_DAY;
}

void rfc3339_date(struct wall_time t, char out[RFC3339_DATE_SIZE])
{
	struct civil c = civil_of(floor_days(clamped(t).s));
	(void)snprintf(out, RFC3339_DATE_SIZE, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		       (unsigned)c.day % 100);
}

void rfc3339_time(struct wall_time t, char out[RFC3339_TIME_SIZE])
{
	int64_t s = clamped(t).s;
	unsigned rest = (unsigned)(s - floor_days(s) * SECONDS_PER_DAY);
	rfc3339_date(t, out);
	(void)snprintf(out + RFC3339_DATE_SIZE - 1, RFC3339_TIME_SIZE - RFC3339_DATE_SIZE + 1, "T%02u:%02u:%02uZ",
		       rest / 3600 % 100, rest / 60 % 60, rest % 60);
}

static bool digits(const char *p, int n, int *ret)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*ret = v;
	return true;
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The first ten characters. */
static bool date_part(const char *text, int64_t *ret_s)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, m, d;
	if (!digits(text, 4, &y) || text[4] != '-' || !digits(text + 5, 2, &m) || text[7] != '-' ||
	    !digits(text + 8, 2, &d))
		return false;
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days[m - 1] + (m == 2 && leap(y)))
		return false;
	*ret_s = days_of((struct civil){y, m, d}) * SECONDS_PER_DAY;
	return true;
}

bool rfc3339_parse_date(const char *text, struct wall_time *ret)
{
	int64_t s;
	if (strnlen(text, RFC3339_DATE_SIZE) != RFC3339_DATE_SIZE - 1 || !date_part(text, &s))
		return false;
	ret->s = s;
	return true;
}

bool rfc3339_parse_time(const char *text, struct wall_time *ret)
{
	int64_t s;
	int h, m, sec;
	if (strnlen(text, RFC3339_TIME_SIZE) != RFC3339_TIME_SIZE - 1 || !date_part(text, &s))
		return false;
	if (text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
		return false;
	if (!digits(text + 11, 2, &h) || !digits(text + 14, 2, &m) || !digits(text + 17, 2, &sec))
		return false;
	if (h > 23 || m > 59 || sec > 59)
		return false;
	ret->s = s + h * 3600 + m * 60 + sec;
	return true;
}
