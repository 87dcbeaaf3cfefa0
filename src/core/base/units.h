/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units and clocks as types. Wall time (what people and certificates mean) and monotonic time (what timers mean)
 * differ in type, so that one cannot be passed for the other. Nothing in core reads a clock.
 */
#ifndef HALLMARK_CORE_BASE_UNITS_H
#define HALLMARK_CORE_BASE_UNITS_H

#include <stdint.h>

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define SECONDS_PER_DAY 86400

/* Seconds since 1970-01-01T00:00:00Z. */
struct wall_time {
	int64_t s;
};

/* Milliseconds since an arbitrary start that does not change while the system is up. */
struct mono_time {
	int64_t ms;
};

/* One reading of both clocks, taken once per event by the loop and passed down. */
struct now {
	struct wall_time wall;
	struct mono_time mono;
};

#endif
