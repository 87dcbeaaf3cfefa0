/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks and the randomness of the machine. Read once per event at the edge; pass the value inwards. */
#ifndef HALLMARK_HOST_OS_CLOCK_H
#define HALLMARK_HOST_OS_CLOCK_H

#include "core/base/units.h"

struct now clock_now(void);

/* What local time is ahead of UTC at that moment, in the time zone of the system as it was when this program called
 * tzset(), or first asked. */
int32_t clock_utc_offset_s(struct wall_time t);

#endif
