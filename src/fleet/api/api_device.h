/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that change what is known of a device: check-in and signed nouns. */
#ifndef HALLMARK_FLEET_API_API_DEVICE_H
#define HALLMARK_FLEET_API_API_DEVICE_H

#include "core/model/checkin.h"
#include "fleet/api/api.h"
#include "fleet/ingest/ingest.h"

rc api_device_checkin(const struct api *a, const struct registry_device *d, struct bytes body, struct wall_time now,
		      struct buf *out, struct err *e) MUST_CHECK;
rc api_device_noun(const struct api *a, const struct registry_device *d, enum ingest_kind kind, struct bytes body,
		   struct wall_time now, struct err *e) MUST_CHECK;

#endif
