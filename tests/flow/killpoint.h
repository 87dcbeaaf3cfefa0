/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a test and the agent under test share (see killpoint.c). */
#ifndef HALLMARK_TESTS_FLOW_KILLPOINT_H
#define HALLMARK_TESTS_FLOW_KILLPOINT_H

#include <stdint.h>

struct killpoint {
	uint32_t count;	  /* calls so far */
	uint32_t kill_at; /* 0: never */
	uint32_t torn;	  /* half of a write still reaches the disk */
	uint32_t dead;	  /* power is off */
};

#endif
