/* SPDX-License-Identifier: Apache-2.0 */
/* Reads both clocks. Through libc, so that tests may shift time with libfaketime. */
#include "host/os/clock.h"

#include <time.h>

#include "core/base/banned.h"

struct now clock_now(void)
{
	struct timespec wall = {0}, mono = {0};
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_MONOTONIC, &mono);
	return (struct now){
		.wall = {wall.tv_sec},
		.mono = {(int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000},
	};
}

int32_t clock_utc_offset_s(struct wall_time t)
{
	time_t at = (time_t)t.s;
	struct tm local;
	return localtime_r(&at, &local) ? (int32_t)local.tm_gmtoff : 0;
}
