/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks and the randomness of the machine. Read once per event at the edge; pass the value inwards. */
#ifndef HALLMARK_HOST_OS_CLOCK_H
#define HALLMARK_HOST_OS_CLOCK_H

#include "core/base/units.h"

struct now clock_now(void);

#endif
