/* SPDX-License-Identifier: Apache-2.0 */
/* Times and dates as text: YYYY-MM-DDTHH:MM:SSZ and YYYY-MM-DD (RFC 3339, UTC only). */
#ifndef HALLMARK_CORE_CODEC_RFC3339_H
#define HALLMARK_CORE_CODEC_RFC3339_H

#include <stdbool.h>

#include "core/base/units.h"

#define RFC3339_TIME_SIZE 21 /* with the NUL */
#define RFC3339_DATE_SIZE 11

/* Years 0001 to 9999; anything outside is clamped to that range. */
void rfc3339_time(struct wall_time t, char out[RFC3339_TIME_SIZE]);
void rfc3339_date(struct wall_time t, char out[RFC3339_DATE_SIZE]);

/* Exact form only, valid calendar date, seconds 0-59. False leaves *ret untouched. */
bool rfc3339_parse_time(const char *text, struct wall_time *ret);
bool rfc3339_parse_date(const char *text, struct wall_time *ret); /* midnight UTC */

#endif
