/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the device is doing, as far as the kernel tells: free memory, batteries. The files are opened before the sandbox
 * closes and read again for each plan. "Could not look" stays apart from "there is none".
 */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_SENSE_IO_H
#define HALLMARK_AGENT_UPDATE_UPDATE_SENSE_IO_H

#include "agent/update/update_plan.h"

#define UPDATE_SENSE_SUPPLIES_MAX 8

struct update_sense_supply {
	bool battery; /* else: a source of power from outside */
	int value_fd; /* capacity of a battery, online of a source; -1: could not be opened */
};

struct update_sense {
	int memory_fd;
	bool blind; /* there are supplies, and they could not be looked at */
	struct update_sense_supply supplies[UPDATE_SENSE_SUPPLIES_MAX];
	size_t n;
};

/* The folders are /proc and /sys/class/power_supply, or a test's. */
void update_sense_open(struct update_sense *ret, const char *proc, const char *power_supply);
void update_sense_close(struct update_sense *s);

/* Fills memory_known, memory_bytes, power and battery_percent. */
void update_sense_read(const struct update_sense *s, struct update_conditions *w);

#endif
