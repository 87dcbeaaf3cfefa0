/* SPDX-License-Identifier: Apache-2.0 */
/* factory/device.json (docs/wire.md section 4): who this unit is and where its service is. */
#ifndef HALLMARK_AGENT_ROLES_DEVICE_H
#define HALLMARK_AGENT_ROLES_DEVICE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/names.h"

#define DEVICE_HOST_SIZE 256

struct device {
	char id[NAME_MAX_CHARS + 1], model[NAME_MAX_CHARS + 1];
	char service_host[DEVICE_HOST_SIZE];
	uint16_t service_port, page_port; /* page_port 0: no owner's page */
};

rc device_load(const char *device_dir, struct device *ret, struct err *e) MUST_CHECK;

#endif
